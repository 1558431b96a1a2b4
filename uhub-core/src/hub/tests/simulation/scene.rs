//! What all take part in: the hub's store, the world outside, the time, and who watches.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use chrono::TimeDelta;
use futures_util::task::noop_waker_ref;

use super::{
    super::machine::step::{Acted, Step, changed_nothing},
    chance::Chance,
    check::Check,
    defects::Defect,
    outside::{Mono, Outside},
    store::{Skewed, Switching},
};
use crate::{
    error::{Error, Result},
    hub::{ClaimedRun, Hub},
    model::{RunId, RunStatus},
    ports::{
        clock::SeededIds,
        store::{Beat, LogEnd, StoreError},
    },
};

/// What a use case answers.
#[derive(Debug)]
pub(super) enum Answer {
    Claimed(Vec<ClaimedRun>),
    Beats(Vec<Beat>),
    Position(LogEnd),
    /// An attempt is ended.
    Ended(RunStatus),
    /// Leases are given up; those that are others' by then stay as they are.
    HandedOver,
    Done,
}

/// A use case under way.
pub(super) struct Task {
    pub(super) name: &'static str,
    /// The runs and fences that it speaks for: nobody else may.
    pub(super) words: Vec<(RunId, i64)>,
    future: Pin<Box<dyn Future<Output = Result<Answer>>>>,
}

impl Task {
    pub(super) fn new(
        name: &'static str,
        words: Vec<(RunId, i64)>,
        future: impl Future<Output = Result<Answer>> + 'static,
    ) -> Self {
        Self { name, words, future: Box::pin(future) }
    }
}

/// Everything but those who act by themselves.
pub(super) struct Scene {
    pub(super) acted: Acted,
    pub(super) outside: Outside,
    pub(super) chance: Chance,
    pub(super) check: Check,
    pub(super) now: Mono,
    /// When the store's clock was last set forward: who counts on a lease by another clock is wrong then.
    pub(super) last_jump: Mono,
    pub(super) defect: Option<Defect>,
    /// No crash, no fault, no lost answer any more.
    pub(super) healed: bool,
    /// Somebody opened a session that writes.
    wrote: Arc<AtomicBool>,
    processes: u64,
    seed: u64,
    story: Option<Vec<String>>,
}

impl Scene {
    pub(super) fn new(seed: u64, defect: Option<Defect>, told: bool) -> Self {
        let acted = Acted::new(seed << 32);
        Self {
            acted,
            outside: Outside::default(),
            chance: Chance::new(seed),
            check: Check::default(),
            now: 0,
            last_jump: Mono::MIN,
            defect,
            healed: false,
            wrote: Arc::default(),
            processes: 0,
            seed,
            story: told.then(Vec::new),
        }
    }

    /// The hub as a new process sees it: with a clock and ids of its own.
    pub(super) fn process(&mut self) -> Hub {
        let world = &self.acted.world;
        self.processes += 1;
        let off = self.chance.between(-1_500_000, 1_500_000);
        let clock = Skewed { right: world.clock.clone(), off: AtomicI64::new(off) };
        let store = Switching { inner: world.store.clone(), wrote: self.wrote.clone() };
        // Ids of processes must differ in the seed's leading half.
        let ids = SeededIds::new((self.seed << 40) | (self.processes << 32));
        Hub::new(Arc::new(store), Arc::new(clock), Arc::new(ids), world.hub.settings().clone())
    }

    /// For whoever looks at a history that went wrong.
    pub(super) fn tell(&mut self, line: impl FnOnce() -> String) {
        let at = self.now;
        if let Some(story) = &mut self.story {
            story.push(format!("{:>10.3} {}", at as f64 / 1e6, line()));
        }
    }

    pub(super) fn story(&mut self) -> Vec<String> {
        self.story.take().unwrap_or_default()
    }

    /// Goes on with a use case until it stops for others or answers. What it changed is looked at.
    pub(super) fn poll(&mut self, who: &str, task: &mut Task) -> Poll<Result<Answer>> {
        self.wrote.store(false, Ordering::Relaxed);
        self.may_fail();
        let ahead = self.defect == Some(Defect::NoLease) && task.name == "ticks";
        let clock = &self.acted.world.clock;
        let by = if ahead { TimeDelta::seconds(20) } else { TimeDelta::zero() };
        clock.advance(by);
        let mut polled = task.future.as_mut().poll(&mut Context::from_waker(noop_waker_ref()));
        clock.advance(-by);
        self.acted.world.store.clear_fault();
        let accepted = matches!(polled, Poll::Ready(Ok(_)));
        if let Poll::Ready(answer) = &polled {
            self.check.heard(&self.acted.watch.seen, task, answer);
            self.tell(|| format!("{who} {} {:?} -> {}", task.name, task.words, brief(answer)));
        }
        if self.wrote.load(Ordering::Relaxed) {
            self.look(if accepted { &task.words } else { &[] }, false);
        }
        if accepted && !self.healed && self.chance.one_in(30) {
            self.tell(|| format!("{who} does not hear the answer"));
            polled = Poll::Ready(Err(Error::Store(StoreError::Unavailable("the answer is lost".to_owned()))));
        }
        polled
    }

    /// Somebody does something.
    pub(super) fn act(&mut self, step: &Step) {
        self.may_fail();
        let result = self.acted.act(step);
        self.acted.world.store.clear_fault();
        self.tell(|| format!("{step:?} -> {result:?}"));
        self.look(&[], changed_nothing(&result));
    }

    /// Looks at what is, after a change on the word of those who hold `words`.
    pub(super) fn look(&mut self, words: &[(RunId, i64)], refused: bool) {
        let before = self.acted.watch.look(&self.acted.world, refused);
        self.check.after(&self.acted, &before, words);
    }

    /// Now and then an operation of the store fails, and what was to be done with it.
    fn may_fail(&mut self) {
        if self.healed || !self.chance.one_in(25) {
            return;
        }
        let left = AtomicUsize::new(self.chance.below(14));
        let error = if self.chance.one_in(2) {
            StoreError::Contended
        } else {
            StoreError::Unavailable("the connection is lost".to_owned())
        };
        let writes = AtomicBool::new(false);
        self.acted.world.store.set_fault(move |operation| {
            if !writes.fetch_or(operation == "write", Ordering::Relaxed) {
                // Whoever only looks, to find out what to do, is not what is tried here.
                return None;
            }
            let now = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            (now == Ok(0)).then(|| error.clone())
        });
    }

    /// Time passes, for all.
    pub(super) fn wait(&mut self, micros: i64) {
        self.now += micros;
        self.acted.world.clock.advance(TimeDelta::microseconds(micros));
        self.outside.advance(self.now);
    }

    /// Somebody sets the clock of the store.
    pub(super) fn jump(&mut self, micros: i64) {
        self.tell(|| format!("the store's clock jumps by {micros} µs"));
        self.acted.world.clock.advance(TimeDelta::microseconds(micros));
        if micros > 0 {
            self.last_jump = self.now;
        }
    }
}

/// An answer in a line.
fn brief(answer: &Result<Answer>) -> String {
    match answer {
        Ok(Answer::Claimed(claimed)) => {
            let each = |one: &ClaimedRun| {
                format!("{} attempt {} fence {} {:?}", one.id(), one.attempt(), one.fence(), one.handle())
            };
            claimed.iter().map(each).collect::<Vec<_>>().join(", ")
        }
        other => format!("{other:?}"),
    }
}
