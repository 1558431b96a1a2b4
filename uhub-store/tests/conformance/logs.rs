//! Logs of runs.

use uhub_core::model::*;

use crate::{
    bed::Bed,
    samples::{World, at, ended, held, last, run_of},
};

conformance!(round_trip, appended_once, appended_by_the_holder_only, big);

fn chunk(seq: i64, bytes: impl Into<Vec<u8>>) -> LogChunk {
    LogChunk { seq, stream: Stream::Stdout, at: at(0), bytes: bytes.into(), upto: 0 }
}

/// A run that is held with fence 2.
async fn running(bed: &Bed) -> Run {
    let world = World::new(bed).await;
    let job = world.stored_job(bed, 0).await;
    let run = held(&run_of(bed, &job), 2, at(1));
    let mut session = bed.write().await;
    session.insert_run(&run).await.unwrap();
    session.commit().await.unwrap();
    run
}

async fn round_trip(bed: Bed) {
    let run = running(&bed).await;
    let chunks = [
        LogChunk { seq: 1, stream: Stream::Stdout, at: EARLIEST, bytes: Vec::new(), upto: 0 },
        LogChunk { seq: 2, stream: Stream::Stderr, at: last(), bytes: (0..=255).collect(), upto: 0 },
        LogChunk {
            seq: 3,
            stream: Stream::System,
            at: at(0),
            bytes: b"no line end \0 \xff\xfe".to_vec(),
            upto: 0,
        },
    ];
    assert_eq!(bed.read().await.log_end(run.id, 0).await.unwrap().seq, 0);
    let mut session = bed.write().await;
    assert!(session.append_log(run.id, 2, &chunks).await.unwrap());
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.run_log(run.id, 0, 100).await.unwrap(), chunks);
    assert_eq!(session.run_log(run.id, 1, 1).await.unwrap(), chunks[1..2]);
    assert_eq!(session.run_log(run.id, 3, 100).await.unwrap(), []);
    assert_eq!(session.run_log(run.id, i64::MIN, 2).await.unwrap(), chunks[..2]);
    assert_eq!(session.log_end(run.id, 0).await.unwrap().seq, 3);
    assert_eq!(session.run_log(RunId(bed.id()), 0, 100).await.unwrap(), []);
    assert_eq!(session.log_end(RunId(bed.id()), 0).await.unwrap().seq, 0);
}

async fn appended_once(bed: Bed) {
    let run = running(&bed).await;
    let mut session = bed.write().await;
    assert!(session.append_log(run.id, 2, &[chunk(1, "one"), chunk(2, "two")]).await.unwrap());
    assert!(session.append_log(run.id, 2, &[]).await.unwrap());
    session.commit().await.unwrap();
    // As after a commit whose answer was lost.
    let mut session = bed.write().await;
    assert!(session.append_log(run.id, 2, &[chunk(2, "again"), chunk(3, "three")]).await.unwrap());
    session.commit().await.unwrap();
    let log = bed.read().await.run_log(run.id, 0, 100).await.unwrap();
    assert_eq!(log, [chunk(1, "one"), chunk(2, "two"), chunk(3, "three")]);
}

async fn appended_by_the_holder_only(bed: Bed) {
    let run = running(&bed).await;
    let mut session = bed.write().await;
    for stale in [0, 1, 3] {
        assert!(!session.append_log(run.id, stale, &[chunk(1, "late")]).await.unwrap(), "{stale}");
    }
    assert!(!session.append_log(RunId(bed.id()), 2, &[chunk(1, "late")]).await.unwrap());
    assert!(session.append_log(run.id, 2, &[chunk(1, "mine")]).await.unwrap());
    let over = ended(&run, RunStatus::Succeeded);
    assert!(session.update_run(&over, (RunStatus::Running, 2)).await.unwrap());
    assert!(!session.append_log(run.id, 2, &[chunk(2, "after the end")]).await.unwrap());
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.run_log(run.id, 0, 100).await.unwrap(), [chunk(1, "mine")]);
}

async fn big(bed: Bed) {
    let run = running(&bed).await;
    let bytes: Vec<u8> = (0..2_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut chunks = vec![chunk(1, bytes)];
    chunks.extend((2..2500).map(|seq| chunk(seq, format!("line {seq}\n"))));
    let mut session = bed.write().await;
    assert!(session.append_log(run.id, 2, &chunks).await.unwrap());
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert!(session.run_log(run.id, 0, 10_000).await.unwrap() == chunks, "as it came");
    assert_eq!(session.log_end(run.id, 0).await.unwrap().seq, 2499);
}
