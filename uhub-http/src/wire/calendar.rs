//! The calendar, in the form that FullCalendar reads.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use uhub_core::{
    hub::{self, CalendarItem},
    model::{JobStatus, JobType, ProjectId, Slot, SlotError, Tier, UserId},
    ports::store::JobFilter,
    rbac::Effect,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    At, Decision, Freeze,
    job::{JobBrief, searchable},
    text, words,
};
use crate::problem::Problem;

/// The longest span that one answer shows: a year, with the weeks at its ends.
const LONGEST: TimeDelta = TimeDelta::days(400);

/// What an event's colour tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ColorBy {
    /// The project's own colour.
    #[default]
    Project,
    /// The job's type.
    Type,
    /// The job's status.
    Status,
}

/// Which part of the calendar.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CalendarQuery {
    /// From this instant on. Without an offset it is local time in `timeZone`.
    #[param(value_type = At)]
    start: String,
    /// Up to this instant, at most 400 days later.
    #[param(value_type = At)]
    end: String,
    /// The zone of instants without an offset; `local` and nothing mean the hub's.
    #[serde(rename = "timeZone")]
    #[param(max_length = 64, nullable = false)]
    time_zone: Option<String>,
    /// Of this project.
    #[param(nullable = false)]
    project_id: Option<Uuid>,
    /// In environments of this name.
    #[param(value_type = Option<text::Query>, nullable = false)]
    environment: Option<String>,
    /// Of this type.
    #[param(value_type = Option<words::JobType>, nullable = false)]
    job_type: Option<JobType>,
    /// Only the caller's own: created by, or assigned to.
    #[serde(default)]
    #[param(required = false, value_type = bool)]
    mine: bool,
    /// What the colours tell.
    #[serde(default)]
    #[param(inline, required = false)]
    color_by: ColorBy,
}

/// A calendar query that is sound.
#[derive(Debug, Clone)]
pub(crate) struct CalendarRead {
    /// From when to when.
    pub window: Slot,
    /// Which jobs.
    pub filter: JobFilter,
    /// What the colours tell.
    pub color_by: ColorBy,
}

impl CalendarQuery {
    /// What it asks for, by `me`; `zone` is the hub's.
    ///
    /// # Errors
    /// 422 with the parameter.
    pub(crate) fn read(self, zone: Tz, me: UserId) -> Result<CalendarRead, Problem> {
        let Self { start, end, time_zone, project_id, environment, job_type, mine, color_by } = self;
        searchable("environment", environment.as_deref())?;
        let zone = match time_zone.as_deref() {
            None | Some("local" | "") => zone,
            Some(name) => name.parse().map_err(|_| Problem::invalid("timeZone", "is no time zone"))?,
        };
        let window = window(instant("start", &start, zone)?, instant("end", &end, zone)?)?;
        let filter = JobFilter {
            project_id: project_id.map(ProjectId),
            environment,
            job_type,
            own: mine.then_some(me),
            ..JobFilter::default()
        };
        Ok(CalendarRead { window, filter, color_by })
    }
}

impl CalendarRead {
    /// The same for every query that asks for the same.
    pub(crate) fn key(&self) -> String {
        let Self { window, filter, color_by } = self;
        let micros = |at: DateTime<Utc>| at.timestamp_micros();
        format!("{}-{} {filter:?} {color_by:?}", micros(window.start()), micros(window.end()))
    }
}

fn instant(field: &str, text: &str, zone: Tz) -> Result<DateTime<Utc>, Problem> {
    if let Ok(At(at)) = serde_json::from_value(serde_json::Value::from(text)) {
        return Ok(at);
    }
    // FullCalendar leaves the offset out where it does not know the zone's.
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok();
    local
        .and_then(|local| zone.from_local_datetime(&local).earliest())
        .map(|at| at.to_utc())
        .ok_or_else(|| Problem::invalid(field, "is no time of RFC 3339, such as 2026-01-31T09:00:00Z"))
}

/// The window of a calendar.
///
/// # Errors
/// 422 with the end that is wrong.
/// The window between two instants, at most 400 days.
///
/// # Errors
/// 422 with the end that is wrong.
pub(crate) fn window(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Slot, Problem> {
    let slot = Slot::new(start, end).map_err(|error| match error {
        SlotError::Empty => Problem::invalid("end", "must come after start"),
        SlotError::OutOfRange => Problem::invalid("start", error.to_string()),
    })?;
    if slot.length() > LONGEST {
        return Err(Problem::invalid("end", "is more than 400 days after start"));
    }
    Ok(slot)
}

/// From when to when.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WindowQuery {
    /// From this instant on.
    #[param(value_type = At)]
    start: At,
    /// Up to this instant, at most 400 days later.
    #[param(value_type = At)]
    end: At,
}

impl WindowQuery {
    /// The window.
    ///
    /// # Errors
    /// 422 with the end that is wrong.
    pub(crate) fn read(self) -> Result<Slot, Problem> {
        window(self.start.0, self.end.0)
    }
}

/// An event, as FullCalendar reads it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CalendarEvent {
    /// The job's id.
    id: Uuid,
    title: String,
    /// An instant; for whole days the first day, in the hub's zone.
    start: String,
    /// An instant; for whole days the day after the last.
    end: String,
    all_day: bool,
    #[schema(pattern = "^#[0-9a-f]{6}$")]
    color: String,
    /// Whether the caller may move it, perhaps with a second person's approval.
    editable: bool,
    extended_props: EventProps,
}

/// What FullCalendar hands through.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EventProps {
    project_id: Uuid,
    project_name: String,
    #[schema(value_type = words::JobType)]
    job_type: JobType,
    #[schema(required)]
    environment: Option<String>,
    #[schema(value_type = words::Tier)]
    tier: Tier,
    #[schema(value_type = words::JobStatus)]
    status: JobStatus,
    critical: bool,
    /// Whether it collides with a job or a freeze window.
    conflict: bool,
    /// With which jobs; at most 50 are named.
    conflicts_with: Vec<Uuid>,
    /// The freeze window that it lies in.
    #[schema(required)]
    frozen_by: Option<Uuid>,
    /// Moving it needs a second person.
    needs_approval: bool,
    #[schema(required)]
    assignee_id: Option<Uuid>,
    /// The series that it is an occurrence of.
    #[schema(required)]
    series_id: Option<Uuid>,
    version: i64,
    /// Where it would go, if a second person agrees.
    #[schema(required)]
    pending_move: Option<PendingMove>,
}

/// A move that waits for a second person.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct PendingMove {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl CalendarEvent {
    /// An event as the caller sees it; whole days are dates in `zone`.
    pub(crate) fn new(item: CalendarItem, color_by: ColorBy, zone: Tz) -> Self {
        let CalendarItem {
            entry,
            project_name,
            project_color,
            conflict,
            conflicts_with,
            frozen_by,
            editable,
            movable: _,
            pending_move,
        } = item;
        let color = match color_by {
            ColorBy::Project => project_color,
            ColorBy::Type => of_type(entry.job_type).to_owned(),
            ColorBy::Status => of_status(entry.status).to_owned(),
        };
        let tier = entry.environment.as_ref().map_or(Tier::Dev, |environment| environment.tier);
        Self {
            id: entry.id.0,
            title: entry.title,
            start: shown(entry.slot.start(), entry.all_day, zone),
            end: shown(entry.slot.end(), entry.all_day, zone),
            all_day: entry.all_day,
            color,
            editable: editable.effect != Effect::Deny,
            extended_props: EventProps {
                project_id: entry.project_id.0,
                project_name,
                job_type: entry.job_type,
                environment: entry.environment.map(|environment| environment.name),
                tier,
                status: entry.status,
                critical: entry.critical,
                conflict,
                conflicts_with: conflicts_with.into_iter().map(|job| job.0).collect(),
                frozen_by: frozen_by.map(|freeze| freeze.0),
                needs_approval: editable.effect == Effect::NeedsApproval,
                assignee_id: entry.assignee_id.map(|user| user.0),
                series_id: entry.series_id.map(|series| series.0),
                version: entry.version,
                pending_move: pending_move.map(|slot| PendingMove { start: slot.start(), end: slot.end() }),
            },
        }
    }
}

fn shown(at: DateTime<Utc>, all_day: bool, zone: Tz) -> String {
    if all_day {
        at.with_timezone(&zone).format("%Y-%m-%d").to_string()
    } else {
        at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

const fn of_type(job_type: JobType) -> &'static str {
    match job_type {
        JobType::Meeting => "#8ab4f8",
        JobType::Dev => "#c58af9",
        JobType::Ops => "#00ff00",
        JobType::Maintenance => "#fdd663",
        JobType::Infra => "#00cccc",
    }
}

const fn of_status(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Planned => "#66ffcc",
        JobStatus::AwaitingApproval => "#fdd663",
        JobStatus::Approved => "#00cc88",
        JobStatus::Queued => "#8ab4f8",
        JobStatus::Running => "#00ccff",
        JobStatus::Succeeded => "#00ff00",
        JobStatus::Failed => "#ff5252",
        JobStatus::Cancelled => "#9e9e9e",
        JobStatus::Missed => "#ff9100",
    }
}

/// Jobs that hang together by overlaps in one pool, or a freeze window with what lies in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ConflictGroup {
    pool: String,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    /// By start.
    jobs: Vec<JobBrief>,
    /// The freeze window that they lie in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Freeze, required = false)]
    freeze: Option<Freeze>,
}

impl From<hub::ConflictGroup> for ConflictGroup {
    fn from(group: hub::ConflictGroup) -> Self {
        let hub::ConflictGroup { pool, slot, jobs, freeze } = group;
        Self {
            pool,
            start: slot.start(),
            end: slot.end(),
            jobs: jobs.into_iter().map(Into::into).collect(),
            freeze: freeze.map(Into::into),
        }
    }
}

/// Which conflicts to resolve.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resolve {
    start: At,
    /// At most 400 days after `start`.
    end: At,
    /// Only in these pools.
    #[schema(value_type = Option<Vec<text::Identifier>>, max_items = 500)]
    pools: Option<Vec<String>>,
    /// Does the moves that the caller may, in place of a preview.
    #[serde(default)]
    apply: bool,
}

impl Resolve {
    /// Window, pools, and whether to do it.
    ///
    /// # Errors
    /// 422 with the field.
    pub(crate) fn read(self) -> Result<(Slot, Option<Vec<String>>, bool), Problem> {
        let Self { start, end, pools, apply } = self;
        if let Some(pools) = &pools {
            if pools.len() > 500 {
                return Err(Problem::invalid("pools", "has more than 500 names"));
            }
            for pool in pools {
                uhub_core::text::identifier("pools", pool)?;
            }
        }
        Ok((window(start.0, end.0)?, pools, apply))
    }
}

/// From when to when.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Span {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl From<Slot> for Span {
    fn from(slot: Slot) -> Self {
        Self { start: slot.start(), end: slot.end() }
    }
}

/// A move that resolves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ResolvedMove {
    job_id: Uuid,
    from: Span,
    to: Span,
    /// How much later; negative if earlier.
    shift_seconds: i64,
    /// Whether the caller may.
    decision: Decision,
    /// Whether it was done.
    applied: bool,
    /// Why it was not, where it was tried.
    #[schema(required)]
    refused: Option<String>,
}

/// The moves that free every conflict that can be freed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Resolved {
    moves: Vec<ResolvedMove>,
    /// The sum of all shifts, whichever way.
    total_shift_seconds: i64,
    /// Jobs that collide and cannot be moved out of the way within the range.
    unresolved: Vec<Uuid>,
}

impl From<hub::Resolved> for Resolved {
    fn from(resolved: hub::Resolved) -> Self {
        let hub::Resolved { moves, total_shift_seconds, unresolved } = resolved;
        let moves = moves
            .into_iter()
            .map(|one| {
                let hub::ResolvedMove { job_id, from, to, shift_seconds, decision, applied, refused } = one;
                ResolvedMove {
                    job_id: job_id.0,
                    from: from.into(),
                    to: to.into(),
                    shift_seconds,
                    decision: decision.into(),
                    applied,
                    refused,
                }
            })
            .collect();
        Self { moves, total_shift_seconds, unresolved: unresolved.into_iter().map(|job| job.0).collect() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use chrono_tz::Europe::Paris;

    use super::*;

    fn query(start: &str, end: &str, time_zone: Option<&str>) -> CalendarQuery {
        CalendarQuery {
            start: start.into(),
            end: end.into(),
            time_zone: time_zone.map(Into::into),
            project_id: None,
            environment: None,
            job_type: None,
            mine: false,
            color_by: ColorBy::Project,
        }
    }

    fn read(start: &str, end: &str, time_zone: Option<&str>) -> Result<CalendarRead, Problem> {
        query(start, end, time_zone).read(Paris, ME)
    }

    const ME: UserId = UserId(Uuid::from_u128(1));

    #[test]
    fn whatever_narrows_the_calendar_is_part_of_its_key() {
        let all = || query("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", None);
        let somebody = UserId(Uuid::from_u128(2));
        let keys: Vec<String> = [
            all(),
            CalendarQuery { mine: true, ..all() },
            CalendarQuery { job_type: Some(JobType::Dev), ..all() },
            CalendarQuery { job_type: Some(JobType::Ops), ..all() },
            CalendarQuery { environment: Some("dev".into()), ..all() },
            CalendarQuery { project_id: Some(Uuid::from_u128(3)), ..all() },
            CalendarQuery { color_by: ColorBy::Status, ..all() },
        ]
        .into_iter()
        .map(|query| query.read(Paris, ME).unwrap().key())
        .chain([CalendarQuery { mine: true, ..all() }.read(Paris, somebody).unwrap().key()])
        .collect();
        let mut different = keys.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), keys.len(), "{keys:?}");
    }

    #[test]
    fn spans_are_read_as_fullcalendar_sends_them() {
        let with_offset = read("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", None).unwrap();
        let without = read("2026-03-01T00:00:00", "2026-04-01T00:00:00", Some("Europe/Paris")).unwrap();
        assert_eq!(with_offset.window, without.window);
        assert_eq!(with_offset.key(), without.key());
        let elsewhere = read("2026-03-01T00:00:00", "2026-04-01T00:00:00", Some("UTC")).unwrap();
        assert_ne!(with_offset.key(), elsewhere.key());
    }

    #[test]
    fn wrong_spans_are_refused_with_their_field() {
        for (start, end, zone, field) in [
            ("2026-01-01", "2026-02-01T00:00:00Z", None, "start"),
            ("2026-01-01T00:00:00Z", "x", None, "end"),
            ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", None, "end"),
            ("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z", None, "end"),
            ("0001-01-01T00:00:00Z", "0001-02-01T00:00:00Z", None, "start"),
            ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", Some("Mars/Olympus"), "timeZone"),
        ] {
            assert_eq!(read(start, end, zone).unwrap_err().field.as_deref(), Some(field), "{start} {end}");
        }
    }

    #[test]
    fn whole_days_are_local_dates() {
        // Paris: midnight of 29 March 2026 is 23:00Z of the day before, the day has 23 hours.
        let start: DateTime<Utc> = "2026-03-28T23:00:00Z".parse().unwrap();
        assert_eq!(shown(start, true, Paris), "2026-03-29");
        assert_eq!(shown(start + TimeDelta::hours(23), true, Paris), "2026-03-30");
        assert_eq!(shown(start, false, Paris), "2026-03-28T23:00:00Z");
    }
}
