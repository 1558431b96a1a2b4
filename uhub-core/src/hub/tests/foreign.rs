//! Events of other calendars.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::{Europe::Paris, Tz};

use super::world::*;
use crate::{
    error::{Error, Result},
    hub::{ForeignEvent, ImportAs, ImportedEvents, JobOutcome, NewJob, NewRecurrence},
    model::{CalendarEntry, Freeze, JobStatus, Slot, Tier, User},
    ports::store::{JobFilter, Page, Store as _},
};

pub(super) fn at(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

pub(super) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A meeting of an hour, on Monday 2030-01-14 at ten in Paris.
pub(super) fn event(uid: &str) -> ForeignEvent {
    ForeignEvent {
        line: 7,
        uid: uid.to_owned(),
        replaces: None,
        title: "Comité".to_owned(),
        description: "Salle 1".to_owned(),
        zone: Paris,
        start: at("2030-01-14T10:00:00"),
        length: Some(TimeDelta::hours(1)),
        all_day: false,
        rule: None,
        more: Vec::new(),
        exceptions: Vec::new(),
        cancelled: false,
    }
}

pub(super) fn counts(
    created: u32,
    updated: u32,
    unchanged: u32,
    cancelled: u32,
    past: u32,
) -> ImportedEvents {
    ImportedEvents { created, updated, unchanged, cancelled, past }
}

pub(super) struct Office {
    pub(super) world: World,
}

impl Office {
    pub(super) fn new() -> Self {
        Self { world: World::new() }
    }

    pub(super) fn meetings(&self, by: &User, events: &[ForeignEvent]) -> Result<ImportedEvents> {
        let what = ImportAs::Meetings { project_id: self.world.app.id };
        go(self.world.by(by).import_events(events, &what, false))
    }

    fn freezes(&self, by: &User, events: &[ForeignEvent]) -> Result<ImportedEvents> {
        let what = ImportAs::Freezes { tiers: vec![Tier::Prod], environments: Vec::new(), project_id: None };
        go(self.world.by(by).import_events(events, &what, false))
    }

    pub(super) fn entries(&self) -> Vec<CalendarEntry> {
        let window = Slot::new(utc("2029-01-01T00:00:00Z"), utc("2033-01-01T00:00:00Z")).unwrap();
        go(async { self.world.store.read().await?.calendar(window, &JobFilter::default()).await }).unwrap()
    }

    fn windows(&self) -> Vec<Freeze> {
        let mut all = go(self.world.by(&self.world.admin).freezes(Page::first(3_000))).unwrap();
        all.sort_by_key(|freeze| freeze.slot.start());
        all
    }
}

pub(super) fn starts(entries: &[CalendarEntry]) -> Vec<String> {
    entries.iter().map(|entry| entry.slot.start().to_rfc3339()).collect()
}

pub(super) fn reason<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Invalid { field, reason }) if field == "ics" => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_file_changes_nothing_and_a_later_one_what_differs() {
    let office = Office::new();
    let dev = &office.world.dev;
    let events = [event("a"), ForeignEvent { start: at("2030-01-15T10:00:00"), ..event("b") }];
    let dry = ImportAs::Meetings { project_id: office.world.app.id };
    assert_eq!(go(office.world.by(dev).import_events(&events, &dry, true)).unwrap(), counts(2, 0, 0, 0, 0));
    assert_eq!(office.entries(), [], "a dry run changes nothing");
    assert_eq!(office.meetings(dev, &events).unwrap(), counts(2, 0, 0, 0, 0));
    let before = office.entries();
    assert_eq!(before[0].title, "Comité");
    assert_eq!(before[0].created_by, dev.id);
    assert_eq!(office.meetings(dev, &events).unwrap(), counts(0, 0, 2, 0, 0));
    assert_eq!(office.entries(), before);

    let moved =
        ForeignEvent { start: at("2030-01-16T09:00:00"), title: "Comité II".to_owned(), ..event("a") };
    let off = ForeignEvent { cancelled: true, ..events[1].clone() };
    let never = ForeignEvent { cancelled: true, ..event("c") };
    assert_eq!(office.meetings(dev, &[moved, off.clone(), never]).unwrap(), counts(0, 1, 1, 1, 0));
    let after = office.entries();
    assert_eq!(after.len(), 2, "nothing is doubled");
    let find = |id| after.iter().find(|entry| entry.id == id).unwrap();
    assert_eq!(find(before[0].id).title, "Comité II");
    assert_eq!(find(before[0].id).slot.start(), utc("2030-01-16T08:00:00Z"));
    assert_eq!(find(before[1].id).status, JobStatus::Cancelled);
    assert_eq!(
        office.meetings(dev, &[events[1].clone(), off]).map(drop).map_err(drop),
        Err(()),
        "twice in a file"
    );
    assert_eq!(
        office.meetings(dev, &events[1..]).unwrap(),
        counts(0, 0, 0, 0, 1),
        "what was called off stays so"
    );
}

#[test]
fn what_this_hub_exported_is_what_it_was() {
    let office = Office::new();
    let job = office
        .world
        .create(&office.world.dev, office.world.new_job(crate::model::JobType::Meeting, None, 30));
    let back = ForeignEvent {
        title: job.title.clone(),
        description: "App X\nmeeting\nplanned".to_owned(),
        zone: Tz::UTC,
        start: job.slot.start().naive_utc(),
        ..event(&format!("{}@uhub", job.id))
    };
    assert_eq!(
        office.meetings(&office.world.dev, std::slice::from_ref(&back)).unwrap(),
        counts(0, 0, 1, 0, 0)
    );
    // Another's is made anew: its UID gives no hold on a job elsewhere.
    let work = office
        .world
        .create(&office.world.dev, office.world.new_job(crate::model::JobType::Dev, Some("dev"), 31));
    let grab = ForeignEvent { uid: format!("{}@uhub", work.id), ..back };
    assert!(reason(office.meetings(&office.world.dev, &[grab])).contains("is no meeting"));
}

#[test]
fn a_series_that_this_hub_exported_is_not_doubled() {
    let office = Office::new();
    let world = &office.world;
    let new = world.new_job(crate::model::JobType::Meeting, None, 30);
    let first = NewJob { planned_start: utc("2030-01-14T09:00:00Z"), planned_end: None, ..new };
    let weekly = NewRecurrence { rule: "FREQ=WEEKLY".to_owned(), timezone: Some(Paris), except: Vec::new() };
    let JobOutcome::Done(view) = go(world.by(&world.dev).create_series(first, weekly, None)).unwrap() else {
        panic!("meetings need no approval");
    };
    let before = office.entries();
    let series = view.job.occurrence.unwrap().series_id;
    let event = event(&format!("{series}@uhub"));
    let master = ForeignEvent {
        title: view.job.title.clone(),
        start: at("2030-01-14T10:00:00"),
        rule: Some("FREQ=WEEKLY".to_owned()),
        ..event.clone()
    };
    // The rule goes on for longer than its jobs are laid out.
    let done = office.meetings(&world.dev, std::slice::from_ref(&master)).unwrap();
    assert_eq!((done.created, done.updated, done.cancelled), (0, 0, 0));
    assert!(done.unchanged > u32::try_from(before.len()).unwrap(), "{done:?}");
    assert_eq!(office.entries(), before);

    let moved = ForeignEvent {
        title: view.job.title,
        replaces: Some(utc("2030-01-21T09:00:00Z")),
        start: at("2030-01-22T10:00:00"),
        ..event
    };
    let done = office.meetings(&world.dev, &[master, moved]).unwrap();
    assert_eq!((done.created, done.updated), (0, 1));
    let after = office.entries();
    assert_eq!(after.len(), before.len());
    assert!(starts(&after).contains(&"2030-01-22T09:00:00+00:00".to_owned()));
}

#[test]
fn what_repeats_stays_at_its_hour_and_leaves_out_what_it_names() {
    let office = Office::new();
    let series = ForeignEvent {
        start: at("2030-03-18T10:00:00"),
        rule: Some("FREQ=WEEKLY;COUNT=4".to_owned()),
        exceptions: vec![utc("2030-03-25T09:00:00Z")],
        more: vec![utc("2030-03-19T12:00:00Z")],
        ..event("weekly")
    };
    let moved = ForeignEvent {
        replaces: Some(utc("2030-04-01T08:00:00Z")),
        start: at("2030-04-02T15:00:00"),
        title: "Déplacé".to_owned(),
        ..event("weekly")
    };
    assert_eq!(
        office.meetings(&office.world.ops, &[moved.clone(), series.clone()]).unwrap(),
        counts(4, 0, 0, 0, 0)
    );
    let entries = office.entries();
    // 10:00 in Paris is 09:00 before the clocks change on the 31st, and 08:00 after it.
    let expected = [
        "2030-03-18T09:00:00+00:00",
        "2030-03-19T12:00:00+00:00",
        "2030-04-02T13:00:00+00:00",
        "2030-04-08T08:00:00+00:00",
    ];
    assert_eq!(starts(&entries), expected);
    assert_eq!(office.meetings(&office.world.ops, &[series, moved]).unwrap(), counts(0, 0, 4, 0, 0));
}

#[test]
fn whole_days_are_those_of_the_hub() {
    let office = Office::new();
    let day = ForeignEvent {
        start: at("2030-03-30T00:00:00"),
        length: Some(TimeDelta::days(2)),
        all_day: true,
        rule: Some("FREQ=YEARLY".to_owned()),
        ..event("days")
    };
    assert_eq!(
        office.freezes(&office.world.admin, std::slice::from_ref(&day)).unwrap(),
        counts(1, 0, 0, 0, 0)
    );
    let windows = office.windows();
    assert_eq!(windows[0].slot.start(), utc("2030-03-29T23:00:00Z"));
    assert_eq!(windows[0].slot.end(), utc("2030-03-31T22:00:00Z"), "the second day has 23 hours");
    assert_eq!(windows[0].reason, "Comité");
}

#[test]
fn windows_follow_their_file_and_past_ones_are_left() {
    let office = Office::new();
    let admin = &office.world.admin;
    let nightly = ForeignEvent {
        start: at("2029-12-01T22:00:00"),
        length: Some(TimeDelta::hours(8)),
        rule: Some("FREQ=DAILY;UNTIL=20300110T235959".to_owned()),
        ..event("nights")
    };
    let over = ForeignEvent { start: at("2029-06-01T10:00:00"), ..event("over") };
    let done = office.freezes(admin, &[nightly.clone(), over]).unwrap();
    // Monday the 7th, 09:00: the night before is over by six.
    assert_eq!(done, counts(4, 0, 0, 0, 1));
    let before = office.windows();
    assert_eq!(office.freezes(admin, std::slice::from_ref(&nightly)).unwrap(), counts(0, 0, 4, 0, 0));
    let renamed = ForeignEvent { title: "Nuit".to_owned(), ..nightly };
    assert_eq!(office.freezes(admin, std::slice::from_ref(&renamed)).unwrap(), counts(0, 4, 0, 0, 0));
    let after = office.windows();
    assert!(before.iter().zip(&after).all(|(one, other)| one.id == other.id && other.reason == "Nuit"));
    let lifted = ForeignEvent { cancelled: true, ..renamed };
    assert_eq!(office.freezes(admin, &[lifted]).unwrap(), counts(0, 0, 0, 4, 0));
    assert_eq!(office.windows(), []);
    assert!(
        reason(office.freezes(admin, &[ForeignEvent { length: None, ..event("x") }]))
            .contains("neither its end")
    );
}

#[test]
fn the_table_decides_who_may() {
    let office = Office::new();
    let world = &office.world;
    for user in [&world.owner, &world.projets, &world.ops, &world.dev] {
        let by_hand = rule(go(world.by(user).create_freeze(world.new_freeze(&[Tier::Prod], 1, 2), false)));
        assert_ne!(by_hand, "allowed");
        assert_eq!(rule(office.freezes(user, &[event("a")])), by_hand);
        assert_eq!(office.windows(), []);
    }
    office.meetings(&world.dev, &[event("a")]).unwrap();
    // Whoever may not edit a meeting may not change it by a file.
    let moved = ForeignEvent { start: at("2030-01-15T10:00:00"), ..event("a") };
    assert!(matches!(office.meetings(&world.ops, &[moved]), Err(Error::Denied { .. })));
    assert_eq!(starts(&office.entries()), ["2030-01-14T09:00:00+00:00"]);
}

#[test]
fn r12_a_bomb_is_refused_and_nothing_is_half_done() {
    let office = Office::new();
    let dev = &office.world.dev;
    let repeats = |rule: &str| ForeignEvent { rule: Some(rule.to_owned()), ..event("bomb") };
    for (bad, words) in [
        (repeats("FREQ=SECONDLY"), "every hour at most"),
        (repeats("FREQ=MINUTELY;INTERVAL=30"), "every hour at most"),
        (repeats("FREQ=NEVER"), "RRULE"),
        (repeats("FREQ=WEEKLY;BYDAY=TU"), "RRULE"),
        (ForeignEvent { length: Some(TimeDelta::MAX), ..event("long") }, "years"),
        (ForeignEvent { start: at("2500-01-01T00:00:00"), ..event("far") }, "years"),
        (ForeignEvent { title: "a\u{202E}b".to_owned(), ..event("bidi") }, "invisible"),
        (ForeignEvent { title: "x".repeat(201), ..event("long") }, "200"),
        (ForeignEvent { description: "\0".to_owned(), ..event("nul") }, "invisible"),
    ] {
        let said = reason(office.meetings(dev, &[event("good"), bad.clone()]));
        assert!(said.contains(words) && said.starts_with("line 7, UID "), "{bad:?}: {said}");
        assert_eq!(office.entries(), [], "not even the good one");
    }
    // A series is laid out little by little, windows are not.
    let said = reason(office.freezes(&office.world.admin, &[event("good"), repeats("FREQ=HOURLY")]));
    assert!(said.contains("more than 2000"), "{said}");
    assert_eq!(office.windows(), []);
    let weekly = |n: u32| ForeignEvent { rule: Some("FREQ=WEEKLY".to_owned()), ..event(&n.to_string()) };
    let all: Vec<_> = (0..50).map(weekly).collect();
    assert!(reason(office.meetings(dev, &all)).contains("more than 2000"));
    let old = ForeignEvent { start: at("1900-01-01T00:00:00"), ..repeats("FREQ=HOURLY;UNTIL=20000101") };
    assert!(reason(office.meetings(dev, &[old])).contains("more than 500000"));
    let nameless = ForeignEvent { uid: "a\0b".to_owned(), ..repeats("FREQ=DAILY") };
    assert!(reason(office.meetings(dev, &[nameless])).contains("UID"));
    assert_eq!(office.entries(), []);
    let many: Vec<_> = (0..1_001).map(|n| event(&n.to_string())).collect();
    assert!(reason(office.meetings(dev, &many)).contains("at most 1000"));
    // A rule that names no day for ever ends too.
    let nothing = repeats("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
    assert!(reason(office.meetings(dev, &[nothing])).contains("RRULE"));
}
