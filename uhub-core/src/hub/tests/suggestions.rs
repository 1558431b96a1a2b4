//! Suggestions: every one of them can be applied as it is.

use chrono::{Datelike as _, TimeDelta, Timelike as _};
use proptest::prelude::*;

use super::world::*;
use crate::{
    hub::{JobOutcome, JobPatch, NewJob, ProjectPatch},
    model::{JobId, JobStatus, JobType, Limits, OnConflict, Policy, Tier, User},
};

/// Applies each suggestion to its own copy of the world, since applying one changes what is free.
fn apply_all(build: impl Fn() -> (World, JobId), by: impl Fn(&World) -> &User) -> usize {
    let (world, job) = build();
    let count = go(world.by(by(&world)).suggestions(job, 20)).unwrap().len();
    for n in 0..count {
        let (world, job) = build();
        let length = world.job(job).slot.length();
        let all_day = world.job(job).all_day;
        let suggested = go(world.by(by(&world)).suggestions(job, 20)).unwrap()[n];
        assert!(all_day || suggested.slot.length() == length, "of the same length");
        assert_eq!(
            (suggested.slot.start() - world.job(job).slot.start()).num_seconds(),
            suggested.shift_seconds
        );
        assert!(suggested.slot.start() >= world.now(), "none in the past");
        let patch = JobPatch {
            planned_start: Some(suggested.slot.start()),
            planned_end: Some(Some(suggested.slot.end())),
            ..JobPatch::default()
        };
        let view = match world.edit(by(&world), job, patch).expect("no refusal") {
            JobOutcome::Done(view) => view,
            JobOutcome::Waiting { approval, .. } => {
                world.approve(&world.admin2, approval.id).expect("nor when it is approved");
                world.view(job)
            }
        };
        assert_eq!(view.conflicts, [], "{suggested:?}");
        assert_eq!(view.job.slot, suggested.slot);
    }
    count
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn applying_any_suggestion_meets_no_conflict_no_freeze_and_no_refusal(
        busy in prop::collection::vec((0_i64..60, 1_i64..6, 0_usize..3), 0..12),
        frozen in prop::collection::vec((0_i64..60, 1_i64..20), 0..3),
        job in (0_i64..60, 1_i64..5, 0_usize..3, any::<bool>()),
        who in 0_usize..4,
        ended in any::<bool>(),
    ) {
        const PLACES: [&str; 3] = ["dev", "staging", "prod"];
        let person = |world: &'_ World| -> User {
            [&world.admin, &world.owner, &world.ops, &world.dev][who].clone()
        };
        let build = || {
            let world = World::new();
            for (start, length, place) in &busy {
                let new = NewJob {
                    planned_end: Some(world.at(start + length)),
                    ..world.new_job(JobType::Ops, Some(PLACES[*place]), *start)
                };
                world.create(&world.admin, new);
            }
            let (start, length, place, all_day) = job;
            let new = NewJob {
                planned_end: Some(world.at(start + length)),
                all_day,
                critical: Some(true),
                ..world.new_job(if who == 3 { JobType::Dev } else { JobType::Infra }, Some(PLACES[place]), start)
            };
            let id = world.create(&world.admin, new).id;
            for (start, length) in &frozen {
                world.freeze(&[Tier::Staging, Tier::Prod], *start, start + length);
            }
            let block = Tier::ALL.iter().map(|tier| (*tier, OnConflict::Block)).collect();
            world.set_policy(Policy { on_conflict: block, ..Policy::default() });
            if ended {
                go(world.by(&world.admin).cancel_job(id, None)).unwrap();
            }
            (world, id)
        };
        let known = World::new();
        let user = person(&known);
        let count = apply_all(build, |world| {
            [&world.admin, &world.owner, &world.ops, &world.dev]
                .into_iter().find(|one| one.username == user.username).unwrap()
        });
        let may_move = who != 3 || job.2 != 2;
        if !may_move {
            prop_assert_eq!(count, 0, "role dev moves nothing in prod");
        }
    }
}

#[test]
fn nearest_first_before_and_after() {
    let world = World::new();
    for hour in [10, 11, 13] {
        world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), hour));
    }
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 11));
    let shifts: Vec<i64> = go(world.by(&world.ops).suggestions(job.id, 3))
        .unwrap()
        .iter()
        .map(|suggested| suggested.shift_seconds / 3600)
        .collect();
    assert_eq!(shifts, [1, -2, 3]);
    assert_eq!(
        go(world.by(&world.dev).suggestions(job.id, 3)).unwrap(),
        [],
        "who may not move it is offered nothing"
    );
}

#[test]
fn people_are_offered_working_hours() {
    let world = World::new();
    let at_night = NewJob { critical: Some(true), ..world.new_job(JobType::Dev, Some("staging"), 40) };
    world.create(&world.dev, at_night.clone());
    let job = world.create(&world.dev, at_night);
    let suggested = go(world.by(&world.dev).suggestions(job.id, 5)).unwrap();
    assert!(!suggested.is_empty());
    for one in suggested {
        let zone = world.hub.settings().timezone;
        let (start, end) = (one.slot.start().with_timezone(&zone), one.slot.end().with_timezone(&zone));
        assert!(start.weekday().num_days_from_monday() < 5 && start.hour() >= 9, "{start}");
        assert!(end.time() <= chrono::NaiveTime::from_hms_opt(18, 0, 0).unwrap(), "{end}");
    }
}

#[test]
fn what_is_fixed_or_over_is_offered_nothing() {
    let world = World::new();
    let queued = world.create(&world.ops, world.new_deploy("staging", 2));
    started(world.launch(&world.ops, queued.id));
    assert_eq!(go(world.by(&world.ops).suggestions(queued.id, 3)).unwrap(), []);
    let over = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 5));
    go(world.by(&world.ops).mark_done(over.id)).unwrap();
    assert_eq!(world.status(over.id), JobStatus::Succeeded);
    assert_eq!(go(world.by(&world.ops).suggestions(over.id, 3)).unwrap(), []);
}

/// A plan that became unsound is refused wherever it goes: nothing is offered that would be.
#[test]
fn a_plan_that_the_project_no_longer_allows_is_offered_nothing() {
    let world = World::new();
    let mut spec = docker("app:1");
    spec.timeout_seconds = Some(600);
    let job = world.create(&world.ops, NewJob { execution: Some(spec), ..world.new_deploy("staging", 2) });
    world.create(&world.ops, world.new_deploy("staging", 2));
    assert_ne!(go(world.by(&world.ops).suggestions(job.id, 3)).unwrap(), []);
    let limits = Limits { timeout_seconds: Some(60), ..Limits::default() };
    let patch =
        ProjectPatch { execution_backend_config: Some(Some(limits.into())), ..ProjectPatch::default() };
    go(world.by(&world.admin).update_project(world.app.id, patch, None)).unwrap();
    assert_eq!(rule(world.drag(&world.ops, job.id, 9)), "guardrail.limits");
    assert_eq!(go(world.by(&world.ops).suggestions(job.id, 3)).unwrap(), []);
}

#[test]
fn a_suggestion_near_the_end_of_time_stays_within_it() {
    let world = World::new();
    let late = crate::model::LATEST - TimeDelta::hours(2);
    let new = NewJob {
        planned_start: late,
        planned_end: Some(crate::model::LATEST),
        ..world.new_job(JobType::Ops, Some("staging"), 0)
    };
    world.create(&world.ops, new.clone());
    let job = world.create(&world.ops, new);
    let suggested = go(world.by(&world.ops).suggestions(job.id, 5)).unwrap();
    assert_eq!(suggested.iter().map(|one| one.shift_seconds).collect::<Vec<_>>(), [-7200]);
}
