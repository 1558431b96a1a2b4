//! Is it alive, is it ready?

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{problem::Result, state::AppState};

/// How it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`
    #[schema(value_type = String)]
    status: &'static str,
}

/// The process answers.
#[utoipa::path(
    get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, description = "It lives", body = Health))
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The database answers too.
#[utoipa::path(
    get, path = "/readyz", tag = "health", security(()),
    responses((status = 200, description = "It can serve", body = Health))
)]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<Json<Health>> {
    state.hub().store().ping().await?;
    Ok(Json(Health { status: "ok" }))
}
