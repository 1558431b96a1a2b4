//! What outside CIs tell of the runs that a webhook started.

use chrono::{DateTime, Utc};

use super::{RunId, words};

words! {
    /// How a run stands outside.
    pub enum CallbackStatus {
        /// It goes on.
        Running = "running",
        /// It has ended well.
        Succeeded = "succeeded",
        /// It has ended badly.
        Failed = "failed",
    }
}

/// A signed message about one attempt, accepted once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// About which run.
    pub run_id: RunId,
    /// About which attempt.
    pub attempt: u32,
    /// From 1, without a gap.
    pub seq: i64,
    /// When it came.
    pub at: DateTime<Utc>,
    /// Its signature, which no other of the run has.
    pub signature: String,
    /// How the run stands.
    pub status: CallbackStatus,
    /// Exit code, where it has ended.
    pub exit_code: Option<i32>,
    /// A line for people.
    pub message: Option<String>,
    /// Output since the message before.
    pub log: Option<String>,
}
