//! The stores under test, each alone in its own place.

use std::{future::Future, sync::Arc};

use uhub_core::{
    memory::MemoryStore,
    ports::{
        clock::{Clock as _, Ids as _, ManualClock, SeededIds},
        store::{Page, ReadSession, Store, WriteSession},
    },
};
use uuid::Uuid;

use crate::samples::at;

/// The stores there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
}

impl Kind {
    pub(crate) const ALL: [Self; 1] = [Self::Memory];
}

/// Where a store keeps its state until the test is over.
enum Place {
    Memory(MemoryStore),
}

/// One empty store, with a clock that stands at [`at`]`(0)`.
#[derive(Clone)]
pub(crate) struct Bed {
    pub(crate) kind: Kind,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<ManualClock>,
    ids: Arc<SeededIds>,
    place: Arc<Place>,
}

impl Bed {
    pub(crate) async fn new(kind: Kind) -> Self {
        let clock = Arc::new(ManualClock::new(at(0)));
        let place = match kind {
            Kind::Memory => Place::Memory(MemoryStore::new(clock.clone())),
        };
        let store = place.open(&clock).await;
        Self { kind, store, clock, ids: Arc::new(SeededIds::new(1)), place: Arc::new(place) }
    }

    /// Another instance on the same data, as another process has it.
    pub(crate) async fn other(&self) -> Arc<dyn Store> {
        self.place.open(&self.clock).await
    }

    /// An id after all before it.
    pub(crate) fn id(&self) -> Uuid {
        self.ids.next(self.clock.now())
    }

    pub(crate) async fn read(&self) -> Box<dyn ReadSession> {
        self.store.read().await.unwrap()
    }

    pub(crate) async fn write(&self) -> Box<dyn WriteSession> {
        self.store.write().await.unwrap()
    }

    /// Leaves nothing behind.
    pub(crate) async fn end(self) {}

    /// Whether two may write at once, as far as they touch different things.
    pub(crate) const fn writes_in_parallel(&self) -> bool {
        match self.kind {
            Kind::Memory => false,
        }
    }
}

impl Place {
    async fn open(&self, _clock: &Arc<ManualClock>) -> Arc<dyn Store> {
        match self {
            Self::Memory(store) => Arc::new(store.clone()),
        }
    }
}

/// Tries `behaviour` on a new store of that kind.
pub(crate) fn run<F: Future<Output = ()>>(kind: Kind, behaviour: impl FnOnce(Bed) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let bed = Bed::new(kind).await;
        behaviour(bed.clone()).await;
        bed.end().await;
    });
}

/// More than any test has.
pub(crate) const ALL: Page = Page::first(10_000);

/// Walks a list page by page: `list` takes a page and gives the items, `cursor` tells where an item stands. Between the
/// pages, nothing is held.
macro_rules! walk {
    ($bed:expr, $limit:expr, |$session:ident, $page:ident| $list:expr, |$item:ident| $cursor:expr) => {{
        let mut all = Vec::new();
        let mut $page = uhub_core::ports::store::Page::first($limit);
        loop {
            let mut $session = $bed.read().await;
            let part = $list.await.unwrap();
            assert!(part.len() <= $limit as usize);
            let Some($item) = part.last() else { break };
            $page.after = Some($cursor);
            all.extend(part);
        }
        all
    }};
}
pub(crate) use walk;
