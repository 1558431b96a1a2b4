//! The jobs and what is asked of them often, as indexes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use imbl::{OrdMap, OrdSet};
use uuid::Uuid;

use super::super::{slots::SlotIndex, up_to};
use crate::{
    model::{
        CalendarEntry, EnvironmentId, Job, JobEnvironment, JobId, JobStatus, Occurrence, ProjectId, SeriesId,
        Slot,
    },
    ports::store::{JobFilter, Page, Result, StoreError},
    text::search_key,
};

/// A job with the form of its title that is searched.
#[derive(Debug)]
struct Kept {
    job: Job,
    words: String,
}

/// Every index holds the same `Arc`.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Jobs {
    by_id: OrdMap<JobId, Arc<Kept>>,
    by_slot: SlotIndex<Arc<Kept>>,
    contending: OrdMap<String, SlotIndex<Arc<Kept>>>,
    /// Those that launch by themselves at their start and have not.
    waiting: SlotIndex<Arc<Kept>>,
    /// Those that may be missed, by the end of their slot in microseconds.
    missable: OrdSet<(i64, JobId)>,
    by_title: OrdSet<(ProjectId, String, JobId)>,
    by_environment: OrdSet<(EnvironmentId, JobId)>,
    by_occurrence: OrdMap<Occurrence, JobId>,
}

fn is_waiting(job: &Job) -> bool {
    job.auto_start
        && matches!(job.status.get(), JobStatus::Planned | JobStatus::Approved)
        && job.auto_started_for != Some(job.slot.start())
}

const fn launches(job: &Job) -> bool {
    job.execution.is_some() && job.auto_start
}

fn is_missable(job: &Job) -> bool {
    match job.status.get() {
        JobStatus::AwaitingApproval => true,
        JobStatus::Planned | JobStatus::Approved => launches(job),
        _ => false,
    }
}

impl Jobs {
    pub(in super::super) fn get(&self, id: JobId) -> Option<&Job> {
        self.by_id.get(&id).map(|kept| &kept.job)
    }

    pub(in super::super) fn contains(&self, id: JobId) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(in super::super) fn any_in(&self, environment: EnvironmentId) -> bool {
        self.in_environment(environment).next().is_some()
    }

    fn in_environment(&self, environment: EnvironmentId) -> impl Iterator<Item = JobId> {
        self.by_environment
            .range((environment, JobId(Uuid::nil()))..=(environment, JobId(Uuid::max())))
            .map(|(_, id)| *id)
    }

    pub(in super::super) fn insert(&mut self, job: Job) -> Result<()> {
        if self.by_id.contains_key(&job.id) {
            return Err(StoreError::Duplicate("id"));
        }
        self.check_occurrence(&job)?;
        self.index(job);
        Ok(())
    }

    /// One job at most stands for an occurrence.
    pub(super) fn check_occurrence(&self, job: &Job) -> Result<()> {
        let taken = job.occurrence.and_then(|occurrence| self.by_occurrence.get(&occurrence));
        if taken.is_some_and(|by| *by != job.id) { Err(StoreError::Duplicate("occurrence")) } else { Ok(()) }
    }

    /// The jobs that stand for occurrences of a series from `from` on, in order.
    pub(in super::super) fn of_series(
        &self,
        series: SeriesId,
        from: DateTime<Utc>,
    ) -> impl Iterator<Item = &Job> {
        let first = Occurrence { series_id: series, at: from };
        self.by_occurrence
            .range(first..)
            .take_while(move |(occurrence, _)| occurrence.series_id == series)
            .filter_map(|(_, id)| self.get(*id))
    }

    /// Puts `job` in the place of the one with its id.
    pub(in super::super) fn replace(&mut self, job: Job) {
        self.unindex(job.id);
        self.index(job);
    }

    /// Carries a new name or pool over to the jobs of an environment.
    pub(in super::super) fn replace_environment(&mut self, environment: &JobEnvironment) {
        let ids: Vec<_> = self.in_environment(environment.id).collect();
        for id in ids {
            if let Some(mut job) = self.get(id).cloned() {
                job.environment = Some(environment.clone());
                self.replace(job);
            }
        }
    }

    fn index(&mut self, job: Job) {
        let words = search_key(&job.title);
        let kept = Arc::new(Kept { job, words });
        let job = &kept.job;
        self.by_slot.insert(job.slot, job.id.0, kept.clone());
        if let Some(pool) = job.pool().filter(|_| job.contends()) {
            self.contending.entry(pool.to_owned()).or_default().insert(job.slot, job.id.0, kept.clone());
        }
        if is_waiting(job) {
            self.waiting.insert(job.slot, job.id.0, kept.clone());
        }
        if is_missable(job) {
            self.missable.insert((job.slot.end().timestamp_micros(), job.id));
        }
        self.by_title.insert((job.project_id, job.title.clone(), job.id));
        if let Some(environment) = &job.environment {
            self.by_environment.insert((environment.id, job.id));
        }
        if let Some(occurrence) = job.occurrence {
            self.by_occurrence.insert(occurrence, job.id);
        }
        self.by_id.insert(job.id, kept);
    }

    fn unindex(&mut self, id: JobId) {
        let Some(kept) = self.by_id.remove(&id) else { return };
        let job = &kept.job;
        self.by_slot.remove(job.slot, id.0);
        if let Some(pool) = job.pool()
            && let Some(contending) = self.contending.get_mut(pool)
        {
            contending.remove(job.slot, id.0);
            if contending.is_empty() {
                self.contending.remove(pool);
            }
        }
        self.waiting.remove(job.slot, id.0);
        self.missable.remove(&(job.slot.end().timestamp_micros(), id));
        self.by_title.remove(&(job.project_id, job.title.clone(), id));
        if let Some(environment) = &job.environment {
            self.by_environment.remove(&(environment.id, id));
        }
        if let Some(occurrence) = job.occurrence {
            self.by_occurrence.remove(&occurrence);
        }
    }

    pub(super) fn list(&self, filter: &JobFilter, page: Page) -> Vec<Job> {
        let from = filter.from.map(|from| from.timestamp_micros());
        let to = filter.to.map(|to| to.timestamp_micros());
        let after = page.after.map(|cursor| (cursor.key, cursor.id));
        let matcher = Matcher::new(filter);
        self.by_slot
            .range(from, to, after)
            .filter(|kept| matcher.takes(kept))
            .take(up_to(page.limit))
            .map(|kept| kept.job.clone())
            .collect()
    }

    pub(super) fn by_title(&self, project: ProjectId, title: &str) -> Option<&Job> {
        let first = (project, title.to_owned(), JobId(Uuid::nil()));
        let (of, named, id) = self.by_title.range(first..).next()?;
        (*of == project && named == title).then(|| self.get(*id)).flatten()
    }

    pub(super) fn calendar(&self, window: Slot, filter: &JobFilter) -> Vec<CalendarEntry> {
        let matcher = Matcher::new(filter);
        self.by_slot
            .overlapping(window)
            .filter(|kept| matcher.takes(kept))
            .map(|kept| kept.job.entry())
            .collect()
    }

    pub(super) fn contenders(&self, pools: &[String], window: Slot) -> Vec<CalendarEntry> {
        let pools: OrdSet<&String> = pools.iter().collect();
        pools
            .into_iter()
            .filter_map(|pool| self.contending.get(pool))
            .flat_map(|jobs| jobs.overlapping(window))
            .map(|kept| kept.job.entry())
            .collect()
    }

    pub(super) fn due(&self, now: DateTime<Utc>, limit: u32) -> Vec<Job> {
        let now = now.timestamp_micros();
        self.waiting.around(now).take(up_to(limit)).map(|kept| kept.job.clone()).collect()
    }

    pub(super) fn next_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.waiting.next_start(now.timestamp_micros()).and_then(DateTime::from_timestamp_micros)
    }

    pub(super) fn missed(
        &self,
        now: DateTime<Utc>,
        limit: u32,
        unclaimed: impl Iterator<Item = JobId>,
        is_launched: impl Fn(JobId) -> bool,
        awaits_plan: impl Fn(JobId) -> bool,
    ) -> Vec<Job> {
        let missable = self
            .missable
            .range(..=(now.timestamp_micros(), JobId(Uuid::max())))
            .filter_map(|(_, id)| self.get(*id))
            .filter(|job| launches(job) && !is_launched(job.id) || awaits_plan(job.id))
            .take(up_to(limit));
        let unclaimed = unclaimed.filter_map(|id| self.get(id)).filter(|job| job.slot.end() <= now);
        let mut missed: Vec<_> = missable.chain(unclaimed).cloned().collect();
        missed.sort_by_key(|job| (job.slot.end(), job.id));
        missed.dedup_by_key(|job| job.id);
        missed.truncate(up_to(limit));
        missed
    }
}

/// A filter with its words made ready.
struct Matcher<'a> {
    filter: &'a JobFilter,
    words: Option<String>,
}

impl<'a> Matcher<'a> {
    fn new(filter: &'a JobFilter) -> Self {
        Self { filter, words: filter.q.as_deref().map(search_key) }
    }

    fn takes(&self, kept: &Kept) -> bool {
        let (filter, job) = (self.filter, &kept.job);
        let environment = job.environment.as_ref().map(|environment| environment.name.as_str());
        filter.project_id.is_none_or(|project| job.project_id == project)
            && filter.environment.as_deref().is_none_or(|name| environment == Some(name))
            && filter.tier.is_none_or(|tier| job.tier() == tier)
            && filter.job_type.is_none_or(|job_type| job.job_type == job_type)
            && filter.status.is_none_or(|status| job.status.get() == status)
            && filter.from.is_none_or(|from| job.slot.end() > from)
            && filter.to.is_none_or(|to| job.slot.start() < to)
            && filter.own.is_none_or(|user| job.is_own(user))
            && self.words.as_ref().is_none_or(|words| kept.words.contains(words))
    }
}
