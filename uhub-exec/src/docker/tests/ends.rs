//! How containers begin and end.

use super::*;

#[tokio::test]
async fn docker_runs_a_command_and_tells_its_output_and_end() {
    let bench = Bench::new();
    let mut order = bench.order("echo out; echo err >&2; echo $GREETING $UHUB_ATTEMPT; pwd; exit 3");
    order.spec.env.insert("GREETING".into(), "hi; whoami".into());
    order.spec.working_dir = Some("/etc".into());
    let ran = bench.run(&order).await;
    assert_eq!((ran.out(), ran.err()), ("out\nhi; whoami 1\n/etc\n", "err\n"));
    assert_eq!(ran.finish(), &Finish::Exited(3));
    // Which image it was, exactly.
    let image = image::find(bench.engine().await, IMAGE).await.unwrap().unwrap();
    assert!(ran.system.contains(&image.id) && image.id.starts_with("sha256:"), "{}", ran.system);
}

#[tokio::test]
async fn docker_shows_output_while_it_goes_on_and_ends_it_on_cancel() {
    let bench = Bench::new();
    let mut started = bench
        .start(&bench.order("trap 'echo bye; exit 0' TERM; printf here; sleep 600 & wait"))
        .await
        .unwrap();
    let mut ran = Ran::default();
    // No line's end has come.
    ran.read(&mut started, |ran| ran.out() == "here").await;
    bench.backend.cancel(&started.handle).await;
    ran.read(&mut started, |_| false).await;
    assert_eq!((ran.out(), ran.finish()), ("herebye\n", &Finish::Cancelled));
    bench.backend.release(&started.handle).await;
    assert_eq!(bench.containers().await, 0);
}

#[tokio::test]
async fn docker_kills_what_will_not_end() {
    let bench = Bench::new();
    let mut order = bench.order("trap '' TERM; echo deaf; while :; do sleep 1; done");
    order.limits.timeout_seconds = Some(1);
    let ran = bench.run(&order).await;
    assert_eq!((ran.out(), ran.finish()), ("deaf\n", &Finish::TimedOut));
}

#[tokio::test]
async fn docker_names_what_keeps_it_from_starting_and_leaves_nothing() {
    let bench = Bench::new();
    let mut order = bench.order("");
    order.spec.command = Some(vec!["/no/such/program".into()]);
    let ran = bench.run(&order).await;
    assert!(ran.err().contains("/no/such/program"), "{ran:?}");
    assert_eq!(ran.finish(), &Finish::Exited(127));

    let mut order = bench.order("");
    order.spec.image = Some("nobody/has-this:1".into());
    order.config.docker = Some(DockerConfig { pull: Some(PullPolicy::Never), ..DockerConfig::default() });
    let error = bench.start(&order).await.unwrap_err();
    assert!(error.to_string().contains("nobody/has-this:1 is not here"), "{error}");

    order.spec.image = Some("127.0.0.1:1/nobody/has-this:1".into());
    order.config.docker = None;
    let ran = bench.run(&order).await;
    let Finish::Failed(reason) = ran.finish() else { panic!("{ran:?}") };
    assert!(reason.contains("127.0.0.1:1/nobody/has-this:1 cannot be pulled"), "{reason}");
    assert!(ran.system.contains("pulling 127.0.0.1:1/"), "{}", ran.system);

    let mut order = bench.order("true");
    order.config.docker =
        Some(DockerConfig { network: Some("no-such-net".into()), ..DockerConfig::default() });
    let error = bench.start(&order).await.unwrap_err();
    assert!(error.to_string().contains("no-such-net"), "{error}");
    assert_eq!(bench.containers().await, 0);
}

#[tokio::test]
async fn docker_says_when_the_engine_is_not_there() {
    let bench = Bench::with(DockerOptions { socket: "/nowhere/docker.sock".into(), ..options() });
    let order = bench.order("true");
    for error in [
        bench.start(&order).await.unwrap_err(),
        bench.backend.leftovers(&bench.hub).await.unwrap_err(),
        bench.backend.0.take_over(&order, &Handle(order.name()), LogPosition::default()).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("/nowhere/docker.sock"), "{error}");
    }
}

#[tokio::test]
async fn docker_never_starts_an_attempt_twice() {
    let bench = Bench::new();
    let order = bench.order("echo once; sleep 2; exit 7");
    let first = bench.start(&order).await.unwrap();
    // A worker with another fence that knows nothing of the first.
    let late = Order { fence: 2, ..order.clone() };
    let second = bench.another().start(&late).await.unwrap();
    assert_eq!((bench.containers().await, &first.handle), (1, &second.handle));
    let (first, second) = tokio::join!(follow(first), bench.finish(second));
    for ran in [first, second] {
        assert_eq!((ran.out(), ran.finish()), ("once\n", &Finish::Exited(7)));
    }
}

#[tokio::test]
async fn docker_passes_on_large_and_binary_output_byte_by_byte() {
    let bench = Bench::new();
    let script = r"printf 'a\000\377\r\n\n\n'; seq 1 200000; head -c 100000 /dev/zero | tr '\000' x; printf '\n'; printf tail";
    let ran = bench.run(&bench.order(script)).await;
    let numbers: String = (1..=200_000).map(|n| format!("{n}\n")).collect();
    let want = [&b"a\0\xff\r\n\n\n"[..], numbers.as_bytes(), &[b'x'; 100_000], b"\ntail"].concat();
    assert!(ran.out == want, "{} bytes in the place of {}", ran.out.len(), want.len());
    assert_eq!(ran.finish(), &Finish::Exited(0));
}
