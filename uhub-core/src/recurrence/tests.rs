#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use chrono::{Datelike as _, TimeDelta};
use chrono_tz::{America::New_York, Asia::Tokyo, Europe::Paris};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn rule(text: &str, start: &str) -> Recurrence {
    Recurrence::new(text, Paris, local(start), Vec::new()).unwrap()
}

fn all(recurrence: &Recurrence, limit: usize) -> Vec<NaiveDateTime> {
    recurrence.occurrences(NaiveDateTime::MIN, NaiveDateTime::MAX, limit)
}

fn days(recurrence: &Recurrence, limit: usize) -> Vec<String> {
    all(recurrence, limit).iter().map(|at| at.format("%m-%dT%H").to_string()).collect()
}

#[test]
fn a_local_hour_stays_through_daylight_saving() {
    let weekly = rule("FREQ=WEEKLY;BYDAY=SU", "2026-03-22T10:00:00");
    let instants: Vec<_> = all(&weekly, 3).into_iter().map(|at| weekly.instant(at).to_rfc3339()).collect();
    assert_eq!(
        instants,
        ["2026-03-22T09:00:00+00:00", "2026-03-29T08:00:00+00:00", "2026-04-05T08:00:00+00:00"]
    );
}

#[test]
fn r11_a_skipped_hour_happens_just_after_and_a_double_one_once() {
    let nightly = rule("FREQ=DAILY;COUNT=3", "2026-03-28T02:30:00");
    let at: Vec<_> = all(&nightly, 9).into_iter().map(|at| nightly.instant(at).to_rfc3339()).collect();
    assert_eq!(at[1], "2026-03-29T01:00:00+00:00", "02:30 is skipped: 03:00 summer time");
    assert_eq!(at.len(), 3);
    let double = rule("FREQ=DAILY;COUNT=2", "2026-10-24T02:30:00");
    let at: Vec<_> = all(&double, 9).into_iter().map(|at| double.instant(at).to_rfc3339()).collect();
    assert_eq!(at, ["2026-10-24T00:30:00+00:00", "2026-10-25T00:30:00+00:00"], "the first of the two");
}

#[test]
fn the_end_may_be_a_count_an_instant_a_local_time_or_a_date() {
    let start = "2026-01-05T10:00:00";
    assert_eq!(days(&rule("FREQ=DAILY;COUNT=2", start), 9), ["01-05T10", "01-06T10"]);
    assert_eq!(days(&rule("RRULE:FREQ=DAILY;UNTIL=20260106T090000Z", start), 9), ["01-05T10", "01-06T10"]);
    assert_eq!(days(&rule("FREQ=DAILY;UNTIL=20260106T085959Z", start), 9), ["01-05T10"]);
    assert_eq!(days(&rule("freq=daily;until=20260106t100000", start), 9), ["01-05T10", "01-06T10"]);
    let until = rule("FREQ=DAILY;UNTIL=20260106", start);
    assert_eq!(days(&until, 9), ["01-05T10", "01-06T10"]);
    assert_eq!(until.rule(), "FREQ=DAILY;UNTIL=20260106T225959Z");
    assert_eq!(Recurrence::new(&until.rule(), Paris, local(start), Vec::new()).unwrap(), until);
}

#[test]
fn exceptions_are_left_out_and_counted() {
    let start = local("2026-01-05T10:00:00");
    let gap = vec![local("2026-01-06T10:00:00")];
    let daily = Recurrence::new("FREQ=DAILY;COUNT=3", Paris, start, gap).unwrap();
    assert_eq!(days(&daily, 9), ["01-05T10", "01-07T10"]);
    assert!(!daily.contains(local("2026-01-06T10:00:00")) && daily.contains(start));
}

#[test]
fn what_is_no_rule_is_refused() {
    let refused =
        |text: &str| Recurrence::new(text, Paris, local("2026-01-05T10:00:00"), Vec::new()).unwrap_err();
    for text in [
        "",
        "DAILY",
        "FREQ=",
        "FREQ=FORTNIGHTLY",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY\nEXDATE:20260106",
        "FREQ=DAILY;X=é",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=DAILY;COUNT=99999999999999999999",
    ] {
        assert!(matches!(refused(text), RecurrenceError::Malformed(_)), "{text}: {:?}", refused(text));
    }
    assert_eq!(refused("FREQ=MINUTELY"), RecurrenceError::TooOften);
    assert_eq!(refused("FREQ=SECONDLY;COUNT=2"), RecurrenceError::TooOften);
    assert_eq!(refused("FREQ=HOURLY;BYMINUTE=0,1,2"), RecurrenceError::TooOften);
    assert!(matches!(
        refused(&format!("FREQ=DAILY;BYMONTHDAY={}1", "1,".repeat(400))),
        RecurrenceError::Malformed(_)
    ));
    let tuesday = refused("FREQ=WEEKLY;BYDAY=TU");
    assert_eq!(
        tuesday.to_string(),
        "does not name its own start, 2026-01-05 10:00:00; its first day is 2026-01-06 10:00:00"
    );
    let never = refused("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
    assert!(matches!(never, RecurrenceError::StartNotNamed { next: None, .. }), "{never:?}");
}

#[test]
fn days_move_with_their_start_where_the_rule_lets_them() {
    let moved = |text: &str, start: &str, by: TimeDelta| rule(text, start).shifted(by);
    let day = TimeDelta::days(1);
    let tuesdays = moved("FREQ=WEEKLY;BYDAY=MO", "2026-01-05T10:00:00", day).unwrap();
    assert_eq!(tuesdays.rule(), "FREQ=WEEKLY;BYDAY=TU");
    assert_eq!(days(&tuesdays, 2), ["01-06T10", "01-13T10"]);
    assert_eq!(rule("FREQ=MONTHLY;BYDAY=1MO", "2026-01-05T10:00:00").rule(), "FREQ=MONTHLY;BYDAY=1MO");
    let later = moved("FREQ=MONTHLY;BYDAY=1MO", "2026-01-05T10:00:00", TimeDelta::hours(2)).unwrap();
    assert_eq!(days(&later, 2), ["01-05T12", "02-02T12"]);
    for (text, by) in [
        ("FREQ=MONTHLY;BYDAY=1MO", day),
        ("FREQ=MONTHLY;BYMONTHDAY=5", day),
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=10", TimeDelta::hours(1)),
        ("FREQ=MONTHLY", TimeDelta::days(25)),
    ] {
        assert_eq!(moved(text, "2026-01-05T10:00:00", by), Err(RecurrenceError::Fixed), "{text}");
    }
}

#[test]
fn whole_days_begin_at_midnight() {
    assert_eq!(
        days(&rule("FREQ=DAILY;COUNT=2", "2026-01-05T10:00:00").whole_days().unwrap(), 9),
        ["01-05T00", "01-06T00"]
    );
}

/// Rules of every kind, with a start of their own.
fn rules() -> impl Strategy<Value = String> {
    let weekday = select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
    let by = prop_oneof![
        Just(String::new()),
        vec(weekday.clone(), 1..4).prop_map(|days| format!(";BYDAY={}", days.join(","))),
        vec(-31_i8..=31, 1..4).prop_map(|days| {
            let days: Vec<_> = days.iter().filter(|day| **day != 0).map(ToString::to_string).collect();
            if days.is_empty() { String::new() } else { format!(";BYMONTHDAY={}", days.join(",")) }
        }),
        (weekday, -4_i8..=4)
            .prop_filter("no nought", |(_, n)| *n != 0)
            .prop_map(|(day, n)| format!(";BYDAY={n}{day}")),
        vec(0_u8..24, 1..3).prop_map(|hours| {
            format!(";BYHOUR={}", hours.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
        }),
        (1_u8..=12).prop_map(|month| format!(";BYMONTH={month}")),
    ];
    let end = prop_oneof![
        Just(String::new()),
        (1_u32..40).prop_map(|count| format!(";COUNT={count}")),
        (2026_i32..2030, 1_u32..13).prop_map(|(year, month)| format!(";UNTIL={year}{month:02}15T120000Z")),
    ];
    (select(vec!["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]), option::of(1_u16..5), by, end).prop_map(
        |(freq, interval, by, end)| {
            let interval = interval.map(|n| format!(";INTERVAL={n}")).unwrap_or_default();
            format!("FREQ={freq}{interval}{by}{end}")
        },
    )
}

fn starts() -> impl Strategy<Value = NaiveDateTime> {
    (0_i64..2000, 0_i64..96).prop_map(|(day, quarter)| {
        local("2026-01-01T00:00:00") + TimeDelta::days(day) + TimeDelta::minutes(15 * quarter)
    })
}

/// A rule that names its start: where the first draw does not, its next day does.
fn recurrences() -> impl Strategy<Value = Recurrence> {
    let zones = select(vec![Paris, New_York, Tokyo]);
    (rules(), starts(), zones).prop_filter_map("names nothing", |(rule, start, zone)| {
        match Recurrence::new(&rule, zone, start, Vec::new()) {
            Ok(recurrence) => Some(recurrence),
            Err(RecurrenceError::StartNotNamed { next: Some(next), .. }) => {
                Recurrence::new(&rule, zone, next, Vec::new()).ok()
            }
            Err(_) => None,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn occurrences_are_in_order_once_each_and_come_back_from_text(recurrence in recurrences()) {
        let found = all(&recurrence, 50);
        prop_assert_eq!(found[0], recurrence.start());
        prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", found);
        let again = Recurrence::new(&recurrence.rule(), recurrence.zone(), recurrence.start(), Vec::new()).unwrap();
        prop_assert_eq!(all(&again, 50), found);
    }

    #[test]
    fn cut_in_two_nothing_is_lost_or_doubled(recurrence in recurrences(), at in 0_usize..12) {
        let whole = all(&recurrence, 40);
        let cut = whole[at.min(whole.len() - 1)];
        let mut parts = recurrence.before(cut).map(|part| all(&part, 40)).unwrap_or_default();
        prop_assert_eq!(parts.is_empty(), cut == recurrence.start());
        parts.extend(all(&recurrence.since(cut).unwrap(), 40));
        parts.truncate(whole.len());
        prop_assert_eq!(parts, whole);
        prop_assert_eq!(recurrence.since(cut + TimeDelta::minutes(1)), None, "no occurrence");
    }

    #[test]
    fn moved_ones_are_those_moved(recurrence in recurrences(), minutes in -5000_i64..5000) {
        let by = TimeDelta::minutes(minutes);
        if let Ok(moved) = recurrence.shifted(by) {
            let expected: Vec<_> = all(&recurrence, 40).into_iter().map(|at| at + by).collect();
            prop_assert_eq!(all(&moved, 40), expected);
        }
    }

    /// An independent look at the commonest rules.
    #[test]
    fn plain_rules_are_as_a_calendar_has_them(start in starts(), every in 1_i64..5, weekly: bool) {
        let unit = if weekly { 7 } else { 1 };
        let freq = if weekly { "WEEKLY" } else { "DAILY" };
        let text = format!("FREQ={freq};INTERVAL={every}");
        let recurrence = Recurrence::new(&text, Paris, start, Vec::new()).unwrap();
        let expected: Vec<_> = (0..30).map(|n| start + TimeDelta::days(n * every * unit)).collect();
        prop_assert_eq!(all(&recurrence, 30), expected);
        let monthly = Recurrence::new("FREQ=MONTHLY", Paris, start, Vec::new()).unwrap();
        for at in all(&monthly, 24) {
            prop_assert_eq!((at.day(), at.time()), (start.day(), start.time()));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "(RRULE:)?(FREQ|BYDAY|COUNT|UNTIL|INTERVAL|BYSETPOS|WKST|BYHOUR)?[=;,A-Z0-9+-]{0,60}", start in starts()) {
        if let Ok(recurrence) = Recurrence::new(&text, Paris, start, Vec::new()) {
            all(&recurrence, 5);
        }
    }
}
