//! The revision of what calendars show: it changes with every commit that concerns them, and with nothing else.

use uhub_core::ports::store::{ChangeNote, Revision, Store as _, Topic, WriteSession};

use super::*;
use crate::{dialect, store::Pools};

async fn session(store: &SqlStore, topic: Topic) -> Box<dyn WriteSession> {
    let mut session = store.write().await.unwrap();
    session.set_meta(&id().to_string(), "").await.unwrap();
    session.announce(ChangeNote { topic, id: id() });
    session
}

async fn change(store: &SqlStore, topic: Topic) {
    session(store, topic).await.commit().await.unwrap();
}

async fn after(store: &SqlStore, known: &Revision) -> Revision {
    store.revision(Some(known)).await.unwrap()
}

on_both!(it_changes_with_what_calendars_show, |place| {
    let (one, other) = (place.open().await, place.open().await);
    let mut known = one.revision(None).await.unwrap();
    assert_eq!(after(&one, &known).await, known);
    assert_eq!(after(&other, &known).await, known, "it means the same to every process");
    for topic in [Topic::Run, Topic::Queue, Topic::Log, Topic::Cancel] {
        change(&other, topic).await;
        assert_eq!(after(&one, &known).await, known, "{topic:?}");
    }
    for topic in [Topic::User, Topic::Project, Topic::Job, Topic::Approval, Topic::Freeze] {
        change(&other, topic).await;
        let new = after(&one, &known).await;
        assert_ne!(new, known, "{topic:?}");
        assert_eq!(after(&other, &new).await, new);
        known = new;
    }
    drop(session(&one, Topic::Job).await);
    assert_eq!(after(&one, &known).await, known, "not committed");
});

#[tokio::test]
async fn postgres_commits_count_whatever_their_order() {
    let place = Place::postgres();
    let store = place.open().await;
    // Begun in this order, each with an id of its own since its first write.
    let early = session(&store, Topic::Job).await;
    let late = session(&store, Topic::Job).await;
    let none = store.revision(None).await.unwrap();
    late.commit().await.unwrap();
    let first = after(&store, &none).await;
    assert_ne!(first, none);
    assert_eq!(after(&store, &first).await, first);
    early.commit().await.unwrap();
    let second = after(&store, &first).await;
    assert_ne!(second, first, "a lower id that commits later");
    assert_ne!(after(&store, &none).await, none);
    assert_eq!(after(&store, &second).await, second);
    place.clear().await;
}

#[tokio::test]
async fn postgres_forgets_old_commits_but_not_that_there_were_some() {
    let place = Place::postgres();
    let store = place.open().await;
    let Pools::Postgres { pool, .. } = &store.shared().pools else { panic!("PostgreSQL") };
    let before = store.revision(None).await.unwrap();
    change(&store, Topic::Job).await;
    sqlx::query("UPDATE changes SET at = at - interval '2 hours'").execute(pool).await.unwrap();
    sqlx::query(dialect::PRUNE_POSTGRES).execute(pool).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM changes").fetch_one(pool).await.unwrap();
    assert_eq!(left, 0);
    assert_ne!(after(&store, &before).await, before, "from before the commit that was forgotten");
    // Transactions of other tests that are as old make one from behind it count as changed for a while, to be safe.
    let mut known = store.revision(None).await.unwrap();
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let now = after(&store, &known).await;
        if now == known {
            break;
        }
        known = now;
    }
    assert_eq!(after(&store, &known).await, known, "from behind it");
    sqlx::query(dialect::PRUNE_POSTGRES).execute(pool).await.unwrap();
    assert_ne!(after(&store, &before).await, before);
    place.clear().await;
}
