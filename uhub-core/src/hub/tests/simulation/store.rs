//! A store that lets others go first: whoever opens a session of it waits for the history to come back to it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    memory::MemoryStore,
    ports::{
        clock::{Clock, ManualClock},
        store::{Listener, ReadSession, Result, Revision, Store, Subscription, WriteSession},
    },
};

/// The store of the world as one process sees it. A use case of several transactions stops between them, and what others
/// do there is the history's choice; dropped there, the process has died there.
#[derive(Debug)]
pub(super) struct Switching {
    pub(super) inner: MemoryStore,
    /// Set when a session that writes is opened.
    pub(super) wrote: Arc<AtomicBool>,
}

#[async_trait]
impl Store for Switching {
    async fn read(&self) -> Result<Box<dyn ReadSession>> {
        futures_util::pending!();
        self.inner.read().await
    }

    async fn write(&self) -> Result<Box<dyn WriteSession>> {
        futures_util::pending!();
        self.wrote.store(true, Ordering::Relaxed);
        self.inner.write().await
    }

    fn subscribe(&self, listener: Listener) -> Subscription {
        self.inner.subscribe(listener)
    }

    async fn revision(&self, known: Option<&Revision>) -> Result<Revision> {
        futures_util::pending!();
        self.inner.revision(known).await
    }

    async fn ping(&self) -> Result<()> {
        self.inner.ping().await
    }
}

/// The clock of one machine: off by a little from that of the store.
#[derive(Debug)]
pub(super) struct Skewed {
    pub(super) right: Arc<ManualClock>,
    /// In microseconds.
    pub(super) off: AtomicI64,
}

impl Clock for Skewed {
    fn now(&self) -> DateTime<Utc> {
        self.right.now() + TimeDelta::microseconds(self.off.load(Ordering::Relaxed))
    }
}
