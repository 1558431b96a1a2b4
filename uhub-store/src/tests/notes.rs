//! Listeners hear of commits, their own process's and others'.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use uhub_core::ports::store::{ChangeNote, Store as _, Subscription, Topic};

use super::*;

type Heard = Arc<Mutex<Vec<ChangeNote>>>;

fn listen(store: &SqlStore) -> (Heard, Subscription) {
    let heard = Heard::default();
    let to = heard.clone();
    let subscription =
        store.subscribe(Box::new(move |note| to.lock().unwrap_or_else(PoisonError::into_inner).push(note)));
    (heard, subscription)
}

fn so_far(heard: &Heard) -> Vec<ChangeNote> {
    heard.lock().unwrap().clone()
}

/// Waits until as many notes came, at most some seconds.
async fn hears(heard: &Heard, count: usize) -> Vec<ChangeNote> {
    for _ in 0..400 {
        if so_far(heard).len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    so_far(heard)
}

fn note(topic: Topic) -> ChangeNote {
    ChangeNote { topic, id: id() }
}

async fn say(store: &SqlStore, notes: &[ChangeNote]) {
    let mut session = store.write().await.unwrap();
    for note in notes {
        session.announce(*note);
    }
    session.commit().await.unwrap();
}

on_both!(every_store_hears_every_commit, |place| {
    let (one, other) = (place.open().await, place.open().await);
    say(&one, &[note(Topic::User)]).await;
    // On its way to the other still, it would be heard by who begins to listen meanwhile.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (at_one, _one) = listen(&one);
    let (at_other, ends) = listen(&other);

    let first = [note(Topic::Job), note(Topic::Log), note(Topic::Approval)];
    let [a, b, c] = first;
    say(&one, &[a, b, a, c, b]).await;
    assert_eq!(so_far(&at_one), first, "at once, in order, and once");
    assert_eq!(hears(&at_other, 3).await, first);

    let mut session = one.write().await.unwrap();
    session.announce(note(Topic::Queue));
    drop(session);

    let many: Vec<ChangeNote> = (0..1_000).map(|_| note(Topic::Run)).collect();
    say(&other, &many).await;
    assert_eq!(
        hears(&at_one, 1_003).await[3..],
        many,
        "more than fits one message; nothing of what was dropped"
    );

    drop(ends);
    say(&one, &first).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(so_far(&at_other).len(), 1_003, "its own were heard, then the subscription ended");

    // And again, after nobody listened for a while.
    let (again, _again) = listen(&other);
    let last = [note(Topic::Cancel)];
    say(&one, &last).await;
    assert_eq!(hears(&again, 1).await, last);
});

on_both!(a_listener_may_end_its_own_subscription, |place| {
    let store = place.open().await;
    let own: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let (ends, count) = (own.clone(), Arc::new(Mutex::new(0)));
    let counts = count.clone();
    let subscription = store.subscribe(Box::new(move |_| {
        *counts.lock().unwrap() += 1;
        ends.lock().unwrap().take();
    }));
    *own.lock().unwrap() = Some(subscription);
    say(&store, &[note(Topic::Job)]).await;
    say(&store, &[note(Topic::Job)]).await;
    assert_eq!(*count.lock().unwrap(), 1);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r07_postgres_listeners_survive_a_lost_connection() {
    let place = Place::postgres();
    let (one, other) = (place.open().await, place.open().await);
    let (heard, _subscription) = listen(&other);
    super::faults::cut_connections(&place).await;
    // What happens meanwhile may be missed; what comes later is heard.
    for _ in 0..40 {
        say(&one, &[note(Topic::Job)]).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !so_far(&heard).is_empty() {
            break;
        }
    }
    assert!(!so_far(&heard).is_empty());
    place.clear().await;
}
