//! Who is told of what, and where the policy blocks.

use super::world::*;
use crate::{
    error::Error,
    hub::{Conflict, JobPatch, views::job_ids},
    model::{JobType, OnConflict, Policy, Tier},
};

#[test]
fn whoever_creates_or_moves_onto_a_slot_is_told() {
    let world = World::new();
    let first =
        done(go(world.by(&world.ops).create_job(world.new_job(JobType::Ops, Some("staging"), 2), None)));
    assert_eq!(first.conflicts, []);
    let second =
        done(go(world.by(&world.ops2).create_job(world.new_job(JobType::Infra, Some("staging"), 2), None)));
    assert_eq!(job_ids(&second.conflicts), [first.job.id]);
    assert_eq!(job_ids(&world.view(first.job.id).conflicts), [second.job.id]);
    let touching = world.new_job(JobType::Ops, Some("staging"), 3);
    let touching = done(go(world.by(&world.ops).create_job(touching, None)));
    assert_eq!(touching.conflicts, [], "touching ends do not overlap");
    let moved = done(world.drag(&world.ops, touching.job.id, 2));
    assert_eq!(job_ids(&moved.conflicts).len(), 2);
    // What is over takes no slot.
    go(world.by(&world.ops).cancel_job(second.job.id, None)).unwrap();
    assert_eq!(job_ids(&world.view(first.job.id).conflicts), [touching.job.id]);
}

#[test]
fn only_critical_jobs_in_one_pool_collide() {
    let world = World::new();
    let own = world.create(&world.owner, world.new_job(JobType::Ops, Some("staging"), 2));
    let told = |new| done(go(world.by(&world.owner).create_job(new, None))).conflicts.len();
    assert_eq!(told(world.new_job(JobType::Dev, Some("staging"), 2)), 0, "not critical by itself");
    let critical = |critical, job_type, environment| crate::hub::NewJob {
        critical: Some(critical),
        ..world.new_job(job_type, environment, 2)
    };
    assert_eq!(told(critical(true, JobType::Dev, Some("staging"))), 1);
    assert_eq!(told(critical(false, JobType::Ops, Some("staging"))), 0);
    assert_eq!(
        told(critical(true, JobType::Meeting, None)),
        0,
        "nothing is shared where there is no environment"
    );
    assert_eq!(told(world.new_job(JobType::Ops, Some("prod"), 2)), 0);
    assert_eq!(told(world.new_job(JobType::Ops, Some("prod-eu"), 2)), 0, "another pool of the same tier");

    // Joining by a word is an overlap as well.
    let quiet = world.create(&world.owner, world.new_job(JobType::Dev, Some("prod"), 2));
    let patch = JobPatch { critical: Some(Some(true)), ..JobPatch::default() };
    assert_eq!(done(world.edit(&world.owner, quiet.id, patch)).conflicts.len(), 1);
    let patch = JobPatch { environment: Some(Some("prod".to_owned())), ..JobPatch::default() };
    assert_eq!(done(world.edit(&world.owner, own.id, patch)).conflicts.len(), 2);
}

#[test]
fn a_pool_of_its_own_keeps_projects_apart() {
    let world = World::new();
    let project = |name: &str, pool: Option<&str>| {
        let new = crate::hub::NewProject {
            name: name.to_owned(),
            color: "#000000".to_owned(),
            owner_id: world.owner.id,
            environments: vec![crate::hub::NewEnvironment {
                pool: pool.map(str::to_owned),
                ..environment("staging", None)
            }],
            execution_backend: None,
            execution_backend_config: None,
            policy: None,
        };
        go(world.by(&world.owner).create_project(new)).unwrap().id
    };
    let (shared, apart) = (project("shared", None), project("apart", Some("apart-staging")));
    world.create(&world.owner, world.new_job(JobType::Ops, Some("staging"), 2));
    for (project_id, others) in [(shared, 1), (apart, 0)] {
        let new = crate::hub::NewJob { project_id, ..world.new_job(JobType::Ops, Some("staging"), 2) };
        assert_eq!(done(go(world.by(&world.owner).create_job(new, None))).conflicts.len(), others);
    }
}

#[test]
fn where_the_policy_blocks_nothing_is_saved_and_the_refusal_names_who_holds_the_slot() {
    let world = World::new();
    world
        .set_policy(Policy { on_conflict: [(Tier::Staging, OnConflict::Block)].into(), ..Policy::default() });
    let first = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    let taken = Error::Conflict { jobs: vec![first.id] };
    let before = world.by(&world.ops);
    let again = go(before.create_job(world.new_job(JobType::Ops, Some("staging"), 2), None));
    assert_eq!(again.unwrap_err(), taken);
    let other = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 8));
    assert_eq!(world.drag(&world.ops, other.id, 2).unwrap_err(), taken);
    assert_eq!(world.job(other.id), other, "as it was");
    assert_eq!(
        world.story(other.id.0),
        ["job.create allow rbac.job.ops.ops", "job.move deny policy.on_conflict"]
    );
    // Words about a job that collides already, and leaving, are not blocked; other tiers warn.
    world.set_policy(Policy::default());
    done(world.drag(&world.ops, other.id, 2));
    world
        .set_policy(Policy { on_conflict: [(Tier::Staging, OnConflict::Block)].into(), ..Policy::default() });
    let words = JobPatch { title: Some("still".to_owned()), ..JobPatch::default() };
    assert_eq!(done(world.edit(&world.ops, other.id, words)).conflicts.len(), 1);
    assert_eq!(done(world.drag(&world.ops, other.id, 8)).conflicts.len(), 0);
    for _ in 0..2 {
        world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 2));
    }
}

#[test]
fn a_job_inside_a_freeze_window_conflicts_with_it() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    let freeze = world.freeze(&[Tier::Staging], 0, 10);
    assert_eq!(world.view(job.id).conflicts, [Conflict::Freeze(freeze.clone())]);
    go(world.by(&world.admin).delete_freeze(freeze.id)).unwrap();
    assert_eq!(world.view(job.id).conflicts, []);
}
