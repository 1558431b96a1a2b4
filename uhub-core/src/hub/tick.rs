//! What happens by itself when time passes: jobs start, are missed, approvals expire, dead workers' runs are resolved.
//! Any server or worker may call it, at any time, several at once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    Hub, Launch,
    finish::Ending,
    tx::{Moved, Who, transact},
};
use crate::{
    error::{Error, Result},
    model::{ApprovalState, Job, JobStatus, RunOrigin},
    rbac::Effect,
    workflow::{JobEvent, RunEvent},
};

/// How much of each was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Jobs launched because their time had come.
    pub started: u32,
    /// Jobs whose slot ended before they could run.
    pub missed: u32,
    /// Approvals that nobody gave or used in time.
    pub expired_approvals: u32,
    /// Runs whose worker died.
    pub lost: u32,
    /// Runs whose worker died, and that are tried again.
    pub retried: u32,
    /// Jobs laid out, of what repeats.
    pub laid: u32,
}

impl Hub {
    /// Does what is due, at most `limit` of each kind.
    ///
    /// # Errors
    /// When the store fails; what was done until then stays done.
    pub async fn tick(&self, limit: u32) -> Result<Ticked> {
        let who = Who::named("scheduler");
        let now = self.store_time().await?;
        let mut ticked = Ticked::default();
        self.tidy(now).await?;
        self.sweep_lost(&who, limit, &mut ticked).await?;

        let (expired, missed, due) = {
            let mut session = self.store.read().await?;
            (
                session.expired_approvals(now, limit).await?,
                session.missed_jobs(now, limit).await?,
                session.due_jobs(now, limit).await?,
            )
        };
        for approval in expired {
            ticked.expired_approvals += u32::from(self.expire(&who, approval.id).await?);
        }
        for job in missed {
            ticked.missed += u32::from(self.miss(&who, &job).await?);
        }
        for job in due {
            ticked.started += u32::from(self.auto_start(&who, &job).await?);
        }
        ticked.laid = self.lay_series(&who, now, limit).await?;
        Ok(ticked)
    }

    /// When [`Hub::tick`] will have something to start next.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let now = self.store_time().await?;
        Ok(self.store.read().await?.next_due(now).await?)
    }

    /// How long until a queued run is due that is not due yet, such as one that is tried again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn until_next_queued(&self) -> Result<Option<Duration>> {
        let now = self.store_time().await?;
        let next = self.store.read().await?.next_queued(now).await?;
        Ok(next.and_then(|next| (next - now).to_std().ok()))
    }

    async fn store_time(&self) -> Result<DateTime<Utc>> {
        Ok(self.store.write().await?.now().await?)
    }

    /// "`lost` = its worker died and the job is not declared `idempotent`; an idempotent job is retried" (DOMAIN §5).
    async fn sweep_lost(&self, who: &Who, limit: u32, ticked: &mut Ticked) -> Result<()> {
        let (lost, retried) = transact!(self, who, "run.lose", |tx| {
            tx.by_store_time().await?;
            let (mut lost, mut retried) = (0, 0);
            let mut moved = Moved::default();
            let adoptable_since = tx.now - self.settings.adopt_within;
            for run in tx.s.expired_leases(tx.now, adoptable_since, limit).await? {
                let Some(job) = tx.s.job(run.job_id).await? else { continue };
                let ending = Ending {
                    event: RunEvent::Lose,
                    exit_code: None,
                    outcome: Some(format!("its worker {} died", run.worker.as_deref().unwrap_or("?"))),
                    may_retry: true,
                };
                if tx.end_run(run, job, ending, &mut moved)?.is_terminal() {
                    lost += 1;
                } else {
                    retried += 1;
                }
            }
            tx.write(moved).await?;
            Ok((lost, retried))
        })?;
        ticked.lost += lost;
        ticked.retried += retried;
        Ok(())
    }

    async fn expire(&self, who: &Who, id: crate::model::ApprovalId) -> Result<bool> {
        transact!(self, who, "approval.expire", |tx| {
            tx.by_store_time().await?;
            let Some(seen) = tx.s.approval(id).await? else { return Ok(false) };
            let Some(job) = tx.s.job(seen.job_id).await? else { return Ok(false) };
            tx.lock_slots(&job, None).await?;
            let Some(approval) = tx.s.approval(id).await? else { return Ok(false) };
            if !approval.state.is_open() || approval.expires_at > tx.now {
                return Ok(false);
            }
            let project = tx.project(approval.project_id).await?;
            tx.close(approval, ApprovalState::Expired, &project).await?;
            Ok(true)
        })
    }

    async fn miss(&self, who: &Who, seen: &Job) -> Result<bool> {
        transact!(self, who, "job.miss", |tx| {
            tx.by_store_time().await?;
            tx.lock_slots(seen, None).await?;
            let mut job = tx.locked_job(seen).await?;
            let waits = matches!(
                job.status.get(),
                JobStatus::Planned | JobStatus::AwaitingApproval | JobStatus::Approved | JobStatus::Queued
            );
            if !waits || job.slot.end() > tx.now {
                return Ok(false);
            }
            if let Some(run) = tx.s.active_run(job.id).await? {
                if !run.is_missed_with_its_slot() {
                    return Ok(false);
                }
                tx.cancel_queued(run, super::claim::MISSED).await?;
            }
            for approval in tx.s.open_approvals(&[job.id]).await? {
                tx.set_closed(approval, ApprovalState::Expired).await?;
            }
            let from = job.status.get();
            job.status.apply(JobEvent::Miss)?;
            tx.save_job(&mut job).await?;
            tx.log("job.miss", &job, Effect::Allow, json!({ "from": from }));
            Ok(true)
        })
    }

    /// Launches a job at its time, on the authority of its last editor, once per slot.
    async fn auto_start(&self, who: &Who, seen: &Job) -> Result<bool> {
        transact!(self, who, "run.auto_start", |tx| {
            tx.by_store_time().await?;
            tx.lock_slots(seen, None).await?;
            let mut job = tx.locked_job(seen).await?;
            let due = job.auto_start
                && matches!(job.status.get(), JobStatus::Planned | JobStatus::Approved)
                && job.slot.start() <= tx.now
                && tx.now < job.slot.end()
                && job.auto_started_for != Some(job.slot.start());
            if !due {
                return Ok(false);
            }
            let (_, grounds) = tx.launch_grounds(&job, job.edited_by).await?;
            job.auto_started_for = Some(job.slot.start());
            match tx.launch(job.clone(), grounds, &Launch::default(), RunOrigin::AutoStart).await {
                Ok(_) => Ok(true),
                Err(Error::Store(error)) => Err(error.into()),
                Err(error) => {
                    // Told once; the job stays on the calendar and is missed when its slot ends.
                    tx.log_refusal("run.auto_start", &job, &error);
                    tx.save_job(&mut job).await?;
                    Ok(false)
                }
            }
        })
    }
}
