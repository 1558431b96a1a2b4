//! Freeze windows.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use uhub_core::model::FreezeId;

use super::created;
use crate::{
    extract::{self, Caller, Id, Query},
    problem::Result,
    wire::{DryRun, Freeze, FreezeOutcome, List, NewFreeze, PageQuery},
};

/// All freeze windows.
#[utoipa::path(
    get, path = "/freezes", tag = "freezes", params(PageQuery),
    responses((status = 200, description = "Freeze windows, in the order of creation", body = List<Freeze>))
)]
pub(crate) async fn list(caller: Caller, Query(query): Query<PageQuery>) -> Result<Json<List<Freeze>>> {
    let paged = query.read()?;
    let freezes = caller.hub().freezes(paged.page()).await?;
    Ok(Json(paged.list(freezes, |freeze| (0, freeze.id.0), Into::into)))
}

/// Creates a freeze window: nothing may move in or run.
#[utoipa::path(
    post, path = "/freezes", tag = "freezes", request_body = NewFreeze, params(DryRun),
    responses(
        (status = 200, description = "With `dry_run`: what it would stop", body = FreezeOutcome),
        (status = 201, description = "The window, with the jobs that it stops", body = FreezeOutcome),
    )
)]
pub(crate) async fn create(
    caller: Caller,
    Query(DryRun { dry_run }): Query<DryRun>,
    extract::Json(new): extract::Json<NewFreeze>,
) -> Result<Response> {
    let outcome = FreezeOutcome::from(caller.hub().create_freeze(new.into(), dry_run).await?);
    Ok(if dry_run { Json(outcome).into_response() } else { created("/freezes".to_owned(), outcome) })
}

/// Ends a freeze window.
#[utoipa::path(
    delete, path = "/freezes/{id}", tag = "freezes",
    params(("id" = uuid::Uuid, Path, description = "The window's id")),
    responses((status = 204, description = "It no longer holds"))
)]
pub(crate) async fn delete(caller: Caller, Id(id): Id) -> Result<StatusCode> {
    caller.hub().delete_freeze(FreezeId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
