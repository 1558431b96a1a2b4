#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use uhub_core::ports::store::{Listener, ReadSession, Result as StoreResult, Subscription, WriteSession};

use super::*;

/// A store whose revision is the number of writes, and whose checks wait for a permit.
#[derive(Debug)]
struct Counting {
    writes: AtomicU64,
    checks: AtomicU64,
    permits: Semaphore,
    fails: AtomicBool,
}

impl Counting {
    fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            writes: AtomicU64::new(0),
            checks: AtomicU64::new(0),
            permits: Semaphore::new(permits),
            fails: AtomicBool::new(false),
        })
    }
}

#[async_trait]
impl Store for Counting {
    async fn read(&self) -> StoreResult<Box<dyn ReadSession>> {
        Err(StoreError::Failed("not here".into()))
    }

    async fn write(&self) -> StoreResult<Box<dyn WriteSession>> {
        Err(StoreError::Failed("not here".into()))
    }

    fn subscribe(&self, _listener: Listener) -> Subscription {
        Subscription::new(|| ())
    }

    async fn revision(&self, _known: Option<&Revision>) -> StoreResult<Revision> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        // The answer is as old as the beginning of the check: the worst that a store may do.
        let seen = self.writes.load(Ordering::SeqCst);
        self.permits.acquire().await.unwrap().forget();
        assert!(!self.fails.load(Ordering::SeqCst), "told to fail");
        Ok(Revision(seen.to_string()))
    }

    async fn ping(&self) -> StoreResult<()> {
        Ok(())
    }
}

#[tokio::test]
async fn many_requests_share_a_check() {
    let store = Counting::new(0);
    let freshness = Freshness::new(store.clone());
    let asking: Vec<_> = (0..100)
        .map(|_| {
            let freshness = freshness.clone();
            tokio::spawn(async move { freshness.revision().await })
        })
        .collect();
    // All wait: the first few for the check that began, the others for the next.
    while store.checks.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    store.permits.add_permits(100);
    for one in asking {
        assert_eq!(one.await.unwrap(), Ok(Revision("0".into())));
    }
    assert!(store.checks.load(Ordering::SeqCst) <= 2, "{:?}", store.checks);
}

#[tokio::test]
async fn who_comes_during_a_check_waits_for_the_next() {
    let store = Counting::new(0);
    let freshness = Freshness::new(store.clone());
    let early = tokio::spawn({
        let freshness = freshness.clone();
        async move { freshness.revision().await }
    });
    while store.checks.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    // A write is committed while the check is under way, then somebody asks who must see it.
    store.writes.store(1, Ordering::SeqCst);
    let late = tokio::spawn({
        let freshness = freshness.clone();
        async move { freshness.revision().await }
    });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    store.permits.add_permits(2);
    assert_eq!(early.await.unwrap(), Ok(Revision("0".into())));
    assert_eq!(late.await.unwrap(), Ok(Revision("1".into())), "never older than the question");
}

#[tokio::test]
async fn a_request_that_goes_away_takes_nobody_with_it() {
    let store = Counting::new(0);
    let freshness = Freshness::new(store.clone());
    let first = tokio::spawn({
        let freshness = freshness.clone();
        async move { freshness.revision().await }
    });
    while store.checks.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    first.abort();
    store.permits.add_permits(10);
    assert_eq!(freshness.revision().await, Ok(Revision("0".into())));
}

#[tokio::test]
async fn a_check_that_panics_is_an_error_and_the_next_one_works() {
    let store = Counting::new(10);
    store.fails.store(true, Ordering::SeqCst);
    let freshness = Freshness::new(store.clone());
    assert!(matches!(freshness.revision().await, Err(StoreError::Unavailable(_))));
    store.fails.store(false, Ordering::SeqCst);
    assert_eq!(freshness.revision().await, Ok(Revision("0".into())));
}
