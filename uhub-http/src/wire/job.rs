//! Jobs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uhub_core::{
    hub::{self, JobPatch, JobView, NewJob},
    model::{self, CalendarEntry, JobStatus, JobType, ProjectId, Tier, UserId},
    ports::store::JobFilter,
    rbac::{self, Effect},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    Approval, At, Execution, NewRecurrence, Paged, clearable, clearable_object, optional_object, present,
    text, words,
};
use crate::problem::Problem;

/// What the rules say to the caller, and which rule said it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Decision {
    #[schema(value_type = words::Effect)]
    effect: Effect,
    rule: String,
}

impl From<rbac::Decision> for Decision {
    fn from(decision: rbac::Decision) -> Self {
        let rbac::Decision { effect, rule } = decision;
        Self { effect, rule: rule.to_string() }
    }
}

/// The environment of a job, as the project has it now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobEnvironment {
    id: Uuid,
    name: String,
    #[schema(value_type = words::Tier)]
    tier: Tier,
    pool: String,
}

impl From<model::JobEnvironment> for JobEnvironment {
    fn from(environment: model::JobEnvironment) -> Self {
        let model::JobEnvironment { id, name, tier, pool } = environment;
        Self { id: id.0, name, tier, pool }
    }
}

/// With what a job collides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConflictKind {
    /// Another job.
    Job,
    /// A freeze window.
    Freeze,
}

/// A collision: with another job, or with a freeze window.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Conflict {
    kind: ConflictKind,
    /// Of the job or of the freeze window.
    id: Uuid,
    /// The job's title, or the reason of the freeze.
    title: String,
    #[schema(required)]
    project_id: Option<Uuid>,
    #[schema(value_type = Option<words::JobStatus>, required)]
    status: Option<JobStatus>,
    planned_start: DateTime<Utc>,
    planned_end: DateTime<Utc>,
}

impl From<CalendarEntry> for Conflict {
    fn from(entry: CalendarEntry) -> Self {
        Self {
            kind: ConflictKind::Job,
            id: entry.id.0,
            title: entry.title,
            project_id: Some(entry.project_id.0),
            status: Some(entry.status),
            planned_start: entry.slot.start(),
            planned_end: entry.slot.end(),
        }
    }
}

impl From<hub::Conflict> for Conflict {
    fn from(conflict: hub::Conflict) -> Self {
        match conflict {
            hub::Conflict::Job(entry) => entry.into(),
            hub::Conflict::Freeze(freeze) => Self {
                kind: ConflictKind::Freeze,
                id: freeze.id.0,
                title: freeze.reason,
                project_id: freeze.project_id.map(|project| project.0),
                status: None,
                planned_start: freeze.slot.start(),
                planned_end: freeze.slot.end(),
            },
        }
    }
}

/// A job in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobBrief {
    id: Uuid,
    project_id: Uuid,
    title: String,
    #[schema(value_type = words::JobType)]
    job_type: JobType,
    #[schema(required)]
    environment: Option<JobEnvironment>,
    planned_start: DateTime<Utc>,
    planned_end: DateTime<Utc>,
    all_day: bool,
    critical: bool,
    #[schema(value_type = words::JobStatus)]
    status: JobStatus,
    created_by: Uuid,
    #[schema(required)]
    assignee_id: Option<Uuid>,
    /// The series that it is an occurrence of.
    #[schema(required)]
    series_id: Option<Uuid>,
    version: i64,
}

impl From<CalendarEntry> for JobBrief {
    fn from(entry: CalendarEntry) -> Self {
        let CalendarEntry {
            id,
            project_id,
            title,
            job_type,
            environment,
            slot,
            all_day,
            critical,
            status,
            created_by,
            assignee_id,
            series_id,
            version,
        } = entry;
        Self {
            id: id.0,
            project_id: project_id.0,
            title,
            job_type,
            environment: environment.map(Into::into),
            planned_start: slot.start(),
            planned_end: slot.end(),
            all_day,
            critical,
            status,
            created_by: created_by.0,
            assignee_id: assignee_id.map(|user| user.0),
            series_id: series_id.map(|series| series.0),
            version,
        }
    }
}

/// A job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Job {
    id: Uuid,
    project_id: Uuid,
    title: String,
    description: String,
    #[schema(value_type = words::JobType)]
    job_type: JobType,
    /// Its environment's name.
    #[schema(required)]
    environment: Option<String>,
    /// Its environment's tier; a job without an environment counts as tier dev.
    #[schema(value_type = words::Tier)]
    tier: Tier,
    /// In which it collides.
    #[schema(required)]
    pool: Option<String>,
    planned_start: DateTime<Utc>,
    planned_end: DateTime<Utc>,
    all_day: bool,
    #[schema(required)]
    assignee_id: Option<Uuid>,
    /// As it was set; `null` where type and environment tell.
    #[schema(required)]
    critical: Option<bool>,
    /// Whether it takes part in conflicts.
    is_critical: bool,
    #[schema(required)]
    execution: Option<Execution>,
    auto_start: bool,
    #[schema(value_type = words::JobStatus)]
    status: JobStatus,
    /// The series that it is an occurrence of.
    #[schema(required)]
    series_id: Option<Uuid>,
    /// When that occurrence takes place by the series' rule, wherever the job was moved.
    #[schema(required)]
    occurrence: Option<DateTime<Utc>>,
    created_by: Uuid,
    edited_by: Uuid,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
    /// Whether it collides with anything.
    conflict: bool,
    /// With what.
    conflicts: Vec<Conflict>,
    /// Its open approvals.
    approvals: Vec<Approval>,
    /// Whether the caller may move it.
    editable: Decision,
    /// Whether the caller may launch it.
    can_launch: Decision,
}

impl Job {
    /// What its `ETag` tells.
    pub(crate) const fn version(&self) -> i64 {
        self.version
    }

    /// Its id.
    pub(crate) const fn id(&self) -> Uuid {
        self.id
    }
}

impl From<JobView> for Job {
    fn from(view: JobView) -> Self {
        let JobView { job, conflicts, pending, editable, can_launch } = view;
        let (tier, is_critical) = (job.tier(), job.is_critical());
        let model::Job {
            id,
            project_id,
            title,
            description,
            job_type,
            environment,
            slot,
            all_day,
            assignee_id,
            critical,
            execution,
            auto_start,
            status,
            created_by,
            edited_by,
            // Internal: who may not approve, and for which slot it was launched.
            execution_edited_by: _,
            auto_started_for: _,
            occurrence,
            created_at,
            updated_at,
            version,
        } = job;
        let (environment, pool) =
            environment.map_or((None, None), |environment| (Some(environment.name), Some(environment.pool)));
        Self {
            id: id.0,
            project_id: project_id.0,
            title,
            description,
            job_type,
            environment,
            tier,
            pool,
            planned_start: slot.start(),
            planned_end: slot.end(),
            all_day,
            assignee_id: assignee_id.map(|user| user.0),
            critical,
            is_critical,
            execution: execution.map(Into::into),
            auto_start,
            status: status.get(),
            series_id: occurrence.map(|occurrence| occurrence.series_id.0),
            occurrence: occurrence.map(|occurrence| occurrence.at),
            created_by: created_by.0,
            edited_by: edited_by.0,
            created_at,
            updated_at,
            version,
            conflict: !conflicts.is_empty(),
            conflicts: conflicts.into_iter().map(Into::into).collect(),
            approvals: pending.into_iter().map(Into::into).collect(),
            editable: editable.into(),
            can_launch: can_launch.into(),
        }
    }
}

/// A change that waits for a second person: the job is as it was.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobOutcome {
    /// The job, as it is now.
    pub job: Job,
    /// What is asked for.
    pub approval: Approval,
}

/// A job to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateJob {
    project_id: Uuid,
    #[schema(value_type = text::Title)]
    title: String,
    #[schema(value_type = Option<text::Description>)]
    description: Option<String>,
    #[schema(value_type = words::JobType)]
    job_type: JobType,
    /// The name of an environment of the project.
    #[schema(value_type = Option<text::Identifier>)]
    environment: Option<String>,
    /// With `all_day`, any instant of the first day in the hub's zone.
    planned_start: At,
    /// By default after the length usual for its type. With `all_day`, the midnight after the last day, or any instant of
    /// that day.
    planned_end: Option<At>,
    #[serde(default)]
    all_day: bool,
    assignee_id: Option<Uuid>,
    /// By default, type and environment tell.
    critical: Option<bool>,
    #[serde(default, deserialize_with = "optional_object")]
    execution: Option<Execution>,
    /// By default where there is an execution.
    auto_start: Option<bool>,
    /// To repeat: the job is the first occurrence of a series.
    #[serde(default, deserialize_with = "optional_object")]
    recurrence: Option<NewRecurrence>,
}

impl CreateJob {
    /// The job, and how it repeats.
    pub(crate) fn read(self) -> (NewJob, Option<hub::NewRecurrence>) {
        let CreateJob {
            project_id,
            title,
            description,
            job_type,
            environment,
            planned_start,
            planned_end,
            all_day,
            assignee_id,
            critical,
            execution,
            auto_start,
            recurrence,
        } = self;
        let new = NewJob {
            project_id: ProjectId(project_id),
            title,
            description,
            job_type,
            environment,
            planned_start: planned_start.0,
            planned_end: planned_end.map(|end| end.0),
            all_day,
            assignee_id: assignee_id.map(UserId),
            critical,
            execution: execution.map(Into::into),
            auto_start,
        };
        (new, recurrence.map(Into::into))
    }
}

/// What to change of a job: what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchJob {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = text::Title, required = false)]
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = text::Description, required = false)]
    description: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = words::JobType, required = false)]
    job_type: Option<JobType>,
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<text::Identifier>)]
    environment: Option<Option<String>>,
    /// Without a new end the length stays.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = At, required = false)]
    planned_start: Option<At>,
    /// `null`: the length usual for its type.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<At>)]
    planned_end: Option<Option<At>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    all_day: Option<bool>,
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Uuid>)]
    assignee_id: Option<Option<Uuid>>,
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<bool>)]
    critical: Option<Option<bool>>,
    #[serde(default, deserialize_with = "clearable_object")]
    #[schema(value_type = Option<Execution>)]
    execution: Option<Option<Execution>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    auto_start: Option<bool>,
    /// Into a freeze window: for admins, with a reason, and a second person approves.
    #[serde(default)]
    #[schema(required = false)]
    break_glass: bool,
    /// Why.
    #[serde(default)]
    #[schema(value_type = Option<text::Remark>)]
    reason: Option<String>,
    /// To repeat from now on; of a job that repeats, with scope `following` or `all`, to repeat otherwise.
    #[serde(default, deserialize_with = "optional_object")]
    #[schema(required = false)]
    recurrence: Option<NewRecurrence>,
}

impl From<PatchJob> for JobPatch {
    fn from(patch: PatchJob) -> Self {
        let PatchJob {
            title,
            description,
            job_type,
            environment,
            planned_start,
            planned_end,
            all_day,
            assignee_id,
            critical,
            execution,
            auto_start,
            break_glass,
            reason,
            recurrence,
        } = patch;
        Self {
            title,
            description,
            job_type,
            environment,
            planned_start: planned_start.map(|start| start.0),
            planned_end: planned_end.map(|end| end.map(|end| end.0)),
            all_day,
            assignee_id: assignee_id.map(|assignee| assignee.map(UserId)),
            critical,
            execution: execution.map(|execution| execution.map(Into::into)),
            auto_start,
            break_glass,
            reason,
            recurrence: recurrence.map(Into::into),
        }
    }
}

/// How much of what repeats, and whether only to tell what would happen.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeQuery {
    /// Says what would happen, and changes nothing.
    #[serde(default)]
    #[param(required = false, value_type = bool)]
    pub dry_run: bool,
    /// Of a job that repeats: this occurrence, this and the following, or all that have not begun.
    #[serde(default)]
    #[param(required = false, value_type = words::SeriesScope)]
    pub scope: hub::SeriesScope,
}

/// How much of what repeats.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScopeQuery {
    /// Of a job that repeats: this occurrence, this and the following, or all that have not begun.
    #[serde(default)]
    #[param(required = false, value_type = words::SeriesScope)]
    pub scope: hub::SeriesScope,
}

/// Whether only to tell what would happen.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DryRun {
    /// Says what would happen, and changes nothing.
    #[serde(default)]
    #[param(required = false, value_type = bool)]
    pub dry_run: bool,
}

/// Which jobs.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobQuery {
    /// Of this project.
    #[param(nullable = false)]
    project_id: Option<Uuid>,
    /// In environments of this name.
    #[param(value_type = Option<text::Query>, nullable = false)]
    environment: Option<String>,
    /// In this tier.
    #[param(value_type = Option<words::Tier>, nullable = false)]
    tier: Option<Tier>,
    /// Of this type.
    #[param(value_type = Option<words::JobType>, nullable = false)]
    job_type: Option<JobType>,
    /// With this status.
    #[param(value_type = Option<words::JobStatus>, nullable = false)]
    status: Option<JobStatus>,
    /// Ending after.
    #[param(value_type = Option<At>, nullable = false)]
    from: Option<At>,
    /// Starting before.
    #[param(value_type = Option<At>, nullable = false)]
    to: Option<At>,
    /// With this text in the title.
    #[param(value_type = Option<text::Query>, nullable = false)]
    q: Option<String>,
    /// Only the caller's own: created by, or assigned to.
    #[serde(default)]
    #[param(required = false, value_type = bool)]
    mine: bool,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500, default = 50, nullable = false)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<text::PageCursor>, nullable = false)]
    cursor: Option<String>,
}

impl JobQuery {
    /// What it asks for, by `me`.
    ///
    /// # Errors
    /// 422 with the parameter.
    pub(crate) fn read(self, me: UserId) -> Result<(JobFilter, Paged), Problem> {
        let Self { project_id, environment, tier, job_type, status, from, to, q, mine, limit, cursor } = self;
        for (field, text) in [("environment", &environment), ("q", &q)] {
            searchable(field, text.as_deref())?;
        }
        let paged = Paged::new(limit, cursor.as_deref())?;
        let filter = JobFilter {
            project_id: project_id.map(ProjectId),
            environment,
            tier,
            job_type,
            status,
            from: from.map(|at| at.0),
            to: to.map(|at| at.0),
            q,
            own: mine.then_some(me),
        };
        Ok((filter, paged))
    }
}

/// Text to look for: no database keeps a NUL, and no title is longer.
pub(crate) fn searchable(field: &str, text: Option<&str>) -> Result<(), Problem> {
    match text {
        Some(text) if text.contains('\0') => Err(Problem::invalid(field, "has a NUL character")),
        Some(text) if text.chars().count() > 200 => {
            Err(Problem::invalid(field, "is longer than 200 characters"))
        }
        _ => Ok(()),
    }
}

/// How many suggestions.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuggestionQuery {
    /// At most so many.
    #[param(minimum = 1, maximum = 50, default = 5, nullable = false)]
    limit: Option<u32>,
}

impl SuggestionQuery {
    /// How many.
    ///
    /// # Errors
    /// 422 outside 1 to 50.
    pub(crate) fn read(self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(5) {
            limit @ 1..=50 => Ok(limit as usize),
            _ => Err(Problem::invalid("limit", "must be 1 to 50")),
        }
    }
}

/// A slot that a job could go to.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    planned_start: DateTime<Utc>,
    planned_end: DateTime<Utc>,
    /// How much later than now; negative if earlier.
    shift_seconds: i64,
}

impl From<hub::Suggested> for Suggestion {
    fn from(suggested: hub::Suggested) -> Self {
        let hub::Suggested { slot, shift_seconds } = suggested;
        Self { planned_start: slot.start(), planned_end: slot.end(), shift_seconds }
    }
}
