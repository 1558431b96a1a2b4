//! What a hub has of the events of a file that repeat, locked.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::{
    meetings::place_of,
    plan::{HORIZON, MAX_OCCURRENCES, Plan, id_of},
};
use crate::{
    error::Result,
    hub::tx::Tx,
    model::{EARLIEST, Job, JobId, JobStatus, ProjectId, Series, SeriesId},
    ports::store::{LockKey, StoreError},
};

/// By UID.
pub(super) type Held = BTreeMap<String, There>;

/// What there is of an event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct There {
    /// Its series, in the order of their starts.
    series: Vec<Series>,
    /// The jobs that stand for their occurrences, the coming ones at least, whatever became of them.
    jobs: Vec<Job>,
    /// Jobs that an import has made of its occurrences one by one.
    single: Vec<Single>,
}

/// A job that an import has made by itself.
#[derive(Debug, PartialEq)]
struct Single {
    job: Job,
    stands_for: StandsFor,
}

/// Which occurrence a single job is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum StandsFor {
    /// The one at that time.
    At(DateTime<Utc>),
    /// The only one that there was: that at this time, if it is still to come.
    All(DateTime<Utc>),
}

impl There {
    /// The series of which something is still to come.
    pub(super) fn living(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(move |series| {
            let is_coming = |job: &Job| {
                job.status.get().is_alive()
                    && job.occurrence.is_some_and(|it| it.series_id == series.id && it.at >= now)
            };
            series.lay_at.is_some() || self.jobs.iter().any(is_coming)
        })
    }

    /// The jobs of what is ahead by the rules, whatever became of them, each with its time.
    pub(super) fn ahead(&self, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, &Job)> {
        let of_series = self.jobs.iter().filter_map(|job| Some((job.occurrence?.at, job)));
        // What was let go of by a series does not come back to it.
        let is_kept = |job: &Job| self.series.is_empty() || job.status.get().is_alive();
        let single = self.single.iter().filter(|one| one.job.occurrence.is_none() && is_kept(&one.job));
        let single = single.map(|Single { job, stands_for }| match *stands_for {
            StandsFor::All(at) if at < now => (job.slot.start(), job),
            StandsFor::All(at) | StandsFor::At(at) => (at, job),
        });
        of_series.chain(single).filter(|(at, _)| *at >= now).collect()
    }

    /// The jobs of what is past by the rules, and was moved to another time that is still to come.
    pub(super) fn moved_on(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(move |job| {
            job.status.get().is_alive()
                && job.slot.start() >= now
                && job.occurrence.is_some_and(|occurrence| occurrence.at < now)
        })
    }

    /// The job of the occurrence at that time, as it was when it was held.
    pub(super) fn job_at(&self, at: DateTime<Utc>) -> Option<&Job> {
        self.jobs.iter().find(|job| job.occurrence.is_some_and(|occurrence| occurrence.at == at))
    }

    /// The job of that identifier that an import has made by itself.
    pub(super) fn single(&self, id: JobId) -> Option<&Job> {
        self.single.iter().map(|one| &one.job).find(|job| job.id == id)
    }

    /// From when on people have called off what repeats, here and not in the file: what has ended stays so.
    pub(super) async fn called_off(&self, tx: &mut Tx) -> Result<Option<DateTime<Utc>>> {
        let Some(latest) = self.series.last() else { return Ok(None) };
        let recurrence = &latest.recurrence;
        let goes_on = |from| !recurrence.occurrences(from, NaiveDateTime::MAX, 1).is_empty();
        let is_open = goes_on(recurrence.local(tx.now));
        let jobs = if is_open && latest.lay_at.is_some() {
            let is_of = |job: &&Job| job.occurrence.is_some_and(|it| it.series_id == latest.id);
            self.jobs.iter().filter(is_of).cloned().collect()
        } else {
            tx.s.occurrences(latest.id, EARLIEST).await?
        };
        // It was cut before the first that was called off, and those that were stay with it.
        if let Some(last) = jobs.last().and_then(|job| job.occurrence) {
            let after = recurrence.local(last.at) + TimeDelta::seconds(1);
            if !goes_on(after) {
                let end = recurrence.occurrences(NaiveDateTime::MIN, after, usize::MAX).pop();
                let end = end.map(|end| recurrence.instant(end));
                let cancelled = jobs.iter().filter(|job| job.status.get() == JobStatus::Cancelled);
                let beyond = |at: &DateTime<Utc>| end.is_none_or(|end| *at > end);
                let first = cancelled.filter_map(|job| Some(job.occurrence?.at)).find(beyond);
                if first.is_some() {
                    return Ok(first);
                }
            }
        }
        // Where that was its very first one, it keeps its rule.
        let is_over = latest.lay_at.is_none() && jobs.iter().all(|job| !job.status.get().is_alive());
        Ok((is_over && is_open).then(|| recurrence.instant(recurrence.start())))
    }
}

/// What to look for.
struct Sought {
    /// Jobs of series from here on.
    since: DateTime<Utc>,
    /// Identifiers that single occurrences have, or would have.
    ids: BTreeMap<JobId, StandsFor>,
}

impl Tx {
    /// What there is of what repeats, locked, with these jobs and all at once.
    pub(super) async fn hold_events(
        &mut self,
        plan: &Plan,
        project: ProjectId,
        jobs: &[JobId],
    ) -> Result<Held> {
        let sought = sought(plan, project, self.now);
        let seen = self.see_events(&sought, project).await?;
        let mut keys = vec![LockKey::FreezesShared];
        keys.extend(jobs.iter().copied().map(LockKey::Job));
        for uid in sought.keys() {
            // Of two imports at once only one makes the series: it has no row yet that could be locked.
            let name = id_of(&format!("series of {project}"), uid, None);
            keys.push(LockKey::Series(SeriesId(name)));
        }
        for There { series, jobs, single } in seen.values() {
            let single = single.iter().map(|one| &one.job);
            keys.extend(series.iter().map(|series| LockKey::Series(series.id)));
            keys.extend(jobs.iter().chain(single).map(|job| LockKey::Job(job.id)));
        }
        keys.sort();
        keys.dedup();
        self.s.lock(&keys).await?;
        // What came between the first look and the locks starts over.
        if sought.is_empty() || self.see_events(&sought, project).await? == seen {
            return Ok(seen);
        }
        Err(StoreError::Contended.into())
    }

    async fn see_events(&mut self, sought: &BTreeMap<&str, Sought>, project: ProjectId) -> Result<Held> {
        let mut held = Held::new();
        let uids: Vec<_> = sought.keys().map(|uid| (*uid).to_owned()).collect();
        for series in self.s.series_from(project, &uids).await? {
            let Some(uid) = series.source.clone() else { continue };
            let since = sought.get(uid.as_str()).map_or(self.now, |sought| sought.since);
            let there = held.entry(uid).or_default();
            there.jobs.extend(self.s.occurrences(series.id, since).await?);
            there.series.push(series);
        }
        let ids: BTreeMap<_, _> = sought
            .iter()
            .flat_map(|(uid, sought)| {
                sought.ids.iter().map(move |(id, stands_for)| (*id, (*uid, *stands_for)))
            })
            .collect();
        let mut jobs = self.s.jobs_by_ids(&ids.keys().copied().collect::<Vec<_>>()).await?;
        jobs.sort_by_key(|job| job.id);
        for job in jobs {
            if let Some((uid, stands_for)) = ids.get(&job.id).copied() {
                held.entry(uid.to_owned()).or_default().single.push(Single { job, stands_for });
            }
        }
        for there in held.values_mut() {
            there.series.sort_by_key(|one| (one.recurrence.instant(one.recurrence.start()), one.id));
        }
        Ok(held)
    }
}

fn sought(plan: &Plan, project: ProjectId, now: DateTime<Utc>) -> BTreeMap<&str, Sought> {
    let place = place_of(project);
    let mut all = BTreeMap::new();
    for repeats in &plan.repeating {
        let id = |at| JobId(id_of(&place, &repeats.uid, at));
        let coming: Vec<DateTime<Utc>> = repeats.ahead(None).map_or_else(Vec::new, |ahead| {
            let until = ahead.local(now + HORIZON);
            let found = ahead.occurrences(ahead.start(), until, MAX_OCCURRENCES);
            found.into_iter().map(|local| ahead.instant(local)).collect()
        });
        let times = coming.iter().chain(repeats.overrides.keys());
        let mut ids: BTreeMap<_, _> = times.map(|at| (id(Some(*at)), StandsFor::At(*at))).collect();
        // What took place once may repeat by now.
        ids.insert(id(None), StandsFor::All(repeats.start));
        let first = repeats.overrides.keys().copied().chain(repeats.once.as_ref().map(|_| repeats.start));
        let first = first.chain([now]).min().unwrap_or(now);
        let since = if repeats.cancelled { EARLIEST } else { first };
        all.insert(repeats.uid.as_str(), Sought { since, ids });
    }
    for planned in &plan.loose {
        let sought =
            all.entry(planned.uid.as_str()).or_insert_with(|| Sought { since: now, ids: BTreeMap::new() });
        if let Some(at) = planned.occurrence {
            sought.since = sought.since.min(at);
            sought.ids.insert(JobId(planned.id(&place)), StandsFor::At(at));
        }
    }
    all
}
