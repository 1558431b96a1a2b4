//! The audit, as a store keeps it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{Page, Result};
use crate::{
    audit::{AuditEntry, Head, Sealed},
    model::{AuditId, UserId},
};

/// Which audit entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By this user.
    pub actor_id: Option<UserId>,
    /// On this thing.
    pub object_id: Option<Uuid>,
    /// Of this action.
    pub action: Option<String>,
    /// At or after.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub to: Option<DateTime<Utc>>,
    /// Only of projects owned by this user.
    pub owner: Option<UserId>,
}

/// An audit entry as it is listed: sealed or not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// The entry.
    pub entry: AuditEntry,
    /// Its place in the chain.
    pub seq: Option<i64>,
    /// Its hash.
    pub hash: Option<String>,
}

/// Reads the audit.
#[async_trait]
pub trait AuditReads {
    /// Those that match, the newest first.
    async fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRow>>;
    /// Sealed entries behind number `after`, in order.
    async fn sealed(&mut self, after: i64, limit: u32) -> Result<Vec<Sealed>>;
    /// The end of the chain, as the last seal left it.
    async fn audit_head(&mut self) -> Result<Head>;
    /// Whether any entry is not sealed.
    async fn has_unsealed(&mut self) -> Result<bool>;
    /// How many entries are not sealed.
    async fn count_unsealed(&mut self) -> Result<i64>;
}

/// Writes the audit: entries are added and sealed, nothing else.
#[async_trait]
pub trait AuditWrites {
    /// Adds entries, not sealed yet.
    async fn append_audit(&mut self, entries: &[AuditEntry]) -> Result<()>;
    /// Adds entries with their places in the chain; the last becomes its end.
    async fn append_sealed(&mut self, entries: &[Sealed]) -> Result<()>;
    /// Committed entries that are not sealed, oldest first.
    async fn unsealed(&mut self, limit: u32) -> Result<Vec<AuditEntry>>;
    /// Gives entries their place in the chain: `(id, seq, hash)`.
    async fn seal_audit(&mut self, seals: &[(AuditId, i64, String)]) -> Result<()>;
}
