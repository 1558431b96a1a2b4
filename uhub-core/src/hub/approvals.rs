//! Approvals: asked for, decided, used, and void as soon as anything changes (DOMAIN §4).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;

use super::{
    Acting,
    jobs::{check_state, decide_change, replan, takes_slot},
    tx::{Tx, enforce, transact},
    views::{JobFacts, decide_job},
};
use crate::{
    approval::{check_decider, check_hands, digest},
    error::{Error, Result},
    model::{
        Approval, ApprovalId, ApprovalKind, ApprovalState, BackendKind, Change, Job, JobId, JobStatus,
        Project, ProjectId, Run, RunStatus, UserId,
    },
    ports::store::{Cursor, LockKey, Page, Topic},
    rbac::{Action, Actor, Decision, Effect},
    text,
    workflow::{JobEvent, RunEvent},
};

impl Acting {
    /// Approvals in `state`, or all: pending ones first, then the newest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn approvals(&self, state: Option<ApprovalState>, page: Page) -> Result<Vec<Approval>> {
        super::views::rbac_read(self)?;
        Ok(self.hub.store.read().await?.approvals(state, page).await?)
    }

    /// One approval.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn approval(&self, id: ApprovalId) -> Result<Approval> {
        super::views::rbac_read(self)?;
        self.hub.store.read().await?.approval(id).await?.ok_or(Error::NotFound { what: "approval" })
    }

    /// Approves. A change is made in the same transaction; a run may be claimed from then on.
    ///
    /// # Errors
    /// [`Error::Denied`] for a role that may not, the requester, or who last edited the execution;
    /// [`Error::ApprovalClosed`] where it was decided, is void or has expired; and whatever now stands against a change.
    pub async fn approve(&self, id: ApprovalId, comment: Option<String>) -> Result<Approval> {
        let comment = comment.map(|comment| text::prose("comment", &comment, 2000)).transpose()?;
        self.decide_approval(id, true, comment).await
    }

    /// Rejects, with a comment.
    ///
    /// # Errors
    /// As [`Acting::approve`], and [`Error::Invalid`] without a comment.
    pub async fn reject(&self, id: ApprovalId, comment: String) -> Result<Approval> {
        let comment = text::prose("comment", comment.trim(), 2000)?;
        if comment.is_empty() {
            return Err(Error::invalid("comment", "is needed to reject"));
        }
        self.decide_approval(id, false, Some(comment)).await
    }

    async fn decide_approval(
        &self,
        id: ApprovalId,
        approve: bool,
        comment: Option<String>,
    ) -> Result<Approval> {
        let action = if approve { "approval.approve" } else { "approval.reject" };
        let (mut approval, closed) = transact!(&self.hub, &self.who, action, |tx| {
            let seen = tx.s.approval(id).await?.ok_or(Error::NotFound { what: "approval" })?;
            tx.on(&seen);
            let job = tx.s.job(seen.job_id).await?.ok_or(Error::NotFound { what: "job" })?;
            let project = tx.project(job.project_id).await?;
            let target = match &seen.change {
                // What can no longer be applied is told below, as void.
                Some(change) => self.hub.changed(&job, change, &project).unwrap_or_else(|_| job.clone()),
                None => job.clone(),
            };
            tx.lock_slots(&target, Some(&job)).await?;
            let mut approval = tx.s.approval(id).await?.ok_or(Error::NotFound { what: "approval" })?;
            let job = tx.locked_job(&job).await?;
            let actor = tx.actor(self.user.id).await?;
            let run = tx.run_of(&approval).await?;
            let launcher = run.as_ref().map(|run| run.requested_by);
            check_decider(&actor, &approval, &job, launcher)?;
            check_hands(&actor, &tx.makers(&approval, &job, launcher).await?)?;
            if approval.state != ApprovalState::Pending {
                return Err(Error::ApprovalClosed { state: approval.state });
            }
            if approval.expires_at <= tx.now {
                tx.close(approval, ApprovalState::Expired, &project).await?;
                return Ok((None, Some(ApprovalState::Expired)));
            }
            if approval.digest != tx.present_digest(&approval, &job, &project, run.as_ref()) {
                // As after any change of the job: what must be asked for again is.
                tx.void_and_ask(job.id, &project).await?;
                return Ok((None, Some(ApprovalState::Void)));
            }
            approval.decided_by = Some(actor.id);
            approval.decided_at = Some(tx.now);
            approval.comment.clone_from(&comment);
            tx.log(action, &approval, Effect::Allow, json!({ "kind": approval.kind, "comment": comment }));
            if approve {
                approval = self.use_approval(tx, approval, job, &project, run).await?;
            } else {
                approval = tx.close(approval, ApprovalState::Rejected, &project).await?;
            }
            Ok((Some(approval), None))
        })?;
        match (approval.take(), closed) {
            (Some(approval), _) => Ok(approval),
            (None, state) => Err(Error::ApprovalClosed { state: state.unwrap_or(ApprovalState::Void) }),
        }
    }

    /// What follows from "yes".
    async fn use_approval(
        &self,
        tx: &mut Tx,
        mut approval: Approval,
        mut job: Job,
        project: &Project,
        run: Option<Run>,
    ) -> Result<Approval> {
        match approval.kind {
            ApprovalKind::Run | ApprovalKind::BreakGlass => {
                approval.state = ApprovalState::Approved;
                tx.save_approval(&approval, ApprovalState::Pending).await?;
                job.status.apply(JobEvent::Approve)?;
                if let Some(mut run) = run {
                    let expected = (run.status.get(), run.fence);
                    run.approved_by = approval.decided_by;
                    run.due_at = tx.now;
                    tx.save_run(&run, expected).await?;
                    tx.announce(Topic::Queue, run.id.0);
                    job.status.apply(JobEvent::Queue)?;
                }
                tx.save_job(&mut job).await?;
                return Ok(approval);
            }
            ApprovalKind::Create => {
                tx.consume(&mut approval).await?;
                let decision =
                    self.recheck_requester(tx, &approval, &job, Action::JobCreate, project).await?;
                tx.check_slot(&job, project, false).await?;
                job.status.apply(JobEvent::AcceptPlan)?;
                tx.save_job(&mut job).await?;
                tx.log_decision("job.accept", &job, decision, json!({ "approval_id": approval.id }));
                tx.ask_ahead(&mut job, project).await?;
            }
            ApprovalKind::Cancel => {
                tx.consume(&mut approval).await?;
                let decision =
                    self.recheck_requester(tx, &approval, &job, Action::JobCancel, project).await?;
                let detail = json!({ "from": job.status, "approval_id": approval.id });
                tx.log_decision("job.cancel", &job, decision, detail);
                tx.cancel_job(&mut job, approval.requested_by).await?;
            }
            ApprovalKind::Edit => {
                tx.consume(&mut approval).await?;
                let change = approval.change.clone().unwrap_or_default();
                let mut after = self.hub.changed(&job, &change, project)?;
                check_state(&job, &change)?;
                let requester = tx.actor(approval.requested_by).await?;
                let decision = decide_change(self, &requester, &job, &after, &change, project);
                enforce(decision)?;
                if takes_slot(&job, &change) {
                    replan(&mut after)?;
                    // Who breaks glass must still be an admin, as when it was asked for.
                    let breaks_glass = change.break_glass && requester.may_break_glass();
                    tx.check_slot(&after, project, breaks_glass).await?;
                }
                tx.apply_change(&job, after, &change, project, approval.requested_by, decision).await?;
            }
        }
        Ok(approval)
    }

    /// The requester must still be somebody who may ask for this.
    async fn recheck_requester(
        &self,
        tx: &mut Tx,
        approval: &Approval,
        job: &Job,
        action: Action,
        project: &Project,
    ) -> Result<Decision> {
        let requester = tx.actor(approval.requested_by).await?;
        let facts = JobFacts {
            own_job: action != Action::JobCreate && job.is_own(requester.id),
            ..JobFacts::of(job, &requester, self.hub.settings.default_backend)
        };
        let decision = decide_job(&requester, action, project, &facts);
        enforce(decision).map(|_| decision)
    }
}

impl Tx {
    /// Asks for a second person's word. It takes the place of an earlier request of the same kind that still waits, and
    /// one for a run that of whatever was asked, or given and not used, for another run of the job: two would pull the
    /// job's status to and fro.
    pub(crate) async fn ask(
        &mut self,
        kind: ApprovalKind,
        job: &Job,
        project: &Project,
        requester: UserId,
        decision: Decision,
        change: Option<Change>,
    ) -> Result<Approval> {
        let backend = kind
            .is_of_run()
            .then(|| self.hub().backend_of(project, job.execution.as_ref().and_then(|spec| spec.backend)));
        self.ask_for_run(kind, job, project, requester, decision, change, None, backend, None).await
    }

    #[expect(clippy::too_many_arguments, reason = "each is a field of the approval")]
    pub(crate) async fn ask_for_run(
        &mut self,
        kind: ApprovalKind,
        job: &Job,
        project: &Project,
        requester: UserId,
        decision: Decision,
        change: Option<Change>,
        run: Option<&Run>,
        backend: Option<BackendKind>,
        reason: Option<String>,
    ) -> Result<Approval> {
        for earlier in self.s.open_approvals(&[job.id]).await? {
            let waits = earlier.kind == kind && earlier.state == ApprovalState::Pending;
            if waits || (kind.is_of_run() && earlier.kind.is_of_run()) {
                self.set_closed(earlier, ApprovalState::Void).await?;
            }
        }
        let ttl = TimeDelta::seconds(i64::from(project.policy.approval_ttl_seconds));
        let approval = Approval {
            id: ApprovalId(self.hub().new_id()),
            kind,
            job_id: job.id,
            project_id: job.project_id,
            run_id: run.map(|run| run.id),
            digest: digest(kind, job, change.as_ref(), backend),
            change,
            rule: decision.rule.to_string(),
            reason,
            state: ApprovalState::Pending,
            requested_by: requester,
            requested_at: self.now,
            expires_at: self.now + ttl,
            decided_by: None,
            decided_at: None,
            comment: None,
        };
        self.s.insert_approval(&approval).await?;
        self.announce(Topic::Approval, approval.id.0);
        self.log_decision("approval.ask", &approval, decision, json!({ "kind": kind, "job_id": job.id }));
        Ok(approval)
    }

    /// A prod job that starts by itself asks for its run's approval as soon as it is planned (DOMAIN §5).
    pub(crate) async fn ask_ahead(&mut self, job: &mut Job, project: &Project) -> Result<()> {
        let waits_for_start = job.auto_start
            && job.execution.is_some()
            && job.status.get() == JobStatus::Planned
            && job.slot.end() > self.now
            && job.auto_started_for != Some(job.slot.start());
        // What repeats is laid out far ahead: it is asked for when the request can last until it starts.
        let ttl = TimeDelta::seconds(i64::from(project.policy.approval_ttl_seconds));
        let too_early = job.occurrence.is_some() && job.slot.start() > self.now + ttl;
        if !waits_for_start || too_early {
            return Ok(());
        }
        let launcher = self.actor(job.edited_by).await?;
        let backend = self.hub().backend_of(project, job.execution.as_ref().and_then(|spec| spec.backend));
        let facts = JobFacts::of(job, &launcher, backend);
        let decision = decide_job(&launcher, Action::RunLaunch, project, &facts);
        if decision.effect != Effect::NeedsApproval {
            return Ok(());
        }
        self.ask(ApprovalKind::Run, job, project, launcher.id, decision, None).await?;
        job.status.apply(JobEvent::AskApproval)?;
        self.save_job(job).await
    }

    /// Who has held a token of the accounts that must not decide this themselves.
    async fn makers(
        &mut self,
        approval: &Approval,
        job: &Job,
        launcher: Option<UserId>,
    ) -> Result<Vec<UserId>> {
        let editor = job.execution.is_some().then_some(job.execution_edited_by);
        let accounts: Vec<_> =
            [Some(approval.requested_by), launcher, editor].into_iter().flatten().collect();
        Ok(self.s.token_makers(&accounts).await?)
    }

    /// The digest of what `approval` would permit as things are now.
    pub(crate) fn present_digest(
        &self,
        approval: &Approval,
        job: &Job,
        project: &Project,
        run: Option<&Run>,
    ) -> String {
        let backend = approval.kind.is_of_run().then(|| {
            run.map_or_else(
                || self.hub().backend_of(project, job.execution.as_ref().and_then(|spec| spec.backend)),
                |run| run.backend,
            )
        });
        digest(approval.kind, job, approval.change.as_ref(), backend)
    }

    /// After a change of `job`: what was approved, or is asked for, and is no longer the same, is void.
    pub(crate) async fn void_stale(&mut self, job: &Job, project: &Project) -> Result<()> {
        for approval in self.s.open_approvals(&[job.id]).await? {
            let run = self.run_of(&approval).await?;
            let same = approval.digest == self.present_digest(&approval, job, project, run.as_ref());
            if same && job.status.get().is_alive() {
                continue;
            }
            let (kind, requester) = (approval.kind, approval.requested_by);
            self.close(approval, ApprovalState::Void, project).await?;
            if kind == ApprovalKind::Create && job.status.get() == JobStatus::AwaitingApproval {
                // The plan itself waits: without a request nobody could ever accept it.
                let author: Actor = self.actor(requester).await?;
                let facts = JobFacts {
                    own_job: false,
                    ..JobFacts::of(job, &author, self.hub().settings.default_backend)
                };
                let decision = decide_job(&author, Action::JobCreate, project, &facts);
                self.ask(ApprovalKind::Create, job, project, requester, decision, None).await?;
            }
        }
        Ok(())
    }

    /// The jobs of a project of which something is asked for, or approved and not used; locked.
    pub(crate) async fn hold_open_approvals(&mut self, project: ProjectId) -> Result<Vec<JobId>> {
        let mut jobs = BTreeSet::new();
        for state in [ApprovalState::Pending, ApprovalState::Approved] {
            let mut page = Page::first(500);
            loop {
                let found = self.s.approvals(Some(state), page).await?;
                jobs.extend(found.iter().filter(|one| one.project_id == project).map(|one| one.job_id));
                match found.last() {
                    Some(last) if found.len() == 500 => {
                        page.after =
                            Some(Cursor { key: i64::from(state != ApprovalState::Pending), id: last.id.0 });
                    }
                    _ => break,
                }
            }
        }
        let keys: Vec<_> = jobs.iter().map(|job| LockKey::Job(*job)).collect();
        self.s.lock(&keys).await?;
        Ok(jobs.into_iter().collect())
    }

    /// After a change of what surrounds a job: what is no longer the same is void, and asked for again where it must be.
    pub(crate) async fn void_and_ask(&mut self, job: JobId, project: &Project) -> Result<()> {
        let Some(job) = self.s.job(job).await? else { return Ok(()) };
        self.void_stale(&job, project).await?;
        let Some(mut job) = self.s.job(job.id).await? else { return Ok(()) };
        self.ask_ahead(&mut job, project).await
    }

    /// Ends an approval without its being used, and what waited for it: "back to planned" (DOMAIN §5).
    pub(crate) async fn close(
        &mut self,
        approval: Approval,
        state: ApprovalState,
        project: &Project,
    ) -> Result<Approval> {
        let approval = self.set_closed(approval, state).await?;
        let Some(mut job) = self.s.job(approval.job_id).await? else { return Ok(approval) };
        match approval.kind {
            ApprovalKind::Run | ApprovalKind::BreakGlass => {
                if let Some(run) = self.run_of(&approval).await?
                    && run.status.get() == RunStatus::Queued
                {
                    self.cancel_queued(run, &format!("approval {state}")).await?;
                }
                if matches!(job.status.get(), JobStatus::AwaitingApproval | JobStatus::Approved) {
                    job.status.apply(JobEvent::Unapprove)?;
                    self.save_job(&mut job).await?;
                    if state == ApprovalState::Expired && approval.run_id.is_none() {
                        // Nobody said no: a job planned further ahead than an approval lasts would never run.
                        Box::pin(self.ask_ahead(&mut job, project)).await?;
                    }
                } else if job.status.get() == JobStatus::Queued {
                    // Approved, and no worker came in time.
                    job.status.apply(JobEvent::Unapprove)?;
                    self.save_job(&mut job).await?;
                }
            }
            // A plan that nobody accepted is no plan. Void is followed by a new request.
            ApprovalKind::Create
                if state != ApprovalState::Void && job.status.get() == JobStatus::AwaitingApproval =>
            {
                job.status.apply(JobEvent::Cancel)?;
                self.save_job(&mut job).await?;
            }
            // The job was never touched; calendars show that nothing is pending any more.
            ApprovalKind::Create | ApprovalKind::Edit | ApprovalKind::Cancel => {
                self.announce(Topic::Job, job.id.0);
            }
        }
        debug_assert_eq!(project.id, approval.project_id);
        Ok(approval)
    }

    /// After these jobs have ended: what is still asked for of them, such as a move, permits nothing any more.
    pub(crate) async fn void_of_ended(&mut self, jobs: &[JobId]) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        for approval in self.s.open_approvals(jobs).await? {
            self.set_closed(approval, ApprovalState::Void).await?;
        }
        Ok(())
    }

    /// Ends an approval alone; what waits for it is the caller's.
    pub(crate) async fn set_closed(
        &mut self,
        mut approval: Approval,
        state: ApprovalState,
    ) -> Result<Approval> {
        let before = approval.state;
        approval.state = state;
        self.save_approval(&approval, before).await?;
        if state != ApprovalState::Rejected {
            self.log("approval.close", &approval, Effect::Allow, json!({ "from": before, "to": state }));
        }
        Ok(approval)
    }

    pub(crate) async fn consume(&mut self, approval: &mut Approval) -> Result<()> {
        let before = approval.state;
        approval.state = ApprovalState::Consumed;
        self.save_approval(approval, before).await
    }

    pub(crate) async fn run_of(&mut self, approval: &Approval) -> Result<Option<Run>> {
        Ok(match approval.run_id {
            Some(id) => self.s.run(id).await?,
            None => None,
        })
    }

    /// Ends a run that no worker has.
    pub(crate) async fn cancel_queued(&mut self, mut run: Run, outcome: &str) -> Result<Run> {
        let expected = (run.status.get(), run.fence);
        run.status.apply(RunEvent::Cancel)?;
        run.outcome = Some(outcome.to_owned());
        run.ended_at = Some(self.now);
        self.save_run(&run, expected).await?;
        self.log("run.cancel", &run, Effect::Allow, json!({ "outcome": outcome }));
        Ok(run)
    }

    /// Calls a job off, with the run that it has: a queued one at once, a running one by asking its worker, and then
    /// the job ends with the run.
    pub(crate) async fn cancel_job(&mut self, job: &mut Job, by: UserId) -> Result<()> {
        if let Some(seen) = self.s.active_run(job.id).await? {
            // Held, since all of it is written: its worker may be extending its lease.
            let mut run = self.hold_run(seen.id).await?;
            if run.status.get() == RunStatus::Running {
                let expected = (run.status.get(), run.fence);
                run.cancel_requested_at = run.cancel_requested_at.or(Some(self.now));
                self.save_run(&run, expected).await?;
                self.announce(Topic::Cancel, run.id.0);
                return Ok(());
            }
            self.cancel_queued(run, "the job was cancelled").await?;
        }
        self.void_of_ended(&[job.id]).await?;
        job.status.apply(JobEvent::Cancel)?;
        job.edited_by = by;
        self.save_job(job).await
    }
}
