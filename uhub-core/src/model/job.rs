//! Jobs: something planned.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    EnvironmentId, ExecutionSpec, JobId, Occurrence, ProjectId, SeriesId, Slot, Tier, UserId, words,
};
use crate::workflow::Tracked;

words! {
    /// What kind of work it is.
    pub enum JobType {
        /// People meet.
        Meeting = "meeting",
        /// Development work.
        Dev = "dev",
        /// Operations: a release, a deployment.
        Ops = "ops",
        /// Maintenance: a patch, an upgrade.
        Maintenance = "maintenance",
        /// Infrastructure work.
        Infra = "infra",
    }
}

impl JobType {
    /// Length of a slot that names no end (DOMAIN §1).
    pub const fn default_length(self) -> TimeDelta {
        match self {
            Self::Meeting | Self::Dev | Self::Ops => TimeDelta::hours(1),
            Self::Maintenance | Self::Infra => TimeDelta::hours(2),
        }
    }

    /// Whether a job of this type, in an environment, is critical where it does not say (DOMAIN §6).
    pub const fn is_critical_by_default(self) -> bool {
        matches!(self, Self::Ops | Self::Maintenance | Self::Infra)
    }

    /// Whether suggestions keep to working hours: people are needed for it.
    pub const fn keeps_working_hours(self) -> bool {
        matches!(self, Self::Meeting | Self::Dev)
    }
}

words! {
    /// Where a job stands (DOMAIN §5); the transitions are in [`workflow`](crate::workflow).
    pub enum JobStatus {
        /// On the calendar.
        Planned = "planned",
        /// Waits for a second person.
        AwaitingApproval = "awaiting_approval",
        /// May run when its time comes.
        Approved = "approved",
        /// Has a run that waits for a worker.
        Queued = "queued",
        /// Has a run that executes.
        Running = "running",
        /// Done.
        Succeeded = "succeeded",
        /// Its run failed.
        Failed = "failed",
        /// Called off.
        Cancelled = "cancelled",
        /// Its slot ended without the approval or the worker that it needed.
        Missed = "missed",
    }
}

impl JobStatus {
    /// Whether it still takes its slot. A dead job conflicts with nothing.
    pub const fn is_alive(self) -> bool {
        !matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::Missed)
    }

    /// Whether slot, environment and execution are fixed until its run ends.
    pub const fn is_fixed(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// The environment of a job, as the project has it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobEnvironment {
    /// Which one.
    pub id: EnvironmentId,
    /// Its present name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// Its present pool.
    pub pool: String,
}

/// Something planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Identifier.
    pub id: JobId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// One line.
    pub title: String,
    /// Free text, may be empty.
    pub description: String,
    /// What kind of work.
    pub job_type: JobType,
    /// Where; none for meetings and for work on nothing shared.
    pub environment: Option<JobEnvironment>,
    /// When.
    pub slot: Slot,
    /// Whether the slot is whole days in the hub's zone.
    pub all_day: bool,
    /// Who does it.
    pub assignee_id: Option<UserId>,
    /// Whether it is critical; unset, its type and environment tell.
    pub critical: Option<bool>,
    /// What to execute; none for work that people do.
    pub execution: Option<ExecutionSpec>,
    /// Whether it launches by itself at its start.
    pub auto_start: bool,
    /// Where it stands.
    pub status: Tracked<JobStatus>,
    /// Who created it. An imported job's creator is its project's owner (DOMAIN §2).
    pub created_by: UserId,
    /// Who last changed it. `auto_start` launches on this user's authority (DOMAIN §5).
    pub edited_by: UserId,
    /// Who last changed `execution`; never the one who approves it (DOMAIN §4).
    pub execution_edited_by: UserId,
    /// The start of the slot for which it has been launched by itself: once per slot.
    pub auto_started_for: Option<DateTime<Utc>>,
    /// Which occurrence it is of what repeats.
    pub occurrence: Option<Occurrence>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Grows by one with each change.
    pub version: i64,
}

impl Job {
    /// The tier that the rules go by: a job without an environment counts as tier dev (DOMAIN §2).
    pub fn tier(&self) -> Tier {
        self.environment.as_ref().map_or(Tier::Dev, |environment| environment.tier)
    }

    /// Whether it can collide (DOMAIN §6).
    pub fn is_critical(&self) -> bool {
        self.critical.unwrap_or(self.environment.is_some() && self.job_type.is_critical_by_default())
    }

    /// The pool in which it collides; none where nothing is shared.
    pub fn pool(&self) -> Option<&str> {
        self.environment.as_ref().map(|environment| environment.pool.as_str())
    }

    /// Whether it takes part in conflicts: critical, alive, in a pool.
    pub fn contends(&self) -> bool {
        self.is_critical() && self.status.get().is_alive() && self.environment.is_some()
    }

    /// "Own job" of DOMAIN §2: created it or is its assignee.
    pub fn is_own(&self, user: UserId) -> bool {
        self.created_by == user || self.assignee_id == Some(user)
    }

    /// What the calendar shows of it.
    pub fn entry(&self) -> CalendarEntry {
        CalendarEntry {
            id: self.id,
            project_id: self.project_id,
            title: self.title.clone(),
            job_type: self.job_type,
            environment: self.environment.clone(),
            slot: self.slot,
            all_day: self.all_day,
            critical: self.is_critical(),
            status: self.status.get(),
            created_by: self.created_by,
            assignee_id: self.assignee_id,
            series_id: self.occurrence.map(|occurrence| occurrence.series_id),
            version: self.version,
        }
    }
}

/// The part of a job that calendars and the conflict check need: small, since there are many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarEntry {
    /// The job.
    pub id: JobId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its title.
    pub title: String,
    /// Its type.
    pub job_type: JobType,
    /// Its environment.
    pub environment: Option<JobEnvironment>,
    /// Its slot.
    pub slot: Slot,
    /// Whether the slot is whole days.
    pub all_day: bool,
    /// Whether it is critical, by its own word or by its type and environment.
    pub critical: bool,
    /// Where it stands.
    pub status: JobStatus,
    /// Who created it.
    pub created_by: UserId,
    /// Who does it.
    pub assignee_id: Option<UserId>,
    /// The series that it is an occurrence of.
    pub series_id: Option<SeriesId>,
    /// Its version.
    pub version: i64,
}

impl CalendarEntry {
    /// As [`Job::tier`].
    pub fn tier(&self) -> Tier {
        self.environment.as_ref().map_or(Tier::Dev, |environment| environment.tier)
    }

    /// As [`Job::pool`].
    pub fn pool(&self) -> Option<&str> {
        self.environment.as_ref().map(|environment| environment.pool.as_str())
    }

    /// As [`Job::contends`].
    pub fn contends(&self) -> bool {
        self.critical && self.status.is_alive() && self.environment.is_some()
    }

    /// As [`Job::is_own`].
    pub fn is_own(&self, user: UserId) -> bool {
        self.created_by == user || self.assignee_id == Some(user)
    }
}
