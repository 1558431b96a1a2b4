//! What administers the hub.

use axum::{Json, extract::State};

use crate::{demo, extract::Caller, problem::Result, state::AppState, wire::SeedReport};

/// Imports the demo. Twice is once.
#[utoipa::path(
    post, path = "/admin/seeds/demo", tag = "admin",
    responses((status = 200, description = "What was found and made", body = SeedReport))
)]
pub(crate) async fn seed_demo(State(state): State<AppState>, caller: Caller) -> Result<Json<SeedReport>> {
    let data = demo::data(state.settings().demo_program.as_deref())?;
    Ok(Json(caller.hub().import_demo(&data).await?.into()))
}
