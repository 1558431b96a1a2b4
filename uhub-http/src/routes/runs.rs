//! Runs.

use axum::{Json, response::Response};
use uhub_core::{
    hub,
    model::{JobId, RunId},
};

use super::{accepted, created};
use crate::{
    extract::{Caller, Id, IdempotencyKey, OptionalJson, Query},
    problem::Result,
    wire::{Launch, LaunchOutcome, List, Run, RunQuery, text::Key},
};

/// Launches a run of a job.
#[utoipa::path(
    post, path = "/jobs/{id}/runs", tag = "runs", request_body = Option<Launch>,
    params(
        ("id" = uuid::Uuid, Path, description = "The job's id"),
        ("Idempotency-Key" = Option<Key>, Header, description = "The same key with the same request is one run"),
    ),
    responses(
        (status = 201, description = "The run: it waits for a worker", body = Run),
        (status = 202, description = "It waits for a second person", body = LaunchOutcome),
    )
)]
pub(crate) async fn launch(
    caller: Caller,
    Id(id): Id,
    IdempotencyKey(key): IdempotencyKey,
    OptionalJson(launch): OptionalJson<Launch>,
) -> Result<Response> {
    Ok(match caller.hub().launch(JobId(id), launch.into(), key.as_deref()).await? {
        hub::LaunchOutcome::Started(run) => {
            let run = Run::from(run);
            created(format!("/runs/{}", run.id()), run)
        }
        hub::LaunchOutcome::Waiting { run, approval } => {
            accepted(LaunchOutcome { run: run.into(), approval: approval.into() })
        }
    })
}

/// Runs that match, the newest first.
#[utoipa::path(
    get, path = "/runs", tag = "runs", params(RunQuery),
    responses((status = 200, description = "Runs", body = List<Run>))
)]
pub(crate) async fn list(caller: Caller, Query(query): Query<RunQuery>) -> Result<Json<List<Run>>> {
    let (filter, paged) = query.read()?;
    let runs = caller.hub().runs(&filter, paged.page()).await?;
    Ok(Json(paged.list(runs, |run| (0, run.id.0), Into::into)))
}

/// One run.
#[utoipa::path(
    get, path = "/runs/{id}", tag = "runs", params(("id" = uuid::Uuid, Path, description = "The run's id")),
    responses((status = 200, description = "The run", body = Run))
)]
pub(crate) async fn get(caller: Caller, Id(id): Id) -> Result<Json<Run>> {
    Ok(Json(caller.hub().run(RunId(id)).await?.into()))
}

/// Cancels a run.
#[utoipa::path(
    post, path = "/runs/{id}/cancel", tag = "runs", params(("id" = uuid::Uuid, Path, description = "The run's id")),
    responses((status = 202, description = "It will end as cancelled", body = Run))
)]
pub(crate) async fn cancel(caller: Caller, Id(id): Id) -> Result<Response> {
    Ok(accepted(Run::from(caller.hub().cancel_run(RunId(id)).await?)))
}
