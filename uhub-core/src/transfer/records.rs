//! The records, as they stand in the file. Each mirrors a type of the model, field by field and without a rest: a field that
//! the model gains does not compile until it is exported.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    audit::{AuditEntry, Sealed},
    model::{
        self, ApprovalId, ApprovalKind, ApprovalState, BackendConfig, BackendKind, CallbackStatus, Change,
        Environment, EnvironmentId, ExecutionSpec, FreezeId, JobEnvironment, JobId, JobStatus, JobType,
        Occurrence, Policy, ProjectId, Role, RunId, RunOrigin, RunStatus, Scopes, SeriesId, Skipped, Slot,
        Stream, Theme, Tier, TokenId, UserId, UserKind,
    },
    recurrence::Recurrence,
    workflow::Tracked,
};

/// Declares a record whose fields are exactly those of a type of the model.
macro_rules! mirror {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "they are the model's")]
        pub struct $name { $($(#[$field_meta])* pub $field: $type),+ }

        impl From<model::$name> for $name {
            fn from(model::$name { $($field),+ }: model::$name) -> Self {
                Self { $($field),+ }
            }
        }

        impl From<$name> for model::$name {
            fn from($name { $($field),+ }: $name) -> Self {
                Self { $($field),+ }
            }
        }
    };
}

/// Something about the hub itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its name.
    pub key: String,
    /// What it is.
    pub value: String,
}

mirror! {
    /// A user.
    User {
        id: UserId,
        username: String,
        display_name: String,
        email: String,
        kind: UserKind,
        role: Role,
        theme: Theme,
        is_active: bool,
        tokens_valid_from: DateTime<Utc>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
        version: i64,
    }
}

/// A token by which a machine acts, and its SHA-256 in hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "they are the model's")]
pub struct Token {
    pub id: TokenId,
    pub user_id: UserId,
    pub name: String,
    pub prefix: String,
    pub scopes: Scopes,
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub hash: String,
}

impl From<(model::ApiToken, String)> for Token {
    fn from((token, hash): (model::ApiToken, String)) -> Self {
        let model::ApiToken {
            id,
            user_id,
            name,
            prefix,
            scopes,
            created_by,
            created_at,
            expires_at,
            last_used_at,
            revoked_at,
        } = token;
        Self {
            id,
            user_id,
            name,
            prefix,
            scopes,
            created_by,
            created_at,
            expires_at,
            last_used_at,
            revoked_at,
            hash,
        }
    }
}

impl From<Token> for (model::ApiToken, String) {
    fn from(token: Token) -> Self {
        let Token {
            id,
            user_id,
            name,
            prefix,
            scopes,
            created_by,
            created_at,
            expires_at,
            last_used_at,
            revoked_at,
            hash,
        } = token;
        let token = model::ApiToken {
            id,
            user_id,
            name,
            prefix,
            scopes,
            created_by,
            created_at,
            expires_at,
            last_used_at,
            revoked_at,
        };
        (token, hash)
    }
}

/// How a user is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Who.
    pub user_id: UserId,
    /// The PHC string of the password.
    pub password_hash: Option<String>,
    /// SHA-256 of the calendar's token, in hex.
    pub calendar_token: Option<String>,
}

mirror! {
    /// A project with its environments.
    Project {
        id: ProjectId,
        name: String,
        color: String,
        owner_id: UserId,
        environments: Vec<Environment>,
        execution_backend: Option<BackendKind>,
        execution_backend_config: Option<BackendConfig>,
        policy: Policy,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
        version: i64,
    }
}

mirror! {
    /// A plan that repeats.
    Series {
        id: SeriesId,
        project_id: ProjectId,
        title: String,
        description: String,
        job_type: JobType,
        environment_id: Option<EnvironmentId>,
        all_day: bool,
        assignee_id: Option<UserId>,
        critical: Option<bool>,
        execution: Option<ExecutionSpec>,
        auto_start: bool,
        #[serde(with = "recurrence")]
        recurrence: Recurrence,
        #[serde(with = "micros")]
        length: TimeDelta,
        lay_at: Option<DateTime<Utc>>,
        skipped: Vec<Skipped>,
        created_by: UserId,
        edited_by: UserId,
        execution_edited_by: UserId,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
        version: i64,
        // Files from before there was such a thing lack it, and are still as they were written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    }
}

/// A job. Of its environment it names only which one: tier and pool are its project's to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "they are the model's")]
pub struct Job {
    pub id: JobId,
    pub project_id: ProjectId,
    pub title: String,
    pub description: String,
    pub job_type: JobType,
    pub environment_id: Option<EnvironmentId>,
    #[serde(with = "slot")]
    pub slot: Slot,
    pub all_day: bool,
    pub assignee_id: Option<UserId>,
    pub critical: Option<bool>,
    pub execution: Option<ExecutionSpec>,
    pub auto_start: bool,
    #[serde(with = "status")]
    pub status: Tracked<JobStatus>,
    pub created_by: UserId,
    pub edited_by: UserId,
    pub execution_edited_by: UserId,
    pub auto_started_for: Option<DateTime<Utc>>,
    pub occurrence: Option<Occurrence>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl From<model::Job> for Job {
    fn from(job: model::Job) -> Self {
        let model::Job {
            id,
            project_id,
            title,
            description,
            job_type,
            environment,
            slot,
            all_day,
            assignee_id,
            critical,
            execution,
            auto_start,
            status,
            created_by,
            edited_by,
            execution_edited_by,
            auto_started_for,
            occurrence,
            created_at,
            updated_at,
            version,
        } = job;
        let environment_id =
            environment.map(|JobEnvironment { id, name: _, tier: _, pool: _ }: JobEnvironment| id);
        Self {
            id,
            project_id,
            title,
            description,
            job_type,
            environment_id,
            slot,
            all_day,
            assignee_id,
            critical,
            execution,
            auto_start,
            status,
            created_by,
            edited_by,
            execution_edited_by,
            auto_started_for,
            occurrence,
            created_at,
            updated_at,
            version,
        }
    }
}

impl From<Job> for model::Job {
    /// The rest of its environment is filled in by the store that it goes to, as its project has it there.
    fn from(job: Job) -> Self {
        let Job {
            id,
            project_id,
            title,
            description,
            job_type,
            environment_id,
            slot,
            all_day,
            assignee_id,
            critical,
            execution,
            auto_start,
            status,
            created_by,
            edited_by,
            execution_edited_by,
            auto_started_for,
            occurrence,
            created_at,
            updated_at,
            version,
        } = job;
        let unplaced = |id| JobEnvironment { id, name: String::new(), tier: Tier::Prod, pool: String::new() };
        Self {
            id,
            project_id,
            title,
            description,
            job_type,
            environment: environment_id.map(unplaced),
            slot,
            all_day,
            assignee_id,
            critical,
            execution,
            auto_start,
            status,
            created_by,
            edited_by,
            execution_edited_by,
            auto_started_for,
            occurrence,
            created_at,
            updated_at,
            version,
        }
    }
}

mirror! {
    /// A run.
    Run {
        id: RunId,
        job_id: JobId,
        project_id: ProjectId,
        attempt: u32,
        backend: BackendKind,
        execution: ExecutionSpec,
        #[serde(with = "status")]
        status: Tracked<RunStatus>,
        fence: i64,
        origin: RunOrigin,
        requested_by: UserId,
        reason: Option<String>,
        approval_id: Option<ApprovalId>,
        approved_by: Option<UserId>,
        due_at: DateTime<Utc>,
        worker: Option<String>,
        handle: Option<String>,
        log_from: i64,
        lease_until: Option<DateTime<Utc>>,
        cancel_requested_at: Option<DateTime<Utc>>,
        exit_code: Option<i32>,
        outcome: Option<String>,
        created_at: DateTime<Utc>,
        started_at: Option<DateTime<Utc>>,
        ended_at: Option<DateTime<Utc>>,
    }
}

/// A piece of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "they are the model's")]
pub struct Log {
    pub run_id: RunId,
    pub seq: i64,
    pub stream: Stream,
    pub at: DateTime<Utc>,
    /// In base64.
    #[serde(with = "base64_text")]
    pub bytes: Vec<u8>,
    pub upto: u64,
}

impl From<(RunId, model::LogChunk)> for Log {
    fn from((run_id, chunk): (RunId, model::LogChunk)) -> Self {
        let model::LogChunk { seq, stream, at, bytes, upto } = chunk;
        Self { run_id, seq, stream, at, bytes, upto }
    }
}

impl From<Log> for (RunId, model::LogChunk) {
    fn from(log: Log) -> Self {
        let Log { run_id, seq, stream, at, bytes, upto } = log;
        (run_id, model::LogChunk { seq, stream, at, bytes, upto })
    }
}

mirror! {
    /// What an outside CI told of a run.
    Callback {
        run_id: RunId,
        attempt: u32,
        seq: i64,
        at: DateTime<Utc>,
        signature: String,
        status: CallbackStatus,
        exit_code: Option<i32>,
        message: Option<String>,
        log: Option<String>,
    }
}

mirror! {
    /// An approval.
    Approval {
        id: ApprovalId,
        kind: ApprovalKind,
        job_id: JobId,
        project_id: ProjectId,
        run_id: Option<RunId>,
        change: Option<Change>,
        digest: String,
        rule: String,
        reason: Option<String>,
        state: ApprovalState,
        requested_by: UserId,
        requested_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        decided_by: Option<UserId>,
        decided_at: Option<DateTime<Utc>>,
        comment: Option<String>,
    }
}

mirror! {
    /// A freeze window.
    Freeze {
        id: FreezeId,
        #[serde(with = "slot")]
        slot: Slot,
        tiers: Vec<Tier>,
        environments: Vec<String>,
        project_id: Option<ProjectId>,
        reason: String,
        created_by: UserId,
        created_at: DateTime<Utc>,
    }
}

/// An idempotency key and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remembered {
    /// Whose.
    pub user_id: UserId,
    /// The key.
    pub key: String,
    /// SHA-256 of the request, in hex.
    pub request: String,
    /// What it made.
    pub object_id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
}

/// An entry of the audit, with its place in the chain. The entry is as the chain's hashes have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "they are the model's")]
pub struct Audit {
    pub seq: i64,
    pub hash: String,
    pub entry: AuditEntry,
}

impl From<Sealed> for Audit {
    fn from(Sealed { seq, hash, entry }: Sealed) -> Self {
        Self { seq, hash, entry }
    }
}

impl From<Audit> for Sealed {
    fn from(Audit { seq, hash, entry }: Audit) -> Self {
        Self { seq, hash, entry }
    }
}

/// An entry of the audit that is not sealed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsealed {
    /// The entry.
    pub entry: AuditEntry,
}

/// A slot is `{start, end}`; reading it goes through [`Slot::new`] again.
mod slot {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer, de::Error};

    use crate::model::Slot;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Words {
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    }

    pub(super) fn serialize<S: Serializer>(slot: &Slot, serializer: S) -> Result<S::Ok, S::Error> {
        slot.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Slot, D::Error> {
        let Words { start, end } = Words::deserialize(deserializer)?;
        Slot::new(start, end).map_err(Error::custom)
    }
}

/// A recurrence is `{rule, zone, start, exceptions}`, on local time; reading it goes through [`Recurrence::new`] again.
mod recurrence {
    use chrono::NaiveDateTime;
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::recurrence::Recurrence;

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Words {
        rule: String,
        zone: String,
        start: NaiveDateTime,
        exceptions: Vec<NaiveDateTime>,
    }

    pub(super) fn serialize<S: Serializer>(repeats: &Recurrence, serializer: S) -> Result<S::Ok, S::Error> {
        let words = Words {
            rule: repeats.rule(),
            zone: repeats.zone().name().to_owned(),
            start: repeats.start(),
            exceptions: repeats.exceptions().to_vec(),
        };
        words.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Recurrence, D::Error> {
        let Words { rule, zone, start, exceptions } = Words::deserialize(deserializer)?;
        let zone: Tz = zone.parse().map_err(|_| Error::custom("zone: is no time zone"))?;
        Recurrence::new(&rule, zone, start, exceptions).map_err(Error::custom)
    }
}

/// A length of time is a number of microseconds.
mod micros {
    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(length: &TimeDelta, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(length.num_microseconds().unwrap_or(i64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
        i64::deserialize(deserializer).map(TimeDelta::microseconds)
    }
}

/// A status is its word.
mod status {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::workflow::{State, Tracked};

    pub(super) fn serialize<T: State + Serialize, S: Serializer>(
        status: &Tracked<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        status.serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: State + Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Tracked<T>, D::Error> {
        T::deserialize(deserializer).map(Tracked::restore)
    }
}

/// Bytes are base64.
mod base64_text {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(Error::custom)
    }
}
