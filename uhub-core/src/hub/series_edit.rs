//! Changing and calling off what repeats: one occurrence, one and those after it, or all that are still to come.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::json;

use super::{
    Acting, JobOutcome, JobPatch, JobUpdate, NewRecurrence,
    jobs::decide_change,
    series::{describe_series, length_of},
    tx::{Tx, enforce, transact},
};
use crate::{
    error::{Error, Result},
    model::{Change, Job, JobEnvironment, JobId, Occurrence, Series, SeriesId, UserId, words},
    rbac::Effect,
};

words! {
    /// Of what repeats, how much of it.
    #[derive(Default)]
    pub enum SeriesScope {
        /// This occurrence alone.
        #[default]
        This = "this",
        /// This one and those after it.
        Following = "following",
        /// All that have not begun.
        All = "all",
    }
}

/// What a change of a series works on, locked.
struct Held {
    series: Series,
    /// The job by which it was asked for.
    job: Job,
    /// From where on it is changed, as the series' clocks show it; none where nothing of it is ahead.
    from: Option<NaiveDateTime>,
    /// The jobs from there on, whatever became of them.
    jobs: Vec<Job>,
}

impl Held {
    /// Those that a change or a cancellation of all reaches: what runs or has ended stays as it is.
    fn reached(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| {
            let status = job.status.get();
            status.is_alive() && !status.is_fixed()
        })
    }
}

impl Acting {
    pub(super) async fn update_any(
        &self,
        tx: &mut Tx,
        id: JobId,
        patch: &JobPatch,
        how: JobUpdate,
    ) -> Result<JobOutcome> {
        match (how.scope, &patch.recurrence) {
            (SeriesScope::This, None) => self.update_in(tx, id, patch, how).await,
            (SeriesScope::This, Some(recurrence)) => {
                Box::pin(self.begin_series(tx, id, patch, recurrence, how)).await
            }
            (SeriesScope::Following | SeriesScope::All, _) => {
                Box::pin(self.update_series(tx, id, patch, how)).await
            }
        }
    }

    /// Makes a job the first occurrence of a series.
    async fn begin_series(
        &self,
        tx: &mut Tx,
        id: JobId,
        patch: &JobPatch,
        recurrence: &NewRecurrence,
        how: JobUpdate,
    ) -> Result<JobOutcome> {
        let words = JobPatch { recurrence: None, ..patch.clone() };
        let job = match self.update_in(tx, id, &words, how).await? {
            JobOutcome::Done(view) => view.job,
            JobOutcome::Waiting { .. } => {
                return Err(Error::invalid("recurrence", "the job's other changes need an approval first"));
            }
        };
        if job.occurrence.is_some() {
            return Err(Error::invalid("recurrence", "is of more than this one: scope `following` or `all`"));
        }
        let project = tx.project(job.project_id).await?;
        let actor = tx.actor(self.user.id).await?;
        enforce(decide_change(self, &actor, &job, &job, &Change::default(), &project))?;
        let mut series = self.hub.series_of(&job, recurrence)?;
        series.edited_by = actor.id;
        tx.lock_series(&series, &[&job], job.environment.as_ref()).await?;
        tx.s.insert_series(&series).await?;
        let first = Occurrence { series_id: series.id, at: job.slot.start() };
        let mut job = Job { occurrence: Some(first), ..job };
        tx.save_job(&mut job).await?;
        tx.log("series.create", &series, Effect::Allow, describe_series(&series));
        tx.lay(&mut series, &project, &actor).await?;
        Ok(JobOutcome::Done(self.view(&mut *tx.s, job, &project).await?))
    }

    async fn update_series(
        &self,
        tx: &mut Tx,
        id: JobId,
        patch: &JobPatch,
        how: JobUpdate,
    ) -> Result<JobOutcome> {
        let seen = tx.s.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
        let project = tx.project(seen.project_id).await?;
        tx.on(&seen);
        if let Some(Some(assignee)) = patch.assignee_id {
            tx.check_assignee(Some(assignee)).await?;
        }
        let target = self.hub.changed(&seen, &self.hub.change(&seen, patch, &project)?, &project)?;
        let held = tx.hold_series(&seen, how, target.environment.as_ref()).await?;
        let actor = tx.actor(self.user.id).await?;
        let change = self.hub.change(&held.job, patch, &project)?;
        let after = self.hub.changed(&held.job, &change, &project)?;
        // Each occurrence is decided by itself. This one speaks for those that are not laid out yet: what is refused here
        // is refused for all, and what needs an approval will ask for one as they are laid out.
        enforce(decide_change(self, &actor, &held.job, &after, &change, &project))?;
        let Some(from) = held.from else {
            return Err(Error::Unfit("nothing of the series is still to come".to_owned()));
        };

        let moves = change.slot.is_some() || patch.recurrence.is_some();
        let mut plan = Plan::new(&held, from, &after, &change, moves, actor.id)?;
        let mut old = held.series.clone();
        if how.scope == SeriesScope::All && !moves {
            plan.next.id = old.id;
            plan.next.recurrence = old.recurrence.clone();
            plan.next.version = old.version;
            plan.next.lay_at = old.lay_at;
        } else {
            // History keeps its own series: what was is not what will be.
            plan.next.id = SeriesId(self.hub.new_id());
            if let Some(recurrence) = &patch.recurrence {
                let zone = Some(recurrence.timezone.unwrap_or_else(|| old.recurrence.zone()));
                let start = plan.next.recurrence.instant(plan.next.recurrence.start());
                let wanted = NewRecurrence { timezone: zone, ..recurrence.clone() };
                plan.next.recurrence = wanted.read(&self.hub, plan.next.all_day, start, true)?;
            }
            tx.s.insert_series(&plan.next).await?;
        }
        tx.log(
            "series.edit",
            &old,
            Effect::Allow,
            json!({ "scope": how.scope, "from": describe_series(&old), "to": describe_series(&plan.next) }),
        );
        let mut outcomes = self.update_occurrences(tx, &held, &plan, patch).await?;

        if plan.next.id == old.id {
            if plan.next.lay_at.is_some() {
                tx.lay(&mut plan.next, &project, &actor).await?;
            } else {
                tx.save_series(&mut plan.next).await?;
            }
        } else {
            tx.cut_series(&mut old, from).await?;
            tx.lay(&mut plan.next, &project, &actor).await?;
        }
        match outcomes.remove(&id) {
            Some(outcome) => Ok(outcome),
            None => {
                let job = tx.s.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
                Ok(JobOutcome::Done(self.view(&mut *tx.s, job, &project).await?))
            }
        }
    }

    /// Carries a change of a series over to its jobs, each by the same checks as a change of it alone.
    async fn update_occurrences(
        &self,
        tx: &mut Tx,
        held: &Held,
        plan: &Plan,
        patch: &JobPatch,
    ) -> Result<BTreeMap<JobId, JobOutcome>> {
        let mut jobs: Vec<&Job> = held.jobs.iter().collect();
        if plan.shift > TimeDelta::zero() {
            // None passes through a slot that another one has yet to leave.
            jobs.reverse();
        }
        let mut outcomes = BTreeMap::new();
        for job in jobs {
            let Some(before) = job.occurrence else { continue };
            let local = held.series.recurrence.local_of(before.at) + plan.shift;
            let kept = plan.kept(local);
            if plan.next.id != held.series.id {
                let at = plan.next.recurrence.instant(local);
                let occurrence = kept.then_some(Occurrence { series_id: plan.next.id, at });
                tx.save_job(&mut Job { occurrence, ..job.clone() }).await?;
            }
            if !held.reached().any(|reached| reached.id == job.id) {
                continue;
            }
            let outcome = if kept {
                let patch = plan.patch_of(patch, &held.series, job, local)?;
                self.update_in(tx, job.id, &patch, JobUpdate::default()).await
            } else {
                self.cancel_in(tx, job.id, None).await
            };
            outcomes.insert(job.id, outcome.map_err(|error| on_day(error, job, &held.series))?);
        }
        Ok(outcomes)
    }

    /// Calls off what repeats: from `id` on, or all that has not begun. Rows stay, and what ran keeps its series.
    ///
    /// # Errors
    /// As [`Acting::cancel_job`], and [`Error::Invalid`] for a job that does not repeat.
    pub async fn cancel_series(
        &self,
        id: JobId,
        if_version: Option<i64>,
        scope: SeriesScope,
    ) -> Result<JobOutcome> {
        if scope == SeriesScope::This {
            return self.cancel_job(id, if_version).await;
        }
        transact!(&self.hub, &self.who, "job.cancel", |tx| {
            let seen = tx.s.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
            let project = tx.project(seen.project_id).await?;
            tx.on(&seen);
            let how = JobUpdate { if_version, scope, ..JobUpdate::default() };
            let held = tx.hold_series(&seen, how, None).await?;
            let mut chosen = None;
            for job in held.reached() {
                let outcome = self.cancel_in(tx, job.id, None).await;
                let outcome = outcome.map_err(|error| on_day(error, job, &held.series))?;
                if job.id == id {
                    chosen = Some(outcome);
                }
            }
            if chosen.is_none() && held.job.status.get().is_alive() {
                // It runs: its run is asked to stop.
                chosen = Some(self.cancel_in(tx, id, None).await?);
            }
            let mut series = held.series.clone();
            tx.log("series.cancel", &series, Effect::Allow, json!({ "scope": scope }));
            match held.from {
                Some(from) => tx.cut_series(&mut series, from).await?,
                None => tx.end_series(&mut series).await?,
            }
            match chosen {
                Some(outcome) => Ok(outcome),
                None => Ok(JobOutcome::Done(self.view(&mut *tx.s, held.job, &project).await?)),
            }
        })
    }
}

/// What a changed series will be like.
struct Plan {
    next: Series,
    /// How much later its occurrences are, on its clocks.
    shift: TimeDelta,
    /// Whether the occurrences get other slots.
    moves: bool,
}

impl Plan {
    fn new(
        held: &Held,
        from: NaiveDateTime,
        after: &Job,
        change: &Change,
        moves: bool,
        editor: UserId,
    ) -> Result<Self> {
        let series = &held.series;
        let zone = series.recurrence.zone();
        let local = |job: &Job| series.recurrence.local(job.slot.start());
        let shift = if change.slot.is_some() { local(after) - local(&held.job) } else { TimeDelta::zero() };
        let gone = || Error::Unfit("the series no longer has that occurrence".to_owned());
        let ahead = series.recurrence.since(from).ok_or_else(gone)?;
        let Change {
            title,
            description,
            job_type,
            environment,
            slot,
            assignee_id,
            critical,
            execution,
            auto_start,
            break_glass: _,
        } = change.clone();
        let next = Series {
            title: title.unwrap_or_else(|| series.title.clone()),
            description: description.unwrap_or_else(|| series.description.clone()),
            job_type: job_type.unwrap_or(series.job_type),
            environment_id: environment.unwrap_or(series.environment_id),
            all_day: slot.map_or(series.all_day, |(_, all_day)| all_day),
            assignee_id: assignee_id.unwrap_or(series.assignee_id),
            critical: critical.unwrap_or(series.critical),
            auto_start: auto_start.unwrap_or(series.auto_start),
            execution_edited_by: if execution.is_some() { editor } else { series.execution_edited_by },
            execution: execution.unwrap_or_else(|| series.execution.clone()),
            recurrence: ahead.shifted(shift)?,
            length: if slot.is_some() { length_of(after, zone) } else { series.length },
            edited_by: editor,
            skipped: Vec::new(),
            lay_at: None,
            version: 1,
            ..series.clone()
        };
        Ok(Self { next, shift, moves })
    }

    /// Whether the changed series still has an occurrence at that local time.
    fn kept(&self, local: NaiveDateTime) -> bool {
        !self.moves || self.next.recurrence.contains(local)
    }

    /// What becomes of one job: one that was moved by itself keeps its slot.
    fn patch_of(
        &self,
        patch: &JobPatch,
        before: &Series,
        job: &Job,
        local: NaiveDateTime,
    ) -> Result<JobPatch> {
        let in_place = job.occurrence.is_some_and(|occurrence| occurrence.at == job.slot.start())
            && job.all_day == before.all_day;
        let moved = patch.planned_start.is_some() || patch.planned_end.is_some() || patch.all_day.is_some();
        let words = JobPatch {
            planned_start: None,
            planned_end: None,
            all_day: None,
            recurrence: None,
            ..patch.clone()
        };
        if !moved || !in_place {
            return Ok(words);
        }
        let slot =
            self.next.slot(local).map_err(|error| Error::invalid("planned_start", error.to_string()))?;
        Ok(JobPatch {
            planned_start: Some(slot.start()),
            planned_end: Some(Some(slot.end())),
            all_day: Some(self.next.all_day),
            ..words
        })
    }
}

impl Tx {
    /// The series of `seen` and its jobs as they are now, and stay until the end.
    async fn hold_series(
        &mut self,
        seen: &Job,
        how: JobUpdate,
        place: Option<&JobEnvironment>,
    ) -> Result<Held> {
        let not_repeating = || Error::invalid("scope", "the job does not repeat");
        let occurrence = seen.occurrence.ok_or_else(not_repeating)?;
        let series = self.s.series(occurrence.series_id).await?.ok_or_else(not_repeating)?;
        let since = match how.scope {
            SeriesScope::All => self.now,
            SeriesScope::This | SeriesScope::Following => occurrence.at,
        };
        let jobs = self.s.occurrences(series.id, since).await?;
        let locked: Vec<_> = jobs.iter().chain([seen]).collect();
        self.lock_series(&series, &locked, place).await?;

        // What came between the first look and the locks starts over.
        let again = self.s.occurrences(series.id, since).await?;
        let same = jobs.len() == again.len()
            && jobs.iter().zip(&again).all(|(a, b)| a.id == b.id && a.pool() == b.pool());
        let series = self.s.series(series.id).await?.filter(|_| same);
        let series = series.ok_or(crate::ports::store::StoreError::Contended)?;
        let job = self.locked_job(seen).await?;
        if let Some(expected) = how.if_version
            && expected != job.version
        {
            return Err(Error::Stale { expected, actual: job.version });
        }
        let mut held = Held { series, job, from: None, jobs: again };
        if held.series.lay_at.is_none() && held.reached().next().is_none() {
            return Ok(held);
        }
        let series = &held.series;
        held.from = match how.scope {
            SeriesScope::All => {
                let laid = held.jobs.first().and_then(|job| job.occurrence).map(|first| first.at);
                let coming = || {
                    let now = series.recurrence.local(self.now);
                    series.recurrence.occurrences(now, NaiveDateTime::MAX, 1).pop()
                };
                let laid = laid.map(|at| series.recurrence.local_of(at));
                laid.or_else(coming)
            }
            SeriesScope::This | SeriesScope::Following => Some(series.recurrence.local_of(occurrence.at)),
        };
        Ok(held)
    }

    /// Lets a series have nothing from `from` on. One that never had an occurrence is gone with it.
    pub(super) async fn cut_series(&mut self, series: &mut Series, from: NaiveDateTime) -> Result<()> {
        match series.recurrence.before(from) {
            Some(before) => {
                series.recurrence = before;
                self.end_series(series).await
            }
            None if self.s.occurrences(series.id, crate::model::EARLIEST).await?.is_empty() => {
                self.s.delete_series(series.id).await?;
                Ok(())
            }
            None => self.end_series(series).await,
        }
    }

    /// Nothing more is laid out of a series.
    async fn end_series(&mut self, series: &mut Series) -> Result<()> {
        series.lay_at = None;
        series.skipped.clear();
        self.save_series(series).await
    }
}

/// Says which occurrence stood against a change of all.
fn on_day(error: Error, job: &Job, series: &Series) -> Error {
    let day = series.recurrence.local(job.slot.start()).date();
    match error {
        Error::Denied { rule, reason } => Error::Denied { rule, reason: format!("on {day}: {reason}") },
        Error::Invalid { field, reason } => Error::Invalid { field, reason: format!("on {day}: {reason}") },
        other => other,
    }
}
