//! What outside CIs told of runs, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use imbl::{OrdMap, OrdSet};

use super::{
    dangling,
    session::{Session, Writing},
    up_to,
};
use crate::{
    model::{Callback, RunId},
    ports::store::{CallbackReads, CallbackWrites, Result, StoreError},
};

#[derive(Debug, Clone, Default)]
pub(super) struct Callbacks {
    by_place: OrdMap<(RunId, u32, i64), Arc<Callback>>,
    signatures: OrdSet<(RunId, String)>,
}

impl Callbacks {
    pub(super) fn insert(&mut self, callback: &Callback) -> Result<bool> {
        let place = (callback.run_id, callback.attempt, callback.seq);
        let signature = (callback.run_id, callback.signature.clone());
        if self.signatures.contains(&signature) {
            return Ok(false);
        }
        if self.by_place.contains_key(&place) {
            return Err(StoreError::Contended);
        }
        self.by_place.insert(place, Arc::new(callback.clone()));
        self.signatures.insert(signature);
        Ok(true)
    }

    /// Those from behind that one, in order.
    pub(super) fn behind(&self, after: Option<(RunId, u32, i64)>) -> impl Iterator<Item = &Callback> {
        use std::ops::Bound::{Excluded, Unbounded};

        let after = after.map_or(Unbounded, Excluded);
        self.by_place.range((after, Unbounded)).map(|(_, callback)| &**callback)
    }

    /// Forgets those that `is_old` names.
    fn forget(&mut self, is_old: impl Fn(&Callback) -> bool) -> u64 {
        let old: Vec<_> = self.by_place.values().filter(|callback| is_old(callback)).cloned().collect();
        for callback in &old {
            self.by_place.remove(&(callback.run_id, callback.attempt, callback.seq));
            self.signatures.remove(&(callback.run_id, callback.signature.clone()));
        }
        old.len() as u64
    }
}

#[async_trait]
impl<M: Send> CallbackReads for Session<M> {
    async fn callbacks(&mut self, run: RunId, attempt: u32, after: i64, limit: u32) -> Result<Vec<Callback>> {
        let callbacks = &self.see("callbacks")?.callbacks.by_place;
        let range = callbacks.range((run, attempt, after.saturating_add(1))..=(run, attempt, i64::MAX));
        Ok(range.take(up_to(limit)).map(|(_, callback)| Callback::clone(callback)).collect())
    }

    async fn last_callback(&mut self, run: RunId, attempt: u32) -> Result<Option<Callback>> {
        let callbacks = &self.see("last_callback")?.callbacks.by_place;
        let mut range = callbacks.range((run, attempt, i64::MIN)..=(run, attempt, i64::MAX));
        Ok(range.next_back().map(|(_, callback)| Callback::clone(callback)))
    }
}

#[async_trait]
impl CallbackWrites for Session<Writing> {
    async fn insert_callback(&mut self, callback: &Callback) -> Result<bool> {
        self.change("insert_callback", |state| match state.runs.get(callback.run_id) {
            Some(_) => state.callbacks.insert(callback),
            None => Err(dangling("run", callback.run_id.0)),
        })
    }

    async fn forget_callbacks(&mut self, before: DateTime<Utc>) -> Result<u64> {
        self.change("forget_callbacks", |state| {
            let runs = &state.runs;
            Ok(state.callbacks.forget(|callback| {
                let goes_on = runs.get(callback.run_id).is_some_and(|run| !run.status.get().is_terminal());
                callback.at < before && !goes_on
            }))
        })
    }
}
