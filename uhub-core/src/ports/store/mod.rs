//! Where a hub keeps its state: one small trait per aggregate, for reading and for writing, joined into two kinds of
//! session. Rules are not decided here; what a store guarantees is that a write session is all or nothing, and that what
//! it locked stays as it read it.
//!
//! Lookups return `Ok(None)` for what is not there. Lists are cut into [`Page`]s.

mod approvals;
mod audit;
mod callbacks;
mod freezes;
mod grounds;
mod jobs;
mod meta;
mod projects;
mod runs;
mod series;
mod tokens;
mod transfer;
mod users;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    audit::AuditEntry,
    model::{BackendKind, Job, JobId, Run, RunStatus, SeriesId},
};
pub use approvals::*;
pub use audit::*;
pub use callbacks::*;
pub use freezes::*;
pub use grounds::*;
pub use jobs::*;
pub use meta::*;
pub use projects::*;
pub use runs::*;
pub use series::*;
pub use tokens::*;
pub use transfer::*;
pub use users::*;

/// What can go wrong in a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Not reachable, or full, just now: nothing was changed, try again.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// Another write came between: nothing was changed, try again at once.
    #[error("another write came between")]
    Contended,
    /// A unique field has that value already.
    #[error("{0} is taken already")]
    Duplicate(&'static str),
    /// Something else that only an operator can mend.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// A store's result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Where a list goes on: behind the item with this key and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The sort key: microseconds for jobs, 0 (pending) or 1 for approvals, else 0.
    pub key: i64,
    /// The id.
    pub id: Uuid,
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// At most so many items.
    pub limit: u32,
    /// Behind this one; from the start where there is none.
    pub after: Option<Cursor>,
}

impl Page {
    /// The first `limit` items.
    pub const fn first(limit: u32) -> Self {
        Self { limit, after: None }
    }
}

/// What a write locks until its session ends, so that what it decided on stays true. Take all at once: stores lock in
/// the order of this enum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockKey {
    /// Who is admin: for changes that could leave none.
    Admins,
    /// The freeze windows stay as they are, shared with other such sessions.
    FreezesShared,
    /// The freeze windows change.
    Freezes,
    /// One series: what it lays out, and where it is cut.
    Series(SeriesId),
    /// The slots of a pool: a conflict check and the write that follows it are one.
    Pool(String),
    /// One job, with its runs and approvals.
    Job(JobId),
    /// Only one claim at a time, where something limits how many runs go on at once.
    Claims,
    /// Only one audit sequencer at a time.
    Sequencer,
}

/// What kind of thing changed, for those who listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A user, by id.
    User,
    /// A project, by id.
    Project,
    /// A job, by id; conflicts may differ now.
    Job,
    /// A run, by id.
    Run,
    /// A run can be claimed now.
    Queue,
    /// A run's log grew, by the run's id.
    Log,
    /// Somebody asked to cancel a run, by its id.
    Cancel,
    /// An approval, by id.
    Approval,
    /// A freeze window, by id.
    Freeze,
    /// An outside CI told something of a run, by the run's id.
    Callback,
}

impl Topic {
    /// Whether a calendar may look different after it.
    pub const fn concerns_calendar(self) -> bool {
        matches!(self, Self::User | Self::Project | Self::Job | Self::Approval | Self::Freeze)
    }
}

/// Something changed, and the change is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChangeNote {
    /// What kind of thing.
    pub topic: Topic,
    /// Which one.
    pub id: Uuid,
}

/// Called with each change soon after its commit, also with those of other processes on the same database. It must not
/// block. May miss changes (a lost connection): who listens looks for itself from time to time.
pub type Listener = Box<dyn Fn(ChangeNote) + Send + Sync>;

/// Ends a subscription when it is dropped.
#[must_use = "dropping it ends the subscription"]
pub struct Subscription(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Subscription {
    /// A subscription that `end` ends.
    pub fn new(end: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(end)))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}

/// A state of the calendar's data, opaque, to be compared by [`Store::revision`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision(pub String);

/// Where a hub keeps its state.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// A session that reads one state of the store, as it was at its first read or later.
    async fn read(&self) -> Result<Box<dyn ReadSession>>;

    /// A session that changes the store, wholly at its commit or not at all.
    async fn write(&self) -> Result<Box<dyn WriteSession>>;

    /// As [`write`](Self::write), with `keys` locked from the start.
    async fn write_locked(&self, keys: &[LockKey]) -> Result<Box<dyn WriteSession>> {
        let mut session = self.write().await?;
        session.lock(keys).await?;
        Ok(session)
    }

    /// Calls `listener` with every change from now on.
    fn subscribe(&self, listener: Listener) -> Subscription;

    /// The present state of what calendars show: users, projects, jobs, approvals, freeze windows. Equal to `known` where
    /// nothing of these was committed since `known` was returned, by any process; cheap, whatever the store's size.
    /// Whatever is read after it is at least as new.
    async fn revision(&self, known: Option<&Revision>) -> Result<Revision>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<()>;
}

/// Reads of all aggregates.
pub trait ReadSession:
    UserReads
    + TokenReads
    + ProjectReads
    + JobReads
    + SeriesReads
    + RunReads
    + CallbackReads
    + ApprovalReads
    + FreezeReads
    + GroundReads
    + AuditReads
    + MetaReads
    + TransferReads
    + Send
{
}

impl<T> ReadSession for T where
    T: UserReads
        + TokenReads
        + ProjectReads
        + JobReads
        + SeriesReads
        + RunReads
        + CallbackReads
        + ApprovalReads
        + FreezeReads
        + GroundReads
        + AuditReads
        + MetaReads
        + TransferReads
        + Send
{
}

/// What is written together where runs get on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress<'a> {
    /// Runs that join the queue.
    pub queued: &'a [Run],
    /// Runs that moved, with the status and fence that each must still have.
    pub runs: &'a [(Run, (RunStatus, i64))],
    /// Jobs that moved.
    pub jobs: &'a [Job],
    /// What the audit says of it.
    pub entries: &'a [AuditEntry],
}

impl Progress<'_> {
    /// Writes one kind of thing after the other: see [`WriteSession::write_progress`].
    ///
    /// # Errors
    /// When the store fails; [`StoreError::Duplicate`] `job_id` where the job of a run that joins the queue has an active one.
    pub async fn write_one_by_one<S: RunWrites + JobWrites + AuditWrites + Send + ?Sized>(
        self,
        session: &mut S,
    ) -> Result<bool> {
        for run in self.queued {
            session.insert_run(run).await?;
        }
        if !session.move_runs(self.runs).await? || !session.move_jobs(self.jobs).await? {
            return Ok(false);
        }
        if !self.entries.is_empty() {
            session.append_audit(self.entries).await?;
        }
        Ok(true)
    }
}

/// What a claim has to look at besides the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// Some run may be taken over: see [`RunWrites::adoptable`].
    pub adoptable: bool,
    /// Some project limits how many of its runs go on: see [`ProjectReads::projects_with_room`].
    pub limited: bool,
}

/// Reads and writes of all aggregates; dropping it changes nothing.
#[async_trait]
pub trait WriteSession:
    ReadSession
    + UserWrites
    + TokenWrites
    + ProjectWrites
    + JobWrites
    + SeriesWrites
    + RunWrites
    + CallbackWrites
    + ApprovalWrites
    + FreezeWrites
    + AuditWrites
    + MetaWrites
    + TransferWrites
{
    /// Locks, until the session ends, and in an order that cannot deadlock.
    async fn lock(&mut self, keys: &[LockKey]) -> Result<()>;

    /// As [`lock`](Self::lock), but waits no longer than `patience`. Tells whether it is locked.
    async fn lock_within(&mut self, key: LockKey, patience: Duration) -> Result<bool>;

    /// The store's own time: leases and due times of several machines go by this one.
    async fn now(&mut self) -> Result<DateTime<Utc>>;

    /// What a claim of runs of these backends has to look at besides the queue.
    async fn outlook(&mut self, kinds: &[BackendKind], now: DateTime<Utc>) -> Result<Outlook> {
        Ok(Outlook {
            adoptable: !self.adoptable(kinds, now, 1).await?.is_empty(),
            limited: !self.projects_with_room().await?.is_empty(),
        })
    }

    /// Writes what [`RunWrites::insert_run`], [`RunWrites::move_runs`], [`JobWrites::move_jobs`] and
    /// [`AuditWrites::append_audit`] write, in that order, or all at once. False where a run or a job is no longer as
    /// expected; the session can only be dropped then.
    async fn write_progress(&mut self, progress: Progress<'_>) -> Result<bool> {
        progress.write_one_by_one(self).await
    }

    /// Tells listeners, after the commit.
    fn announce(&mut self, note: ChangeNote);

    /// Makes it so.
    async fn commit(self: Box<Self>) -> Result<()>;
}
