//! Runs, their queue, leases and logs, as a store keeps them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Page, Result};
use crate::{
    model::{BackendKind, EnvironmentId, JobId, LogChunk, ProjectId, Run, RunId, RunStatus},
    ports::exec::LogPosition,
};

/// Which runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this job.
    pub job_id: Option<JobId>,
    /// With this status.
    pub status: Option<RunStatus>,
    /// Asked for at or after.
    pub from: Option<DateTime<Utc>>,
    /// Asked for before.
    pub to: Option<DateTime<Utc>>,
}

/// Looks runs up.
#[async_trait]
pub trait RunReads {
    /// By id.
    async fn run(&mut self, id: RunId) -> Result<Option<Run>>;
    /// Those that match, the newest first.
    async fn runs(&mut self, filter: &RunFilter, page: Page) -> Result<Vec<Run>>;
    /// The job's run that has not ended.
    async fn active_run(&mut self, job: JobId) -> Result<Option<Run>>;
    /// When the first of the queued runs that are not due yet will be. With a store that cannot tell (`None`), workers find
    /// such runs at their next look.
    async fn next_queued(&mut self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let _ = now;
        Ok(None)
    }
    /// The log from behind `after`, in order.
    async fn run_log(&mut self, id: RunId, after: i64, limit: u32) -> Result<Vec<LogChunk>>;
    /// Where the log ends; `from` is behind which chunk the present execution's output begins.
    async fn log_end(&mut self, id: RunId, from: i64) -> Result<LogEnd>;
    /// How many runs go on in each place, in any order.
    async fn running_by_place(&mut self) -> Result<Vec<(Place, u32)>>;
    /// How many bytes all logs together have.
    async fn log_bytes(&mut self) -> Result<u64>;
    /// How many runs have each status.
    async fn count_runs(&mut self) -> Result<Vec<(RunStatus, u64)>>;
}

/// Where a run's log ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogEnd {
    /// The number of the last chunk; 0 where there is none.
    pub seq: i64,
    /// How much of the present execution's output it holds.
    pub position: LogPosition,
    /// Bytes of the whole log, all executions of the run together.
    pub bytes: u64,
}

/// Where runs go on, as far as something may limit how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// With which backend.
    pub backend: BackendKind,
    /// Of which project.
    pub project_id: ProjectId,
    /// In which environment of it.
    pub environment_id: Option<EnvironmentId>,
}

/// Which queued runs a worker wants.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Of these backends.
    pub kinds: &'a [BackendKind],
    /// Due by then.
    pub now: DateTime<Utc>,
    /// At most so many.
    pub limit: u32,
    /// Not of these projects: there is no room.
    pub full_projects: &'a [ProjectId],
    /// Not in these environments: there is no room.
    pub full_environments: &'a [EnvironmentId],
}

impl<'a> Wanted<'a> {
    /// Those of all projects and environments.
    pub const fn of(kinds: &'a [BackendKind], now: DateTime<Utc>, limit: u32) -> Self {
        Self { kinds, now, limit, full_projects: &[], full_environments: &[] }
    }
}

/// What a worker must know of a run that it drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// Which run.
    pub run_id: RunId,
    /// Somebody asked to cancel it.
    pub cancel_requested: bool,
}

/// Changes runs.
#[async_trait]
pub trait RunWrites {
    /// Adds one. [`StoreError::Duplicate`](super::StoreError::Duplicate) `job_id` where the job has an active run.
    async fn insert_run(&mut self, run: &Run) -> Result<()>;
    /// Queued runs as they are wanted, without an approval or with one that is no longer pending, the most urgent first,
    /// then the most overdue; locked, and skipping those that others have locked.
    async fn claimable(&mut self, wanted: Wanted<'_>) -> Result<Vec<Run>>;
    /// Those of these ids that exist, in any order; locked.
    async fn hold_runs(&mut self, ids: &[RunId]) -> Result<Vec<Run>>;
    /// Writes what the work of a worker changes: status, attempt, fence, worker, times, how it ended, and where it goes on
    /// the handle and behind which chunk its output begins; those of a run that has ended stay as they are. Not what others
    /// say of it, such as that it be cancelled. All of them, or false where the stored status or fence of one is not
    /// the expected; the session can only be dropped then.
    async fn move_runs(&mut self, runs: &[(Run, (RunStatus, i64))]) -> Result<bool>;
    /// Writes all fields but the log; false where the stored status or fence is not `expected`.
    async fn update_run(&mut self, run: &Run, expected: (RunStatus, i64)) -> Result<bool>;
    /// Extends the leases of running runs whose fence is as given, and tells which of these they were. The others are no
    /// longer the caller's.
    async fn heartbeat(&mut self, held: &[(RunId, i64)], lease_until: DateTime<Utc>) -> Result<Vec<Beat>>;
    /// Running runs whose lease ended by `now`, and by `adoptable_since` where they have a handle by which another worker
    /// may still take them over; locked, and skipping those that others have locked.
    async fn expired_leases(
        &mut self,
        now: DateTime<Utc>,
        adoptable_since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Run>>;
    /// Running runs of these backends whose lease ended by `now`, and that have a handle, the most overdue first; locked,
    /// and skipping those that others have locked.
    async fn adoptable(&mut self, kinds: &[BackendKind], now: DateTime<Utc>, limit: u32) -> Result<Vec<Run>>;
    /// Removes the logs of up to `limit` runs that ended before then, the oldest runs first. Tells of how many runs, and how
    /// many bytes.
    async fn prune_logs(&mut self, ended_before: DateTime<Utc>, limit: u32) -> Result<(u32, u64)>;
    /// Appends to the log of a running run; false, and nothing written, where its fence is another. Chunks whose `seq` is
    /// there already are left out.
    async fn append_log(&mut self, id: RunId, fence: i64, chunks: &[LogChunk]) -> Result<bool>;
}
