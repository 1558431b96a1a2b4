//! The runs that a worker holds.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
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
    inner: Mutex<Inner>,
    /// There is room for another.
    pub(super) freed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    runs: HashMap<RunId, Arc<Held>>,
    /// How many of them have a slot: those that have ended, and whose end is being told, need none any more.
    in_slots: u32,
}

impl HeldRuns {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For how many more there is room in `slots`. While ends are being told, others may start; but ends that cannot be
    /// told must not pile up.
    pub(super) fn room(&self, slots: u32) -> u32 {
        let inner = self.inner();
        let held = u32::try_from(inner.runs.len()).unwrap_or(u32::MAX);
        slots.saturating_sub(inner.in_slots).min(slots.saturating_mul(2).saturating_sub(held))
    }

    pub(super) fn all(&self) -> Vec<Arc<Held>> {
        self.inner().runs.values().cloned().collect()
    }

    pub(super) fn cancel(&self, id: RunId) {
        if let Some(held) = self.inner().runs.get(&id) {
            held.cancel.cancel();
        }
    }

    /// Holds a run until what is returned is dropped, also by a panic.
    pub(super) fn hold(self: &Arc<Self>, held: Arc<Held>) -> Hold {
        let mut inner = self.inner();
        inner.runs.insert(held.id, Arc::clone(&held));
        inner.in_slots += 1;
        drop(inner);
        Hold { runs: Arc::clone(self), held, has_slot: AtomicBool::new(true) }
    }
}

/// Ends the hold on a run when dropped.
#[derive(Debug)]
pub(super) struct Hold {
    runs: Arc<HeldRuns>,
    pub(super) held: Arc<Held>,
    has_slot: AtomicBool,
}

impl Hold {
    /// Its execution has ended: another may start in its slot.
    pub(super) fn free_slot(&self) {
        if self.has_slot.swap(false, Ordering::Relaxed) {
            let mut inner = self.runs.inner();
            inner.in_slots = inner.in_slots.saturating_sub(1);
            drop(inner);
            self.runs.freed.notify_one();
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.free_slot();
        let mut inner = self.runs.inner();
        // A later attempt of the same run may have been claimed meanwhile.
        if inner.runs.get(&self.held.id).is_some_and(|now| now.fence == self.held.fence) {
            inner.runs.remove(&self.held.id);
        }
        drop(inner);
        self.runs.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(runs: &Arc<HeldRuns>, number: u128) -> Hold {
        runs.hold(Arc::new(Held {
            id: RunId(uuid::Uuid::from_u128(number)),
            fence: 1,
            cancel: CancellationToken::new(),
            lost: CancellationToken::new(),
            watchdog: Duration::from_secs(1),
            state: Mutex::new(State { renewed: Instant::now(), execution: None }),
        }))
    }

    #[test]
    fn what_has_ended_needs_no_slot_but_does_not_pile_up() {
        let runs = Arc::new(HeldRuns::default());
        assert_eq!(runs.room(2), 2);
        let holds: Vec<Hold> = (0..2).map(|number| hold(&runs, number)).collect();
        assert_eq!(runs.room(2), 0);
        holds[0].free_slot();
        holds[0].free_slot();
        assert_eq!(runs.room(2), 1, "once, however often it is said");
        holds[1].free_slot();
        let others: Vec<Hold> = (2..4).map(|number| hold(&runs, number)).collect();
        others[0].free_slot();
        assert_eq!(
            runs.room(2),
            0,
            "as many as there are slots may wait to be told, beside those that go on"
        );
        drop(holds);
        assert_eq!(runs.room(2), 1);
        drop(others);
        assert_eq!((runs.room(2), runs.all().len()), (2, 0));
    }
}
