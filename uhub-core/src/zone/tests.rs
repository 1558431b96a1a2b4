#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use chrono::Timelike;
use chrono_tz::TZ_VARIANTS;
use proptest::prelude::*;
use std::sync::OnceLock;

const DAY: i64 = 86_400;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn seconds(local: NaiveDateTime) -> i64 {
    local.and_utc().timestamp()
}

/// Seconds east of UTC at an instant: the only question that the models put to the zone tables.
fn offset_at(zone: Tz, second: i64) -> i64 {
    let utc = DateTime::from_timestamp(second, 0).unwrap().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

type Stretches = Vec<(i64, i64)>;

/// The zone as stretches of constant offset: (first second, offset), over 2000–2199 and a bit.
fn stretches(zone: Tz) -> Stretches {
    let (first, last) = (seconds(date(1999, 11, 1).into()), seconds(date(2200, 3, 1).into()));
    let mut stretches = vec![(first, offset_at(zone, first))];
    // No zone changes and changes back within four days; if one did, only its tests would be missed.
    for from in (first..last).step_by(4 * DAY as usize) {
        let (mut low, mut high) = (from, from + 4 * DAY);
        if offset_at(zone, low) == offset_at(zone, high) {
            continue;
        }
        let before = offset_at(zone, low);
        while high - low > 1 {
            let middle = i64::midpoint(low, high);
            if offset_at(zone, middle) == before { low = middle } else { high = middle }
        }
        stretches.push((high, offset_at(zone, high)));
    }
    stretches
}

fn all_zones() -> &'static [(Tz, Stretches)] {
    static ALL: OnceLock<Vec<(Tz, Stretches)>> = OnceLock::new();
    ALL.get_or_init(|| TZ_VARIANTS.iter().map(|&zone| (zone, stretches(zone))).collect())
}

/// The first second that shows `local`, or else the start of the stretch that jumped over it.
fn model(stretches: &[(i64, i64)], local: i64) -> i64 {
    let around = stretches.partition_point(|&(from, _)| from < local - 3 * DAY).saturating_sub(1);
    let near = || (around..stretches.len()).take_while(|&at| stretches[at].0 < local + 3 * DAY);
    let until = |at: usize| stretches.get(at + 1).map_or(i64::MAX, |next| next.0);
    near()
        .map(|at| (local - stretches[at].1, stretches[at].0, until(at)))
        .find(|&(second, from, until)| from <= second && second < until)
        .map(|(second, _, _)| second)
        .or_else(|| {
            near()
                .map(|at| (stretches[at].0, stretches[at].1))
                .find(|&(from, offset)| from + offset > local)
                .map(|(from, _)| from)
        })
        .unwrap()
}

#[test]
fn r11_every_change_of_every_zone_agrees_with_a_model_of_its_offsets() {
    assert!(all_zones().len() > 550);
    let (mut changes, mut skipped, mut odd_midnights) = (0, 0, 0);
    for (zone, stretches) in all_zones() {
        for two in stretches.windows(2) {
            changes += 1;
            let (at, before, after) = (two[1].0, two[1].0 + two[0].1, two[1].0 + two[1].1);
            let day = local_date(*zone, DateTime::from_timestamp(at, 0).unwrap());
            for day in [day.pred_opt().unwrap(), day, day.succ_opt().unwrap()] {
                let midnight = local_midnight(*zone, day).timestamp();
                assert_eq!(midnight, model(stretches, seconds(day.into())), "{zone} {day}");
                odd_midnights += usize::from(offset_at(*zone, midnight) != seconds(day.into()) - midnight);
                let end = model(stretches, seconds(day.succ_opt().unwrap().into()));
                let expected = Span::new(midnight * 1_000_000, end * 1_000_000);
                assert_eq!(day_span(*zone, day), expected, "{zone} {day}");
                skipped += usize::from(expected.is_none());
            }
            // What the clocks show on both sides, and in the middle of what is skipped or repeated.
            for local in [before - 60, before, i64::midpoint(before, after), after, after + 60] {
                let shown = DateTime::from_timestamp(local - local.rem_euclid(60), 0).unwrap().naive_utc();
                let found =
                    local_time(*zone, shown.date(), shown.time().hour(), shown.time().minute()).unwrap();
                assert_eq!(found.timestamp(), model(stretches, seconds(shown)), "{zone} {shown}");
            }
        }
    }
    // Or the tests above were idle: Samoa and Tokelau skipped a day, and many a midnight is skipped.
    assert!(changes > 20_000 && skipped >= 2 && odd_midnights > 100, "{changes} {skipped} {odd_midnights}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn r11_any_minute_of_any_zone_agrees_with_a_model_of_its_offsets(
        zone in 0..TZ_VARIANTS.len(), day in 0_u64..73_049, hour in 0_u32..24, minute in 0_u32..60,
    ) {
        let (zone, stretches) = &all_zones()[zone];
        let day = date(2000, 1, 1) + Days::new(day);
        let found = local_time(*zone, day, hour, minute).unwrap();
        prop_assert_eq!(found.timestamp(), model(stretches, seconds(day.and_hms_opt(hour, minute, 0).unwrap())));
        let midnight = local_midnight(*zone, day);
        prop_assert!(midnight <= found);
        if let Some(span) = day_span(*zone, day) {
            prop_assert_eq!(local_date(*zone, midnight), day);
            prop_assert!((20 * 3600..=28 * 3600).contains(&(span.len() / 1_000_000)), "{}", span.len());
            let next = day.succ_opt().unwrap();
            prop_assert_eq!(span.end(), local_midnight(*zone, next).timestamp_micros());
            prop_assert!(all_day_slot(*zone, day, 2).is_some_and(|both| both.encloses(span)));
        }
    }

    #[test]
    fn working_hours_are_the_weekday_minutes_from_nine_to_six(
        zone in 0..TZ_VARIANTS.len(), start in 0_i64..73_000, minutes in 1_i64..9 * 24 * 60, probes in prop::collection::vec(any::<u32>(), 40),
    ) {
        let zone = TZ_VARIANTS[zone];
        let from = date(2000, 1, 1).and_hms_opt(0, 0, 0).unwrap().and_utc() + TimeDelta::days(start);
        let windows = working_hours(zone, from, from + TimeDelta::minutes(minutes));
        prop_assert!(windows.windows(2).all(|two| two[0].end() < two[1].start()));
        let range = Span::between(from, from + TimeDelta::minutes(minutes)).unwrap();
        prop_assert!(windows.iter().all(|window| window.overlaps(range)));
        for probe in probes {
            let at = from + TimeDelta::minutes(i64::from(probe) % minutes);
            let local = shown(zone, at);
            let weekday = local.weekday().num_days_from_monday() < 5;
            let working = weekday && (9..18).contains(&local.time().hour());
            prop_assert_eq!(windows.iter().any(|window| window.contains(at.timestamp_micros())), working, "{} {}", zone, at);
        }
    }
}

/// A second model, with no notion of stretches: walk minute by minute and read the clock.
#[test]
fn r11_odd_days_agree_with_reading_the_clock_minute_by_minute() {
    let days = [
        (Tz::Europe__Paris, date(2026, 3, 29)),
        (Tz::Europe__Paris, date(2026, 10, 25)),
        (Tz::America__Sao_Paulo, date(2018, 11, 4)), // 00:00 to 01:00 is skipped
        (Tz::America__Sao_Paulo, date(2018, 2, 18)), // 23:00 to 24:00 happens twice
        (Tz::America__Havana, date(2026, 11, 1)),    // 00:00 to 01:00 happens twice
        (Tz::America__St_Johns, date(2010, 11, 7)),  // at 00:01 back to 23:01
        (Tz::America__St_Johns, date(2010, 3, 14)),  // at 00:01 on to 01:01
        (Tz::Asia__Beirut, date(2025, 3, 30)),       // 00:00 to 01:00 is skipped
        (Tz::Australia__Lord_Howe, date(2026, 4, 5)), // half an hour
        (Tz::America__Scoresbysund, date(2024, 3, 31)),
        (Tz::Pacific__Apia, date(2011, 12, 30)),    // no such day
        (Tz::Pacific__Fakaofo, date(2011, 12, 30)), // no such day
        (Tz::Antarctica__Troll, date(2026, 3, 29)), // two hours
        (Tz::Africa__Casablanca, date(2026, 3, 22)),
    ];
    for (zone, odd) in days {
        for day in [odd.pred_opt().unwrap(), odd, odd.succ_opt().unwrap()] {
            let noon = seconds(day.into());
            let minutes = (-48 * 60..48 * 60).map(|minute| noon + minute * 60);
            let shows = |second: i64| second + offset_at(zone, second);
            let first = minutes.clone().find(|&at| shows(at).div_euclid(DAY) == noon / DAY);
            let expected = first.or_else(|| minutes.clone().find(|&at| shows(at) >= noon)).unwrap();
            assert_eq!(local_midnight(zone, day).timestamp(), expected, "{zone} {day}");
            assert_eq!(day_span(zone, day).is_some(), first.is_some(), "{zone} {day}");
            for quarter in 0..96 {
                let wanted = noon + quarter * 900;
                let exact = minutes.clone().find(|&at| shows(at) == wanted);
                let after = || {
                    minutes
                        .clone()
                        .zip(minutes.clone().skip(1))
                        .find(|&(a, b)| shows(a) < wanted && shows(b) > wanted)
                };
                let expected = exact.or_else(|| after().map(|(_, at)| at)).unwrap();
                let found = local_time(zone, day, (quarter / 4) as u32, (quarter % 4 * 15) as u32).unwrap();
                assert_eq!(found.timestamp(), expected, "{zone} {day} {quarter}");
            }
        }
    }
}

#[test]
fn days_of_paris_last_23_24_and_25_hours() {
    let hours = |day| day_span(Tz::Europe__Paris, day).unwrap().len() / 3_600_000_000;
    assert_eq!([date(2026, 3, 29), date(2026, 7, 1), date(2026, 10, 25)].map(hours), [23, 24, 25]);
    let long_weekend = all_day_slot(Tz::Europe__Paris, date(2026, 3, 28), 3).unwrap();
    assert_eq!(long_weekend.len() / 3_600_000_000, 71);
    assert_eq!(local_midnight(Tz::Europe__Paris, date(2026, 7, 1)).to_rfc3339(), "2026-06-30T22:00:00+00:00");
}

#[test]
fn a_skipped_day_counts_but_lasts_no_time() {
    let apia = Tz::Pacific__Apia;
    assert_eq!(day_span(apia, date(2011, 12, 30)), None);
    assert_eq!(local_midnight(apia, date(2011, 12, 30)), local_midnight(apia, date(2011, 12, 31)));
    assert_eq!(all_day_slot(apia, date(2011, 12, 30), 2), day_span(apia, date(2011, 12, 31)));
    assert_eq!(local_time(apia, date(2011, 12, 30), 15, 30), Some(local_midnight(apia, date(2011, 12, 31))));
    assert_eq!(all_day_slot(apia, date(2011, 12, 29), 0), None);
    // A Friday with no working hours.
    let from = local_midnight(apia, date(2011, 12, 29));
    let windows = working_hours(apia, from, local_midnight(apia, date(2012, 1, 1)));
    assert_eq!(windows.len(), 1);
}

#[test]
fn r12_hours_that_do_not_exist_and_the_ends_of_time() {
    assert_eq!(local_time(Tz::UTC, date(2026, 1, 1), 24, 0), None);
    assert_eq!(local_time(Tz::UTC, date(2026, 1, 1), 0, 60), None);
    for zone in [Tz::UTC, Tz::Pacific__Kiritimati, Tz::Pacific__Pago_Pago, Tz::Europe__Paris] {
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            let _ =
                (local_midnight(zone, day), local_time(zone, day, 23, 59), all_day_slot(zone, day, u32::MAX));
        }
        assert_eq!(day_span(zone, NaiveDate::MAX), None);
        let _ = local_date(zone, DateTime::<Utc>::MIN_UTC);
        let _ = local_date(zone, DateTime::<Utc>::MAX_UTC);
        let ever = working_hours(zone, DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        assert!(ever.is_empty(), "beyond the limits of spans");
        let long = working_hours(
            zone,
            date(1000, 1, 1).and_time(NaiveTime::MIN).and_utc(),
            date(9999, 1, 1).and_time(NaiveTime::MIN).and_utc(),
        );
        assert!((52_000..52_300).contains(&long.len()), "{}", long.len());
    }
}
