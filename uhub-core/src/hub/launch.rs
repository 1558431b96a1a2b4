//! Launching runs: by somebody, or because their time has come. One path for both.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Acting,
    jobs::still_there,
    tx::{Moved, Tx, enforce, transact},
    views::{JobFacts, decide_job},
};
use crate::{
    approval::{digest, hex},
    error::{Error, Result},
    guardrail::{self, Guardrail},
    model::{
        Approval, ApprovalKind, ApprovalState, BackendKind, Job, JobId, JobStatus, Run, RunId, RunOrigin,
        RunStatus, UserId,
    },
    ports::store::{Grounds, GroundsOf, Remembered, StoreError, Topic},
    rbac::{Action, Actor, Decision, Effect, Rule},
    text,
    workflow::{IllegalTransition, JobEvent, State as _, Tracked},
};

/// How to launch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Launch {
    /// Another backend than the job's.
    pub backend: Option<BackendKind>,
    /// Why.
    pub reason: Option<String>,
    /// Inside a freeze window: for admins, with a reason, and a second person approves (DOMAIN §3.4).
    pub break_glass: bool,
}

/// What came of a launch.
#[expect(clippy::large_enum_variant, reason = "one per request, and taken apart at once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaunchOutcome {
    /// It waits for a worker only.
    Started(Run),
    /// It waits for a second person.
    Waiting {
        /// The run.
        run: Run,
        /// What is asked for.
        approval: Approval,
    },
}

/// SHA-256 of a request, for idempotency keys.
pub(crate) fn request_digest(what: &str, request: &str) -> String {
    hex(&Sha256::digest(format!("{what}\n{request}").as_bytes()))
}

impl Acting {
    /// Launches a run of a job. The same `idempotency_key` with the same request gives the run that is there.
    ///
    /// # Errors
    /// [`Error::Denied`] by the table, a guardrail or a freeze; [`Error::RunActive`]; [`Error::Unfit`] where there is
    /// nothing to execute; [`Error::Transition`] where the job's state forbids it.
    pub async fn launch(
        &self,
        id: JobId,
        launch: Launch,
        idempotency_key: Option<&str>,
    ) -> Result<LaunchOutcome> {
        let launch = Launch {
            reason: launch.reason.map(|reason| text::prose("reason", reason.trim(), 2000)).transpose()?,
            ..launch
        };
        let request = request_digest("run.launch", &format!("{id} {launch:?}"));
        transact!(&self.hub, &self.who, "run.launch", |tx| {
            if let Some(key) = idempotency_key
                && let Some(run) = tx.replayed(self.user.id, key, &request).await?
            {
                let run = tx.s.run(RunId(run)).await?.ok_or(Error::NotFound { what: "run" })?;
                return tx.outcome_of(run).await;
            }
            let seen = tx.s.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
            tx.on(&seen);
            tx.lock_slots(&seen, None).await?;
            let (job, grounds) = tx.launch_grounds(&seen, self.user.id).await?;
            let outcome = tx.launch(job, grounds, &launch, RunOrigin::Launch).await?;
            if let Some(key) = idempotency_key {
                tx.remember(self.user.id, key, &request, outcome.run().id.0).await?;
            }
            Ok(outcome)
        })
    }
}

impl LaunchOutcome {
    /// The run, either way.
    pub const fn run(&self) -> &Run {
        match self {
            Self::Started(run) | Self::Waiting { run, .. } => run,
        }
    }
}

impl Tx {
    /// The job as it is now that it is locked, and what its launch by this user goes by.
    pub(crate) async fn launch_grounds(&mut self, seen: &Job, launcher: UserId) -> Result<(Job, Grounds)> {
        let asked =
            GroundsOf { projects: &[seen.project_id], users: &[launcher], jobs: &[seen.id], at: self.now };
        let mut grounds = self.s.grounds(asked).await?;
        Ok((still_there(seen, grounds.jobs.pop())?, grounds))
    }

    /// Decides, checks the guardrails, and puts a run into the queue. `grounds` are [`Tx::launch_grounds`].
    pub(crate) async fn launch(
        &mut self,
        mut job: Job,
        grounds: Grounds,
        how: &Launch,
        origin: RunOrigin,
    ) -> Result<LaunchOutcome> {
        let project = grounds.projects.first().ok_or(Error::NotFound { what: "project" })?;
        let launcher = self.as_actor(grounds.users.first().ok_or(Error::Unauthenticated)?);
        let Some(spec) = job.execution.clone() else {
            return Err(Error::Unfit("the job has no execution: there is nothing to launch".to_owned()));
        };
        let backend = self.hub().backend_of(project, how.backend.or(spec.backend));
        let facts = JobFacts::of(&job, &launcher, backend);
        let mut decision = decide_job(&launcher, Action::RunLaunch, project, &facts);
        let mut waits = enforce(decision)?;
        guardrail::check_backend(launcher.role, job.tier(), backend, &project.policy)?;
        self.hub().check_execution(backend, &spec, &job, project)?;

        // A job in another state has none; were it otherwise, the run could not be inserted.
        let may_have_run =
            matches!(job.status.get(), JobStatus::AwaitingApproval | JobStatus::Queued | JobStatus::Running);
        if may_have_run && self.s.active_run(job.id).await?.is_some() {
            return Err(Error::RunActive);
        }
        if !job.status.get().is_alive() && job.status.get().next(JobEvent::Replan).is_some() {
            job.status.apply(JobEvent::Replan)?;
        }
        let open = grounds.approvals;
        if open.iter().any(|approval| approval.kind == ApprovalKind::Create)
            || !matches!(
                job.status.get(),
                JobStatus::Planned | JobStatus::AwaitingApproval | JobStatus::Approved
            )
        {
            let from = job.status.get().to_string();
            return Err(IllegalTransition { what: "job", from, event: JobEvent::Queue.to_string() }.into());
        }

        let mut kind = ApprovalKind::Run;
        let environment = job.environment.as_ref();
        let frozen =
            guardrail::frozen_at(&grounds.freezes, job.project_id, job.job_type, environment, self.now);
        if let Some(freeze) = frozen {
            let permitted = how.break_glass && launcher.may_break_glass();
            if !permitted {
                return Err(guardrail::refuse_frozen(freeze));
            }
            if how.reason.as_deref().is_none_or(str::is_empty) {
                return Err(Error::invalid("reason", "is needed to run inside a freeze window"));
            }
            kind = ApprovalKind::BreakGlass;
            waits = true;
            decision = Decision { effect: Effect::NeedsApproval, rule: Rule::Guardrail(Guardrail::Freeze) };
        }

        let mut run = self.new_run(&job, spec, backend, launcher.id, how.reason.clone(), origin);
        if !waits {
            return self.queue(job, run, decision).await;
        }

        let wanted = digest(kind, &job, None, Some(backend));
        let mut ready = open.into_iter().find(|approval| {
            approval.kind == kind
                && approval.digest == wanted
                && approval.run_id.is_none()
                && approval.expires_at > self.now
        });
        let mut worthless = false;
        if let Some(approval) = ready.take_if(|approval| approval.state == ApprovalState::Approved) {
            // Whoever gave it must still be somebody who may (DOMAIN §4): else it is void, and asked for anew.
            let decider = self.decider(&approval).await?;
            worthless =
                crate::approval::check_use(&approval, &job, Some(backend), decider.as_ref(), None, self.now)
                    .is_err();
            if worthless {
                self.set_closed(approval, ApprovalState::Void).await?;
            } else {
                ready = Some(approval);
            }
        }
        if ready.is_none() && !worthless && origin == RunOrigin::AutoStart {
            // It asked ahead, and nobody agreed: the schedule does not ask twice.
            return Err(Guardrail::ProdApproval.refuse("nobody has approved it"));
        }
        match ready {
            // Approved ahead, for exactly this: it is used when the run is claimed.
            Some(mut approval) if approval.state == ApprovalState::Approved => {
                crate::approval::check_use(
                    &approval,
                    &job,
                    Some(backend),
                    self.decider(&approval).await?.as_ref(),
                    Some(launcher.id),
                    self.now,
                )?;
                run.approval_id = Some(approval.id);
                run.approved_by = approval.decided_by;
                approval.run_id = Some(run.id);
                let queued = self.queue(job, run, decision).await?;
                self.save_approval(&approval, ApprovalState::Approved).await?;
                Ok(queued)
            }
            // Asked for ahead: the run joins what waits already.
            Some(mut approval) => {
                run.approval_id = Some(approval.id);
                self.insert_run(&run).await?;
                approval.run_id = Some(run.id);
                self.save_approval(&approval, ApprovalState::Pending).await?;
                self.log_decision("run.launch", &run, decision, run_detail(&run));
                Ok(LaunchOutcome::Waiting { run, approval })
            }
            None => {
                // The approval names the run and the run the approval: the run goes first, it has the foreign key to the job.
                if job.status.get() == JobStatus::Approved {
                    job.status.apply(JobEvent::Unapprove)?;
                }
                if job.status.get() == JobStatus::Planned {
                    job.status.apply(JobEvent::AskApproval)?;
                }
                self.save_job(&mut job).await?;
                let approval = self
                    .ask_for_run(
                        kind,
                        &job,
                        project,
                        launcher.id,
                        decision,
                        None,
                        Some(&run),
                        Some(backend),
                        how.reason.clone(),
                    )
                    .await?;
                run.approval_id = Some(approval.id);
                self.insert_run(&run).await?;
                self.log_decision("run.launch", &run, decision, run_detail(&run));
                Ok(LaunchOutcome::Waiting { run, approval })
            }
        }
    }

    fn new_run(
        &self,
        job: &Job,
        execution: crate::model::ExecutionSpec,
        backend: BackendKind,
        launcher: UserId,
        reason: Option<String>,
        origin: RunOrigin,
    ) -> Run {
        Run {
            id: RunId(self.hub().new_id()),
            job_id: job.id,
            project_id: job.project_id,
            attempt: 1,
            backend,
            execution,
            status: Tracked::restore(RunStatus::Queued),
            fence: 0,
            origin,
            requested_by: launcher,
            reason,
            approval_id: None,
            approved_by: None,
            due_at: self.now,
            worker: None,
            handle: None,
            log_from: 0,
            lease_until: None,
            cancel_requested_at: None,
            exit_code: None,
            outcome: None,
            created_at: self.now,
            started_at: None,
            ended_at: None,
        }
    }

    /// Puts a run into the queue, where it waits for a worker only.
    async fn queue(&mut self, mut job: Job, run: Run, decision: Decision) -> Result<LaunchOutcome> {
        job.status.apply(JobEvent::Queue)?;
        self.announce(Topic::Queue, run.id.0);
        self.log_decision("run.launch", &run, decision, run_detail(&run));
        let moved = Moved { queued: vec![run.clone()], jobs: vec![job], ..Moved::default() };
        self.write(moved).await.map_err(active_already)?;
        Ok(LaunchOutcome::Started(run))
    }

    async fn insert_run(&mut self, run: &Run) -> Result<()> {
        self.s.insert_run(run).await.map_err(|error| active_already(error.into()))?;
        self.announce(Topic::Run, run.id.0);
        Ok(())
    }

    /// Who gave an approval, as that user is now.
    pub(crate) async fn decider(&mut self, approval: &Approval) -> Result<Option<Actor>> {
        Ok(match approval.decided_by {
            Some(id) => self.s.user(id).await?.as_ref().map(Actor::from),
            None => None,
        })
    }

    /// What the caller's idempotency key made, if it was used before.
    pub(crate) async fn replayed(&mut self, user: UserId, key: &str, request: &str) -> Result<Option<Uuid>> {
        if key.is_empty() || key.len() > 255 || !key.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters"));
        }
        match self.s.remembered(user, key).await? {
            Some(entry) if entry.request == request => Ok(Some(entry.object_id)),
            Some(_) => Err(Error::KeyReused),
            None => Ok(None),
        }
    }

    pub(crate) async fn remember(
        &mut self,
        user: UserId,
        key: &str,
        request: &str,
        object_id: Uuid,
    ) -> Result<()> {
        let entry = Remembered { request: request.to_owned(), object_id };
        Ok(self.s.remember(user, key, &entry, self.now).await?)
    }

    async fn outcome_of(&mut self, run: Run) -> Result<LaunchOutcome> {
        let approval = match run.approval_id {
            Some(id) => self.s.approval(id).await?,
            None => None,
        };
        Ok(match approval {
            Some(approval) if approval.state == ApprovalState::Pending => {
                LaunchOutcome::Waiting { run, approval }
            }
            _ => LaunchOutcome::Started(run),
        })
    }
}

/// A job has one run at a time: the store sees to it where two launches come at once.
fn active_already(error: Error) -> Error {
    match error {
        Error::Store(StoreError::Duplicate("job_id")) => Error::RunActive,
        error => error,
    }
}

fn run_detail(run: &Run) -> serde_json::Value {
    json!({
        "job_id": run.job_id,
        "backend": run.backend,
        "origin": run.origin,
        "reason": run.reason,
        "approval_id": run.approval_id,
    })
}
