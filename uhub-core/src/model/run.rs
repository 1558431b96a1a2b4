//! Runs: one execution of a job each.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ApprovalId, BackendKind, ExecutionSpec, JobId, ProjectId, RunId, UserId, words};
use crate::workflow::Tracked;

words! {
    /// Where a run stands (DOMAIN §5).
    pub enum RunStatus {
        /// Waits for its approval, its time or a worker.
        Queued = "queued",
        /// A worker drives it.
        Running = "running",
        /// Ended well.
        Succeeded = "succeeded",
        /// Ended badly; `reason` and `exit_code` tell how.
        Failed = "failed",
        /// Took longer than it may.
        TimedOut = "timed_out",
        /// Called off.
        Cancelled = "cancelled",
        /// Its worker died.
        Lost = "lost",
    }
}

impl RunStatus {
    /// Whether nothing follows.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

words! {
    /// What started a run.
    pub enum RunOrigin {
        /// Somebody launched it.
        Launch = "launch",
        /// Its job's time had come.
        AutoStart = "auto_start",
    }
}

words! {
    /// Which of a program's outputs a chunk of log is from.
    pub enum Stream {
        /// Standard output.
        Stdout = "stdout",
        /// Standard error.
        Stderr = "stderr",
        /// Said by uHub itself.
        System = "system",
    }
}

/// One execution of a job, retried attempts included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Identifier.
    pub id: RunId,
    /// Of which job.
    pub job_id: JobId,
    /// Of which project.
    pub project_id: ProjectId,
    /// The present attempt, from 1.
    pub attempt: u32,
    /// How it is executed.
    pub backend: BackendKind,
    /// What is executed, as it was when the run was asked for.
    pub execution: ExecutionSpec,
    /// Where it stands.
    pub status: Tracked<RunStatus>,
    /// Grows with each claim; a write with an older fence is refused.
    pub fence: i64,
    /// What started it.
    pub origin: RunOrigin,
    /// On whose authority it runs.
    pub requested_by: UserId,
    /// Why, in that user's words.
    pub reason: Option<String>,
    /// The approval that it needs.
    pub approval_id: Option<ApprovalId>,
    /// Who gave it.
    pub approved_by: Option<UserId>,
    /// Not to be claimed before.
    pub due_at: DateTime<Utc>,
    /// The worker that drives it.
    pub worker: Option<String>,
    /// What the backend needs to find it again.
    pub handle: Option<String>,
    /// Behind which chunk of its log the present execution's output begins.
    pub log_from: i64,
    /// Until when the worker's word holds without a heartbeat.
    pub lease_until: Option<DateTime<Utc>>,
    /// Somebody asked to cancel it, at that time.
    pub cancel_requested_at: Option<DateTime<Utc>>,
    /// Exit code of the last attempt.
    pub exit_code: Option<i32>,
    /// How it ended, in a word or a line: `oom_killed`, `exit code 3`, the rule that refused it.
    pub outcome: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the present attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Run {
    /// Whether it ends unclaimed with its job's slot: it started by itself, and its first attempt is still queued (DOMAIN §5).
    /// What somebody launched, or has been tried before, waits for a worker whatever the calendar says.
    pub fn is_missed_with_its_slot(&self) -> bool {
        self.status.get() == RunStatus::Queued && self.origin == RunOrigin::AutoStart && self.attempt == 1
    }
}

/// A piece of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogChunk {
    /// From 1, without a gap, over all attempts of the run.
    pub seq: i64,
    /// From which output.
    pub stream: Stream,
    /// When it came.
    pub at: DateTime<Utc>,
    /// As it came: not always whole lines, not always UTF-8. Secrets are masked.
    pub bytes: Vec<u8>,
    /// How many bytes of this output the execution had given, as they came, at the end of this piece: where a worker that
    /// takes over goes on. 0 for what uHub itself says.
    pub upto: u64,
}
