//! Series: jobs that repeat.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{EnvironmentId, ExecutionSpec, JobType, ProjectId, SeriesId, Slot, SlotError, UserId};
use crate::{recurrence::Recurrence, zone};

/// An occurrence that could not be laid out, and is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// When it would take place.
    pub at: DateTime<Utc>,
    /// What stood against it, in words.
    pub reason: String,
}

/// A plan that repeats. Its occurrences are jobs, laid out ahead of time, and each a job like any other: the series only
/// says when there is another one, and what it is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Identifier.
    pub id: SeriesId,
    /// The project of its jobs.
    pub project_id: ProjectId,
    /// Their title.
    pub title: String,
    /// Their description.
    pub description: String,
    /// Their type.
    pub job_type: JobType,
    /// Their environment.
    pub environment_id: Option<EnvironmentId>,
    /// Whether they take whole days in the hub's zone, which then is the recurrence's.
    pub all_day: bool,
    /// Who does them.
    pub assignee_id: Option<UserId>,
    /// Whether they are critical; unset, type and environment tell.
    pub critical: Option<bool>,
    /// What they execute.
    pub execution: Option<ExecutionSpec>,
    /// Whether they launch by themselves.
    pub auto_start: bool,
    /// When they take place.
    pub recurrence: Recurrence,
    /// How long each lasts; of whole days, 24 hours for each.
    pub length: TimeDelta,
    /// When the next of them are to be laid out; none where nothing more is to come.
    pub lay_at: Option<DateTime<Utc>>,
    /// Those ahead that could not be laid out.
    pub skipped: Vec<Skipped>,
    /// The UID of the event of another calendar that it was imported from.
    pub source: Option<String>,
    /// Who created it: its jobs' creator.
    pub created_by: UserId,
    /// Who last changed it. Its jobs are laid out, and launch, on this user's authority (DOMAIN §5).
    pub edited_by: UserId,
    /// Who last changed `execution`; never the one who approves it (DOMAIN §4).
    pub execution_edited_by: UserId,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Grows by one with each change.
    pub version: i64,
}

impl Series {
    /// The slot of the occurrence at the local time `local`.
    ///
    /// # Errors
    /// [`SlotError`] beyond the years of the calendar.
    pub fn slot(&self, local: chrono::NaiveDateTime) -> Result<Slot, SlotError> {
        let start = self.recurrence.instant(local);
        let end = if self.all_day {
            let after = local.checked_add_signed(self.length).ok_or(SlotError::OutOfRange)?;
            zone::local_midnight(self.recurrence.zone(), after.date())
        } else {
            start.checked_add_signed(self.length).ok_or(SlotError::OutOfRange)?
        };
        Slot::new(start, end)
    }
}
