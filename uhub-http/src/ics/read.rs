//! The events of an iCalendar, with their zones resolved.
//!
//! Lines and components are taken apart here, one by one and without recursion, so that a refusal names its line and no
//! nesting costs a stack; each content line is read by the `icalendar` crate, and rules are laid out by the core.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use icalendar::parser::Property;
use uhub_core::{Error, Result, hub::ForeignEvent, zone};

/// Files are no longer, in bytes.
pub(crate) const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Components lie no deeper in each other.
const MAX_DEPTH: usize = 8;
/// An event has no more properties, and no more dates left out or added.
const MAX_PARTS: usize = 2_000;

/// A content line, as far as events need it.
#[derive(Debug, Clone)]
struct Line {
    number: u64,
    name: String,
    value: String,
    params: Vec<(String, String)>,
}

impl Line {
    fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn refuse(&self, reason: impl std::fmt::Display) -> Error {
        refuse(self.number, format!("{} {reason}", self.name))
    }
}

/// A component's own lines.
#[derive(Debug, Clone, Default)]
struct Part {
    number: u64,
    lines: Vec<Line>,
}

impl Part {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    /// The one line of that name, if there is any.
    fn one<'a>(&'a self, name: &'a str) -> Result<Option<&'a Line>> {
        let mut found = self.all(name);
        match (found.next(), found.next()) {
            (one, None) => Ok(one),
            (_, Some(second)) => Err(second.refuse("is there twice")),
        }
    }

    fn text<'a>(&'a self, name: &'a str) -> Result<Option<&'a str>> {
        Ok(self.one(name)?.map(|line| line.value.as_str()))
    }
}

/// A zone that the file describes itself.
#[derive(Debug, Clone, Default)]
struct Described {
    id: String,
    /// Where it is, by those who say so.
    location: Option<String>,
    /// Its offsets from UTC, in seconds: one where it has no daylight saving.
    offsets: Vec<i32>,
}

/// The events of `text`. Floating times, and whole days, are those of `zone`.
///
/// # Errors
/// [`Error::Invalid`] with the line.
pub(crate) fn read(text: &str, zone: Tz) -> Result<Vec<ForeignEvent>> {
    if text.len() > MAX_BYTES {
        return Err(Error::invalid("ics", format!("has more than {MAX_BYTES} bytes")));
    }
    let (events, described) = components(text)?;
    let zones = Zones { hub: zone, described };
    events.iter().map(|event| read_event(event, &zones)).collect()
}

fn refuse(number: u64, reason: impl std::fmt::Display) -> Error {
    Error::invalid("ics", format!("line {number}: {reason}"))
}

/// The lines of a file, with what was folded in one piece again, and the numbers of those where they begin.
fn unfolded(text: &str) -> Vec<(u64, String)> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut lines: Vec<(u64, String)> = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest),
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}

fn read_line(number: u64, text: &str) -> Result<Line> {
    let wrong = || refuse(number, "is no line of an iCalendar");
    let property = Property::try_from(text).map_err(|_| wrong())?;
    let name = property.name.as_str().to_ascii_uppercase();
    if name.is_empty() {
        return Err(wrong());
    }
    let params = property.params.iter().map(|param| {
        let value = param.val.as_ref().map_or("", |value| value.as_str());
        (param.key.as_str().to_ascii_uppercase(), value.trim_matches('"').to_owned())
    });
    Ok(Line { number, name, value: property.val.as_str().to_owned(), params: params.collect() })
}

/// The events, and the zones that are described.
fn components(text: &str) -> Result<(Vec<Part>, BTreeMap<String, Described>)> {
    let mut open: Vec<String> = Vec::new();
    let (mut events, mut zones) = (Vec::new(), BTreeMap::new());
    let (mut event, mut zone) = (Part::default(), Described::default());
    let mut seen = false;
    for (number, text) in unfolded(text) {
        if text.trim().is_empty() {
            continue;
        }
        let line = match text.split_once(':') {
            Some((word, name)) if word.eq_ignore_ascii_case("BEGIN") => {
                let name = name.trim().to_ascii_uppercase();
                if open.is_empty() && name != "VCALENDAR" {
                    return Err(refuse(number, "this is no iCalendar: it begins with BEGIN:VCALENDAR"));
                }
                match (open.last().map(String::as_str), name.as_str()) {
                    (Some("VCALENDAR"), "VEVENT") => event = Part { number, ..Part::default() },
                    (Some("VCALENDAR"), "VTIMEZONE") => zone = Described::default(),
                    (None, _) => seen = true,
                    _ => {}
                }
                open.push(name);
                if open.len() > MAX_DEPTH {
                    return Err(refuse(number, "is nested too deeply"));
                }
                continue;
            }
            Some((word, name)) if word.eq_ignore_ascii_case("END") => {
                let name = name.trim().to_ascii_uppercase();
                if open.pop().as_ref() != Some(&name) {
                    return Err(refuse(number, format!("ends a {name} that is not open")));
                }
                match (open.last().map(String::as_str), name.as_str()) {
                    (Some("VCALENDAR"), "VEVENT") => events.push(std::mem::take(&mut event)),
                    (Some("VCALENDAR"), "VTIMEZONE") => {
                        let done = std::mem::take(&mut zone);
                        zones.insert(done.id.clone(), done);
                    }
                    _ => {}
                }
                continue;
            }
            _ if open.is_empty() => {
                return Err(refuse(number, "this is no iCalendar: it begins with BEGIN:VCALENDAR"));
            }
            _ => text,
        };
        let within: Vec<&str> = open.iter().map(String::as_str).collect();
        match within.as_slice() {
            ["VCALENDAR", "VEVENT"] => {
                event.lines.push(read_line(number, &line)?);
                if event.lines.len() > MAX_PARTS {
                    return Err(refuse(number, format!("has more than {MAX_PARTS} properties")));
                }
            }
            ["VCALENDAR", "VTIMEZONE"] => {
                let line = read_line(number, &line)?;
                match line.name.as_str() {
                    "TZID" => zone.id = line.value,
                    "X-LIC-LOCATION" => zone.location = Some(line.value),
                    _ => {}
                }
            }
            ["VCALENDAR", "VTIMEZONE", _] => {
                let line = read_line(number, &line)?;
                if line.name == "TZOFFSETTO" {
                    let offset = offset(&line.value).ok_or_else(|| line.refuse("is no offset from UTC"))?;
                    zone.offsets.push(offset);
                }
            }
            _ => {}
        }
    }
    match (open.last(), seen) {
        (Some(name), _) => Err(Error::invalid("ics", format!("is cut off: {name} has no end"))),
        (None, false) => Err(Error::invalid("ics", "is no iCalendar: there is no VCALENDAR")),
        (None, true) => Ok((events, zones)),
    }
}

/// `+0530` in seconds.
fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if !matches!(digits.len(), 4 | 6) || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let part =
        |from: usize| digits.get(from..from + 2).and_then(|two| two.parse::<i32>().ok()).unwrap_or_default();
    Some(sign * (part(0) * 3600 + part(2) * 60 + part(4)))
}

/// The zones that a file speaks of.
struct Zones {
    hub: Tz,
    described: BTreeMap<String, Described>,
}

/// What Windows and Outlook call zones that people of uHub are likely to be in (CLDR, `windowsZones`).
const WINDOWS: &[(&str, Tz)] = &[
    ("UTC", Tz::UTC),
    ("GMT Standard Time", Tz::Europe__London),
    ("Greenwich Standard Time", Tz::Atlantic__Reykjavik),
    ("W. Europe Standard Time", Tz::Europe__Berlin),
    ("Romance Standard Time", Tz::Europe__Paris),
    ("Central Europe Standard Time", Tz::Europe__Budapest),
    ("Central European Standard Time", Tz::Europe__Warsaw),
    ("E. Europe Standard Time", Tz::Europe__Chisinau),
    ("FLE Standard Time", Tz::Europe__Kyiv),
    ("GTB Standard Time", Tz::Europe__Bucharest),
    ("Russian Standard Time", Tz::Europe__Moscow),
    ("Turkey Standard Time", Tz::Europe__Istanbul),
    ("Israel Standard Time", Tz::Asia__Jerusalem),
    ("Arabian Standard Time", Tz::Asia__Dubai),
    ("India Standard Time", Tz::Asia__Kolkata),
    ("China Standard Time", Tz::Asia__Shanghai),
    ("Singapore Standard Time", Tz::Asia__Singapore),
    ("Tokyo Standard Time", Tz::Asia__Tokyo),
    ("Korea Standard Time", Tz::Asia__Seoul),
    ("AUS Eastern Standard Time", Tz::Australia__Sydney),
    ("New Zealand Standard Time", Tz::Pacific__Auckland),
    ("South Africa Standard Time", Tz::Africa__Johannesburg),
    ("Morocco Standard Time", Tz::Africa__Casablanca),
    ("E. South America Standard Time", Tz::America__Sao_Paulo),
    ("Argentina Standard Time", Tz::America__Buenos_Aires),
    ("Atlantic Standard Time", Tz::America__Halifax),
    ("Eastern Standard Time", Tz::America__New_York),
    ("Central Standard Time", Tz::America__Chicago),
    ("Mountain Standard Time", Tz::America__Denver),
    ("US Mountain Standard Time", Tz::America__Phoenix),
    ("Pacific Standard Time", Tz::America__Los_Angeles),
    ("Alaskan Standard Time", Tz::America__Anchorage),
    ("Hawaiian Standard Time", Tz::Pacific__Honolulu),
];

impl Zones {
    /// The zone that `id` names: by the database of zones, by what Windows calls it, by where the file says that it is, or by
    /// its offset where that never changes. No other is guessed at.
    fn find(&self, id: &str) -> Option<Tz> {
        let known = |name: &str| {
            let name = name.trim_start_matches('/');
            // Some put a vendor before the name: `/freeassociation.sourceforge.net/Europe/Paris`.
            name.parse().ok().or_else(|| name.split_once('/').and_then(|(_, rest)| rest.parse().ok()))
        };
        let windows =
            |name: &str| WINDOWS.iter().find(|(windows, _)| *windows == name).map(|(_, zone)| *zone);
        let described = self.described.get(id);
        known(id)
            .or_else(|| windows(id))
            .or_else(|| described.and_then(|zone| zone.location.as_deref()).and_then(known))
            .or_else(|| described.and_then(fixed))
    }
}

/// A zone that is always so many hours from UTC.
fn fixed(zone: &Described) -> Option<Tz> {
    let first = *zone.offsets.first()?;
    let hours = first / 3600;
    if zone.offsets.iter().any(|offset| *offset != first) || hours * 3600 != first {
        return None;
    }
    // POSIX counts westwards.
    match hours {
        0 => Some(Tz::UTC),
        hours => format!("Etc/GMT{:+}", -hours).parse().ok(),
    }
}

/// A time, and on whose clocks it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    local: NaiveDateTime,
    zone: Tz,
    /// It is a whole day.
    day: bool,
}

impl Moment {
    fn instant(self) -> DateTime<Utc> {
        zone::local_instant(self.zone, self.local)
    }
}

/// The times of a line: one, or where the property takes a list, many.
fn moments(line: &Line, zones: &Zones) -> Result<Vec<Moment>> {
    if line.param("VALUE").is_some_and(|kind| kind.eq_ignore_ascii_case("PERIOD")) {
        return Err(line.refuse("has periods: give starts"));
    }
    let zone = match line.param("TZID") {
        Some(id) => zones.find(id).ok_or_else(|| {
            let shown: String = id.chars().filter(|c| !c.is_control()).take(100).collect();
            line.refuse(format!("is in the zone {shown}, which is not known: name one such as Europe/Paris"))
        })?,
        None => zones.hub,
    };
    line.value
        .split(',')
        .map(|text| moment(text.trim(), zone, zones.hub).ok_or_else(|| line.refuse("is no time")))
        .collect()
}

fn moment(text: &str, zone: Tz, hub: Tz) -> Option<Moment> {
    if text.len() == 8 {
        let day = NaiveDate::parse_from_str(text, "%Y%m%d").ok()?;
        return Some(Moment { local: day.and_time(NaiveTime::MIN), zone: hub, day: true });
    }
    let (text, zone) = match text.strip_suffix(['Z', 'z']) {
        Some(text) => (text, Tz::UTC),
        None => (text, zone),
    };
    // chrono would take shorter fields too.
    let local = (text.len() == 15).then(|| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok())??;
    Some(Moment { local, zone, day: false })
}

fn one_moment(line: &Line, zones: &Zones) -> Result<Moment> {
    match moments(line, zones)?.as_slice() {
        [one] => Ok(*one),
        _ => Err(line.refuse("is no single time")),
    }
}

fn read_event(event: &Part, zones: &Zones) -> Result<ForeignEvent> {
    let needed = |name: &str| refuse(event.number, format!("the event has no {name}"));
    let uid = event.text("UID")?.map(str::trim).filter(|uid| !uid.is_empty()).ok_or_else(|| needed("UID"))?;
    if uid.len() > 1_000 {
        return Err(refuse(event.number, "UID has more than 1000 bytes"));
    }
    let start = one_moment(event.one("DTSTART")?.ok_or_else(|| needed("DTSTART"))?, zones)?;
    if let Some(line) = event.all("EXRULE").next() {
        return Err(line.refuse("is not supported: RFC 5545 has no such rules any more"));
    }
    let replaces = match event.one("RECURRENCE-ID")? {
        Some(line) if line.param("RANGE").is_some() => {
            return Err(
                line.refuse("changes this and all that follow: give each of them, or a series of its own")
            );
        }
        Some(line) => Some(one_moment(line, zones)?.instant()),
        None => None,
    };
    let dates = |name: &str| -> Result<Vec<DateTime<Utc>>> {
        let mut all = Vec::new();
        for line in event.all(name) {
            for moment in moments(line, zones)? {
                if moment.day != start.day {
                    return Err(line.refuse("is of another kind than DTSTART: a day, or a time"));
                }
                all.push(moment.instant());
            }
            if all.len() > MAX_PARTS {
                return Err(line.refuse(format!("has more than {MAX_PARTS} dates")));
            }
        }
        Ok(all)
    };
    let text = |name: &str| -> Result<String> {
        let text = event.text(name)?.unwrap_or_default();
        Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
    };
    let title = text("SUMMARY")?.split_whitespace().collect::<Vec<_>>().join(" ");
    let rule = event.one("RRULE")?.map(|line| line.value.clone());
    if let (Some(_), Some(_)) = (&rule, replaces) {
        return Err(refuse(event.number, "an occurrence that takes another's place repeats itself"));
    }
    Ok(ForeignEvent {
        line: event.number,
        uid: uid.to_owned(),
        replaces,
        title: if title.is_empty() { "Untitled".to_owned() } else { title },
        description: text("DESCRIPTION")?.trim().to_owned(),
        zone: start.zone,
        start: start.local,
        length: length(event, start, zones)?,
        all_day: start.day,
        rule,
        more: dates("RDATE")?,
        exceptions: dates("EXDATE")?,
        cancelled: event.text("STATUS")?.is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")),
    })
}

/// How long it lasts, where it says so.
fn length(event: &Part, start: Moment, zones: &Zones) -> Result<Option<TimeDelta>> {
    let (end, duration) = (event.one("DTEND")?, event.one("DURATION")?);
    match (end, duration) {
        (Some(_), Some(line)) => Err(line.refuse("is given beside DTEND")),
        (Some(line), None) => {
            let end = one_moment(line, zones)?;
            if end.day != start.day {
                return Err(line.refuse("is of another kind than DTSTART: a day, or a time"));
            }
            let length = if start.day { end.local - start.local } else { end.instant() - start.instant() };
            match length {
                length if length < TimeDelta::zero() => Err(line.refuse("is before DTSTART")),
                length if length > TimeDelta::zero() => Ok(Some(length)),
                _ => Ok(start.day.then(|| TimeDelta::days(1))),
            }
        }
        (None, Some(line)) => {
            let length = duration_of(&line.value).ok_or_else(|| line.refuse("is no length of time"))?;
            if start.day && length.num_seconds() % 86_400 != 0 {
                return Err(line.refuse("is no whole number of days"));
            }
            Ok((length > TimeDelta::zero()).then_some(length))
        }
        (None, None) => Ok(start.day.then(|| TimeDelta::days(1))),
    }
}

/// `P1W`, `P2DT3H4M5S`; never negative.
fn duration_of(text: &str) -> Option<TimeDelta> {
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
    let (mut seconds, mut digits, mut is_time, mut any) = (0_i64, String::new(), false, false);
    for c in text.chars() {
        let unit = match (c, is_time) {
            ('0'..='9', _) => {
                digits.push(c);
                continue;
            }
            ('T', false) if digits.is_empty() => {
                is_time = true;
                continue;
            }
            ('W', false) => 7 * 86_400,
            ('D', false) => 86_400,
            ('H', true) => 3_600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
        any = true;
    }
    // Two centuries are what a calendar has.
    let most = 200 * 366 * 86_400;
    (any && digits.is_empty() && seconds <= most).then(|| TimeDelta::seconds(seconds))
}

#[cfg(test)]
mod tests;
