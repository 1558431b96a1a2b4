//! What only copies of a whole hub need of a store: everything in order, and many at once.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Remembered, Result};
use crate::{
    audit::AuditEntry,
    model::{Approval, AuditId, Callback, LogChunk, Run, RunId, TokenId, UserId},
};

/// Reads everything, in an order that is the same in every store.
#[async_trait]
pub trait TransferReads {
    /// All settings, by key.
    async fn all_settings(&mut self) -> Result<Vec<(String, String)>>;
    /// The SHA-256 of the user's calendar token, in hex.
    async fn calendar_token_hash(&mut self, id: UserId) -> Result<Option<String>>;
    /// The SHA-256 of a token, in hex.
    async fn token_hash(&mut self, id: TokenId) -> Result<Option<String>>;
    /// The pieces of all logs from behind this one, by run, then number.
    async fn all_logs(&mut self, after: Option<(RunId, i64)>, limit: u32) -> Result<Vec<(RunId, LogChunk)>>;
    /// All callbacks from behind this one, by run, attempt, then number.
    async fn all_callbacks(&mut self, after: Option<(RunId, u32, i64)>, limit: u32) -> Result<Vec<Callback>>;
    /// The user's idempotency keys, in order, with when they were remembered.
    async fn all_remembered(&mut self, user: UserId) -> Result<Vec<(String, Remembered, DateTime<Utc>)>>;
    /// Entries of the audit that are not sealed, from behind this one, by id.
    async fn all_unsealed(&mut self, after: Option<AuditId>, limit: u32) -> Result<Vec<AuditEntry>>;
}

/// Writes many at once, as they were.
#[async_trait]
pub trait TransferWrites {
    /// Adds runs. [`StoreError::Duplicate`](super::StoreError::Duplicate) `job_id` where a job would have two active ones.
    async fn insert_runs(&mut self, runs: &[Run]) -> Result<()>;
    /// Adds pieces of logs, whoever holds their runs.
    async fn insert_logs(&mut self, chunks: &[(RunId, LogChunk)]) -> Result<()>;
    /// Adds callbacks that are not there.
    async fn insert_callbacks(&mut self, callbacks: &[Callback]) -> Result<()>;
    /// Adds approvals.
    async fn insert_approvals(&mut self, approvals: &[Approval]) -> Result<()>;
}
