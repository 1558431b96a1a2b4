//! Meetings of other calendars that repeat, as series.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc};
use serde_json::json;

use super::{
    meetings::Import,
    plan::{Planned, Repeats},
    there::There,
};
use crate::{
    error::Result,
    hub::{
        jobs::decide_change,
        series::describe_series,
        tx::{Tx, enforce},
        views::{JobFacts, decide_job},
    },
    model::{Change, EARLIEST, Job, JobId, JobType, Occurrence, Series, SeriesId},
    rbac::{Action, Effect},
    recurrence::Recurrence,
};

/// What becomes of the series that an event has here.
struct Settled {
    /// The one that goes on; none where nothing is to come.
    series: Option<Series>,
    /// It is not written yet as it is to be, and has to be laid out.
    is_new: bool,
    /// Those that end now.
    ended: Vec<Series>,
}

impl Import<'_> {
    /// Makes what repeats what the file says.
    pub(super) async fn series(
        &mut self,
        tx: &mut Tx,
        repeats: &Repeats,
        there: Option<&There>,
    ) -> Result<()> {
        let none = There::default();
        let there = there.unwrap_or(&none);
        let before = self.done;
        let called_off = there.called_off(tx).await?;
        let Settled { series, is_new, ended } = self.settle(tx, repeats, there, called_off).await?;

        let ends: BTreeSet<_> = ended.iter().map(|series| series.id).collect();
        let told = self.carry_over(tx, repeats, series.as_ref(), there, (called_off, &ends)).await?;
        let now = tx.now;
        for (at, planned) in &repeats.overrides {
            let of = series.as_ref().filter(|series| *at >= now && names(&series.recurrence, *at));
            if called_off.is_some_and(|from| *at >= from) {
                self.done.past += 1;
            } else if !told.contains(at) {
                self.occurrence(tx, planned, there, of).await?;
            }
        }
        if let Some(planned) =
            repeats.once.as_ref().filter(|it| !it.cancelled && repeats.ahead(None).is_none())
        {
            self.over(tx, planned, there, repeats.start).await?;
        }
        for mut one in ended {
            let now = one.recurrence.local(tx.now);
            tx.cut_series(&mut one, now).await?;
        }
        if let Some(mut series) = series.filter(|_| is_new) {
            self.done.created += tx.lay(&mut series, self.project, self.actor).await?;
        }
        if self.done == before {
            if repeats.cancelled { self.done.unchanged += 1 } else { self.done.past += 1 }
        }
        Ok(())
    }

    /// What is over and took place once, also where that is all there is of a series: as any single meeting.
    async fn over(&mut self, tx: &mut Tx, planned: &Planned, there: &There, at: DateTime<Utc>) -> Result<()> {
        let id = JobId(planned.id(&self.place));
        if let Some(job) = there.job_at(at) {
            return self.change(tx, planned, job, false).await;
        }
        match tx.s.job(id).await? {
            Some(job) if job.occurrence.is_none() => self.change(tx, planned, &job, false).await,
            Some(_) => {
                self.done.past += 1;
                Ok(())
            }
            None => self.create(tx, planned, id, None).await,
        }
    }

    /// An occurrence of what an earlier file told of.
    pub(super) async fn loose(
        &mut self,
        tx: &mut Tx,
        planned: &Planned,
        there: Option<&There>,
    ) -> Result<()> {
        let none = There::default();
        let there = there.unwrap_or(&none);
        let now = tx.now;
        let is_of = |series: &&Series| {
            planned.occurrence.is_some_and(|at| at >= now && names(&series.recurrence, at))
        };
        // Another occurrence may have changed it meanwhile.
        let of = match there.living(now).find(is_of) {
            Some(series) => tx.s.series(series.id).await?,
            None => None,
        };
        self.occurrence(tx, planned, there, of.as_ref().filter(is_of)).await
    }

    /// Makes one occurrence what the file says of it: of that series, where it has it ahead.
    async fn occurrence(
        &mut self,
        tx: &mut Tx,
        planned: &Planned,
        there: &There,
        of: Option<&Series>,
    ) -> Result<()> {
        let id = JobId(planned.id(&self.place));
        let standing = planned.occurrence.and_then(|at| there.job_at(at));
        match (standing, of, there.single(id)) {
            (Some(job), _, _) => self.change(tx, planned, job, false).await?,
            (None, Some(series), _) if planned.cancelled => self.leave_out(tx, planned, series).await?,
            (None, Some(series), _) => {
                let occurrence = planned.occurrence.map(|at| Occurrence { series_id: series.id, at });
                let id = JobId(self.acting.hub.new_id());
                self.create(tx, planned, id, occurrence).await?;
            }
            (None, None, Some(job)) if job.occurrence.is_none() => {
                self.change(tx, planned, job, false).await?;
            }
            (None, None, _) if planned.cancelled => self.done.unchanged += 1,
            // Its job stands for another occurrence by now, or it took the place of one that is past and is over too.
            (None, None, Some(_)) => self.done.past += 1,
            (None, None, None) if planned.slot.end() <= tx.now => self.done.past += 1,
            (None, None, None) => self.create(tx, planned, id, None).await?,
        }
        Ok(())
    }

    /// Lets a series not have an occurrence that no job stands for yet.
    async fn leave_out(&mut self, tx: &mut Tx, planned: &Planned, series: &Series) -> Result<()> {
        let Some(at) = planned.occurrence else { return Ok(()) };
        self.may_cancel(planned, series)?;
        let all = &series.recurrence;
        let exceptions = all.exceptions().iter().copied().chain([all.local_of(at)]).collect();
        let recurrence = Recurrence::new(&all.rule(), all.zone(), all.start(), exceptions);
        let recurrence = recurrence.map_err(|error| planned.refuse(format!("RRULE {error}")))?;
        let mut next = Series { recurrence, edited_by: self.actor.id, ..series.clone() };
        next.skipped.retain(|skipped| skipped.at != at);
        self.log_change(tx, series, &next);
        tx.save_series(&mut next).await?;
        self.done.cancelled += 1;
        Ok(())
    }

    /// Brings the series itself to what the file says, all but its jobs.
    async fn settle(
        &mut self,
        tx: &mut Tx,
        repeats: &Repeats,
        there: &There,
        called_off: Option<DateTime<Utc>>,
    ) -> Result<Settled> {
        let living: Vec<&Series> = there.living(tx.now).collect();
        if let Some(series) = living.iter().find(|series| series.job_type != JobType::Meeting) {
            return Err(repeats.refuse(format!("series {} is no meeting", series.id)));
        }
        let ahead = repeats.ahead(called_off);
        let Some((base, others)) = living.split_first() else {
            let Some(recurrence) = ahead else {
                return Ok(Settled { series: None, is_new: false, ended: Vec::new() });
            };
            let series = self.new_series(tx, repeats, recurrence);
            self.may_create(&self.probe(repeats, &series)?)?;
            tx.s.insert_series(&series).await?;
            tx.log("series.create", &series, Effect::Allow, describe_series(&series));
            return Ok(Settled { series: Some(series), is_new: true, ended: Vec::new() });
        };
        let all = |living: &[&Series]| -> Vec<Series> { living.iter().copied().cloned().collect() };
        // From its start on, unless something is ahead that is before it.
        let start = base.recurrence.instant(base.recurrence.start());
        let is_first = ahead.as_ref().is_none_or(|ahead| ahead.instant(ahead.start()) >= start);
        let so_far = repeats
            .since(base.recurrence.start(), called_off)
            .filter(|_| is_first && base.all_day == repeats.all_day);
        let as_it_is = Series { recurrence: base.recurrence.clone(), ..told(repeats, base) };
        if others.is_empty() && as_it_is == **base && so_far.as_ref() == Some(&base.recurrence) {
            return Ok(Settled { series: Some(as_it_is), is_new: false, ended: Vec::new() });
        }
        let history: Vec<DateTime<Utc>> = (tx.s.occurrences(base.id, EARLIEST).await?.iter())
            .filter_map(|job| job.occurrence.map(|occurrence| occurrence.at))
            .filter(|at| *at < tx.now)
            .collect();
        // History keeps its own series, unless it is as the file has it: what was is not what will be.
        let in_place = match history.last() {
            None => ahead.clone(),
            Some(last) => so_far.filter(|so_far| {
                let named: BTreeSet<_> = named(so_far, NaiveDateTime::MIN, *last).into_keys().collect();
                history.iter().all(|at| named.contains(at))
            }),
        };
        let edited_by = self.actor.id;
        match (in_place, ahead) {
            (Some(recurrence), _) => {
                let next = Series { recurrence, edited_by, skipped: Vec::new(), ..told(repeats, base) };
                self.may_change(repeats, base, &next)?;
                self.log_change(tx, base, &next);
                Ok(Settled { series: Some(next), is_new: true, ended: all(others) })
            }
            (None, Some(recurrence)) => {
                let next = Series {
                    id: SeriesId(self.acting.hub.new_id()),
                    recurrence,
                    edited_by,
                    skipped: Vec::new(),
                    lay_at: None,
                    version: 1,
                    ..told(repeats, base)
                };
                self.may_change(repeats, base, &next)?;
                tx.s.insert_series(&next).await?;
                self.log_change(tx, base, &next);
                Ok(Settled { series: Some(next), is_new: true, ended: all(&living) })
            }
            (None, None) => {
                let probe = self.probe(repeats, base)?;
                self.may_cancel_job(&probe)?;
                tx.log("series.cancel", *base, Effect::Allow, json!({ "scope": "all" }));
                Ok(Settled { series: None, is_new: false, ended: all(&living) })
            }
        }
    }

    /// Carries what the file says over to the jobs that are ahead by the rule: each stands for the occurrence at its time, or
    /// on its day where the hour is another one now, or is called off. Those of `called_off` on stay as they are, but that
    /// they go with their series where it `ends`. Returns the times that were told of.
    async fn carry_over(
        &mut self,
        tx: &mut Tx,
        repeats: &Repeats,
        series: Option<&Series>,
        there: &There,
        (called_off, ends): (Option<DateTime<Utc>>, &BTreeSet<SeriesId>),
    ) -> Result<BTreeSet<DateTime<Utc>>> {
        let (off, mut jobs): (Vec<_>, Vec<_>) =
            there.ahead(tx.now).into_iter().partition(|(at, _)| called_off.is_some_and(|from| *at >= from));
        // Where two stand for the same time, the series' own is kept.
        jobs.sort_by_key(|(at, job)| {
            let of = job.occurrence.map(|occurrence| occurrence.series_id);
            (*at, of != series.map(|series| series.id), job.id)
        });
        let mut free = match (series, jobs.last()) {
            (Some(series), Some((last, _))) => {
                let from = series.recurrence.local(tx.now);
                let named = named(&series.recurrence, from, *last);
                named.into_iter().filter(|(at, _)| *at >= tx.now).collect()
            }
            _ => BTreeMap::new(),
        };
        let mut kept = Vec::new();
        let mut gone = Vec::new();
        let mut astray = Vec::new();
        for (at, job) in jobs {
            match free.remove(&at) {
                Some(local) => kept.push((at, local, job)),
                None if repeats.leaves_out(at) || series.is_none() => gone.push(job),
                None => astray.push((at, job)),
            }
        }
        if let Some(series) = series {
            gone.extend(by_day(&series.recurrence, &free, astray, &mut kept));
        }
        let mut told = BTreeSet::new();
        let moved_on: Vec<&Job> = there.moved_on(tx.now).filter(|_| repeats.cancelled).collect();
        // First those that go, so that their times are free. What is past by the rule stays with its series.
        for (job, stays) in gone
            .into_iter()
            .map(|job| (job, None))
            .chain(moved_on.into_iter().map(|job| (job, job.occurrence)))
        {
            told.extend(job.occurrence.map(|occurrence| occurrence.at));
            let job = stand_for(tx, job, stays).await?;
            if job.status.get().is_alive() {
                if job.job_type != JobType::Meeting {
                    return Err(repeats.refuse(format!("job {} is no meeting", job.id)));
                }
                self.acting.cancel_in(tx, job.id, None).await?;
                self.done.cancelled += 1;
            }
        }
        // Only what is called off is told by what is gone.
        told.retain(|at| repeats.overrides.get(at).is_some_and(|planned| planned.cancelled));
        if let Some(series) = series {
            for (at, local, job) in kept {
                let occurrence = Occurrence { series_id: series.id, at };
                let job = stand_for(tx, job, Some(occurrence)).await?;
                let slot = series.slot(local).map_err(|error| repeats.refuse(error))?;
                self.change(tx, &repeats.planned(at, slot), &job, false).await?;
                told.insert(at);
            }
            for (_, job) in off {
                if let Some(occurrence) = job.occurrence.filter(|it| ends.contains(&it.series_id)) {
                    let occurrence = Occurrence { series_id: series.id, ..occurrence };
                    stand_for(tx, job, Some(occurrence)).await?;
                }
            }
        }
        Ok(told)
    }

    fn new_series(&self, tx: &Tx, repeats: &Repeats, recurrence: Recurrence) -> Series {
        let by = self.actor.id;
        Series {
            id: SeriesId(self.acting.hub.new_id()),
            project_id: self.project.id,
            title: repeats.title.clone(),
            description: repeats.description.clone(),
            job_type: JobType::Meeting,
            environment_id: None,
            all_day: repeats.all_day,
            assignee_id: None,
            critical: None,
            execution: None,
            auto_start: false,
            recurrence,
            length: repeats.length,
            lay_at: None,
            skipped: Vec::new(),
            source: Some(repeats.uid.clone()),
            created_by: by,
            edited_by: by,
            execution_edited_by: by,
            created_at: tx.now,
            updated_at: tx.now,
            version: 1,
        }
    }

    /// A job that stands for what is not laid out: as it is decided, so is the series.
    fn probe(&self, repeats: &Repeats, series: &Series) -> Result<Job> {
        let first = series.recurrence.start();
        let job = self.acting.hub.occurrence(series, self.project, first);
        job.map_err(|error| repeats.refuse(error))
    }

    fn may_change(&self, repeats: &Repeats, before: &Series, after: &Series) -> Result<()> {
        let (from, to) = (self.probe(repeats, before)?, self.probe(repeats, after)?);
        let moves = before.recurrence != after.recurrence
            || before.length != after.length
            || before.all_day != after.all_day;
        let change = Change {
            title: (before.title != after.title).then(|| after.title.clone()),
            description: (before.description != after.description).then(|| after.description.clone()),
            slot: moves.then_some((to.slot, to.all_day)),
            ..Change::default()
        };
        enforce(decide_change(self.acting, self.actor, &from, &to, &change, self.project)).map(drop)
    }

    fn may_cancel(&self, planned: &Planned, series: &Series) -> Result<()> {
        let job = self.acting.hub.occurrence(series, self.project, series.recurrence.start());
        self.may_cancel_job(&job.map_err(|error| planned.refuse(error))?)
    }

    fn may_cancel_job(&self, job: &Job) -> Result<()> {
        let facts = JobFacts::of(job, self.actor, self.acting.hub.backend_of(self.project, None));
        enforce(decide_job(self.actor, Action::JobCancel, self.project, &facts)).map(drop)
    }

    fn log_change(&self, tx: &mut Tx, before: &Series, after: &Series) {
        let detail = json!({ "scope": "all", "from": describe_series(before), "to": describe_series(after) });
        tx.log("series.edit", before, Effect::Allow, detail);
    }
}

/// `series` in the words of the file, and as long.
fn told(repeats: &Repeats, series: &Series) -> Series {
    Series {
        title: repeats.title.clone(),
        description: repeats.description.clone(),
        length: repeats.length,
        all_day: repeats.all_day,
        ..series.clone()
    }
}

/// The job, standing for that occurrence or for none.
async fn stand_for(tx: &mut Tx, job: &Job, occurrence: Option<Occurrence>) -> Result<Job> {
    let mut job = job.clone();
    if job.occurrence != occurrence {
        job.occurrence = occurrence;
        tx.save_job(&mut job).await?;
    }
    Ok(job)
}

/// Whether a rule has an occurrence at that instant.
fn names(recurrence: &Recurrence, at: DateTime<Utc>) -> bool {
    recurrence.contains(recurrence.local_of(at))
}

/// The occurrences from a local time to the end of the day of `last`, by when they take place.
fn named(
    recurrence: &Recurrence,
    from: NaiveDateTime,
    last: DateTime<Utc>,
) -> BTreeMap<DateTime<Utc>, NaiveDateTime> {
    let until = recurrence.local(last).date().checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    let found = recurrence.occurrences(from, until.and_time(chrono::NaiveTime::MIN), usize::MAX);
    // Of two at the same instant the first is the one that is laid out.
    found.into_iter().rev().map(|local| (recurrence.instant(local), local)).collect()
}

/// Gives jobs whose times are no longer named those of the same day, where a day has as many of both. Returns the rest.
fn by_day<'a>(
    recurrence: &Recurrence,
    free: &BTreeMap<DateTime<Utc>, NaiveDateTime>,
    astray: Vec<(DateTime<Utc>, &'a Job)>,
    kept: &mut Vec<(DateTime<Utc>, NaiveDateTime, &'a Job)>,
) -> Vec<&'a Job> {
    let mut days: BTreeMap<NaiveDate, Vec<&Job>> = BTreeMap::new();
    for (at, job) in astray {
        days.entry(recurrence.local(at).date()).or_default().push(job);
    }
    let mut rest = Vec::new();
    for (day, jobs) in days {
        let times: Vec<_> = free.iter().filter(|(_, local)| local.date() == day).collect();
        if times.len() == jobs.len() {
            kept.extend(times.into_iter().zip(jobs).map(|((at, local), job)| (*at, *local, job)));
        } else {
            rest.extend(jobs);
        }
    }
    rest
}
