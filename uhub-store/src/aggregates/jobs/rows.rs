//! Jobs as rows.

use uhub_core::{
    model::{
        CalendarEntry, EnvironmentId, ExecutionSpec, Job, JobEnvironment, JobId, JobStatus, JobType,
        Occurrence, ProjectId, SeriesId, Slot, Tier, UserId,
    },
    text::search_key,
    workflow::Tracked,
};
use uuid::Uuid;

use super::{super::projects::json, windows::span_class};
use crate::{
    error::{Result, corrupt},
    sql::{Fields, Shape, row},
    values::{At, Doc, Word},
};

row! {
    #[derive(serde::Deserialize)]
    pub(in super::super) struct JobRow {
        id: Uuid,
        project_id: Uuid,
        title: String,
        description: String,
        job_type: Word<JobType>,
        environment_id: Option<Uuid>,
        environment: Option<String>,
        tier: Word<Tier>,
        pool: Option<String>,
        planned_start: At,
        planned_end: At,
        all_day: bool,
        assignee_id: Option<Uuid>,
        critical: Option<bool>,
        execution: Option<Doc<ExecutionSpec>>,
        auto_start: bool,
        status: Word<JobStatus>,
        created_by: Uuid,
        edited_by: Uuid,
        execution_edited_by: Uuid,
        auto_started_for: Option<At>,
        series_id: Option<Uuid>,
        occurrence: Option<At>,
        created_at: At,
        updated_at: At,
        version: i64,
    }
}

impl Shape for JobRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = Job;

    fn model(self) -> Result<Job> {
        Ok(Job {
            id: JobId(self.id),
            project_id: ProjectId(self.project_id),
            title: self.title,
            description: self.description,
            job_type: self.job_type.0,
            environment: environment(self.environment_id, self.environment, self.tier, self.pool),
            slot: slot(self.planned_start, self.planned_end)?,
            all_day: self.all_day,
            assignee_id: self.assignee_id.map(UserId),
            critical: self.critical,
            execution: self.execution.map(|Doc(execution)| execution),
            auto_start: self.auto_start,
            status: Tracked::restore(self.status.0),
            created_by: UserId(self.created_by),
            edited_by: UserId(self.edited_by),
            execution_edited_by: UserId(self.execution_edited_by),
            auto_started_for: self.auto_started_for.map(|At(at)| at),
            occurrence: occurrence(self.series_id, self.occurrence),
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            version: self.version,
        })
    }
}

row! {
    /// What calendars show: no long texts.
    pub(in super::super) struct EntryRow {
        id: Uuid,
        project_id: Uuid,
        title: String,
        job_type: Word<JobType>,
        environment_id: Option<Uuid>,
        environment: Option<String>,
        tier: Word<Tier>,
        pool: Option<String>,
        planned_start: At,
        planned_end: At,
        all_day: bool,
        critical: Option<bool>,
        status: Word<JobStatus>,
        created_by: Uuid,
        assignee_id: Option<Uuid>,
        series_id: Option<Uuid>,
        version: i64,
    }
}

impl Shape for EntryRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = CalendarEntry;

    fn model(self) -> Result<CalendarEntry> {
        let environment = environment(self.environment_id, self.environment, self.tier, self.pool);
        let job_type = self.job_type.0;
        Ok(CalendarEntry {
            id: JobId(self.id),
            project_id: ProjectId(self.project_id),
            title: self.title,
            job_type,
            slot: slot(self.planned_start, self.planned_end)?,
            all_day: self.all_day,
            // As `Job::is_critical` (DOMAIN §6).
            critical: self.critical.unwrap_or(environment.is_some() && job_type.is_critical_by_default()),
            environment,
            status: self.status.0,
            created_by: UserId(self.created_by),
            assignee_id: self.assignee_id.map(UserId),
            series_id: self.series_id.map(SeriesId),
            version: self.version,
        })
    }
}

fn environment(
    id: Option<Uuid>,
    name: Option<String>,
    tier: Word<Tier>,
    pool: Option<String>,
) -> Option<JobEnvironment> {
    // A constraint of the table: all or none.
    Some(JobEnvironment { id: EnvironmentId(id?), name: name?, tier: tier.0, pool: pool? })
}

fn occurrence(series: Option<Uuid>, at: Option<At>) -> Option<Occurrence> {
    Some(Occurrence { series_id: SeriesId(series?), at: at?.0 })
}

fn slot(start: At, end: At) -> Result<Slot> {
    Slot::new(start.0, end.0).map_err(|error| corrupt("slot", error))
}

/// Whether it is to launch by itself, and has not for this slot.
fn is_waiting(job: &Job) -> bool {
    job.auto_start
        && matches!(job.status.get(), JobStatus::Planned | JobStatus::Approved)
        && job.auto_started_for != Some(job.slot.start())
}

/// Whether it is missed once its slot has ended, whatever approval it may wait for.
fn is_missable(job: &Job) -> bool {
    use JobStatus::{Approved, AwaitingApproval, Planned};

    job.auto_start
        && job.execution.is_some()
        && matches!(job.status.get(), Planned | AwaitingApproval | Approved)
}

/// What changes as it starts and ends.
pub(super) fn progress(job: &Job) -> Fields {
    vec![
        ("contends", job.contends().into()),
        ("status", job.status.get().as_str().into()),
        ("waiting", is_waiting(job).into()),
        ("missable", is_missable(job).into()),
        ("auto_started_for", job.auto_started_for.into()),
        ("updated_at", job.updated_at.into()),
        ("version", job.version.into()),
    ]
}

/// All columns but the id.
pub(super) fn fields(job: &Job) -> Result<Fields> {
    let environment = job.environment.as_ref();
    Ok(vec![
        ("project_id", job.project_id.0.into()),
        ("title", job.title.as_str().into()),
        ("title_key", search_key(&job.title).into()),
        ("description", job.description.as_str().into()),
        ("job_type", job.job_type.as_str().into()),
        ("environment_id", environment.map(|environment| environment.id.0).into()),
        ("environment", environment.map(|environment| environment.name.as_str()).into()),
        ("tier", job.tier().as_str().into()),
        ("pool", job.pool().into()),
        ("planned_start", job.slot.start().into()),
        ("planned_end", job.slot.end().into()),
        ("span_class", span_class(job.slot).into()),
        ("all_day", job.all_day.into()),
        ("assignee_id", job.assignee_id.map(|user| user.0).into()),
        ("critical", job.critical.into()),
        ("contends", job.contends().into()),
        ("execution", job.execution.as_ref().map(json).transpose()?.into()),
        ("auto_start", job.auto_start.into()),
        ("status", job.status.get().as_str().into()),
        ("waiting", is_waiting(job).into()),
        ("missable", is_missable(job).into()),
        ("created_by", job.created_by.0.into()),
        ("edited_by", job.edited_by.0.into()),
        ("execution_edited_by", job.execution_edited_by.0.into()),
        ("auto_started_for", job.auto_started_for.into()),
        ("series_id", job.occurrence.map(|occurrence| occurrence.series_id.0).into()),
        ("occurrence", job.occurrence.map(|occurrence| occurrence.at).into()),
        ("created_at", job.created_at.into()),
        ("updated_at", job.updated_at.into()),
        ("version", job.version.into()),
    ])
}
