//! Settings and idempotency keys.

use chrono::TimeDelta;
use uhub_core::{
    model::UserId,
    ports::store::{Remembered, StoreError},
};

use crate::{
    bed::Bed,
    samples::{UNICODE, at},
};

conformance!(settings, idempotency_keys, forgets, r06_a_repeated_request_finds_its_first);

async fn settings(bed: Bed) {
    let mut session = bed.write().await;
    assert_eq!(session.meta("hub_id").await.unwrap(), None);
    session.set_meta("hub_id", "1").await.unwrap();
    session.set_meta("Hub_id", "").await.unwrap();
    session.set_meta("hub_id", UNICODE).await.unwrap();
    assert_eq!(session.meta("hub_id").await.unwrap().as_deref(), Some(UNICODE));
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.meta("hub_id").await.unwrap().as_deref(), Some(UNICODE));
    assert_eq!(session.meta("Hub_id").await.unwrap().as_deref(), Some(""));
}

fn remembered(bed: &Bed, request: &str) -> Remembered {
    Remembered { request: request.to_owned(), object_id: bed.id() }
}

async fn idempotency_keys(bed: Bed) {
    let (alice, bob) = (UserId(bed.id()), UserId(bed.id()));
    let (one, two) = (remembered(&bed, "aa"), remembered(&bed, "bb"));
    let mut session = bed.write().await;
    assert_eq!(session.remembered(alice, "k").await.unwrap(), None);
    session.remember(alice, "k", &one, at(0)).await.unwrap();
    session.remember(bob, "k", &two, at(0)).await.unwrap();
    session.remember(alice, "K", &two, at(0)).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    assert_eq!(session.remember(alice, "k", &two, at(1)).await, Err(StoreError::Contended));
    drop(session);
    let mut session = bed.read().await;
    assert_eq!(session.remembered(alice, "k").await.unwrap(), Some(one));
    assert_eq!(session.remembered(bob, "k").await.unwrap().as_ref(), Some(&two));
    assert_eq!(session.remembered(alice, "K").await.unwrap().as_ref(), Some(&two));
    assert_eq!(session.remembered(bob, "K").await.unwrap(), None);
}

async fn forgets(bed: Bed) {
    let user = UserId(bed.id());
    let entry = remembered(&bed, "aa");
    let tick = TimeDelta::microseconds(1);
    let mut session = bed.write().await;
    for (key, moment) in [("old", at(0) - tick), ("older", at(-9)), ("now", at(0)), ("new", at(1))] {
        session.remember(user, key, &entry, moment).await.unwrap();
    }
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    assert_eq!(session.forget_before(at(0)).await.unwrap(), 2);
    assert_eq!(session.forget_before(at(0)).await.unwrap(), 0);
    session.remember(user, "old", &entry, at(2)).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    for (key, known) in [("old", true), ("older", false), ("now", true), ("new", true)] {
        assert_eq!(session.remembered(user, key).await.unwrap().is_some(), known, "{key}");
    }
}

async fn r06_a_repeated_request_finds_its_first(bed: Bed) {
    let user = UserId(bed.id());
    let mut tasks = Vec::new();
    for number in 0..20 {
        let bed = bed.clone();
        tasks.push(tokio::spawn(async move {
            loop {
                let mut session = bed.write().await;
                if let Some(first) = session.remembered(user, "k").await.unwrap() {
                    return (first.object_id, false);
                }
                let mine = Remembered { request: number.to_string(), object_id: bed.id() };
                match session.remember(user, "k", &mine, at(0)).await {
                    Ok(()) => match session.commit().await {
                        Ok(()) => return (mine.object_id, true),
                        Err(error) => assert_eq!(error, StoreError::Contended),
                    },
                    Err(error) => assert_eq!(error, StoreError::Contended),
                }
            }
        }));
    }
    let mut made = Vec::new();
    let mut found = Vec::new();
    for task in tasks {
        let (id, is_first) = task.await.unwrap();
        found.push(id);
        made.extend(is_first.then_some(id));
    }
    assert_eq!(made.len(), 1, "one of them did it");
    assert!(found.iter().all(|id| *id == made[0]), "and all others found it");
}
