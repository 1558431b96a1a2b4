//! Local days and hours as instants, daylight saving included.
//!
//! Pure arithmetic on the zone tables compiled into `chrono-tz`. Two rules settle every odd case
//! (DOMAIN §1, all-day slots run from local midnight to local midnight):
//!
//! - a local time that the clocks skip stands for the first instant after the skip;
//! - a local time that happens twice stands for the first of the two.
//!
//! A whole day can be skipped (Samoa had no 2011-12-30). Its midnight then is the first instant of
//! the day after, and it has no [`day_span`].

use crate::conflict::{Span, merge};
use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;

#[cfg(test)]
mod tests;

/// Local hours, from Monday to Friday, that count as working hours (DOMAIN §6).
const WORK_STARTS: u32 = 9;
const WORK_ENDS: u32 = 18;

/// Zones lie within 14 hours of UTC and have skipped a day at most, so this far to either side of
/// "local time read as UTC" the local clock is certainly before, and after, that time.
const REACH: TimeDelta = TimeDelta::hours(40);

/// The calendar day that `instant` falls on.
#[must_use]
pub fn local_date(zone: Tz, instant: DateTime<Utc>) -> NaiveDate {
    shown(zone, instant).date()
}

/// The first instant of a local day. If its midnight is skipped, the first one after the skip; if
/// its midnight happens twice, the earlier.
#[must_use]
pub fn local_midnight(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    first_instant(zone, date.and_time(NaiveTime::MIN))
}

/// The instant of a local time of day. If it is skipped, the first instant after the skip; if it
/// happens twice, the earlier. `None` unless `hour` < 24 and `minute` < 60.
#[must_use]
pub fn local_time(zone: Tz, date: NaiveDate, hour: u32, minute: u32) -> Option<DateTime<Utc>> {
    date.and_hms_opt(hour, minute, 0).map(|local| first_instant(zone, local))
}

/// From the midnight that starts a local day to the one that ends it: 23, 24 or 25 hours as a rule.
/// `None` for a day that the zone skipped, and at the ends of what chrono can represent.
#[must_use]
pub fn day_span(zone: Tz, date: NaiveDate) -> Option<Span> {
    all_day_slot(zone, date, 1)
}

/// The slot of an all-day job: `days` local days from `first_day` on (DOMAIN §1). Days that the
/// zone skipped count but last no time. `None` if nothing is left, so also for no days, and at
/// the ends of what chrono can represent.
#[must_use]
pub fn all_day_slot(zone: Tz, first_day: NaiveDate, days: u32) -> Option<Span> {
    let after = first_day.checked_add_days(Days::new(u64::from(days)))?;
    Span::between(local_midnight(zone, first_day), local_midnight(zone, after))
}

/// The working hours, Monday to Friday from 09:00 to 18:00 local, that overlap `[from, to)`: whole
/// windows in order, not cut at `from` and `to`.
///
/// Only days of the years that a job may lie in are looked at, 2000 to 2199 (DOMAIN §1).
#[must_use]
pub fn working_hours(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Span> {
    let Some(range) = Span::between(from, to) else { return Vec::new() };
    let first = local_date(zone, from).max(NaiveDate::from_ymd_opt(1999, 12, 31).unwrap_or(NaiveDate::MIN));
    let last = local_date(zone, to).min(NaiveDate::from_ymd_opt(2200, 1, 1).unwrap_or(NaiveDate::MAX));
    let windows = first
        .iter_days()
        .take_while(|day| *day <= last)
        .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
        .filter_map(|day| {
            let (start, end) =
                local_time(zone, day, WORK_STARTS, 0).zip(local_time(zone, day, WORK_ENDS, 0))?;
            // Of a skipped day both are the same instant, and there is no window.
            Span::between(start, end).filter(|window| window.overlaps(range))
        });
    merge(windows)
}

/// When the clocks of `zone` change within `[from, to)`: the first second of the new time, with the offset from UTC before
/// and after, in seconds.
#[must_use]
pub fn changes(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, i32, i32)> {
    let mut found = Vec::new();
    let mut at = from;
    while at < to {
        let next = at.checked_add_signed(TimeDelta::days(1)).unwrap_or(to).min(to);
        let (before, after) = (offset(zone, at), offset(zone, next));
        if before != after {
            // Changes happen on whole seconds, and not twice a day.
            let (mut early, mut late) = (at, next);
            while (late - early).num_seconds() > 1 {
                let middle = early + TimeDelta::seconds((late - early).num_seconds() / 2);
                if offset(zone, middle) == before { early = middle } else { late = middle }
            }
            found.push((late, before, after));
        }
        at = next;
    }
    found
}

/// How far the clocks of `zone` are ahead of UTC at `instant`, in seconds.
#[must_use]
pub fn offset(zone: Tz, instant: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()
}

/// The instant of a local time. If it is skipped, the first instant after the skip; if it happens twice, the earlier.
#[must_use]
pub fn local_instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    first_instant(zone, local)
}

/// What the clocks of `zone` show at `instant`. At the ends of what chrono can represent, UTC.
#[must_use]
pub fn shown(zone: Tz, instant: DateTime<Utc>) -> NaiveDateTime {
    let utc = instant.naive_utc();
    utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix()).unwrap_or(utc)
}

/// The first instant at which the clocks of `zone` show `local`, or having skipped it, more.
fn first_instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    zone.from_local_datetime(&local).earliest().map_or_else(|| after_skip(zone, local), |at| at.to_utc())
}

/// The instant at which the clocks of `zone` jumped over `local`.
fn after_skip(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let as_utc = local.and_utc();
    let mut before = as_utc.checked_sub_signed(REACH).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let mut after = as_utc.checked_add_signed(REACH).unwrap_or(DateTime::<Utc>::MAX_UTC);
    // `local` itself is never shown: wherever "less" turns into "more" is the skip. They happen on
    // whole seconds, as does the middle of the search.
    while (after - before).num_seconds() > 1 {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if shown(zone, middle) < local { before = middle } else { after = middle }
    }
    after
}
