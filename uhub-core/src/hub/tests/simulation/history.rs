//! One history: what everybody did, in an order that one seed tells, and then how all came to rest.

use std::collections::BTreeMap;

use super::{
    super::{machine::step::Step, world::go},
    chance::Chance,
    defects::Defect,
    keeper::Keeper,
    outside::Mono,
    scene::Scene,
    worker::{Sleep, Worker},
};
use crate::{
    model::{ApprovalState, RunStatus},
    ports::store::Store as _,
};

/// How many things happen before the end.
const STEPS: usize = 70;

/// How many rounds all may take to come to rest, once nothing fails any more.
const ROUNDS: usize = 120;

pub(super) struct History {
    pub(super) scene: Scene,
    workers: Vec<Worker>,
    keepers: Vec<Keeper>,
}

impl History {
    pub(super) fn new(seed: u64, defect: Option<Defect>, told: bool) -> Self {
        let mut scene = Scene::new(seed, defect, told);
        let workers = (1..=2).map(|n| Worker::new(format!("w{n}"), &mut scene)).collect();
        let keepers = (1..=2).map(|n| Keeper::new(format!("k{n}"), &mut scene)).collect();
        Self { scene, workers, keepers }
    }

    /// Lives it, to its end.
    pub(super) fn live(&mut self) {
        // Something to do for the workers, before chance reigns.
        for n in 0..3 {
            for step in self.beginning(n) {
                self.scene.act(&step);
            }
        }
        for _ in 0..STEPS {
            self.step();
            self.holders();
        }
        self.rest();
    }

    /// A job by somebody who may plan it, that is due or launched soon, and mostly approved.
    fn beginning(&mut self, n: usize) -> [Step; 3] {
        let chance = &mut self.scene.chance;
        let who = [0, 2, 4][chance.below(3)];
        let create = Step::Create {
            who,
            place: chance.below(5),
            hour: chance.between(-2, 0),
            auto: chance.one_in(2),
            attempts: 1 + u32::try_from(chance.below(4)).unwrap_or(0),
            idempotent: !chance.one_in(3),
            local: chance.one_in(3),
        };
        let launch = Step::Launch { who, job: n, backend: None, glass: false };
        [
            create,
            launch,
            Step::Decide { who: 1 + 2 * chance.below(2), approval: 1 + n, yes: !chance.one_in(4) },
        ]
    }

    fn step(&mut self) {
        let Self { scene, workers, keepers } = self;
        match scene.chance.below(100) {
            0..24 => {
                let step = scene.chance.step();
                scene.act(&step);
            }
            24..70 => {
                let worker = scene.chance.below(workers.len());
                workers[worker].step(scene);
            }
            70..81 => {
                let keeper = scene.chance.below(keepers.len());
                keepers[keeper].step(scene);
            }
            81..93 => {
                let micros = span(&mut scene.chance);
                scene.wait(micros);
            }
            _ => {
                let worker = scene.chance.below(workers.len());
                let until = scene.now + scene.chance.between(0, 30_000_000);
                match scene.chance.below(10) {
                    0..3 => workers[worker].die(scene, until),
                    3 | 4 => workers[worker].pause(scene, until),
                    5..8 => self.nap(worker),
                    8 => {
                        let micros = scene.chance.between(1, 60_000_000);
                        scene.jump(micros);
                    }
                    _ => {
                        let micros = scene.chance.between(-10_000_000, -1);
                        scene.jump(micros);
                    }
                }
            }
        }
        if let Some(defect) = self.scene.defect
            && self.scene.chance.one_in(5)
        {
            defect.spoil(&mut self.scene);
        }
    }

    /// A worker sleeps for longer than its lease, while the others go on, and wakes in the middle of what it did.
    fn nap(&mut self, sleeper: usize) {
        let Self { scene, workers, keepers } = self;
        for n in 0..workers[sleeper].held.len() {
            workers[sleeper].drive(n, scene);
        }
        workers[sleeper].pause(scene, Mono::MAX);
        for _ in 0..3 {
            scene.wait(6_000_000);
            for (n, worker) in workers.iter_mut().enumerate() {
                if n != sleeper && worker.is_up(scene) {
                    for _ in 0..3 {
                        worker.beat(scene);
                        worker.claim(scene);
                        worker.step(scene);
                    }
                }
            }
            for _ in 0..4 {
                let keeper = scene.chance.below(keepers.len());
                keepers[keeper].step(scene);
            }
        }
        workers[sleeper].back_at = Some((scene.now, Sleep::Paused));
        for n in 0..6 {
            workers[sleeper].step(scene);
            workers[sleeper].drive(n, scene);
        }
    }

    /// Two workers never count on the same run, and whoever counts on one holds it, unless it has ended.
    fn holders(&self) {
        let mut counted = BTreeMap::new();
        for worker in &self.workers {
            for (id, fence) in worker.counts_on(&self.scene) {
                let other = counted.insert(id, &worker.name);
                let run = &self.scene.acted.watch.seen.runs[&id];
                // Its own word may have ended the attempt, and the answer be on its way.
                let over = run.status.get() != RunStatus::Running;
                assert!(
                    (other.is_none() && run.fence == fence) || over || self.scene.check.ended(id, fence),
                    "two workers count on one run"
                );
            }
        }
    }

    /// Nothing fails any more: all that was begun must come to its end, and nothing be left outside.
    fn rest(&mut self) {
        let Self { scene, workers, keepers } = self;
        scene.healed = true;
        scene.tell(|| "from here on all is well".to_owned());
        for round in 0.. {
            for worker in workers.iter_mut() {
                if !worker.is_up(scene) {
                    continue;
                }
                for _ in 0..2 {
                    worker.claim(scene);
                    worker.beat(scene);
                    for n in 0..worker.held.len() * 4 {
                        worker.drive(n, scene);
                    }
                }
                worker.reap(scene);
            }
            for keeper in keepers.iter_mut() {
                for _ in 0..4 {
                    keeper.step(scene);
                }
            }
            let unsealed = go(async { scene.acted.world.store.read().await?.count_unsealed().await });
            if unsealed == Ok(0) && is_quiet(scene) && workers.iter().all(|worker| worker.held.is_empty()) {
                break;
            }
            assert!(round < ROUNDS, "it does not come to rest: {:#?}", scene.acted.watch.seen.runs);
            scene.wait(7_000_000);
        }
        let verified = go(scene.acted.world.hub.verify_audit(None, &mut |_| {})).expect("it can be read");
        assert!(verified.ok && verified.unsealed == 0, "the audit's chain is broken: {verified:?}");
        assert!(!workers.iter().any(|worker| matches!(worker.back_at, Some((_, Sleep::Dead)))));
    }
}

/// Whether nothing goes on, nor waits for a worker.
fn is_quiet(scene: &Scene) -> bool {
    let seen = &scene.acted.watch.seen;
    let rests = seen.runs.values().all(|run| match run.status.get() {
        RunStatus::Running => false,
        RunStatus::Queued => {
            run.approval_id.is_some_and(|id| seen.approvals[&id].state == ApprovalState::Pending)
        }
        _ => true,
    });
    rests && scene.outside.executions.is_empty()
}

/// How long nothing happens: mostly less than a lease.
fn span(chance: &mut Chance) -> i64 {
    const MINUTE: i64 = 60_000_000;
    match chance.below(100) {
        0..75 => chance.between(0, 4_000_000),
        75..90 => chance.between(4_000_000, 16_000_000),
        90..98 => chance.between(1, 90) * MINUTE,
        _ => chance.between(10, 80) * 60 * MINUTE,
    }
}
