//! Runs, and what becomes of them.

use chrono::TimeDelta;
use uhub_core::{
    model::*,
    ports::store::{Cursor, RunFilter, StoreError},
};

use crate::{
    bed::{ALL, Bed, walk},
    samples::{UNICODE, World, at, ended, held, last, run_of},
};

conformance!(round_trip, one_active_run_per_job, changed_by_status_and_fence, lists, counts);

async fn round_trip(bed: Bed) {
    let world = World::new(&bed).await;
    let (one, two) = (world.stored_job(&bed, 0).await, world.stored_job(&bed, 1).await);
    let bare = run_of(&bed, &one);
    let whole = Run {
        attempt: u32::MAX,
        backend: BackendKind::Serverless,
        status: uhub_core::workflow::Tracked::restore(RunStatus::TimedOut),
        fence: i64::MAX,
        origin: RunOrigin::AutoStart,
        reason: Some(UNICODE.to_owned()),
        approval_id: Some(ApprovalId(bed.id())),
        approved_by: Some(UserId(bed.id())),
        due_at: EARLIEST,
        worker: Some(UNICODE.to_owned()),
        handle: Some("container:00ff".to_owned()),
        lease_until: Some(last()),
        cancel_requested_at: Some(at(1)),
        exit_code: Some(i32::MIN),
        outcome: Some("oom_killed".to_owned()),
        created_at: EARLIEST + TimeDelta::microseconds(1),
        started_at: Some(at(2)),
        ended_at: Some(last()),
        ..run_of(&bed, &two)
    };
    let mut session = bed.write().await;
    for run in [&bare, &whole] {
        session.insert_run(run).await.unwrap();
        assert_eq!(session.run(run.id).await.unwrap().as_ref(), Some(run));
    }
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.run(whole.id).await.unwrap().as_ref(), Some(&whole));
    assert_eq!(session.run(RunId(bed.id())).await.unwrap(), None);
    assert_eq!(session.runs(&RunFilter::default(), ALL).await.unwrap(), [whole, bare]);
}

async fn one_active_run_per_job(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 0).await;
    let first = run_of(&bed, &job);
    let second = run_of(&bed, &job);
    let mut session = bed.write().await;
    assert_eq!(session.active_run(job.id).await.unwrap(), None);
    session.insert_run(&first).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    assert_eq!(session.insert_run(&second).await, Err(StoreError::Duplicate("job_id")));
    drop(session);
    let mut session = bed.write().await;
    let running = held(&first, 1, at(1));
    assert!(session.update_run(&running, (RunStatus::Queued, 0)).await.unwrap());
    assert_eq!(session.active_run(job.id).await.unwrap().as_ref(), Some(&running));
    session.insert_run(&ended(&run_of(&bed, &job), RunStatus::Cancelled)).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    assert_eq!(session.insert_run(&second).await, Err(StoreError::Duplicate("job_id")));
    drop(session);
    let mut session = bed.write().await;
    let over = ended(&running, RunStatus::Succeeded);
    assert!(session.update_run(&over, (RunStatus::Running, 1)).await.unwrap());
    assert_eq!(session.active_run(job.id).await.unwrap(), None);
    session.insert_run(&second).await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.active_run(job.id).await.unwrap(), Some(second));
}

async fn changed_by_status_and_fence(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 0).await;
    let queued = run_of(&bed, &job);
    let mut session = bed.write().await;
    session.insert_run(&queued).await.unwrap();
    session.commit().await.unwrap();
    let running = Run { attempt: 2, handle: Some("h".to_owned()), ..held(&queued, 7, at(1)) };
    let mut session = bed.write().await;
    for stale in [(RunStatus::Running, 0), (RunStatus::Queued, 1), (RunStatus::Queued, 7)] {
        assert!(!session.update_run(&running, stale).await.unwrap(), "{stale:?}");
    }
    let missing = Run { id: RunId(bed.id()), ..running.clone() };
    assert!(!session.update_run(&missing, (RunStatus::Queued, 0)).await.unwrap());
    assert_eq!(session.run(queued.id).await.unwrap().as_ref(), Some(&queued));
    assert!(session.update_run(&running, (RunStatus::Queued, 0)).await.unwrap());
    assert!(!session.update_run(&running, (RunStatus::Queued, 0)).await.unwrap(), "once");
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.run(queued.id).await.unwrap(), Some(running));
}

async fn lists(bed: Bed) {
    let world = World::new(&bed).await;
    let jobs = [world.stored_job(&bed, 0).await, world.stored_job(&bed, 1).await];
    let mut runs = Vec::new();
    let mut session = bed.write().await;
    for number in 0..9_i64 {
        let job = &jobs[usize::from(number % 3 == 0)];
        let status = if number % 2 == 0 { RunStatus::Failed } else { RunStatus::Succeeded };
        let run = Run { created_at: at(number), ..ended(&run_of(&bed, job), status) };
        session.insert_run(&run).await.unwrap();
        runs.push(run);
    }
    session.commit().await.unwrap();
    runs.reverse();
    let any = RunFilter::default;
    let cases = [
        any(),
        RunFilter { job_id: Some(jobs[0].id), ..any() },
        RunFilter { job_id: Some(JobId(bed.id())), ..any() },
        RunFilter { status: Some(RunStatus::Failed), ..any() },
        RunFilter { status: Some(RunStatus::Queued), ..any() },
        RunFilter { from: Some(at(3)), to: Some(at(6)), ..any() },
        RunFilter { job_id: Some(jobs[1].id), status: Some(RunStatus::Failed), from: Some(at(1)), to: None },
    ];
    for filter in cases {
        let expected: Vec<_> = runs
            .iter()
            .filter(|run| filter.job_id.is_none_or(|job| run.job_id == job))
            .filter(|run| filter.status.is_none_or(|status| run.status.get() == status))
            .filter(|run| filter.from.is_none_or(|from| run.created_at >= from))
            .filter(|run| filter.to.is_none_or(|to| run.created_at < to))
            .cloned()
            .collect();
        for limit in [1, 2, 100] {
            let walked = walk!(bed, limit, |session, page| session.runs(&filter, page), |run| Cursor {
                key: 0,
                id: run.id.0
            });
            assert_eq!(walked, expected, "{filter:?} by {limit}");
        }
    }
}

async fn counts(bed: Bed) {
    let world = World::new(&bed).await;
    let mut expected = Vec::new();
    let mut session = bed.write().await;
    let job = world.job(&bed, 0);
    session.insert_job(&job).await.unwrap();
    for (number, status) in RunStatus::ALL.iter().filter(|status| status.is_terminal()).enumerate() {
        for _ in 0..number {
            session.insert_run(&ended(&run_of(&bed, &job), *status)).await.unwrap();
        }
        expected.push((*status, number as u64));
    }
    let run = run_of(&bed, &job);
    session.insert_run(&run).await.unwrap();
    assert!(session.update_run(&held(&run, 1, at(1)), (RunStatus::Queued, 0)).await.unwrap());
    expected.push((RunStatus::Running, 1));
    session.commit().await.unwrap();
    let mut found = bed.read().await.count_runs().await.unwrap();
    found.retain(|(_, count)| *count > 0);
    found.sort_unstable();
    expected.retain(|(_, count)| *count > 0);
    expected.sort_unstable();
    assert_eq!(found, expected);
}
