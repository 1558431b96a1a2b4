//! Approvals.

use axum::Json;
use uhub_core::model::{self, ApprovalId, ApprovalState};

use crate::{
    extract::{self, Caller, Id, OptionalJson, Query},
    problem::Result,
    wire::{Approval, ApprovalQuery, Approve, List, Reject},
};

/// Approvals, pending ones first, then the newest first.
#[utoipa::path(
    get, path = "/approvals", tag = "approvals", params(ApprovalQuery),
    responses((status = 200, description = "Approvals", body = List<Approval>))
)]
pub(crate) async fn list(caller: Caller, Query(query): Query<ApprovalQuery>) -> Result<Json<List<Approval>>> {
    let paged = query.page()?;
    let approvals = caller.hub().approvals(query.state, paged.page()).await?;
    let key =
        |approval: &model::Approval| (i64::from(approval.state != ApprovalState::Pending), approval.id.0);
    Ok(Json(paged.list(approvals, key, Into::into)))
}

/// One approval.
#[utoipa::path(
    get, path = "/approvals/{id}", tag = "approvals",
    params(("id" = uuid::Uuid, Path, description = "The approval's id")),
    responses((status = 200, description = "The approval", body = Approval))
)]
pub(crate) async fn get(caller: Caller, Id(id): Id) -> Result<Json<Approval>> {
    Ok(Json(caller.hub().approval(ApprovalId(id)).await?.into()))
}

/// Approves: what was asked for may happen, once.
#[utoipa::path(
    post, path = "/approvals/{id}/approve", tag = "approvals", request_body = Option<Approve>,
    params(("id" = uuid::Uuid, Path, description = "The approval's id")),
    responses((status = 200, description = "The approval", body = Approval))
)]
pub(crate) async fn approve(
    caller: Caller,
    Id(id): Id,
    OptionalJson(Approve { comment }): OptionalJson<Approve>,
) -> Result<Json<Approval>> {
    Ok(Json(caller.hub().approve(ApprovalId(id), comment).await?.into()))
}

/// Rejects, with the reason.
#[utoipa::path(
    post, path = "/approvals/{id}/reject", tag = "approvals", request_body = Reject,
    params(("id" = uuid::Uuid, Path, description = "The approval's id")),
    responses((status = 200, description = "The approval", body = Approval))
)]
pub(crate) async fn reject(
    caller: Caller,
    Id(id): Id,
    extract::Json(Reject { comment }): extract::Json<Reject>,
) -> Result<Json<Approval>> {
    Ok(Json(caller.hub().reject(ApprovalId(id), comment).await?.into()))
}
