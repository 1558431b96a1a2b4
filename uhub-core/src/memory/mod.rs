//! A whole store in memory, for embedding and tests: everything [`ports::store`](crate::ports::store) promises, and
//! nothing survives the process.
//!
//! The state is one value made of persistent maps. A read session holds the value that it first saw; a write session
//! holds the only permit to write and its own version of the value, which its commit puts in place and which otherwise
//! is forgotten. Both begin in constant time, whatever the store's size, and readers never wait for a writer. What the
//! hub asks for often (calendars, contending jobs, the queue, leases) has an index: nothing of it scans all jobs.
//!
//! A session in which an operation failed accepts nothing more, not even its commit, as databases have it: who relies
//! on going on after an error learns it here.

mod approvals;
mod audit;
mod callbacks;
mod freezes;
mod jobs;
mod meta;
mod projects;
mod runs;
mod series;
mod session;
mod slots;
mod tokens;
mod transfer;
mod users;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use imbl::OrdMap;
use uuid::Uuid;

use self::session::{Reading, Session, Writing};
use crate::ports::{
    clock::Clock,
    store::{
        ChangeNote, Listener, Page, ReadSession, Result, Revision, Store, StoreError, Subscription,
        WriteSession,
    },
};

/// Everything the store knows. Cloning it shares all maps.
#[derive(Debug, Clone, Default)]
struct State {
    users: users::Users,
    tokens: tokens::Tokens,
    projects: projects::Projects,
    jobs: jobs::Jobs,
    series: series::SeriesTable,
    runs: runs::Runs,
    callbacks: callbacks::Callbacks,
    approvals: approvals::Approvals,
    freezes: freezes::Freezes,
    audit: audit::Audit,
    meta: meta::Meta,
    /// How many commits announced something that concerns calendars.
    revision: u64,
}

/// Decides, by the name of an operation (that of its method), whether it fails, and how.
type Fault = dyn Fn(&'static str) -> Option<StoreError> + Send + Sync;

/// What the store and its sessions share.
struct Core {
    clock: Arc<dyn Clock>,
    /// Held by the one write session.
    writer: Arc<async_lock::Mutex<()>>,
    committed: Mutex<Arc<State>>,
    listeners: Mutex<Listeners>,
    fault: Mutex<Option<Arc<Fault>>>,
}

#[derive(Default)]
struct Listeners {
    next: u64,
    by_number: BTreeMap<u64, Arc<Listener>>,
}

/// What these locks guard is replaced or copied in one step: a panic elsewhere leaves it whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    fn committed(&self) -> Arc<State> {
        locked(&self.committed).clone()
    }

    fn check(&self, operation: &'static str) -> Result<()> {
        let fault = locked(&self.fault).clone();
        fault.and_then(|fault| fault(operation)).map_or(Ok(()), Err)
    }

    /// Tells every listener, in the order of the notes. No lock is held meanwhile, so that a listener may end its own
    /// subscription.
    fn tell(&self, notes: &[ChangeNote]) {
        if notes.is_empty() {
            return;
        }
        let listeners: Vec<_> = locked(&self.listeners).by_number.values().cloned().collect();
        for note in notes {
            for listener in &listeners {
                listener(*note);
            }
        }
    }
}

/// A store in memory. Clones are the same store.
///
/// ```
/// # use std::sync::Arc;
/// # use uhub_core::{memory::MemoryStore, ports::{clock::ManualClock, store::Store}};
/// let clock = Arc::new(ManualClock::new(uhub_core::model::EARLIEST));
/// let store: Arc<dyn Store> = Arc::new(MemoryStore::new(clock));
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    core: Arc<Core>,
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("clock", &self.core.clock).finish_non_exhaustive()
    }
}

impl MemoryStore {
    /// An empty store whose time is that of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            core: Arc::new(Core {
                clock,
                writer: Arc::default(),
                committed: Mutex::default(),
                listeners: Mutex::default(),
                fault: Mutex::new(None),
            }),
        }
    }

    /// From now on `fault` is asked before each operation, by the name of its method (`insert_job`, `append_audit`,
    /// `read`, `write`, `commit`, …), whether it fails; to try what a hub does when its store fails. It must not call
    /// the store. A `commit` that fails has changed nothing.
    pub fn set_fault(&self, fault: impl Fn(&'static str) -> Option<StoreError> + Send + Sync + 'static) {
        *locked(&self.core.fault) = Some(Arc::new(fault));
    }

    /// Every call of `operation` fails with `error` from now on.
    pub fn fail(&self, operation: &'static str, error: StoreError) {
        self.set_fault(move |asked| (asked == operation).then(|| error.clone()));
    }

    /// The next call of `operation` fails with `error`, and no other.
    pub fn fail_once(&self, operation: &'static str, error: StoreError) {
        let error = Mutex::new(Some(error));
        self.set_fault(move |asked| if asked == operation { locked(&error).take() } else { None });
    }

    /// All is well again.
    pub fn clear_fault(&self) {
        *locked(&self.core.fault) = None;
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn read(&self) -> Result<Box<dyn ReadSession>> {
        self.core.check("read")?;
        Ok(Box::new(Session::new(self.core.clone(), Reading)))
    }

    async fn write(&self) -> Result<Box<dyn WriteSession>> {
        self.core.check("write")?;
        let permit = self.core.writer.lock_arc().await;
        Ok(Box::new(Session::new(self.core.clone(), Writing::new(permit))))
    }

    fn subscribe(&self, listener: Listener) -> Subscription {
        let mut listeners = locked(&self.core.listeners);
        let number = listeners.next;
        listeners.next += 1;
        listeners.by_number.insert(number, Arc::new(listener));
        // A subscription that outlives its store keeps nothing of it alive.
        let core = Arc::downgrade(&self.core);
        Subscription::new(move || {
            if let Some(core) = core.upgrade() {
                let ended = locked(&core.listeners).by_number.remove(&number);
                // Dropped without the lock: what the listener owns may end other subscriptions.
                drop(ended);
            }
        })
    }

    async fn revision(&self, _known: Option<&Revision>) -> Result<Revision> {
        self.core.check("revision")?;
        Ok(Revision(self.core.committed().revision.to_string()))
    }

    async fn ping(&self) -> Result<()> {
        self.core.check("ping")
    }
}

/// How many items a limit lets through.
const fn up_to(limit: u32) -> usize {
    limit as usize
}

/// The page of `map` in the order of its keys, which are ids.
fn ascending<K, V>(map: &OrdMap<K, V>, page: Page, id: impl Fn(Uuid) -> K) -> impl Iterator<Item = &V>
where
    K: Ord + Clone,
    V: Clone,
{
    use std::ops::Bound::{Excluded, Unbounded};

    let after = page.after.map_or(Unbounded, |cursor| Excluded(id(cursor.id)));
    map.range((after, Unbounded)).map(|(_, value)| value).take(up_to(page.limit))
}

/// All of `map` behind the page's cursor, the greatest id first. The page's limit is the caller's to keep.
fn descending<K, V>(map: &OrdMap<K, V>, page: Page, id: impl Fn(Uuid) -> K) -> impl Iterator<Item = &V>
where
    K: Ord + Clone,
    V: Clone,
{
    use std::ops::Bound::{Excluded, Unbounded};

    let before = page.after.map_or(Unbounded, |cursor| Excluded(id(cursor.id)));
    map.range((Unbounded, before)).rev().map(|(_, value)| value)
}

/// What a database says of a reference to nothing.
fn dangling(what: &str, id: Uuid) -> StoreError {
    StoreError::Failed(format!("there is no {what} {id}"))
}

#[cfg(test)]
mod tests;
