//! What a worker tells of a run that it holds: output, and the one end that it has.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    ClaimedRun, Hub,
    tx::{Moved, Tx, Who, transact},
};
use crate::{
    error::{Error, Result},
    model::{Job, LogChunk, Run, RunId, RunStatus},
    ports::{
        exec::{Finish, StartError},
        store::{ChangeNote, LogEnd, Topic},
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

/// What a worker tells of an attempt that it drove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It ended.
    Finished(Finish),
    /// It could not be started. It is not tried again: what refuses now refuses then.
    NotStarted(StartError),
}

impl From<&Told> for Ending {
    fn from(told: &Told) -> Self {
        match told {
            Told::Finished(finish) => Self::from(finish),
            Told::NotStarted(error) => Self {
                event: RunEvent::Fail,
                exit_code: None,
                outcome: Some(format!("not started: {error}")),
                may_retry: false,
            },
        }
    }
}

impl Hub {
    /// Ends the attempt that `claimed` is. Returns where the run stands then: at its end, or queued for another attempt.
    ///
    /// # Errors
    /// [`Error::StaleFence`] where the run is another's now, or has ended: nothing is written.
    pub async fn finish(&self, claimed: &ClaimedRun, finish: &Finish) -> Result<RunStatus> {
        self.finish_one(claimed, Told::Finished(finish.clone())).await
    }

    /// Ends an attempt that could not be started.
    ///
    /// # Errors
    /// As [`Hub::finish`].
    pub async fn refuse_start(&self, claimed: &ClaimedRun, error: &StartError) -> Result<RunStatus> {
        self.finish_one(claimed, Told::NotStarted(error.clone())).await
    }

    async fn finish_one(&self, claimed: &ClaimedRun, told: Told) -> Result<RunStatus> {
        let worker = claimed.run.worker.as_deref().unwrap_or("?");
        let mut ended = self.finish_all(worker, &[(claimed, told)]).await?;
        ended.pop().unwrap_or(Err(Error::StaleFence))
    }

    /// Ends attempts of one worker together, in one transaction. Returns of each, in their order, what [`Hub::finish`]
    /// does.
    ///
    /// # Errors
    /// When the store fails: nothing is written then, of any.
    pub async fn finish_all(
        &self,
        worker: &str,
        told: &[(&ClaimedRun, Told)],
    ) -> Result<Vec<Result<RunStatus>>> {
        let who = Who::named(format!("worker {worker}"));
        let mut trusting = true;
        transact!(self, &who, "run.finish", |tx| {
            let runs: Vec<_> = told.iter().map(|(claimed, _)| claimed.id()).collect();
            let jobs: Vec<_> = told.iter().map(|(claimed, _)| claimed.job_id()).collect();
            // Held, runs first as everywhere: what somebody asks of them meanwhile is either seen here, or finds their end.
            let mut runs: BTreeMap<_, _> =
                tx.s.hold_runs(&runs).await?.into_iter().map(|run| (run.id, run)).collect();
            // A running job hardly changes: the first time it is taken to be as the claim left it, which its version tells.
            let jobs = if std::mem::take(&mut trusting) {
                told.iter().map(|(claimed, _)| claimed.job.clone()).collect()
            } else {
                tx.s.hold_jobs(&jobs).await?
            };
            let jobs: BTreeMap<_, _> = jobs.into_iter().map(|job| (job.id, job)).collect();
            let mut moved = Moved::default();
            let mut ended = Vec::with_capacity(told.len());
            for (claimed, told) in told {
                // Taken out: told twice, it has ended the second time.
                let run = runs
                    .remove(&claimed.id())
                    .filter(|run| run.fence == claimed.fence() && run.status.get() == RunStatus::Running);
                ended.push(match (run, jobs.get(&claimed.job_id())) {
                    (Some(run), Some(job)) => Ok(tx.end_run(run, job.clone(), told.into(), &mut moved)?),
                    _ => Err(Error::StaleFence),
                });
            }
            if let Some((limited, _)) = told.iter().find(|(claimed, _)| claimed.limited) {
                // There is room now for what may have waited for it.
                tx.announce(Topic::Queue, limited.id().0);
            }
            tx.write(moved).await?;
            Ok(ended)
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
            let mut run = tx.hold_run(claimed.id()).await?;
            if run.fence != claimed.fence() || run.status.get() != RunStatus::Running {
                return Err(Error::StaleFence);
            }
            let mut job = tx.s.job(run.job_id).await?.ok_or(Error::NotFound { what: "job" })?;
            let expected = (run.status.get(), run.fence);
            run.status.apply(RunEvent::Retry)?;
            (run.handle, run.worker, run.lease_until, run.due_at) = (None, None, None, tx.now);
            job.status.apply(JobEvent::Retry)?;
            tx.announce(Topic::Queue, run.id.0);
            let detail = json!({ "attempt": run.attempt, "fence": run.fence });
            tx.log("run.requeue", &run, Effect::Allow, detail);
            let status = run.status.get();
            tx.write(Moved { runs: vec![(run, expected)], jobs: vec![job], ..Moved::default() }).await?;
            Ok(status)
        })
    }
}

impl Tx {
    /// The only place where a running run comes to an end.
    pub(crate) fn end_run(
        &mut self,
        mut run: Run,
        mut job: Job,
        ending: Ending,
        moved: &mut Moved,
    ) -> Result<RunStatus> {
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
            run.due_at = self.now + backoff(&run);
            run.attempt += 1;
            run.worker = None;
            run.handle = None;
            self.announce(Topic::Queue, run.id.0);
        } else {
            run.ended_at = Some(self.now);
        }
        job.status.apply(match event {
            RunEvent::Retry => JobEvent::Retry,
            RunEvent::Succeed => JobEvent::Succeed,
            RunEvent::Cancel => JobEvent::Cancel,
            RunEvent::Fail | RunEvent::TimeOut | RunEvent::Lose | RunEvent::Start => JobEvent::Fail,
        })?;
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
        let status = run.status.get();
        moved.runs.push((run, expected));
        moved.jobs.push(job);
        Ok(status)
    }
}

/// How long the next attempt waits: 1, 2, 4 … seconds, at most 5 minutes, and up to half as much again, so that runs that
/// failed together do not come again together. How much follows from the run and the attempt.
fn backoff(run: &Run) -> TimeDelta {
    let whole = 1_i64.checked_shl(run.attempt.saturating_sub(1).min(9)).unwrap_or(300).min(300) * 1000;
    let digest = Sha256::digest([run.id.0.as_bytes().as_slice(), &run.attempt.to_be_bytes()].concat());
    let spread = digest.iter().take(2).fold(0, |spread, byte| spread * 256 + i64::from(*byte));
    TimeDelta::milliseconds(whole + whole * spread / (2 * i64::from(u16::MAX)))
}
