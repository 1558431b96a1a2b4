//! When something that repeats takes place: an RFC 5545 recurrence rule in a time zone.
//!
//! The rule is laid out on the local clock, with `rrule`, and each local time becomes an instant by the rules of
//! [`zone`]: what the clocks skip happens just after the skip, what they show twice happens once, the
//! first time. So a weekly meeting at 10:00 stays at 10:00 through daylight saving.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use rrule::{Frequency, NWeekday, RRule, RRuleSet, Unvalidated};

use crate::zone;

#[cfg(test)]
mod tests;

/// The longest rule that is read, in bytes.
const MAX_RULE: usize = 500;
/// How many days may be left out by name.
const MAX_EXCEPTIONS: usize = 1000;
/// How far apart two occurrences may lie: a rule that names nothing within so many years names nothing.
const REACH_YEARS: i32 = 100;

/// Why a recurrence is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    /// The text is not a recurrence rule.
    #[error("is not a recurrence rule of RFC 5545: {0}")]
    Malformed(String),
    /// Repeats every minute or second.
    #[error("may repeat every hour at most")]
    TooOften,
    /// The rule does not name the start itself.
    #[error("does not name its own start, {start}{}", next.map(|next| format!("; its first day is {next}")).unwrap_or_default())]
    StartNotNamed {
        /// The local start.
        start: NaiveDateTime,
        /// The first local time that the rule names after it.
        next: Option<NaiveDateTime>,
    },
    /// Too many days are left out by name.
    #[error("leaves out more than {MAX_EXCEPTIONS} days by name")]
    TooManyExceptions,
    /// The rule says on which days or at which hours, so that another start needs another rule.
    #[error("fixes the days or hours by itself: to move all of them, give a new rule")]
    Fixed,
}

/// What repeats, in local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// Without `UNTIL`: that is `until`, whose meaning depends on the zone. Kept as it was written, in capitals: `rrule`
    /// writes the first Monday of a month as any Monday.
    rule: String,
    zone: Tz,
    start: NaiveDateTime,
    until: Option<NaiveDateTime>,
    exceptions: Vec<NaiveDateTime>,
}

impl Recurrence {
    /// The rule `text` (`FREQ=WEEKLY;BYDAY=TU`, with or without `RRULE:` before it) from the local time `start` on,
    /// without the local times `exceptions`. `UNTIL` may be UTC, local or a date, which counts as a whole.
    ///
    /// # Errors
    /// [`RecurrenceError`].
    pub fn new(
        text: &str,
        zone: Tz,
        start: NaiveDateTime,
        exceptions: Vec<NaiveDateTime>,
    ) -> Result<Self, RecurrenceError> {
        let (rule, until) = read(text, zone)?;
        Self::from_parts(rule, zone, start, until, exceptions)
    }

    fn from_parts(
        rule: String,
        zone: Tz,
        start: NaiveDateTime,
        until: Option<NaiveDateTime>,
        mut exceptions: Vec<NaiveDateTime>,
    ) -> Result<Self, RecurrenceError> {
        exceptions.sort_unstable();
        exceptions.dedup();
        if exceptions.len() > MAX_EXCEPTIONS {
            return Err(RecurrenceError::TooManyExceptions);
        }
        let recurrence = Self { rule, zone, start, until, exceptions };
        recurrence.built().map_err(|error| RecurrenceError::Malformed(error.to_string()))?;
        match recurrence.named().next() {
            Some(first) if first == start => Ok(recurrence),
            next => Err(RecurrenceError::StartNotNamed { start, next }),
        }
    }

    /// The rule as text, with the end that it has: `FREQ=WEEKLY;BYDAY=TU;UNTIL=20261231T225959Z`.
    pub fn rule(&self) -> String {
        match self.until {
            Some(until) => {
                format!("{};UNTIL={}", self.rule, self.instant(until).format("%Y%m%dT%H%M%SZ"))
            }
            None => self.rule.clone(),
        }
    }

    /// The rule as text for what takes whole days: its end is a date.
    pub fn rule_of_days(&self) -> String {
        match self.until {
            Some(until) => format!("{};UNTIL={}", self.rule, until.format("%Y%m%d")),
            None => self.rule.clone(),
        }
    }

    /// The local time of the occurrence that takes place at that instant: not the clocks' own where they skipped it.
    pub fn local_of(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let shown = self.local(at);
        if self.contains(shown) {
            return shown;
        }
        let skipped = self.occurrences(shown - TimeDelta::hours(26), shown, usize::MAX);
        skipped.into_iter().find(|local| self.instant(*local) == at).unwrap_or(shown)
    }

    /// The zone on whose clocks it repeats.
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The local time of the first occurrence.
    pub const fn start(&self) -> NaiveDateTime {
        self.start
    }

    /// The local times that are left out, in order.
    pub fn exceptions(&self) -> &[NaiveDateTime] {
        &self.exceptions
    }

    /// The instant that a local time stands for.
    pub fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        zone::local_instant(self.zone, local)
    }

    /// The local time of an instant.
    pub fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        zone::shown(self.zone, at)
    }

    /// The local times of its occurrences in `[from, to)`, in order, at most `limit`.
    pub fn occurrences(&self, from: NaiveDateTime, to: NaiveDateTime, limit: usize) -> Vec<NaiveDateTime> {
        self.kept().skip_while(|local| *local < from).take_while(|local| *local < to).take(limit).collect()
    }

    /// Whether `local` is one of its occurrences.
    pub fn contains(&self, local: NaiveDateTime) -> bool {
        self.kept().take_while(|at| *at <= local).any(|at| at == local)
    }

    /// The same up to, and without, `local`. `None` where nothing is left.
    #[must_use]
    pub fn before(&self, local: NaiveDateTime) -> Option<Self> {
        let until = self.named().take_while(|at| *at < local).last()?;
        Some(Self { rule: with(&self.rule, "COUNT", None), until: Some(until), ..self.clone() })
    }

    /// The same from its occurrence `local` on. `None` where that is none.
    #[must_use]
    pub fn since(&self, local: NaiveDateTime) -> Option<Self> {
        let (passed, named) = self.named().enumerate().find(|(_, at)| *at >= local)?;
        if named != local {
            return None;
        }
        let passed = u32::try_from(passed).ok()?;
        let rule = match self.parsed().ok()?.get_count() {
            Some(count) => {
                let left = count.checked_sub(passed).filter(|left| *left > 0)?;
                with(&self.rule, "COUNT", Some(&left.to_string()))
            }
            None => self.rule.clone(),
        };
        let exceptions = self.exceptions.iter().copied().filter(|at| *at >= local).collect();
        Self::from_parts(rule, self.zone, local, self.until, exceptions).ok()
    }

    /// The same on other local times, all of them moved by `by`.
    ///
    /// # Errors
    /// [`RecurrenceError::Fixed`] where the rule names days or hours of its own that cannot be moved with it.
    pub fn shifted(&self, by: TimeDelta) -> Result<Self, RecurrenceError> {
        let moved = |local: NaiveDateTime| local.checked_add_signed(by).ok_or(RecurrenceError::Fixed);
        let start = moved(self.start)?;
        let days = (start.date() - self.start.date()).num_days();
        let parsed = self.parsed().map_err(|_| RecurrenceError::Fixed)?;
        let weekdays = parsed.get_by_weekday();
        let every = matches!(parsed.get_freq(), Frequency::Weekly | Frequency::Daily);
        let rule = if every && !weekdays.is_empty() {
            let days: Vec<_> = weekdays.iter().map(|day| turned(*day, days).to_string()).collect();
            with(&self.rule, "BYDAY", Some(&days.join(",")))
        } else {
            self.rule.clone()
        };
        let until = self.until.map(moved).transpose()?;
        let exceptions = self.exceptions.iter().copied().map(moved).collect::<Result<_, _>>()?;
        let shifted = Self::from_parts(rule, self.zone, start, until, exceptions)
            .map_err(|_| RecurrenceError::Fixed)?;
        // Days of a month, weekdays over several weeks and the like do not all move with their start: seen by trying.
        let same =
            self.named().map(moved).zip(shifted.named()).take(SHIFT_TRIES).all(|(old, new)| old == Ok(new))
                && self.named().take(SHIFT_TRIES).count() == shifted.named().take(SHIFT_TRIES).count();
        if same { Ok(shifted) } else { Err(RecurrenceError::Fixed) }
    }

    /// The same in whole days: from midnight on.
    ///
    /// # Errors
    /// [`RecurrenceError::Fixed`] where the rule names hours.
    pub fn whole_days(&self) -> Result<Self, RecurrenceError> {
        self.shifted(self.start.date().and_time(NaiveTime::MIN) - self.start)
    }

    /// What the rule names, in order, before exceptions.
    fn named(&self) -> impl Iterator<Item = NaiveDateTime> + use<> {
        let until = self.until.unwrap_or(NaiveDateTime::MAX);
        let mut last = self.start;
        self.built()
            .ok()
            .map(|set| (&set).into_iter())
            .into_iter()
            .flatten()
            .map(|at| at.naive_utc())
            .take_while(move |local| *local <= until)
            .take_while(move |local| {
                let near = local.year() - last.year() <= REACH_YEARS && local.year() < 2200;
                last = *local;
                near
            })
    }

    /// Its occurrences, in order.
    fn kept(&self) -> impl Iterator<Item = NaiveDateTime> {
        self.named().filter(|local| self.exceptions.binary_search(local).is_err())
    }

    fn parsed(&self) -> Result<RRule<Unvalidated>, rrule::RRuleError> {
        self.rule.parse()
    }

    /// Local times are given to `rrule` as if they were UTC: it has its own ideas of daylight saving.
    fn built(&self) -> Result<RRuleSet, rrule::RRuleError> {
        let start = self.start.and_utc().with_timezone(&rrule::Tz::UTC);
        self.parsed()?.build(start).map(RRuleSet::limit)
    }
}

/// How many occurrences are compared to see whether a rule can be moved.
const SHIFT_TRIES: usize = 60;

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule())
    }
}

/// The rule without its `UNTIL`, and that as local time, included.
fn read(text: &str, zone: Tz) -> Result<(String, Option<NaiveDateTime>), RecurrenceError> {
    let malformed = |why: &str| RecurrenceError::Malformed(why.to_owned());
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_prefix("RRULE:").unwrap_or(&text);
    if text.len() > MAX_RULE {
        return Err(malformed("it is too long"));
    }
    let known = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "=;,+-".contains(c);
    if !text.chars().all(known) {
        return Err(malformed("it has characters that no rule has"));
    }
    let mut until = None;
    let mut parts = Vec::new();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        match part.strip_prefix("UNTIL=") {
            Some(_) if until.is_some() => return Err(malformed("it has two UNTIL")),
            Some(value) => {
                until = Some(read_until(value, zone).ok_or_else(|| malformed("its UNTIL is no date"))?);
            }
            None => parts.push(part),
        }
    }
    let text = parts.join(";");
    let rule: RRule<Unvalidated> =
        text.parse().map_err(|error: rrule::RRuleError| RecurrenceError::Malformed(error.to_string()))?;
    if matches!(rule.get_freq(), Frequency::Minutely | Frequency::Secondly)
        || rule.get_by_second().len() > 1
        || rule.get_by_minute().len() > 1
    {
        return Err(RecurrenceError::TooOften);
    }
    let counted = rule.get_by_weekday().iter().any(|day| matches!(day, NWeekday::Nth(..)));
    if counted && !matches!(rule.get_freq(), Frequency::Monthly | Frequency::Yearly) {
        return Err(malformed("only months and years have a first or last weekday"));
    }
    if rule.get_count() == Some(0) || rule.get_interval() == 0 {
        return Err(malformed("COUNT and INTERVAL are 1 at least"));
    }
    if rule.get_count().is_some() && until.is_some() {
        return Err(malformed("COUNT and UNTIL exclude each other"));
    }
    Ok((text, until))
}

fn read_until(value: &str, zone: Tz) -> Option<NaiveDateTime> {
    if let Some(utc) = value.strip_suffix('Z') {
        let utc = NaiveDateTime::parse_from_str(utc, "%Y%m%dT%H%M%S").ok()?.and_utc();
        return Some(zone::shown(zone, utc));
    }
    NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%S").ok().or_else(|| {
        let date = NaiveDate::parse_from_str(value, "%Y%m%d").ok()?;
        date.and_hms_opt(23, 59, 59)
    })
}

/// `rule` with another value for a part of it, or without the part.
fn with(rule: &str, part: &str, value: Option<&str>) -> String {
    let name = |text: &str| text.split('=').next() == Some(part);
    let others = rule.split(';').filter(|text| !name(text)).map(str::to_owned);
    let changed = value.map(|value| format!("{part}={value}"));
    others.chain(changed).collect::<Vec<_>>().join(";")
}

/// A weekday so many days later.
fn turned(day: NWeekday, days: i64) -> NWeekday {
    let later = |weekday: Weekday| {
        let turns = days.rem_euclid(7);
        (0..turns).fold(weekday, |weekday, _| weekday.succ())
    };
    match day {
        NWeekday::Every(weekday) => NWeekday::Every(later(weekday)),
        NWeekday::Nth(n, weekday) => NWeekday::Nth(n, later(weekday)),
    }
}
