//! Retention of logs.

use chrono::TimeDelta;

use super::world::*;
use crate::{
    hub::{NewJob, Pruned, Retention},
    model::{LogChunk, RunId, Stream},
    ports::exec::Finish,
};

/// A run that ended now, with so long a log.
fn ended(world: &World, bytes: usize) -> RunId {
    let new = NewJob { execution: Some(docker("app:1")), ..world.new_deploy("staging", 2) };
    let job = world.create(&world.ops, new);
    started(world.launch(&world.ops, job.id));
    let claimed = world.claim_one();
    let chunk =
        LogChunk { seq: 1, stream: Stream::Stdout, at: world.now(), bytes: vec![b'x'; bytes], upto: 0 };
    go(world.hub.append_log(claimed.id(), claimed.fence(), &[chunk])).unwrap();
    go(world.hub.finish(&claimed, &Finish::Exited(0))).unwrap();
    claimed.id()
}

fn log(world: &World, run: RunId) -> usize {
    go(world.by(&world.ops).run_log(run, 0, 10)).unwrap().iter().map(|chunk| chunk.bytes.len()).sum()
}

#[test]
fn logs_go_by_age_and_by_size_and_runs_stay() {
    let world = World::new();
    let operator = world.hub.as_operator("cli");
    let old = ended(&world, 10);
    world.clock.advance(TimeDelta::days(2));
    let newer: Vec<_> = (0..15).map(|_| ended(&world, 100)).collect();
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(go(operator.prune(Retention::default())).unwrap(), Pruned::default());

    let age = Retention { age: Some(TimeDelta::days(1)), bytes: None };
    assert_eq!(go(operator.prune(age)).unwrap(), Pruned { runs: 1, bytes: 10 });
    assert_eq!(go(operator.prune(age)).unwrap(), Pruned::default());
    assert_eq!((log(&world, old), log(&world, newer[0])), (0, 100));

    let size = Retention { age: None, bytes: Some(600) };
    let pruned = go(operator.prune(size)).unwrap();
    assert_eq!(pruned, Pruned { runs: 10, bytes: 1000 }, "the oldest ten");
    assert_eq!((log(&world, newer[9]), log(&world, newer[10])), (0, 100));
    assert!(world.run(old).status.get().is_terminal());
    assert!(world.everything().contains("log.prune"));
}
