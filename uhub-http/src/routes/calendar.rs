//! The calendar.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    calendar_cache::{Finished, Key},
    extract::{self, Caller, Query, is_known},
    problem::{Problem, Result},
    state::AppState,
    wire::{CalendarEvent, CalendarQuery, CalendarRead, ConflictGroup, Resolve, Resolved, WindowQuery},
};

/// The calendar's events, as FullCalendar reads them. What has not changed is served again without reading it again; the
/// answer is never older than the request.
#[utoipa::path(
    get, path = "/calendar/events", tag = "calendar",
    params(CalendarQuery, ("If-None-Match" = Option<String>, Header, description = "The ETag of the answer at hand")),
    responses(
        (status = 200, description = "Events", body = Vec<CalendarEvent>),
        (status = 304, description = "Nothing has changed"),
    )
)]
pub(crate) async fn events(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<CalendarQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let read = query.read(state.hub().settings().timezone, caller.user.id)?;
    let key =
        Key { user: caller.user.id, role: caller.user.role, scopes: caller.scopes(), query: read.key() };
    let finished = match state.calendars().get(&key, &caller.revision) {
        Some(finished) => finished,
        None => {
            let body = feed(&state, &caller, &read).await?;
            state.calendars().put(key, caller.revision, body)
        }
    };
    Ok(answer(&headers, finished))
}

async fn feed(state: &AppState, caller: &Caller, read: &CalendarRead) -> Result<Bytes> {
    let items = caller.hub().calendar(read.window, &read.filter).await?;
    let zone = state.hub().settings().timezone;
    let events: Vec<CalendarEvent> =
        items.into_iter().map(|item| CalendarEvent::new(item, read.color_by, zone)).collect();
    serde_json::to_vec(&events).map(Bytes::from).map_err(|_| Problem::internal())
}

fn answer(headers: &HeaderMap, finished: Finished) -> Response {
    let Finished { body, etag } = finished;
    let mut response = if is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    if let Ok(etag) = HeaderValue::try_from(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    // To be kept by the caller alone, and asked about each time.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// What collides: jobs that hang together by overlaps in one pool, and freeze windows with what lies in them.
#[utoipa::path(
    get, path = "/calendar/conflicts", tag = "calendar", params(WindowQuery),
    responses((status = 200, description = "Groups", body = Vec<ConflictGroup>))
)]
pub(crate) async fn conflicts(
    caller: Caller,
    Query(query): Query<WindowQuery>,
) -> Result<Json<Vec<ConflictGroup>>> {
    let groups = caller.hub().conflicts(query.read()?).await?;
    Ok(Json(groups.into_iter().map(Into::into).collect()))
}

/// The moves that free every conflict with the least total shift, in order within a pool. With `apply`, does those that
/// the caller may.
#[utoipa::path(
    post, path = "/calendar/resolve", tag = "calendar", request_body = Resolve,
    responses((status = 200, description = "The moves", body = Resolved))
)]
pub(crate) async fn resolve(
    caller: Caller,
    extract::Json(resolve): extract::Json<Resolve>,
) -> Result<Json<Resolved>> {
    let (window, pools, apply) = resolve.read()?;
    Ok(Json(caller.hub().resolve(window, pools, apply).await?.into()))
}
