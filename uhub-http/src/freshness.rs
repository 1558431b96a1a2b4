//! Is what was read before still true? One tiny question to the store answers it for everybody who asks at that moment.
//!
//! Every request that wants to serve something finished has to know that nothing was written since, by any server. Asked
//! one by one, these questions would cost as much as the reads that they save. Here one check in flight serves all
//! requests that arrived *before it began*; requests that arrive while it is under way wait for the next one, because a
//! write could have been committed between its start and their arrival.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{FutureExt as _, poll};
use tokio::sync::oneshot;
use uhub_core::ports::store::{Revision, Store, StoreError};

type Answer = Result<Revision, StoreError>;

/// Asks a store for its [`Revision`], many requests at a time.
#[derive(Debug, Clone)]
pub(crate) struct Freshness(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<dyn Store>,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Those who wait for a check that has not begun.
    waiting: Vec<oneshot::Sender<Answer>>,
    /// Whether somebody drives the checks.
    is_driven: bool,
    known: Option<Revision>,
}

impl Freshness {
    /// For `store`.
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self(Arc::new(Inner { store, queue: Mutex::default() }))
    }

    /// The store's revision, asked after this call began. What is read after it is at least as new.
    ///
    /// # Errors
    /// [`StoreError`] where the store does not answer.
    pub(crate) async fn revision(&self) -> Result<Revision, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let starts = {
            let mut queue = self.0.lock();
            queue.waiting.push(sender);
            !std::mem::replace(&mut queue.is_driven, true)
        };
        if starts {
            let driving = drive(Driver { inner: Arc::clone(&self.0), is_done: false });
            // A panic of the store ends the check, and nothing more.
            let mut driving = Box::pin(AssertUnwindSafe(driving).catch_unwind());
            // A store in memory answers at once. Otherwise a task of its own: the request that happens to come first may be
            // cancelled, and others wait with it.
            if poll!(&mut driving).is_pending() {
                tokio::spawn(driving);
            }
        }
        receiver.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the check was cut short".to_owned())))
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the driver's seat back whatever happens, a panic of the store included.
struct Driver {
    inner: Arc<Inner>,
    is_done: bool,
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.is_done {
            let mut queue = self.inner.lock();
            queue.is_driven = false;
            queue.waiting.clear();
        }
    }
}

async fn drive(mut driver: Driver) {
    let inner = Arc::clone(&driver.inner);
    loop {
        let (batch, known) = {
            let mut queue = inner.lock();
            if queue.waiting.is_empty() {
                // Under the same lock as the look: who comes next starts a driver of its own.
                queue.is_driven = false;
                driver.is_done = true;
                return;
            }
            (std::mem::take(&mut queue.waiting), queue.known.clone())
        };
        let answer = inner.store.revision(known.as_ref()).await;
        if let Ok(revision) = &answer {
            inner.lock().known = Some(revision.clone());
        }
        for waiter in batch {
            // Who has gone away needs no answer.
            let _ = waiter.send(answer.clone());
        }
    }
}

#[cfg(test)]
mod tests;
