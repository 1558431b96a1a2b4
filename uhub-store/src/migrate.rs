//! Bringing a database's schema up to date.

use std::borrow::Cow;
#[cfg(feature = "postgres")]
use std::time::Duration;

#[cfg(feature = "postgres")]
use sqlx::{AssertSqlSafe, PgConnection};
#[cfg(feature = "sqlite")]
use sqlx::{Connection as _, SqliteConnection};
use sqlx::{
    SqlSafeStr as _,
    migrate::{AppliedMigration, Migrate as _, MigrateError, Migration, MigrationType, Migrator},
};
use uhub_core::ports::store::StoreError;

use crate::error::{Result, store_error};

/// Where sqlx notes what has been done.
const TABLE: &str = "_sqlx_migrations";

/// A process that waits for another one's migration waits for so long.
#[cfg(feature = "postgres")]
const PATIENCE: Duration = Duration::from_secs(300);

/// By number: with its name, and what it does.
type Texts = &'static [(i64, &'static str, &'static str)];

#[cfg(feature = "sqlite")]
const SQLITE: Texts = &[
    (1, "hub", include_str!("../migrations/sqlite/0001_hub.sql")),
    (2, "execution", include_str!("../migrations/sqlite/0002_execution.sql")),
    (3, "callbacks", include_str!("../migrations/sqlite/0003_callbacks.sql")),
    (4, "audit", include_str!("../migrations/sqlite/0004_audit.sql")),
    (5, "api_tokens", include_str!("../migrations/sqlite/0005_api_tokens.sql")),
    (6, "series", include_str!("../migrations/sqlite/0006_series.sql")),
    (7, "series_source", include_str!("../migrations/sqlite/0007_series_source.sql")),
    (8, "unclaimed", include_str!("../migrations/sqlite/0008_unclaimed.sql")),
];

#[cfg(feature = "postgres")]
const POSTGRES: Texts = &[
    (1, "hub", include_str!("../migrations/postgres/0001_hub.sql")),
    (2, "execution", include_str!("../migrations/postgres/0002_execution.sql")),
    (3, "callbacks", include_str!("../migrations/postgres/0003_callbacks.sql")),
    (4, "audit", include_str!("../migrations/postgres/0004_audit.sql")),
    (5, "api_tokens", include_str!("../migrations/postgres/0005_api_tokens.sql")),
    (6, "series", include_str!("../migrations/postgres/0006_series.sql")),
    (7, "series_source", include_str!("../migrations/postgres/0007_series_source.sql")),
    (8, "progress", include_str!("../migrations/postgres/0008_progress.sql")),
    (9, "queue", include_str!("../migrations/postgres/0009_queue.sql")),
    (10, "unclaimed", include_str!("../migrations/postgres/0010_unclaimed.sql")),
];

fn migrator(texts: Texts) -> Migrator {
    let migrations = texts.iter().map(|&(version, name, text)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, text.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // Locked by ourselves, around the whole: the schema itself may have to be created.
    migrator.set_locking(false);
    migrator
}

fn failed(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => store_error(&error),
        MigrateError::VersionMissing(version) => StoreError::Failed(format!(
            "the database has the schema of a newer version of this program (migration {version})"
        )),
        error => StoreError::Failed(format!("the schema cannot be brought up to date: {error}")),
    }
}

/// Brings a SQLite file up to date, or checks that it is. Processes that start at once wait for one another.
#[cfg(feature = "sqlite")]
pub(crate) async fn sqlite(conn: &mut SqliteConnection, run: bool) -> Result<()> {
    let migrator = migrator(SQLITE);
    if is_current(&migrator, conn.list_applied_migrations(TABLE).await)? {
        return Ok(());
    }
    if !run {
        return Err(outdated());
    }
    let mut all = conn.begin_with("BEGIN IMMEDIATE").await.map_err(|error| store_error(&error))?;
    migrator.run_direct(None, &mut *all, false).await.map_err(failed)?;
    all.commit().await.map_err(|error| store_error(&error))
}

/// Brings a PostgreSQL schema up to date, or checks that it is. Servers that start at once wait for one another. The
/// connection is the caller's to close.
#[cfg(feature = "postgres")]
pub(crate) async fn postgres(conn: &mut PgConnection, schema: Option<&str>, run: bool) -> Result<()> {
    let migrator = migrator(POSTGRES);
    if is_current(&migrator, conn.list_applied_migrations(TABLE).await)? {
        return Ok(());
    }
    if !run {
        return Err(outdated());
    }
    let work = async {
        sqlx::raw_sql("SET statement_timeout = 0; SET lock_timeout = 0").execute(&mut *conn).await?;
        // Held until the connection is closed.
        sqlx::raw_sql("SELECT pg_advisory_lock(hashtextextended('uhub migrations', 0))")
            .execute(&mut *conn)
            .await?;
        if let Some(schema) = schema {
            // Checked to be a plain word.
            let text = format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"");
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *conn).await?;
        }
        migrator.run_direct(None, &mut *conn, false).await
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(failed),
        Err(_) => Err(StoreError::Unavailable("another server's migration does not end".to_owned())),
    }
}

fn is_current(migrator: &Migrator, applied: Result<Vec<AppliedMigration>, MigrateError>) -> Result<bool> {
    match applied {
        Ok(applied) => {
            let wanted = migrator.iter().map(|migration| (migration.version, &migration.checksum));
            Ok(applied.iter().map(|done| (done.version, &done.checksum)).eq(wanted))
        }
        // The table is not there yet.
        Err(MigrateError::Execute(sqlx::Error::Database(_))) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

fn outdated() -> StoreError {
    StoreError::Failed("the database's schema is not that of this program: run `uhub migrate`".to_owned())
}

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The texts that lie there, in the order of their names, are those that are known here.
    #[test]
    fn no_migration_is_forgotten() {
        for (dialect, known) in [("sqlite", SQLITE), ("postgres", POSTGRES)] {
            let directory = format!("{}/migrations/{dialect}", env!("CARGO_MANIFEST_DIR"));
            let files = std::fs::read_dir(directory).unwrap();
            let mut there: Vec<_> =
                files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
            there.sort();
            let known: Vec<_> =
                known.iter().map(|(version, name, _)| format!("{version:04}_{name}.sql")).collect();
            assert_eq!(there, known, "{dialect}");
        }
    }
}
