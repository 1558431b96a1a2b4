//! Jobs: create, edit, move, cancel, done.

use serde_json::json;

use super::{
    Acting, JobPatch, JobView, NewJob, NewRecurrence, SeriesScope,
    launch::request_digest,
    series::describe_laid,
    tx::{Object, Tx, enforce, transact},
    views::{Conflict, JobFacts, conflicts_of, decide_job, job_ids, stricter},
};
use crate::{
    error::{Error, Result},
    guardrail::{self, Guardrail},
    model::{Approval, ApprovalKind, Change, Job, JobId, JobStatus, OnConflict, Project, Slot},
    ports::store::{LockKey, StoreError, Topic},
    rbac::{self, Action, Actor, Decision, Effect, Rule},
    text,
    workflow::{JobEvent, State as _, Tracked},
};

/// How a job was changed.
#[expect(clippy::large_enum_variant, reason = "one per request, and taken apart at once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome {
    /// It is done.
    Done(JobView),
    /// It waits for a second person; the job is as it was.
    Waiting {
        /// The job.
        job: JobView,
        /// What is asked for.
        approval: Approval,
    },
}

/// How an update is to be done.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobUpdate {
    /// Only while the job has this version.
    pub if_version: Option<i64>,
    /// Only say what would happen.
    pub dry_run: bool,
    /// Of what repeats, how much of it.
    pub scope: SeriesScope,
}

impl Acting {
    /// Creates a job. The same `idempotency_key` with the same request gives the job that is there.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Denied`] by the table, a guardrail or a freeze, [`Error::Conflict`] where the policy
    /// blocks, [`Error::KeyReused`].
    pub async fn create_job(&self, new: NewJob, idempotency_key: Option<&str>) -> Result<JobOutcome> {
        transact!(&self.hub, &self.who, "job.create", |tx| {
            self.create_in(tx, &new, None, idempotency_key).await
        })
    }

    /// What creating a job, or with `recurrence` a series, would come to: the job as it would be, with what it would collide
    /// with, or the refusal. Nothing changes, and the audit tells nothing of it.
    ///
    /// # Errors
    /// As [`Acting::create_job`] and [`Acting::create_series`].
    pub async fn try_create_job(
        &self,
        new: NewJob,
        recurrence: Option<NewRecurrence>,
        idempotency_key: Option<&str>,
    ) -> Result<JobOutcome> {
        // The same code, in a transaction that is dropped.
        let mut tx = Tx::begin(&self.hub, &self.who).await?;
        self.create_in(&mut tx, &new, recurrence.as_ref(), idempotency_key).await
    }

    pub(super) async fn create_in(
        &self,
        tx: &mut Tx,
        new: &NewJob,
        recurrence: Option<&NewRecurrence>,
        idempotency_key: Option<&str>,
    ) -> Result<JobOutcome> {
        let request = match recurrence {
            Some(recurrence) => request_digest("series.create", &format!("{new:?} {recurrence:?}")),
            None => request_digest("job.create", &format!("{new:?}")),
        };
        tx.on(Object { kind: "job", id: None, project: Some(new.project_id) });
        let actor = tx.actor(self.user.id).await?;
        if let Some(key) = idempotency_key
            && let Some(id) = tx.replayed(self.user.id, key, &request).await?
        {
            return self.outcome_of(tx, JobId(id)).await;
        }
        let project = tx.project(new.project_id).await?;
        tx.on(&project);
        tx.check_assignee(new.assignee_id).await?;
        let job = self.hub.draft(new, &project, actor.id)?;
        let (job, approval) = match recurrence {
            Some(recurrence) => tx.admit_series(job, recurrence, &project, &actor).await?,
            None => tx.admit(job, &project, &actor).await?,
        };
        if let Some(key) = idempotency_key {
            tx.remember(self.user.id, key, &request, job.id.0).await?;
        }
        let view = self.view(&mut *tx.s, job, &project).await?;
        Ok(match approval {
            Some(approval) => JobOutcome::Waiting { job: view, approval },
            None => JobOutcome::Done(view),
        })
    }

    /// Changes a job: edits, moves (another slot), or plans again one that has ended.
    ///
    /// # Errors
    /// As [`Acting::create_job`], [`Error::NotFound`], [`Error::Stale`], and [`Error::Transition`] where the job's state
    /// forbids it.
    pub async fn update_job(&self, id: JobId, patch: JobPatch, how: JobUpdate) -> Result<JobOutcome> {
        if how.dry_run {
            // The same code, in a transaction that is dropped: neither the job nor the audit changes.
            let mut tx = Tx::begin(&self.hub, &self.who).await?;
            return self.update_any(&mut tx, id, &patch, how).await;
        }
        let action = if patch.is_move() { "job.move" } else { "job.edit" };
        transact!(&self.hub, &self.who, action, |tx| { self.update_any(tx, id, &patch, how).await })
    }

    pub(crate) async fn update_in(
        &self,
        tx: &mut Tx,
        id: JobId,
        patch: &JobPatch,
        how: JobUpdate,
    ) -> Result<JobOutcome> {
        let actor = tx.actor(self.user.id).await?;
        let seen = tx.s.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
        let project = tx.project(seen.project_id).await?;
        tx.on(&seen);
        if let Some(Some(assignee)) = patch.assignee_id {
            tx.check_assignee(Some(assignee)).await?;
        }
        let target = self.hub.changed(&seen, &self.hub.change(&seen, patch, &project)?, &project)?;
        tx.lock_slots(&target, Some(&seen)).await?;
        let job = tx.locked_job(&seen).await?;
        if let Some(expected) = how.if_version
            && expected != job.version
        {
            return Err(Error::Stale { expected, actual: job.version });
        }
        let mut change = self.hub.change(&job, patch, &project)?;
        if change.is_empty() {
            return Ok(JobOutcome::Done(self.view(&mut *tx.s, job, &project).await?));
        }
        let mut after = self.hub.changed(&job, &change, &project)?;
        check_state(&job, &change)?;
        let mut decision = decide_change(self, &actor, &job, &after, &change, &project);
        let mut waits = enforce(decision)?;
        check_start(&actor, &after)?;
        let reason =
            patch.reason.as_deref().map(|reason| text::prose("reason", reason.trim(), 2000)).transpose()?;
        if takes_slot(&job, &change) {
            replan(&mut after)?;
            let breaks_glass = patch.break_glass && actor.may_break_glass();
            if tx.check_slot(&after, &project, breaks_glass).await? {
                if reason.as_deref().is_none_or(str::is_empty) {
                    return Err(Error::invalid("reason", "is needed to move into a freeze window"));
                }
                change.break_glass = true;
                waits = true;
                decision =
                    Decision { effect: Effect::NeedsApproval, rule: Rule::Guardrail(Guardrail::Freeze) };
            }
        }
        if waits {
            let approval = tx
                .ask_for_run(
                    ApprovalKind::Edit,
                    &job,
                    &project,
                    actor.id,
                    decision,
                    Some(change.clone()),
                    None,
                    None,
                    reason,
                )
                .await?;
            tx.log_decision(action_of(&change), &job, decision, describe_change(&job, &after, &change));
            tx.announce(Topic::Job, job.id.0);
            let view = self.view(&mut *tx.s, job, &project).await?;
            return Ok(JobOutcome::Waiting { job: view, approval });
        }
        let after = tx.apply_change(&job, after, &change, &project, actor.id, decision).await?;
        Ok(JobOutcome::Done(self.view(&mut *tx.s, after, &project).await?))
    }

    /// Calls a job off; its row stays. A running job's run is asked to stop, and the job ends with it.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::NotFound`], [`Error::Stale`], [`Error::Transition`] for one that has ended.
    pub async fn cancel_job(&self, id: JobId, if_version: Option<i64>) -> Result<JobOutcome> {
        transact!(&self.hub, &self.who, "job.cancel", |tx| { self.cancel_in(tx, id, if_version).await })
    }

    pub(super) async fn cancel_in(
        &self,
        tx: &mut Tx,
        id: JobId,
        if_version: Option<i64>,
    ) -> Result<JobOutcome> {
        let actor = tx.actor(self.user.id).await?;
        let seen = tx.s.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
        let project = tx.project(seen.project_id).await?;
        tx.on(&seen);
        tx.lock_slots(&seen, None).await?;
        let mut job = tx.locked_job(&seen).await?;
        if let Some(expected) = if_version
            && expected != job.version
        {
            return Err(Error::Stale { expected, actual: job.version });
        }
        let backend = self.hub.backend_of(&project, job.execution.as_ref().and_then(|spec| spec.backend));
        let facts = JobFacts::of(&job, &actor, backend);
        let decision = decide_job(&actor, Action::JobCancel, &project, &facts);
        let waits = enforce(decision)?;
        // Told before anything waits: what has ended cannot be cancelled.
        job.status.clone().apply(JobEvent::Cancel)?;
        if waits {
            let approval = tx.ask(ApprovalKind::Cancel, &job, &project, actor.id, decision, None).await?;
            tx.log_decision("job.cancel", &job, decision, json!({}));
            let view = self.view(&mut *tx.s, job, &project).await?;
            return Ok(JobOutcome::Waiting { job: view, approval });
        }
        tx.log_decision("job.cancel", &job, decision, json!({ "from": job.status }));
        tx.cancel_job(&mut job, actor.id).await?;
        Ok(JobOutcome::Done(self.view(&mut *tx.s, job, &project).await?))
    }

    /// Marks a job that people do as done.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::NotFound`], [`Error::Unfit`] for a job with an execution, [`Error::Transition`].
    pub async fn mark_done(&self, id: JobId) -> Result<JobView> {
        transact!(&self.hub, &self.who, "job.done", |tx| {
            let actor = tx.actor(self.user.id).await?;
            let seen = tx.s.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
            let project = tx.project(seen.project_id).await?;
            tx.on(&seen);
            tx.lock_slots(&seen, None).await?;
            let mut job = tx.locked_job(&seen).await?;
            let backend = self.hub.backend_of(&project, None);
            let facts = JobFacts::of(&job, &actor, backend);
            let decision = decide_job(&actor, Action::JobEdit, &project, &facts);
            // That work was done is a fact, not a change of plan: nobody has to approve it.
            enforce(decision)?;
            if job.execution.is_some() {
                return Err(Error::Unfit("the job has an execution: launch it, its run decides".to_owned()));
            }
            job.status.apply(JobEvent::Done)?;
            job.edited_by = actor.id;
            tx.save_job(&mut job).await?;
            tx.void_stale(&job, &project).await?;
            tx.log_decision("job.done", &job, decision, json!({}));
            self.view(&mut *tx.s, job, &project).await
        })
    }

    pub(super) async fn outcome_of(&self, tx: &mut Tx, id: JobId) -> Result<JobOutcome> {
        let job = tx.s.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
        let project = tx.project(job.project_id).await?;
        let view = self.view(&mut *tx.s, job, &project).await?;
        let waiting = view.pending.iter().find(|approval| approval.kind == ApprovalKind::Create).cloned();
        Ok(match waiting {
            Some(approval) => JobOutcome::Waiting { job: view, approval },
            None => JobOutcome::Done(view),
        })
    }
}

/// The job as it was read behind its locks, which are those of the pool where it was seen.
pub(super) fn still_there(seen: &Job, locked: Option<Job>) -> Result<Job> {
    let job = locked.ok_or(Error::NotFound { what: "job" })?;
    if job.pool() == seen.pool() { Ok(job) } else { Err(StoreError::Contended.into()) }
}

/// What starts by itself is launched on the authority of whoever planned it last: by a token only where that is good for
/// launching, or its scopes would mean nothing.
fn check_start(actor: &Actor, job: &Job) -> Result<()> {
    match rbac::refused(actor, Action::RunLaunch) {
        Some(rule) if job.auto_start && job.execution.is_some() => {
            Err(Error::Denied { rule, reason: rule.explain() })
        }
        _ => Ok(()),
    }
}

impl Tx {
    /// Takes a new job in, on the authority of `actor`: decided, its slot checked, stored, told, and asked for where a
    /// second person has to accept it.
    pub(crate) async fn admit(
        &mut self,
        mut job: Job,
        project: &Project,
        actor: &Actor,
    ) -> Result<(Job, Option<Approval>)> {
        let backend = self.hub().backend_of(project, job.execution.as_ref().and_then(|spec| spec.backend));
        // Who creates a job owns it by that alone; the table's "own project" is what counts here.
        let facts = JobFacts { own_job: false, ..JobFacts::of(&job, actor, backend) };
        let decision = decide_job(actor, Action::JobCreate, project, &facts);
        let waits = enforce(decision)?;
        check_start(actor, &job)?;
        self.lock_slots(&job, None).await?;
        self.check_slot(&job, project, false).await?;
        if waits {
            job.status = Tracked::restore(JobStatus::AwaitingApproval);
        }
        self.s.insert_job(&job).await?;
        self.announce(Topic::Job, job.id.0);
        self.log_decision("job.create", &job, decision, describe_laid(&job));
        if waits {
            let approval = self.ask(ApprovalKind::Create, &job, project, actor.id, decision, None).await?;
            return Ok((job, Some(approval)));
        }
        self.ask_ahead(&mut job, project).await?;
        Ok((job, None))
    }

    /// Locks what the conflict check and the freeze check read, and the job itself, until the end (DOMAIN §6).
    pub(crate) async fn lock_slots(&mut self, target: &Job, before: Option<&Job>) -> Result<()> {
        let mut keys = vec![LockKey::FreezesShared, LockKey::Job(target.id)];
        for job in [Some(target), before].into_iter().flatten() {
            keys.extend(job.pool().map(|pool| LockKey::Pool(pool.to_owned())));
        }
        keys.sort();
        keys.dedup();
        Ok(self.s.lock(&keys).await?)
    }

    /// The job again, now that it is locked; one that went to another pool meanwhile is tried again from the start.
    pub(crate) async fn locked_job(&mut self, seen: &Job) -> Result<Job> {
        still_there(seen, self.s.job(seen.id).await?)
    }

    pub(crate) async fn check_assignee(&mut self, assignee: Option<crate::model::UserId>) -> Result<()> {
        match assignee {
            Some(id) if self.s.user(id).await?.is_none_or(|user| !user.is_active) => {
                Err(Error::invalid("assignee_id", "there is no such active user"))
            }
            _ => Ok(()),
        }
    }

    /// The freeze windows and the policy on conflicts, for the slot that `job` is about to take. Who `breaks_glass` may
    /// take one inside a window; returns whether that is so.
    pub(crate) async fn check_slot(
        &mut self,
        job: &Job,
        project: &Project,
        breaks_glass: bool,
    ) -> Result<bool> {
        let conflicts = conflicts_of(&mut *self.s, job).await?;
        let frozen = conflicts.iter().find_map(|conflict| match conflict {
            Conflict::Freeze(freeze) => Some(freeze),
            Conflict::Job(_) => None,
        });
        if let Some(freeze) = frozen
            && !breaks_glass
        {
            return Err(guardrail::refuse_frozen(freeze));
        }
        let jobs = job_ids(&conflicts);
        if !jobs.is_empty() && project.policy.on_conflict(job.tier()) == OnConflict::Block {
            return Err(Error::Conflict { jobs });
        }
        Ok(frozen.is_some())
    }

    /// Makes a decided change so: by whoever edits, or by whoever asked for it and was approved.
    pub(crate) async fn apply_change(
        &mut self,
        before: &Job,
        mut after: Job,
        change: &Change,
        project: &Project,
        editor: crate::model::UserId,
        decision: Decision,
    ) -> Result<Job> {
        after.edited_by = editor;
        if change.execution.is_some() {
            after.execution_edited_by = editor;
        }
        self.save_job(&mut after).await?;
        self.log_decision(action_of(change), &after, decision, describe_change(before, &after, change));
        self.void_stale(&after, project).await?;
        // Voiding may have changed its status.
        let mut after = self.s.job(after.id).await?.ok_or(Error::NotFound { what: "job" })?;
        self.ask_ahead(&mut after, project).await?;
        Ok(after)
    }
}

/// Whether the table allows the change, where the job is and where it would be.
pub(crate) fn decide_change(
    acting: &Acting,
    actor: &Actor,
    before: &Job,
    after: &Job,
    change: &Change,
    project: &Project,
) -> Decision {
    let action = if change.is_move() { Action::JobMove } else { Action::JobEdit };
    let backend = acting.hub.backend_of(project, after.execution.as_ref().and_then(|spec| spec.backend));
    let own_job = before.is_own(actor.id);
    let decide = |job: &Job| {
        decide_job(actor, action, project, &JobFacts { own_job, ..JobFacts::of(job, actor, backend) })
    };
    stricter(decide(before), decide(after))
}

/// A job that is queued or running is fixed, but for words about it (DOMAIN §5); one that succeeded takes no new slot.
pub(crate) fn check_state(job: &Job, change: &Change) -> Result<()> {
    let Change {
        description: _,
        assignee_id: _,
        ref title,
        ref job_type,
        ref environment,
        ref slot,
        ref critical,
        ref execution,
        ref auto_start,
        break_glass: _,
    } = *change;
    let touches_plan = title.is_some()
        || job_type.is_some()
        || environment.is_some()
        || slot.is_some()
        || critical.is_some()
        || execution.is_some()
        || auto_start.is_some();
    let status = job.status.get();
    if touches_plan && status.is_fixed() {
        let event = if slot.is_some() { "move" } else { "edit" };
        return Err(crate::workflow::IllegalTransition {
            what: "job",
            from: status.to_string(),
            event: event.into(),
        }
        .into());
    }
    if slot.is_some() && !status.is_alive() && status.next(JobEvent::Replan).is_none() {
        return Err(crate::workflow::IllegalTransition {
            what: "job",
            from: status.to_string(),
            event: JobEvent::Replan.to_string(),
        }
        .into());
    }
    Ok(())
}

/// Whether the change makes the job take a slot that it did not hold.
pub(crate) fn takes_slot(job: &Job, change: &Change) -> bool {
    let moves = change.slot.is_some() || change.environment.is_some();
    let joins = change.critical.is_some() || change.job_type.is_some();
    moves || (joins && job.status.get().is_alive())
}

/// A job that ended and gets a new slot is planned again.
pub(crate) fn replan(job: &mut Job) -> Result<()> {
    if !job.status.get().is_alive() {
        job.status.apply(JobEvent::Replan)?;
    }
    Ok(())
}

fn action_of(change: &Change) -> &'static str {
    if change.is_move() { "job.move" } else { "job.edit" }
}

pub(crate) fn describe(job: &Job) -> serde_json::Value {
    json!({
        "title": job.title,
        "job_type": job.job_type,
        "environment": job.environment.as_ref().map(|environment| &environment.name),
        "slot": slot_json(job.slot),
    })
}

fn describe_change(before: &Job, after: &Job, change: &Change) -> serde_json::Value {
    let mut detail = serde_json::Map::new();
    let mut put = |name: &str, differs: bool, from: serde_json::Value, to: serde_json::Value| {
        if differs {
            detail.insert(name.to_owned(), json!({ "from": from, "to": to }));
        }
    };
    put("slot", change.slot.is_some(), slot_json(before.slot), slot_json(after.slot));
    put("title", change.title.is_some(), json!(before.title), json!(after.title));
    put("job_type", change.job_type.is_some(), json!(before.job_type), json!(after.job_type));
    put("environment", change.environment.is_some(), json!(before.environment), json!(after.environment));
    put("assignee_id", change.assignee_id.is_some(), json!(before.assignee_id), json!(after.assignee_id));
    put("critical", change.critical.is_some(), json!(before.critical), json!(after.critical));
    put("auto_start", change.auto_start.is_some(), json!(before.auto_start), json!(after.auto_start));
    // Long texts and commands are named, not copied: the audit is not a second database.
    put("description", change.description.is_some(), json!(null), json!("changed"));
    put(
        "execution",
        change.execution.is_some(),
        json!(before.execution.is_some()),
        json!(after.execution.is_some()),
    );
    serde_json::Value::Object(detail)
}

pub(crate) fn slot_json(slot: Slot) -> serde_json::Value {
    json!({ "start": slot.start(), "end": slot.end() })
}
