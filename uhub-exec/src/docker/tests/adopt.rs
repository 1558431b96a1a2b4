//! Taking over what another worker left (r01, r05).

use super::*;

/// Prints numbered lines on both outputs, with lines that are too long for one record, and ends with 5.
const CHATTY: &str = r"i=0; long=$(head -c 20000 /dev/zero | tr '\000' x); while [ $i -lt 400 ]; do i=$((i+1)); echo out $i; echo err $i >&2; [ $((i % 100)) = 0 ] && echo $long; [ $((i % 20)) = 0 ] && sleep 0.1; done; printf end; exit 5";

fn chatted() -> (String, String) {
    let mut out = String::new();
    for i in 1..=400 {
        out.push_str(&format!("out {i}\n"));
        if i % 100 == 0 {
            out.push_str(&format!("{}\n", "x".repeat(20_000)));
        }
    }
    out.push_str("end");
    (out, (1..=400).map(|i| format!("err {i}\n")).collect())
}

#[tokio::test]
async fn r01_docker_a_log_goes_on_without_gap_or_repeat_through_many_workers() {
    let bench = Bench::new();
    let order = bench.order(CHATTY);
    let mut started = bench.start(&order).await.unwrap();
    let mut ran = Ran::default();
    let mut workers = 1;
    loop {
        let so_far = ran.out.len() + 1500;
        ran.read(&mut started, |ran| ran.out.len() >= so_far).await;
        if ran.finish.is_some() {
            break;
        }
        // The worker is gone, at any moment; the next one knows only what was stored.
        let handle = started.handle.clone();
        drop(started);
        match bench.another().adopt(&order, &handle, ran.position()).await {
            Adopted::Running(next) => started = next,
            other => panic!("{other:?}"),
        }
        workers += 1;
    }
    let (out, err) = chatted();
    assert!(ran.out() == out, "{} bytes in the place of {}", ran.out.len(), out.len());
    assert_eq!(ran.err(), err);
    assert_eq!(ran.finish(), &Finish::Exited(5));
    assert!(workers > 3, "{workers} workers");
    bench.backend.release(&started.handle).await;
    assert_eq!(bench.containers().await, 0);
}

#[tokio::test]
async fn r01_docker_what_ended_meanwhile_is_told_with_all_of_its_log() {
    let bench = Bench::new();
    let order = bench.order("echo one; echo two; echo three >&2; exit 4");
    let handle = bench.start(&order).await.unwrap().handle;
    bench.engine().await.wait(Found::parse(&handle).reference()).await.unwrap();
    for from in 0..=8 {
        let from = LogPosition { stdout: from, stderr: 0 };
        // Also by the name alone, as it was told beforehand.
        let handle = if from.stdout.is_multiple_of(2) { handle.clone() } else { Handle(order.name()) };
        let Adopted::Running(started) = bench.another().adopt(&order, &handle, from).await else { panic!() };
        let ran = follow(started).await;
        assert_eq!(ran.out(), &"one\ntwo\n"[from.stdout as usize..]);
        assert_eq!((ran.err(), ran.finish()), ("three\n", &Finish::Exited(4)));
    }
    bench.backend.release(&handle).await;
}

#[tokio::test]
async fn r01_docker_a_takeover_neither_extends_the_time_nor_loses_the_cancel() {
    let bench = Bench::new();
    let mut order = bench.order("sleep 600");
    order.limits.timeout_seconds = Some(5);
    let started = bench.start(&order).await.unwrap();
    let handle = started.handle.clone();
    drop(started);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let again = bench.another();
    let Adopted::Running(started) = again.adopt(&order, &handle, LogPosition::default()).await else {
        panic!()
    };
    assert_eq!(again.finish(started).await.finish(), &Finish::TimedOut);

    order.limits.timeout_seconds = Some(60);
    let handle = bench.start(&order).await.unwrap().handle;
    let Adopted::Running(started) = again.adopt(&order, &handle, LogPosition::default()).await else {
        panic!()
    };
    again.backend.cancel(&handle).await;
    assert_eq!(again.finish(started).await.finish(), &Finish::Cancelled);
}

#[tokio::test]
async fn r05_docker_whatever_a_worker_died_in_is_told_apart() {
    let bench = Bench::new();
    let order = bench.order("true");
    let planned = Handle(order.name());
    // Before it was made.
    assert!(matches!(bench.adopt(&order, &planned, LogPosition::default()).await, Adopted::NotStarted));
    // Before it was started: it is removed, so that it can be made anew.
    let engine = bench.engine().await;
    let plan = bench.backend.0.plan(&order.spec, &order.config).unwrap();
    let image = image::find(engine, IMAGE).await.unwrap().unwrap();
    let options = options();
    let made = body::body(&order, &plan, &image, None, &options);
    engine.create(&order.name(), made.clone()).await.unwrap();
    assert!(matches!(bench.adopt(&order, &planned, LogPosition::default()).await, Adopted::NotStarted));
    assert_eq!(bench.containers().await, 0);
    // A worker that knows nothing of it makes it anew, too.
    let late = engine.create(&order.name(), made).await.unwrap();
    let started = bench.start(&order).await.unwrap();
    assert!(engine.start(&late).await.is_err(), "a late worker starts what it made");
    let handle = started.handle.clone();
    assert_eq!(bench.finish(started).await.finish(), &Finish::Exited(0));
    // After it was recorded as started, and removed by somebody.
    assert!(matches!(bench.adopt(&order, &handle, LogPosition::default()).await, Adopted::Gone(_)));
    // Elsewhere.
    let elsewhere = Handle(format!("{}@ANOTHER/1234", order.name()));
    assert!(matches!(bench.adopt(&order, &elsewhere, LogPosition::default()).await, Adopted::Gone(_)));
}

#[tokio::test]
async fn r05_docker_leftovers_are_found_by_hub_and_released() {
    let bench = Bench::new();
    let secrets = BTreeMap::from([("TOKEN".to_owned(), SecretValue::new("s3cr3t-value".to_owned()))]);
    let mut order = bench.order("sleep 600");
    order.spec.secrets.insert("TOKEN".into(), "safe:x".into());
    let running = bench.backend.0.run(order.clone(), secrets.clone()).await.unwrap();
    // Files of a container that was never made.
    let other = Order { attempt: 2, ..order.clone() };
    bench.backend.0.files.write(&other.hub, &other.name(), &secrets).unwrap();
    let stranger = Bench::new();
    assert_eq!(stranger.backend.leftovers(&stranger.hub).await.unwrap(), []);
    let mut left = bench.another().backend.leftovers(&bench.hub).await.unwrap();
    left.sort_by_key(|left| left.attempt);
    assert_eq!(
        left.iter().map(|left| (left.run_id, left.attempt)).collect::<Vec<_>>(),
        [(bench.run, 1), (bench.run, 2)]
    );
    assert_eq!(left[0].handle, running.handle);
    for left in left {
        bench.another().backend.release(&left.handle).await;
    }
    assert_eq!(bench.backend.leftovers(&bench.hub).await.unwrap(), []);
    assert_eq!(bench.containers().await, 0);
    // Twice is once.
    bench.backend.release(&running.handle).await;
    // Whoever still followed it is told how it went down, or that it is gone.
    let ran = follow(running).await;
    assert!(matches!(ran.finish(), Finish::Exited(137) | Finish::Lost(_)), "{ran:?}");
}

#[tokio::test]
async fn r18_docker_what_the_engine_may_have_dropped_is_said() {
    let bench = Bench::with(DockerOptions { log_mb: 1, ..options() });
    let order = bench.order("seq 1 1000000");
    let handle = bench.start(&order).await.unwrap().handle;
    bench.engine().await.wait(Found::parse(&handle).reference()).await.unwrap();
    let Adopted::Running(started) = bench.adopt(&order, &handle, LogPosition::default()).await else {
        panic!()
    };
    let ran = bench.finish(started).await;
    assert!(ran.system.contains("may have dropped some of it here"), "{}", ran.system);
    assert!(ran.out().ends_with("999999\n1000000\n") && ran.out.len() > 100_000);
}
