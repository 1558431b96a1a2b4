//! What outside CIs told, as a store keeps it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Result;
use crate::model::{Callback, RunId};

/// Looks up what outside CIs told of runs.
#[async_trait]
pub trait CallbackReads {
    /// Those of an attempt from behind number `after`, in order.
    async fn callbacks(&mut self, run: RunId, attempt: u32, after: i64, limit: u32) -> Result<Vec<Callback>>;
    /// The last one of an attempt.
    async fn last_callback(&mut self, run: RunId, attempt: u32) -> Result<Option<Callback>>;
}

/// Keeps what outside CIs tell of runs.
#[async_trait]
pub trait CallbackWrites {
    /// Adds one; false, and nothing written, where the run has one with this signature.
    async fn insert_callback(&mut self, callback: &Callback) -> Result<bool>;
    /// Forgets those that came before `before`, of runs that have ended.
    async fn forget_callbacks(&mut self, before: DateTime<Utc>) -> Result<u64>;
}
