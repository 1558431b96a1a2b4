//! The routes: each extracts the caller and the input, asks the hub once, and maps the answer.

mod admin;
mod approvals;
mod audit;
mod auth;
mod calendar;
mod docs;
mod events;
mod freezes;
mod health;
mod hooks;
mod hub;
mod ics;
mod jobs;
mod logs;
mod metrics;
mod projects;
mod runs;
mod series;
mod sessions;
mod tokens;
mod users;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// Every route that the document describes.
pub(crate) fn documented() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(auth::token))
        .routes(routes!(sessions::open, sessions::close))
        .routes(routes!(sessions::refresh))
        .routes(routes!(hub::info))
        .routes(routes!(auth::bootstrap))
        .routes(routes!(auth::me))
        .routes(routes!(auth::new_calendar_token, auth::revoke_calendar_token))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::get, users::patch))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(projects::list, projects::create))
        .routes(routes!(projects::get, projects::patch))
        .routes(routes!(jobs::list, jobs::create))
        .routes(routes!(jobs::get, jobs::patch, jobs::cancel))
        .routes(routes!(jobs::suggestions))
        .routes(routes!(jobs::done))
        .routes(routes!(series::list))
        .routes(routes!(series::get))
        .routes(routes!(runs::launch))
        .routes(routes!(runs::list))
        .routes(routes!(runs::get))
        .routes(routes!(runs::cancel))
        .routes(routes!(logs::logs))
        .routes(routes!(hooks::run))
        .routes(routes!(calendar::events))
        .routes(routes!(calendar::conflicts))
        .routes(routes!(calendar::resolve))
        .routes(routes!(ics::feed))
        .routes(routes!(ics::export))
        .routes(routes!(ics::import))
        .routes(routes!(freezes::list, freezes::create))
        .routes(routes!(freezes::delete))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::get))
        .routes(routes!(approvals::approve))
        .routes(routes!(approvals::reject))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
        .routes(routes!(events::events))
        .routes(routes!(admin::seed_demo))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
}

pub(crate) use docs::{front_door, undocumented};

/// 200 with the `ETag` of a version.
fn versioned<T: Serialize>(version: i64, body: T) -> Response {
    tagged(StatusCode::OK, version, body)
}

fn tagged<T: Serialize>(status: StatusCode, version: i64, body: T) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// 201 with the `Location` of what was made.
fn created<T: Serialize>(location: String, body: T) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// 202: it waits for a second person.
fn accepted<T: Serialize>(body: T) -> Response {
    (StatusCode::ACCEPTED, Json(body)).into_response()
}
