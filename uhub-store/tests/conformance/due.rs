//! What the clock brings about: jobs that launch by themselves, and jobs that nobody started in time.

use chrono::TimeDelta;
use uhub_core::{model::*, workflow::Tracked};

use crate::{
    bed::Bed,
    samples::{World, approval, at, ended, execution, run_of, slot},
};

conformance!(due, next_due, missed, missed_plans);

fn launching(world: &World, bed: &Bed, status: JobStatus, slot: Slot) -> Job {
    Job {
        slot,
        execution: Some(execution()),
        auto_start: true,
        status: Tracked::restore(status),
        ..world.job(bed, 0)
    }
}

async fn due(bed: Bed) {
    let world = World::new(&bed).await;
    let tick = TimeDelta::microseconds(1);
    let job = |status, from, to| launching(&world, &bed, status, slot(from, to));
    // Of all lengths, since a job may be due for long.
    let due = [
        job(JobStatus::Approved, -5000, 9),
        job(JobStatus::Planned, -100, 9),
        job(JobStatus::Planned, -1, 9),
        Job { auto_started_for: Some(at(-2)), ..job(JobStatus::Planned, -1, 1) },
        job(JobStatus::Approved, 0, 1),
    ];
    let mut other = vec![
        Job { auto_start: false, ..job(JobStatus::Planned, 0, 1) },
        Job { auto_started_for: Some(at(0)), ..job(JobStatus::Planned, 0, 1) },
        job(JobStatus::Planned, -1, 0),
        launching(&world, &bed, JobStatus::Planned, Slot::new(at(0) + tick, at(1)).unwrap()),
    ];
    for status in JobStatus::ALL {
        if !matches!(status, JobStatus::Planned | JobStatus::Approved) {
            other.push(job(*status, -1, 1));
        }
    }
    let mut session = bed.write().await;
    session.insert_jobs(&other).await.unwrap();
    session.insert_jobs(&due).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.due_jobs(at(0), 100).await.unwrap(), due, "the most overdue first");
    assert_eq!(session.due_jobs(at(0), 2).await.unwrap(), due[..2]);
    assert_eq!(session.due_jobs(at(-9000), 100).await.unwrap(), []);
    drop(session);

    let launched = Job { auto_started_for: Some(at(0)), version: 2, ..due[4].clone() };
    let mut session = bed.write().await;
    assert!(session.update_job(&launched).await.unwrap());
    assert_eq!(session.due_jobs(at(0), 100).await.unwrap(), due[..4], "once per slot");
    let moved = Job { slot: Slot::new(at(0) - tick, at(1)).unwrap(), version: 3, ..launched };
    assert!(session.update_job(&moved).await.unwrap());
    session.commit().await.unwrap();
    let found = bed.read().await.due_jobs(at(0), 100).await.unwrap();
    assert_eq!(found.last(), Some(&moved), "another slot, another launch");
}

async fn next_due(bed: Bed) {
    let world = World::new(&bed).await;
    let job = |status, from, to| launching(&world, &bed, status, slot(from, to));
    let mut session = bed.write().await;
    assert_eq!(session.next_due(at(0)).await.unwrap(), None);
    let jobs = [
        job(JobStatus::Planned, 0, 1),
        Job { auto_start: false, ..job(JobStatus::Planned, 1, 2) },
        Job { auto_started_for: Some(at(2)), ..job(JobStatus::Planned, 2, 3) },
        job(JobStatus::AwaitingApproval, 3, 4),
        job(JobStatus::Approved, 5, 9000),
        job(JobStatus::Planned, 6, 7),
    ];
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    for (now, next) in [(-1, Some(0)), (0, Some(5)), (4, Some(5)), (5, Some(6)), (6, None)] {
        assert_eq!(session.next_due(at(now)).await.unwrap(), next.map(at), "after {now}");
    }
}

async fn missed(bed: Bed) {
    let world = World::new(&bed).await;
    let job = |status, from, to| launching(&world, &bed, status, slot(from, to));
    let missed = [
        job(JobStatus::Planned, -5000, -5),
        job(JobStatus::AwaitingApproval, -3, -2),
        job(JobStatus::Approved, -1, 0),
        // It started by itself, and no worker came.
        job(JobStatus::Queued, -1, 0),
    ];
    let mut other = vec![
        job(JobStatus::Planned, -1, 1),
        Job { auto_start: false, ..job(JobStatus::Planned, -2, -1) },
        Job { auto_start: false, ..job(JobStatus::AwaitingApproval, -2, -1) },
        Job { execution: None, ..job(JobStatus::Planned, -2, -1) },
        Job { execution: None, ..job(JobStatus::AwaitingApproval, -2, -1) },
    ];
    for status in &JobStatus::ALL[3..] {
        other.push(job(*status, -2, -1));
    }
    let still_on = job(JobStatus::Queued, -1, 1);
    let tried_again = job(JobStatus::Queued, -3, -2);
    let running = job(JobStatus::Running, -3, -2);
    other.extend([still_on.clone(), tried_again.clone(), running.clone()]);
    // What somebody launched waits for its approval, however long: it must not stand before the others.
    let launched = job(JobStatus::AwaitingApproval, -9000, -900);
    other.push(launched.clone());
    let by_itself = |job| Run { origin: RunOrigin::AutoStart, ..run_of(&bed, job) };
    let runs = [
        by_itself(&missed[1]),
        by_itself(&missed[3]),
        by_itself(&still_on),
        Run { attempt: 2, ..by_itself(&tried_again) },
        Run { status: Tracked::restore(RunStatus::Running), fence: 1, ..by_itself(&running) },
        run_of(&bed, &launched),
    ];
    let over = ended(&run_of(&bed, &missed[0]), RunStatus::Cancelled);
    let mut session = bed.write().await;
    session.insert_jobs(&missed).await.unwrap();
    session.insert_jobs(&other).await.unwrap();
    for run in runs.into_iter().chain([over]) {
        session.insert_run(&run).await.unwrap();
    }
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.missed_jobs(at(0), 100).await.unwrap(), missed);
    assert_eq!(session.missed_jobs(at(0) - TimeDelta::microseconds(1), 100).await.unwrap(), missed[..2]);
    assert_eq!(session.missed_jobs(at(0), 1).await.unwrap(), missed[..1]);
}

async fn missed_plans(bed: Bed) {
    let world = World::new(&bed).await;
    let plain = |status, hour| Job {
        status: Tracked::restore(status),
        environment: world.place("prod"),
        ..world.job(&bed, hour)
    };
    let waiting = plain(JobStatus::AwaitingApproval, -3);
    let running = plain(JobStatus::AwaitingApproval, -4);
    let done = plain(JobStatus::Planned, -5);
    let later = plain(JobStatus::AwaitingApproval, 0);
    let mut session = bed.write().await;
    for (job, kind, state) in [
        (&waiting, ApprovalKind::Create, ApprovalState::Pending),
        (&running, ApprovalKind::Run, ApprovalState::Pending),
        (&done, ApprovalKind::Create, ApprovalState::Consumed),
        (&later, ApprovalKind::Create, ApprovalState::Pending),
    ] {
        session.insert_job(job).await.unwrap();
        session.insert_approval(&approval(&bed, job, kind, state)).await.unwrap();
    }
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.missed_jobs(at(0), 100).await.unwrap(), [waiting]);
}
