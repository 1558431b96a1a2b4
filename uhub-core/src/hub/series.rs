//! What repeats: its series is created, and its occurrences are laid out as jobs, ahead of time and again as time goes on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::json;

use super::{
    Acting, CalendarItem, Hub, JobOutcome, NewJob,
    jobs::describe,
    plan::environment_by_id,
    tx::{Object, Tx, Who, transact},
    views::{JobFacts, decide_job, rbac_read},
};
use crate::{
    error::{Error, Result},
    model::{
        Approval, EnvironmentId, Job, JobEnvironment, JobId, JobStatus, Occurrence, Project, ProjectId,
        Series, SeriesId, Skipped, SlotError,
    },
    ports::store::{LockKey, Page, StoreError},
    rbac::{Action, Actor, Effect},
    recurrence::{Recurrence, RecurrenceError},
    workflow::Tracked,
    zone,
};

/// How far ahead occurrences are laid out: of now, and of the first one where that is later.
const HORIZON: TimeDelta = TimeDelta::days(366);
/// And how many of them: what repeats often is laid out less far.
const AHEAD: usize = 100;
/// How often it is looked whether there are more.
const LAY_EVERY: TimeDelta = TimeDelta::days(1);

/// How something is to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecurrence {
    /// An RFC 5545 rule (`FREQ=WEEKLY;BYDAY=TU`). It names its own start: the planned start of the job.
    pub rule: String,
    /// On whose clocks; by default the hub's. Whole days are the hub's in any case.
    pub timezone: Option<Tz>,
    /// Occurrences to leave out, by the instant at which they would start.
    pub except: Vec<DateTime<Utc>>,
}

impl From<RecurrenceError> for Error {
    fn from(error: RecurrenceError) -> Self {
        Self::invalid("recurrence.rule", error.to_string())
    }
}

impl From<&Series> for Object {
    fn from(series: &Series) -> Self {
        Self { kind: "series", id: Some(series.id.0), project: Some(series.project_id) }
    }
}

impl NewRecurrence {
    /// Repeats from `start` on; with `first_named`, from the first time that the rule names then or later.
    pub(super) fn read(
        &self,
        hub: &Hub,
        all_day: bool,
        start: DateTime<Utc>,
        first_named: bool,
    ) -> Result<Recurrence> {
        let zone = self.timezone.unwrap_or(hub.settings.timezone);
        if all_day && zone != hub.settings.timezone {
            return Err(Error::invalid("recurrence.timezone", "whole days are those of the hub's zone"));
        }
        if start != start.trunc_subsecs(0) {
            return Err(Error::invalid("planned_start", "of what repeats is a whole second"));
        }
        let except: Vec<_> = self.except.iter().map(|at| zone::shown(zone, *at)).collect();
        let start = zone::shown(zone, start);
        match Recurrence::new(&self.rule, zone, start, except.clone()) {
            Err(RecurrenceError::StartNotNamed { next: Some(next), .. }) if first_named => {
                Ok(Recurrence::new(&self.rule, zone, next, except)?)
            }
            read => Ok(read?),
        }
    }
}

impl Acting {
    /// Creates a job that repeats: the series, its first occurrence, and those ahead. The first one is created as any job
    /// is, with all that may refuse it; a later one that is refused is told with the series, and tried again every day.
    ///
    /// # Errors
    /// As [`Acting::create_job`], and [`Error::Invalid`] for what is no recurrence rule.
    pub async fn create_series(
        &self,
        new: NewJob,
        recurrence: NewRecurrence,
        idempotency_key: Option<&str>,
    ) -> Result<JobOutcome> {
        transact!(&self.hub, &self.who, "job.create", |tx| {
            self.create_in(tx, &new, Some(&recurrence), idempotency_key).await
        })
    }

    /// One series.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn series(&self, id: SeriesId) -> Result<Series> {
        rbac_read(self)?;
        let mut session = self.hub.store.read().await?;
        session.series(id).await?.ok_or(Error::NotFound { what: "series" })
    }

    /// All series, or those of a project, in the order of creation.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_series(&self, project: Option<ProjectId>, page: Page) -> Result<Vec<Series>> {
        rbac_read(self)?;
        Ok(self.hub.store.read().await?.list_series(project, page).await?)
    }
}

/// A series of which a calendar shows occurrences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeating {
    /// The series.
    pub series: Series,
    /// Which occurrences the calendar's jobs are, by their time on the series' clocks.
    pub shown: BTreeMap<JobId, NaiveDateTime>,
    /// Those that are not as the rule has them, and not among the calendar's jobs: moved or called off elsewhere, or left
    /// out.
    pub elsewhere: Vec<NaiveDateTime>,
}

impl Acting {
    /// The series of which `items` has jobs, in the order of their ids.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn repeating(&self, items: &[CalendarItem]) -> Result<Vec<Repeating>> {
        rbac_read(self)?;
        let jobs: BTreeSet<_> = items.iter().map(|item| item.entry.id).collect();
        let ids: BTreeSet<_> = items.iter().filter_map(|item| item.entry.series_id).collect();
        let mut session = self.hub.store.read().await?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(series) = session.series(id).await? else { continue };
            let (mut shown, mut elsewhere) = (BTreeMap::new(), Vec::new());
            for job in session.occurrences(id, crate::model::EARLIEST).await? {
                let Some(occurrence) = job.occurrence else { continue };
                let local = series.recurrence.local_of(occurrence.at);
                let alive = !matches!(job.status.get(), JobStatus::Cancelled | JobStatus::Missed);
                if jobs.contains(&job.id) {
                    shown.insert(job.id, local);
                } else if !alive || series.slot(local) != Ok(job.slot) {
                    elsewhere.push(local);
                }
            }
            elsewhere.extend(series.skipped.iter().map(|skipped| series.recurrence.local_of(skipped.at)));
            found.push(Repeating { series, shown, elsewhere });
        }
        Ok(found)
    }
}

impl Hub {
    /// A series whose first occurrence is `job`.
    pub(super) fn series_of(&self, job: &Job, recurrence: &NewRecurrence) -> Result<Series> {
        let start = job.slot.start();
        let recurrence = recurrence.read(self, job.all_day, start, false)?;
        let length = length_of(job, recurrence.zone());
        Ok(Series {
            id: SeriesId(self.new_id()),
            project_id: job.project_id,
            title: job.title.clone(),
            description: job.description.clone(),
            job_type: job.job_type,
            environment_id: job.environment.as_ref().map(|environment| environment.id),
            all_day: job.all_day,
            assignee_id: job.assignee_id,
            critical: job.critical,
            execution: job.execution.clone(),
            auto_start: job.auto_start,
            recurrence,
            length,
            lay_at: None,
            skipped: Vec::new(),
            source: None,
            created_by: job.created_by,
            edited_by: job.edited_by,
            execution_edited_by: job.execution_edited_by,
            created_at: job.created_at,
            updated_at: job.updated_at,
            version: 1,
        })
    }

    /// The job that stands for the occurrence of `series` at `local`, sound in itself.
    pub(super) fn occurrence(&self, series: &Series, project: &Project, local: NaiveDateTime) -> Result<Job> {
        let slot = series
            .slot(local)
            .map_err(|error: SlotError| Error::invalid("planned_start", error.to_string()))?;
        let now = self.now();
        let job = Job {
            id: JobId(self.new_id()),
            project_id: series.project_id,
            title: series.title.clone(),
            description: series.description.clone(),
            job_type: series.job_type,
            environment: environment_in(project, series.environment_id)?,
            slot,
            all_day: series.all_day,
            assignee_id: series.assignee_id,
            critical: series.critical,
            execution: series.execution.clone(),
            auto_start: series.auto_start,
            status: Tracked::restore(JobStatus::Planned),
            created_by: series.created_by,
            edited_by: series.edited_by,
            execution_edited_by: series.execution_edited_by,
            auto_started_for: None,
            occurrence: Some(Occurrence { series_id: series.id, at: slot.start() }),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        self.check_plan(&job, project)?;
        Ok(job)
    }

    /// Lays out what series have come to have within reach, of at most `limit` of them. Returns how many jobs.
    pub(super) async fn lay_series(&self, who: &Who, now: DateTime<Utc>, limit: u32) -> Result<u32> {
        let due = self.store.read().await?.series_to_lay(now, limit).await?;
        let mut laid = 0;
        for seen in due {
            laid += transact!(self, who, "series.lay", |tx| {
                tx.by_store_time().await?;
                let project = tx.project(seen.project_id).await?;
                let ahead = tx.s.occurrences(seen.id, tx.now).await?;
                let place = environment_in(&project, seen.environment_id).unwrap_or_default();
                tx.lock_series(&seen, &ahead.iter().collect::<Vec<_>>(), place.as_ref()).await?;
                let Some(mut series) = tx.s.series(seen.id).await? else { return Ok(0) };
                if series.lay_at.is_none_or(|at| at > tx.now) {
                    return Ok(0);
                }
                let editor = tx.actor(series.edited_by).await?;
                let laid = tx.lay(&mut series, &project, &editor).await?;
                tx.ask_for_coming(series.id, &project).await?;
                Ok(laid)
            })?;
        }
        Ok(laid)
    }
}

impl Tx {
    /// Writes a series whose first occurrence is `job`, which is admitted as any job is, and lays out those ahead.
    pub(super) async fn admit_series(
        &mut self,
        job: Job,
        recurrence: &NewRecurrence,
        project: &Project,
        actor: &Actor,
    ) -> Result<(Job, Option<Approval>)> {
        let mut series = self.hub().series_of(&job, recurrence)?;
        self.lock_series(&series, &[&job], job.environment.as_ref()).await?;
        self.s.insert_series(&series).await?;
        let first = Occurrence { series_id: series.id, at: job.slot.start() };
        let admitted = self.admit(Job { occurrence: Some(first), ..job }, project, actor).await?;
        self.log("series.create", &series, Effect::Allow, describe_series(&series));
        self.lay(&mut series, project, actor).await?;
        Ok(admitted)
    }

    /// Locks a series, the given jobs, and what a check of slots in these pools and in that of `place` reads.
    pub(super) async fn lock_series(
        &mut self,
        series: &Series,
        jobs: &[&Job],
        place: Option<&JobEnvironment>,
    ) -> Result<()> {
        let mut keys = vec![LockKey::FreezesShared, LockKey::Series(series.id)];
        keys.extend(jobs.iter().map(|job| LockKey::Job(job.id)));
        let pools = jobs.iter().filter_map(|job| job.pool()).chain(place.map(|place| place.pool.as_str()));
        keys.extend(pools.map(|pool| LockKey::Pool(pool.to_owned())));
        keys.sort();
        keys.dedup();
        Ok(self.s.lock(&keys).await?)
    }

    /// Lays out what `series` has ahead and no job stands for yet, on the authority of `editor`, and writes the series:
    /// what could not be laid out, and when to look again. Returns how many jobs.
    pub(super) async fn lay(
        &mut self,
        series: &mut Series,
        project: &Project,
        editor: &Actor,
    ) -> Result<u32> {
        let from = series.recurrence.local(self.now);
        let to = series.recurrence.local(self.laid_until(series, project, editor));
        let wanted = series.recurrence.occurrences(from, to, AHEAD);
        let mut known: BTreeSet<_> = self
            .s
            .occurrences(series.id, self.now - LAY_EVERY)
            .await?
            .into_iter()
            .filter_map(|job| job.occurrence.map(|occurrence| occurrence.at))
            .collect();
        let mut laid = 0;
        let before = std::mem::take(&mut series.skipped);
        for local in wanted {
            let at = series.recurrence.instant(local);
            // An hour that the clocks show twice may have begun; what they skip stands where another one may be.
            if at < self.now || !known.insert(at) {
                continue;
            }
            let admitted = match self.hub().occurrence(series, project, local) {
                Ok(job) => self.admit(job, project, editor).await,
                Err(error) => Err(error),
            };
            match admitted {
                Ok(_) => laid += 1,
                Err(Error::Store(error)) => return Err(error.into()),
                Err(error) => {
                    let skipped = Skipped { at, reason: error.to_string() };
                    // It is tried every day, and told once.
                    if !before.contains(&skipped) {
                        self.log_refusal("series.lay", &*series, &error);
                    }
                    series.skipped.push(skipped);
                }
            }
        }
        let more = !series.skipped.is_empty()
            || !series.recurrence.occurrences(from, NaiveDateTime::MAX, 1).is_empty();
        let ttl = TimeDelta::seconds(i64::from(project.policy.approval_ttl_seconds));
        series.lay_at = more.then(|| self.now + LAY_EVERY.min(ttl / 2));
        self.save_series(series).await?;
        Ok(laid)
    }

    /// Until when occurrences are to stand as jobs. Plans that a second person has to accept one by one are laid out only as
    /// far ahead as a request lasts.
    fn laid_until(&self, series: &Series, project: &Project, editor: &Actor) -> DateTime<Utc> {
        let first = series.recurrence.start();
        let far = reach(&series.recurrence, self.now);
        let Ok(job) = self.hub().occurrence(series, project, first) else {
            return far;
        };
        let backend = self.hub().backend_of(project, job.execution.as_ref().and_then(|spec| spec.backend));
        let facts = JobFacts { own_job: false, ..JobFacts::of(&job, editor, backend) };
        match decide_job(editor, Action::JobCreate, project, &facts).effect {
            Effect::NeedsApproval => {
                self.now + TimeDelta::seconds(i64::from(project.policy.approval_ttl_seconds))
            }
            Effect::Allow | Effect::Deny => far,
        }
    }

    /// Asks for the approval of those runs whose time has come near enough for a request to last until then.
    async fn ask_for_coming(&mut self, series: SeriesId, project: &Project) -> Result<()> {
        let now = self.now;
        for mut job in self.s.occurrences(series, now).await? {
            if job.status.get() == JobStatus::Planned && job.slot.start() > now {
                self.ask_ahead(&mut job, project).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn save_series(&mut self, series: &mut Series) -> Result<()> {
        series.version += 1;
        series.updated_at = self.now;
        if self.s.update_series(series).await? { Ok(()) } else { Err(StoreError::Contended.into()) }
    }
}

/// Until when occurrences are laid out.
fn reach(recurrence: &Recurrence, now: DateTime<Utc>) -> DateTime<Utc> {
    now.max(recurrence.instant(recurrence.start())) + HORIZON
}

/// The local times of the occurrences that are laid out now, where nothing stands against it.
pub(super) fn coming(recurrence: &Recurrence, now: DateTime<Utc>) -> Vec<NaiveDateTime> {
    let (from, to) = (recurrence.local(now), recurrence.local(reach(recurrence, now)));
    recurrence.occurrences(from, to, AHEAD)
}

/// How long `job` lasts, as a series says it.
pub(super) fn length_of(job: &Job, zone: Tz) -> TimeDelta {
    if job.all_day {
        zone::local_date(zone, job.slot.end()) - zone::local_date(zone, job.slot.start())
    } else {
        job.slot.length()
    }
}

/// The environment with that id, if one is named.
pub(super) fn environment_in(project: &Project, id: Option<EnvironmentId>) -> Result<Option<JobEnvironment>> {
    id.map(|id| environment_by_id(project, id)).transpose()
}

pub(super) fn describe_series(series: &Series) -> serde_json::Value {
    json!({
        "title": series.title,
        "rule": series.recurrence.rule(),
        "timezone": series.recurrence.zone().name(),
        "start": series.recurrence.instant(series.recurrence.start()),
    })
}

/// What the audit says of an occurrence that was laid out.
pub(super) fn describe_laid(job: &Job) -> serde_json::Value {
    let mut detail = describe(job);
    if let (Some(detail), Some(occurrence)) = (detail.as_object_mut(), job.occurrence) {
        detail.insert("series_id".to_owned(), json!(occurrence.series_id));
    }
    detail
}
