//! Metrics, for Prometheus.

use axum::{
    extract::{FromRequestParts as _, Request, State},
    http::header,
    response::{IntoResponse as _, Response},
};
use subtle::ConstantTimeEq as _;
use uhub_core::rbac::Action;

use crate::{
    extract::{Caller, bearer},
    problem::Result,
    state::AppState,
};

/// Metrics, for admins or with the configured scrape token.
#[utoipa::path(
    get, path = "/metrics", tag = "admin",
    responses((status = 200, description = "In OpenMetrics text", body = String, content_type = "application/openmetrics-text"))
)]
pub(crate) async fn metrics(State(state): State<AppState>, request: Request) -> Result<Response> {
    let (mut parts, _) = request.into_parts();
    let is_scraper = state.settings().metrics_token.as_deref().is_some_and(|token| {
        bearer(&parts.headers).is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.as_bytes())))
    });
    if !is_scraper {
        let caller = Caller::from_request_parts(&mut parts, &state).await?;
        caller.hub().authorize(Action::HubManage).await?;
    }
    let runs = state.hub().store().read().await?.count_runs().await?;
    let text = state.metrics().text(&runs);
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
        .into_response())
}
