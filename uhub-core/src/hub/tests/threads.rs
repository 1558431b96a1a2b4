//! What must hold when many act at once.

use std::{
    collections::BTreeSet,
    pin::pin,
    sync::{Arc, Barrier},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use super::world::*;
use crate::{
    error::Error,
    hub::{JobOutcome, JobPatch, JobUpdate, Launch},
    model::{BackendKind, JobId, JobType, OnConflict, Policy, Role, RunStatus, Tier},
    ports::exec::Finish,
};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end on this thread, waiting for those of other threads.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// Does the same from many threads at once.
fn at_once<T: Send>(threads: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (barrier, act) = (Barrier::new(threads), &act);
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|n| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    act(n)
                })
            })
            .collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    })
}

fn ids(outcome: crate::Result<JobOutcome>) -> (JobId, BTreeSet<JobId>) {
    let view = done(outcome);
    let others = crate::hub::views::job_ids(&view.conflicts).into_iter().collect();
    (view.job.id, others)
}

/// Whoever came second was told of the first: of each two that overlap, one of the answers names the other.
#[test]
fn r13_of_fifty_parallel_moves_everyone_who_made_an_overlap_is_told() {
    let world = World::new();
    let jobs: Vec<JobId> = (0..50)
        .map(|n| world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 10 + 2 * n)).id)
        .collect();
    let acting = world.by(&world.ops);
    let told = at_once(50, |n| {
        let patch = JobPatch { planned_start: Some(world.at(5)), ..JobPatch::default() };
        ids(block_on(acting.update_job(jobs[n], patch, JobUpdate::default())))
    });
    for (one, by_one) in &told {
        for (other, by_other) in &told {
            assert!(one == other || by_one.contains(other) || by_other.contains(one), "nobody was told");
        }
    }
    let firsts = told.iter().filter(|(_, others)| others.is_empty()).count();
    assert_eq!(firsts, 1, "one was alone there");
}

#[test]
fn r13_where_the_policy_blocks_one_wins() {
    let world = World::new();
    world
        .set_policy(Policy { on_conflict: [(Tier::Staging, OnConflict::Block)].into(), ..Policy::default() });
    let acting = world.by(&world.ops);
    let won = at_once(50, |_| {
        block_on(acting.create_job(world.new_job(JobType::Ops, Some("staging"), 5), None)).map(drop)
    });
    assert_eq!(won.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(
        won.iter()
            .flat_map(|result| result.as_ref().err())
            .all(|error| { matches!(error, Error::Conflict { jobs } if jobs.len() == 1) })
    );
}

#[test]
fn r03_of_64_claimers_one_gets_each_run() {
    let world = World::new();
    for hour in 0..40 {
        let job = world.create(&world.ops, world.new_deploy("staging", hour));
        started(world.launch(&world.ops, job.id));
    }
    let claimed: Vec<_> =
        at_once(64, |n| block_on(world.hub.claim(&format!("w{n}"), BackendKind::ALL, 3)).unwrap())
            .into_iter()
            .flatten()
            .collect();
    let runs: BTreeSet<_> = claimed.iter().map(|run| (run.id(), run.attempt())).collect();
    assert_eq!((claimed.len(), runs.len()), (40, 40));
}

/// Cancelling, finishing and the end of a lease at the same moment: one end, and one entry that tells it.
#[test]
fn r16_cancel_finish_and_timeout_race_to_one_end() {
    for round in 0..30 {
        let world = World::new();
        let job = world.create(&world.ops, world.new_deploy("staging", 0));
        let run = started(world.launch(&world.ops, job.id));
        let claimed = world.claim_one();
        world.clock.advance(chrono::TimeDelta::seconds(16));
        let acting = world.by(&world.ops);
        let finishes = [Finish::Exited(0), Finish::TimedOut, Finish::Exited(3), Finish::Cancelled];
        at_once(6, |n| match n {
            0 => drop(block_on(acting.cancel_run(run.id))),
            1 => drop(block_on(world.hub.tick(10)).unwrap()),
            n => drop(block_on(world.hub.finish(&claimed, &finishes[(n + round) % 4]))),
        });
        let ended = world.run(run.id);
        assert!(ended.status.get().is_terminal(), "{ended:?}");
        let ends = world.story(run.id.0).iter().filter(|line| line.starts_with("run.finish")).count();
        assert_eq!(ends, 1, "{:?}", world.story(run.id.0));
        assert!(!world.job(job.id).status.get().is_alive());
    }
}

#[test]
fn two_approvers_at_once_approve_once() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    let (run, approval) = waiting(world.launch(&world.ops, job.id));
    let people = [world.by(&world.admin), world.by(&world.admin2), world.by(&world.projets)];
    let results = at_once(12, |n| block_on(people[n % 3].approve(approval.id, None)).is_ok());
    assert_eq!(results.into_iter().filter(|approved| *approved).count(), 1);
    assert_eq!(world.run_status(run.id), RunStatus::Queued);
}

#[test]
fn one_of_many_launches_at_once_starts() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_deploy("staging", 2));
    let acting = world.by(&world.ops);
    let results = at_once(16, |_| block_on(acting.launch(job.id, Launch::default(), None)));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().flat_map(|result| result.as_ref().err()).all(|error| *error == Error::RunActive));
}

#[test]
fn r33_two_admins_who_demote_each_other_leave_one() {
    for _ in 0..20 {
        let world = World::new();
        let people = [&world.admin, &world.admin2];
        let acting = people.map(|user| world.by(user));
        let results = at_once(2, |n| {
            let patch = crate::hub::UserPatch { role: Some(Role::Dev), ..Default::default() };
            block_on(acting[n].update_user(people[1 - n].id, patch, None)).is_ok()
        });
        assert_eq!(results.iter().filter(|demoted| **demoted).count(), 1, "{results:?}");
    }
}

/// Several servers tick at once: each job starts once.
#[test]
fn ticks_at_once_start_each_job_once() {
    let world = World::new();
    let jobs: Vec<_> = (0..10)
        .map(|_| {
            let new = crate::hub::NewJob { auto_start: None, ..world.new_deploy("staging", 1) };
            world.create(&world.ops, new).id
        })
        .collect();
    world.go_to(1);
    let started: u32 = at_once(8, |_| block_on(world.hub.tick(100)).unwrap().started).into_iter().sum();
    assert_eq!(started, 10);
    for job in jobs {
        assert_eq!(world.runs(job).len(), 1);
    }
}

#[test]
fn sealers_at_once_make_one_chain() {
    let world = World::new();
    for hour in 0..20 {
        world.create(&world.dev, world.new_job(JobType::Dev, None, hour));
    }
    let unsealed = world.audit().len();
    let sealed: usize = at_once(8, |_| block_on(world.hub.seal_audit(7)).unwrap()).into_iter().sum();
    assert!(sealed <= unsealed);
    while go(world.hub.seal_audit(7)).unwrap() > 0 {}
    let verified = go(world.hub.verify_audit(None, &mut |_| {})).unwrap();
    assert!(verified.ok);
    assert_eq!(verified.entries, i64::try_from(unsealed).unwrap());
}
