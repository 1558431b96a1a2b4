//! Where else a job could go (DOMAIN §6).

use chrono::{Days, TimeDelta};

use super::{
    Acting,
    jobs::check_state,
    views::{JobFacts, decide_job, rbac_read},
};
use crate::{
    conflict::{self, Span},
    error::{Error, Result},
    model::{Change, Job, JobId, Slot},
    ports::store::ReadSession,
    rbac::{Action, Effect},
    zone,
};

/// How far a suggestion may lie from where the job is, either way.
const REACH: TimeDelta = TimeDelta::days(30);

/// A slot that a job could go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggested {
    /// The slot.
    pub slot: Slot,
    /// How much later than now, in seconds; negative if earlier. All-day slots count from local midnight.
    pub shift_seconds: i64,
}

impl Acting {
    /// The nearest free slots of the same length, nearest first, none in the past. Moving the job to any of them meets no
    /// conflict, no freeze window and no refusal by the table; empty where the caller may not move it at all.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn suggestions(&self, id: JobId, limit: usize) -> Result<Vec<Suggested>> {
        rbac_read(self)?;
        let mut session = self.hub.store.read().await?;
        let job = session.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
        let project = session.project(job.project_id).await?.ok_or(Error::NotFound { what: "project" })?;
        let actor = self.actor();
        let facts = JobFacts::of(&job, &actor, self.hub.settings.default_backend);
        let decision = decide_job(&actor, Action::JobMove, &project, &facts);
        let change = Change { slot: Some((job.slot, job.all_day)), ..Change::default() };
        let sound = self.hub.check_plan(&job, &project).is_ok();
        if decision.effect == Effect::Deny || check_state(&job, &change).is_err() || !sound {
            return Ok(Vec::new());
        }
        // A move to the past would be missed before it is saved.
        let start = (job.slot.start() - REACH).max(self.hub.now());
        let end = job.slot.end().max(self.hub.now() + job.slot.length()) + REACH;
        let Ok(bounds) = Slot::new(start.max(crate::model::EARLIEST), end.min(crate::model::LATEST)) else {
            return Ok(Vec::new());
        };
        let busy = busy_for(&mut *session, &job, bounds).await?;
        drop(session);
        let slots = if job.all_day {
            self.free_days(&job, &busy, bounds, limit)
        } else {
            let windows = job
                .job_type
                .keeps_working_hours()
                .then(|| zone::working_hours(self.hub.settings.timezone, bounds.start(), bounds.end()));
            conflict::suggest(job.slot.span(), busy, bounds.span(), windows.as_deref(), limit)
                .into_iter()
                .filter_map(|suggestion| Slot::from_span(suggestion.slot).ok())
                .collect()
        };
        Ok(slots
            .into_iter()
            .map(|slot| Suggested { slot, shift_seconds: (slot.start() - job.slot.start()).num_seconds() })
            .collect())
    }

    /// Whole days go to whole days: each day within bounds, the nearest first.
    fn free_days(&self, job: &Job, busy: &[Span], bounds: Slot, limit: usize) -> Vec<Slot> {
        let zone = self.hub.settings.timezone;
        let first = zone::local_date(zone, job.slot.start());
        let last = zone::local_date(zone, job.slot.end() - TimeDelta::microseconds(1));
        let days = u32::try_from((last - first).num_days() + 1).unwrap_or(1);
        let steps = (1..=REACH.num_days().unsigned_abs())
            .flat_map(|n| [first.checked_sub_days(Days::new(n)), first.checked_add_days(Days::new(n))]);
        steps
            .flatten()
            .filter_map(|day| zone::all_day_slot(zone, day, days))
            .filter(|span| {
                span.start() >= bounds.span().start()
                    && span.end() <= bounds.span().end()
                    && !busy.iter().any(|taken| taken.overlaps(*span))
            })
            .filter_map(|span| Slot::from_span(span).ok())
            .take(limit)
            .collect()
    }
}

/// What is in a job's way within `bounds`: what contends in its pool, where it contends itself, and the freeze windows
/// that concern it.
pub(crate) async fn busy_for<S: ReadSession + ?Sized>(
    session: &mut S,
    job: &Job,
    bounds: Slot,
) -> Result<Vec<Span>> {
    let mut busy = Vec::new();
    if job.is_critical()
        && let Some(pool) = job.pool()
    {
        let others = session.contenders(&[pool.to_owned()], bounds).await?;
        busy.extend(others.iter().filter(|other| other.id != job.id).map(|other| other.slot.span()));
    }
    for freeze in session.freezes(bounds).await? {
        if freeze.concerns(job.project_id, job.job_type, job.environment.as_ref()) {
            busy.push(freeze.slot.span());
        }
    }
    Ok(busy)
}
