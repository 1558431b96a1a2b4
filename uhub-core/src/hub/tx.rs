//! One transaction: a write session, and the audit entries that are committed with it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Hub,
    audit::{SEALED_AT_ONCE, lay_down},
};
use crate::{
    audit::AuditEntry,
    error::{Error, Result},
    model::{ApiToken, Approval, AuditId, Freeze, Job, Project, ProjectId, Run, RunId, Scopes, User, UserId},
    ports::store::{ChangeNote, LockKey, Progress, StoreError, Topic, WriteSession},
    rbac::{Actor, Decision, Effect},
};

/// Who the audit names.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) id: Option<UserId>,
    pub(crate) name: String,
    /// What the token is good for by which that user acts, where there is one.
    pub(crate) scopes: Option<Scopes>,
}

impl Who {
    pub(crate) fn user(user: &User) -> Self {
        Self { id: Some(user.id), name: user.username.clone(), scopes: None }
    }

    pub(crate) fn by_token(user: &User, token: &ApiToken) -> Self {
        let name = format!("{} ({})", user.username, token.prefix);
        Self { id: Some(user.id), name, scopes: Some(token.scopes) }
    }

    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self { id: None, name: name.into(), scopes: None }
    }
}

/// On what the audit says that something was done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Object {
    pub(crate) kind: &'static str,
    pub(crate) id: Option<Uuid>,
    pub(crate) project: Option<ProjectId>,
}

impl Object {
    pub(crate) const fn new(kind: &'static str, id: Uuid) -> Self {
        Self { kind, id: Some(id), project: None }
    }
}

impl From<&Job> for Object {
    fn from(job: &Job) -> Self {
        Self { kind: "job", id: Some(job.id.0), project: Some(job.project_id) }
    }
}

impl From<&Run> for Object {
    fn from(run: &Run) -> Self {
        Self { kind: "run", id: Some(run.id.0), project: Some(run.project_id) }
    }
}

impl From<&Approval> for Object {
    fn from(approval: &Approval) -> Self {
        Self { kind: "approval", id: Some(approval.id.0), project: Some(approval.project_id) }
    }
}

impl From<&Project> for Object {
    fn from(project: &Project) -> Self {
        Self { kind: "project", id: Some(project.id.0), project: Some(project.id) }
    }
}

impl From<&Freeze> for Object {
    fn from(freeze: &Freeze) -> Self {
        Self { kind: "freeze", id: Some(freeze.id.0), project: freeze.project_id }
    }
}

/// Runs and jobs that get on, to be written together.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    /// Runs that join the queue.
    pub(crate) queued: Vec<Run>,
    /// With the status and fence that each must still have.
    pub(crate) runs: Vec<(Run, (crate::model::RunStatus, i64))>,
    pub(crate) jobs: Vec<Job>,
}

/// A transaction in progress. Dropping it changes nothing.
pub(crate) struct Tx {
    pub(crate) s: Box<dyn WriteSession>,
    pub(crate) now: DateTime<Utc>,
    hub: Hub,
    who: Who,
    entries: Vec<AuditEntry>,
    failed: Object,
}

impl Tx {
    pub(crate) async fn begin(hub: &Hub, who: &Who) -> Result<Self> {
        Ok(Self::on_session(hub, who, hub.store.write().await?))
    }

    /// With `keys` locked from the start, and by the store's clock.
    pub(crate) async fn begin_locked(hub: &Hub, who: &Who, keys: &[LockKey]) -> Result<Self> {
        let mut tx = Self::on_session(hub, who, hub.store.write_locked(keys).await?);
        tx.by_store_time().await?;
        Ok(tx)
    }

    fn on_session(hub: &Hub, who: &Who, session: Box<dyn WriteSession>) -> Self {
        Self {
            s: session,
            now: hub.now(),
            hub: hub.clone(),
            who: who.clone(),
            entries: Vec::new(),
            failed: Object::default(),
        }
    }

    /// From here on the clock is the store's: leases and due times of several machines go by that one.
    pub(crate) async fn by_store_time(&mut self) -> Result<()> {
        self.now = self.s.now().await?;
        Ok(())
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// What a refusal will be audited on.
    pub(crate) fn on(&mut self, object: impl Into<Object>) {
        self.failed = object.into();
    }

    pub(crate) fn log(&mut self, action: &str, object: impl Into<Object>, effect: Effect, detail: Value) {
        self.log_rule(action, object, effect.as_str(), None, detail);
    }

    pub(crate) fn log_decision(
        &mut self,
        action: &str,
        object: impl Into<Object>,
        decision: Decision,
        detail: Value,
    ) {
        self.log_rule(action, object, decision.effect.as_str(), Some(decision.rule.to_string()), detail);
    }

    pub(crate) fn log_refusal(&mut self, action: &str, object: impl Into<Object>, error: &Error) {
        self.log_rule(action, object, "deny", error.rule(), json!({ "reason": error.to_string() }));
    }

    fn log_rule(
        &mut self,
        action: &str,
        object: impl Into<Object>,
        decision: &str,
        rule: Option<String>,
        detail: Value,
    ) {
        let object = object.into();
        self.entries.push(AuditEntry {
            id: AuditId(self.hub.new_id()),
            at: self.now,
            actor_id: self.who.id,
            actor: self.who.name.clone(),
            action: action.to_owned(),
            object_kind: object.kind.to_owned(),
            object_id: object.id,
            project_id: object.project,
            decision: decision.to_owned(),
            rule,
            detail,
        });
    }

    pub(crate) fn announce(&mut self, topic: Topic, id: Uuid) {
        self.s.announce(ChangeNote { topic, id });
    }

    /// Writes the audit and commits. If the entry cannot be written, nothing has happened (DOMAIN §9).
    pub(crate) async fn commit(mut self) -> Result<()> {
        if !self.entries.is_empty() {
            lay_down(&mut *self.s, std::mem::take(&mut self.entries)).await?;
        }
        Ok(self.s.commit().await?)
    }

    /// Ends the transaction by its result: committed, or nothing changed and, for a refusal, an entry that says so.
    pub(crate) async fn end<T>(self, action: &str, result: Result<T>) -> Result<T> {
        match result {
            Ok(value) => self.commit().await.map(|()| value),
            Err(error) => {
                if error.is_refusal() {
                    let Self { hub, who, failed, s, .. } = self;
                    drop(s);
                    let mut tx = Self::begin(&hub, &who).await?;
                    tx.log_refusal(action, failed, &error);
                    tx.commit().await?;
                }
                Err(error)
            }
        }
    }

    /// The user as it is now, whatever the caller knew: a role that was taken away decides nothing any more. Where it is the
    /// one who acts, it acts within its token's scopes.
    pub(crate) async fn actor(&mut self, id: UserId) -> Result<Actor> {
        let user = self.s.user(id).await?.ok_or(Error::Unauthenticated)?;
        Ok(self.as_actor(&user))
    }

    /// A user who was just read: see [`Tx::actor`].
    pub(crate) fn as_actor(&self, user: &User) -> Actor {
        let scopes = self.who.scopes.filter(|_| self.who.id == Some(user.id));
        Actor { scopes, ..Actor::from(user) }
    }

    pub(crate) async fn project(&mut self, id: ProjectId) -> Result<Project> {
        self.s.project(id).await?.ok_or(Error::NotFound { what: "project" })
    }

    /// Writes a changed job: its version grows, and listeners are told.
    pub(crate) async fn save_job(&mut self, job: &mut Job) -> Result<()> {
        job.version += 1;
        job.updated_at = self.now;
        if !self.s.update_job(job).await? {
            return Err(StoreError::Contended.into());
        }
        self.announce(Topic::Job, job.id.0);
        Ok(())
    }

    pub(crate) async fn save_run(
        &mut self,
        run: &Run,
        expected: (crate::model::RunStatus, i64),
    ) -> Result<()> {
        if !self.s.update_run(run, expected).await? {
            return Err(StoreError::Contended.into());
        }
        self.announce(Topic::Run, run.id.0);
        Ok(())
    }

    /// A run as it is now, and stays until the transaction ends.
    pub(crate) async fn hold_run(&mut self, id: RunId) -> Result<Run> {
        self.s.hold_runs(&[id]).await?.pop().ok_or(Error::NotFound { what: "run" })
    }

    /// Writes what got on, with what the audit says of it so far, unless that is so much that it is sealed at once. Gives it
    /// back as it was written.
    pub(crate) async fn write(&mut self, mut moved: Moved) -> Result<Moved> {
        for job in &mut moved.jobs {
            job.version += 1;
            job.updated_at = self.now;
        }
        let entries =
            if self.entries.len() < SEALED_AT_ONCE { std::mem::take(&mut self.entries) } else { Vec::new() };
        let Moved { queued, runs, jobs } = &moved;
        let progress = Progress { queued, runs, jobs, entries: &entries };
        if !self.s.write_progress(progress).await? {
            return Err(StoreError::Contended.into());
        }
        for run in queued.iter().chain(runs.iter().map(|(run, _)| run)) {
            self.announce(Topic::Run, run.id.0);
        }
        for job in &moved.jobs {
            self.announce(Topic::Job, job.id.0);
        }
        let ended = moved.jobs.iter().filter(|job| !job.status.get().is_alive());
        let ended: Vec<_> = ended.map(|job| job.id).collect();
        self.void_of_ended(&ended).await?;
        Ok(moved)
    }

    pub(crate) async fn save_approval(
        &mut self,
        approval: &Approval,
        expected: crate::model::ApprovalState,
    ) -> Result<()> {
        if !self.s.update_approval(approval, expected).await? {
            return Err(StoreError::Contended.into());
        }
        self.announce(Topic::Approval, approval.id.0);
        Ok(())
    }
}

impl From<&User> for Actor {
    fn from(user: &User) -> Self {
        let User { id, kind, role, is_active, .. } = *user;
        Self { id, kind, role, is_active, scopes: None }
    }
}

/// Lets pass what was decided, and tells whether a second person has to approve.
pub(crate) fn enforce(decision: Decision) -> Result<bool> {
    match decision.effect {
        Effect::Allow => Ok(false),
        Effect::NeedsApproval => Ok(true),
        Effect::Deny => Err(Error::Denied { rule: decision.rule, reason: decision.explain() }),
    }
}

/// Lets pass only what is allowed outright.
pub(crate) fn allow(decision: Decision) -> Result<()> {
    if enforce(decision)? {
        return Err(Error::Denied { rule: decision.rule, reason: decision.explain() });
    }
    Ok(())
}

/// Runs `$body` in a transaction of `$who`, and again when another write came between.
macro_rules! transact {
    ($hub:expr, $who:expr, $action:expr, |$tx:ident| $body:block) => {
        $crate::hub::tx::transact!(@ $crate::hub::tx::Tx::begin($hub, $who), $action, |$tx| $body)
    };
    // With locks from the start, and by the store's clock.
    ($hub:expr, $who:expr, $action:expr, $keys:expr, |$tx:ident| $body:block) => {
        $crate::hub::tx::transact!(@ $crate::hub::tx::Tx::begin_locked($hub, $who, $keys), $action, |$tx| $body)
    };
    (@ $begin:expr, $action:expr, |$tx:ident| $body:block) => {{
        let mut tries = 0;
        loop {
            let mut tx = $begin.await?;
            let result: $crate::Result<_> = async {
                let $tx = &mut tx;
                $body
            }
            .await;
            match tx.end($action, result).await {
                Err(error) if $crate::hub::is_contended(&error) && tries < $crate::hub::CONTENDED_RETRIES => {
                    tries += 1;
                }
                ended => break ended,
            }
        }
    }};
}
pub(crate) use transact;
