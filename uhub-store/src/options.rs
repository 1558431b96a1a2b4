//! How to reach a database.

#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::{str::FromStr as _, sync::Arc};

#[cfg(feature = "postgres")]
use sqlx::postgres::PgConnectOptions;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteConnectOptions;
use uhub_core::ports::{clock::Clock, store::StoreError};

use crate::error::Result;

/// How a [`SqlStore`](crate::SqlStore) is opened.
#[derive(Debug, Clone)]
pub struct SqlOptions {
    /// Where a write session's time comes from. Without it PostgreSQL answers from the database's clock, so that the
    /// machines of several workers need not agree, and SQLite from the system's.
    pub clock: Option<Arc<dyn Clock>>,
    /// At most so many connections at once, at least 1. On SQLite these are readers; one writer comes beside them.
    pub max_connections: u32,
    /// Whether to bring the schema up to date. Without it an outdated one is refused.
    pub run_migrations: bool,
    /// PostgreSQL: the schema to keep everything in, created where it is missing; without it the connection's first.
    pub schema: Option<String>,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self { clock: None, max_connections: 12, run_migrations: true, schema: None }
    }
}

/// What a URL names.
#[derive(Debug)]
pub(crate) enum Target {
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(Box<PgConnectOptions>),
}

impl Target {
    pub(crate) fn parse(url: &str) -> Result<Self> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            #[cfg(feature = "postgres")]
            return PgConnectOptions::from_str(url)
                .map(|options| Self::Postgres(Box::new(options)))
                // Not the URL itself: it may hold a password.
                .map_err(|error| StoreError::Failed(format!("not a PostgreSQL URL: {error}")));
            #[cfg(not(feature = "postgres"))]
            return Err(left_out("PostgreSQL", "postgres"));
        }
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(StoreError::Failed(
                "not a database URL: sqlite:PATH or postgres://… is expected".to_owned(),
            ));
        };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        if rest.is_empty() || rest.starts_with(":memory:") || rest.contains("mode=memory") {
            return Err(StoreError::Failed(
                "SQLite in memory would be another database for each connection: name a file, or use the core's \
                 memory store"
                    .to_owned(),
            ));
        }
        #[cfg(feature = "sqlite")]
        return SqliteConnectOptions::from_str(url)
            .map(|options| Self::Sqlite(options.get_filename().to_owned()))
            .map_err(|error| StoreError::Failed(format!("not a SQLite URL: {error}")));
        #[cfg(not(feature = "sqlite"))]
        return Err(left_out("SQLite", "sqlite"));
    }
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
fn left_out(database: &str, feature: &str) -> StoreError {
    StoreError::Failed(format!("this program was built without {database}: uhub-store's feature `{feature}`"))
}

/// A schema's name is put into statements: letters, digits and `_`, at most 63.
pub(crate) fn checked_schema(schema: &str) -> Result<&str> {
    let sound = (1..=63).contains(&schema.len())
        && schema.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && schema.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if sound {
        Ok(schema)
    } else {
        Err(StoreError::Failed(format!("{schema:?} is no name for a schema: only a-z, 0-9 and _")))
    }
}

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn sqlite(url: &str) -> String {
        match Target::parse(url).unwrap() {
            Target::Sqlite(path) => path.display().to_string(),
            Target::Postgres(_) => panic!("{url} is SQLite"),
        }
    }

    #[test]
    fn urls_name_files_or_servers() {
        assert_eq!(sqlite("sqlite:hub.db"), "hub.db");
        assert_eq!(sqlite("sqlite://hub.db"), "hub.db");
        assert_eq!(sqlite("sqlite:/var/lib/hub.db"), "/var/lib/hub.db");
        assert_eq!(sqlite("sqlite:///var/lib/a%20hub.db"), "/var/lib/a hub.db");
        for url in ["postgres://u@h/d", "postgresql://u:p@h:1/d"] {
            assert!(matches!(Target::parse(url), Ok(Target::Postgres(_))), "{url}");
        }
        for url in
            ["", "hub.db", "mysql://h/d", "sqlite:", "sqlite://", "sqlite::memory:", "sqlite:x?mode=memory"]
        {
            assert!(matches!(Target::parse(url), Err(StoreError::Failed(_))), "{url}");
        }
    }

    #[test]
    fn a_schema_cannot_smuggle_sql() {
        assert!(checked_schema("uhub_test_1").is_ok());
        for bad in ["", "a b", "a\"", "A", "1a", "a;drop", &"x".repeat(64)] {
            assert!(checked_schema(bad).is_err(), "{bad:?}");
        }
    }
}
