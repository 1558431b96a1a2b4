//! Runs from their claim to their end.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use tokio::time::Instant;
use uhub_core::{
    model::{ExecutionSpec, JobStatus, RunStatus, Stream},
    ports::{
        exec::{ExecEvent, Finish},
        secrets::{SecretError, SecretSource, SecretValue},
        store::StoreError,
    },
};

use super::{super::*, bench::Bench, fake::Fake};

#[tokio::test]
async fn a_run_is_claimed_driven_and_logged() {
    let bench = Bench::new().await;
    let working = bench.work(bench.local(), Bench::options());
    let run = bench.launch(Bench::shell("echo hello; echo oops >&2; echo $UHUB_RUN_ID $UHUB_ATTEMPT")).await;
    let ended = bench.until_ended(run).await;
    assert_eq!((ended.status.get(), ended.exit_code), (RunStatus::Succeeded, Some(0)));
    assert_eq!((ended.worker.as_deref(), ended.attempt), (Some("w1"), 1));
    let log = bench.log(run).await;
    assert_eq!(log[&Stream::Stdout], format!("hello\n{run} 1\n"));
    assert_eq!(log[&Stream::Stderr], "oops\n");
    let job = bench.hub.acting_as(&bench.admin).job(ended.job_id).await.unwrap().job;
    assert_eq!(job.status.get(), JobStatus::Succeeded);
    working.stop().await;
    // All that happened is sealed when the worker has stopped.
    let verification = bench.hub.verify_audit(None, &mut |_| ()).await.unwrap();
    assert!(verification.ok && verification.unsealed == 0 && verification.entries > 3, "{verification:?}");
}

#[tokio::test]
async fn a_launch_wakes_the_worker_at_once() {
    let bench = Bench::new().await;
    let options = WorkerOptions { poll: Duration::from_secs(3600), ..Bench::options() };
    let working = bench.work(bench.local(), options);
    // It has looked once, and found nothing.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let run = bench.launch(Bench::shell("exit 0")).await;
    bench.until_status(run, RunStatus::Succeeded).await;
    working.stop().await;
}

#[tokio::test]
async fn a_job_starts_by_itself_at_its_time() {
    let bench = Bench::new().await;
    let mut options = Bench::options();
    // Only the due time itself, or the note of the new job, can wake it.
    options.housekeeping.tick = Duration::from_secs(3600);
    let working = bench.work(bench.local(), options);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let due = bench.hub.now() + TimeDelta::milliseconds(700);
    let job = bench.plan(Bench::shell("exit 0"), due).await;
    let end = Instant::now() + super::bench::PATIENCE;
    let run = loop {
        let filter = uhub_core::ports::store::RunFilter { job_id: Some(job), ..Default::default() };
        let page = uhub_core::ports::store::Page::first(10);
        let runs = bench.hub.acting_as(&bench.admin).runs(&filter, page).await.unwrap();
        if let [run] = runs.as_slice() {
            break run.id;
        }
        assert!(Instant::now() < end, "it does not start");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let ended = bench.until_ended(run).await;
    let late = ended.started_at.unwrap() - due;
    assert!(late >= TimeDelta::zero() && late < TimeDelta::seconds(2), "{late}");
    working.stop().await;
}

#[tokio::test]
async fn a_retry_comes_when_its_backoff_is_over() {
    let bench = Bench::new().await;
    let mut options = WorkerOptions { poll: Duration::from_secs(3600), ..Bench::options() };
    options.housekeeping.tick = Duration::from_secs(3600);
    let working = bench.work(bench.local(), options);
    let execution = ExecutionSpec { max_attempts: Some(2), ..Bench::shell("test $UHUB_ATTEMPT = 2") };
    let run = bench.launch(execution).await;
    let ended = bench.until_ended(run).await;
    assert_eq!((ended.status.get(), ended.attempt), (RunStatus::Succeeded, 2));
    assert!(ended.started_at.unwrap() >= ended.due_at);
    working.stop().await;
}

#[tokio::test]
async fn side_by_side_up_to_the_slots_and_each_once() {
    let bench = Bench::new().await;
    let script =
        "mkdir running.$UHUB_RUN_ID; ls -d running.* | wc -l; sleep 0.05; rmdir running.$UHUB_RUN_ID";
    let mut runs = Vec::new();
    for _ in 0..12 {
        runs.push(bench.launch(Bench::shell(script)).await);
    }
    let one = bench.work(bench.local(), WorkerOptions { slots: 2, ..Bench::options() });
    let two = bench.work(bench.local(), WorkerOptions { slots: 2, name: "w2".into(), ..Bench::options() });
    for run in runs {
        let ended = bench.until_ended(run).await;
        assert_eq!((ended.status.get(), ended.fence), (RunStatus::Succeeded, 1));
        let most: u32 = bench.log(run).await[&Stream::Stdout].trim().parse().unwrap();
        assert!((1..=4).contains(&most), "{most} at once");
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_failure_is_tried_again_and_the_log_goes_on() {
    let bench = Bench::new().await;
    let working = bench.work(bench.local(), Bench::options());
    let mut execution = Bench::shell("echo attempt $UHUB_ATTEMPT; [ $UHUB_ATTEMPT = 2 ]");
    execution.max_attempts = Some(3);
    execution.idempotent = true;
    let run = bench.launch(execution).await;
    let ended = bench.until_ended(run).await;
    assert_eq!((ended.status.get(), ended.attempt, ended.fence), (RunStatus::Succeeded, 2, 2));
    assert_eq!(bench.log(run).await[&Stream::Stdout], "attempt 1\nattempt 2\n");
    working.stop().await;
}

#[tokio::test]
async fn ends_are_told_as_they_are() {
    let bench = Bench::new().await;
    let working = bench.work(bench.local(), Bench::options());
    let mut slow = Bench::shell("sleep 600");
    slow.timeout_seconds = Some(1);
    let mut elsewhere = Bench::shell("exit 0");
    elsewhere.working_dir = Some("/etc".into());
    let mut secret = Bench::shell("touch started");
    secret.secrets.insert("TOKEN".into(), "vault:app#token".into());
    for (execution, status, outcome) in [
        (Bench::shell("exit 3"), RunStatus::Failed, "exit code 3"),
        (Bench::shell("kill -9 $$"), RunStatus::Failed, "killed by signal 9 (SIGKILL)"),
        (slow, RunStatus::TimedOut, "took longer than it may"),
        (elsewhere, RunStatus::Failed, "not started: working directory"),
        (secret, RunStatus::Failed, "not started: secret vault:app#token: this worker has no source"),
    ] {
        let run = bench.launch(execution).await;
        let ended = bench.until_ended(run).await;
        let text = ended.outcome.unwrap();
        assert!(ended.status.get() == status && text.starts_with(outcome), "{}: {text}", ended.status.get());
    }
    assert!(!bench.dir.path().join("started").exists());
    working.stop().await;
}

#[derive(Debug)]
struct Safe;

#[async_trait]
impl SecretSource for Safe {
    fn scheme(&self) -> &str {
        "safe"
    }

    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
        Ok(SecretValue::new(format!("value of {reference}")))
    }
}

#[tokio::test]
async fn secrets_reach_the_program_and_nothing_else() {
    let bench = Bench::new().await;
    let secrets = Secrets::new().with(Arc::new(Safe));
    let working = bench.work_with(bench.local(), secrets, Bench::options());
    let script =
        r#"[ "${TOKEN#value}" = ' of safe:x' ] && ! tr '\0' ' ' </proc/$$/cmdline | grep -q "$TOKEN""#;
    let mut execution = Bench::shell(script);
    execution.secrets.insert("TOKEN".into(), "safe:x".into());
    let run = bench.launch(execution).await;
    let ended = bench.until_ended(run).await;
    assert_eq!(ended.status.get(), RunStatus::Succeeded, "{ended:?}");
    assert!(!format!("{ended:?}").contains("value of"));
    working.stop().await;
}

#[tokio::test]
async fn a_cancel_reaches_the_program() {
    let bench = Bench::new().await;
    // By the note alone: the next heartbeat is far away.
    let options = WorkerOptions { heartbeat: Duration::from_secs(6), ..Bench::options() };
    let working = bench.work(bench.local(), options);
    let run = bench.launch(Bench::shell("sleep 600")).await;
    bench.until_status(run, RunStatus::Running).await;
    let asked = Instant::now();
    bench.cancel(run).await;
    bench.until_status(run, RunStatus::Cancelled).await;
    assert!(asked.elapsed() < Duration::from_secs(4), "it took {:?}", asked.elapsed());
    working.stop().await;
}

#[tokio::test]
async fn r16_cancel_finish_and_timeout_race_to_one_end() {
    let bench = Bench::new().await;
    let working = bench.work(bench.local(), WorkerOptions { slots: 16, ..Bench::options() });
    let mut runs = Vec::new();
    for n in 0..24 {
        // All three within some tens of milliseconds around one second.
        let mut execution = Bench::shell(&format!("sleep 0.9{n:02}; sleep 0.0{n:02}"));
        execution.timeout_seconds = Some(1);
        runs.push(bench.launch(execution).await);
    }
    for run in &runs {
        bench.until(*run, |run| run.status.get() != RunStatus::Queued).await;
    }
    tokio::time::sleep(Duration::from_millis(850)).await;
    for run in &runs {
        // Refused where it has ended already.
        let _ended = bench.hub.acting_as(&bench.admin).cancel_run(*run).await;
    }
    let mut ends = std::collections::BTreeMap::new();
    for run in runs {
        let ended = bench.until_ended(run).await;
        assert_eq!((ended.fence, ended.attempt), (1, 1));
        *ends.entry(ended.status.get()).or_insert(0) += 1;
        let page = uhub_core::ports::store::Page::first(50);
        let filter = uhub_core::ports::store::AuditFilter {
            object_id: Some(run.0),
            action: Some("run.finish".into()),
            ..Default::default()
        };
        let finishes = bench.hub.acting_as(&bench.admin).audit(&filter, page).await.unwrap();
        assert_eq!(finishes.len(), 1, "{run} ended {} times", finishes.len());
    }
    assert!(
        ends.keys().all(|end| matches!(
            end,
            RunStatus::Succeeded | RunStatus::Failed | RunStatus::TimedOut | RunStatus::Cancelled
        )),
        "{ends:?}"
    );
    working.stop().await;
}

#[tokio::test]
async fn a_cancel_that_comes_too_late_does_not_undo_what_was_done() {
    let bench = Bench::new().await;
    let fake = Arc::new(Fake::default());
    let working = bench.work(Arc::clone(&fake) as _, Bench::options());
    let run = bench.launch(Bench::shell("-")).await;
    wait_for(&fake, "start 1:1").await;
    fake.tell(ExecEvent::Finished(Finish::Exited(0)));
    // Whichever comes first: it had done its work.
    let _refused = bench.hub.acting_as(&bench.admin).cancel_run(run).await;
    assert_eq!(bench.until_ended(run).await.status.get(), RunStatus::Succeeded);
    working.stop().await;
}

#[tokio::test]
async fn output_comes_while_the_program_runs_and_survives_a_store_that_fails_for_a_while() {
    let bench = Bench::new().await;
    let fake = Arc::new(Fake::default());
    let working = bench.work(Arc::clone(&fake) as _, Bench::options());
    let run = bench.launch(Bench::shell("-")).await;
    wait_for(&fake, "start 1:1").await;
    let say = |text: &str| fake.tell(ExecEvent::Log { stream: Stream::Stdout, bytes: text.into() });
    say("one ");
    say("two ");
    fake.tell(ExecEvent::Log { stream: Stream::Stderr, bytes: b"err".to_vec() });
    let end = Instant::now() + super::bench::PATIENCE;
    while bench.log(run).await.len() < 2 {
        assert!(Instant::now() < end, "the output does not come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench.store.fail("append_log", StoreError::Unavailable("down".into()));
    say("three ");
    tokio::time::sleep(Duration::from_millis(150)).await;
    say("four");
    tokio::time::sleep(Duration::from_millis(150)).await;
    bench.store.clear_fault();
    fake.tell(ExecEvent::Finished(Finish::Exited(0)));
    bench.until_status(run, RunStatus::Succeeded).await;
    let log = bench.log(run).await;
    assert_eq!((log[&Stream::Stdout].as_str(), log[&Stream::Stderr].as_str()), ("one two three four", "err"));
    working.stop().await;
}

#[tokio::test]
async fn large_output_is_stored_whole() {
    let bench = Bench::new().await;
    let working = bench.work(bench.local(), Bench::options());
    let run = bench.launch(Bench::shell("head -c 3000000 /dev/zero | tr '\\0' x")).await;
    bench.until_status(run, RunStatus::Succeeded).await;
    let log = bench.log(run).await;
    assert!(log[&Stream::Stdout].len() == 3_000_000 && log[&Stream::Stdout].bytes().all(|byte| byte == b'x'));
    working.stop().await;
}

/// Waits until the backend was called like this.
pub(super) async fn wait_for(fake: &Fake, call: &str) {
    let end = Instant::now() + super::bench::PATIENCE;
    while !fake.calls().iter().any(|known| known == call) {
        assert!(Instant::now() < end, "no {call:?} in {:?}", fake.calls());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
