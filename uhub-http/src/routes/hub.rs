//! The hub itself.

use axum::{Json, extract::State};

use crate::{auth::peer::Peer, problem::Result, state::AppState, wire::HubInfo};

/// What a sign-in page needs to know: which zone, whether anybody is there yet, and on a demo hub with whom to try it.
#[utoipa::path(
    get, path = "/hub", tag = "auth", security(()),
    responses((status = 200, description = "The hub", body = HubInfo))
)]
pub(crate) async fn info(State(state): State<AppState>, peer: Peer) -> Result<Json<HubInfo>> {
    let needs_admin = !state.hub().has_users().await?;
    let demo_accounts = if state.settings().is_demo {
        state.demo_accounts().open(state.hub(), state.users().freshness()).await?
    } else {
        Vec::new()
    };
    Ok(Json(HubInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time_zone: state.hub().settings().timezone.name().to_owned(),
        needs_admin,
        needs_bootstrap_token: needs_admin && !state.settings().may_bootstrap_without_token(peer),
        demo_accounts: demo_accounts.into_iter().map(Into::into).collect(),
    }))
}
