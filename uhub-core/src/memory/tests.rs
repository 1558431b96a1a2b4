//! What only this store has: faults on demand, the order of notes, and its speed. What all stores promise is tried on
//! all of them at once, by uhub-store's conformance suite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;

use super::*;
use crate::{
    model::{Job, JobId, JobStatus, JobType, Policy, Project, ProjectId, Slot, UserId},
    ports::{
        clock::{Ids as _, ManualClock, SeededIds},
        store::{JobFilter, Topic},
    },
    workflow::Tracked,
};

use chrono::TimeDelta;

use crate::model::EARLIEST;

/// Nobody else writes, so that everything is ready at once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("waits for nobody")
}

fn store() -> MemoryStore {
    MemoryStore::new(Arc::new(ManualClock::new(EARLIEST)))
}

fn note(topic: Topic) -> ChangeNote {
    ChangeNote { topic, id: Uuid::nil() }
}

fn project() -> Project {
    Project {
        id: ProjectId(Uuid::nil()),
        name: "app-x".to_owned(),
        color: "#000000".to_owned(),
        owner_id: UserId(Uuid::nil()),
        environments: Vec::new(),
        execution_backend: None,
        execution_backend_config: None,
        policy: Policy::default(),
        created_at: EARLIEST,
        updated_at: EARLIEST,
        version: 1,
    }
}

fn job(ids: &SeededIds, hour: i64) -> Job {
    let start = EARLIEST + TimeDelta::hours(hour);
    Job {
        id: JobId(ids.next(EARLIEST)),
        project_id: ProjectId(Uuid::nil()),
        title: format!("job {hour}"),
        description: String::new(),
        job_type: JobType::Dev,
        environment: None,
        slot: Slot::new(start, start + TimeDelta::hours(1)).unwrap(),
        all_day: false,
        assignee_id: None,
        critical: None,
        execution: None,
        auto_start: false,
        status: Tracked::restore(JobStatus::Planned),
        created_by: UserId(Uuid::nil()),
        edited_by: UserId(Uuid::nil()),
        execution_edited_by: UserId(Uuid::nil()),
        auto_started_for: None,
        occurrence: None,
        created_at: EARLIEST,
        updated_at: EARLIEST,
        version: 1,
    }
}

#[test]
fn r44_an_operation_fails_on_demand_and_takes_its_session_along() {
    let store = store();
    store.fail_once("append_audit", StoreError::Unavailable("disk full".to_owned()));
    let mut session = ready(store.write()).unwrap();
    ready(session.insert_project(&project())).unwrap();
    session.announce(note(Topic::Project));
    assert_eq!(ready(session.append_audit(&[])), Err(StoreError::Unavailable("disk full".to_owned())));
    assert!(matches!(ready(session.append_audit(&[])), Err(StoreError::Failed(_))), "it can only be dropped");
    assert!(matches!(ready(session.commit()), Err(StoreError::Failed(_))));

    let mut session = ready(store.write()).unwrap();
    assert_eq!(ready(session.project_by_name("app-x")), Ok(None), "nothing of it happened");
    ready(session.insert_project(&project())).unwrap();
    ready(session.append_audit(&[])).unwrap();
    ready(session.commit()).unwrap();

    store.fail("commit", StoreError::Contended);
    let mut session = ready(store.write()).unwrap();
    ready(session.set_meta("hub", "1")).unwrap();
    assert_eq!(ready(session.commit()), Err(StoreError::Contended));
    store.fail("read", StoreError::Contended);
    assert_eq!(ready(store.read()).err(), Some(StoreError::Contended));
    store.clear_fault();
    assert_eq!(ready(ready(store.read()).unwrap().meta("hub")), Ok(None));
}

#[test]
fn a_refused_write_takes_its_session_along() {
    let store = store();
    let mut session = ready(store.write()).unwrap();
    ready(session.insert_project(&project())).unwrap();
    let again = Project { id: ProjectId(Uuid::max()), ..project() };
    assert_eq!(ready(session.insert_project(&again)), Err(StoreError::Duplicate("name")));
    assert!(ready(session.commit()).is_err());
    assert_eq!(ready(ready(store.read()).unwrap().project_by_name("app-x")), Ok(None));
}

#[test]
fn one_writes_while_many_read_what_was() {
    let store = store();
    let mut writer = ready(store.write()).unwrap();
    assert!(store.write().now_or_never().is_none(), "the second writer waits");
    let mut early = ready(store.read()).unwrap();
    let mut late = ready(store.read()).unwrap();
    assert_eq!(ready(early.meta("hub")), Ok(None));
    ready(writer.set_meta("hub", "1")).unwrap();
    assert_eq!(ready(early.meta("hub")), Ok(None));
    ready(writer.commit()).unwrap();
    assert_eq!(ready(early.meta("hub")), Ok(None), "it keeps to the state that it saw");
    assert_eq!(ready(late.meta("hub")), Ok(Some("1".to_owned())), "its first look is after the commit");
    drop(ready(store.write()).unwrap());
    assert!(store.write().now_or_never().is_some(), "a dropped session gives its permit back");
}

#[test]
fn notes_come_once_in_order_and_after_the_commit() {
    let store = store();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::new(AtomicUsize::new(0));
    let subscription = store.subscribe(Box::new({
        let (store, seen) = (store.clone(), seen.clone());
        move |note| {
            let committed = ready(ready(store.read()).unwrap().meta("hub")).unwrap();
            seen.lock().unwrap().push((note.topic, committed));
        }
    }));
    let other = store.subscribe(Box::new({
        let heard = heard.clone();
        move |_| {
            heard.fetch_add(1, Ordering::Relaxed);
        }
    }));
    let before = ready(store.revision(None)).unwrap();
    for (value, topics) in [("1", &[Topic::Log, Topic::Run, Topic::Log][..]), ("2", &[Topic::Job])] {
        let mut session = ready(store.write()).unwrap();
        for topic in topics {
            session.announce(note(*topic));
        }
        ready(session.set_meta("hub", value)).unwrap();
        ready(session.commit()).unwrap();
        if value == "1" {
            assert_eq!(ready(store.revision(Some(&before))).unwrap(), before, "calendars look the same");
        }
    }
    assert_ne!(ready(store.revision(Some(&before))).unwrap(), before);
    let mut dropped = ready(store.write()).unwrap();
    dropped.announce(note(Topic::User));
    drop(dropped);
    let [one, two] = ["1", "2"].map(|value| Some(value.to_owned()));
    assert_eq!(*seen.lock().unwrap(), [(Topic::Log, one.clone()), (Topic::Run, one), (Topic::Job, two)]);
    drop(subscription);
    let mut session = ready(store.write()).unwrap();
    session.announce(note(Topic::User));
    ready(session.commit()).unwrap();
    assert_eq!((seen.lock().unwrap().len(), heard.load(Ordering::Relaxed)), (3, 4));
    drop(store);
    drop(other);
}

#[expect(clippy::disallowed_methods, reason = "it measures the code and decides nothing")]
#[test]
fn a_hundred_thousand_jobs_stay_apart_from_what_is_asked() {
    let store = store();
    let ids = SeededIds::new(1);
    let jobs: Vec<_> = (0..100_000).map(|hour| job(&ids, hour)).collect();
    let mut session = ready(store.write()).unwrap();
    ready(session.insert_project(&project())).unwrap();
    ready(session.insert_jobs(&jobs)).unwrap();
    ready(session.commit()).unwrap();

    let hour = |hour: i64| EARLIEST + TimeDelta::hours(hour);
    let mut session = ready(store.read()).unwrap();
    let started = std::time::Instant::now();
    for week in 0..500 {
        let window = Slot::new(hour(week * 168), hour(week * 168 + 168)).unwrap();
        let entries = ready(session.calendar(window, &JobFilter::default())).unwrap();
        assert_eq!(entries.len(), 168);
    }
    // A scan of all jobs per calendar would take a hundred times as long, on any machine.
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}
