//! The calendar as iCalendar (RFC 5545), for calendar programs.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use chrono::TimeDelta;
use serde::Deserialize;
use uhub_core::{
    Hub,
    hub::Acting,
    model::{ProjectId, Slot, UserId},
    ports::store::JobFilter,
};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    extract::{self, Caller, Query},
    ics,
    problem::{Problem, Result},
    state::AppState,
    wire::{At, DryRun, ImportEvents, ImportedEvents, window},
};

/// How far the feed reaches, either way.
const REACH: TimeDelta = TimeDelta::days(180);

/// Whose feed, and of what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// The caller's token, from `POST /auth/calendar-token`.
    #[param(max_length = 256)]
    token: String,
    /// Of this project.
    #[param(nullable = false)]
    project_id: Option<Uuid>,
    /// Created by, or assigned to, this user.
    #[param(nullable = false)]
    person: Option<Uuid>,
    /// Only the caller's own: created by, or assigned to.
    #[serde(default)]
    #[param(required = false, value_type = bool)]
    mine: bool,
}

impl std::fmt::Debug for FeedQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FeedQuery")
    }
}

/// The jobs of half a year before and after now, for calendar programs: of the whole hub, a project, a person. The token may
/// read this feed and nothing else.
#[utoipa::path(
    get, path = "/calendar.ics", tag = "calendar", security(()), params(FeedQuery),
    responses(
        (status = 200, description = "The feed", body = String, content_type = "text/calendar"),
        (status = 404, description = "No such feed", body = crate::problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn feed(State(state): State<AppState>, Query(query): Query<FeedQuery>) -> Result<Response> {
    let FeedQuery { token, project_id, person, mine } = query;
    let hub = state.hub();
    let user = hub.calendar_token_owner(&token).await?.ok_or_else(|| Problem::not_found("calendar"))?;
    let filter = filter(project_id, person, mine, user.id)?;
    answer(hub, &hub.acting_as(&user), around_now(hub)?, &filter).await
}

/// Which part of the calendar.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// From this instant on; by default half a year before now.
    #[param(value_type = Option<At>, nullable = false)]
    start: Option<At>,
    /// Up to this instant; by default half a year after now.
    #[param(value_type = Option<At>, nullable = false)]
    end: Option<At>,
    /// Of this project.
    #[param(nullable = false)]
    project_id: Option<Uuid>,
    /// Created by, or assigned to, this user.
    #[param(nullable = false)]
    person: Option<Uuid>,
    /// Only the caller's own: created by, or assigned to.
    #[serde(default)]
    #[param(required = false, value_type = bool)]
    mine: bool,
}

/// The calendar as an iCalendar file: of the whole hub, a project, a person.
#[utoipa::path(
    get, path = "/calendar/export", tag = "calendar", params(ExportQuery),
    responses((status = 200, description = "The file", body = String, content_type = "text/calendar"))
)]
pub(crate) async fn export(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ExportQuery>,
) -> Result<Response> {
    let ExportQuery { start, end, project_id, person, mine } = query;
    let hub = state.hub();
    let around = around_now(hub)?;
    let start = start.map_or(around.start(), |At(at)| at);
    let end = end.map_or(around.end(), |At(at)| at);
    let window = window(start, end)?;
    let filter = filter(project_id, person, mine, caller.user.id)?;
    answer(hub, &caller.hub(), window, &filter).await
}

/// Takes in the events of another calendar, as meetings or as freeze windows: all of them, or none. A meeting that repeats
/// becomes a series, a window that repeats single windows, 400 days ahead. The same file again changes nothing, a later one
/// what differs; what it no longer names stays.
#[utoipa::path(
    post, path = "/calendar/import", tag = "calendar", request_body = ImportEvents, params(DryRun),
    responses((status = 200, description = "What came of it, or with `dry_run` would", body = ImportedEvents))
)]
pub(crate) async fn import(
    State(state): State<AppState>,
    caller: Caller,
    Query(DryRun { dry_run }): Query<DryRun>,
    extract::Json(body): extract::Json<ImportEvents>,
) -> Result<Json<ImportedEvents>> {
    let (text, what) = body.read()?;
    let events = ics::read(&text, state.hub().settings().timezone)?;
    Ok(Json(caller.hub().import_events(&events, &what, dry_run).await?.into()))
}

fn around_now(hub: &Hub) -> Result<Slot> {
    let now = hub.now();
    Slot::new(now - REACH, now + REACH)
        .map_err(|_| Problem::new(StatusCode::NOT_FOUND, "not_found", "Not found", "the clock is off"))
}

fn filter(project_id: Option<Uuid>, person: Option<Uuid>, mine: bool, me: UserId) -> Result<JobFilter> {
    if mine && person.is_some() {
        return Err(Problem::invalid("person", "cannot be given with mine"));
    }
    Ok(JobFilter {
        project_id: project_id.map(ProjectId),
        own: person.map(UserId).or(mine.then_some(me)),
        ..JobFilter::default()
    })
}

async fn answer(hub: &Hub, acting: &Acting, window: Slot, filter: &JobFilter) -> Result<Response> {
    let items = acting.calendar(window, filter).await?;
    let name = match (filter.project_id, items.first()) {
        (Some(_), Some(item)) => format!("uHub – {}", item.project_name),
        _ => "uHub".to_owned(),
    };
    // One person's part of what repeats is single events: the others' would come back by the rule.
    let repeating = if filter.own.is_none() { acting.repeating(&items).await? } else { Vec::new() };
    let text = ics::calendar(&name, items, &repeating, hub.settings().timezone, hub.now());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"uhub.ics\"")),
    ];
    Ok((headers, text).into_response())
}
