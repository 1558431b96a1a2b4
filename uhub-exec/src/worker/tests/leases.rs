//! Whose run it is (RISKS 1, 2, 10, 15).

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;
use uhub_core::{
    model::{RunStatus, Stream},
    ports::{
        exec::{ExecEvent, Finish},
        store::StoreError,
    },
};

use super::{super::*, bench::Bench, fake::Fake, runs::wait_for};

fn down() -> StoreError {
    StoreError::Unavailable("down".into())
}

#[tokio::test]
async fn heartbeats_keep_a_long_run() {
    let bench = Bench::with_lease(TimeDelta::milliseconds(1500)).await;
    let working = bench.work(bench.local(), Bench::options());
    let run = bench.launch(Bench::shell("sleep 3; echo done")).await;
    let ended = bench.until_ended(run).await;
    assert_eq!((ended.status.get(), ended.fence), (RunStatus::Succeeded, 1));
    working.stop().await;
}

#[tokio::test]
async fn r02_a_run_whose_lease_cannot_be_renewed_is_killed_before_the_lease_ends() {
    let bench = Bench::with_lease(TimeDelta::seconds(2)).await;
    let marker = bench.dir.path().join("alive");
    let working = bench.work(bench.local(), Bench::options());
    let script = format!("while :; do date +%s%N >> {}; sleep 0.02; done", marker.display());
    let run = bench.launch(Bench::shell(&script)).await;
    let end = Instant::now() + super::bench::PATIENCE;
    while !marker.exists() {
        assert!(Instant::now() < end, "it does not start");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let lease = |run: &uhub_core::model::Run| run.lease_until.unwrap();
    bench.store.set_fault(|operation| matches!(operation, "write" | "commit").then(down));
    // Nothing can extend it any more.
    let lease = lease(&bench.run(run).await);
    while bench.hub.now() < lease {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let last = std::fs::read_to_string(&marker).unwrap();
    // The last whole line: it was killed at any point.
    let last = last.rsplit_terminator('\n').find(|line| line.len() == 19).unwrap();
    let last = chrono::DateTime::from_timestamp_nanos(last.parse().unwrap());
    assert!(last < lease, "it went on {} past its lease", last - lease);
    tokio::time::sleep(Duration::from_millis(200)).await;
    bench.store.clear_fault();
    // It is not idempotent: nobody may start it again.
    let ended = bench.until_ended(run).await;
    assert_eq!((ended.status.get(), ended.exit_code), (RunStatus::Lost, None));
    working.stop().await;
}

#[tokio::test]
async fn r02_a_run_that_is_anothers_is_ended_and_nothing_more_is_written() {
    let bench = Bench::new().await;
    let fake = Arc::new(Fake::default());
    let working = bench.work(Arc::clone(&fake) as _, Bench::options());
    let run = bench.launch(Bench::shell("-")).await;
    wait_for(&fake, "start 1:1").await;
    // Another attempt is in charge, as after a lease that ended.
    let mut session = uhub_core::ports::store::Store::write(&bench.store).await.unwrap();
    let mut stolen = session.run(run).await.unwrap().unwrap();
    stolen.fence = 7;
    assert!(session.update_run(&stolen, (RunStatus::Running, 1)).await.unwrap());
    session.commit().await.unwrap();
    wait_for(&fake, "end 1:1").await;
    wait_for(&fake, "cancel 1:1").await;
    fake.running.lock().unwrap()[0]
        .1
        .send(ExecEvent::Log { stream: Stream::Stdout, bytes: b"late".to_vec() })
        .ok();
    fake.running.lock().unwrap()[0].1.send(ExecEvent::Finished(Finish::Exited(0))).ok();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((bench.run(run).await.status.get(), bench.run(run).await.fence), (RunStatus::Running, 7));
    assert!(bench.log(run).await.is_empty());
    working.stop().await;
}

#[tokio::test]
async fn an_end_is_told_until_it_is_heard() {
    let bench = Bench::new().await;
    let fake = Arc::new(Fake::default());
    let working = bench.work(Arc::clone(&fake) as _, Bench::options());
    let run = bench.launch(Bench::shell("-")).await;
    wait_for(&fake, "start 1:1").await;
    bench.store.fail("move_runs", down());
    fake.tell(ExecEvent::Finished(Finish::Exited(0)));
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(bench.run(run).await.status.get(), RunStatus::Running);
    bench.store.clear_fault();
    assert_eq!(bench.until_ended(run).await.status.get(), RunStatus::Succeeded);
    working.stop().await;
}

#[tokio::test]
async fn r07_the_worker_recovers_from_a_store_that_was_away() {
    let bench = Bench::new().await;
    bench.store.set_fault(|operation| matches!(operation, "read" | "write").then(down));
    let working = bench.work(bench.local(), Bench::options());
    tokio::time::sleep(Duration::from_millis(500)).await;
    bench.store.clear_fault();
    let run = bench.launch(Bench::shell("exit 0")).await;
    bench.until_status(run, RunStatus::Succeeded).await;
    working.stop().await;
}

#[tokio::test]
async fn r15_attempts_of_a_job_that_loses_its_workers_are_capped() {
    let bench = Bench::with_lease(TimeDelta::milliseconds(1200)).await;
    let mut execution = Bench::shell("sleep 600");
    execution.idempotent = true;
    execution.max_attempts = Some(2);
    let run = bench.launch(execution).await;
    for attempt in 1..=2 {
        let working = bench.work(bench.local(), Bench::options());
        bench.until(run, |run| run.status.get() == RunStatus::Running && run.attempt == attempt).await;
        // As if it had died: nothing is written of its runs.
        working.abort.cancel();
        working.ended().await;
        assert_eq!(bench.run(run).await.status.get(), RunStatus::Running);
    }
    let house = Housekeeper::new(bench.hub.clone(), HousekeepingOptions::default());
    let stop = CancellationToken::new();
    let token = stop.clone();
    let task = tokio::spawn(async move { house.run(token).await });
    let ended = bench.until_ended(run).await;
    assert_eq!((ended.status.get(), ended.attempt), (RunStatus::Lost, 2));
    stop.cancel();
    task.await.unwrap();
}

#[tokio::test]
async fn r03_of_many_that_claim_at_once_one_wins() {
    let bench = Bench::new().await;
    for _ in 0..20 {
        bench.launch(Bench::shell("-")).await;
    }
    let claimers = (0..64).map(|n| {
        let hub = bench.hub.clone();
        tokio::spawn(async move {
            hub.claim(&format!("w{n}"), &[uhub_core::model::BackendKind::Local], 3).await.unwrap()
        })
    });
    let claimed: Vec<_> = futures_util::future::join_all(claimers)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .map(|claimed| (claimed.id(), claimed.attempt()))
        .collect();
    let unique: std::collections::BTreeSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), unique.len()), (20, 20));
}

#[tokio::test]
async fn r10_a_worker_whose_clock_is_wrong_works_by_the_stores_time() {
    for wrong in [TimeDelta::hours(2), TimeDelta::hours(-2)] {
        let bench = Bench::with_lease(TimeDelta::milliseconds(1500)).await;
        let hub = bench.hub_with_clock_off_by(wrong);
        let backends = Backends::new().with(bench.local());
        let working = Bench::start(Worker::new(hub, backends, Secrets::new(), Bench::options()));
        let asked = Instant::now();
        // Claimed at once, kept past its lease, and stopped after its own second, not after the clock's.
        let mut execution = Bench::shell("sleep 600");
        execution.timeout_seconds = Some(2);
        let run = bench.launch(execution).await;
        let ended = bench.until_ended(run).await;
        assert_eq!((ended.status.get(), ended.fence), (RunStatus::TimedOut, 1), "off by {wrong}: {ended:?}");
        assert!(asked.elapsed() >= Duration::from_secs(2) && asked.elapsed() < Duration::from_secs(15));
        working.stop().await;
    }
}
