//! Nothing outlives its run (RISKS 4, 16).

use super::*;

/// A shell command that leaves a sleeper behind which forked twice, has its own session, and no environment.
fn escape(marker: &str) -> String {
    format!("(setsid sh -c 'env -i setsid sh -c \"cd /; exec sleep {marker} >/dev/null 2>&1\" &' &) ; ")
}

async fn escaped(marker: &str) {
    let sleeper = format!("sleep {marker}");
    wait_for("the escape", || alive(&sleeper).iter().any(|line| line.contains(": sleep"))).await;
}

#[tokio::test]
async fn r04_grandchildren_with_their_own_session_and_environment_die_at_a_timeout() {
    let (bench, marker) = (Bench::new(&["/bin/sh"]), marker());
    let script = format!("{} sleep {marker}", escape(&marker));
    let started = bench.begin(&["/bin/sh", "-c", &script], Duration::from_secs(1)).await;
    escaped(&marker).await;
    assert_eq!(follow(started).await.finish, Finish::TimedOut);
    assert_eq!(alive(&marker), Vec::<String>::new());
}

#[tokio::test]
async fn r04_grandchildren_die_when_the_run_is_cancelled() {
    let (bench, marker) = (Bench::new(&["/bin/sh"]), marker());
    let script = format!("{} trap '' TERM; echo ready; while :; do sleep {marker}; done", escape(&marker));
    let mut started = bench.begin(&["/bin/sh", "-c", &script], PATIENCE).await;
    until(&mut started, "ready").await;
    escaped(&marker).await;
    bench.backend.cancel(&started.handle).await;
    assert_eq!(follow(started).await.finish, Finish::Cancelled);
    assert_eq!(alive(&marker), Vec::<String>::new());
}

#[tokio::test]
async fn r04_what_a_program_leaves_behind_ends_with_it_even_if_it_holds_the_output() {
    let (bench, marker) = (Bench::new(&["/bin/sh"]), marker());
    let script = format!("setsid sleep {marker} & echo done; exit 4");
    let ran = bench.run(&["/bin/sh", "-c", &script]).await;
    assert_eq!((ran.finish, ran.out.as_slice()), (Finish::Exited(4), &b"done\n"[..]));
    assert_eq!(ran.system, "uhub: ended 1 processes that the program had left behind\n");
    assert_eq!(alive(&marker), Vec::<String>::new());
}

#[tokio::test]
async fn r04_a_program_that_forks_without_end_is_overtaken() {
    if !Uid::effective().is_root() {
        return; // The limit below would count all that this user runs.
    }
    let bench = Bench::with(&["/bin/sh"], |config| config.user = Some("nobody".to_owned()));
    std::os::unix::fs::chown(bench.dir.path(), Some(65534), None).unwrap();
    let marker = marker();
    // Each generation starts two of the next, each in its own session, and ends.
    let path = bench.path("bomb");
    fs::write(&path, "setsid sh \"$0\" \"$1\" & setsid sh \"$0\" \"$1\" & sleep 0.05").unwrap();
    let script = format!("ulimit -p 60; sh {} {marker} & sleep {marker}", path.display());
    let started = bench.begin(&["/bin/sh", "-c", &script], PATIENCE * 2).await;
    wait_for("some generations", || alive(&marker).len() > 20).await;
    bench.backend.cancel(&started.handle).await;
    assert_eq!(follow(started).await.finish, Finish::Cancelled);
    assert_eq!(alive(&marker), Vec::<String>::new());
}

#[tokio::test]
async fn a_program_that_ends_when_asked_gets_its_time() {
    let bench = Bench::with(&["/bin/sh"], |config| config.grace = PATIENCE);
    let script = "trap 'echo tidied; exit 0' TERM; echo ready; while :; do sleep 0.02; done";
    let mut started = bench.begin(&["/bin/sh", "-c", script], PATIENCE).await;
    until(&mut started, "ready").await;
    let asked = Instant::now();
    bench.backend.cancel(&started.handle).await;
    let ran = follow(started).await;
    assert_eq!((ran.finish, ran.out.as_slice()), (Finish::Cancelled, &b"tidied\n"[..]));
    assert!(asked.elapsed() < PATIENCE / 2, "the grace was waited for");
}

#[tokio::test]
async fn r16_an_order_that_comes_late_does_not_reach_the_next_program() {
    let bench = Bench::new(&["/bin/sh", "/bin/true"]);
    for _ in 0..200 {
        let first = bench.begin(&["/bin/true"], PATIENCE).await;
        let handle = first.handle.clone();
        let cancel = async {
            bench.backend.cancel(&handle).await;
            bench.backend.hold(&handle, Duration::ZERO);
        };
        let (ran, ()) = tokio::join!(follow(first), cancel);
        assert!(!matches!(ran.finish, Finish::TimedOut), "{ran:?}");
        let second = bench.run(&["/bin/sh", "-c", "exit 5"]).await;
        assert_eq!(second.finish, Finish::Exited(5));
    }
}

#[tokio::test]
async fn r02_a_claim_that_is_not_renewed_ends_the_program_at_once() {
    let (bench, marker) = (Bench::with(&["/bin/sh"], |config| config.grace = PATIENCE), marker());
    let script = format!("{} trap '' TERM; echo ready; sleep {marker}", escape(&marker));
    let mut started = bench.begin(&["/bin/sh", "-c", &script], PATIENCE).await;
    until(&mut started, "ready").await;
    escaped(&marker).await;
    // Renewed: it goes on past the first end.
    bench.backend.hold(&started.handle, Duration::from_millis(200));
    bench.backend.hold(&started.handle, PATIENCE);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!alive(&marker).is_empty());
    bench.backend.hold(&started.handle, Duration::from_millis(100));
    let ran = follow(started).await;
    assert_eq!(ran.finish, Finish::Failed("killed: its worker's claim was not renewed in time".to_owned()));
    assert_eq!(alive(&marker), Vec::<String>::new());
}

#[tokio::test]
async fn r15_a_program_that_kills_its_supervisor_does_not_get_away() {
    let (bench, marker) = (Bench::new(&["/bin/sh"]), marker());
    let killed = Finish::Failed("killed: the process that watched over it was killed".to_owned());
    // Not before the supervisor has told that the program runs: a start of which nothing is heard is another failure.
    let told = bench.path("told");
    let then = |kills: &str| format!("until [ -e {} ]; do sleep 0.01; done; {kills}", told.display());
    let script = format!("{} {}; sleep {marker}", escape(&marker), then("kill -9 $PPID"));
    for _ in 0..3 {
        let started = bench.begin(&["/bin/sh", "-c", &script], PATIENCE).await;
        escaped(&marker).await;
        fs::write(&told, "").unwrap();
        assert_eq!(follow(started).await.finish, killed);
        fs::remove_file(&told).unwrap();
        assert_eq!(alive(&marker), Vec::<String>::new());
    }
    // The next programs are not concerned, also when the zygote is killed.
    assert_eq!(bench.run(&["/bin/sh", "-c", "exit 6"]).await.finish, Finish::Exited(6));
    let zygote = then("kill -9 $(cut -d' ' -f4 /proc/$PPID/stat); kill -9 $PPID");
    let started = bench.begin(&["/bin/sh", "-c", &zygote], PATIENCE).await;
    fs::write(&told, "").unwrap();
    assert_eq!(follow(started).await.finish, killed);
    assert_eq!(bench.run(&["/bin/sh", "-c", "exit 7"]).await.finish, Finish::Exited(7));
}
