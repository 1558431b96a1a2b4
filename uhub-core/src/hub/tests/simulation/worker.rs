//! A worker as `uhub-exec` has it: claims, heartbeats, and the runs that it drives side by side. It can die or sleep
//! between any two steps.

use std::{collections::BTreeMap, task::Poll};

use super::{
    defects::Defect,
    held::{Held, Next},
    outside::{Mono, is_adoptable},
    scene::{Answer, Scene, Task},
};
use crate::{
    error::Error,
    hub::Hub,
    model::{BackendKind, RunId},
};

/// How long a worker counts on its claim after it asked for it: less than the lease.
pub(super) const WATCHDOG: Mono = 12_000_000;

/// How many runs it drives at once.
const SLOTS: usize = 3;

pub(super) struct Worker {
    pub(super) name: String,
    pub(super) hub: Hub,
    /// Sleeps, or is dead, until then.
    pub(super) back_at: Option<(Mono, Sleep)>,
    claiming: Option<(Mono, Task)>,
    beating: Option<(Mono, Task)>,
    pub(super) held: Vec<Held>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sleep {
    /// It goes on where it was.
    Paused,
    /// It has forgotten everything.
    Dead,
}

impl Worker {
    pub(super) fn new(name: String, scene: &mut Scene) -> Self {
        let hub = scene.process();
        Self { name, hub, back_at: None, claiming: None, beating: None, held: Vec::new() }
    }

    /// Dies. What it runs itself dies with it, containers go on.
    pub(super) fn die(&mut self, scene: &mut Scene, until: Mono) {
        scene.tell(|| format!("{} dies", self.name));
        if scene.chance.one_in(3) {
            self.hand_over(scene);
        }
        for held in &self.held {
            if !is_adoptable(held.claimed.backend()) {
                scene.outside.stop(&held.handle, scene.now);
            }
        }
        self.held.clear();
        (self.claiming, self.beating) = (None, None);
        self.back_at = Some((until, Sleep::Dead));
    }

    /// Told to end, it gives up what others can take over.
    fn hand_over(&mut self, scene: &mut Scene) {
        let held = self.held.iter().filter(|held| is_adoptable(held.claimed.backend()));
        let words: Vec<_> = held.map(|held| (held.claimed.id(), held.claimed.fence())).collect();
        let (hub, given) = (self.hub.clone(), words.clone());
        let mut task = Task::new("hands over", words, async move {
            hub.hand_over(&given).await.map(|()| Answer::HandedOver)
        });
        // It may be killed before it has done so.
        for _ in 0..scene.chance.below(4) {
            if scene.poll(&self.name, &mut task).is_ready() {
                break;
            }
        }
    }

    pub(super) fn pause(&mut self, scene: &mut Scene, until: Mono) {
        scene.tell(|| format!("{} sleeps", self.name));
        self.back_at = Some((until, Sleep::Paused));
    }

    /// Whether it is up; wakes it when it is time.
    pub(super) fn is_up(&mut self, scene: &mut Scene) -> bool {
        match self.back_at {
            Some((at, _)) if at > scene.now && !scene.healed => false,
            Some((_, sleep)) => {
                self.back_at = None;
                if sleep == Sleep::Dead {
                    self.name.push('\'');
                    self.hub = scene.process();
                }
                scene.tell(|| format!("{} is back", self.name));
                true
            }
            None => true,
        }
    }

    /// One step of one of the things that it does side by side.
    pub(super) fn step(&mut self, scene: &mut Scene) {
        if !self.is_up(scene) {
            return;
        }
        match scene.chance.below(self.held.len() * 2 + 4) {
            0 | 1 => self.claim(scene),
            2 => self.beat(scene),
            3 => self.reap(scene),
            other => self.drive((other - 4) / 2, scene),
        }
    }

    pub(super) fn claim(&mut self, scene: &mut Scene) {
        let (asked, mut task) = match self.claiming.take() {
            Some(claiming) => claiming,
            None if self.held.len() >= SLOTS => return,
            None => {
                let (hub, name, free) = (self.hub.clone(), self.name.clone(), SLOTS - self.held.len());
                let task = Task::new("claims", Vec::new(), async move {
                    let free = u32::try_from(free).unwrap_or(1);
                    hub.claim(&name, BackendKind::ALL, free).await.map(Answer::Claimed)
                });
                (scene.now, task)
            }
        };
        match scene.poll(&self.name, &mut task) {
            Poll::Pending => self.claiming = Some((asked, task)),
            Poll::Ready(Ok(Answer::Claimed(claimed))) => {
                self.held.extend(claimed.into_iter().map(|claimed| Held::new(claimed, asked)));
            }
            Poll::Ready(_) => {}
        }
    }

    pub(super) fn beat(&mut self, scene: &mut Scene) {
        let (sent, mut task) = match self.beating.take() {
            Some(beating) => beating,
            None if self.held.is_empty() => return,
            None => {
                // Of a run that it claimed again it knows the new claim only.
                let words: BTreeMap<RunId, i64> = self.held.iter().fold(BTreeMap::new(), |mut all, held| {
                    let fence = all.entry(held.claimed.id()).or_insert(0);
                    *fence = held.claimed.fence().max(*fence);
                    all
                });
                let words: Vec<_> = words.into_iter().collect();
                let (hub, asked) = (self.hub.clone(), words.clone());
                let task =
                    Task::new("beats", words, async move { hub.heartbeat(&asked).await.map(Answer::Beats) });
                (scene.now, task)
            }
        };
        match scene.poll(&self.name, &mut task) {
            Poll::Pending => self.beating = Some((sent, task)),
            Poll::Ready(Ok(Answer::Beats(beats))) => {
                for (id, fence) in task.words {
                    let beat = beats.iter().find(|beat| beat.run_id == id);
                    let its = |held: &&mut Held| (held.claimed.id(), held.claimed.fence()) == (id, fence);
                    let Some(held) = self.held.iter_mut().find(its) else { continue };
                    match beat {
                        Some(beat) => {
                            held.renewed = held.renewed.max(sent);
                            held.cancelled |= beat.cancel_requested;
                            scene.outside.hold(&held.handle, held.renewed + WATCHDOG);
                        }
                        None => held.lost = true,
                    }
                }
            }
            Poll::Ready(_) => {}
        }
    }

    pub(super) fn drive(&mut self, n: usize, scene: &mut Scene) {
        if self.held.is_empty() {
            return;
        }
        let n = n % self.held.len();
        let held = &mut self.held[n];
        // What is on its way to the hub goes on: the hub has to refuse it.
        if !held.is_telling() && held.is_lost(scene) && scene.defect != Some(Defect::LateStart) {
            if !is_adoptable(held.claimed.backend()) {
                scene.outside.stop(&held.handle, scene.now);
            }
            scene.tell(|| format!("{} gives {} up", self.name, held.claimed.id()));
            self.held.swap_remove(n);
            return;
        }
        match held.step(&self.name, &self.hub, scene) {
            Next::GoOn => {}
            Next::GiveUp => {
                if !is_adoptable(held.claimed.backend()) {
                    scene.outside.stop(&held.handle, scene.now);
                }
                self.held.swap_remove(n);
            }
            Next::Ended => {
                let handle = held.handle.clone();
                self.held.swap_remove(n);
                if !scene.healed && scene.chance.one_in(20) {
                    // Told, but not removed any more.
                    let until = scene.now + scene.chance.between(0, 20_000_000);
                    self.die(scene, until);
                } else {
                    scene.outside.release(&handle);
                }
            }
        }
    }

    /// Removes containers whose run has ended, or went on without them.
    pub(super) fn reap(&mut self, scene: &mut Scene) {
        let seen = &scene.acted.watch.seen;
        let left: Vec<String> = scene
            .outside
            .executions
            .iter()
            .filter(|(handle, one)| {
                let run = &seen.runs[&one.run];
                run.status.get().is_terminal() || run.handle.as_ref().is_some_and(|its| its != *handle)
            })
            .filter(|(handle, _)| !self.held.iter().any(|held| held.handle == **handle))
            .map(|(handle, _)| handle.clone())
            .collect();
        for handle in left {
            scene.tell(|| format!("{} reaps {handle}", self.name));
            scene.outside.release(&handle);
        }
    }

    /// Whether it counts on holding this run now, by the clock that nobody sets.
    pub(super) fn counts_on(&self, scene: &Scene) -> Vec<(RunId, i64)> {
        if matches!(self.back_at, Some((_, Sleep::Dead))) {
            return Vec::new();
        }
        self.held
            .iter()
            .filter(|held| !held.lost && scene.now < held.renewed + WATCHDOG)
            .filter(|held| scene.last_jump < held.renewed)
            .map(|held| (held.claimed.id(), held.claimed.fence()))
            .collect()
    }
}

/// Whether the hub says that the run is another's.
pub(super) fn is_stale(error: &Error) -> bool {
    matches!(error, Error::StaleFence)
}
