//! A step on a store, and its answer in words that can be compared.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use uhub_core::{
    audit::{AuditEntry, seal},
    model::*,
    ports::store::{
        JobFilter, LockKey, Page, Remembered, Result, RunFilter, StoreError, Wanted, WriteSession,
    },
};
use uuid::Uuid;

/// One operation with all that it needs.
#[derive(Debug, Clone)]
pub(super) enum Step {
    InsertUser(User),
    UpdateUser(User),
    InsertProject(Project),
    UpdateProject(Project),
    InsertJob(Job),
    UpdateJob(Job),
    InsertRun(Run),
    UpdateRun(Run, (RunStatus, i64)),
    Heartbeat(RunId, i64, DateTime<Utc>),
    AppendLog(RunId, i64, Vec<LogChunk>),
    InsertApproval(Approval),
    UpdateApproval(Approval, ApprovalState),
    InsertFreeze(Freeze),
    DeleteFreeze(FreezeId),
    AppendAudit(Vec<AuditEntry>),
    Seal(u32),
    Remember(UserId, String, Uuid, DateTime<Utc>),
    Forget(DateTime<Utc>),
    Look { window: Slot, now: DateTime<Utc>, limit: u32, tier: Option<Tier> },
}

/// What a store said. Failures are compared by kind: their texts are the database's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Said(String),
    Refused(&'static str),
    Failed,
    Contended,
    Unavailable,
}

impl Answer {
    fn of<T: Debug>(result: Result<T>) -> Self {
        match result {
            Ok(value) => Self::Said(format!("{value:?}")),
            Err(StoreError::Duplicate(field)) => Self::Refused(field),
            Err(StoreError::Failed(_)) => Self::Failed,
            Err(StoreError::Contended) => Self::Contended,
            Err(StoreError::Unavailable(_)) => Self::Unavailable,
        }
    }

    pub(super) const fn is_error(&self) -> bool {
        !matches!(self, Self::Said(_))
    }

    /// Whether it did what it was asked for, and found nothing stale.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Said(text) if text != "false")
    }
}

impl Step {
    pub(super) async fn take(&self, session: &mut Box<dyn WriteSession>) -> Answer {
        match self {
            Self::InsertUser(user) => Answer::of(session.insert_user(user, Some(&user.email)).await),
            Self::UpdateUser(user) => Answer::of(session.update_user(user).await),
            Self::InsertProject(project) => Answer::of(session.insert_project(project).await),
            Self::UpdateProject(project) => Answer::of(session.update_project(project).await),
            Self::InsertJob(job) => Answer::of(session.insert_job(job).await),
            Self::UpdateJob(job) => Answer::of(session.update_job(job).await),
            Self::InsertRun(run) => Answer::of(session.insert_run(run).await),
            Self::UpdateRun(run, expected) => Answer::of(session.update_run(run, *expected).await),
            Self::Heartbeat(run, fence, lease) => {
                Answer::of(session.heartbeat(&[(*run, *fence)], *lease).await)
            }
            Self::AppendLog(run, fence, chunks) => Answer::of(session.append_log(*run, *fence, chunks).await),
            Self::InsertApproval(approval) => Answer::of(session.insert_approval(approval).await),
            Self::UpdateApproval(approval, expected) => {
                Answer::of(session.update_approval(approval, *expected).await)
            }
            Self::InsertFreeze(freeze) => Answer::of(session.insert_freeze(freeze).await),
            Self::DeleteFreeze(id) => Answer::of(session.delete_freeze(*id).await),
            Self::AppendAudit(entries) => Answer::of(session.append_audit(entries).await),
            Self::Seal(limit) => Answer::of(sequence(session, *limit).await),
            Self::Remember(user, key, object, at) => {
                let entry = Remembered { request: key.to_lowercase(), object_id: *object };
                Answer::of(session.remember(*user, key, &entry, *at).await)
            }
            Self::Forget(before) => Answer::of(session.forget_before(*before).await),
            Self::Look { window, now, limit, tier } => {
                Answer::of(look(session, *window, *now, *limit, *tier).await)
            }
        }
    }
}

async fn sequence(session: &mut Box<dyn WriteSession>, limit: u32) -> Result<Vec<(AuditId, i64, String)>> {
    session.lock(&[LockKey::Sequencer]).await?;
    let head = session.audit_head().await?;
    let entries = session.unsealed(limit).await?;
    let seals: Vec<_> =
        seal(&head, entries).into_iter().map(|sealed| (sealed.entry.id, sealed.seq, sealed.hash)).collect();
    session.seal_audit(&seals).await?;
    Ok(seals)
}

/// Asks what depends on a window or an instant.
async fn look(
    session: &mut Box<dyn WriteSession>,
    window: Slot,
    now: DateTime<Utc>,
    limit: u32,
    tier: Option<Tier>,
) -> Result<Vec<String>> {
    let filter = JobFilter {
        tier,
        from: Some(window.start()),
        to: Some(window.end()),
        q: Some("E".to_owned()),
        ..JobFilter::default()
    };
    let pools = ["Zone", "prod", "dev", "staging", "shared", "prod-eu"].map(str::to_owned);
    let runs = RunFilter { status: Some(RunStatus::Failed), ..RunFilter::default() };
    let kinds = [BackendKind::Docker, BackendKind::Local, BackendKind::Ssh];
    Ok(vec![
        format!("{:?}", session.calendar(window, &filter).await?),
        format!("{:?}", session.calendar(window, &JobFilter { tier, ..JobFilter::default() }).await?),
        format!("{:?}", session.contenders(&pools, window).await?),
        format!("{:?}", session.jobs(&filter, Page::first(limit)).await?),
        format!("{:?}", session.due_jobs(now, limit).await?),
        format!("{:?}", session.missed_jobs(now, limit).await?),
        format!("{:?}", session.next_due(now).await?),
        format!("{:?}", session.next_queued(now).await?),
        format!("{:?}", session.freezes(window).await?),
        format!("{:?}", session.claimable(Wanted::of(&kinds, now, limit)).await?),
        format!("{:?}", session.expired_leases(now, now, limit).await?),
        format!("{:?}", session.expired_approvals(now, limit).await?),
        format!("{:?}", session.runs(&runs, Page::first(limit)).await?),
    ])
}
