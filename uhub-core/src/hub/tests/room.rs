//! Limits of how many runs go on at once, and who goes first.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::world::*;
use crate::{
    hub::{NewJob, ProjectPatch, Settings},
    model::{BackendConfig, BackendKind, JobId},
    ports::exec::Finish,
};

/// Gives the project its config.
fn configure(world: &World, config: BackendConfig) {
    let patch = ProjectPatch { execution_backend_config: Some(Some(config)), ..ProjectPatch::default() };
    go(world.by(&world.admin).update_project(world.app.id, patch, None)).unwrap();
}

fn launched(world: &World, environment: &str, priority: i32) -> JobId {
    let mut spec = docker("app:1");
    spec.priority = priority;
    let job =
        world.create(&world.admin, NewJob { execution: Some(spec), ..world.new_deploy(environment, 2) });
    started(world.launch(&world.admin, job.id));
    job.id
}

#[test]
fn a_project_has_room_for_so_many() {
    let world = World::new();
    for _ in 0..5 {
        launched(&world, "staging", 0);
    }
    configure(&world, BackendConfig { max_concurrent: Some(2), ..BackendConfig::default() });
    let first = world.claim();
    assert_eq!(first.len(), 2);
    assert_eq!(world.claim(), [], "there is no room");
    go(world.hub.finish(&first[0], &Finish::Exited(0))).unwrap();
    assert_eq!(world.claim().len(), 1);
    // What nobody holds any more makes room when it is found.
    world.clock.advance(TimeDelta::seconds(16));
    assert_eq!(world.claim(), []);
    assert_eq!(world.tick().lost, 2);
    assert_eq!(world.claim().len(), 2);
}

#[test]
fn an_environment_has_room_for_so_many_and_others_go_on() {
    let world = World::new();
    for _ in 0..3 {
        launched(&world, "staging", 0);
    }
    let other = launched(&world, "dev", 0);
    let by_environment = BTreeMap::from([("staging".to_owned(), 1)]);
    let config = BackendConfig { max_concurrent_by_environment: by_environment, ..BackendConfig::default() };
    configure(&world, config);
    let claimed = world.claim();
    assert_eq!(claimed.len(), 2);
    assert!(claimed.iter().any(|run| run.job_id() == other), "those without room are passed over");
    assert_eq!(world.claim(), []);
}

#[test]
fn a_backend_has_room_for_so_many() {
    let world = World::seeded(
        1,
        Settings { max_concurrent: BTreeMap::from([(BackendKind::Docker, 1)]), ..Settings::default() },
    );
    launched(&world, "staging", 0);
    launched(&world, "staging", 0);
    let claimed = world.claim_one();
    assert_eq!(world.claim(), []);
    go(world.hub.finish(&claimed, &Finish::Exited(0))).unwrap();
    assert_eq!(world.claim().len(), 1);
}

#[test]
fn the_more_urgent_goes_first() {
    let world = World::new();
    let jobs = [0, -5, 100].map(|priority| launched(&world, "staging", priority));
    let order: Vec<_> = world.claim().iter().map(|run| run.job_id()).collect();
    assert_eq!(order, [jobs[2], jobs[0], jobs[1]]);
}
