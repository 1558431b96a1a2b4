//! Opening databases: new, old, too new, several times at once, or not at all.

use std::time::{Duration, Instant};

use uhub_core::ports::store::{Store as _, StoreError};

use super::*;
use crate::store::Pools;

on_both!(servers_that_start_at_once_make_one_schema, |place| {
    let mut all = Vec::new();
    for _ in 0..6 {
        let (url, options) = (place.url.clone(), place.options());
        all.push(tokio::spawn(async move { SqlStore::connect(&url, options).await }));
    }
    for one in all {
        one.await.unwrap().unwrap().ping().await.unwrap();
    }
});

on_both!(an_outdated_schema_is_refused_unless_migrated, |place| {
    let careful = SqlOptions { run_migrations: false, ..place.options() };
    let refused = SqlStore::connect(&place.url, careful.clone()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Failed(why) if why.contains("uhub migrate")), "{refused}");
    place.open().await;
    let store = SqlStore::connect(&place.url, careful.clone()).await.unwrap();
    store.ping().await.unwrap();

    // As a newer version leaves it.
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 SELECT 99, 'newer', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    match &store.shared().pools {
        Pools::Sqlite { writer, .. } => drop(sqlx::query(newer).execute(writer).await.unwrap()),
        Pools::Postgres { pool, .. } => drop(sqlx::query(newer).execute(pool).await.unwrap()),
    }
    for options in [careful, place.options()] {
        let refused = SqlStore::connect(&place.url, options).await.unwrap_err();
        assert!(matches!(refused, StoreError::Failed(_)), "{refused}");
    }
});

on_both!(a_closed_store_is_not_available, |place| {
    let store = place.open().await;
    store.close().await;
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.write().await.map(drop), Err(StoreError::Unavailable(_))));
});

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_for_its_owner_only() {
    use std::os::unix::fs::MetadataExt as _;

    let place = Place::sqlite();
    let store = place.open().await;
    given(&store, &project("App")).await;
    let path = place.url.trim_start_matches("sqlite:").to_owned();
    for file in [path.clone(), format!("{path}-wal"), format!("{path}-shm")] {
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn sqlite_is_set_up_to_lose_nothing() {
    let store = Place::sqlite();
    let store = store.open().await;
    let Pools::Sqlite { writer, readers, .. } = &store.shared().pools else { panic!("SQLite") };
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(readers).await.unwrap();
    assert_eq!(mode, "wal");
    for (pragma, value) in [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1)] {
        assert_eq!(sqlx::query_scalar::<_, i64>(pragma).fetch_one(writer).await.unwrap(), value, "{pragma}");
    }
    let refused = sqlx::query("DELETE FROM users").execute(readers).await;
    assert!(refused.is_err(), "readers cannot write");
}

#[tokio::test]
async fn what_is_not_there_is_told_soon() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/none/hub.db", dir.path().display());
    let refused = SqlStore::connect(&url, SqlOptions::default()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");

    // A port on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let started = Instant::now();
    let url = format!("postgres://nobody@127.0.0.1:{port}/none");
    let refused = SqlStore::connect(&url, SqlOptions::default()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(!refused.to_string().contains("nobody@"), "no credentials in errors");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.txt");
    let text = "These are my notes. ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let refused = SqlStore::connect(&format!("sqlite:{}", path.display()), SqlOptions::default()).await;
    assert!(matches!(refused.unwrap_err(), StoreError::Failed(_)));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}
