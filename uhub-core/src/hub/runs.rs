//! Runs as people see them, and cancelling them.

use serde_json::json;

use super::{
    Acting,
    tx::{Tx, allow, transact},
    views::rbac_read,
};
use crate::{
    error::{Error, Result},
    model::{ApprovalState, Job, JobStatus, LogChunk, Run, RunId, RunStatus},
    ports::store::{Page, RunFilter, Topic},
    rbac::{self, Action, Context},
    workflow::{JobEvent, RunEvent, State as _},
};

impl Acting {
    /// Runs that match, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn runs(&self, filter: &RunFilter, page: Page) -> Result<Vec<Run>> {
        rbac_read(self)?;
        Ok(self.hub.store.read().await?.runs(filter, page).await?)
    }

    /// One run.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn run(&self, id: RunId) -> Result<Run> {
        rbac_read(self)?;
        self.hub.store.read().await?.run(id).await?.ok_or(Error::NotFound { what: "run" })
    }

    /// A run's log from behind chunk number `after`.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn run_log(&self, id: RunId, after: i64, limit: u32) -> Result<Vec<LogChunk>> {
        rbac_read(self)?;
        let mut session = self.hub.store.read().await?;
        session.run(id).await?.ok_or(Error::NotFound { what: "run" })?;
        Ok(session.run_log(id, after, limit).await?)
    }

    /// Cancels a run: a queued one at once, a running one by asking its worker, which ends it as `cancelled`.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::NotFound`], [`Error::Transition`] for one that has ended.
    pub async fn cancel_run(&self, id: RunId) -> Result<Run> {
        transact!(&self.hub, &self.who, "run.cancel", |tx| {
            let seen = tx.s.run(id).await?.ok_or(Error::NotFound { what: "run" })?;
            tx.on(&seen);
            let job = tx.s.job(seen.job_id).await?.ok_or(Error::NotFound { what: "job" })?;
            tx.lock_slots(&job, None).await?;
            // Held, since all of it is written: its worker may be extending its lease.
            let mut run = tx.hold_run(id).await?;
            let job = tx.locked_job(&job).await?;
            let project = tx.project(run.project_id).await?;
            let actor = tx.actor(self.user.id).await?;
            let decision = rbac::decide(
                &actor,
                Action::RunCancel,
                &Context {
                    tier: job.tier(),
                    job_type: job.job_type,
                    own_project: project.owner_id == actor.id,
                    own_job: job.is_own(actor.id),
                    own_run: run.requested_by == actor.id,
                    backend: run.backend,
                    prod_change: project.policy.prod_change,
                },
            );
            allow(decision)?;
            if run.status.get().next(RunEvent::Cancel).is_none() {
                run.status.apply(RunEvent::Cancel)?;
            }
            tx.log_decision("run.cancel", &run, decision, json!({ "from": run.status }));
            if run.status.get() == RunStatus::Running {
                let expected = (run.status.get(), run.fence);
                run.cancel_requested_at = run.cancel_requested_at.or(Some(tx.now));
                tx.save_run(&run, expected).await?;
                tx.announce(Topic::Cancel, run.id.0);
                return Ok(run);
            }
            tx.call_off_queued(run, job, "cancelled before it started").await
        })
    }
}

impl Tx {
    /// Ends a run that no worker has, with its approval, and what its job was to do.
    pub(crate) async fn call_off_queued(&mut self, run: Run, mut job: Job, outcome: &str) -> Result<Run> {
        let run = self.cancel_queued(run, outcome).await?;
        if let Some(id) = run.approval_id
            && let Some(approval) = self.s.approval(id).await?
            && approval.state.is_open()
        {
            self.set_closed(approval, ApprovalState::Void).await?;
        }
        let event = match job.status.get() {
            JobStatus::AwaitingApproval | JobStatus::Approved => JobEvent::Unapprove,
            _ => JobEvent::Cancel,
        };
        job.status.apply(event)?;
        self.save_job(&mut job).await?;
        if !job.status.get().is_alive() {
            self.void_of_ended(&[job.id]).await?;
        }
        Ok(run)
    }
}
