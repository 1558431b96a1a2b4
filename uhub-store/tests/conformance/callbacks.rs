//! What outside CIs told of runs.

use chrono::TimeDelta;
use uhub_core::{model::*, ports::store::StoreError};

use crate::{
    bed::Bed,
    samples::{UNICODE, World, at, ended, held, last, run_of},
};

conformance!(round_trip, once_by_signature, forgotten_with_their_runs);

async fn stored_run(bed: &Bed, world: &World, hour: i64, status: Option<RunStatus>) -> Run {
    let job = world.stored_job(bed, hour).await;
    let run = held(&run_of(bed, &job), 2, at(1));
    let run = status.map_or_else(|| run.clone(), |status| ended(&run, status));
    let mut session = bed.write().await;
    session.insert_run(&run).await.unwrap();
    session.commit().await.unwrap();
    run
}

fn callback(run: &Run, attempt: u32, seq: i64, signature: &str) -> Callback {
    Callback {
        run_id: run.id,
        attempt,
        seq,
        at: at(0),
        signature: signature.to_owned(),
        status: CallbackStatus::Running,
        exit_code: None,
        message: None,
        log: None,
    }
}

async fn round_trip(bed: Bed) {
    let world = World::new(&bed).await;
    let run = stored_run(&bed, &world, 0, None).await;
    let all = [
        Callback { log: Some(UNICODE.to_owned()), ..callback(&run, 1, 1, "a") },
        Callback {
            at: last(),
            status: CallbackStatus::Failed,
            exit_code: Some(i32::MIN),
            message: Some(String::new()),
            ..callback(&run, 1, 2, "b")
        },
        Callback { at: EARLIEST, status: CallbackStatus::Succeeded, ..callback(&run, 2, 1, "c") },
    ];
    let mut session = bed.write().await;
    assert_eq!(session.last_callback(run.id, 1).await.unwrap(), None);
    for callback in &all {
        assert!(session.insert_callback(callback).await.unwrap());
    }
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.callbacks(run.id, 1, 0, 10).await.unwrap(), all[..2]);
    assert_eq!(session.callbacks(run.id, 1, 0, 1).await.unwrap(), all[..1]);
    assert_eq!(session.callbacks(run.id, 1, 1, 10).await.unwrap(), all[1..2]);
    assert_eq!(session.callbacks(run.id, 1, 2, 10).await.unwrap(), []);
    assert_eq!(session.callbacks(run.id, 2, 0, 10).await.unwrap(), all[2..]);
    assert_eq!(session.last_callback(run.id, 1).await.unwrap().as_ref(), Some(&all[1]));
    assert_eq!(session.last_callback(run.id, 3).await.unwrap(), None);
    assert_eq!(session.callbacks(RunId(bed.id()), 1, 0, 10).await.unwrap(), []);
}

async fn once_by_signature(bed: Bed) {
    let world = World::new(&bed).await;
    let (run, other) = (stored_run(&bed, &world, 0, None).await, stored_run(&bed, &world, 5, None).await);
    let mut session = bed.write().await;
    assert!(session.insert_callback(&callback(&run, 1, 1, "a")).await.unwrap());
    assert!(!session.insert_callback(&callback(&run, 1, 2, "a")).await.unwrap(), "a replay");
    assert!(!session.insert_callback(&callback(&run, 2, 1, "a")).await.unwrap(), "a replay");
    assert!(session.insert_callback(&callback(&other, 1, 1, "a")).await.unwrap(), "another run's");
    assert!(session.insert_callback(&callback(&run, 1, 2, "b")).await.unwrap());
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.callbacks(run.id, 1, 0, 10).await.unwrap().len(), 2);

    // Two that came at once would have the same place: one of them is tried again.
    let mut session = bed.write().await;
    let taken = session.insert_callback(&callback(&run, 1, 2, "c")).await.unwrap_err();
    assert_eq!(taken, StoreError::Contended);
    drop(session);
    let mut session = bed.write().await;
    let nobodys = Callback { run_id: RunId(bed.id()), ..callback(&run, 1, 1, "a") };
    assert!(matches!(session.insert_callback(&nobodys).await, Err(StoreError::Failed(_))));
}

async fn forgotten_with_their_runs(bed: Bed) {
    let world = World::new(&bed).await;
    let over = stored_run(&bed, &world, 0, Some(RunStatus::Succeeded)).await;
    let goes_on = stored_run(&bed, &world, 5, None).await;
    let mut session = bed.write().await;
    for run in [&over, &goes_on] {
        assert!(session.insert_callback(&callback(run, 1, 1, "a")).await.unwrap());
        let late = Callback { at: at(1), ..callback(run, 1, 2, "b") };
        assert!(session.insert_callback(&late).await.unwrap());
    }
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    assert_eq!(session.forget_callbacks(at(0)).await.unwrap(), 0);
    assert_eq!(session.forget_callbacks(at(0) + TimeDelta::microseconds(1)).await.unwrap(), 1);
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.callbacks(over.id, 1, 0, 10).await.unwrap().len(), 1);
    assert_eq!(session.callbacks(goes_on.id, 1, 0, 10).await.unwrap().len(), 2);
}
