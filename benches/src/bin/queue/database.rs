//! A database for each contender and round.

use anyhow::{Context as _, Result};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::runtime::Runtime;

/// The server that the bench was given.
#[derive(Debug)]
pub(crate) struct Server {
    url: String,
    runtime: Runtime,
}

/// A database that is dropped with this.
#[derive(Debug)]
pub(crate) struct Database<'a> {
    server: &'a Server,
    name: String,
    /// By which it is reached.
    pub(crate) url: String,
}

impl Server {
    /// The one of `UHUB_TEST_POSTGRES`.
    pub(crate) fn find() -> Result<Self> {
        let url = std::env::var("UHUB_TEST_POSTGRES")
            .context("UHUB_TEST_POSTGRES is not set: run `cargo xtask bench`")?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { url, runtime })
    }

    /// Runs statements on the database at `url`.
    fn run(&self, url: &str, statements: &[String]) -> Result<()> {
        self.runtime.block_on(async {
            let mut connection = PgConnection::connect(url).await?;
            for statement in statements {
                sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut connection).await?;
            }
            Ok(connection.close().await?)
        })
    }

    /// A new and empty database.
    pub(crate) fn create(&self) -> Result<Database<'_>> {
        let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
        let name = format!("queue_{}_{nanos}", std::process::id());
        self.run(&self.url, &[format!("CREATE DATABASE {name}")])?;
        let (front, _) = self.url.rsplit_once('/').context("the url names no database")?;
        Ok(Database { server: self, url: format!("{front}/{name}"), name })
    }

    /// What the server says of itself.
    pub(crate) fn version(&self) -> Result<String> {
        self.runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.url).await?;
            let settings = ["server_version", "fsync", "synchronous_commit"];
            let mut told = Vec::new();
            for setting in settings {
                let value: String = sqlx::query_scalar("SELECT current_setting($1)")
                    .bind(setting)
                    .fetch_one(&mut connection)
                    .await?;
                told.push(format!("{setting} {value}"));
            }
            connection.close().await?;
            Ok(told.join(", "))
        })
    }
}

impl Database<'_> {
    /// Everything written, counted and on the disk: what filled the queue shall not be paid for while it empties.
    pub(crate) fn settle(&self) -> Result<()> {
        self.server.run(&self.url, &["VACUUM ANALYZE".to_owned(), "CHECKPOINT".to_owned()])
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = self.server.run(&self.server.url, &[drop]) {
            eprintln!("{} is left behind: {error:#}", self.name);
        }
    }
}
