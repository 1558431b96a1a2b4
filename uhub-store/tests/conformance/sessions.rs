//! Sessions: all or nothing, and one state to read.

use uhub_core::{
    model::*,
    ports::store::{AuditFilter, JobFilter, Remembered, RunFilter, StoreError, Topic},
};

use crate::{
    bed::{ALL, Bed},
    samples::{World, approval, at, entry, freeze, note, project, run_of, slot, user},
};

conformance!(
    dropped_it_changes_nothing,
    failed_it_changes_nothing,
    a_read_session_keeps_to_one_state,
    tells_the_time,
    answers,
    r09_two_instances_share_one_database,
);

async fn write_everything(
    bed: &Bed,
    world: &World,
    session: &mut Box<dyn uhub_core::ports::store::WriteSession>,
) {
    session.insert_user(&user(bed, "alice", Role::Dev), Some("hash")).await.unwrap();
    session.set_password_hash(world.owner.id, "hash").await.unwrap();
    session.set_calendar_token(world.owner.id, Some("aa")).await.unwrap();
    session.insert_project(&project(bed, "app-y", world.owner.id)).await.unwrap();
    let renamed = Project { name: "renamed".to_owned(), version: 2, ..world.project.clone() };
    assert!(session.update_project(&renamed).await.unwrap());
    let job = world.job(bed, 0);
    session.insert_job(&job).await.unwrap();
    session.insert_run(&run_of(bed, &job)).await.unwrap();
    let approval = approval(bed, &job, ApprovalKind::Run, ApprovalState::Pending);
    session.insert_approval(&approval).await.unwrap();
    session.insert_freeze(&freeze(bed, slot(0, 1))).await.unwrap();
    session.append_audit(&[entry(bed, "job.create")]).await.unwrap();
    session.set_meta("hub_id", "1").await.unwrap();
    let remembered = Remembered { request: "aa".to_owned(), object_id: bed.id() };
    session.remember(world.owner.id, "k", &remembered, at(0)).await.unwrap();
}

async fn assert_untouched(bed: &Bed, world: &World) {
    let mut session = bed.read().await;
    assert_eq!(session.users(ALL).await.unwrap(), std::slice::from_ref(&world.owner));
    assert_eq!(session.password_hash(world.owner.id).await.unwrap(), None);
    assert_eq!(session.user_by_calendar_token("aa").await.unwrap(), None);
    assert_eq!(session.projects(ALL).await.unwrap(), std::slice::from_ref(&world.project));
    assert_eq!(session.jobs(&JobFilter::default(), ALL).await.unwrap(), []);
    assert_eq!(session.runs(&RunFilter::default(), ALL).await.unwrap(), []);
    assert_eq!(session.approvals(None, ALL).await.unwrap(), []);
    assert_eq!(session.list_freezes(ALL).await.unwrap(), []);
    assert_eq!(session.audit(&AuditFilter::default(), ALL).await.unwrap(), []);
    assert_eq!(session.meta("hub_id").await.unwrap(), None);
    assert_eq!(session.remembered(world.owner.id, "k").await.unwrap(), None);
}

async fn dropped_it_changes_nothing(bed: Bed) {
    let world = World::new(&bed).await;
    let mut session = bed.write().await;
    write_everything(&bed, &world, &mut session).await;
    assert_untouched(&bed, &world).await;
    drop(session);
    assert_untouched(&bed, &world).await;
    let mut session = bed.write().await;
    write_everything(&bed, &world, &mut session).await;
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.projects(ALL).await.unwrap().len(), 2);
}

async fn failed_it_changes_nothing(bed: Bed) {
    let world = World::new(&bed).await;
    let mut session = bed.write().await;
    write_everything(&bed, &world, &mut session).await;
    let twin = user(&bed, "OWNER", Role::Dev);
    assert_eq!(session.insert_user(&twin, None).await, Err(StoreError::Duplicate("username")));
    drop(session);
    assert_untouched(&bed, &world).await;
}

async fn a_read_session_keeps_to_one_state(bed: Bed) {
    let world = World::new(&bed).await;
    let mut early = bed.read().await;
    assert_eq!(early.users(ALL).await.unwrap().len(), 1);
    let mut session = bed.write().await;
    write_everything(&bed, &world, &mut session).await;
    session.commit().await.unwrap();
    assert_eq!(early.users(ALL).await.unwrap().len(), 1);
    assert_eq!(early.project(world.project.id).await.unwrap(), Some(world.project));
    assert_eq!(early.jobs(&JobFilter::default(), ALL).await.unwrap(), []);
    assert_eq!(early.calendar(slot(0, 1), &JobFilter::default()).await.unwrap(), []);
    assert_eq!(early.count_unsealed().await.unwrap(), 0);
    let mut late = bed.read().await;
    assert_eq!(late.users(ALL).await.unwrap().len(), 2);
    assert_eq!(late.jobs(&JobFilter::default(), ALL).await.unwrap().len(), 1);
}

async fn tells_the_time(bed: Bed) {
    assert_eq!(bed.write().await.now().await.unwrap(), at(0));
    bed.clock.set(at(5));
    assert_eq!(bed.write().await.now().await.unwrap(), at(5));
    bed.clock.set(at(1) + chrono::TimeDelta::nanoseconds(1999));
    let now = bed.write().await.now().await.unwrap();
    assert_eq!(now, at(1) + chrono::TimeDelta::microseconds(1), "in whole microseconds");
}

async fn answers(bed: Bed) {
    bed.store.ping().await.unwrap();
    bed.other().await.ping().await.unwrap();
}

async fn r09_two_instances_share_one_database(bed: Bed) {
    let stores = [bed.store.clone(), bed.other().await];
    let mut tasks = Vec::new();
    for (number, store) in stores.iter().cloned().enumerate() {
        let bed = bed.clone();
        tasks.push(tokio::spawn(async move {
            for count in 0..20 {
                let mut session = store.write().await.unwrap();
                let counted = session.meta("count").await.unwrap();
                let counted: u32 = counted.map_or(0, |text| text.parse().unwrap());
                let user = user(&bed, &format!("user-{number}-{count}"), Role::Dev);
                session.insert_user(&user, None).await.unwrap();
                session.set_meta(&format!("counted-{number}-{count}"), &counted.to_string()).await.unwrap();
                session.announce(note(Topic::User, user.id.0));
                session.commit().await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for store in stores {
        assert_eq!(store.read().await.unwrap().users(ALL).await.unwrap().len(), 40, "nothing is lost");
    }
}
