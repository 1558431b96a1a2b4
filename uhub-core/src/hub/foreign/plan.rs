//! What a file's events ask for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{ForeignEvent, refuse};
use crate::{
    error::{Error, Result},
    hub::series::coming,
    model::{Slot, SlotError},
    ports::clock::uuid_v7,
    recurrence::Recurrence,
    text, zone,
};

/// How far ahead of now single meetings and windows are laid out, of what repeats.
pub(super) const HORIZON: TimeDelta = TimeDelta::days(400);
/// At most so many meetings or freeze windows come of a file.
pub(super) const MAX_OCCURRENCES: usize = 2_000;
/// Of all rules of a file together, at most so many occurrences are gone through, most of them past.
const MAX_STEPS: usize = 500_000;
/// What takes place once, as a rule.
const ONCE: &str = "FREQ=DAILY;COUNT=1";

/// What a file asks for.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Single meetings or windows, in the order of the file.
    pub(super) single: Vec<Planned>,
    /// Meetings that repeat, each with what its events say.
    pub(super) repeating: Vec<Repeats>,
    /// Occurrences of series that were imported before: the file does not name the rest of them.
    pub(super) loose: Vec<Planned>,
}

/// What is known of the UIDs of a file that becomes meetings.
#[derive(Debug)]
pub(super) struct Known {
    /// The hub's zone: of whole days.
    pub(super) zone: Tz,
    /// Those that this hub gave itself.
    pub(super) own: BTreeSet<String>,
    /// Those of which there are series.
    pub(super) series: BTreeSet<String>,
}

/// One meeting or window that an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) line: u64,
    pub(super) uid: String,
    /// Of something that repeats: which occurrence.
    pub(super) occurrence: Option<DateTime<Utc>>,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) slot: Slot,
    pub(super) all_day: bool,
    pub(super) cancelled: bool,
}

impl Planned {
    pub(super) fn refuse(&self, reason: impl std::fmt::Display) -> Error {
        refuse(self.line, &self.uid, reason)
    }

    pub(super) fn id(&self, place: &str) -> Uuid {
        id_of(place, &self.uid, self.occurrence)
    }

    /// Of what a hub has exported: the job's identifier, or that of the series.
    pub(super) fn own(&self) -> Option<Uuid> {
        own_id(&self.uid)
    }
}

/// The identifier of what an event, or one occurrence of it, becomes in a place: the same each time, and nobody else's. It has
/// no time of the event's own in it, since that may change.
pub(super) fn id_of(place: &str, uid: &str, occurrence: Option<DateTime<Utc>>) -> Uuid {
    let occurrence = occurrence.map(|at| at.timestamp_micros().to_string()).unwrap_or_default();
    let digest = Sha256::new()
        .chain_update(format!("uhub-event-1\n{place}\n{}\n{occurrence}\n", uid.len()))
        .chain_update(uid)
        .finalize();
    let mut random = [0; 10];
    random.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    uuid_v7(DateTime::UNIX_EPOCH, random)
}

/// The identifier in a UID that a hub has given.
pub(super) fn own_id(uid: &str) -> Option<Uuid> {
    uid.strip_suffix("@uhub")?.parse().ok()
}

/// A meeting that repeats.
#[derive(Debug, Clone)]
pub(super) struct Repeats {
    pub(super) line: u64,
    pub(super) uid: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) length: TimeDelta,
    pub(super) all_day: bool,
    /// All of it, as the file has it. What is called off by itself is left out.
    pub(super) recurrence: Recurrence,
    /// When it starts.
    pub(super) start: DateTime<Utc>,
    /// What of it is ahead of now.
    ahead: Option<Recurrence>,
    /// Where it takes place once by now: as a single meeting.
    pub(super) once: Option<Planned>,
    /// It was called off as a whole.
    pub(super) cancelled: bool,
    /// Those of its occurrences that take place otherwise, and those called off.
    pub(super) overrides: BTreeMap<DateTime<Utc>, Planned>,
}

impl Repeats {
    pub(super) fn refuse(&self, reason: impl std::fmt::Display) -> Error {
        refuse(self.line, &self.uid, reason)
    }

    /// What is asked for from its occurrence `from` on, but for what is no longer wanted here from `until` on. `None` where
    /// nothing is.
    pub(super) fn since(&self, from: NaiveDateTime, until: Option<DateTime<Utc>>) -> Option<Recurrence> {
        if self.cancelled {
            return None;
        }
        cut(self.recurrence.since(from)?, until)
    }

    /// What is asked for ahead of now, likewise.
    pub(super) fn ahead(&self, until: Option<DateTime<Utc>>) -> Option<Recurrence> {
        cut(self.ahead.clone()?, until)
    }

    /// Whether the file itself leaves out the occurrence at that time.
    pub(super) fn leaves_out(&self, at: DateTime<Utc>) -> bool {
        self.recurrence.exceptions().binary_search(&self.recurrence.local(at)).is_ok()
    }

    /// Its occurrence at that time, which has that slot where nothing is said of it.
    pub(super) fn planned(&self, at: DateTime<Utc>, slot: Slot) -> Planned {
        self.overrides.get(&at).cloned().unwrap_or_else(|| Planned {
            line: self.line,
            uid: self.uid.clone(),
            occurrence: Some(at),
            title: self.title.clone(),
            description: self.description.clone(),
            slot,
            all_day: self.all_day,
            cancelled: false,
        })
    }
}

/// `all` without what there is of it from `until` on.
fn cut(all: Recurrence, until: Option<DateTime<Utc>>) -> Option<Recurrence> {
    match until.map(|until| all.local(until)) {
        Some(until) if !all.occurrences(until, NaiveDateTime::MAX, 1).is_empty() => all.before(until),
        Some(_) | None => Some(all),
    }
}

/// What the events ask for, in the order of the file. Where something is `known`, they become meetings, and what repeats stays
/// together; else it is laid out one by one, from `now` to [`HORIZON`].
pub(super) fn lay_out(
    events: &[ForeignEvent],
    default_length: Option<TimeDelta>,
    now: DateTime<Utc>,
    known: Option<&Known>,
) -> Result<Plan> {
    let mut masters: BTreeMap<&str, &ForeignEvent> = BTreeMap::new();
    let mut replaced: BTreeMap<&str, BTreeMap<DateTime<Utc>, &ForeignEvent>> = BTreeMap::new();
    for event in events {
        let is_new = match event.replaces {
            None => masters.insert(&event.uid, event).is_none(),
            Some(at) => replaced.entry(&event.uid).or_default().insert(at, event).is_none(),
        };
        if !is_new {
            return Err(refuse(event.line, &event.uid, "is there twice"));
        }
    }
    let is_series = |uid: &str| known.is_some_and(|known| known.series.contains(uid));
    // One that takes place once by now, and did not always, is what its series becomes.
    let stays_together = |event: &ForeignEvent| {
        known.is_some_and(|known| !known.own.contains(&event.uid))
            && (event.rule.is_some() || is_series(&event.uid))
    };
    let none = BTreeMap::new();
    let mut plan = Plan::default();
    let mut steps = MAX_STEPS;
    let mut count = 0;
    for event in events {
        let replaced = replaced.get(event.uid.as_str()).unwrap_or(&none);
        let wrong = |reason: String| refuse(event.line, &event.uid, reason);
        let before = plan.single.len() + plan.loose.len();
        match (event.replaces, masters.get(event.uid.as_str())) {
            // Told with the others of its series.
            (Some(_), Some(master)) if stays_together(master) => {}
            (Some(at), None) if is_series(&event.uid) => {
                plan.loose.push(planned(event, event.start, Some(at), default_length)?);
            }
            (Some(at), _) => plan.single.push(planned(event, event.start, Some(at), default_length)?),
            (None, _) if stays_together(event) => {
                let zone = known.map_or(event.zone, |known| known.zone);
                let (repeats, others) = repeats(event, replaced, (now, zone), default_length, &mut steps)?;
                count += repeats.ahead(None).map_or(0, |ahead| coming(&ahead, now).len());
                count += repeats.overrides.len();
                plan.repeating.push(repeats);
                plan.single.extend(others);
            }
            (None, _) if event.rule.is_none() && event.more.is_empty() => {
                plan.single.push(planned(event, event.start, None, default_length)?);
            }
            (None, _) => {
                let starts = occurrences(event, now).map_err(wrong)?;
                for at in starts.into_iter().filter(|at| !replaced.contains_key(at)) {
                    plan.single.push(planned(event, zone::shown(event.zone, at), Some(at), default_length)?);
                }
            }
        }
        count += plan.single.len() + plan.loose.len() - before;
        if count > MAX_OCCURRENCES {
            return Err(wrong(format!("makes more than {MAX_OCCURRENCES} of all together")));
        }
    }
    Ok(plan)
}

/// What an event says of each of its meetings or windows.
struct Words {
    title: String,
    description: String,
    length: TimeDelta,
}

fn words(event: &ForeignEvent, default_length: Option<TimeDelta>) -> Result<Words> {
    let wrong = |error: Error| refuse(event.line, &event.uid, error);
    let silent = || refuse(event.line, &event.uid, "says neither its end nor its length");
    Ok(Words {
        title: text::line("SUMMARY", &event.title, 200).map_err(wrong)?,
        description: text::prose("DESCRIPTION", &event.description, 10_000).map_err(wrong)?,
        length: event.length.or(default_length).ok_or_else(silent)?,
    })
}

fn planned(
    event: &ForeignEvent,
    start: NaiveDateTime,
    occurrence: Option<DateTime<Utc>>,
    default_length: Option<TimeDelta>,
) -> Result<Planned> {
    let Words { title, description, length } = words(event, default_length)?;
    let from = zone::local_instant(event.zone, start);
    let to = if event.all_day {
        start.checked_add_signed(length).map(|end| zone::local_midnight(event.zone, end.date()))
    } else {
        from.checked_add_signed(length)
    };
    let slot = to.ok_or(SlotError::OutOfRange).and_then(|to| Slot::new(from, to));
    Ok(Planned {
        line: event.line,
        uid: event.uid.clone(),
        occurrence,
        title,
        description,
        slot: slot.map_err(|error| refuse(event.line, &event.uid, error))?,
        all_day: event.all_day,
        cancelled: event.cancelled,
    })
}

/// What an event asks for that repeats, and single meetings that its rule does not name. Where it goes through its rule, it
/// takes from `steps`.
fn repeats(
    event: &ForeignEvent,
    replaced: &BTreeMap<DateTime<Utc>, &ForeignEvent>,
    (now, hub_zone): (DateTime<Utc>, Tz),
    default_length: Option<TimeDelta>,
    steps: &mut usize,
) -> Result<(Repeats, Vec<Planned>)> {
    let wrong = |reason: &dyn std::fmt::Display| refuse(event.line, &event.uid, reason);
    let Words { title, description, length } = words(event, default_length)?;
    text::source("UID", &event.uid).map_err(|error| wrong(&error))?;
    if event.all_day && (event.zone != hub_zone || length.num_seconds() % 86_400 != 0) {
        return Err(wrong(&"is of whole days that are not the hub's"));
    }
    if length.subsec_nanos() != 0 {
        return Err(wrong(&"lasts no whole number of seconds"));
    }
    let rule = event.rule.as_deref().unwrap_or(ONCE);
    let of = |rule: &str, exceptions| {
        let read = Recurrence::new(rule, event.zone, event.start, exceptions);
        read.map_err(|error| wrong(&format!("RRULE {error}")))
    };
    // Read twice: an end in an hour that the clocks skip is kept as the instant that it stands for.
    let every = of(&of(rule, Vec::new())?.rule(), Vec::new())?;

    // Which of the times that the file speaks of are the rule's, and how often it has taken place by the last of them.
    let told: BTreeSet<_> = replaced.keys().chain(&event.more).chain(&event.exceptions).copied().collect();
    let last = told.last().copied().unwrap_or(now).max(now);
    let until = every.local(last).checked_add_signed(TimeDelta::seconds(1)).unwrap_or(NaiveDateTime::MAX);
    let passed = every.occurrences(NaiveDateTime::MIN, until, *steps + 1);
    *steps = steps
        .checked_sub(passed.len())
        .ok_or_else(|| wrong(&format!("with what is before it, takes place more than {MAX_STEPS} times")))?;
    let local: BTreeMap<_, _> = told.into_iter().map(|at| (at, local_of(&every, &passed, at))).collect();
    let named = |at: &DateTime<Utc>| local.get(at).filter(|local| passed.binary_search(local).is_ok());

    let mut overrides = BTreeMap::new();
    let mut single = Vec::new();
    for (at, other) in replaced {
        let mut planned = planned(other, other.start, Some(*at), default_length)?;
        planned.cancelled |= event.cancelled;
        if named(at).is_some() {
            overrides.insert(*at, planned);
        } else {
            single.push(planned);
        }
    }
    let left_out: BTreeSet<_> = event.exceptions.iter().copied().collect();
    let more: BTreeSet<_> = event.more.iter().copied().collect();
    for at in more {
        let is_told = left_out.contains(&at) || replaced.contains_key(&at) || named(&at).is_some();
        if !is_told && at < now + HORIZON {
            single.push(planned(event, zone::shown(event.zone, at), Some(at), default_length)?);
        }
    }
    let called_off = overrides.values().filter(|planned| planned.cancelled).filter_map(|it| it.occurrence);
    let exceptions = left_out
        .iter()
        .copied()
        .filter(|at| !overrides.contains_key(at))
        .chain(called_off)
        .filter_map(|at| local.get(&at).copied())
        .collect();
    let recurrence = of(&every.rule(), exceptions)?;
    // Some hours are shown twice: what the clocks show now may be past.
    let near = recurrence.occurrences(recurrence.local(now), NaiveDateTime::MAX, 3);
    let first = near.into_iter().find(|local| recurrence.instant(*local) >= now);
    let first = first.filter(|_| !event.cancelled);
    if let Some(first) = first {
        planned(event, first, None, default_length)?;
    }
    let once = event.rule.is_none().then(|| planned(event, event.start, None, default_length)).transpose()?;
    let repeats = Repeats {
        line: event.line,
        uid: event.uid.clone(),
        title,
        description,
        length,
        all_day: event.all_day,
        start: recurrence.instant(event.start),
        ahead: first.and_then(|first| recurrence.since(first)),
        recurrence,
        once,
        cancelled: event.cancelled,
        overrides,
    };
    Ok((repeats, single))
}

/// The local time of an occurrence of `every`, which has `passed` until then, at that instant: not what the clocks show where
/// they have skipped it.
fn local_of(every: &Recurrence, passed: &[NaiveDateTime], at: DateTime<Utc>) -> NaiveDateTime {
    let shown = every.local(at);
    let before = at.checked_sub_signed(TimeDelta::seconds(1)).unwrap_or(at);
    if zone::offset(every.zone(), before) == zone::offset(every.zone(), at) {
        return shown;
    }
    let near = shown.checked_sub_signed(TimeDelta::hours(26)).unwrap_or(shown);
    let near = passed.get(passed.partition_point(|local| *local < near)..).unwrap_or_default();
    let is_it = |local: &&NaiveDateTime| **local <= shown && every.instant(**local) == at;
    near.iter().rev().find(is_it).copied().unwrap_or(shown)
}

/// The starts of what repeats, from now on.
fn occurrences(event: &ForeignEvent, now: DateTime<Utc>) -> Result<BTreeSet<DateTime<Utc>>, String> {
    let until = now + HORIZON;
    let mut starts: BTreeSet<DateTime<Utc>> = event.more.iter().copied().collect();
    match &event.rule {
        None => {
            starts.insert(zone::local_instant(event.zone, event.start));
        }
        Some(rule) => {
            let repeats = Recurrence::new(rule, event.zone, event.start, Vec::new());
            let repeats = repeats.map_err(|error| format!("RRULE {error}"))?;
            // What goes on now began before.
            let since = now.checked_sub_signed(event.length.unwrap_or_default()).unwrap_or(now);
            let (from, to) = (repeats.local(since), repeats.local(until));
            let found = repeats.occurrences(from, to, MAX_OCCURRENCES + 1);
            starts.extend(found.into_iter().map(|at| repeats.instant(at)));
        }
    }
    if starts.len() > MAX_OCCURRENCES {
        return Err(format!("takes place more than {MAX_OCCURRENCES} times in {} days", HORIZON.num_days()));
    }
    let left_out: BTreeSet<_> = event.exceptions.iter().copied().collect();
    starts.retain(|at| !left_out.contains(at) && *at < until);
    Ok(starts)
}
