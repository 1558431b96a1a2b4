//! From what is typed or dragged to a slot.

use chrono::{DateTime, TimeDelta, Utc};

use super::world::*;
use crate::{
    hub::{JobPatch, NewJob},
    model::{Job, JobType},
};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn new(world: &World, start: &str, end: Option<&str>, all_day: bool) -> NewJob {
    NewJob {
        planned_start: utc(start),
        planned_end: end.map(utc),
        all_day,
        ..world.new_job(JobType::Dev, None, 0)
    }
}

fn slot(job: &Job) -> (String, String) {
    let text = |at: DateTime<Utc>| at.format("%m-%dT%H:%M").to_string();
    (text(job.slot.start()), text(job.slot.end()))
}

fn spans(text: (&str, &str)) -> (String, String) {
    (text.0.to_owned(), text.1.to_owned())
}

#[test]
fn without_an_end_the_type_tells_the_length() {
    let world = World::new();
    for (job_type, hours) in [
        (JobType::Meeting, 1),
        (JobType::Dev, 1),
        (JobType::Ops, 1),
        (JobType::Maintenance, 2),
        (JobType::Infra, 2),
    ] {
        let new = NewJob { planned_end: None, ..world.new_job(job_type, None, 2) };
        assert_eq!(world.create(&world.admin, new).slot.length(), TimeDelta::hours(hours), "{job_type}");
    }
}

#[test]
fn whole_days_run_from_local_midnight_to_local_midnight() {
    let world = World::new();
    let slot_of = |start, end| slot(&world.create(&world.dev, new(&world, start, end, true)));
    // Winter: midnight in Paris is 23:00 UTC of the day before.
    assert_eq!(slot_of("2030-01-09T10:00:00Z", None), spans(("01-08T23:00", "01-09T23:00")));
    assert_eq!(slot_of("2030-01-08T23:30:00Z", None), spans(("01-08T23:00", "01-09T23:00")));
    let three = spans(("01-08T23:00", "01-11T23:00"));
    assert_eq!(
        slot_of("2030-01-09T10:00:00Z", Some("2030-01-11T23:00:00Z")),
        three,
        "midnight is the day before's"
    );
    assert_eq!(slot_of("2030-01-09T10:00:00Z", Some("2030-01-11T08:00:00Z")), three);
    // The clocks go forward on 2030-03-31, and back on 2030-10-27.
    assert_eq!(slot_of("2030-03-31T10:00:00Z", None), spans(("03-30T23:00", "03-31T22:00")));
    assert_eq!(slot_of("2030-10-27T10:00:00Z", None), spans(("10-26T22:00", "10-27T23:00")));
}

/// A dragged whole day stays as many days as it was, whether these have 23, 24 or 25 hours.
#[test]
fn r11_whole_days_stay_as_many_when_they_are_dragged_over_the_change_of_clocks() {
    let world = World::new();
    let days = [("2030-03-31T10:00:00Z", 23), ("2030-04-02T10:00:00Z", 24), ("2030-10-27T10:00:00Z", 25)];
    for (from, hours) in days {
        for (to, expected) in days {
            let job = world.create(&world.dev, new(&world, from, None, true));
            assert_eq!(job.slot.length(), TimeDelta::hours(hours), "{from}");
            let patch = JobPatch { planned_start: Some(utc(to)), ..JobPatch::default() };
            let moved = done(world.edit(&world.dev, job.id, patch)).job;
            assert_eq!(moved.slot.length(), TimeDelta::hours(expected), "{from} to {to}");
        }
    }
    let week = new(&world, "2030-03-26T10:00:00Z", Some("2030-04-01T22:00:00Z"), true);
    let week = world.create(&world.dev, week);
    assert_eq!(slot(&week), spans(("03-25T23:00", "04-01T22:00")), "seven days, an hour short");
    let patch = JobPatch { planned_start: Some(utc("2030-04-09T10:00:00Z")), ..JobPatch::default() };
    assert_eq!(
        slot(&done(world.edit(&world.dev, week.id, patch)).job),
        spans(("04-08T22:00", "04-15T22:00"))
    );
}

#[test]
fn a_drag_keeps_the_length_and_a_resize_the_start() {
    let world = World::new();
    let job =
        world.create(&world.dev, new(&world, "2030-01-09T10:00:00Z", Some("2030-01-09T13:30:00Z"), false));
    let change = |patch| slot(&done(world.edit(&world.dev, job.id, patch)).job);
    let start = |text| JobPatch { planned_start: Some(utc(text)), ..JobPatch::default() };
    let end = |end: Option<&str>| JobPatch { planned_end: Some(end.map(utc)), ..JobPatch::default() };
    assert_eq!(change(start("2030-01-10T10:00:00Z")), spans(("01-10T10:00", "01-10T13:30")));
    assert_eq!(change(end(Some("2030-01-10T11:00:00Z"))), spans(("01-10T10:00", "01-10T11:00")));
    assert_eq!(change(end(None)), spans(("01-10T10:00", "01-10T11:00")), "one hour is usual for dev");
    let day = JobPatch { all_day: Some(true), ..JobPatch::default() };
    assert_eq!(change(day), spans(("01-09T23:00", "01-10T23:00")));
    let hours = JobPatch { all_day: Some(false), ..start("2030-01-10T10:00:00Z") };
    assert_eq!(change(hours), spans(("01-10T10:00", "01-10T11:00")));
}

#[test]
fn r12_slots_that_are_none_are_refused_by_their_field() {
    let world = World::new();
    let create = |start: DateTime<Utc>, end: Option<DateTime<Utc>>, all_day| {
        let new = NewJob {
            planned_start: start,
            planned_end: end,
            all_day,
            ..world.new_job(JobType::Dev, None, 0)
        };
        field(go(world.by(&world.dev).create_job(new, None)))
    };
    let at = utc("2030-01-09T10:00:00Z");
    assert_eq!(create(at, Some(at), false), "planned_end");
    assert_eq!(create(at, Some(at - TimeDelta::hours(1)), false), "planned_end");
    assert_eq!(create(at, Some(at + TimeDelta::nanoseconds(1)), false), "planned_end");
    for extreme in [
        DateTime::<Utc>::MIN_UTC,
        DateTime::<Utc>::MAX_UTC,
        utc("1999-12-31T23:59:59Z"),
        utc("9999-12-31T23:59:59Z"),
    ] {
        for all_day in [false, true] {
            assert_eq!(create(extreme, None, all_day), "planned_start", "{extreme}");
        }
    }
    assert_eq!(create(at, Some(DateTime::<Utc>::MAX_UTC), false), "planned_end");
    assert_eq!(create(utc("2199-12-31T23:59:00Z"), None, false), "planned_start", "reaches into 2200");
    assert_eq!(
        create(utc("2000-01-01T00:00:00Z"), None, true),
        "planned_start",
        "its midnight in Paris is in 1999"
    );
    // A drag to the ends of time.
    let job = world.create(&world.dev, world.new_job(JobType::Dev, None, 2));
    for extreme in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let patch = JobPatch { planned_start: Some(extreme), ..JobPatch::default() };
        assert_eq!(field(world.edit(&world.dev, job.id, patch)), "planned_start");
    }
}
