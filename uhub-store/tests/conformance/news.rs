//! Who listens hears of every commit, and a revision tells whether calendars may look different.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use uhub_core::{
    model::*,
    ports::store::{ChangeNote, Revision, Store, Subscription, Topic},
};
use uuid::Uuid;

use crate::{
    bed::Bed,
    samples::{World, at, freeze, held, note, run_of, slot, user},
};

conformance!(
    announced_after_the_commit,
    heard_by_other_instances,
    nothing_is_heard_after_the_end,
    revisions_follow_calendars_only,
    revisions_follow_other_instances,
    revisions_see_late_commits,
);

const EVERY: [Topic; 10] = [
    Topic::User,
    Topic::Project,
    Topic::Job,
    Topic::Run,
    Topic::Queue,
    Topic::Log,
    Topic::Cancel,
    Topic::Approval,
    Topic::Freeze,
    Topic::Callback,
];

/// What a listener heard so far.
struct Ear {
    heard: Arc<Mutex<Vec<ChangeNote>>>,
    _subscription: Subscription,
}

impl Ear {
    fn of(store: &Arc<dyn Store>) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let writes = heard.clone();
        let _subscription = store.subscribe(Box::new(move |note| writes.lock().unwrap().push(note)));
        Self { heard, _subscription }
    }

    fn heard(&self) -> Vec<ChangeNote> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits for so many notes: other instances hear a moment later.
    async fn hears(&self, count: usize) -> Vec<ChangeNote> {
        let started = Instant::now();
        while self.heard().len() < count && started.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.heard()
    }
}

async fn announce(store: &Arc<dyn Store>, notes: &[ChangeNote]) {
    let mut session = store.write().await.unwrap();
    for note in notes {
        session.announce(*note);
    }
    session.commit().await.unwrap();
}

async fn announced_after_the_commit(bed: Bed) {
    let ear = Ear::of(&bed.store);
    let notes = EVERY.map(|topic| note(topic, bed.id()));
    let mut session = bed.write().await;
    for note in notes {
        session.announce(note);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ear.heard(), []);
    drop(session);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ear.heard(), [], "what was dropped did not happen");
    for part in notes.chunks(4) {
        announce(&bed.store, part).await;
    }
    assert_eq!(ear.hears(notes.len()).await, notes, "in the order of commits");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ear.heard().len(), notes.len(), "once each");
}

async fn heard_by_other_instances(bed: Bed) {
    let other = bed.other().await;
    let ears = [Ear::of(&bed.store), Ear::of(&other)];
    let first: Vec<_> = (0..30).map(|_| note(Topic::Job, bed.id())).collect();
    let second: Vec<_> = (0..30).map(|_| note(Topic::Run, bed.id())).collect();
    for (one, two) in first.chunks(10).zip(second.chunks(10)) {
        announce(&bed.store, one).await;
        announce(&other, two).await;
    }
    for ear in ears {
        let heard = ear.hears(60).await;
        let of = |topic: Topic| heard.iter().filter(|note| note.topic == topic).copied().collect::<Vec<_>>();
        assert_eq!(of(Topic::Job), first);
        assert_eq!(of(Topic::Run), second);
    }
}

async fn nothing_is_heard_after_the_end(bed: Bed) {
    let (one, two) = (Ear::of(&bed.store), Ear::of(&bed.store));
    announce(&bed.store, &[note(Topic::Job, bed.id())]).await;
    assert_eq!(one.hears(1).await.len(), 1);
    let heard = one.heard.clone();
    drop(one);
    announce(&bed.store, &[note(Topic::Job, bed.id())]).await;
    assert_eq!(two.hears(2).await.len(), 2, "others go on");
    assert_eq!(heard.lock().unwrap().len(), 1);
}

async fn revision(store: &Arc<dyn Store>, known: &Revision) -> Revision {
    store.revision(Some(known)).await.unwrap()
}

async fn revisions_follow_calendars_only(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 0).await;
    let run = held(&run_of(&bed, &job), 1, at(1));
    let mut session = bed.write().await;
    session.insert_run(&run).await.unwrap();
    session.announce(note(Topic::Job, job.id.0));
    session.commit().await.unwrap();

    let mut known = bed.store.revision(None).await.unwrap();
    assert_eq!(revision(&bed.store, &known).await, known);
    let mut session = bed.write().await;
    let chunk = LogChunk { seq: 1, stream: Stream::Stdout, at: at(0), bytes: vec![0], upto: 0 };
    assert!(session.append_log(run.id, 1, &[chunk]).await.unwrap());
    assert_eq!(session.heartbeat(&[(run.id, 1)], at(2)).await.unwrap().len(), 1);
    session.announce(note(Topic::Log, run.id.0));
    session.commit().await.unwrap();
    for topic in EVERY {
        let mut dropped = bed.write().await;
        dropped.announce(note(topic, bed.id()));
        drop(dropped);
        assert_eq!(revision(&bed.store, &known).await, known, "{topic:?} was not committed");
        announce(&bed.store, &[note(topic, bed.id())]).await;
        let now = revision(&bed.store, &known).await;
        assert_eq!(now != known, topic.concerns_calendar(), "{topic:?}");
        assert_eq!(revision(&bed.store, &now).await, now);
        known = now;
    }
    let mut session = bed.write().await;
    session.insert_freeze(&freeze(&bed, slot(0, 1))).await.unwrap();
    session.announce(note(Topic::Freeze, Uuid::nil()));
    session.commit().await.unwrap();
    assert_ne!(revision(&bed.store, &known).await, known);
    assert_eq!(
        bed.read().await.freezes(slot(0, 1)).await.unwrap().len(),
        1,
        "what is read after it is as new"
    );
}

async fn revisions_follow_other_instances(bed: Bed) {
    let other = bed.other().await;
    let mut known = bed.store.revision(None).await.unwrap();
    for store in [&other, &bed.store, &other] {
        announce(store, &[note(Topic::Run, bed.id())]).await;
        assert_eq!(revision(&bed.store, &known).await, known);
        announce(store, &[note(Topic::Job, bed.id())]).await;
        for asked in [&bed.store, &other] {
            assert_ne!(revision(asked, &known).await, known, "at once, however notes travel");
        }
        known = revision(&bed.store, &known).await;
        assert_eq!(revision(&other, &known).await, known, "a revision is known to every instance");
    }
}

async fn revisions_see_late_commits(bed: Bed) {
    let mut slow = bed.write().await;
    slow.insert_user(&user(&bed, "slow", Role::Dev), None).await.unwrap();
    slow.announce(note(Topic::User, bed.id()));
    let known = bed.store.revision(None).await.unwrap();
    slow.commit().await.unwrap();
    let late = revision(&bed.store, &known).await;
    assert_ne!(late, known, "it had begun before, and was committed after");
    if !bed.writes_in_parallel() {
        return;
    }
    // However many transactions began before it and end after it.
    let mut slow = bed.write().await;
    slow.insert_user(&user(&bed, "slower", Role::Dev), None).await.unwrap();
    slow.announce(note(Topic::User, bed.id()));
    let mut fast = bed.write().await;
    fast.insert_user(&user(&bed, "fast", Role::Dev), None).await.unwrap();
    fast.announce(note(Topic::User, bed.id()));
    fast.commit().await.unwrap();
    let known = revision(&bed.store, &late).await;
    assert_ne!(known, late);
    assert_eq!(revision(&bed.store, &known).await, known, "the slow one has not happened yet");
    slow.commit().await.unwrap();
    assert_ne!(revision(&bed.store, &known).await, known);
}
