//! Where stores keep their state. Making the tables takes longer than most tests: SQLite's file is copied from one that
//! has them, and PostgreSQL's schemas are used again, emptied.

use std::{path::Path, sync::Arc};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uhub_core::{
    memory::MemoryStore,
    ports::{clock::ManualClock, store::StoreError},
};
use uhub_store::{SqlOptions, SqlStore};

use super::Kind;

/// Kept as long as the test that it is for.
pub(super) enum Place {
    Memory(MemoryStore),
    Sqlite(TempDir),
    /// The connection holds the lock by which the schema is this test's alone, whichever process it is in.
    Postgres {
        url: String,
        schema: String,
        _held: PgConnection,
    },
}

impl Place {
    pub(super) async fn new(kind: Kind, clock: &Arc<ManualClock>) -> Self {
        match kind {
            Kind::Memory => Self::Memory(MemoryStore::new(clock.clone())),
            Kind::Sqlite => {
                let dir = scratch();
                tokio::fs::write(dir.path().join(FILE), empty_sqlite().await).await.unwrap();
                Self::Sqlite(dir)
            }
            Kind::Postgres => {
                let url = postgres_url();
                let (schema, held) = empty_schema(&url).await;
                Self::Postgres { url, schema, _held: held }
            }
        }
    }
}

const FILE: &str = "hub.db";

/// A directory in memory where there is such a thing. What a commit promises when the power fails is not tried here, and
/// waiting for disks would take most of the time.
fn scratch() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

/// The database, with commits that do not wait for its disk.
fn postgres_url() -> String {
    let url = std::env::var("UHUB_TEST_POSTGRES")
        .expect("UHUB_TEST_POSTGRES must name a PostgreSQL: eval \"$(cargo xtask services up postgres)\"");
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options[synchronous_commit]=off")
}

pub(super) fn sqlite_url(dir: &Path) -> String {
    format!("sqlite:{}", dir.join(FILE).display())
}

async fn empty_sqlite() -> &'static [u8] {
    static EMPTY: OnceCell<Vec<u8>> = OnceCell::const_new();
    let make = || async {
        let dir = scratch();
        let store = SqlStore::connect(&sqlite_url(dir.path()), SqlOptions::default()).await.unwrap();
        // Closing moves what lies in the log into the file.
        store.close().await;
        std::fs::read(dir.path().join(FILE)).unwrap()
    };
    EMPTY.get_or_init(make).await
}

/// A schema that nobody else uses, with all tables and nothing in them.
async fn empty_schema(url: &str) -> (String, PgConnection) {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let mut number = 0;
    let schema = loop {
        let schema = format!("conformance_{number}");
        let lock = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
        if sqlx::query_scalar(lock).bind(&schema).fetch_one(&mut conn).await.unwrap() {
            break schema;
        }
        number += 1;
    };
    let options = || SqlOptions { schema: Some(schema.clone()), ..SqlOptions::default() };
    let store = match SqlStore::connect(url, options()).await {
        // Of an earlier state of the code.
        Err(StoreError::Failed(_)) => {
            run(&mut conn, format!("SET client_min_messages = error; DROP SCHEMA \"{schema}\" CASCADE"))
                .await;
            SqlStore::connect(url, options()).await
        }
        opened => opened,
    };
    store.unwrap().close().await;
    // What refers to others comes before them. Not TRUNCATE: it makes files anew, which takes far longer for few rows.
    let tables = [
        "callbacks",
        "run_logs",
        "runs",
        "approvals",
        "freezes",
        "jobs",
        "series",
        "environments",
        "projects",
        "users",
        "api_tokens",
        "audit",
        "audit_unsealed",
        "audit_head",
        "meta",
        "idempotency",
        "changes",
    ];
    let text = tables.map(|table| format!("DELETE FROM \"{schema}\".{table};")).concat();
    run(&mut conn, text).await;
    // A table that is forgotten here would make tests depend on each other.
    let kept = "SELECT count(*) FROM information_schema.tables
        WHERE table_schema = $1 AND table_name NOT IN ('_sqlx_migrations', 'changes_horizon', 'audit_all')";
    let count: i64 = sqlx::query_scalar(kept).bind(&schema).fetch_one(&mut conn).await.unwrap();
    assert_eq!(usize::try_from(count).unwrap(), tables.len(), "empty every table");
    (schema, conn)
}

async fn run(conn: &mut PgConnection, text: String) {
    sqlx::raw_sql(AssertSqlSafe(text)).execute(conn).await.unwrap();
}
