//! Jobs, as a store keeps them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Page, Result};
use crate::model::{CalendarEntry, Job, JobId, JobStatus, JobType, ProjectId, Slot, Tier, UserId};

/// Which jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of this project.
    pub project_id: Option<ProjectId>,
    /// In environments of this name.
    pub environment: Option<String>,
    /// In this tier; jobs without an environment count as tier dev.
    pub tier: Option<Tier>,
    /// Of this type.
    pub job_type: Option<JobType>,
    /// With this status.
    pub status: Option<JobStatus>,
    /// Ending after.
    pub from: Option<DateTime<Utc>>,
    /// Starting before.
    pub to: Option<DateTime<Utc>>,
    /// With this text in the title ([`text::search_key`](crate::text::search_key) is applied to both); no wildcards.
    pub q: Option<String>,
    /// Created by, or assigned to, this user.
    pub own: Option<UserId>,
}

/// Looks jobs up.
#[async_trait]
pub trait JobReads {
    /// By id.
    async fn job(&mut self, id: JobId) -> Result<Option<Job>>;
    /// Those of these ids that exist, in any order.
    async fn jobs_by_ids(&mut self, ids: &[JobId]) -> Result<Vec<Job>>;
    /// Those that match, by start, then id.
    async fn jobs(&mut self, filter: &JobFilter, page: Page) -> Result<Vec<Job>>;
    /// By exact title within a project, the oldest first.
    async fn job_by_title(&mut self, project: ProjectId, title: &str) -> Result<Option<Job>>;
    /// What calendars show of all jobs whose slot overlaps `window` (dead ones too), by start, then id.
    async fn calendar(&mut self, window: Slot, filter: &JobFilter) -> Result<Vec<CalendarEntry>>;
    /// The jobs that contend ([`Job::contends`]) in any of `pools` and overlap `window`, by pool, start, id.
    async fn contenders(&mut self, pools: &[String], window: Slot) -> Result<Vec<CalendarEntry>>;
    /// Jobs with `auto_start`, planned or approved, that have started by `now`, end after it, and have not been launched
    /// for this slot; the most overdue first.
    async fn due_jobs(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Job>>;
    /// Jobs whose slot ended by `now`, the most overdue first: those with an execution and `auto_start` that are planned,
    /// awaiting approval or approved and that nobody has launched; those that started by themselves and whose first attempt
    /// is queued; and those that await the approval of their plan.
    async fn missed_jobs(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Job>>;
    /// The start of the next job that [`JobReads::due_jobs`] will name after `now`.
    async fn next_due(&mut self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>>;
}

/// Changes jobs.
#[async_trait]
pub trait JobWrites {
    /// Adds one.
    async fn insert_job(&mut self, job: &Job) -> Result<()>;
    /// Adds many, for imports.
    async fn insert_jobs(&mut self, jobs: &[Job]) -> Result<()>;
    /// Writes all fields; false where the stored version is not `job.version - 1`.
    async fn update_job(&mut self, job: &Job) -> Result<bool>;
    /// Those of these ids that exist, in any order; locked.
    async fn hold_jobs(&mut self, ids: &[JobId]) -> Result<Vec<Job>>;
    /// Writes status, version, and for which slot it has started by itself, and nothing else. All of them, or false where
    /// the stored version of one is not `job.version - 1`; the session can only be dropped then.
    async fn move_jobs(&mut self, jobs: &[Job]) -> Result<bool>;
}
