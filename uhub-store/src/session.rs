//! A transaction on either database, and the few ways in which the aggregates use it.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
#[cfg(feature = "postgres")]
use futures_util::TryStreamExt as _;
#[cfg(feature = "sqlite")]
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
#[cfg(feature = "postgres")]
use sqlx::{AssertSqlSafe, Postgres, Row as _};
use uhub_core::{
    model::BackendKind,
    ports::{
        clock::Clock as _,
        store::{ChangeNote, LockKey, Outlook, Progress, StoreError, WriteSession},
    },
};
use uuid::Uuid;

use crate::{
    dialect::{self, Dialect},
    error::{Failure, Result},
    notes,
    sql::{Fields, Readable, Shape, Sql},
    store::{Pools, Shared},
    system::{SystemClock, micros},
    values::At,
};

/// For so long a server may take for one statement; longer means that it, or the way to it, is gone.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// The same for statements that touch very many rows.
const MUCH_PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether a lock is free.
const LOCK_PAUSE: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(crate) enum Conn {
    #[cfg(feature = "sqlite")]
    Sqlite(PoolConnection<Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(PoolConnection<Postgres>),
}

#[cfg(feature = "sqlite")]
impl From<PoolConnection<Sqlite>> for Conn {
    fn from(conn: PoolConnection<Sqlite>) -> Self {
        Self::Sqlite(conn)
    }
}

#[cfg(feature = "postgres")]
impl From<PoolConnection<Postgres>> for Conn {
    fn from(conn: PoolConnection<Postgres>) -> Self {
        Self::Postgres(conn)
    }
}

/// A session: one transaction. After a failure it accepts nothing more, not even its commit: PostgreSQL would not, and
/// would even call the rollback that follows a commit.
#[derive(Debug)]
pub(crate) struct Session {
    /// Until the end.
    conn: Option<Conn>,
    shared: Arc<Shared>,
    failed: bool,
    /// The connection is of no more use.
    lost: bool,
    notes: Vec<ChangeNote>,
    noted: HashSet<ChangeNote>,
    /// Audit entries added by this session: not committed yet.
    pub(crate) appended: HashSet<Uuid>,
    /// The database's time when it was asked last, and since when.
    time: Option<(DateTime<Utc>, Instant)>,
}

/// How many values one statement that adds rows takes in SQLite, which looks each `$n` up among all others, so that a long
/// statement takes its length squared; it has no round trips to spare either.
const VALUES_AT_ONCE: usize = 600;

/// Waits for a statement, on a server not for ever.
async fn within<T>(patience: Duration, work: impl Future<Output = sqlx::Result<T>>) -> Result<T, Failure> {
    match tokio::time::timeout(patience, work).await {
        Ok(done) => done.map_err(Failure::from),
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()).into()),
    }
}

/// Runs one body on whichever connection the session holds. It is compiled, and type-checked, for each.
macro_rules! on {
    ($session:ident, $sql:expr, |$ready:ident, $conn:ident| $body:expr) => {{
        $session.enter()?;
        let sql: Sql = $sql;
        let patience = if sql.slow { MUCH_PATIENCE } else { PATIENCE };
        let done = match &mut $session.conn {
            #[cfg(feature = "sqlite")]
            Some(Conn::Sqlite(conn)) => match sql.ready::<Sqlite>() {
                Ok($ready) => {
                    let $conn = &mut **conn;
                    $body.await.map_err(Failure::from)
                }
                Err(error) => Err(error.into()),
            },
            #[cfg(feature = "postgres")]
            Some(Conn::Postgres(conn)) => match sql.ready::<Postgres>() {
                Ok($ready) => {
                    let $conn = &mut **conn;
                    within(patience, $body).await
                }
                Err(error) => Err(error.into()),
            },
            None => Err(sqlx::Error::PoolClosed.into()),
        };
        done.map_err(|failure| $session.note(failure))
    }};
}

impl Session {
    /// A session on `conn`, with the transaction begun by `begin`.
    pub(crate) async fn begin(
        shared: Arc<Shared>,
        conn: impl Into<Conn>,
        begin: &'static str,
    ) -> Result<Self, Failure> {
        let mut session = Self::on(shared, conn);
        session.plain(begin).await?;
        Ok(session)
    }

    /// It holds the connection before the transaction begins: given up on halfway, it is rolled back.
    fn on(shared: Arc<Shared>, conn: impl Into<Conn>) -> Self {
        Self {
            conn: Some(conn.into()),
            shared,
            failed: false,
            lost: false,
            notes: Vec::new(),
            noted: HashSet::new(),
            appended: HashSet::new(),
            time: None,
        }
    }

    /// PostgreSQL: as [`Session::begin`] for one that writes, with `keys` locked, in one round trip.
    #[cfg(feature = "postgres")]
    pub(crate) async fn begin_locked(
        shared: Arc<Shared>,
        conn: PoolConnection<Postgres>,
        keys: &[LockKey],
    ) -> Result<Self, Failure> {
        let mut session = Self::on(shared, conn);
        let Some(Conn::Postgres(conn)) = &mut session.conn else {
            return Err(sqlx::Error::PoolClosed.into());
        };
        let text = dialect::begin_locked(keys);
        // Of our own words and hexadecimal digits only.
        let begun = within(PATIENCE, sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(&mut **conn)).await;
        let rows = begun.map_err(|failure| session.note(failure))?;
        // The time comes last.
        let time = rows.last().and_then(|row| row.try_get::<i64, _>(0).ok());
        session.time = time.and_then(DateTime::from_timestamp_micros).map(|at| (at, Instant::now()));
        Ok(session)
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.shared.pools.dialect()
    }

    fn enter(&self) -> Result<()> {
        if self.failed {
            return Err(StoreError::Failed(
                "an earlier operation of this session failed: it can only be dropped".to_owned(),
            ));
        }
        Ok(())
    }

    fn note(&mut self, failure: Failure) -> Failure {
        self.failed = true;
        self.lost |= failure.connection_lost;
        failure
    }

    /// Fails the session for a reason that the database does not know of.
    pub(crate) fn fail(&mut self, error: StoreError) -> StoreError {
        self.failed = true;
        error
    }

    /// A text without values, such as the ends of a transaction: not worth preparing.
    async fn plain(&mut self, text: &'static str) -> Result<(), Failure> {
        let done = match &mut self.conn {
            #[cfg(feature = "sqlite")]
            Some(Conn::Sqlite(conn)) => {
                sqlx::raw_sql(text).execute(&mut **conn).await.map(drop).map_err(Failure::from)
            }
            #[cfg(feature = "postgres")]
            Some(Conn::Postgres(conn)) => {
                within(PATIENCE, async { sqlx::raw_sql(text).execute(&mut **conn).await.map(drop) }).await
            }
            None => Err(sqlx::Error::PoolClosed.into()),
        };
        done.map_err(|failure| self.note(failure))
    }

    /// All rows.
    pub(crate) async fn rows<R: Readable>(&mut self, sql: Sql) -> Result<Vec<R>> {
        on!(self, sql, |ready, conn| sqlx::query_as_with::<_, R, _>(ready.text, ready.arguments)
            .persistent(ready.persistent)
            .fetch_all(conn))
        .map_err(Failure::into_error)
    }

    /// The first row.
    pub(crate) async fn row<R: Readable>(&mut self, sql: Sql) -> Result<Option<R>> {
        on!(self, sql, |ready, conn| sqlx::query_as_with::<_, R, _>(ready.text, ready.arguments)
            .persistent(ready.persistent)
            .fetch_optional(conn))
        .map_err(Failure::into_error)
    }

    /// The first column of the first row of a statement that always has one.
    pub(crate) async fn value<T>(&mut self, sql: Sql) -> Result<T>
    where
        (T,): Readable,
    {
        match self.row::<(T,)>(sql).await? {
            Some((value,)) => Ok(value),
            None => Err(self.fail(StoreError::Failed("a row is missing".to_owned()))),
        }
    }

    /// What all rows stand for.
    pub(crate) async fn all<R: Shape>(&mut self, sql: Sql) -> Result<Vec<R::Model>> {
        self.rows::<R>(sql).await?.into_iter().map(R::model).collect()
    }

    /// What the first row stands for.
    pub(crate) async fn first<R: Shape>(&mut self, sql: Sql) -> Result<Option<R::Model>> {
        self.row::<R>(sql).await?.map(R::model).transpose()
    }

    /// Changes rows. Tells how many.
    pub(crate) async fn execute(&mut self, sql: Sql) -> Result<u64> {
        self.try_execute(sql).await.map_err(Failure::into_error)
    }

    /// As [`Session::execute`], and tells more of what went wrong.
    pub(crate) async fn try_execute(&mut self, sql: Sql) -> Result<u64, Failure> {
        on!(self, sql, |ready, conn| async {
            sqlx::query_with(ready.text, ready.arguments)
                .persistent(ready.persistent)
                .execute(conn)
                .await
                .map(|done| done.rows_affected())
        })
    }

    /// Adds rows of the same columns, as many as there are; `rest` follows each statement.
    pub(crate) async fn insert_all(
        &mut self,
        table: &'static str,
        rows: Vec<Fields>,
        rest: &'static str,
    ) -> Result<()> {
        if self.dialect() == Dialect::Postgres && rows.len() > 1 {
            let mut sql = Sql::insert_columns(table, rows);
            sql.push(rest);
            return self.execute(sql).await.map(drop);
        }
        let columns = rows.first().map_or(1, Vec::len).max(1);
        let at_once = (VALUES_AT_ONCE / columns).max(1);
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<Fields> = rows.by_ref().take(at_once).collect();
            let few = some.len() == 1 || some.len() == at_once;
            if some.is_empty() {
                return Ok(());
            }
            let mut sql = Sql::insert_all(table, some);
            sql.push(rest);
            self.execute(if few { sql } else { sql.once() }).await?;
        }
    }

    /// Leaves what other processes must be told of, and ends the transaction.
    async fn finish(&mut self) -> Result<()> {
        let calendar = self.notes.iter().any(|note| note.topic.concerns_calendar());
        match self.dialect() {
            Dialect::Sqlite => {
                if !self.notes.is_empty() {
                    let now = Utc::now();
                    let row = vec![
                        ("origin", self.shared.me.into()),
                        ("notes", notes::encode(&self.notes).into()),
                        ("at", now.into()),
                    ];
                    self.execute(Sql::insert("changes", row)).await?;
                    if self.shared.is_time_to_prune() {
                        self.execute(Sql::new(dialect::PRUNE_SQLITE).bind(now - notes::KEPT)).await?;
                    }
                }
                if calendar {
                    self.execute(Sql::new("UPDATE calendar_revision SET n = n + 1")).await?;
                }
                self.plain("COMMIT").await.map_err(Failure::into_error)
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgres => self.commit_and_tell(calendar).await,
            #[cfg(not(feature = "postgres"))]
            Dialect::Postgres => Err(StoreError::Failed("there is no PostgreSQL in this program".to_owned())),
        }
    }

    /// PostgreSQL: the end of a transaction and what others are told of it, in one round trip.
    #[cfg(feature = "postgres")]
    async fn commit_and_tell(&mut self, calendar: bool) -> Result<()> {
        let (Pools::Postgres { channel, .. }, Some(Conn::Postgres(conn))) =
            (&self.shared.pools, &mut self.conn)
        else {
            return Err(StoreError::Failed("the session has ended".to_owned()));
        };
        let (mut text, commits) = if calendar {
            ("INSERT INTO changes DEFAULT VALUES; COMMIT".to_owned(), 2)
        } else {
            ("COMMIT".to_owned(), 1)
        };
        text.push_str(&notes::postgres::telling(channel, self.shared.me, &self.notes));
        let mut done = 0;
        let ended = within(PATIENCE, async {
            // Of our own words and hexadecimal digits only.
            let mut results = sqlx::raw_sql(AssertSqlSafe(text)).execute_many(&mut **conn);
            while results.try_next().await?.is_some() {
                done += 1;
            }
            Ok(())
        });
        let Err(failure) = ended.await.map_err(|failure| self.note(failure)) else { return Ok(()) };
        if done >= commits {
            // What was done stands. Who listens looks for itself, too.
            tracing::warn!(error = %failure.error, "cannot tell other processes what changed");
            return Ok(());
        }
        Err(if failure.connection_lost {
            StoreError::Unavailable(
                "the connection was lost during the commit: whether it was done is not known".to_owned(),
            )
        } else {
            failure.error
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        match conn {
            #[cfg(feature = "postgres")]
            Conn::Postgres(mut conn) if self.lost => conn.close_on_drop(),
            conn => {
                self.shared.runtime.spawn(roll_back(conn));
            }
        }
    }
}

/// Gives a connection back to its pool without the transaction it may be in.
async fn roll_back(conn: Conn) {
    match conn {
        #[cfg(feature = "sqlite")]
        Conn::Sqlite(mut conn) => {
            // Fails where there is no transaction, after a commit that failed on a full disk for one: just as well.
            let _ = sqlx::raw_sql("ROLLBACK").execute(&mut *conn).await;
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(mut conn) => {
            let rolled_back =
                within(PATIENCE, async { sqlx::raw_sql("ROLLBACK").execute(&mut *conn).await.map(drop) });
            if rolled_back.await.is_err() {
                conn.close_on_drop();
            }
        }
    }
}

#[async_trait]
impl WriteSession for Session {
    async fn lock(&mut self, keys: &[LockKey]) -> Result<()> {
        if self.dialect() == Dialect::Sqlite || keys.is_empty() {
            // SQLite's writer is alone from its beginning.
            return self.enter();
        }
        let times: Vec<(Option<String>, At)> = self.rows(dialect::lock(keys)).await?;
        self.time = times.last().map(|(_, At(at))| (*at, Instant::now()));
        Ok(())
    }

    async fn lock_within(&mut self, key: LockKey, patience: Duration) -> Result<bool> {
        if self.dialect() == Dialect::Sqlite {
            return self.enter().map(|()| true);
        }
        // Asked over and over: the server's own timeout would fail the whole transaction.
        let until = Instant::now() + patience;
        loop {
            if self.value(dialect::try_lock(&key)).await? {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
    }

    async fn now(&mut self) -> Result<DateTime<Utc>> {
        self.enter()?;
        if let Some(clock) = &self.shared.clock {
            return Ok(micros(clock.now()));
        }
        if self.dialect() == Dialect::Sqlite {
            return Ok(SystemClock.now());
        }
        // Asked once per session, or told with the locks; from there this machine's steady clock goes on.
        let (at, since) = match self.time {
            Some(time) => time,
            None => {
                let At(at) = self.value(Sql::new(dialect::NOW)).await?;
                *self.time.insert((at, Instant::now()))
            }
        };
        Ok(micros(at + TimeDelta::from_std(since.elapsed()).unwrap_or_default()))
    }

    async fn outlook(&mut self, kinds: &[BackendKind], now: DateTime<Utc>) -> Result<Outlook> {
        self.look_out(kinds, now).await
    }

    async fn write_progress(&mut self, progress: Progress<'_>) -> Result<bool> {
        self.progress(progress).await
    }

    fn announce(&mut self, note: ChangeNote) {
        // Said once is enough: who listens looks for itself.
        if self.noted.insert(note) {
            self.notes.push(note);
        }
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        self.enter()?;
        self.finish().await?;
        let notes = std::mem::take(&mut self.notes);
        // While SQLite's writer is still held: notes of the next commit come after these.
        self.shared.listeners.tell(&notes);
        if !self.lost {
            drop(self.conn.take());
        }
        #[cfg(feature = "postgres")]
        if self.dialect() == Dialect::Postgres
            && notes.iter().any(|note| note.topic.concerns_calendar())
            && self.shared.is_time_to_prune()
        {
            self.shared.prune();
        }
        Ok(())
    }
}
