//! The store: pools, listeners, and what they share with sessions.

#[cfg(feature = "sqlite")]
use std::path::{Path, PathBuf};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use chrono::Utc;
#[cfg(feature = "postgres")]
use sqlx::PgPool;
#[cfg(feature = "sqlite")]
use sqlx::SqlitePool;
use tokio::{runtime::Handle, sync::watch};
use uhub_core::ports::{
    clock::{Clock, Ids as _},
    store::{Listener, LockKey, ReadSession, Revision, Store, StoreError, Subscription, WriteSession},
};
use uuid::Uuid;

use crate::{
    dialect::{self, Dialect},
    error::Result,
    notes::{self, Listeners},
    options::{SqlOptions, Target},
    pool,
    session::Session,
    system::RandomIds,
};
#[cfg(feature = "postgres")]
use crate::{error::Failure, session::PATIENCE};
#[cfg(feature = "sqlite")]
use crate::{
    error::{locked, store_error},
    room,
};

/// The connections.
#[derive(Debug)]
pub(crate) enum Pools {
    #[cfg(feature = "sqlite")]
    Sqlite { writer: SqlitePool, readers: SqlitePool, directory: PathBuf },
    #[cfg(feature = "postgres")]
    Postgres {
        pool: PgPool,
        /// For the one that listens.
        notes: PgPool,
        /// Where commits are told.
        channel: String,
    },
}

impl Pools {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { .. } => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres { .. } => Dialect::Postgres,
        }
    }
}

/// What a store shares with its sessions.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) pools: Pools,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) listeners: Arc<Listeners>,
    /// Marks this store's own notes.
    pub(crate) me: Uuid,
    /// Where a dropped session's rollback goes on.
    pub(crate) runtime: Handle,
    commits: AtomicU64,
    /// Dropped with the store, which ends what it started.
    _alive: watch::Sender<()>,
}

impl Shared {
    /// Now and then a commit removes what is too old to be asked for.
    pub(crate) fn is_time_to_prune(&self) -> bool {
        self.commits.fetch_add(1, Ordering::Relaxed).is_multiple_of(256)
    }

    /// PostgreSQL: forgets old commits, behind the caller's back.
    #[cfg(feature = "postgres")]
    pub(crate) fn prune(&self) {
        if let Pools::Postgres { pool, .. } = &self.pools {
            let pool = pool.clone();
            self.runtime.spawn(async move {
                if let Err(error) = sqlx::query(dialect::PRUNE_POSTGRES).execute(&pool).await {
                    tracing::warn!(%error, "old changes cannot be removed");
                }
            });
        }
    }
}

/// A hub's state in SQLite or PostgreSQL. Clones are the same store. It needs a Tokio runtime that lives as long.
#[derive(Debug, Clone)]
pub struct SqlStore {
    shared: Arc<Shared>,
}

impl SqlStore {
    /// Opens the database at `url`: `sqlite:PATH`, made where there is none, or `postgres://…`. Its schema is brought up to
    /// date first, unless `options` say otherwise.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where it cannot be reached; [`StoreError::Failed`] where the URL is wrong, or the schema
    /// is not this version's.
    pub async fn connect(url: &str, options: SqlOptions) -> Result<Self, StoreError> {
        let me = RandomIds::default().next(Utc::now());
        let listeners = Arc::new(Listeners::default());
        let (alive, gone) = watch::channel(());
        let pools = match Target::parse(url)? {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(path) => {
                let (writer, readers) = pool::sqlite(&path, &options).await?;
                let directory = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
                Pools::Sqlite { writer, readers, directory }
            }
            #[cfg(feature = "postgres")]
            Target::Postgres(url) => {
                let (pool, notes) = pool::postgres(*url, &options).await?;
                let channel = options
                    .schema
                    .as_ref()
                    .map_or_else(|| "uhub".to_owned(), |schema| format!("uhub.{schema}"));
                // Listened to from the start: a subscription hears of everything that comes after it.
                let listener = match notes::postgres::listen(&notes, &channel).await {
                    Ok(listener) => Some(listener),
                    Err(error) => {
                        tracing::warn!(%error, "cannot hear of changes by other processes");
                        None
                    }
                };
                let weak = Arc::downgrade(&listeners);
                tokio::spawn(notes::postgres::watch(
                    notes.clone(),
                    channel.clone(),
                    listener,
                    me,
                    weak,
                    gone,
                ));
                Pools::Postgres { pool, notes, channel }
            }
        };
        Ok(Self {
            shared: Arc::new(Shared {
                pools,
                clock: options.clock,
                listeners,
                me,
                runtime: Handle::current(),
                commits: AtomicU64::new(0),
                _alive: alive,
            }),
        })
    }

    /// Ends all connections once their sessions have ended. Later calls fail.
    pub async fn close(&self) {
        match &self.shared.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres { pool, notes, .. } => {
                pool.close().await;
                notes.close().await;
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn session(&self, write: bool) -> Result<Session> {
        let shared = &self.shared;
        let dialect = shared.pools.dialect();
        let begin = if write { dialect.begin_write() } else { dialect.begin_read() };
        match &shared.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { writer, readers, .. } => {
                let pool = if write { writer } else { readers };
                let conn = pool.acquire().await.map_err(|error| store_error(&error))?;
                Session::begin(shared.clone(), conn, begin).await.map_err(|failure| match failure.error {
                    // It has waited long enough already.
                    StoreError::Contended => locked(),
                    error => error,
                })
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres { pool, .. } => {
                for_as_long(pool, || async {
                    let conn = pool.acquire().await?;
                    Session::begin(shared.clone(), conn, begin).await
                })
                .await
            }
        }
    }

    /// The first column of a statement on a connection of its own.
    async fn asked(
        &self,
        sqlite: &'static str,
        postgres: &'static str,
        known: Option<&str>,
    ) -> Result<String> {
        match &self.shared.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { readers, .. } => {
                sqlx::query_scalar(sqlite).fetch_one(readers).await.map_err(|error| store_error(&error))
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres { pool, .. } => {
                for_as_long(pool, || async {
                    let mut conn = pool.acquire().await?;
                    let asked = sqlx::query_scalar(postgres).bind(known).fetch_one(&mut *conn);
                    match tokio::time::timeout(PATIENCE, asked).await {
                        Ok(Ok(answer)) => Ok(answer),
                        Ok(Err(error)) => {
                            let failure = Failure::from(error);
                            if failure.connection_lost {
                                conn.close_on_drop();
                            }
                            Err(failure)
                        }
                        Err(_) => {
                            conn.close_on_drop();
                            Err(sqlx::Error::PoolTimedOut.into())
                        }
                    }
                })
                .await
            }
        }
    }
}

/// Tries something that changes nothing again where its connection turns out to be dead: after the server was restarted
/// all of a pool's are.
#[cfg(feature = "postgres")]
async fn for_as_long<T, F: Future<Output = Result<T, Failure>>>(
    pool: &PgPool,
    attempt: impl Fn() -> F,
) -> Result<T> {
    let started = tokio::time::Instant::now();
    let mut left = pool.options().get_max_connections();
    loop {
        match attempt().await {
            Err(failure) if failure.connection_lost && left > 0 && started.elapsed() < PATIENCE / 2 => {
                left -= 1;
            }
            done => return done.map_err(Failure::into_error),
        }
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn read(&self) -> Result<Box<dyn ReadSession>> {
        Ok(Box::new(self.session(false).await?))
    }

    async fn write(&self) -> Result<Box<dyn WriteSession>> {
        Ok(Box::new(self.session(true).await?))
    }

    async fn write_locked(&self, keys: &[LockKey]) -> Result<Box<dyn WriteSession>> {
        let shared = &self.shared;
        match &shared.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { .. } => self.write().await,
            #[cfg(feature = "postgres")]
            Pools::Postgres { pool, .. } => {
                let session = for_as_long(pool, || async {
                    let conn = pool.acquire().await?;
                    Session::begin_locked(shared.clone(), conn, keys).await
                });
                Ok(Box::new(session.await?))
            }
        }
    }

    fn subscribe(&self, listener: Listener) -> Subscription {
        let (number, unwatched) = self.shared.listeners.add(listener);
        let listeners = Arc::downgrade(&self.shared.listeners);
        // PostgreSQL is watched from the start.
        #[cfg(feature = "sqlite")]
        if let Pools::Sqlite { readers, .. } = &self.shared.pools
            && unwatched
        {
            let (pool, me) = (readers.clone(), self.shared.me);
            self.shared.runtime.spawn(notes::sqlite::watch(pool, me, Utc::now(), listeners.clone()));
        }
        // A subscription that outlives its store keeps nothing of it alive.
        Subscription::new(move || {
            if let Some(listeners) = listeners.upgrade() {
                listeners.remove(number);
            }
        })
    }

    async fn revision(&self, known: Option<&Revision>) -> Result<Revision> {
        let known = known.map(|known| known.0.as_str());
        self.asked(dialect::REVISION_SQLITE, dialect::REVISION_POSTGRES, known).await.map(Revision)
    }

    async fn ping(&self) -> Result<()> {
        self.asked("SELECT 'well'", "SELECT COALESCE($1, 'well')", None).await?;
        match &self.shared.pools {
            // It reads from a full disk as ever. A PostgreSQL whose disk is full goes down.
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { directory, .. } => room::check(directory.clone(), self.shared.me).await,
            #[cfg(feature = "postgres")]
            Pools::Postgres { .. } => Ok(()),
        }
    }
}
