//! How a worker ends.

use std::time::Duration;

use tokio::time::Instant;
use uhub_core::model::RunStatus;

use super::{super::*, bench::Bench};

#[tokio::test]
async fn a_graceful_stop_lets_runs_end_and_claims_no_more() {
    let bench = Bench::with_lease(chrono::TimeDelta::milliseconds(1500)).await;
    let working = bench.work(bench.local(), WorkerOptions { slots: 1, ..Bench::options() });
    let first = bench.launch(Bench::shell("sleep 3; exit 0")).await;
    bench.until_status(first, RunStatus::Running).await;
    let second = bench.launch(Bench::shell("exit 0")).await;
    // Longer than the lease: heartbeats go on meanwhile.
    working.stop().await;
    assert_eq!(bench.run(first).await.status.get(), RunStatus::Succeeded);
    assert_eq!(bench.run(second).await.status.get(), RunStatus::Queued);
}

#[tokio::test]
async fn a_stop_that_takes_too_long_ends_the_runs() {
    let bench = Bench::with_lease(chrono::TimeDelta::milliseconds(1500)).await;
    let options = WorkerOptions { stop_within: Some(Duration::from_millis(200)), ..Bench::options() };
    let working = bench.work(bench.local(), options);
    let alive = bench.dir.path().join("alive");
    let script = "trap '' TERM; while :; do date > alive; sleep 0.02; done";
    let run = bench.launch(Bench::shell(script)).await;
    let end = Instant::now() + super::bench::PATIENCE;
    while !alive.exists() {
        assert!(Instant::now() < end, "it does not start");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    working.stop().await;
    std::fs::remove_file(&alive).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!alive.exists(), "it outlived its worker");
    // Nothing was written: the lease ends, and the next to look decides.
    assert_eq!(bench.run(run).await.status.get(), RunStatus::Running);
    tokio::time::sleep(Duration::from_millis(1600)).await;
    bench.hub.tick(10).await.unwrap();
    assert_eq!(bench.run(run).await.status.get(), RunStatus::Lost);
}

#[tokio::test]
async fn an_idle_worker_sleeps() {
    let bench = Bench::new().await;
    let working = bench.work(bench.local(), WorkerOptions::default());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let operations = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counter = Arc::clone(&operations);
    bench.store.set_fault(move |operation| {
        if matches!(operation, "read" | "write") {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        None
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    let sessions = operations.load(std::sync::atomic::Ordering::Relaxed);
    // In three seconds: three ticks of some five sessions, six seals, two claims.
    assert!(sessions < 60, "{sessions} sessions in three idle seconds");
    working.stop().await;
}
