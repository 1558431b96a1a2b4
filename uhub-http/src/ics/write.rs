//! Jobs as the events of an iCalendar.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus, Property};
use uhub_core::{
    hub::{CalendarItem, Repeating},
    model::{JobStatus, Series},
    zone,
};

/// How far the changes of a zone's clocks are told ahead.
const CLOCKS_AHEAD: TimeDelta = TimeDelta::days(5 * 366);

/// A calendar of that name with these jobs; whole days are those of `zone`. What is `repeating` is told by its rule, and
/// each of its jobs as what that occurrence is.
pub(crate) fn calendar(
    name: &str,
    items: Vec<CalendarItem>,
    repeating: &[Repeating],
    zone: Tz,
    now: DateTime<Utc>,
) -> String {
    let mut calendar = Calendar::new();
    calendar.name(&inert(name));
    for one in repeating {
        calendar.push(series(one, now));
    }
    for item in items {
        let of = repeating.iter().find(|one| item.entry.series_id == Some(one.series.id));
        let occurrence = of.and_then(|one| Some((&one.series, *one.shown.get(&item.entry.id)?)));
        let mut event = event(item, zone, now);
        if let Some((series, local)) = occurrence {
            event.uid(&uid(series.id.0));
            event.append_property(local_time("RECURRENCE-ID", series, local));
        }
        calendar.push(event);
    }
    let text = calendar.done().to_string();
    let clocks: String =
        zones(repeating, now).into_iter().map(|(zone, from)| clocks(zone, from, now)).collect();
    // Before the first event: readers go from top to bottom.
    match text.split_once("BEGIN:VEVENT") {
        Some((head, events)) => format!("{head}{clocks}BEGIN:VEVENT{events}"),
        None => text,
    }
}

fn uid(id: uuid::Uuid) -> String {
    format!("{id}@uhub")
}

/// What repeats, as its rule has it.
fn series(one: &Repeating, now: DateTime<Utc>) -> Event {
    let series = &one.series;
    let recurrence = &series.recurrence;
    let mut event = Event::new();
    event.uid(&uid(series.id.0)).timestamp(now).summary(&inert(&series.title));
    if !series.description.is_empty() {
        event.description(&inert(&series.description));
    }
    event.append_property(local_time("DTSTART", series, recurrence.start()));
    if series.all_day {
        event.append_property(Property::new("DURATION", format!("P{}D", series.length.num_days())));
        event.append_property(Property::new("RRULE", recurrence.rule_of_days()));
    } else {
        event.append_property(Property::new("DURATION", format!("PT{}S", series.length.num_seconds())));
        event.append_property(Property::new("RRULE", recurrence.rule()));
    }
    for local in recurrence.exceptions().iter().chain(&one.elsewhere) {
        event.append_multi_property(local_time("EXDATE", series, *local));
    }
    event.append_property(Property::new("CATEGORIES", series.job_type.as_str()));
    event.sequence(u32::try_from(series.version).unwrap_or(u32::MAX));
    event.done()
}

/// A time on the clocks of a series.
fn local_time(name: &str, series: &Series, local: NaiveDateTime) -> Property {
    if series.all_day {
        return Property::new(name, local.format("%Y%m%d").to_string()).add_parameter("VALUE", "DATE").done();
    }
    let text = local.format("%Y%m%dT%H%M%S");
    match series.recurrence.zone() {
        Tz::UTC => Property::new(name, format!("{text}Z")),
        zone => Property::new(name, text.to_string()).add_parameter("TZID", zone.name()).done(),
    }
}

/// The zones whose clocks are needed, and from when on.
fn zones(repeating: &[Repeating], now: DateTime<Utc>) -> Vec<(Tz, DateTime<Utc>)> {
    let mut zones: BTreeMap<&str, (Tz, DateTime<Utc>)> = BTreeMap::new();
    for one in repeating.iter().filter(|one| !one.series.all_day) {
        let recurrence = &one.series.recurrence;
        let start = recurrence.instant(recurrence.start()).min(now);
        let (_, from) = zones.entry(recurrence.zone().name()).or_insert((recurrence.zone(), start));
        *from = start.min(*from);
    }
    zones.into_values().filter(|(zone, _)| *zone != Tz::UTC).collect()
}

/// The changes of a zone's clocks, each by itself: rules for them change more often than those who read calendars.
fn clocks(zone: Tz, from: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let from = from - TimeDelta::days(1);
    let shown = |offset: i32| {
        let minutes = offset.abs() / 60;
        format!("{}{:02}{:02}", if offset < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
    };
    let usual = zone::offset(zone, from);
    let first = std::iter::once((from, usual, usual));
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    for (at, before, after) in first.chain(zone::changes(zone, from, now + CLOCKS_AHEAD)) {
        let kind = if after > before { "DAYLIGHT" } else { "STANDARD" };
        // On the clocks as they were until then.
        let local = at.naive_utc() + TimeDelta::seconds(i64::from(before));
        text.push_str(&format!(
            "BEGIN:{kind}\r\nDTSTART:{}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nEND:{kind}\r\n",
            local.format("%Y%m%dT%H%M%S"),
            shown(before),
            shown(after)
        ));
    }
    text.push_str("END:VTIMEZONE\r\n");
    text
}

fn event(item: CalendarItem, zone: Tz, now: DateTime<Utc>) -> Event {
    let CalendarItem { entry, project_name, conflict, .. } = item;
    let mut event = Event::new();
    event.uid(&uid(entry.id.0)).timestamp(now).summary(&inert(&entry.title));
    if entry.all_day {
        let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
        event.starts(day(entry.slot.start())).ends(day(entry.slot.end()));
    } else {
        event.starts(entry.slot.start()).ends(entry.slot.end());
    }
    let place = entry.environment.as_ref().map_or("", |environment| environment.name.as_str());
    let warning = if conflict { "\nCONFLICT" } else { "" };
    event.description(&inert(&format!(
        "{project_name}\n{} {place}\n{}{warning}",
        entry.job_type, entry.status
    )));
    if !place.is_empty() {
        event.location(&inert(place));
    }
    event.append_property(Property::new("CATEGORIES", entry.job_type.as_str()));
    event.sequence(u32::try_from(entry.version).unwrap_or(u32::MAX));
    event.status(match entry.status {
        JobStatus::Cancelled | JobStatus::Missed => EventStatus::Cancelled,
        JobStatus::AwaitingApproval => EventStatus::Tentative,
        JobStatus::Planned
        | JobStatus::Approved
        | JobStatus::Queued
        | JobStatus::Running
        | JobStatus::Succeeded
        | JobStatus::Failed => EventStatus::Confirmed,
    });
    event.done()
}

/// A line of text without anything that could end it early: the writer escapes line feeds, commas, semicolons and
/// backslashes, but a carriage return alone ends a line for many readers.
fn inert(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use chrono_tz::Europe::Paris;
    use uhub_core::{
        model::{CalendarEntry, JobId, JobType, ProjectId, Role, Slot, UserId},
        rbac::{self, Action, Actor, Context},
    };
    use uuid::Uuid;

    use super::*;

    fn item(title: &str, all_day: bool) -> CalendarItem {
        let user = UserId(Uuid::from_u128(3));
        let actor = Actor::person(user, Role::Admin);
        let start: DateTime<Utc> = "2026-03-28T23:00:00Z".parse().unwrap();
        CalendarItem {
            entry: CalendarEntry {
                id: JobId(Uuid::from_u128(1)),
                project_id: ProjectId(Uuid::from_u128(2)),
                title: title.to_owned(),
                job_type: JobType::Meeting,
                environment: None,
                slot: Slot::new(start, start + TimeDelta::hours(23)).unwrap(),
                all_day,
                critical: false,
                status: JobStatus::Planned,
                created_by: user,
                assignee_id: None,
                series_id: None,
                version: 2,
            },
            project_name: "Projet; Pilote, X\\".to_owned(),
            project_color: "#00ff00".to_owned(),
            conflict: true,
            conflicts_with: Vec::new(),
            frozen_by: None,
            editable: rbac::decide(&actor, Action::JobMove, &Context::default()),
            movable: true,
            pending_move: None,
        }
    }

    fn text(title: &str, all_day: bool) -> String {
        calendar("uHub", vec![item(title, all_day)], &[], Paris, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn r43_text_cannot_break_out_of_its_line() {
        let hostile = "a\r\nEND:VEVENT\rBEGIN:VALARM\n\u{b}x;y,z\\";
        let feed = text(hostile, false);
        assert_eq!(feed.matches("END:VEVENT").count(), 2, "one is text: {feed}");
        assert!(feed.lines().all(|line| !line.starts_with("BEGIN:VALARM")), "{feed}");
        assert!(!feed.replace("\r\n", "").contains(['\r', '\n']), "{feed}");
        let unfolded = feed.replace("\r\n ", "");
        assert!(unfolded.contains("SUMMARY:a\\nEND:VEVENTBEGIN:VALARM\\nx\\;y\\,z\\\\"), "{unfolded}");
        assert!(unfolded.contains("Projet\\; Pilote\\, X\\\\"), "{unfolded}");
    }

    #[test]
    fn lines_are_folded_by_octets() {
        let feed = text(&"santé 日本 ".repeat(20), false);
        assert!(feed.split("\r\n").all(|line| line.len() <= 75), "{feed}");
        assert!(
            feed.replace("\r\n ", "").contains(&format!("SUMMARY:{}", "santé 日本 ".repeat(20).trim_end()))
        );
    }

    #[test]
    fn whole_days_are_dates_and_ends_are_exclusive() {
        let feed = text("x", true);
        assert!(feed.contains("DTSTART;VALUE=DATE:20260329"), "{feed}");
        assert!(feed.contains("DTEND;VALUE=DATE:20260330"), "{feed}");
        assert!(text("x", false).contains("DTSTART:20260328T230000Z"));
    }
}
