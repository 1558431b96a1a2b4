//! Approvals, as a store keeps them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Page, Result};
use crate::model::{Approval, ApprovalId, ApprovalState, JobId};

/// Looks approvals up.
#[async_trait]
pub trait ApprovalReads {
    /// By id.
    async fn approval(&mut self, id: ApprovalId) -> Result<Option<Approval>>;
    /// Those of these ids that exist, in any order.
    async fn approvals_by_ids(&mut self, ids: &[ApprovalId]) -> Result<Vec<Approval>>;
    /// Those in `state` (all where there is none), pending ones first, then the newest first.
    async fn approvals(&mut self, state: Option<ApprovalState>, page: Page) -> Result<Vec<Approval>>;
    /// Those that are pending or approved, of these jobs.
    async fn open_approvals(&mut self, jobs: &[JobId]) -> Result<Vec<Approval>>;
    /// Open ones that ended by `now`.
    async fn expired_approvals(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Approval>>;
}

/// Changes approvals.
#[async_trait]
pub trait ApprovalWrites {
    /// Adds one.
    async fn insert_approval(&mut self, approval: &Approval) -> Result<()>;
    /// Writes all fields; false where the stored state is not `expected`.
    async fn update_approval(&mut self, approval: &Approval, expected: ApprovalState) -> Result<bool>;
}
