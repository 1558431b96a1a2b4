//! Runs and their logs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uhub_core::{
    hub,
    model::{self, BackendKind, JobId, RunOrigin, RunStatus, Stream},
    ports::store::RunFilter,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Approval, At, Execution, Paged, text, words};
use crate::problem::Problem;

/// One execution of a job, retried attempts included.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Run {
    id: Uuid,
    job_id: Uuid,
    project_id: Uuid,
    /// The present attempt, from 1.
    attempt: u32,
    #[schema(value_type = words::BackendKind)]
    backend: BackendKind,
    /// As it was when the run was asked for.
    execution: Execution,
    #[schema(value_type = words::RunStatus)]
    status: RunStatus,
    /// Grows with each claim.
    fence: i64,
    #[schema(value_type = words::RunOrigin)]
    origin: RunOrigin,
    requested_by: Uuid,
    #[schema(required)]
    reason: Option<String>,
    #[schema(required)]
    approval_id: Option<Uuid>,
    #[schema(required)]
    approved_by: Option<Uuid>,
    due_at: DateTime<Utc>,
    #[schema(required)]
    worker: Option<String>,
    #[schema(required)]
    cancel_requested_at: Option<DateTime<Utc>>,
    #[schema(required)]
    exit_code: Option<i32>,
    /// How it ended, in a word or a line.
    #[schema(required)]
    outcome: Option<String>,
    created_at: DateTime<Utc>,
    #[schema(required)]
    started_at: Option<DateTime<Utc>>,
    #[schema(required)]
    ended_at: Option<DateTime<Utc>>,
}

impl Run {
    /// Its id.
    pub(crate) const fn id(&self) -> Uuid {
        self.id
    }
}

impl From<model::Run> for Run {
    fn from(run: model::Run) -> Self {
        let model::Run {
            id,
            job_id,
            project_id,
            attempt,
            backend,
            execution,
            status,
            fence,
            origin,
            requested_by,
            reason,
            approval_id,
            approved_by,
            due_at,
            worker,
            // Of use to workers only.
            handle: _,
            log_from: _,
            lease_until: _,
            cancel_requested_at,
            exit_code,
            outcome,
            created_at,
            started_at,
            ended_at,
        } = run;
        Self {
            id: id.0,
            job_id: job_id.0,
            project_id: project_id.0,
            attempt,
            backend,
            execution: execution.into(),
            status: status.get(),
            fence,
            origin,
            requested_by: requested_by.0,
            reason,
            approval_id: approval_id.map(|approval| approval.0),
            approved_by: approved_by.map(|user| user.0),
            due_at,
            worker,
            cancel_requested_at,
            exit_code,
            outcome,
            created_at,
            started_at,
            ended_at,
        }
    }
}

/// A run that waits for a second person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LaunchOutcome {
    /// The run.
    pub run: Run,
    /// What is asked for.
    pub approval: Approval,
}

/// How to launch.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Launch {
    /// Another backend than the job's.
    #[schema(value_type = Option<words::BackendKind>)]
    backend: Option<BackendKind>,
    /// Why.
    #[schema(value_type = Option<text::Remark>)]
    reason: Option<String>,
    /// Inside a freeze window: for admins, with a reason, and a second person approves.
    #[schema(required = false)]
    break_glass: bool,
}

impl From<Launch> for hub::Launch {
    fn from(launch: Launch) -> Self {
        let Launch { backend, reason, break_glass } = launch;
        Self { backend, reason, break_glass }
    }
}

/// Which runs.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunQuery {
    /// Of this job.
    #[param(nullable = false)]
    job_id: Option<Uuid>,
    /// With this status.
    #[param(value_type = Option<words::RunStatus>, nullable = false)]
    status: Option<RunStatus>,
    /// Asked for at or after.
    #[param(value_type = Option<At>, nullable = false)]
    from: Option<At>,
    /// Asked for before.
    #[param(value_type = Option<At>, nullable = false)]
    to: Option<At>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500, default = 50, nullable = false)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<text::PageCursor>, nullable = false)]
    cursor: Option<String>,
}

impl RunQuery {
    /// What it asks for.
    ///
    /// # Errors
    /// 422 with the parameter.
    pub(crate) fn read(self) -> Result<(RunFilter, Paged), Problem> {
        let Self { job_id, status, from, to, limit, cursor } = self;
        let paged = Paged::new(limit, cursor.as_deref())?;
        let (from, to) = (from.map(|at| at.0), to.map(|at| at.0));
        Ok((RunFilter { job_id: job_id.map(JobId), status, from, to }, paged))
    }
}

/// From where on to read a log.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// Behind the chunk of this number; `Last-Event-ID` says the same.
    #[param(minimum = 0, nullable = false)]
    pub after: Option<i64>,
}

/// The data of a `log` event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LogEvent<'a> {
    /// From which output.
    #[schema(value_type = words::Stream)]
    pub stream: Stream,
    /// When it came.
    pub at: DateTime<Utc>,
    /// The output, not always whole lines. What is not UTF-8 is shown as U+FFFD.
    pub text: &'a str,
}

/// The data of the `end` event: nothing follows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EndEvent {
    /// How the run ended.
    #[schema(value_type = words::RunStatus)]
    pub status: RunStatus,
    /// The exit code of the last attempt.
    #[schema(required)]
    pub exit_code: Option<i32>,
    /// How it ended, in a word or a line.
    #[schema(required)]
    pub outcome: Option<String>,
}
