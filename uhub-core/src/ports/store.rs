//! Where a hub keeps its state: one small trait per aggregate, for reading and for writing, joined into two kinds of
//! session. Rules are not decided here; what a store guarantees is that a write session is all or nothing, and that what
//! it locked stays as it read it.
//!
//! Lookups return `Ok(None)` for what is not there. Lists are cut into [`Page`]s.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::exec::LogPosition;
use crate::{
    audit::{AuditEntry, Head, Sealed},
    model::{
        Approval, ApprovalId, ApprovalState, AuditId, BackendKind, CalendarEntry, Callback, EnvironmentId,
        Freeze, FreezeId, Job, JobId, JobStatus, JobType, LogChunk, Project, ProjectId, Run, RunId,
        RunStatus, Slot, Tier, User, UserId,
    },
};

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

/// Which jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of this project.
    pub project_id: Option<ProjectId>,
    /// In environments of this name.
    pub environment: Option<String>,
    /// In this tier; jobs without an environment count as tier dev.
    pub tier: Option<Tier>,
    /// Of this type.
    pub job_type: Option<JobType>,
    /// With this status.
    pub status: Option<JobStatus>,
    /// Ending after.
    pub from: Option<DateTime<Utc>>,
    /// Starting before.
    pub to: Option<DateTime<Utc>>,
    /// With this text in the title ([`text::search_key`](crate::text::search_key) is applied to both); no wildcards.
    pub q: Option<String>,
    /// Created by, or assigned to, this user.
    pub own: Option<UserId>,
}

/// Which runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this job.
    pub job_id: Option<JobId>,
    /// With this status.
    pub status: Option<RunStatus>,
    /// Asked for at or after.
    pub from: Option<DateTime<Utc>>,
    /// Asked for before.
    pub to: Option<DateTime<Utc>>,
}

/// Which audit entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By this user.
    pub actor_id: Option<UserId>,
    /// On this thing.
    pub object_id: Option<Uuid>,
    /// Of this action.
    pub action: Option<String>,
    /// At or after.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub to: Option<DateTime<Utc>>,
    /// Only of projects owned by this user.
    pub owner: Option<UserId>,
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
    + ProjectReads
    + JobReads
    + RunReads
    + CallbackReads
    + ApprovalReads
    + FreezeReads
    + AuditReads
    + MetaReads
    + Send
{
}

impl<T> ReadSession for T where
    T: UserReads
        + ProjectReads
        + JobReads
        + RunReads
        + CallbackReads
        + ApprovalReads
        + FreezeReads
        + AuditReads
        + MetaReads
        + Send
{
}

/// Reads and writes of all aggregates; dropping it changes nothing.
#[async_trait]
pub trait WriteSession:
    ReadSession
    + UserWrites
    + ProjectWrites
    + JobWrites
    + RunWrites
    + CallbackWrites
    + ApprovalWrites
    + FreezeWrites
    + AuditWrites
    + MetaWrites
{
    /// Locks, until the session ends, and in an order that cannot deadlock.
    async fn lock(&mut self, keys: &[LockKey]) -> Result<()>;

    /// The store's own time: leases and due times of several machines go by this one.
    async fn now(&mut self) -> Result<DateTime<Utc>>;

    /// Tells listeners, after the commit.
    fn announce(&mut self, note: ChangeNote);

    /// Makes it so.
    async fn commit(self: Box<Self>) -> Result<()>;
}

/// Looks users up.
#[async_trait]
pub trait UserReads {
    /// By id.
    async fn user(&mut self, id: UserId) -> Result<Option<User>>;
    /// By [`text::username_key`](crate::text::username_key).
    async fn user_by_key(&mut self, username_key: &str) -> Result<Option<User>>;
    /// All, in the order of creation.
    async fn users(&mut self, page: Page) -> Result<Vec<User>>;
    /// Those of these ids that exist, in any order.
    async fn users_by_ids(&mut self, ids: &[UserId]) -> Result<Vec<User>>;
    /// Whether there is any user.
    async fn has_users(&mut self) -> Result<bool>;
    /// How many active admins there are.
    async fn count_active_admins(&mut self) -> Result<u64>;
    /// The PHC string of the user's password.
    async fn password_hash(&mut self, id: UserId) -> Result<Option<String>>;
    /// Whose calendar token has this SHA-256, in hex.
    async fn user_by_calendar_token(&mut self, token_hash: &str) -> Result<Option<User>>;
}

/// Changes users.
#[async_trait]
pub trait UserWrites {
    /// Adds one. [`StoreError::Duplicate`] `username` where the key is taken.
    async fn insert_user(&mut self, user: &User, password_hash: Option<&str>) -> Result<()>;
    /// Writes all fields; false where the stored version is not `user.version - 1`.
    async fn update_user(&mut self, user: &User) -> Result<bool>;
    /// Replaces the password.
    async fn set_password_hash(&mut self, id: UserId, password_hash: &str) -> Result<()>;
    /// Replaces or revokes the calendar token, by its SHA-256 in hex.
    async fn set_calendar_token(&mut self, id: UserId, token_hash: Option<&str>) -> Result<()>;
}

/// Looks projects up.
#[async_trait]
pub trait ProjectReads {
    /// By id.
    async fn project(&mut self, id: ProjectId) -> Result<Option<Project>>;
    /// By exact name.
    async fn project_by_name(&mut self, name: &str) -> Result<Option<Project>>;
    /// All, in the order of creation.
    async fn projects(&mut self, page: Page) -> Result<Vec<Project>>;
    /// Those of these ids that exist, in any order.
    async fn projects_by_ids(&mut self, ids: &[ProjectId]) -> Result<Vec<Project>>;
    /// Those that limit how many of their runs go on at once, in any order.
    async fn projects_with_room(&mut self) -> Result<Vec<Project>>;
}

/// Changes projects.
#[async_trait]
pub trait ProjectWrites {
    /// Adds one with its environments. [`StoreError::Duplicate`] `name` where it is taken.
    async fn insert_project(&mut self, project: &Project) -> Result<()>;
    /// Writes all fields; false where the stored version is not `project.version - 1`. Environments are added, renamed,
    /// moved to another pool (with their jobs), or removed where they are no longer named and have no job;
    /// [`StoreError::Duplicate`] `environments` for one that is removed and has jobs.
    async fn update_project(&mut self, project: &Project) -> Result<bool>;
}

/// Looks jobs up.
#[async_trait]
pub trait JobReads {
    /// By id.
    async fn job(&mut self, id: JobId) -> Result<Option<Job>>;
    /// Those of these ids that exist, in any order.
    async fn jobs_by_ids(&mut self, ids: &[JobId]) -> Result<Vec<Job>>;
    /// Those that match, by start, then id.
    async fn jobs(&mut self, filter: &JobFilter, page: Page) -> Result<Vec<Job>>;
    /// By exact title within a project, the oldest first.
    async fn job_by_title(&mut self, project: ProjectId, title: &str) -> Result<Option<Job>>;
    /// What calendars show of all jobs whose slot overlaps `window` (dead ones too), by start, then id.
    async fn calendar(&mut self, window: Slot, filter: &JobFilter) -> Result<Vec<CalendarEntry>>;
    /// The jobs that contend ([`Job::contends`]) in any of `pools` and overlap `window`, by pool, start, id.
    async fn contenders(&mut self, pools: &[String], window: Slot) -> Result<Vec<CalendarEntry>>;
    /// Jobs with `auto_start`, planned or approved, that have started by `now`, end after it, and have not been launched
    /// for this slot; the most overdue first.
    async fn due_jobs(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Job>>;
    /// Jobs with an execution and `auto_start` that are planned, awaiting approval or approved, and jobs that await the
    /// approval of their plan, whose slot ended by `now`.
    async fn missed_jobs(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Job>>;
    /// The start of the next job that [`JobReads::due_jobs`] will name after `now`.
    async fn next_due(&mut self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>>;
}

/// Changes jobs.
#[async_trait]
pub trait JobWrites {
    /// Adds one.
    async fn insert_job(&mut self, job: &Job) -> Result<()>;
    /// Adds many, for imports.
    async fn insert_jobs(&mut self, jobs: &[Job]) -> Result<()>;
    /// Writes all fields; false where the stored version is not `job.version - 1`.
    async fn update_job(&mut self, job: &Job) -> Result<bool>;
    /// Those of these ids that exist, in any order; locked.
    async fn hold_jobs(&mut self, ids: &[JobId]) -> Result<Vec<Job>>;
    /// Writes status and version, and nothing else. All of them, or false where the stored version of one is not
    /// `job.version - 1`; the session can only be dropped then.
    async fn move_jobs(&mut self, jobs: &[Job]) -> Result<bool>;
}

/// Looks runs up.
#[async_trait]
pub trait RunReads {
    /// By id.
    async fn run(&mut self, id: RunId) -> Result<Option<Run>>;
    /// Those that match, the newest first.
    async fn runs(&mut self, filter: &RunFilter, page: Page) -> Result<Vec<Run>>;
    /// The job's run that has not ended.
    async fn active_run(&mut self, job: JobId) -> Result<Option<Run>>;
    /// The log from behind `after`, in order.
    async fn run_log(&mut self, id: RunId, after: i64, limit: u32) -> Result<Vec<LogChunk>>;
    /// Where the log ends; `from` is behind which chunk the present execution's output begins.
    async fn log_end(&mut self, id: RunId, from: i64) -> Result<LogEnd>;
    /// How many runs go on in each place, in any order.
    async fn running_by_place(&mut self) -> Result<Vec<(Place, u32)>>;
    /// How many bytes all logs together have.
    async fn log_bytes(&mut self) -> Result<u64>;
    /// How many runs have each status.
    async fn count_runs(&mut self) -> Result<Vec<(RunStatus, u64)>>;
}

/// Where a run's log ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogEnd {
    /// The number of the last chunk; 0 where there is none.
    pub seq: i64,
    /// How much of the present execution's output it holds.
    pub position: LogPosition,
    /// Bytes of the whole log, all executions of the run together.
    pub bytes: u64,
}

/// Where runs go on, as far as something may limit how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// With which backend.
    pub backend: BackendKind,
    /// Of which project.
    pub project_id: ProjectId,
    /// In which environment of it.
    pub environment_id: Option<EnvironmentId>,
}

/// Which queued runs a worker wants.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Of these backends.
    pub kinds: &'a [BackendKind],
    /// Due by then.
    pub now: DateTime<Utc>,
    /// At most so many.
    pub limit: u32,
    /// Not of these projects: there is no room.
    pub full_projects: &'a [ProjectId],
    /// Not in these environments: there is no room.
    pub full_environments: &'a [EnvironmentId],
}

impl<'a> Wanted<'a> {
    /// Those of all projects and environments.
    pub const fn of(kinds: &'a [BackendKind], now: DateTime<Utc>, limit: u32) -> Self {
        Self { kinds, now, limit, full_projects: &[], full_environments: &[] }
    }
}

/// What a worker must know of a run that it drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// Which run.
    pub run_id: RunId,
    /// Somebody asked to cancel it.
    pub cancel_requested: bool,
}

/// Changes runs.
#[async_trait]
pub trait RunWrites {
    /// Adds one. [`StoreError::Duplicate`] `job_id` where the job has an active run.
    async fn insert_run(&mut self, run: &Run) -> Result<()>;
    /// Queued runs as they are wanted, without an approval or with one that is no longer pending, the most urgent first,
    /// then the most overdue; locked, and skipping those that others have locked.
    async fn claimable(&mut self, wanted: Wanted<'_>) -> Result<Vec<Run>>;
    /// Those of these ids that exist, in any order; locked.
    async fn hold_runs(&mut self, ids: &[RunId]) -> Result<Vec<Run>>;
    /// Writes what the work of a worker changes: status, attempt, fence, worker, handle, times, how it ended. Not what
    /// others say of it, such as that it be cancelled. All of them, or false where the stored status or fence of one is not
    /// the expected; the session can only be dropped then.
    async fn move_runs(&mut self, runs: &[(Run, (RunStatus, i64))]) -> Result<bool>;
    /// Writes all fields but the log; false where the stored status or fence is not `expected`.
    async fn update_run(&mut self, run: &Run, expected: (RunStatus, i64)) -> Result<bool>;
    /// Extends the leases of running runs whose fence is as given, and tells which of these they were. The others are no
    /// longer the caller's.
    async fn heartbeat(&mut self, held: &[(RunId, i64)], lease_until: DateTime<Utc>) -> Result<Vec<Beat>>;
    /// Running runs whose lease ended by `now`, and by `adoptable_since` where they have a handle by which another worker
    /// may still take them over; locked, and skipping those that others have locked.
    async fn expired_leases(
        &mut self,
        now: DateTime<Utc>,
        adoptable_since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Run>>;
    /// Running runs of these backends whose lease ended by `now`, and that have a handle, the most overdue first; locked,
    /// and skipping those that others have locked.
    async fn adoptable(&mut self, kinds: &[BackendKind], now: DateTime<Utc>, limit: u32) -> Result<Vec<Run>>;
    /// Removes the logs of up to `limit` runs that ended before then, the oldest runs first. Tells of how many runs, and how
    /// many bytes.
    async fn prune_logs(&mut self, ended_before: DateTime<Utc>, limit: u32) -> Result<(u32, u64)>;
    /// Appends to the log of a running run; false, and nothing written, where its fence is another. Chunks whose `seq` is
    /// there already are left out.
    async fn append_log(&mut self, id: RunId, fence: i64, chunks: &[LogChunk]) -> Result<bool>;
}

/// Looks up what outside CIs told of runs.
#[async_trait]
pub trait CallbackReads {
    /// Those of an attempt from behind number `after`, in order.
    async fn callbacks(&mut self, run: RunId, attempt: u32, after: i64, limit: u32) -> Result<Vec<Callback>>;
    /// The last one of an attempt.
    async fn last_callback(&mut self, run: RunId, attempt: u32) -> Result<Option<Callback>>;
}

/// Keeps what outside CIs tell of runs.
#[async_trait]
pub trait CallbackWrites {
    /// Adds one; false, and nothing written, where the run has one with this signature.
    async fn insert_callback(&mut self, callback: &Callback) -> Result<bool>;
    /// Forgets those that came before `before`, of runs that have ended.
    async fn forget_callbacks(&mut self, before: DateTime<Utc>) -> Result<u64>;
}

/// Looks approvals up.
#[async_trait]
pub trait ApprovalReads {
    /// By id.
    async fn approval(&mut self, id: ApprovalId) -> Result<Option<Approval>>;
    /// Those of these ids that exist, in any order.
    async fn approvals_by_ids(&mut self, ids: &[ApprovalId]) -> Result<Vec<Approval>>;
    /// Those in `state` (all where there is none), pending ones first, then the newest first.
    async fn approvals(&mut self, state: Option<ApprovalState>, page: Page) -> Result<Vec<Approval>>;
    /// Those that are pending or approved, of these jobs.
    async fn open_approvals(&mut self, jobs: &[JobId]) -> Result<Vec<Approval>>;
    /// Open ones that ended by `now`.
    async fn expired_approvals(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Approval>>;
}

/// Changes approvals.
#[async_trait]
pub trait ApprovalWrites {
    /// Adds one.
    async fn insert_approval(&mut self, approval: &Approval) -> Result<()>;
    /// Writes all fields; false where the stored state is not `expected`.
    async fn update_approval(&mut self, approval: &Approval, expected: ApprovalState) -> Result<bool>;
}

/// Looks freeze windows up.
#[async_trait]
pub trait FreezeReads {
    /// By id.
    async fn freeze(&mut self, id: FreezeId) -> Result<Option<Freeze>>;
    /// Those that overlap `window`, by start, then id.
    async fn freezes(&mut self, window: Slot) -> Result<Vec<Freeze>>;
    /// All, in the order of creation.
    async fn list_freezes(&mut self, page: Page) -> Result<Vec<Freeze>>;
}

/// Changes freeze windows.
#[async_trait]
pub trait FreezeWrites {
    /// Adds one.
    async fn insert_freeze(&mut self, freeze: &Freeze) -> Result<()>;
    /// Removes one; false where there is none.
    async fn delete_freeze(&mut self, id: FreezeId) -> Result<bool>;
}

/// An audit entry as it is listed: sealed or not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// The entry.
    pub entry: AuditEntry,
    /// Its place in the chain.
    pub seq: Option<i64>,
    /// Its hash.
    pub hash: Option<String>,
}

/// Reads the audit.
#[async_trait]
pub trait AuditReads {
    /// Those that match, the newest first.
    async fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRow>>;
    /// Sealed entries behind number `after`, in order.
    async fn sealed(&mut self, after: i64, limit: u32) -> Result<Vec<Sealed>>;
    /// The end of the chain, as the last seal left it.
    async fn audit_head(&mut self) -> Result<Head>;
    /// Whether any entry is not sealed.
    async fn has_unsealed(&mut self) -> Result<bool>;
    /// How many entries are not sealed.
    async fn count_unsealed(&mut self) -> Result<i64>;
}

/// Writes the audit: entries are added and sealed, nothing else.
#[async_trait]
pub trait AuditWrites {
    /// Adds entries, not sealed yet.
    async fn append_audit(&mut self, entries: &[AuditEntry]) -> Result<()>;
    /// Committed entries that are not sealed, oldest first.
    async fn unsealed(&mut self, limit: u32) -> Result<Vec<AuditEntry>>;
    /// Gives entries their place in the chain: `(id, seq, hash)`.
    async fn seal_audit(&mut self, seals: &[(AuditId, i64, String)]) -> Result<()>;
}

/// What an idempotency key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// SHA-256 of the request, in hex.
    pub request: String,
    /// What it made.
    pub object_id: Uuid,
}

/// Looks up small things about the hub itself.
#[async_trait]
pub trait MetaReads {
    /// A setting of the hub, such as its id.
    async fn meta(&mut self, key: &str) -> Result<Option<String>>;
    /// What `user`'s idempotency key stands for.
    async fn remembered(&mut self, user: UserId, key: &str) -> Result<Option<Remembered>>;
}

/// Changes small things about the hub itself.
#[async_trait]
pub trait MetaWrites {
    /// Sets a setting.
    async fn set_meta(&mut self, key: &str, value: &str) -> Result<()>;
    /// Remembers an idempotency key; [`StoreError::Contended`] where another session just did.
    async fn remember(
        &mut self,
        user: UserId,
        key: &str,
        entry: &Remembered,
        at: DateTime<Utc>,
    ) -> Result<()>;
    /// Forgets the keys remembered before `before`.
    async fn forget_before(&mut self, before: DateTime<Utc>) -> Result<u64>;
}
