//! The calendar's flags, compared with every pair, and its clusters.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::world::*;
use crate::{
    hub::{JobPatch, NewJob},
    model::{Job, JobId, JobType, Slot, Tier},
    ports::store::{JobFilter, Page},
    rbac::Effect,
};

fn window(world: &World, from: i64, to: i64) -> Slot {
    Slot::new(world.at(from), world.at(to)).unwrap()
}

fn all_jobs(world: &World) -> Vec<Job> {
    let views = go(world.by(&world.admin).jobs(&JobFilter::default(), Page::first(1000))).unwrap();
    views.into_iter().map(|view| view.job).collect()
}

/// By looking at every pair.
fn expected(jobs: &[Job]) -> BTreeMap<JobId, BTreeSet<JobId>> {
    let collide = |one: &Job, other: &Job| {
        one.id != other.id
            && one.contends()
            && other.contends()
            && one.pool() == other.pool()
            && one.slot.overlaps(other.slot)
    };
    jobs.iter()
        .map(|one| (one.id, jobs.iter().filter(|other| collide(one, other)).map(|other| other.id).collect()))
        .collect()
}

#[test]
fn a_job_shown_collides_with_one_that_is_not() {
    let world = World::new();
    let long = NewJob { planned_end: Some(world.at(100)), ..world.new_job(JobType::Ops, Some("staging"), 1) };
    let long = world.create(&world.ops, long);
    let far = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 90));
    let items = go(world.by(&world.dev).calendar(window(&world, 0, 3), &JobFilter::default())).unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].entry.id, long.id);
    assert!(items[0].conflict);
    assert_eq!(items[0].conflicts_with, [far.id], "though it lies beyond the window");
    // Filters choose what is shown, not what collides.
    let filter = JobFilter { q: Some("at 90".to_owned()), ..JobFilter::default() };
    let items = go(world.by(&world.dev).calendar(window(&world, 0, 100), &filter)).unwrap();
    assert_eq!(items.iter().map(|item| item.conflicts_with.clone()).collect::<Vec<_>>(), [vec![long.id]]);
}

#[test]
fn the_decision_is_the_callers_and_what_waits_is_shown() {
    let world = World::new();
    let prod = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 5));
    let into_prod = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 6));
    asked(world.drag(&world.ops, prod.id, 20));
    let patch = JobPatch {
        environment: Some(Some("prod".to_owned())),
        planned_start: Some(world.at(30)),
        ..JobPatch::default()
    };
    asked(world.edit(&world.ops, into_prod.id, patch));
    let item = |user, id| {
        let items = go(world.by(user).calendar(window(&world, 0, 10), &JobFilter::default())).unwrap();
        items.into_iter().find(|item| item.entry.id == id).unwrap()
    };
    let seen = item(&world.ops, prod.id);
    assert_eq!((seen.editable.effect, seen.can_drag()), (Effect::NeedsApproval, true));
    assert_eq!(seen.pending_move, Some(window(&world, 20, 21)));
    assert_eq!(
        item(&world.ops, into_prod.id).pending_move,
        Some(window(&world, 30, 31)),
        "into prod as well"
    );
    assert_eq!((seen.project_name.as_str(), seen.project_color.as_str()), ("app", "#00ff00"));
    assert!(!item(&world.dev, prod.id).can_drag());
    assert_eq!(item(&world.dev, prod.id).rule().to_string(), "rbac.job.prod.dev");
    go(world.by(&world.owner).cancel_job(prod.id, None)).unwrap();
    assert!(item(&world.owner, prod.id).can_drag(), "it may be planned again");
    let fixed = world.create(&world.ops, world.new_deploy("staging", 5));
    started(world.launch(&world.ops, fixed.id));
    assert!(!item(&world.admin, fixed.id).can_drag(), "queued: nobody moves it");
}

#[test]
fn clusters_hang_together_by_overlaps_and_windows_hold_what_lies_in_them() {
    let world = World::new();
    let two_hours = |hour| NewJob {
        planned_end: Some(world.at(hour + 2)),
        ..world.new_job(JobType::Ops, Some("staging"), hour)
    };
    let chain: Vec<_> = [2, 3, 4].map(|hour| world.create(&world.ops, two_hours(hour)).id).into();
    world.create(&world.ops, two_hours(6));
    let prod = world.create(&world.owner, world.new_job(JobType::Dev, Some("prod"), 3));
    let freeze = world.freeze(&[Tier::Prod], 0, 9);
    let groups = go(world.by(&world.dev).conflicts(window(&world, 0, 24))).unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!((groups[0].pool.as_str(), groups[0].freeze.as_ref()), ("prod", Some(&freeze)));
    assert_eq!(groups[0].jobs.iter().map(|entry| entry.id).collect::<Vec<_>>(), [prod.id]);
    assert_eq!((groups[1].pool.as_str(), groups[1].slot), ("staging", window(&world, 2, 6)));
    assert_eq!(groups[1].jobs.iter().map(|entry| entry.id).collect::<Vec<_>>(), chain);
}

#[derive(Debug, Clone)]
struct Planned {
    job_type: JobType,
    environment: Option<&'static str>,
    start: i64,
    length: i64,
    critical: Option<bool>,
    cancelled: bool,
}

fn planned() -> impl Strategy<Value = Planned> {
    (
        prop::sample::select(vec![JobType::Ops, JobType::Dev, JobType::Infra]),
        prop::sample::select(vec![None, Some("dev"), Some("staging"), Some("prod")]),
        0_i64..60,
        prop_oneof![4 => 1_i64..4, 1 => 20_i64..80],
        prop::option::weighted(0.3, any::<bool>()),
        prop::bool::weighted(0.15),
    )
        .prop_map(|(job_type, environment, start, length, critical, cancelled)| Planned {
            job_type,
            environment,
            start,
            length,
            critical,
            cancelled,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    /// Of any calendar, over any range, every flag and every name is what looking at all pairs says; so are the list of
    /// jobs and each job alone.
    #[test]
    fn flags_are_exact_over_any_range(
        jobs in prop::collection::vec(planned(), 0..25),
        from in 0_i64..70,
        length in 1_i64..40,
    ) {
        let world = World::new();
        for job in &jobs {
            let new = NewJob {
                planned_end: Some(world.at(job.start + job.length)),
                critical: job.critical,
                ..world.new_job(job.job_type, job.environment, job.start)
            };
            let id = world.create(&world.admin, new).id;
            if job.cancelled {
                go(world.by(&world.admin).cancel_job(id, None)).unwrap();
            }
        }
        let all = all_jobs(&world);
        let expected = expected(&all);
        let window = window(&world, from, from + length);
        let items = go(world.by(&world.dev).calendar(window, &JobFilter::default())).unwrap();
        let shown: BTreeSet<JobId> = items.iter().map(|item| item.entry.id).collect();
        let overlapping: BTreeSet<JobId> =
            all.iter().filter(|job| job.slot.overlaps(window)).map(|job| job.id).collect();
        prop_assert_eq!(shown, overlapping);
        for item in items {
            let named: BTreeSet<JobId> = item.conflicts_with.iter().copied().collect();
            prop_assert_eq!(item.conflict, !named.is_empty());
            prop_assert_eq!(&named, &expected[&item.entry.id]);
        }
        for view in go(world.by(&world.dev).jobs(&JobFilter::default(), Page::first(1000))).unwrap() {
            let named: BTreeSet<JobId> = crate::hub::views::job_ids(&view.conflicts).into_iter().collect();
            prop_assert_eq!(&named, &expected[&view.job.id]);
            prop_assert_eq!(view.conflicts.len(), world.view(view.job.id).conflicts.len());
        }
    }
}
