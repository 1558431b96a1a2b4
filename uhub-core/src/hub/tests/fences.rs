//! One end per run: fences, lost workers, further attempts, cancelling (DOMAIN §5).

use chrono::TimeDelta;

use super::world::*;
use crate::{
    error::Error,
    hub::{ClaimedRun, NewJob, Told},
    model::{Job, JobId, JobStatus, LogChunk, RunStatus, Stream},
    ports::exec::{Finish, Handle, LogPosition, StartError},
};

fn job(world: &World, idempotent: bool, attempts: Option<u32>) -> JobId {
    let mut spec = docker("app:1");
    spec.idempotent = idempotent;
    spec.max_attempts = attempts;
    let job = world.create(&world.ops, NewJob { execution: Some(spec), ..world.new_deploy("staging", 2) });
    started(world.launch(&world.ops, job.id));
    job.id
}

fn chunk(world: &World, seq: i64) -> LogChunk {
    LogChunk { seq, stream: Stream::Stdout, at: world.now(), bytes: vec![b'x'], upto: 0 }
}

#[test]
fn every_ending_has_its_status() {
    let endings = [
        (Finish::Exited(0), RunStatus::Succeeded, JobStatus::Succeeded, Some(0), None),
        (Finish::Exited(3), RunStatus::Failed, JobStatus::Failed, Some(3), Some("exit code 3")),
        (
            Finish::Failed("oom_killed".to_owned()),
            RunStatus::Failed,
            JobStatus::Failed,
            None,
            Some("oom_killed"),
        ),
        (Finish::TimedOut, RunStatus::TimedOut, JobStatus::Failed, None, Some("took longer than it may")),
        (Finish::Cancelled, RunStatus::Cancelled, JobStatus::Cancelled, None, Some("cancelled")),
    ];
    for (finish, run_status, job_status, exit_code, outcome) in endings {
        let world = World::new();
        let id = job(&world, false, None);
        let claimed = world.claim_one();
        assert_eq!(go(world.hub.finish(&claimed, &finish)), Ok(run_status));
        let run = world.run(claimed.id());
        assert_eq!((run.exit_code, run.outcome.as_deref()), (exit_code, outcome));
        assert_eq!((run.ended_at, run.lease_until), (Some(world.now()), None));
        assert_eq!(world.status(id), job_status);
        // Whatever else is said of it comes too late.
        for finish in [Finish::Exited(0), Finish::Exited(1), Finish::TimedOut, Finish::Cancelled] {
            assert_eq!(go(world.hub.finish(&claimed, &finish)), Err(Error::StaleFence));
        }
        assert_eq!(world.run(claimed.id()), run);
        let cancelled = go(world.by(&world.ops).cancel_run(claimed.id())).unwrap_err();
        assert!(matches!(cancelled, Error::Transition(_)));
    }
}

#[test]
fn what_could_not_start_fails_and_is_not_tried_again() {
    let world = World::new();
    let id = job(&world, true, Some(5));
    let claimed = world.claim_one();
    let error = StartError::Failed("the vault is sealed".to_owned());
    assert_eq!(go(world.hub.refuse_start(&claimed, &error)), Ok(RunStatus::Failed));
    assert_eq!(world.run(claimed.id()).outcome.as_deref(), Some("not started: the vault is sealed"));
    assert_eq!(world.status(id), JobStatus::Failed);
}

/// A worker that slept through its lease, and wakes while another one drives the run.
#[test]
fn r02_a_stale_fence_writes_nothing() {
    let world = World::new();
    job(&world, true, Some(3));
    let old = world.claim_one();
    world.clock.advance(TimeDelta::seconds(16));
    assert_eq!(world.tick().retried, 1);
    world.clock.advance(TimeDelta::seconds(2));
    let new = world.claim_one();
    assert_eq!((old.fence(), new.fence(), new.attempt()), (1, 2, 2));

    let write_all = |claimed: &ClaimedRun| {
        [
            go(world.hub.finish(claimed, &Finish::Exited(0))).map(drop),
            go(world.hub.refuse_start(claimed, &StartError::Failed("x".to_owned()))).map(drop),
            go(world.hub.record_handle(claimed, &Handle("x".to_owned()), 0)),
            go(world.hub.append_log(claimed.id(), claimed.fence(), &[chunk(&world, 1)])),
        ]
    };
    let before = world.everything();
    assert_eq!(write_all(&old), [const { Err(Error::StaleFence) }; 4]);
    assert_eq!(go(world.hub.heartbeat(&[(old.id(), old.fence())])).unwrap(), []);
    assert_eq!(world.everything(), before);
    assert_eq!(go(world.hub.log_end(&old)).unwrap().seq, 0);

    go(world.hub.record_handle(&new, &Handle("container".to_owned()), 0)).unwrap();
    assert_eq!(world.run(new.id()).handle.as_deref(), Some("container"));
    go(world.hub.append_log(new.id(), new.fence(), &[chunk(&world, 1), chunk(&world, 2)])).unwrap();
    go(world.hub.append_log(new.id(), new.fence(), &[chunk(&world, 2), chunk(&world, 3)])).unwrap();
    assert_eq!(go(world.hub.log_end(&new)).unwrap().seq, 3);
    let log = go(world.by(&world.dev).run_log(new.id(), 1, 10)).unwrap();
    assert_eq!(log.iter().map(|chunk| chunk.seq).collect::<Vec<_>>(), [2, 3], "a repeat does no harm");
    go(world.hub.finish(&new, &Finish::Exited(0))).unwrap();
    let late = go(world.hub.append_log(new.id(), new.fence(), &[chunk(&world, 4)]));
    assert_eq!(late, Err(Error::StaleFence), "it has ended");
}

#[test]
fn r01_a_dead_workers_run_is_lost_unless_it_may_be_repeated() {
    let world = World::new();
    let id = job(&world, false, Some(5));
    let claimed = world.claim_one();
    world.clock.advance(TimeDelta::seconds(15) - TimeDelta::microseconds(1));
    assert_eq!(world.tick().lost, 0);
    assert_eq!(go(world.hub.heartbeat(&[(claimed.id(), claimed.fence())])).unwrap().len(), 1);
    world.clock.advance(TimeDelta::seconds(14));
    assert_eq!(world.tick().lost, 0, "a heartbeat extends the lease");
    world.clock.advance(TimeDelta::seconds(1));
    let ticked = world.tick();
    assert_eq!((ticked.lost, ticked.retried), (1, 0));
    let run = world.run(claimed.id());
    assert_eq!((run.status.get(), run.outcome.as_deref()), (RunStatus::Lost, Some("its worker w1 died")));
    assert_eq!(world.status(id), JobStatus::Failed);
    assert_eq!(go(world.hub.finish(&claimed, &Finish::Exited(0))), Err(Error::StaleFence));
}

#[test]
fn r15_a_job_that_kills_its_workers_is_tried_as_often_as_it_may() {
    let world = World::new();
    let id = job(&world, true, Some(3));
    let mut attempts = Vec::new();
    for _ in 0..6 {
        for claimed in world.claim() {
            attempts.push((claimed.attempt(), claimed.fence()));
        }
        world.clock.advance(TimeDelta::seconds(16));
        world.tick();
        world.clock.advance(TimeDelta::minutes(5));
    }
    assert_eq!(attempts, [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(world.runs(id)[0].status.get(), RunStatus::Lost);
    assert_eq!(world.status(id), JobStatus::Failed);
}

#[test]
fn what_failed_is_tried_again_after_a_pause_that_grows() {
    let world = World::new();
    let id = job(&world, false, Some(4));
    for pause in [1, 2, 4] {
        let claimed = world.claim_one();
        assert_eq!(go(world.hub.finish(&claimed, &Finish::Exited(1))), Ok(RunStatus::Queued));
        assert_eq!(world.status(id), JobStatus::Queued);
        let wait = world.run(claimed.id()).due_at - world.now();
        // Up to half as much again, so that what failed together does not come again together.
        let (least, most) = (TimeDelta::seconds(pause), TimeDelta::milliseconds(pause * 1500));
        assert!(least <= wait && wait <= most, "{wait}");
        world.clock.advance(wait - TimeDelta::microseconds(1));
        assert_eq!(world.claim(), []);
        world.clock.advance(TimeDelta::microseconds(1));
    }
    assert_eq!(go(world.hub.finish(&world.claim_one(), &Finish::TimedOut)), Ok(RunStatus::TimedOut));
    assert_eq!(world.status(id), JobStatus::Failed);
}

#[test]
fn a_running_run_is_cancelled_by_asking_its_worker() {
    let world = World::new();
    for (finish, expected) in [
        (Finish::Cancelled, RunStatus::Cancelled),
        (Finish::Exited(137), RunStatus::Cancelled),
        (Finish::TimedOut, RunStatus::Cancelled),
        (Finish::Exited(0), RunStatus::Succeeded),
    ] {
        let id = job(&world, true, Some(5));
        let claimed = world.claim_one();
        let asked = go(world.by(&world.ops).cancel_run(claimed.id())).unwrap();
        assert_eq!((asked.status.get(), asked.cancel_requested_at), (RunStatus::Running, Some(world.now())));
        let beats = go(world.hub.heartbeat(&[(claimed.id(), claimed.fence())])).unwrap();
        assert!(beats[0].cancel_requested);
        // The worker still holds it: nobody else may say how it went.
        go(world.hub.record_handle(&claimed, &Handle("x".to_owned()), 0)).unwrap();
        assert_eq!(
            world.run(claimed.id()).cancel_requested_at,
            Some(world.now()),
            "a handle does not undo it"
        );
        assert_eq!(go(world.hub.finish(&claimed, &finish)), Ok(expected), "{finish:?}");
        assert!(!world.job(id).status.get().is_alive());
    }
    // The job itself, called off.
    let id = job(&world, true, Some(5));
    let claimed = world.claim_one();
    done(go(world.by(&world.ops).cancel_job(id, None)));
    assert_eq!(world.status(id), JobStatus::Running);
    world.clock.advance(TimeDelta::seconds(16));
    assert_eq!(world.tick().lost, 1, "cancelled is not tried again");
    assert_eq!(
        (world.run_status(claimed.id()), world.status(id)),
        (RunStatus::Cancelled, JobStatus::Cancelled)
    );
}

/// What a dead worker left goes on, idempotent or not: another worker takes it over, in the same attempt.
#[test]
fn r05_what_outlives_its_worker_is_taken_over_by_the_next() {
    let world = World::new();
    let id = job(&world, false, None);
    let first = world.claim_one();
    assert_eq!(first.handle(), None);
    go(world.hub.record_handle(&first, &Handle("container".to_owned()), 0)).unwrap();
    let chunks = [
        LogChunk { upto: 40, ..chunk(&world, 1) },
        LogChunk { stream: Stream::Stderr, upto: 7, ..chunk(&world, 2) },
        LogChunk { stream: Stream::System, upto: 0, ..chunk(&world, 3) },
    ];
    go(world.hub.append_log(first.id(), first.fence(), &chunks)).unwrap();
    world.clock.advance(TimeDelta::seconds(16));
    let ticked = world.tick();
    assert_eq!((ticked.lost, ticked.retried), (0, 0), "it may still go on");
    let next = world.claim_one();
    assert_eq!((next.attempt(), next.fence(), next.handle()), (1, 2, Some("container")));
    let end = go(world.hub.log_end(&next)).unwrap();
    assert_eq!((end.seq, end.bytes, end.position), (3, 3, LogPosition { stdout: 40, stderr: 7 }));
    assert_eq!(go(world.hub.append_log(first.id(), first.fence(), &chunks)), Err(Error::StaleFence));
    assert_eq!(go(world.hub.finish(&first, &Finish::Exited(0))), Err(Error::StaleFence));
    assert_eq!(go(world.hub.finish(&next, &Finish::Exited(0))), Ok(RunStatus::Succeeded));
    assert_eq!(world.status(id), JobStatus::Succeeded);
}

/// The output of another execution of the same run is counted from its own beginning.
#[test]
fn a_further_attempt_begins_its_own_output() {
    let world = World::new();
    job(&world, false, Some(2));
    let first = world.claim_one();
    go(world.hub.record_handle(&first, &Handle("one".to_owned()), 0)).unwrap();
    let at_40 = LogChunk { upto: 40, ..chunk(&world, 1) };
    go(world.hub.append_log(first.id(), first.fence(), &[at_40])).unwrap();
    go(world.hub.finish(&first, &Finish::Exited(1))).unwrap();
    world.clock.advance(TimeDelta::seconds(3));
    let second = world.claim_one();
    assert_eq!((second.attempt(), second.handle()), (2, None), "what ended is gone");
    go(world.hub.record_handle(&second, &Handle("two".to_owned()), 1)).unwrap();
    world.clock.advance(TimeDelta::seconds(16));
    let third = world.claim_one();
    let end = go(world.hub.log_end(&third)).unwrap();
    assert_eq!((end.seq, end.position), (1, LogPosition::default()));
}

/// A worker that stops gives what goes on outside to others at once; what a dead one was about to start, and never did,
/// is claimed and checked anew.
#[test]
fn what_is_handed_over_is_taken_at_once_and_what_never_was_is_queued() {
    let world = World::new();
    let id = job(&world, false, None);
    let first = world.claim_one();
    go(world.hub.record_handle(&first, &Handle("planned".to_owned()), 0)).unwrap();
    assert_eq!(world.claim(), []);
    go(world.hub.hand_over(&[(first.id(), first.fence())])).unwrap();
    let next = world.claim_one();
    assert_eq!(go(world.hub.never_started(&first)), Err(Error::StaleFence));
    assert_eq!(go(world.hub.never_started(&next)), Ok(RunStatus::Queued));
    assert_eq!(world.status(id), JobStatus::Queued);
    let again = world.claim_one();
    assert_eq!((again.attempt(), again.fence(), again.handle()), (1, 3, None));
    // Somebody who cancels meanwhile is heard by whoever takes it over.
    go(world.hub.record_handle(&again, &Handle("planned".to_owned()), 0)).unwrap();
    go(world.by(&world.ops).cancel_run(again.id())).unwrap();
    go(world.hub.hand_over(&[(again.id(), again.fence())])).unwrap();
    let last = world.claim_one();
    assert!(last.is_cancelled());
    assert_eq!(go(world.hub.finish(&last, &Finish::Lost("gone".to_owned()))), Ok(RunStatus::Cancelled));
}

/// Nobody takes it over: after an hour it is lost, as it is when it ends every worker that tries.
#[test]
fn r15_what_nobody_takes_over_is_lost_in_the_end() {
    let world = World::new();
    let id = job(&world, false, None);
    let mut claimed = world.claim_one();
    go(world.hub.record_handle(&claimed, &Handle("container".to_owned()), 0)).unwrap();
    for takeover in 1..=10 {
        world.clock.advance(TimeDelta::seconds(16));
        claimed = world.claim_one();
        assert_eq!(claimed.fence(), 1 + takeover);
    }
    world.clock.advance(TimeDelta::seconds(16));
    assert_eq!(world.claim(), []);
    world.clock.advance(TimeDelta::hours(1));
    assert_eq!(world.tick().lost, 1);
    assert_eq!((world.run_status(claimed.id()), world.status(id)), (RunStatus::Lost, JobStatus::Failed));
    assert_eq!(go(world.hub.finish(&claimed, &Finish::Exited(0))), Err(Error::StaleFence));
}

/// Whoever ends an attempt, or keeps its handle, goes by what it read of the run: it is held from then on. Read without,
/// and written after somebody asked to cancel it, that request would be gone.
#[test]
fn r16_a_workers_word_holds_the_run_before_it_reads() {
    let world = World::new();
    job(&world, false, Some(2));
    let claimed = world.claim_one();
    let trace = |act: &dyn Fn()| {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = seen.clone();
        world.store.set_fault(move |operation| {
            log.lock().unwrap().push(operation);
            None
        });
        act();
        world.store.clear_fault();
        let seen = seen.lock().unwrap().clone();
        let held = seen.iter().position(|operation| *operation == "hold_runs");
        let moved = seen.iter().position(|operation| *operation == "move_runs");
        assert!(held.is_some() && held < moved, "{seen:?}");
        assert!(!seen.contains(&"run") && !seen.contains(&"update_run"), "{seen:?}");
    };
    trace(&|| go(world.hub.record_handle(&claimed, &Handle("x".to_owned()), 0)).unwrap());
    trace(&|| assert!(go(world.hub.finish(&claimed, &Finish::Exited(1))).is_ok()));
}

/// A job is ended as the claim left it; what came in between stays, and is looked at.
#[test]
fn an_end_undoes_nothing_that_came_in_between() {
    let world = World::new();
    let [first, second, third] = [1, 2, 3].map(|_| (job(&world, false, Some(2)), world.claim_one()));
    for (_, claimed) in [&first, &second, &third] {
        go(world.hub.record_handle(claimed, &Handle("x".to_owned()), 7)).unwrap();
    }
    go(world.by(&world.ops).cancel_run(third.1.id())).unwrap();
    let job = world.job(second.0);
    let version = job.version + 1;
    go(async {
        let mut session = world.hub.store().write().await.unwrap();
        let edited = Job { title: "Another".to_owned(), version, ..job };
        assert!(session.update_job(&edited).await.unwrap());
        session.commit().await.unwrap();
    });
    let told = [&first, &second, &third].map(|(_, claimed)| (claimed, Told::Finished(Finish::Exited(0))));
    assert_eq!(go(world.hub.finish_all("w1", &told)).unwrap(), [const { Ok(RunStatus::Succeeded) }; 3]);
    for (job, claimed) in [&first, &second, &third] {
        let run = world.run(claimed.id());
        assert_eq!((run.handle.as_deref(), run.log_from, run.exit_code), (Some("x"), 7, Some(0)));
        assert_eq!(world.status(*job), JobStatus::Succeeded);
    }
    let edited = world.job(second.0);
    assert_eq!((edited.title.as_str(), edited.version), ("Another", version + 1));
    assert!(world.run(third.1.id()).cancel_requested_at.is_some());
    assert_eq!(go(world.hub.finish_all("w1", &told)).unwrap(), [const { Err(Error::StaleFence) }; 3]);
}

/// Many ends in one transaction: each has its own answer.
#[test]
fn ends_are_told_together() {
    let world = World::new();
    let [one, two, three] = [1, 2, 3].map(|_| {
        job(&world, false, Some(2));
        world.claim_one()
    });
    go(world.hub.finish(&two, &Finish::Exited(0))).unwrap();
    let told = [
        (&one, Told::Finished(Finish::Exited(0))),
        (&two, Told::Finished(Finish::Exited(1))),
        (&three, Told::NotStarted(StartError::Failed("no".to_owned()))),
        (&one, Told::Finished(Finish::Exited(1))),
    ];
    let ended = go(world.hub.finish_all("w1", &told)).unwrap();
    assert_eq!(
        ended,
        [Ok(RunStatus::Succeeded), Err(Error::StaleFence), Ok(RunStatus::Failed), Err(Error::StaleFence)]
    );
    assert_eq!(world.run_status(two.id()), RunStatus::Succeeded);
    assert_eq!(go(world.hub.finish_all("w1", &[])), Ok(Vec::new()));
}
