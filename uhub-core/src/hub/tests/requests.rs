//! Repeated, stale and trial requests.

use super::world::*;
use crate::{
    error::Error,
    hub::{JobOutcome, JobPatch, JobUpdate, Launch, LaunchOutcome, NewRecurrence},
    model::{JobStatus, JobType, OnConflict, Policy, Tier},
    ports::store::{JobFilter, Page},
};

#[test]
fn r06_the_same_key_and_request_make_one_job() {
    let world = World::new();
    let ops = world.by(&world.ops);
    let new = world.new_job(JobType::Ops, Some("staging"), 2);
    let first = done(go(ops.create_job(new.clone(), Some("key-1"))));
    let again = done(go(ops.create_job(new.clone(), Some("key-1"))));
    assert_eq!(first.job.id, again.job.id);
    let other = crate::hub::NewJob { title: "other".to_owned(), ..new.clone() };
    assert_eq!(go(ops.create_job(other, Some("key-1"))).unwrap_err(), Error::KeyReused);
    let theirs = done(go(world.by(&world.ops2).create_job(new.clone(), Some("key-1"))));
    assert_ne!(theirs.job.id, first.job.id, "a key is one user's own");
    let all = go(ops.jobs(&JobFilter::default(), Page::first(10))).unwrap();
    assert_eq!(all.len(), 2);
    for bad in ["", "a b", "é", &"x".repeat(256)] {
        assert_eq!(field(go(ops.create_job(new.clone(), Some(bad)))), "Idempotency-Key");
    }
    // A plan that waits is the same plan, with the same request.
    let plan = world.new_job(JobType::Ops, Some("prod"), 2);
    let (job, approval) = asked(go(ops.create_job(plan.clone(), Some("key-2"))));
    let (same, same_approval) = asked(go(ops.create_job(plan, Some("key-2"))));
    assert_eq!((job.job.id, approval.id), (same.job.id, same_approval.id));
}

#[test]
fn r06_the_same_key_and_request_make_one_run() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_deploy("staging", 2));
    let launch = |reason: Option<&str>| {
        let launch = Launch { reason: reason.map(str::to_owned), ..Launch::default() };
        go(world.by(&world.ops).launch(job.id, launch, Some("key")))
    };
    let run = started(launch(None));
    assert_eq!(started(launch(None)).id, run.id);
    assert_eq!(launch(Some("why")).unwrap_err(), Error::KeyReused);
    let prod = world.create(&world.owner, world.new_deploy("prod", 2));
    let launch = || go(world.by(&world.ops).launch(prod.id, Launch::default(), Some("prod")));
    let (run, approval) = waiting(launch());
    assert_eq!(waiting(launch()), (run.clone(), approval.clone()));
    world.approve(&world.projets, approval.id).unwrap();
    assert_eq!(started(launch()).id, run.id);
    assert_eq!(world.runs(prod.id).len(), 1);
}

#[test]
fn a_stale_version_changes_nothing() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    let drag = |hour, version| {
        let patch = JobPatch { planned_start: Some(world.at(hour)), ..JobPatch::default() };
        go(world.by(&world.ops).update_job(
            job.id,
            patch,
            JobUpdate { if_version: Some(version), ..JobUpdate::default() },
        ))
    };
    assert_eq!(done(drag(5, 1)).job.version, 2);
    let stale = Error::Stale { expected: 1, actual: 2 };
    assert_eq!(drag(6, 1).unwrap_err(), stale);
    assert_eq!(go(world.by(&world.ops).cancel_job(job.id, Some(1))).unwrap_err(), stale);
    done(go(world.by(&world.ops).cancel_job(job.id, Some(2))));
}

#[test]
fn what_changes_nothing_is_no_change() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    let before = world.everything();
    let same = JobPatch {
        title: Some(format!("  {} ", job.title)),
        environment: Some(Some("staging".to_owned())),
        planned_start: Some(job.slot.start()),
        planned_end: Some(Some(job.slot.end())),
        critical: Some(None),
        ..JobPatch::default()
    };
    assert_eq!(done(world.edit(&world.ops, job.id, same)).job, job);
    assert_eq!(world.everything(), before);
}

#[test]
fn a_trial_says_what_would_happen_and_changes_nothing_not_even_the_audit() {
    let world = World::new();
    world.set_policy(Policy { on_conflict: [(Tier::Dev, OnConflict::Block)].into(), ..Policy::default() });
    let staging = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 9));
    let prod = world.create(&world.owner, world.new_deploy("prod", 4));
    let (one, other) = (
        world.create(&world.ops, world.new_job(JobType::Ops, Some("dev"), 2)),
        world.create(&world.ops, world.new_job(JobType::Ops, Some("dev"), 9)),
    );
    world.freeze(&[Tier::Staging], 20, 30);
    let before = world.everything();
    let try_to = |user, job, hour| {
        let patch = JobPatch { planned_start: Some(world.at(hour)), ..JobPatch::default() };
        let outcome =
            go(world.by(user).update_job(job, patch, JobUpdate { dry_run: true, ..JobUpdate::default() }));
        assert_eq!(world.everything(), before);
        outcome
    };
    let moved = done(try_to(&world.ops, staging.id, 9));
    assert_eq!((moved.job.slot.start(), moved.conflicts.len()), (world.at(9), 1));
    assert!(matches!(try_to(&world.ops, prod.id, 9), Ok(JobOutcome::Waiting { .. })));
    assert_eq!(rule(try_to(&world.dev, staging.id, 9)), "rbac.job.ops.dev");
    assert_eq!(rule(try_to(&world.ops, staging.id, 21)), "guardrail.freeze");
    assert_eq!(try_to(&world.ops, one.id, 9).unwrap_err(), Error::Conflict { jobs: vec![other.id] });
}

#[test]
fn a_trial_of_a_new_job_says_what_it_would_come_to_and_leaves_nothing() {
    let world = World::new();
    world.set_policy(Policy { on_conflict: [(Tier::Dev, OnConflict::Block)].into(), ..Policy::default() });
    let taken = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 9));
    let other = world.create(&world.ops, world.new_job(JobType::Ops, Some("dev"), 9));
    world.freeze(&[Tier::Staging], 20, 30);
    let before = world.everything();
    let weekly = || NewRecurrence { rule: "FREQ=WEEKLY".to_owned(), timezone: None, except: Vec::new() };
    let try_new = |user, job_type, environment, hour| {
        let new = world.new_job(job_type, Some(environment), hour);
        let one = go(world.by(user).try_create_job(new.clone(), None, Some("key")));
        let all = go(world.by(user).try_create_job(new, Some(weekly()), Some("key")));
        assert_eq!(world.everything(), before);
        match (&one, all) {
            (Ok(JobOutcome::Done(one)), Ok(JobOutcome::Done(first))) => {
                assert_eq!((one.job.slot, &one.conflicts), (first.job.slot, &first.conflicts));
                assert!(first.job.occurrence.is_some());
            }
            (Ok(JobOutcome::Waiting { .. }), Ok(JobOutcome::Waiting { .. })) => {}
            (one, all) => assert_eq!(one.as_ref().unwrap_err(), &all.unwrap_err()),
        }
        one
    };
    let free = done(try_new(&world.ops, JobType::Ops, "staging", 2));
    assert_eq!((free.job.slot.start(), free.conflicts.len()), (world.at(2), 0));
    let told = done(try_new(&world.ops, JobType::Ops, "staging", 9));
    assert_eq!(crate::hub::views::job_ids(&told.conflicts), [taken.id]);
    let (waits, approval) = asked(try_new(&world.ops, JobType::Ops, "prod", 2));
    assert_eq!((approval.job_id, waits.job.status.get()), (waits.job.id, JobStatus::AwaitingApproval));
    assert_eq!(rule(try_new(&world.dev, JobType::Ops, "staging", 2)), "rbac.job.ops.dev");
    assert_eq!(rule(try_new(&world.ops, JobType::Ops, "staging", 21)), "guardrail.freeze");
    let blocked = try_new(&world.ops, JobType::Ops, "dev", 9).unwrap_err();
    assert_eq!(blocked, Error::Conflict { jobs: vec![other.id] });
    assert_eq!(field(try_new(&world.ops, JobType::Ops, "nowhere", 2)), "environment");

    // The key was not used up; once it is, trying says what the request would come to.
    let new = world.new_job(JobType::Ops, Some("staging"), 2);
    let made = done(go(world.by(&world.ops).create_job(new.clone(), Some("key"))));
    let again = go(world.by(&world.ops).try_create_job(new.clone(), None, Some("key")));
    assert_eq!(done(again).job.id, made.job.id);
    let reused = go(world.by(&world.ops).try_create_job(new, Some(weekly()), Some("key")));
    assert_eq!(reused.unwrap_err(), Error::KeyReused);
}

#[test]
fn an_outcome_names_its_run_either_way() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    let outcome = world.launch(&world.ops, job.id).unwrap();
    let id = outcome.run().id;
    assert!(matches!(outcome, LaunchOutcome::Waiting { run, .. } if run.id == id));
}
