//! The stores under test, each alone in its own place.

mod place;

use std::{
    future::Future,
    sync::{Arc, Mutex},
};

use uhub_core::ports::{
    clock::{Clock as _, Ids as _, ManualClock, SeededIds},
    store::{Page, ReadSession, Store, WriteSession},
};
use uhub_store::{SqlOptions, SqlStore};
use uuid::Uuid;

use self::place::{Place, sqlite_url};
use crate::samples::at;

/// The stores there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
    Postgres,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Memory, Self::Sqlite, Self::Postgres];
}

/// One empty store, with a clock that stands at [`at`]`(0)`.
#[derive(Clone)]
pub(crate) struct Bed {
    pub(crate) kind: Kind,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<ManualClock>,
    ids: Arc<SeededIds>,
    place: Arc<Place>,
    opened: Arc<Mutex<Vec<SqlStore>>>,
}

impl Bed {
    pub(crate) async fn new(kind: Kind) -> Self {
        let clock = Arc::new(ManualClock::new(at(0)));
        let place = Place::new(kind, &clock).await;
        let opened = Arc::default();
        let store = open(&place, &clock, &opened).await;
        Self { kind, store, clock, ids: Arc::new(SeededIds::new(1)), place: Arc::new(place), opened }
    }

    /// Another instance on the same data, as another process has it.
    pub(crate) async fn other(&self) -> Arc<dyn Store> {
        open(&self.place, &self.clock, &self.opened).await
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

    /// Closes what is open.
    pub(crate) async fn end(self) {
        let opened = std::mem::take(&mut *self.opened.lock().unwrap());
        for store in opened {
            store.close().await;
        }
    }

    /// Whether two may write at once, as far as they touch different things.
    pub(crate) const fn writes_in_parallel(&self) -> bool {
        matches!(self.kind, Kind::Postgres)
    }
}

async fn open(place: &Place, clock: &Arc<ManualClock>, opened: &Mutex<Vec<SqlStore>>) -> Arc<dyn Store> {
    let (url, schema) = match place {
        Place::Memory(store) => return Arc::new(store.clone()),
        Place::Sqlite(dir) => (sqlite_url(dir.path()), None),
        Place::Postgres { url, schema, .. } => (url.clone(), Some(schema.clone())),
    };
    let options = SqlOptions { clock: Some(clock.clone()), schema, ..SqlOptions::default() };
    let store = SqlStore::connect(&url, options).await.unwrap();
    opened.lock().unwrap().push(store.clone());
    Arc::new(store)
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
