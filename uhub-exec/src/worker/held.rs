//! The runs that a worker holds.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;
use uhub_core::{
    hub::ClaimedRun,
    model::RunId,
    ports::exec::{ExecutionBackend, Handle},
};

/// A run that this worker holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) id: RunId,
    pub(super) fence: i64,
    /// Somebody wants it cancelled.
    pub(super) cancel: CancellationToken,
    lost: CancellationToken,
    watchdog: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When the last heartbeat that succeeded was sent, or the claim.
    renewed: Instant,
    execution: Option<(Arc<dyn ExecutionBackend>, Handle)>,
}

impl Held {
    pub(super) fn new(claimed: &ClaimedRun, asked: Instant, watchdog: Duration) -> Self {
        Self {
            id: claimed.id(),
            fence: claimed.fence(),
            cancel: CancellationToken::new(),
            lost: CancellationToken::new(),
            watchdog,
            state: Mutex::new(State { renewed: asked, execution: None }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lease was extended by a request sent at `sent`.
    pub(super) fn renew(&self, sent: Instant) {
        let mut state = self.state();
        state.renewed = state.renewed.max(sent);
        self.pass_on(&state);
    }

    /// From now on `backend` hears until when the claim holds.
    pub(super) fn executes(&self, backend: Arc<dyn ExecutionBackend>, handle: Handle) {
        let mut state = self.state();
        state.execution = Some((backend, handle));
        self.pass_on(&state);
    }

    /// What goes on, and with which backend.
    pub(super) fn execution(&self) -> Option<(Arc<dyn ExecutionBackend>, Handle)> {
        self.state().execution.clone()
    }

    fn pass_on(&self, state: &State) {
        if let Some((backend, handle)) = &state.execution {
            backend.hold(handle, (state.renewed + self.watchdog).saturating_duration_since(Instant::now()));
        }
    }

    /// It is another's now.
    pub(super) fn lose(&self) {
        self.lost.cancel();
    }

    /// Comes back when it is another's, or could be any moment.
    pub(super) async fn lost(&self) {
        loop {
            let deadline = self.state().renewed + self.watchdog;
            if Instant::now() >= deadline {
                return;
            }
            tokio::select! {
                () = self.lost.cancelled() => return,
                () = tokio::time::sleep_until(deadline) => {}
            }
        }
    }
}

/// All runs that this worker holds.
#[derive(Debug, Default)]
pub(super) struct HeldRuns {
    runs: Mutex<HashMap<RunId, Arc<Held>>>,
    /// One of them has ended.
    pub(super) freed: Notify,
}

impl HeldRuns {
    fn runs(&self) -> MutexGuard<'_, HashMap<RunId, Arc<Held>>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self) -> usize {
        self.runs().len()
    }

    pub(super) fn all(&self) -> Vec<Arc<Held>> {
        self.runs().values().cloned().collect()
    }

    pub(super) fn cancel(&self, id: RunId) {
        if let Some(held) = self.runs().get(&id) {
            held.cancel.cancel();
        }
    }

    /// Holds a run until what is returned is dropped, also by a panic.
    pub(super) fn hold(self: &Arc<Self>, held: Arc<Held>) -> Hold {
        self.runs().insert(held.id, Arc::clone(&held));
        Hold { runs: Arc::clone(self), held }
    }
}

/// Ends the hold on a run when dropped.
#[derive(Debug)]
pub(super) struct Hold {
    runs: Arc<HeldRuns>,
    pub(super) held: Arc<Held>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut runs = self.runs.runs();
        // A later attempt of the same run may have been claimed meanwhile.
        if runs.get(&self.held.id).is_some_and(|now| now.fence == self.held.fence) {
            runs.remove(&self.held.id);
        }
        drop(runs);
        self.runs.freed.notify_one();
    }
}
