//! A run's log on its way into the store.

use std::time::Duration;

use uhub_core::{
    hub::ClaimedRun,
    model::{BackendKind, LogChunk, RunId, Stream},
    ports::{
        secrets::SecretValue,
        store::{LogEnd, StoreError},
    },
};

use super::{
    super::{
        log::{FULL, Log},
        *,
    },
    bench::Bench,
};
use crate::Redactor;

/// A claimed run, whose log is written by hand.
async fn claim(bench: &Bench) -> ClaimedRun {
    bench.launch(Bench::shell("-")).await;
    let mut claimed = bench.hub.claim("w", &[BackendKind::Local], 1).await.unwrap();
    claimed.pop().unwrap()
}

fn options(log_limit: u64) -> WorkerOptions {
    WorkerOptions { log_limit, ..Bench::options() }
}

async fn chunks(bench: &Bench, run: RunId) -> Vec<LogChunk> {
    bench.hub.acting_as(&bench.admin).run_log(run, 0, 10_000).await.unwrap()
}

fn whole(chunks: &[LogChunk], stream: Stream) -> Vec<u8> {
    chunks.iter().filter(|chunk| chunk.stream == stream).flat_map(|chunk| chunk.bytes.clone()).collect()
}

#[tokio::test]
async fn r18_no_more_than_64_kib_wait_and_no_chunk_is_larger() {
    let bench = Bench::new().await;
    let claimed = claim(&bench).await;
    let mut log = Log::new(&bench.hub, &claimed, LogEnd::default(), &options(u64::MAX));
    log.begin(Redactor::new(&[SecretValue::new("hunter2".to_owned())]).unwrap());
    let mut sent = Vec::new();
    for n in 0..200_usize {
        let piece = vec![b'a' + u8::try_from(n % 26).unwrap(); (n * 7919) % (64 * 1024 + 1)];
        sent.extend_from_slice(&piece);
        log.push(Stream::Stdout, piece).await.unwrap();
        assert!(
            log.bytes <= FULL && log.waiting.iter().map(|chunk| chunk.bytes.len()).sum::<usize>() <= FULL
        );
    }
    log.close().await.unwrap();
    let stored = chunks(&bench, claimed.id()).await;
    assert!(stored.iter().all(|chunk| chunk.bytes.len() <= FULL));
    assert!(stored.iter().map(|chunk| chunk.seq).eq(1..=stored.len().try_into().unwrap()));
    assert!(whole(&stored, Stream::Stdout) == sent);
    assert_eq!(stored.last().unwrap().upto, sent.len() as u64);
}

#[tokio::test]
async fn r18_a_log_is_cut_once_and_says_so() {
    let bench = Bench::new().await;
    let claimed = claim(&bench).await;
    let mut log = Log::new(&bench.hub, &claimed, LogEnd::default(), &options(100_000));
    log.begin(Redactor::default());
    for _ in 0..50 {
        log.push(Stream::Stdout, vec![b'o'; 3_000]).await.unwrap();
        log.push(Stream::Stderr, vec![b'e'; 3_000]).await.unwrap();
    }
    log.close().await.unwrap();
    let mark = "uhub: the log is cut here, after 100000 bytes; the rest of the output is not kept\n";
    let stored = chunks(&bench, claimed.id()).await;
    let kept = whole(&stored, Stream::Stdout).len() + whole(&stored, Stream::Stderr).len();
    assert_eq!((kept, String::from_utf8(whole(&stored, Stream::System)).unwrap().as_str()), (100_000, mark));
    assert_eq!(stored.last().unwrap().stream, Stream::System);

    // Neither a worker that takes over nor another attempt writes on.
    let end = bench.hub.log_end(&claimed).await.unwrap();
    let mut log = Log::new(&bench.hub, &claimed, end, &options(100_000));
    log.begin(Redactor::default());
    log.push(Stream::Stdout, b"more".to_vec()).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(chunks(&bench, claimed.id()).await, stored);
}

#[tokio::test]
async fn r18_a_log_of_exactly_its_limit_is_not_cut() {
    let bench = Bench::new().await;
    let claimed = claim(&bench).await;
    let mut log = Log::new(&bench.hub, &claimed, LogEnd::default(), &options(10));
    log.begin(Redactor::default());
    log.push(Stream::Stdout, vec![b'x'; 10]).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(chunks(&bench, claimed.id()).await.len(), 1);
    // The next attempt is what is too much.
    let end = bench.hub.log_end(&claimed).await.unwrap();
    let mut log = Log::new(&bench.hub, &claimed, end, &options(10));
    log.begin(Redactor::default());
    log.push(Stream::Stdout, b"y".to_vec()).await.unwrap();
    log.close().await.unwrap();
    let stored = chunks(&bench, claimed.id()).await;
    assert_eq!(whole(&stored, Stream::Stdout), [b'x'; 10]);
    assert!(whole(&stored, Stream::System).starts_with(b"uhub: the log is cut here, after 10 bytes"));
}

#[tokio::test]
async fn a_store_that_takes_nothing_for_long_gets_a_log_with_a_gap_that_says_so() {
    let bench = Bench::new().await;
    let claimed = claim(&bench).await;
    let mut log = Log::new(&bench.hub, &claimed, LogEnd::default(), &options(u64::MAX));
    (log.patience, log.offer_every) = (Duration::from_millis(50), Duration::ZERO);
    log.begin(Redactor::default());
    log.push(Stream::Stdout, b"first,".to_vec()).await.unwrap();
    bench.store.fail("append_log", StoreError::Unavailable("down".into()));
    log.flush().await.unwrap();
    // As long as there is room it waits; what then comes is counted.
    log.push(Stream::Stdout, vec![b'k'; FULL - 6]).await.unwrap();
    log.push(Stream::Stdout, vec![b'd'; 1_000]).await.unwrap();
    assert!(log.bytes <= FULL && log.due().is_some());
    log.flush().await.unwrap();
    bench.store.clear_fault();
    log.flush().await.unwrap();
    log.push(Stream::Stdout, b"last".to_vec()).await.unwrap();
    log.close().await.unwrap();
    let stored = chunks(&bench, claimed.id()).await;
    assert!(stored.iter().map(|chunk| chunk.seq).eq(1..=stored.len().try_into().unwrap()));
    let kept = whole(&stored, Stream::Stdout);
    assert!(kept.starts_with(b"first,kkk") && kept.ends_with(b"last"));
    assert_eq!(kept.len() + missing(&stored), FULL + 1_000 + 4);
    // Where it goes on is known.
    assert_eq!(stored.last().unwrap().upto, (FULL + 1_000 + 4) as u64);
}

/// How much the log says is missing.
fn missing(chunks: &[LogChunk]) -> usize {
    let text = String::from_utf8(whole(chunks, Stream::System)).unwrap();
    let (count, rest) = text.strip_prefix("uhub: ").unwrap().split_once(' ').unwrap();
    assert_eq!(rest, "bytes of output are missing here: they could not be stored\n");
    count.parse().unwrap()
}
