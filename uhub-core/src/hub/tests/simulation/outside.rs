//! What really runs: the containers and processes that workers start, and what becomes of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{BackendKind, RunId},
    ports::exec::Finish,
};

/// Microseconds of a clock that nobody sets.
pub(super) type Mono = i64;

/// One execution.
#[derive(Debug, Clone)]
pub(super) struct Execution {
    pub(super) run: RunId,
    /// A container, which outlives its worker.
    pub(super) adoptable: bool,
    began: Mono,
    ends: Mono,
    /// How many lines it writes until then.
    lines: u64,
    finish: Finish,
    /// For processes: killed then, unless the worker says otherwise before.
    watchdog: Mono,
    /// When it ended, and how.
    pub(super) ended: Option<(Mono, Finish)>,
}

/// What it shall be.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) run: RunId,
    pub(super) attempt: u32,
    pub(super) backend: BackendKind,
    pub(super) lasts: Mono,
    pub(super) lines: u64,
    pub(super) finish: Finish,
}

/// Everything outside.
#[derive(Debug, Default)]
pub(super) struct Outside {
    pub(super) executions: BTreeMap<String, Execution>,
    /// What was started ever, and what was removed since.
    pub(super) started: BTreeMap<(RunId, u32), u32>,
    removed: BTreeSet<String>,
}

/// Executions on these outlive the worker, and can be found again.
pub(super) const fn is_adoptable(backend: BackendKind) -> bool {
    !matches!(backend, BackendKind::Local)
}

impl Outside {
    /// Starts a program, whatever else runs: that nothing runs twice is for those who start.
    pub(super) fn start(&mut self, handle: &str, program: &Program, now: Mono, watchdog: Mono) {
        *self.started.entry((program.run, program.attempt)).or_default() += 1;
        let execution = Execution {
            run: program.run,
            adoptable: is_adoptable(program.backend),
            began: now,
            ends: now + program.lasts,
            lines: program.lines,
            finish: program.finish.clone(),
            watchdog,
            ended: None,
        };
        self.executions.insert(handle.to_owned(), execution);
    }

    /// What runs for `run` just now.
    pub(super) fn running(&self, run: RunId) -> impl Iterator<Item = (&String, &Execution)> {
        self.executions.iter().filter(move |(_, one)| one.run == run && one.ended.is_none())
    }

    /// Whether there was one of this name that is no more.
    pub(super) fn is_removed(&self, handle: &str) -> bool {
        self.removed.contains(handle)
    }

    /// A worker's word that its claim holds until `watchdog`.
    pub(super) fn hold(&mut self, handle: &str, watchdog: Mono) {
        if let Some(execution) = self.executions.get_mut(handle) {
            execution.watchdog = watchdog;
        }
    }

    /// Time passes: programs end, and watchdogs bite.
    pub(super) fn advance(&mut self, now: Mono) {
        for execution in self.executions.values_mut().filter(|one| one.ended.is_none()) {
            if !execution.adoptable && execution.watchdog <= now.min(execution.ends) {
                execution.ended = Some((execution.watchdog, Finish::Cancelled));
            } else if execution.ends <= now {
                execution.ended = Some((execution.ends, execution.finish.clone()));
            }
        }
    }

    /// How many lines it has written.
    pub(super) fn lines(&self, handle: &str, now: Mono) -> u64 {
        let Some(execution) = self.executions.get(handle) else { return 0 };
        let until = execution.ended.as_ref().map_or(now, |(at, _)| *at);
        let (passed, whole) = (until - execution.began, (execution.ends - execution.began).max(1));
        (passed.max(0).unsigned_abs() * execution.lines / whole.unsigned_abs()).min(execution.lines)
    }

    /// Stops it.
    pub(super) fn stop(&mut self, handle: &str, now: Mono) {
        if let Some(execution) = self.executions.get_mut(handle)
            && execution.ended.is_none()
        {
            execution.ended = Some((now, Finish::Cancelled));
        }
    }

    /// Removes what is left of it.
    pub(super) fn release(&mut self, handle: &str) {
        self.executions.remove(handle);
        self.removed.insert(handle.to_owned());
    }
}
