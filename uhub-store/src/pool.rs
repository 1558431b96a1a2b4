//! Opening the pools.

#[cfg(feature = "sqlite")]
use std::path::Path;
use std::time::Duration;
#[cfg(feature = "sqlite")]
use std::time::Instant;

use sqlx::{ConnectOptions as _, pool::PoolOptions};
#[cfg(feature = "postgres")]
use sqlx::{Connection as _, PgPool, postgres::PgConnectOptions};
#[cfg(feature = "sqlite")]
use sqlx::{
    Sqlite, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
#[cfg(feature = "sqlite")]
use uhub_core::ports::store::StoreError;

#[cfg(feature = "sqlite")]
use crate::error::locked;
#[cfg(feature = "postgres")]
use crate::options::checked_schema;
use crate::{
    error::{Result, store_error},
    migrate,
    options::SqlOptions,
};

/// For so long a session waits for a connection: a database that is gone is told within five seconds.
const ACQUIRE: Duration = Duration::from_secs(4);
/// For so long a SQLite writer waits for one of another process.
const BUSY: Duration = Duration::from_secs(4);
/// After so long one that was told at once that a new file is locked tries again.
#[cfg(feature = "sqlite")]
const LOCKED: Duration = Duration::from_millis(20);
/// Prepared statements kept by each connection: more than this crate has, filters of lists in their variants included.
const STATEMENTS: usize = 300;

/// A SQLite file's one writer, and its readers.
///
/// # Errors
/// When the file cannot be opened, or holds another schema.
#[cfg(feature = "sqlite")]
pub(crate) async fn sqlite(path: &Path, options: &SqlOptions) -> Result<(SqlitePool, SqlitePool)> {
    create(path).map_err(|error| {
        StoreError::Unavailable(format!("the database file {} cannot be opened: {error}", path.display()))
    })?;
    let file = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        // A calendar's rows come from SQLite's thread in few batches, not one by one.
        .row_buffer_size(1_000)
        .statement_cache_capacity(STATEMENTS)
        .pragma("cache_size", "-16000")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    // FULL syncs the log at each commit. NORMAL would survive a killed process too, but not a power cut: an approval or a
    // run that was acknowledged must not be forgotten, and commits come by people's hands and workers' claims, not by
    // the thousand a second. Readers are not slowed.
    let writing = file
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", "67108864");
    let reading = file.pragma("query_only", "ON");

    let pool = || {
        PoolOptions::new()
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    // One: who waits for it is served in turn, instead of trying again and again for the file's lock.
    let writer = open_writer(&pool().max_connections(1), &writing, options.run_migrations).await?;
    let readers = pool().max_connections(options.max_connections.max(1)).connect_lazy_with(reading);
    Ok((writer, readers))
}

/// Opens the file and brings its schema up to date. SQLite waits for other processes everywhere but where a new file gets
/// its write-ahead log: of several that do so at once all but one are told at once that it is locked.
#[cfg(feature = "sqlite")]
async fn open_writer(
    pool: &PoolOptions<Sqlite>,
    file: &SqliteConnectOptions,
    run_migrations: bool,
) -> Result<SqlitePool> {
    let started = Instant::now();
    loop {
        let opened = async {
            let writer =
                pool.clone().connect_with(file.clone()).await.map_err(|error| store_error(&error))?;
            let mut conn = writer.acquire().await.map_err(|error| store_error(&error))?;
            migrate::sqlite(&mut conn, run_migrations).await?;
            drop(conn);
            Ok(writer)
        };
        match opened.await {
            Err(StoreError::Contended) if started.elapsed() < BUSY => tokio::time::sleep(LOCKED).await,
            Err(StoreError::Contended) => return Err(locked()),
            opened => return opened,
        }
    }
}

/// Makes the file where there is none, for its owner only: it holds password hashes. SQLite gives its log the same mode.
#[cfg(feature = "sqlite")]
fn create(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}

/// The pools of a PostgreSQL database: for sessions, and for hearing of changes.
///
/// # Errors
/// When it cannot be reached, or holds another schema.
#[cfg(feature = "postgres")]
pub(crate) async fn postgres(url: PgConnectOptions, options: &SqlOptions) -> Result<(PgPool, PgPool)> {
    let schema = options.schema.as_deref().map(checked_schema).transpose()?;
    let mut settings = vec![
        // A backstop behind our own patience.
        ("statement_timeout", "60s"),
        // Waiting longer for a pool's or a job's lock is no use to anybody.
        ("lock_timeout", "4s"),
        // A process that stands still must not hold its locks for ever.
        ("idle_in_transaction_session_timeout", "30s"),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
        // Our statements are short: compiling them takes longer than running them.
        ("jit", "off"),
    ];
    if let Some(schema) = schema {
        settings.push(("search_path", schema));
    }
    let url = url
        .application_name(&schema.map_or_else(|| "uhub".to_owned(), |schema| format!("uhub {schema}")))
        .statement_cache_capacity(STATEMENTS)
        .options(settings)
        .disable_statement_logging();

    let mut conn = tokio::time::timeout(ACQUIRE, url.connect())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(|error| store_error(&error))?;
    let migrated = migrate::postgres(&mut conn, schema, options.run_migrations).await;
    // Closing lets go of its lock.
    let _ = conn.close().await;
    migrated?;

    let sessions = PoolOptions::new()
        .max_connections(options.max_connections.max(1))
        .acquire_timeout(ACQUIRE)
        // A dead connection shows when a session begins, which then takes another: no need to ask each time.
        .test_before_acquire(false)
        .connect_lazy_with(url.clone());
    let notes = PoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(url);
    Ok((sessions, notes))
}
