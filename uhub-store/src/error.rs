//! What a database said, as what the caller can do about it.

use sqlx::error::{DatabaseError, ErrorKind};
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use uhub_core::ports::store::StoreError;

/// A store's result.
pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What a statement can fail with.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What the caller is told.
    pub(crate) error: StoreError,
    /// A row that does not exist is referred to, or one that is referred to would go.
    pub(crate) foreign_key: bool,
    /// Nothing more can be asked of this connection.
    pub(crate) connection_lost: bool,
}

impl Failure {
    pub(crate) fn into_error(self) -> StoreError {
        self.error
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { error, foreign_key: false, connection_lost: false }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let foreign_key =
            error.as_database_error().is_some_and(|error| error.kind() == ErrorKind::ForeignKeyViolation);
        let connection_lost = match &error {
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(error) => ends_connection(error.as_ref()),
            _ => false,
        };
        Self { error: store_error(&error), foreign_key, connection_lost }
    }
}

/// Whether the server hangs up after saying so: it shuts down, or somebody ended this connection.
#[cfg(feature = "postgres")]
fn ends_connection(error: &(dyn DatabaseError + 'static)) -> bool {
    error.try_downcast_ref::<PgDatabaseError>().is_some_and(|error| {
        matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic) || error.code().starts_with("08")
    })
}

/// A file does not hang up.
#[cfg(not(feature = "postgres"))]
fn ends_connection(_: &(dyn DatabaseError + 'static)) -> bool {
    false
}

/// [`Failure`] without what only a session needs to know.
pub(crate) fn store_error(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(error) => of_database(error.as_ref()),
        sqlx::Error::PoolTimedOut => {
            StoreError::Unavailable("no connection became free in time, or none could be made".to_owned())
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Failed(error.to_string()),
    }
}

/// A SQLite file that others have kept locked for as long as anybody waits.
#[cfg(feature = "sqlite")]
pub(crate) fn locked() -> StoreError {
    StoreError::Unavailable("another process keeps the database locked".to_owned())
}

fn of_database(error: &(dyn DatabaseError + 'static)) -> StoreError {
    if error.kind() == ErrorKind::UniqueViolation {
        return duplicate(error);
    }
    let code = error.code().unwrap_or_default();
    #[cfg(feature = "postgres")]
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        return of_postgres(&code, error);
    }
    // The lower byte of an extended result code is the plain one.
    match code.parse::<i32>().unwrap_or_default() & 0xff {
        // BUSY, LOCKED
        5 | 6 => StoreError::Contended,
        // NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL
        7 | 8 | 10 | 13 | 14 | 15 => StoreError::Unavailable(error.message().to_owned()),
        _ => StoreError::Failed(error.message().to_owned()),
    }
}

#[cfg(feature = "postgres")]
fn of_postgres(code: &str, error: &(dyn DatabaseError + 'static)) -> StoreError {
    match (code, code.get(..2).unwrap_or_default()) {
        // Serialization failure, deadlock, lock timeout. A job that names an environment which just changed likewise.
        ("40001" | "40P01" | "55P03", _) => StoreError::Contended,
        ("23503", _) if error.constraint() == Some("jobs_environment") => StoreError::Contended,
        // A standby, a session that stood idle for too long.
        ("25006" | "25P03", _)
        // Connection, resources, operator, system.
        | (_, "08" | "53" | "57" | "58") => StoreError::Unavailable(error.message().to_owned()),
        _ => StoreError::Failed(error.message().to_owned()),
    }
}

/// Which field of the model a unique index stands for. PostgreSQL names the index, SQLite the columns.
fn duplicate(error: &(dyn DatabaseError + 'static)) -> StoreError {
    let index = error.constraint().map_or_else(
        || error.message().rsplit("failed: ").next().unwrap_or_default().to_owned(),
        str::to_owned,
    );
    match index.as_str() {
        "users_username_key" | "users.username_key" => StoreError::Duplicate("username"),
        "users_calendar_token" | "users.calendar_token" => StoreError::Duplicate("calendar_token"),
        "api_tokens_hash" | "api_tokens.hash" => StoreError::Duplicate("token"),
        "projects_name" | "projects.name" => StoreError::Duplicate("name"),
        "environments_name"
        | "environments.project_id, environments.name"
        | "environments_pkey"
        | "environments.id" => StoreError::Duplicate("environments"),
        "runs_active" | "runs.job_id" => StoreError::Duplicate("job_id"),
        "jobs_by_occurrence" | "jobs.series_id, jobs.occurrence" => StoreError::Duplicate("occurrence"),
        "audit_seq" | "audit.seq" => StoreError::Duplicate("seq"),
        // Another session remembered the key meanwhile: who tries again will find it.
        "idempotency_pkey" | "idempotency.user_id, idempotency.key" => StoreError::Contended,
        // Another callback took the place meanwhile: who tries again gets the next.
        "callbacks_pkey" | "callbacks.run_id, callbacks.attempt, callbacks.seq" => StoreError::Contended,
        key if key.ends_with("_pkey") || key.ends_with("_id") || key.ends_with(".id") => {
            StoreError::Duplicate("id")
        }
        other => StoreError::Failed(format!("{other} is taken already")),
    }
}

/// A stored value that is no value of the model.
pub(crate) fn corrupt(what: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(format!("the store holds a {what} that cannot be: {why}"))
}
