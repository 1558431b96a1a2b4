//! The audit.

use axum::Json;

use crate::{
    extract::{Caller, Query},
    problem::Result,
    wire::{AuditItem, AuditQuery, List, Verification},
};

/// Audit entries, the newest first. Role projets sees those of its own projects.
#[utoipa::path(
    get, path = "/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "Entries", body = List<AuditItem>))
)]
pub(crate) async fn list(caller: Caller, Query(query): Query<AuditQuery>) -> Result<Json<List<AuditItem>>> {
    let (filter, paged) = query.read()?;
    let rows = caller.hub().audit(&filter, paged.page()).await?;
    Ok(Json(paged.list(rows, |row| (0, row.entry.id.0), Into::into)))
}

/// Walks the whole chain.
#[utoipa::path(
    get, path = "/audit/verify", tag = "audit",
    responses((status = 200, description = "What was found", body = Verification))
)]
pub(crate) async fn verify(caller: Caller) -> Result<Json<Verification>> {
    Ok(Json(caller.hub().verify_audit().await?.into()))
}
