//! Jobs as the events of an iCalendar.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus, Property};
use uhub_core::{hub::CalendarItem, model::JobStatus};

/// A calendar of that name with these jobs; whole days are those of `zone`.
pub(crate) fn calendar(name: &str, items: Vec<CalendarItem>, zone: Tz, now: DateTime<Utc>) -> String {
    let mut calendar = Calendar::new();
    calendar.name(&inert(name));
    for item in items {
        calendar.push(event(item, zone, now));
    }
    calendar.done().to_string()
}

fn event(item: CalendarItem, zone: Tz, now: DateTime<Utc>) -> Event {
    let CalendarItem { entry, project_name, conflict, .. } = item;
    let mut event = Event::new();
    event.uid(&format!("{}@uhub", entry.id)).timestamp(now).summary(&inert(&entry.title));
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

    use chrono::TimeDelta;
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
        calendar("uHub", vec![item(title, all_day)], Paris, "2026-01-01T00:00:00Z".parse().unwrap())
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
