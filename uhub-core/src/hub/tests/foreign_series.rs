//! Meetings of other calendars that repeat: they come in as series, and each later file is what they become.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use chrono_tz::{America::New_York, Europe::Paris};

use super::{foreign::*, world::*};
use crate::{
    error::{Error, Result},
    hub::{ForeignEvent, ImportAs, ImportedEvents, JobPatch, JobUpdate, SeriesScope},
    model::{Job, JobId, JobStatus, JobType, Series},
    ports::store::{Page, Store as _},
};

fn weekly() -> ForeignEvent {
    ForeignEvent { rule: Some("FREQ=WEEKLY".to_owned()), ..event("weekly@x") }
}

fn ruled(rule: &str) -> ForeignEvent {
    ForeignEvent { rule: Some(rule.to_owned()), ..weekly() }
}

/// The occurrence that takes another's place.
fn instead(of: &str, start: &str) -> ForeignEvent {
    ForeignEvent { replaces: Some(utc(of)), start: at(start), ..event("weekly@x") }
}

impl Office {
    pub(super) fn import(&self, events: &[ForeignEvent]) -> ImportedEvents {
        let done = self.meetings(&self.world.dev, events).unwrap();
        let again = self.meetings(&self.world.dev, events).unwrap();
        assert_eq!(
            (again.created, again.updated, again.cancelled),
            (0, 0, 0),
            "the same file changes nothing"
        );
        done
    }

    /// In the order of their starts.
    pub(super) fn series(&self) -> Vec<Series> {
        let mut all = go(self.world.by(&self.world.admin).list_series(None, Page::first(100))).unwrap();
        all.sort_by_key(|series| series.recurrence.instant(series.recurrence.start()));
        all
    }

    pub(super) fn jobs(&self) -> Vec<Job> {
        let ids: Vec<_> = self.entries().iter().map(|entry| entry.id).collect();
        let mut jobs = go(async { self.world.store.read().await?.jobs_by_ids(&ids).await }).unwrap();
        jobs.sort_by_key(|job| (job.slot.start(), job.id));
        jobs
    }

    pub(super) fn alive(&self) -> Vec<Job> {
        self.jobs().into_iter().filter(|job| job.status.get().is_alive()).collect()
    }

    /// The jobs that are alive, by when they start in Paris.
    fn ids(&self) -> BTreeMap<String, JobId> {
        let shown = |job: &Job| job.slot.start().with_timezone(&Paris).format("%m-%dT%H:%M").to_string();
        let jobs = self.alive();
        let ids: BTreeMap<_, _> = jobs.iter().map(|job| (shown(job), job.id)).collect();
        assert_eq!(ids.len(), jobs.len(), "nothing is doubled");
        ids
    }

    fn scoped(&self, job: JobId, patch: JobPatch, scope: SeriesScope) {
        let how = JobUpdate { scope, ..JobUpdate::default() };
        go(self.world.by(&self.world.dev).update_job(job, patch, how)).unwrap();
    }

    fn call_off(&self, job: JobId, scope: SeriesScope) {
        go(self.world.by(&self.world.dev).cancel_series(job, None, scope)).unwrap();
    }
}

fn by_hours(job: &Job, hours: i64) -> JobPatch {
    JobPatch { planned_start: Some(job.slot.start() + TimeDelta::hours(hours)), ..JobPatch::default() }
}

#[test]
fn a_series_comes_in_with_its_rule_its_zone_and_what_it_leaves_out() {
    let office = Office::new();
    let master = ForeignEvent {
        exceptions: vec![utc("2030-01-28T09:00:00Z"), utc("2030-04-08T08:00:00Z")],
        ..weekly()
    };
    assert_eq!(office.import(std::slice::from_ref(&master)), counts(51, 0, 0, 0, 0));
    let [series] = office.series().try_into().unwrap();
    assert_eq!(series.source.as_deref(), Some("weekly@x"));
    assert_eq!(series.recurrence.rule(), "FREQ=WEEKLY");
    assert_eq!(series.recurrence.zone(), Paris);
    assert_eq!(series.recurrence.start(), at("2030-01-14T10:00:00"));
    let left_out = [at("2030-01-28T10:00:00"), at("2030-04-08T10:00:00")];
    assert_eq!(series.recurrence.exceptions(), left_out);
    assert_eq!((series.title.as_str(), series.description.as_str()), ("Comité", "Salle 1"));
    assert_eq!((series.job_type, series.length), (JobType::Meeting, TimeDelta::hours(1)));
    assert_eq!((series.created_by, series.edited_by), (office.world.dev.id, office.world.dev.id));
    let jobs = office.alive();
    assert!(jobs.iter().all(|job| {
        let at = job.occurrence.unwrap();
        at.series_id == series.id
            && at.at == job.slot.start()
            && job.description == "Salle 1"
            && job.slot.start().with_timezone(&Paris).format("%a %H:%M").to_string() == "Mon 10:00"
    }));
    assert!(!office.ids().contains_key("01-28T10:00") && !office.ids().contains_key("04-08T10:00"));

    assert_eq!(office.meetings(&office.world.dev, &[master]).unwrap(), counts(0, 0, 51, 0, 0));
    assert_eq!(office.series(), [series], "and nobody has touched it");
}

#[test]
fn the_hub_lays_out_more_as_time_goes_on() {
    let office = Office::new();
    office.import(&[weekly()]);
    office.world.go_to(24 * 7 * 10 + 2);
    assert_eq!(office.world.tick().laid, 9, "a year from now");
    // Later, too, the file is what is there.
    assert_eq!(office.import(&[weekly()]), counts(0, 0, 52, 0, 0));
    assert_eq!(office.series().len(), 1);
    let hourly = ForeignEvent { uid: "hourly".to_owned(), ..ruled("FREQ=HOURLY") };
    assert_eq!(office.import(&[hourly]).created, 100, "little by little");
}

#[test]
fn only_what_is_ahead_comes_in() {
    let office = Office::new();
    // On Mondays at ten for the fifth year: the second of January 2030 that is ahead is the 7th, at ten.
    let master = ForeignEvent {
        start: at("2026-01-05T10:00:00"),
        exceptions: vec![utc("2026-02-02T09:00:00Z"), utc("2030-01-14T09:00:00Z")],
        ..ruled("FREQ=WEEKLY;COUNT=213")
    };
    let late = instead("2029-12-31T09:00:00Z", "2030-01-09T10:00:00");
    let over = instead("2029-12-24T09:00:00Z", "2029-12-25T10:00:00");
    let off = ForeignEvent { cancelled: true, ..instead("2029-12-17T09:00:00Z", "2029-12-17T10:00:00") };
    let file = [master, late.clone(), over, off];
    assert_eq!(office.import(&file), counts(4, 0, 1, 0, 1));
    let [series] = office.series().try_into().unwrap();
    assert_eq!(series.recurrence.start(), at("2030-01-07T10:00:00"));
    assert_eq!(series.recurrence.rule(), "FREQ=WEEKLY;COUNT=4");
    let days: Vec<_> = office.ids().into_keys().collect();
    assert_eq!(days, ["01-07T10:00", "01-09T10:00", "01-21T10:00", "01-28T10:00"]);
    // One that took the place of a past one is changed and called off as well.
    let later = ForeignEvent { start: at("2030-01-10T10:00:00"), ..late.clone() };
    assert_eq!(office.import(&[file[0].clone(), later]), counts(0, 1, 3, 0, 0));
    assert_eq!(
        office.import(&[file[0].clone(), ForeignEvent { cancelled: true, ..late }]),
        counts(0, 0, 3, 1, 0)
    );

    office.world.go_to(24 * 60);
    office.world.tick();
    assert_eq!(office.import(&file[..1]), counts(0, 0, 0, 0, 1), "it is over");
    assert_eq!(office.series().len(), 1);
    let never = ForeignEvent { uid: "never".to_owned(), ..ruled("FREQ=WEEKLY;COUNT=2") };
    assert_eq!(office.import(&[never]), counts(0, 0, 0, 0, 1));
    assert_eq!(office.series().len(), 1, "of what is over no series is made");
}

#[test]
fn a_day_left_out_later_is_called_off_and_the_others_keep_their_jobs() {
    let office = Office::new();
    office.import(&[weekly()]);
    let before = office.ids();
    let series = office.series()[0].id;
    let without = ForeignEvent { exceptions: vec![utc("2030-02-11T09:00:00Z")], ..weekly() };
    assert_eq!(office.import(std::slice::from_ref(&without)), counts(0, 0, 52, 1, 0));
    let mut expected = before.clone();
    let gone = expected.remove("02-11T10:00").unwrap();
    assert_eq!(office.ids(), expected);
    assert_eq!(office.world.status(gone), JobStatus::Cancelled);
    assert_eq!(office.series()[0].id, series, "in place");
    assert_eq!(office.series()[0].recurrence.exceptions(), [at("2030-02-11T10:00:00")]);
    // The file takes it back: there is a meeting again.
    assert_eq!(office.import(&[weekly()]).created, 1);
    assert_eq!(office.ids().len(), before.len());
}

#[test]
fn it_may_end_earlier_go_on_longer_and_be_told_otherwise() {
    let office = Office::new();
    office.import(&[weekly()]);
    let before = office.ids();
    office.world.go_to(24 * 15);
    office.world.tick();
    let shorter = ruled("FREQ=WEEKLY;UNTIL=20300311T090000Z");
    assert_eq!(office.import(std::slice::from_ref(&shorter)).unchanged, 7);
    assert_eq!(office.series().len(), 1, "what was is as the file has it");
    let ahead =
        |office: &Office| office.alive().iter().filter(|job| job.slot.start() > office.world.now()).count();
    assert_eq!(ahead(&office), 7);
    let renamed =
        ForeignEvent { title: "Bureau".to_owned(), length: Some(TimeDelta::minutes(90)), ..shorter };
    assert_eq!(office.import(std::slice::from_ref(&renamed)), counts(0, 7, 0, 0, 0));
    let [series] = office.series().try_into().unwrap();
    assert_eq!((series.title.as_str(), series.length), ("Bureau", TimeDelta::minutes(90)));
    let past = office.world.job(before["01-14T10:00"]);
    assert_eq!((past.title.as_str(), past.slot.length()), ("Comité", TimeDelta::hours(1)), "what was, was");
    assert_eq!(office.import(&[weekly()]).updated, 7);
    assert_eq!(ahead(&office), 52);
    assert_eq!(office.ids()["03-11T10:00"], before["03-11T10:00"]);
}

#[test]
fn at_another_hour_history_keeps_its_series_and_jobs_keep_their_identity() {
    let office = Office::new();
    office.import(&[weekly()]);
    let before = office.ids();
    let off = office.ids()["02-04T10:00"];
    office.call_off(off, SeriesScope::This);
    office.world.go_to(24 * 15);
    office.world.tick();
    let later = ForeignEvent { start: at("2030-01-14T11:30:00"), ..weekly() };
    let done = office.import(std::slice::from_ref(&later));
    assert_eq!((done.cancelled, done.past), (0, 1), "{done:?}");
    let [old, new] = office.series().try_into().unwrap();
    assert_eq!(old.lay_at, None);
    assert_eq!(old.recurrence.rule(), "FREQ=WEEKLY;UNTIL=20300121T090000Z");
    assert_eq!(new.recurrence.start(), at("2030-01-28T11:30:00"));
    assert_eq!((&new.source, new.created_by), (&old.source, old.created_by));
    let after = office.ids();
    assert_eq!(after["01-28T11:30"], before["01-28T10:00"]);
    assert_eq!(after["06-03T11:30"], before["06-03T10:00"]);
    assert_eq!(after["01-14T10:00"], before["01-14T10:00"], "what was, was");
    assert!(!after.contains_key("02-04T11:30"), "what was called off stays so");
    assert_eq!(office.world.job(off).occurrence.unwrap().series_id, new.id);
}

#[test]
fn before_it_has_begun_all_of_it_changes_in_place() {
    let office = Office::new();
    office.import(&[weekly()]);
    let (before, id) = (office.ids(), office.series()[0].id);
    let file =
        ForeignEvent { zone: New_York, start: at("2030-01-15T08:00:00"), ..ruled("FREQ=WEEKLY;BYDAY=TU,TH") };
    let done = office.import(&[file]);
    assert_eq!((done.unchanged, done.updated, done.past), (0, 0, 0));
    assert_eq!(usize::try_from(done.cancelled).unwrap(), before.len(), "no day is left");
    let [series] = office.series().try_into().unwrap();
    assert_eq!((series.id, series.recurrence.zone()), (id, New_York));
    let first: Vec<_> = office.alive().iter().take(2).map(|job| job.slot.start()).collect();
    assert_eq!(first, [utc("2030-01-15T13:00:00Z"), utc("2030-01-17T13:00:00Z")]);
}

#[test]
fn one_of_them_may_be_moved_or_called_off_by_the_file() {
    let office = Office::new();
    let moved = ForeignEvent {
        title: "Comité déplacé".to_owned(),
        length: Some(TimeDelta::hours(3)),
        ..instead("2030-01-21T09:00:00Z", "2030-01-23T15:00:00")
    };
    let off = ForeignEvent { cancelled: true, ..instead("2030-02-04T09:00:00Z", "2030-02-04T10:00:00") };
    // Beyond what is laid out.
    let far = instead("2032-01-12T09:00:00Z", "2032-01-15T10:00:00");
    let never = ForeignEvent { cancelled: true, ..instead("2032-01-19T09:00:00Z", "2032-01-19T10:00:00") };
    let all = [weekly(), moved.clone(), off.clone(), far, never];
    assert_eq!(office.import(&all), counts(53, 0, 2, 0, 0));
    let [series] = office.series().try_into().unwrap();
    let ids = office.ids();
    let job = office.world.job(ids["01-23T15:00"]);
    assert_eq!((job.title.as_str(), job.slot.length()), ("Comité déplacé", TimeDelta::hours(3)));
    assert_eq!(job.occurrence.unwrap().at, utc("2030-01-21T09:00:00Z"));
    assert!(!ids.contains_key("01-21T10:00") && !ids.contains_key("02-04T10:00"));
    let far = office.world.job(ids["01-15T10:00"]);
    assert_eq!(far.occurrence.unwrap().series_id, series.id);

    // Two years on it has been laid out around them.
    for week in 0..106 {
        office.world.go_to(24 * 7 * week + 3);
        office.world.tick();
    }
    let of_2032 = |day: &str| office.alive().iter().any(|job| job.slot.start() == utc(day));
    assert!(of_2032("2032-01-26T09:00:00Z") && of_2032("2032-01-15T09:00:00Z"));
    assert!(!of_2032("2032-01-12T09:00:00Z") && !of_2032("2032-01-19T09:00:00Z"));

    let office = Office::new();
    office.import(&[weekly()]);
    let before = office.ids();
    assert_eq!(office.import(&[weekly(), moved, off]), counts(0, 1, 51, 1, 0));
    assert_eq!(office.ids()["01-23T15:00"], before["01-21T10:00"]);
    assert_eq!(office.world.status(before["02-04T10:00"]), JobStatus::Cancelled);
    let done = office.import(&[weekly()]);
    assert_eq!((done.created, done.updated, done.cancelled), (1, 1, 0), "and back");
    assert_eq!(office.ids()["01-21T10:00"], before["01-21T10:00"]);
}

#[test]
fn an_occurrence_finds_its_series_also_without_the_rest() {
    let office = Office::new();
    let moved = instead("2030-01-21T09:00:00Z", "2030-01-23T15:00:00");
    assert_eq!(office.import(std::slice::from_ref(&moved)), counts(1, 0, 0, 0, 0));
    let alone = office.ids()["01-23T15:00"];
    assert_eq!(office.world.job(alone).occurrence, None);
    // Now its series comes, without it: it is the one of that time.
    assert_eq!(office.import(&[weekly()]).updated, 1);
    assert_eq!(office.ids()["01-21T10:00"], alone);
    let moved = instead("2030-01-28T09:00:00Z", "2030-01-30T15:00:00");
    let off = ForeignEvent { cancelled: true, ..instead("2030-02-04T09:00:00Z", "2030-02-04T10:00:00") };
    let far = instead("2032-01-12T09:00:00Z", "2032-01-15T10:00:00");
    let never = ForeignEvent { cancelled: true, ..instead("2032-01-19T09:00:00Z", "2032-01-19T10:00:00") };
    let before = office.ids();
    let loose = [moved, off, far, never];
    assert_eq!(office.meetings(&office.world.dev, &loose).unwrap(), counts(1, 1, 0, 2, 0));
    let again = office.meetings(&office.world.dev, &loose).unwrap();
    assert_eq!((again.created, again.updated, again.cancelled), (0, 0, 0));
    let ids = office.ids();
    assert_eq!(ids["01-30T15:00"], before["01-28T10:00"]);
    let [series] = office.series().try_into().unwrap();
    assert_eq!(office.world.job(ids["01-15T10:00"]).occurrence.unwrap().series_id, series.id);
    assert_eq!(series.recurrence.exceptions(), [at("2032-01-19T10:00:00")]);
    assert_eq!(ids.len(), before.len());
}

#[test]
fn what_took_place_once_and_repeats_by_now_is_not_doubled_and_the_other_way_round() {
    let office = Office::new();
    office.import(&[event("weekly@x")]);
    let once = office.ids()["01-14T10:00"];
    let done = office.import(&[weekly()]);
    assert_eq!((done.created, done.unchanged), (52, 1));
    let before = office.ids();
    assert_eq!(before["01-14T10:00"], once);
    assert_eq!(office.world.job(once).occurrence.unwrap().series_id, office.series()[0].id);
    let other = ForeignEvent { start: at("2030-01-28T10:00:00"), ..event("weekly@x") };
    assert_eq!(office.import(&[other]), counts(0, 0, 1, 52, 0));
    assert_eq!(office.ids(), BTreeMap::from([("01-28T10:00".to_owned(), before["01-28T10:00"])]));
    office.world.go_to(24 * 60);
    office.world.tick();
    let other = ForeignEvent { start: at("2030-01-28T10:00:00"), ..event("weekly@x") };
    let done = office.import(&[other]);
    assert_eq!((done.created, done.unchanged), (0, 1), "it is over, and no other is made");
}

#[test]
fn what_was_changed_here_is_set_back_and_what_was_called_off_here_stays() {
    let office = Office::new();
    office.import(&[weekly()]);
    let before = office.ids();
    let job = |day: &str| office.world.job(before[day]);
    office.scoped(before["01-21T10:00"], by_hours(&job("01-21T10:00"), 26), SeriesScope::This);
    office.call_off(before["01-28T10:00"], SeriesScope::This);
    // In two: those from here on are an hour later and have another title.
    let title = Some("Other".to_owned());
    let patch = JobPatch { title, ..by_hours(&job("03-04T10:00"), 1) };
    office.scoped(before["03-04T10:00"], patch, SeriesScope::Following);
    assert_eq!(office.series().len(), 2);
    assert!(office.series().iter().all(|series| series.source.as_deref() == Some("weekly@x")));

    let done = office.import(&[weekly()]);
    assert_eq!((done.created, done.cancelled, done.past), (0, 0, 1));
    assert_eq!(done.unchanged, 5, "{done:?}");
    let after = office.ids();
    assert!(!after.contains_key("01-28T10:00"));
    assert!(before.iter().all(|(day, id)| day == "01-28T10:00" || after[day] == *id), "{after:?}");
    let [series] = office.series().try_into().unwrap();
    assert_eq!(series.recurrence.rule(), "FREQ=WEEKLY");
    assert!(office.alive().iter().all(|job| job.title == "Comité"));
}

#[test]
fn a_series_that_was_called_off_here_stays_so() {
    for (first, scope) in [
        ("01-14T10:00", SeriesScope::All),
        ("02-04T10:00", SeriesScope::All),
        ("03-04T10:00", SeriesScope::Following),
    ] {
        let office = Office::new();
        office.import(&[weekly()]);
        let before = office.ids();
        if first == "02-04T10:00" {
            office.world.go_to(24 * 25);
            office.world.tick();
        }
        office.call_off(before[first], scope);
        let left = office.ids();
        for file in [
            weekly(),
            ForeignEvent { title: "Bureau".to_owned(), ..weekly() },
            ForeignEvent { start: at("2030-01-14T11:00:00"), ..weekly() },
            weekly(),
        ] {
            let done = office.import(&[file]);
            assert_eq!((done.created, done.cancelled), (0, 0), "{first} {scope}");
            assert_eq!(office.ids().len(), left.len(), "{first} {scope}");
        }
        assert_eq!(office.ids(), left);
        office.world.go_to(24 * 400);
        office.world.tick();
        let done = office.import(&[weekly()]);
        assert_eq!((done.created, done.past), (0, 1), "{first} {scope}: {done:?}");
    }
}

#[test]
fn a_series_that_the_file_calls_off_ends_with_all_that_was_moved() {
    let office = Office::new();
    let moved = instead("2030-01-21T09:00:00Z", "2030-01-23T15:00:00");
    office.import(&[weekly(), moved.clone()]);
    let off = ForeignEvent { cancelled: true, ..weekly() };
    assert_eq!(office.import(&[off.clone(), moved.clone()]), counts(0, 0, 0, 53, 0));
    assert_eq!(office.ids().len(), 0);
    assert_eq!(office.series(), [], "it has never begun");
    assert_eq!(office.import(std::slice::from_ref(&off)), counts(0, 0, 1, 0, 0));
    // The file takes it back.
    assert_eq!(office.import(&[weekly(), moved]).created, 53);
    office.world.go_to(24 * 15);
    office.world.tick();
    let done = office.import(&[off]);
    assert_eq!(done.cancelled, 53, "one of them moved on: {done:?}");
    let [series] = office.series().try_into().unwrap();
    assert_eq!(
        (series.lay_at, series.recurrence.rule().as_str()),
        (None, "FREQ=WEEKLY;UNTIL=20300121T090000Z")
    );
    assert_eq!(office.world.tick().laid, 0);
}

#[test]
fn one_more_date_is_a_meeting_by_itself() {
    let office = Office::new();
    let more = ForeignEvent {
        more: vec![utc("2030-01-15T09:00:00Z"), utc("2030-01-21T09:00:00Z"), utc("2030-01-16T09:00:00Z")],
        exceptions: vec![utc("2030-01-16T09:00:00Z")],
        ..ruled("FREQ=WEEKLY;COUNT=3")
    };
    assert_eq!(office.import(&[more]), counts(4, 0, 0, 0, 0));
    let ids = office.ids();
    assert_eq!(ids.keys().collect::<Vec<_>>(), ["01-14T10:00", "01-15T10:00", "01-21T10:00", "01-28T10:00"]);
    assert_eq!(office.world.job(ids["01-15T10:00"]).occurrence, None);
}

#[test]
fn hours_that_the_clocks_skip_are_left_out_moved_and_laid_out_once() {
    let office = Office::new();
    // In Paris there is no 02:30 on the 31st of March: it takes place at 03:00.
    let daily =
        ForeignEvent { start: at("2030-03-29T02:30:00"), ..ruled("FREQ=DAILY;UNTIL=20300331T023000") };
    assert_eq!(office.import(std::slice::from_ref(&daily)).created, 3);
    assert!(office.ids().contains_key("03-31T03:00"));
    let without = ForeignEvent { exceptions: vec![utc("2030-03-31T01:00:00Z")], ..daily.clone() };
    assert_eq!(office.import(&[without]), counts(0, 0, 2, 1, 0));
    let moved = instead("2030-03-31T01:00:00Z", "2030-03-31T15:00:00");
    office.import(&[daily, moved]);
    assert!(office.ids().contains_key("03-31T15:00"));
    let hourly = ForeignEvent {
        uid: "hourly".to_owned(),
        start: at("2030-03-31T00:00:00"),
        ..ruled("FREQ=HOURLY;COUNT=6")
    };
    let office = Office::new();
    assert_eq!(office.import(&[hourly]).created, 5, "two of them are one");
}

#[test]
fn whole_days_are_the_hubs() {
    let office = Office::new();
    let days = ForeignEvent {
        start: at("2030-03-30T00:00:00"),
        length: Some(TimeDelta::days(2)),
        all_day: true,
        ..ruled("FREQ=MONTHLY;COUNT=2")
    };
    assert_eq!(office.import(std::slice::from_ref(&days)), counts(2, 0, 0, 0, 0));
    let jobs = office.alive();
    assert!(jobs.iter().all(|job| job.all_day));
    assert_eq!(jobs[0].slot.end(), utc("2030-03-31T22:00:00Z"), "the second day has 23 hours");
    let hours = ForeignEvent { all_day: false, length: Some(TimeDelta::hours(1)), ..days.clone() };
    assert_eq!(office.import(&[hours]), counts(0, 2, 0, 0, 0));
    let elsewhere = ForeignEvent { zone: New_York, ..days };
    assert!(reason(office.meetings(&office.world.dev, &[elsewhere])).contains("not the hub's"));
}

#[test]
fn who_may_not_is_refused_and_nothing_is_done() {
    let office = Office::new();
    let world = &office.world;
    let file = [event("other@x"), weekly()];
    world.deactivate(&world.dev2);
    assert!(matches!(office.meetings(&world.dev2, &file), Err(Error::Denied { .. })));
    assert_eq!((office.entries().len(), office.series().len()), (0, 0));
    office.import(&file);
    let before = (office.jobs(), office.series());
    for file in [
        ForeignEvent { title: "Mine".to_owned(), ..weekly() },
        ForeignEvent { start: at("2030-01-14T11:00:00"), ..weekly() },
        ForeignEvent { cancelled: true, ..weekly() },
        ForeignEvent { exceptions: vec![utc("2032-01-12T09:00:00Z")], ..weekly() },
        ForeignEvent { cancelled: true, ..instead("2032-01-12T09:00:00Z", "2032-01-12T10:00:00") },
    ] {
        let denied = office.meetings(&world.ops, &[file]);
        assert!(matches!(denied, Err(Error::Denied { .. })), "{denied:?}");
    }
    assert_eq!((office.jobs(), office.series()), before);
    // The same file is nobody's change.
    assert_eq!(office.meetings(&world.ops, &file).unwrap(), counts(0, 0, 54, 0, 0));

    let dry = ImportAs::Meetings { project_id: world.app.id };
    let off = [ForeignEvent { cancelled: true, ..weekly() }];
    let before = world.everything();
    let told: Result<_> = go(world.by(&world.dev).import_events(&off, &dry, true));
    assert_eq!(told.unwrap(), counts(0, 0, 0, 53, 0));
    assert_eq!(world.everything(), before);
}
