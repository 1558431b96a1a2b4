//! A database of one's own per test.

mod cluster;
mod proxy;

pub use cluster::Cluster;
pub use proxy::Proxy;

use std::{
    path::{Path, PathBuf},
    str::FromStr as _,
    thread,
};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use crate::env;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An embedded file.
    Sqlite,
    /// A database on the server of `UHUB_TEST_POSTGRES`.
    Postgres,
}

/// A database that is empty at first. A PostgreSQL one is removed with this value; a SQLite file with its directory.
#[derive(Debug)]
pub struct Database {
    /// As `--database` takes it.
    pub url: String,
    /// What it is.
    pub kind: Kind,
    /// The server, where this database is to be removed from it.
    server: Option<(String, String)>,
}

impl Database {
    /// A SQLite file in `directory`, not there yet.
    pub fn sqlite(directory: &Path) -> Self {
        Self {
            url: format!("sqlite:{}", directory.join("uhub.sqlite").display()),
            kind: Kind::Sqlite,
            server: None,
        }
    }

    /// A new PostgreSQL database.
    pub async fn postgres() -> Self {
        let server = env::postgres();
        let name = format!("test_{}", env::random_id().replace('-', ""));
        let mut connection = PgConnection::connect(&server).await.expect("UHUB_TEST_POSTGRES can be reached");
        // The name is ours, and nothing but digits and letters.
        let create = format!("CREATE DATABASE {name}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(create))
            .execute(&mut connection)
            .await
            .expect("may create databases");
        connection.close().await.expect("a connection closes");
        let (base, _) = server.rsplit_once('/').expect("a URL with a database");
        Self { url: format!("{base}/{name}"), kind: Kind::Postgres, server: Some((server, name)) }
    }

    /// A database on a server that the test runs itself, which takes everything with it.
    pub fn at(url: String) -> Self {
        Self { url, kind: Kind::Postgres, server: None }
    }

    /// The file of a SQLite database.
    ///
    /// # Panics
    /// For another database.
    pub fn file(&self) -> PathBuf {
        self.url.strip_prefix("sqlite:").expect("a SQLite database").into()
    }

    /// A connection of one's own, to look at the rows or to tamper with them.
    pub async fn open_sqlite(&self) -> SqliteConnection {
        SqliteConnectOptions::from_str(&format!("sqlite://{}", self.file().display()))
            .expect("a path")
            .journal_mode(SqliteJournalMode::Wal)
            .connect()
            .await
            .expect("the file can be opened")
    }

    /// A connection of one's own.
    pub async fn open_postgres(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("the database can be reached")
    }

    /// Checks that SQLite finds its own file sound.
    ///
    /// # Panics
    /// When it does not.
    pub async fn check_integrity(&self) {
        if self.kind == Kind::Sqlite {
            let mut connection = self.open_sqlite().await;
            let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
                .fetch_all(&mut connection)
                .await
                .expect("it answers");
            assert_eq!(found, ["ok"], "integrity of {}", self.url);
            connection.close().await.expect("a connection closes");
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = self.server.take() else { return };
        // Whether this works is of no matter: the server itself is thrown away.
        let removed = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await.ok()?;
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut connection).await.ok()
            })
        });
        let _ = removed.join();
    }
}
