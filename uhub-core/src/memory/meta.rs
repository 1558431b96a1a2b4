//! Settings and idempotency keys in memory.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use imbl::{OrdMap, OrdSet};

use super::session::{Session, Writing};
use crate::{
    model::UserId,
    ports::store::{MetaReads, MetaWrites, Remembered, Result, StoreError},
};

#[derive(Debug, Clone, Default)]
pub(super) struct Meta {
    settings: OrdMap<String, String>,
    /// With when they were remembered.
    remembered: OrdMap<(UserId, String), (Arc<Remembered>, DateTime<Utc>)>,
    /// By when they were remembered, in microseconds.
    by_age: OrdSet<(i64, UserId, String)>,
}

impl Meta {
    fn remember(&mut self, user: UserId, key: &str, entry: &Remembered, at: DateTime<Utc>) -> Result<()> {
        let place = (user, key.to_owned());
        if self.remembered.contains_key(&place) {
            return Err(StoreError::Contended);
        }
        self.remembered.insert(place, (Arc::new(entry.clone()), at));
        self.by_age.insert((at.timestamp_micros(), user, key.to_owned()));
        Ok(())
    }

    /// All settings, by key.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        self.settings.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The user's keys, in order.
    pub(super) fn remembered_of(&self, user: UserId) -> Vec<(String, Remembered, DateTime<Utc>)> {
        self.remembered
            .range((user, String::new())..)
            .take_while(|((holder, _), _)| *holder == user)
            .map(|((_, key), (entry, at))| (key.clone(), Remembered::clone(entry), *at))
            .collect()
    }

    fn forget_before(&mut self, before: DateTime<Utc>) -> u64 {
        let before = before.timestamp_micros();
        let mut forgotten = 0;
        while self.by_age.get_min().is_some_and(|(at, ..)| *at < before) {
            if let Some((_, user, key)) = self.by_age.remove_min() {
                self.remembered.remove(&(user, key));
                forgotten += 1;
            }
        }
        forgotten
    }
}

#[async_trait]
impl<M: Send> MetaReads for Session<M> {
    async fn meta(&mut self, key: &str) -> Result<Option<String>> {
        Ok(self.see("meta")?.meta.settings.get(key).cloned())
    }

    async fn remembered(&mut self, user: UserId, key: &str) -> Result<Option<Remembered>> {
        let meta = &self.see("remembered")?.meta;
        Ok(meta.remembered.get(&(user, key.to_owned())).map(|(entry, _)| Remembered::clone(entry)))
    }
}

#[async_trait]
impl MetaWrites for Session<Writing> {
    async fn set_meta(&mut self, key: &str, value: &str) -> Result<()> {
        self.change("set_meta", |state| {
            state.meta.settings.insert(key.to_owned(), value.to_owned());
            Ok(())
        })
    }

    async fn remember(
        &mut self,
        user: UserId,
        key: &str,
        entry: &Remembered,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.change("remember", |state| state.meta.remember(user, key, entry, at))
    }

    async fn forget_before(&mut self, before: DateTime<Utc>) -> Result<u64> {
        self.change("forget_before", |state| Ok(state.meta.forget_before(before)))
    }
}
