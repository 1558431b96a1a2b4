//! Files of other calendars, one after the other.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::{America::New_York, Europe::Paris};
use proptest::prelude::*;

use super::{foreign::*, world::*};
use crate::{hub::ForeignEvent, model::Job, ports::store::Store as _, zone};

fn ahead(office: &Office) -> Vec<DateTime<Utc>> {
    office.alive().iter().map(|job| job.slot.start()).filter(|start| *start >= office.world.now()).collect()
}

/// A file about one meeting, and how long after the one before it comes.
fn files() -> impl Strategy<Value = Vec<ForeignEvent>> {
    let rules = prop::sample::select(vec![
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=2;COUNT=30",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;COUNT=5",
        "FREQ=DAILY;UNTIL=20300210T120000Z",
        "FREQ=MONTHLY",
        "FREQ=HOURLY;INTERVAL=5",
        "",
    ]);
    let starts = prop::sample::select(vec![
        "2029-11-05T10:00:00",
        "2030-01-07T09:00:00",
        "2030-01-14T10:00:00",
        "2030-01-14T23:30:00",
        "2030-01-16T10:00:00",
    ]);
    let zone = prop::sample::select(vec![Paris, New_York]);
    let others = proptest::collection::btree_map(0_i64..24, (0_i64..40, any::<bool>()), 0..4);
    (rules, starts, zone, others, proptest::collection::btree_set(0_i64..24, 0..4)).prop_map(
        |(rule, start, zone, others, left_out)| {
            let master = ForeignEvent {
                zone,
                start: at(start),
                rule: Some(rule.to_owned()).filter(|rule| !rule.is_empty()),
                ..event("weekly@x")
            };
            let day = |n: i64| zone::local_instant(zone, at(start) + TimeDelta::days(n));
            let exceptions = left_out.iter().map(|n| day(*n)).collect();
            let others = others.into_iter().map(|(n, (hours, cancelled))| ForeignEvent {
                zone,
                replaces: Some(day(n)),
                start: at(start) + TimeDelta::days(n) + TimeDelta::hours(hours),
                cancelled,
                ..event("weekly@x")
            });
            // What replaces nothing is a meeting by itself, and stays when it is no longer named.
            let others: Vec<_> =
                others.filter(|_| !rule.is_empty() && rule.starts_with("FREQ=DAILY;U")).collect();
            let master = if rule.is_empty() { master } else { ForeignEvent { exceptions, ..master } };
            std::iter::once(master).chain(others).collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    /// Whatever came before: what is ahead is what the last file says, as if it were the first.
    #[test]
    fn the_last_file_is_what_there_is(files in proptest::collection::vec((files(), 0_i64..96), 1..4)) {
        let office = Office::new();
        let mut hour = 0;
        for (file, wait) in &files {
            office.import(file);
            hour += wait;
            office.world.go_to(hour);
            office.world.tick();
        }
        let (last, _) = files.last().unwrap();
        office.import(last);
        let fresh = Office::new();
        fresh.world.go_to(hour);
        fresh.import(last);
        let (mut expected, mut found) = (ahead(&fresh), ahead(&office));
        // What is laid out already may go further than what would be by now, or a day less far.
        let end = expected.get(80).copied();
        let end = end.unwrap_or_else(|| office.world.now() + TimeDelta::days(330));
        // What took the place of a past one stays where it is, also when it is no longer named.
        let moved = files.iter().flat_map(|(file, _)| file).filter(|event| event.replaces.is_some_and(|at| at < office.world.now()));
        let moved: Vec<_> = moved.map(|event| zone::local_instant(event.zone, event.start)).collect();
        // And a single meeting that was called off stays so.
        let was_single = |job: &Job| job.id.0.as_bytes().starts_with(&[0; 6]);
        let off = office.jobs().into_iter().filter(|job| was_single(job) && !job.status.get().is_alive());
        let off: Vec<_> = off.filter_map(|job| Some(job.occurrence?.at)).collect();
        for starts in [&mut expected, &mut found] {
            starts.retain(|start| *start <= end && !moved.contains(start) && !off.contains(start));
        }
        prop_assert_eq!(found, expected);
        for series in office.series() {
            let now = office.world.now();
            let laid = go(async { office.world.store.read().await?.occurrences(series.id, now).await }).unwrap();
            prop_assert!(laid.iter().all(|job| job.status.get().is_alive() || was_single(job)), "what is gone is no occurrence");
        }
    }
}
