#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use chrono_tz::Europe::Paris;

use super::*;

/// A calendar of these lines, with line feeds as RFC 5545 wants them.
fn file(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{lines}\nEND:VCALENDAR\n").replace('\n', "\r\n")
}

/// One event of these lines.
fn event(lines: &str) -> Result<ForeignEvent> {
    let text = file(&format!("BEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT"));
    read(&text, Paris).map(|mut events| events.remove(0))
}

fn refused(lines: &str) -> String {
    event(lines).unwrap_err().to_string()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn start_of(event: &ForeignEvent) -> DateTime<Utc> {
    zone::local_instant(event.zone, event.start)
}

#[test]
fn times_are_those_of_their_zone() {
    for (line, at) in [
        ("DTSTART:20260701T090000Z", "2026-07-01T09:00:00Z"),
        ("DTSTART:20260701T090000", "2026-07-01T07:00:00Z"),
        ("DTSTART;TZID=America/New_York:20260701T090000", "2026-07-01T13:00:00Z"),
        ("DTSTART;TZID=\"Europe/Berlin\":20260701T090000", "2026-07-01T07:00:00Z"),
        ("DTSTART;TZID=Romance Standard Time:20260101T090000", "2026-01-01T08:00:00Z"),
        (
            "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Paris:20260101T090000",
            "2026-01-01T08:00:00Z",
        ),
        ("dtstart;tzid=UTC:20260701T090000", "2026-07-01T09:00:00Z"),
        ("DTSTART;VALUE=DATE:20260701", "2026-06-30T22:00:00Z"),
    ] {
        let event = event(line).unwrap();
        assert_eq!(start_of(&event), utc(at), "{line}");
        assert_eq!(event.all_day, line.contains("VALUE=DATE"));
    }
    for bad in [
        "2026-07-01",
        "20260230",
        "20260701T250000",
        "20260701T0900",
        "20260701T09:00Z",
        "",
        "20260701T090000Z,20260702T090000Z",
    ] {
        assert!(refused(&format!("DTSTART:{bad}")).contains("DTSTART is no"), "{bad}");
    }
}

#[test]
fn a_zone_of_the_file_is_mapped_or_refused_by_name() {
    let with = |zone: &str| {
        let text = file(&format!(
            "BEGIN:VTIMEZONE\nTZID:Mine\n{zone}\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Mine:20260701T090000\nEND:VEVENT"
        ));
        read(&text, Paris).map(|events| start_of(&events[0]))
    };
    assert_eq!(with("X-LIC-LOCATION:Asia/Tokyo").unwrap(), utc("2026-07-01T00:00:00Z"));
    let fixed = "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0200\nEND:STANDARD";
    assert_eq!(with(fixed).unwrap(), utc("2026-07-01T07:00:00Z"));
    let saving = format!("{fixed}\nBEGIN:DAYLIGHT\nTZOFFSETTO:+0300\nEND:DAYLIGHT");
    let error = with(&saving).unwrap_err().to_string();
    assert!(error.contains("zone Mine") && error.contains("line 16"), "{error}");
    assert!(with(&fixed.replace("+0200", "+0530")).is_err(), "no zone is always half past");
}

#[test]
fn lengths_are_read_in_all_their_forms() {
    let length = |lines: &str| event(&format!("DTSTART:20260701T090000Z\n{lines}")).map(|event| event.length);
    assert_eq!(length("DTEND:20260701T103000Z").unwrap(), Some(TimeDelta::minutes(90)));
    assert_eq!(length("DTEND;TZID=Europe/Paris:20260701T120000").unwrap(), Some(TimeDelta::hours(1)));
    for (text, seconds) in [("PT1H30M", 5400), ("P1DT2H", 93_600), ("P2W", 1_209_600), ("+PT5S", 5)] {
        assert_eq!(length(&format!("DURATION:{text}")).unwrap(), Some(TimeDelta::seconds(seconds)), "{text}");
    }
    assert_eq!(length("").unwrap(), None);
    assert_eq!(length("DTEND:20260701T090000Z").unwrap(), None, "a moment says nothing of a length");
    for bad in [
        "DTEND:20260701T080000Z",
        "DTEND;VALUE=DATE:20260702",
        "DURATION:-PT1H",
        "DURATION:PT",
        "DURATION:P1H",
        "DURATION:P99999999999W",
        "DURATION:PT1H\nDTEND:20260701T103000Z",
    ] {
        assert!(length(bad).is_err(), "{bad}");
    }
    let days = |lines: &str| {
        event(&format!("DTSTART;VALUE=DATE:20260328\n{lines}")).map(|event| event.length.unwrap().num_days())
    };
    assert_eq!(days("").unwrap(), 1);
    assert_eq!(days("DTEND;VALUE=DATE:20260330").unwrap(), 2);
    assert_eq!(days("DURATION:P3D").unwrap(), 3);
    assert!(days("DURATION:PT36H").is_err());
}

#[test]
fn text_is_unfolded_and_unescaped() {
    let event = event(
        "DTSTART:20260701T090000Z\nSUMMARY:Santé\\, \n projet\\; \\\\ 日\n\t本\nDESCRIPTION:a\\nb\\N\\\"c\"",
    )
    .unwrap();
    assert_eq!(event.title, "Santé, projet; \\ 日本");
    assert!(event.description.starts_with("a\nb\n"), "{:?}", event.description);
    assert_eq!(event.line, 3);
}

#[test]
fn what_repeats_is_kept_as_it_was_written() {
    let event = event(
        "DTSTART;TZID=Europe/Paris:20260105T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO\nEXDATE;TZID=Europe/Paris:20260112T090000,\n 20260119T090000\nEXDATE:20260126T080000Z\nRDATE:20260107T080000Z\nSTATUS:cancelled",
    )
    .unwrap();
    assert_eq!(event.rule.as_deref(), Some("FREQ=WEEKLY;BYDAY=MO"));
    assert_eq!(
        event.exceptions,
        ["2026-01-12T08:00:00Z", "2026-01-19T08:00:00Z", "2026-01-26T08:00:00Z"].map(utc)
    );
    assert_eq!(event.more, [utc("2026-01-07T08:00:00Z")]);
    assert!(event.cancelled);
    for bad in [
        "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY",
        "EXRULE:FREQ=DAILY",
        "RDATE;VALUE=PERIOD:20260101T000000Z/PT1H",
        "EXDATE;VALUE=DATE:20260112",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260112T080000Z",
        "RECURRENCE-ID:20260112T080000Z\nRRULE:FREQ=DAILY",
    ] {
        let error = refused(&format!("DTSTART:20260105T080000Z\n{bad}"));
        assert!(error.contains("line "), "{bad}: {error}");
    }
}

#[test]
fn r43_what_is_no_calendar_is_refused_by_its_line() {
    let lines = |text: &str| read(text, Paris).unwrap_err().to_string();
    assert!(lines("").contains("no VCALENDAR"));
    assert!(lines("hello").contains("line 1: this is no iCalendar"));
    assert!(lines("BEGIN:VEVENT\nEND:VEVENT").contains("line 1: this is no iCalendar"));
    assert!(lines("BEGIN:VCALENDAR\nBEGIN:VEVENT\n").contains("VEVENT has no end"));
    assert!(lines("BEGIN:VCALENDAR\nEND:VEVENT\n").contains("line 2: ends a VEVENT"));
    let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:VALARM\n".repeat(100_000));
    assert!(lines(&deep).contains("line 9: is nested too deeply"));
    let long = format!("BEGIN:VCALENDAR\nX:{}\n", "x".repeat(MAX_BYTES));
    assert!(lines(&long).contains("bytes"));
    let many = file(&format!("BEGIN:VEVENT\n{}END:VEVENT", "X-A:1\n".repeat(MAX_PARTS + 1)));
    assert!(lines(&many).contains("properties"));
    assert!(
        lines(&file("BEGIN:VEVENT\nDTSTART:20260101T000000Z\nEND:VEVENT"))
            .contains("line 3: the event has no UID")
    );
    assert!(lines(&file("BEGIN:VEVENT\nUID:1\nEND:VEVENT")).contains("no DTSTART"));
    // What is none of an event's business does not matter.
    let other = file(
        "BEGIN:VTODO\nUID:x\nDTSTART:never\nEND:VTODO\nBEGIN:VEVENT\nUID:1\nDTSTART:20260101T000000Z\nBEGIN:VALARM\nTRIGGER:-PT5M\nUID:1\nEND:VALARM\nEND:VEVENT",
    );
    assert_eq!(read(&other, Paris).unwrap().len(), 1);
}
