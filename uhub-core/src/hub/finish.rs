//! What a worker tells of a run that it holds: output, and the one end that it has.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    ClaimedRun, Hub,
    tx::{Tx, Who, transact},
};
use crate::{
    error::{Error, Result},
    model::{Job, LogChunk, Run, RunId, RunStatus},
    ports::{
        exec::{Finish, StartError},
        store::{ChangeNote, LockKey, LogEnd, Topic},
    },
    rbac::Effect,
    workflow::{JobEvent, RunEvent},
};

/// How an attempt ended.
pub(crate) struct Ending {
    pub(crate) event: RunEvent,
    pub(crate) exit_code: Option<i32>,
    pub(crate) outcome: Option<String>,
    /// Whether another attempt may follow.
    pub(crate) may_retry: bool,
}

impl From<&Finish> for Ending {
    fn from(finish: &Finish) -> Self {
        let (event, exit_code, outcome, may_retry) = match finish {
            Finish::Exited(0) => (RunEvent::Succeed, Some(0), None, false),
            Finish::Exited(code) => (RunEvent::Fail, Some(*code), Some(format!("exit code {code}")), true),
            Finish::Failed(reason) => (RunEvent::Fail, None, Some(reason.clone()), true),
            Finish::TimedOut => (RunEvent::TimeOut, None, Some("took longer than it may".to_owned()), true),
            Finish::Cancelled => (RunEvent::Cancel, None, Some("cancelled".to_owned()), false),
            Finish::Lost(reason) => (RunEvent::Lose, None, Some(reason.clone()), true),
        };
        Self { event, exit_code, outcome, may_retry }
    }
}

impl Hub {
    /// Ends the attempt that `claimed` is. Returns where the run stands then: at its end, or queued for another attempt.
    ///
    /// # Errors
    /// [`Error::StaleFence`] where the run is another's now, or has ended: nothing is written.
    pub async fn finish(&self, claimed: &ClaimedRun, finish: &Finish) -> Result<RunStatus> {
        self.end_attempt(claimed, || Ending::from(finish)).await
    }

    /// Ends an attempt that could not be started. It is not tried again: what refuses now refuses then.
    ///
    /// # Errors
    /// As [`Hub::finish`].
    pub async fn refuse_start(&self, claimed: &ClaimedRun, error: &StartError) -> Result<RunStatus> {
        let ending = || Ending {
            event: RunEvent::Fail,
            exit_code: None,
            outcome: Some(format!("not started: {error}")),
            may_retry: false,
        };
        self.end_attempt(claimed, ending).await
    }

    async fn end_attempt(&self, claimed: &ClaimedRun, ending: impl Fn() -> Ending) -> Result<RunStatus> {
        let who = Who::named(format!("worker {}", claimed.run.worker.as_deref().unwrap_or("?")));
        transact!(self, &who, "run.finish", |tx| {
            let (run, job) = tx.held(claimed).await?;
            tx.end_run(run, job, ending()).await
        })
    }

    /// Appends to a run's log. Chunks that are there already are left out, so that a repeat does no harm.
    ///
    /// # Errors
    /// [`Error::StaleFence`] where the run is another's now, or has ended.
    pub async fn append_log(&self, run: RunId, fence: i64, chunks: &[LogChunk]) -> Result<()> {
        if chunks.is_empty() {
            return Ok(());
        }
        let mut session = self.store.write().await?;
        if !session.append_log(run, fence, chunks).await? {
            return Err(Error::StaleFence);
        }
        session.announce(ChangeNote { topic: Topic::Log, id: run.0 });
        Ok(session.commit().await?)
    }

    /// Where the log of a claimed run ends.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn log_end(&self, claimed: &ClaimedRun) -> Result<LogEnd> {
        Ok(self.store.read().await?.log_end(claimed.id(), claimed.log_from()).await?)
    }

    /// Gives up runs that go on outside, so that other workers take them over at once and not when the lease has ended.
    ///
    /// # Errors
    /// When the store fails: they are taken over when the lease has ended.
    pub async fn hand_over(&self, held: &[(RunId, i64)]) -> Result<()> {
        let mut session = self.store.write().await?;
        let now = session.now().await?;
        for beat in session.heartbeat(held, now).await? {
            session.announce(ChangeNote { topic: Topic::Queue, id: beat.run_id.0 });
        }
        Ok(session.commit().await?)
    }

    /// Puts an attempt that turned out never to have started back into the queue, to be claimed and checked anew.
    ///
    /// # Errors
    /// As [`Hub::finish`].
    pub async fn never_started(&self, claimed: &ClaimedRun) -> Result<RunStatus> {
        let who = Who::named(format!("worker {}", claimed.run.worker.as_deref().unwrap_or("?")));
        transact!(self, &who, "run.requeue", |tx| {
            let (mut run, mut job) = tx.held(claimed).await?;
            let expected = (run.status.get(), run.fence);
            run.status.apply(RunEvent::Retry)?;
            (run.handle, run.worker, run.lease_until, run.due_at) = (None, None, None, tx.now);
            tx.save_run(&run, expected).await?;
            tx.announce(Topic::Queue, run.id.0);
            job.status.apply(JobEvent::Retry)?;
            tx.save_job(&mut job).await?;
            let detail = json!({ "attempt": run.attempt, "fence": run.fence });
            tx.log("run.requeue", &run, Effect::Allow, detail);
            Ok(run.status.get())
        })
    }
}

impl Tx {
    /// The run that a worker holds, with its job, as they are now.
    async fn held(&mut self, claimed: &ClaimedRun) -> Result<(Run, Job)> {
        // The whole run is written: somebody's asking to cancel it meanwhile must not be lost.
        self.s.lock(&[LockKey::Job(claimed.job_id())]).await?;
        let run = self.s.run(claimed.id()).await?.ok_or(Error::StaleFence)?;
        if run.fence != claimed.fence() || run.status.get() != RunStatus::Running {
            return Err(Error::StaleFence);
        }
        let job = self.s.job(run.job_id).await?.ok_or(Error::NotFound { what: "job" })?;
        Ok((run, job))
    }

    /// The only place where a running run comes to an end.
    pub(crate) async fn end_run(&mut self, mut run: Run, mut job: Job, ending: Ending) -> Result<RunStatus> {
        let expected = (run.status.get(), run.fence);
        let cancelled = run.cancel_requested_at.is_some();
        let may_retry = ending.may_retry && (ending.event != RunEvent::Lose || run.execution.idempotent);
        let retry = may_retry && !cancelled && run.attempt < run.execution.attempts();
        // Who asked to cancel gets "cancelled", whichever way the program went down, but not if it had done its work.
        let event = match ending.event {
            _ if retry => RunEvent::Retry,
            RunEvent::Fail | RunEvent::TimeOut | RunEvent::Lose if cancelled => RunEvent::Cancel,
            event => event,
        };
        run.status.apply(event)?;
        run.exit_code = ending.exit_code;
        run.outcome = ending.outcome;
        run.lease_until = None;
        if retry {
            run.due_at = self.now + backoff(run.attempt);
            run.attempt += 1;
            run.worker = None;
            run.handle = None;
            self.announce(Topic::Queue, run.id.0);
        } else {
            run.ended_at = Some(self.now);
        }
        self.save_run(&run, expected).await?;
        job.status.apply(match event {
            RunEvent::Retry => JobEvent::Retry,
            RunEvent::Succeed => JobEvent::Succeed,
            RunEvent::Cancel => JobEvent::Cancel,
            RunEvent::Fail | RunEvent::TimeOut | RunEvent::Lose | RunEvent::Start => JobEvent::Fail,
        })?;
        self.save_job(&mut job).await?;
        self.log(
            if retry { "run.retry" } else { "run.finish" },
            &run,
            Effect::Allow,
            json!({
                "status": run.status,
                "attempt": run.attempt,
                "fence": run.fence,
                "exit_code": run.exit_code,
                "outcome": run.outcome,
            }),
        );
        Ok(run.status.get())
    }
}

/// How long the next attempt waits: 1, 2, 4 … seconds, at most 5 minutes.
fn backoff(attempt: u32) -> TimeDelta {
    TimeDelta::seconds(1_i64.checked_shl(attempt.saturating_sub(1).min(9)).unwrap_or(300).min(300))
}
