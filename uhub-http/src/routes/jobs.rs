//! Jobs.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use uhub_core::{
    hub::{self, JobUpdate},
    model::JobId,
};

use super::{accepted, tagged, versioned};
use crate::{
    extract::{self, Caller, Id, IdempotencyKey, IfMatch, Query},
    problem::Result,
    wire::{
        ChangeQuery, CreateJob, DryRun, Job, JobOutcome, JobQuery, List, PatchJob, ScopeQuery, Suggestion,
        SuggestionQuery,
        text::{EntityTag, Key},
    },
};

/// 200 or 201 with the job, or 202 where a second person has to approve first.
fn outcome(status: StatusCode, outcome: hub::JobOutcome) -> Response {
    match outcome {
        hub::JobOutcome::Done(view) => {
            let job = Job::from(view);
            let location = (status == StatusCode::CREATED).then(|| format!("/jobs/{}", job.id()));
            let mut response = tagged(status, job.version(), job);
            if let Some(Ok(location)) = location.map(TryInto::try_into) {
                response.headers_mut().insert(axum::http::header::LOCATION, location);
            }
            response
        }
        hub::JobOutcome::Waiting { job, approval } => {
            accepted(JobOutcome { job: job.into(), approval: approval.into() })
        }
    }
}

/// Jobs that match, by start.
#[utoipa::path(
    get, path = "/jobs", tag = "jobs", params(JobQuery),
    responses((status = 200, description = "Jobs", body = List<Job>))
)]
pub(crate) async fn list(caller: Caller, Query(query): Query<JobQuery>) -> Result<Json<List<Job>>> {
    let (filter, paged) = query.read(caller.user.id)?;
    let jobs = caller.hub().jobs(&filter, paged.page()).await?;
    let key = |view: &hub::JobView| (view.job.slot.start().timestamp_micros(), view.job.id.0);
    Ok(Json(paged.list(jobs, key, Into::into)))
}

/// Plans a job.
#[utoipa::path(
    post, path = "/jobs", tag = "jobs", request_body = CreateJob,
    params(
        ("Idempotency-Key" = Option<Key>, Header, description = "The same key with the same request is one job"),
        DryRun,
    ),
    responses(
        (status = 200, description = "With `dry_run`, the job as it would be, with what it would collide with", body = Job),
        (status = 201, description = "The job, with what it collides with", body = Job),
        (status = 202, description = "It waits for a second person", body = JobOutcome),
    )
)]
pub(crate) async fn create(
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Query(DryRun { dry_run }): Query<DryRun>,
    extract::Json(new): extract::Json<CreateJob>,
) -> Result<Response> {
    let (hub, key) = (caller.hub(), key.as_deref());
    let (new, recurrence) = new.read();
    if dry_run {
        return Ok(outcome(StatusCode::OK, hub.try_create_job(new, recurrence, key).await?));
    }
    let created = match recurrence {
        None => hub.create_job(new, key).await?,
        Some(recurrence) => hub.create_series(new, recurrence, key).await?,
    };
    Ok(outcome(StatusCode::CREATED, created))
}

/// One job.
#[utoipa::path(
    get, path = "/jobs/{id}", tag = "jobs", params(("id" = uuid::Uuid, Path, description = "The job's id")),
    responses((status = 200, description = "The job", body = Job))
)]
pub(crate) async fn get(caller: Caller, Id(id): Id) -> Result<Response> {
    let job = Job::from(caller.hub().job(JobId(id)).await?);
    Ok(versioned(job.version(), job))
}

/// Changes a job: its slot, its words, its execution.
#[utoipa::path(
    patch, path = "/jobs/{id}", tag = "jobs", request_body = PatchJob,
    params(
        ("id" = uuid::Uuid, Path, description = "The job's id"),
        ("If-Match" = Option<EntityTag>, Header, description = "The ETag that was read"),
        ChangeQuery,
    ),
    responses(
        (status = 200, description = "The job, with what it collides with", body = Job),
        (status = 202, description = "It waits for a second person; the job is as it was", body = JobOutcome),
    )
)]
pub(crate) async fn patch(
    caller: Caller,
    Id(id): Id,
    IfMatch(if_version): IfMatch,
    Query(ChangeQuery { dry_run, scope }): Query<ChangeQuery>,
    extract::Json(patch): extract::Json<PatchJob>,
) -> Result<Response> {
    let how = JobUpdate { if_version, dry_run, scope };
    Ok(outcome(StatusCode::OK, caller.hub().update_job(JobId(id), patch.into(), how).await?))
}

/// Calls a job off. The row stays.
#[utoipa::path(
    delete, path = "/jobs/{id}", tag = "jobs",
    params(
        ("id" = uuid::Uuid, Path, description = "The job's id"),
        ("If-Match" = Option<EntityTag>, Header, description = "The ETag that was read"),
        ScopeQuery,
    ),
    responses(
        (status = 200, description = "The job", body = Job),
        (status = 202, description = "It waits for a second person; the job is as it was", body = JobOutcome),
    )
)]
pub(crate) async fn cancel(
    caller: Caller,
    Id(id): Id,
    IfMatch(version): IfMatch,
    Query(ScopeQuery { scope }): Query<ScopeQuery>,
) -> Result<Response> {
    Ok(outcome(StatusCode::OK, caller.hub().cancel_series(JobId(id), version, scope).await?))
}

/// The nearest free slots of the same length, nearest first. The caller may move the job to each of them.
#[utoipa::path(
    get, path = "/jobs/{id}/suggestions", tag = "jobs",
    params(("id" = uuid::Uuid, Path, description = "The job's id"), SuggestionQuery),
    responses((status = 200, description = "Slots", body = Vec<Suggestion>))
)]
pub(crate) async fn suggestions(
    caller: Caller,
    Id(id): Id,
    Query(query): Query<SuggestionQuery>,
) -> Result<Response> {
    let found = caller.hub().suggestions(JobId(id), query.read()?).await?;
    Ok(Json(found.into_iter().map(Suggestion::from).collect::<Vec<_>>()).into_response())
}

/// Marks a meeting, or a job without an execution, as done.
#[utoipa::path(
    post, path = "/jobs/{id}/done", tag = "jobs", params(("id" = uuid::Uuid, Path, description = "The job's id")),
    responses((status = 200, description = "The job", body = Job))
)]
pub(crate) async fn done(caller: Caller, Id(id): Id) -> Result<Response> {
    let job = Job::from(caller.hub().mark_done(JobId(id)).await?);
    Ok(versioned(job.version(), job))
}
