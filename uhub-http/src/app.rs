//! The router: routes, and what surrounds each request.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate as _,
        predicate::{DefaultPredicate, NotForContentType, SizeAbove},
    },
};
use tracing::Instrument as _;

#[cfg(feature = "ui")]
use crate::ui;
use crate::{problem::Problem, routes, state::AppState};

/// The whole API and the web app, to be served or mounted. A host that mounts it tells the peers' addresses by
/// [`ConnectInfo`](axum::extract::ConnectInfo), as axum's own server does.
pub fn router(state: AppState) -> Router {
    let (documented, _) = routes::documented().split_for_parts();
    assembled(state, documented.merge(routes::undocumented()).merge(front()))
}

#[cfg(feature = "ui")]
fn front() -> Router<AppState> {
    ui::routes().unwrap_or_else(routes::front_door)
}

#[cfg(not(feature = "ui"))]
fn front() -> Router<AppState> {
    routes::front_door()
}

/// Routes, and what surrounds them.
pub(crate) fn assembled(state: AppState, routes: Router<AppState>) -> Router {
    routes
        .fallback(|| async { Problem::not_found("path") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(middleware::from_fn_with_state(state.clone(), surround))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(
            DefaultPredicate::new().and(SizeAbove::new(1024)).and(NotForContentType::const_new("font/")),
        ))
        .with_state(state)
}

/// Gives each request an id, a span, a deadline, and each answer its headers; a panic becomes a 500.
async fn surround(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = state.hub().new_id();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    // The path, never the query: that may carry a calendar's token.
    let path: String = request.uri().path().chars().take(256).collect();
    let span = tracing::info_span!("request", %id, %method, path, user = tracing::field::Empty);
    let limit = state.settings().request_timeout;

    let answer = AssertUnwindSafe(tokio::time::timeout(limit, next.run(request))).catch_unwind();
    let mut response = async {
        let response = match answer.await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => Problem::unavailable("it took too long").into_response(),
            Err(_) => {
                tracing::error!("a handler panicked");
                Problem::internal().into_response()
            }
        };
        let took = began.elapsed();
        tell(response.status().as_u16(), took);
        state.metrics().answered(known(&method), &route, response.status().as_u16(), took);
        response
    }
    .instrument(span)
    .await;

    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// What every answer carries where it does not say otherwise.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

fn tell(status: u16, took: Duration) {
    let took_ms = took.as_secs_f64() * 1000.0;
    if status >= 500 {
        tracing::warn!(status, took_ms, "answered");
    } else {
        tracing::info!(status, took_ms, "answered");
    }
}

/// A client may send any word as a method: only those of HTTP become labels.
fn known(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests;
