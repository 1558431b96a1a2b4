//! The two kinds of session.

use std::{sync::Arc, time::Duration};

use async_lock::MutexGuardArc;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Core, State, locked};
use crate::ports::store::{ChangeNote, GroundReads, LockKey, Result, StoreError, WriteSession};

/// Of a session that reads.
#[derive(Debug)]
pub(super) struct Reading;

/// Of a session that writes: nobody else does until it ends.
#[derive(Debug)]
pub(super) struct Writing {
    _permit: MutexGuardArc<()>,
    notes: Vec<ChangeNote>,
}

impl Writing {
    pub(super) const fn new(permit: MutexGuardArc<()>) -> Self {
        Self { _permit: permit, notes: Vec::new() }
    }
}

/// One state of the store, from the first look at it on.
pub(super) struct Session<M> {
    core: Arc<Core>,
    state: Option<Arc<State>>,
    failed: bool,
    mode: M,
}

impl<M> Session<M> {
    pub(super) const fn new(core: Arc<Core>, mode: M) -> Self {
        Self { core, state: None, failed: false, mode }
    }

    /// The committed state, whatever this session did.
    pub(super) fn committed(&self) -> Arc<State> {
        self.core.committed()
    }

    /// The state as this session sees it.
    pub(super) fn see(&mut self, operation: &'static str) -> Result<&State> {
        self.enter(operation)?;
        Ok(self.state.get_or_insert_with(|| self.core.committed()))
    }

    fn enter(&mut self, operation: &'static str) -> Result<()> {
        if self.failed {
            return Err(StoreError::Failed(format!(
                "{operation}: an earlier operation of this session failed, it can only be dropped"
            )));
        }
        self.core.check(operation).inspect_err(|_| self.failed = true)
    }
}

impl Session<Writing> {
    /// Changes the state as this session sees it.
    pub(super) fn change<T>(
        &mut self,
        operation: &'static str,
        change: impl FnOnce(&mut State) -> Result<T>,
    ) -> Result<T> {
        self.enter(operation)?;
        let state = self.state.get_or_insert_with(|| self.core.committed());
        change(Arc::make_mut(state)).inspect_err(|_| self.failed = true)
    }
}

impl<M: Send> GroundReads for Session<M> {}

#[async_trait]
impl WriteSession for Session<Writing> {
    /// Nothing to lock: who writes is alone from its beginning.
    async fn lock(&mut self, _keys: &[LockKey]) -> Result<()> {
        self.enter("lock")
    }

    async fn lock_within(&mut self, _key: LockKey, _patience: Duration) -> Result<bool> {
        self.enter("lock_within").map(|()| true)
    }

    async fn now(&mut self) -> Result<DateTime<Utc>> {
        self.enter("now")?;
        let now = self.core.clock.now();
        Ok(DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now))
    }

    fn announce(&mut self, note: ChangeNote) {
        // Said once is enough: who listens looks for itself.
        if !self.mode.notes.contains(&note) {
            self.mode.notes.push(note);
        }
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        self.enter("commit")?;
        let Self { core, state, mode, .. } = *self;
        let mut state = state.unwrap_or_else(|| core.committed());
        if mode.notes.iter().any(|note| note.topic.concerns_calendar()) {
            Arc::make_mut(&mut state).revision += 1;
        }
        // The state before may be the last of its kind: it is let go only when nobody waits for the lock.
        let before = std::mem::replace(&mut *locked(&core.committed), state);
        // Still with the permit to write: notes of the next commit come after these.
        core.tell(&mode.notes);
        drop(mode);
        drop(before);
        Ok(())
    }
}
