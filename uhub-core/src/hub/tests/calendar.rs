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
