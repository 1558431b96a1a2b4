//! Sessions as databases have them: time, what a failure leaves behind, and sessions that are given up on.

use std::time::Duration;

use uhub_core::ports::store::{LockKey, Store as _, StoreError};

use super::*;

on_both!(time_comes_from_the_clock_given, |place| {
    let (store, clock) = place.open_at(noon()).await;
    let mut session = store.write().await.unwrap();
    assert_eq!(session.now().await.unwrap(), noon());
    clock.advance(TimeDelta::nanoseconds(1_500));
    assert_eq!(session.now().await.unwrap(), noon() + TimeDelta::microseconds(1));
});

on_both!(time_comes_from_the_database, |place| {
    let store = place.open().await;
    let mut session = store.write().await.unwrap();
    let before = Utc::now();
    session.lock(&[LockKey::Admins, LockKey::Pool("a".to_owned()), LockKey::FreezesShared]).await.unwrap();
    let first = session.now().await.unwrap();
    tokio::time::sleep(Duration::from_millis(30)).await;
    let second = session.now().await.unwrap();
    // The database is on this machine here.
    assert!((first - before).num_seconds().abs() < 5);
    assert!(second - first >= TimeDelta::milliseconds(30), "it goes on");
    assert_eq!(second.timestamp_subsec_nanos() % 1_000, 0);
});

on_both!(a_session_that_failed_commits_nothing, |place| {
    let store = place.open().await;
    let app = project("App");
    let mut session = store.write().await.unwrap();
    session.insert_project(&app).await.unwrap();
    let mut same = project("App");
    same.environments.clear();
    assert_eq!(session.insert_project(&same).await, Err(StoreError::Duplicate("name")));
    assert!(matches!(session.set_meta("a", "b").await, Err(StoreError::Failed(_))));
    assert!(matches!(session.commit().await, Err(StoreError::Failed(_))));

    let mut session = store.read().await.unwrap();
    assert_eq!(session.project_by_name("App").await.unwrap(), None);
});

on_both!(sessions_given_up_on_hold_nothing, |place| {
    let store = place.open().await;
    for i in 0..40 {
        let mut session = store.write().await.unwrap();
        let lock = [LockKey::Pool("a".to_owned())];
        session.lock(&lock).await.unwrap();
        let value = i.to_string();
        let work = session.set_meta("k", &value);
        // In the middle of a statement, or just before it.
        let _ = tokio::time::timeout(Duration::from_micros(i * 20), work).await;
        drop(session);
    }
    let mut session = store.write().await.unwrap();
    session.lock(&[LockKey::Pool("a".to_owned())]).await.unwrap();
    assert_eq!(session.meta("k").await.unwrap(), None);
    session.set_meta("k", "kept").await.unwrap();
    session.commit().await.unwrap();
    let mut session = store.read().await.unwrap();
    assert_eq!(session.meta("k").await.unwrap().as_deref(), Some("kept"));
});

on_both!(a_reader_sees_one_state, |place| {
    let store = place.open().await;
    let mut reader = store.read().await.unwrap();
    assert!(!reader.has_users().await.unwrap());
    let app = project("App");
    given(&store, &app).await;
    assert_eq!(reader.project(app.id).await.unwrap(), None, "what it began with");
    let mut later = store.read().await.unwrap();
    assert_eq!(later.project(app.id).await.unwrap(), Some(app));
});

on_both!(writers_wait_for_locks_and_see_what_was_committed, |place| {
    let store = place.open().await;
    let mut all = Vec::new();
    for _ in 0..12 {
        let store = store.clone();
        all.push(tokio::spawn(async move {
            for _ in 0..5 {
                let mut session = store.write().await.unwrap();
                session.lock(&[LockKey::Pool("p".to_owned()), LockKey::FreezesShared]).await.unwrap();
                let n: u64 = session.meta("n").await.unwrap().map_or(0, |n| n.parse().unwrap());
                session.set_meta("n", &(n + 1).to_string()).await.unwrap();
                session.commit().await.unwrap();
            }
        }));
    }
    for one in all {
        one.await.unwrap();
    }
    let mut session = store.read().await.unwrap();
    assert_eq!(session.meta("n").await.unwrap().as_deref(), Some("60"));
});

#[tokio::test]
async fn postgres_writers_meet_only_where_they_lock_the_same() {
    let place = Place::postgres();
    let store = place.open().await;
    let wait = Duration::from_millis(300);
    let mut one = store.write().await.unwrap();
    one.lock(&[LockKey::FreezesShared, LockKey::Pool("a".to_owned())]).await.unwrap();

    let mut other = store.write().await.unwrap();
    let elsewhere = [LockKey::Pool("b".to_owned()), LockKey::FreezesShared, LockKey::Job(JobId(id()))];
    tokio::time::timeout(wait, other.lock(&elsewhere)).await.expect("shares what is shared").unwrap();
    let mut third = store.write().await.unwrap();
    let freezes = [LockKey::Freezes];
    assert!(tokio::time::timeout(wait, third.lock(&freezes)).await.is_err(), "waits for both");
    drop((other, third));

    let mut fourth = store.write().await.unwrap();
    let waits = [LockKey::Pool("a".to_owned())];
    // The server's patience ends before ours.
    assert_eq!(fourth.lock(&waits).await, Err(StoreError::Contended));
    drop((one, fourth));
    place.clear().await;
}
