//! What a session locked stays as it read it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use uhub_core::{
    model::*,
    ports::{
        clock::Clock as _,
        store::{LockKey, Store, StoreError},
    },
};

use crate::{
    bed::Bed,
    samples::{UNICODE, World, freeze, run_of, slot, user},
};

conformance!(
    r13_of_fifty_bookings_each_sees_or_is_seen,
    locks_in_any_order_do_not_deadlock,
    a_lock_is_waited_for_so_long_and_no_longer,
    locked_from_the_start,
    the_last_admin_stays,
    freezes_are_shared_or_alone,
    a_launch_and_its_twin_make_one_run,
);

async fn r13_of_fifty_bookings_each_sees_or_is_seen(bed: Bed) {
    let world = Arc::new(World::new(&bed).await);
    let stores = [bed.store.clone(), bed.other().await];
    let mut tasks = Vec::new();
    for number in 0..50 {
        let (bed, world, store) = (bed.clone(), world.clone(), Arc::clone(&stores[number % 2]));
        tasks.push(tokio::spawn(async move {
            loop {
                let mut session = store.write().await.unwrap();
                let job = world.job(&bed, 0);
                let pools = ["staging".to_owned()];
                match session.lock(&[LockKey::Pool("staging".to_owned())]).await {
                    Ok(()) => {}
                    Err(StoreError::Contended) => continue,
                    Err(error) => panic!("{error}"),
                }
                let seen = session.contenders(&pools, job.slot).await.unwrap();
                session.insert_job(&job).await.unwrap();
                match session.commit().await {
                    Ok(()) => {
                        return (job.id, seen.into_iter().map(|entry| entry.id).collect::<BTreeSet<_>>());
                    }
                    Err(error) => assert_eq!(error, StoreError::Contended),
                }
            }
        }));
    }
    let mut bookings = Vec::new();
    for task in tasks {
        bookings.push(task.await.unwrap());
    }
    for (one, sees) in &bookings {
        for (other, is_seen_by) in &bookings {
            assert!(one == other || sees.contains(other) != is_seen_by.contains(one), "exactly one sees");
        }
    }
    bookings.sort_by_key(|(_, seen)| seen.len());
    let numbers: Vec<_> = bookings.iter().map(|(_, seen)| seen.len()).collect();
    assert_eq!(numbers, (0..50).collect::<Vec<_>>());
}

async fn locks_in_any_order_do_not_deadlock(bed: Bed) {
    let job = JobId(bed.id());
    let keys = [
        LockKey::Admins,
        LockKey::FreezesShared,
        LockKey::Pool("a".to_owned()),
        LockKey::Pool("b".to_owned()),
        LockKey::Job(job),
        LockKey::Sequencer,
    ];
    let stores = [bed.store.clone(), bed.other().await];
    let held = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for number in 0..8 {
        let (mut keys, store) = (keys.to_vec(), Arc::clone(&stores[number % 2]));
        keys.rotate_left(number % 6);
        // Named twice is locked once.
        keys.push(keys[0].clone());
        let held = held.clone();
        tasks.push(tokio::spawn(async move {
            for _ in 0..10 {
                let mut session = store.write().await.unwrap();
                session.lock(&keys).await.unwrap();
                session.lock(&[]).await.unwrap();
                assert_eq!(held.fetch_add(1, Ordering::SeqCst), 0, "somebody else holds them");
                tokio::task::yield_now().await;
                held.fetch_sub(1, Ordering::SeqCst);
                session.commit().await.unwrap();
            }
        }));
    }
    for task in tasks {
        tokio::time::timeout(Duration::from_secs(30), task).await.expect("a deadlock").unwrap();
    }
}

async fn a_lock_is_waited_for_so_long_and_no_longer(bed: Bed) {
    let mut holder = bed.write().await;
    assert!(holder.lock_within(LockKey::Sequencer, Duration::ZERO).await.unwrap());
    if !bed.writes_in_parallel() {
        // Who writes is alone.
        return;
    }
    let mut other = bed.write().await;
    assert!(other.lock_within(LockKey::Claims, Duration::ZERO).await.unwrap(), "another lock");
    assert!(!other.lock_within(LockKey::Sequencer, Duration::from_millis(5)).await.unwrap());
    let waits = tokio::spawn(async move {
        // What could not be locked has failed nothing.
        let locked = other.lock_within(LockKey::Sequencer, Duration::from_secs(30)).await.unwrap();
        other.commit().await.unwrap();
        locked
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!waits.is_finished());
    holder.commit().await.unwrap();
    assert!(waits.await.unwrap());
}

async fn locked_from_the_start(bed: Bed) {
    let other = bed.other().await;
    // A pool is called what people call it.
    let keys = [LockKey::FreezesShared, LockKey::Pool(UNICODE.to_owned())];
    let mut session = bed.store.write_locked(&keys).await.unwrap();
    assert_eq!(session.now().await.unwrap(), bed.clock.now());
    session.lock(&[LockKey::Claims]).await.unwrap();
    for (key, shared) in [
        (keys[0].clone(), true),
        (LockKey::Freezes, false),
        (keys[1].clone(), false),
        (LockKey::Claims, false),
    ] {
        let expected = shared && bed.writes_in_parallel();
        assert_eq!(locks_at_once(&other, key.clone()).await, expected, "{key:?}");
    }
    session.insert_freeze(&freeze(&bed, slot(0, 1))).await.unwrap();
    session.commit().await.unwrap();
    for key in [&keys[1], &LockKey::Freezes] {
        assert!(locks_at_once(&other, key.clone()).await, "{key:?} was given back");
    }
    assert_eq!(bed.read().await.freezes(slot(0, 1)).await.unwrap().len(), 1);
    drop(bed.store.write_locked(&[]).await.unwrap());
}

async fn the_last_admin_stays(bed: Bed) {
    let admins: Vec<_> = (0..8).map(|number| user(&bed, &format!("admin{number}"), Role::Admin)).collect();
    let mut session = bed.write().await;
    for admin in &admins {
        session.insert_user(admin, None).await.unwrap();
    }
    session.commit().await.unwrap();
    let stores = [bed.store.clone(), bed.other().await];
    let mut tasks = Vec::new();
    for (number, admin) in admins.into_iter().enumerate() {
        let store: Arc<dyn Store> = Arc::clone(&stores[number % 2]);
        tasks.push(tokio::spawn(async move {
            let mut session = store.write().await.unwrap();
            session.lock(&[LockKey::Admins]).await.unwrap();
            if session.count_active_admins().await.unwrap() > 1 {
                let demoted = User { role: Role::Dev, version: admin.version + 1, ..admin };
                assert!(session.update_user(&demoted).await.unwrap());
                session.commit().await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(bed.read().await.count_active_admins().await.unwrap(), 1);
}

/// Tries to lock for a moment.
async fn locks_at_once(store: &Arc<dyn Store>, key: LockKey) -> bool {
    let attempt = async {
        let mut session = store.write().await.unwrap();
        session.lock(&[key]).await.unwrap();
    };
    tokio::time::timeout(Duration::from_millis(300), attempt).await.is_ok()
}

async fn freezes_are_shared_or_alone(bed: Bed) {
    let other = bed.other().await;
    for (held, asked, shared) in [
        (LockKey::FreezesShared, LockKey::FreezesShared, true),
        (LockKey::FreezesShared, LockKey::Freezes, false),
        (LockKey::Freezes, LockKey::FreezesShared, false),
        (LockKey::Pool("a".to_owned()), LockKey::Pool("b".to_owned()), true),
        (LockKey::Pool("a".to_owned()), LockKey::Pool("a".to_owned()), false),
    ] {
        let mut session = bed.write().await;
        session.lock(std::slice::from_ref(&held)).await.unwrap();
        let expected = shared && bed.writes_in_parallel();
        assert_eq!(locks_at_once(&other, asked.clone()).await, expected, "{held:?}, {asked:?}");
        drop(session);
        assert!(locks_at_once(&other, asked.clone()).await, "{held:?} was given back, {asked:?}");
    }
    let mut session = bed.write().await;
    session.lock(&[LockKey::Freezes]).await.unwrap();
    session.insert_freeze(&freeze(&bed, slot(0, 1))).await.unwrap();
    session.commit().await.unwrap();
}

async fn a_launch_and_its_twin_make_one_run(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 0).await;
    let mut tasks = Vec::new();
    for _ in 0..10 {
        let (bed, job) = (bed.clone(), job.clone());
        tasks.push(tokio::spawn(async move {
            let mut session = bed.write().await;
            // Without a lock on purpose: the store itself keeps a job's active run alone.
            match session.insert_run(&run_of(&bed, &job)).await {
                Ok(()) => session.commit().await.is_ok(),
                Err(StoreError::Duplicate("job_id") | StoreError::Contended) => false,
                Err(error) => panic!("{error}"),
            }
        }));
    }
    let mut launched = 0;
    for task in tasks {
        launched += usize::from(task.await.unwrap());
    }
    assert_eq!(launched, 1);
}
