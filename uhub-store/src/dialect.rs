//! Where the two databases really differ: everything else is one text for both.

use uhub_core::ports::store::LockKey;

use crate::sql::{Bind, Sql};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// SQLite's `BEGIN` takes its snapshot at the first read.
    ///
    /// In PostgreSQL a session of several reads must see one state too, and REPEATABLE READ costs no more than any other
    /// transaction: one round trip to begin, and the end is sent when nobody waits any more.
    pub(crate) const fn begin_read(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        }
    }

    /// SQLite's writer is alone from the start: taking the lock later could fail halfway.
    ///
    /// In PostgreSQL writers go by the locks of [`lock`]: READ COMMITTED, so that what is read behind a lock is what was
    /// committed by then.
    pub(crate) const fn begin_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE",
        }
    }

    /// Behind a SELECT whose rows several workers want: each takes others. SQLite has one writer anyway.
    pub(crate) const fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Behind a SELECT whose rows must stay as they are until the session ends.
    pub(crate) const fn keep_as_is(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR SHARE",
        }
    }

    /// Behind a SELECT whose rows this session goes on to change.
    pub(crate) const fn hold(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR NO KEY UPDATE",
        }
    }

    /// What stands around the list in "is one of a list".
    pub(crate) const fn any_of(self, ids: bool) -> (&'static str, &'static str) {
        match (self, ids) {
            (Self::Sqlite, true) => (" IN (SELECT unhex(value) FROM json_each(", "))"),
            (Self::Sqlite, false) => (" IN (SELECT value FROM json_each(", "))"),
            (Self::Postgres, _) => (" = ANY(", ")"),
        }
    }
}

/// Takes transaction-level advisory locks, in order, in one round trip; answers with the time after the last. Two hubs in
/// two schemas of one database do not meet.
pub(crate) fn lock(keys: &[LockKey]) -> Sql {
    let mut keys = keys.to_vec();
    keys.sort();
    keys.dedup();
    let shared = keys.iter().map(|key| matches!(key, LockKey::FreezesShared)).collect();
    let names = keys.iter().map(name).collect();
    Sql::new(
        "SELECT (CASE WHEN l.shared THEN pg_advisory_xact_lock_shared(l.key) ELSE pg_advisory_xact_lock(l.key) END)::text, \
         clock_timestamp() \
         FROM (SELECT hashtextextended(current_schema() || ' ' || k.name, 0) AS key, k.shared \
               FROM unnest($1::text[], $2::bool[]) WITH ORDINALITY AS k (name, shared, place) ORDER BY k.place) AS l",
    )
    .bind(Bind::Texts(names))
    .bind(Bind::Bools(shared))
}

/// PostgreSQL: begins a transaction that writes with such locks, and tells the time in microseconds, in one round trip: a
/// text without values, in which each name travels as hexadecimal digits.
#[cfg(feature = "postgres")]
pub(crate) fn begin_locked(keys: &[LockKey]) -> String {
    let mut keys = keys.to_vec();
    keys.sort();
    keys.dedup();
    let mut text = Dialect::Postgres.begin_write().to_owned();
    for key in &keys {
        let lock = if *key == LockKey::FreezesShared {
            "pg_advisory_xact_lock_shared"
        } else {
            "pg_advisory_xact_lock"
        };
        let name: String = name(key).bytes().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&format!(
            "; SELECT {lock}(hashtextextended(current_schema() || ' ' || \
             convert_from(decode('{name}', 'hex'), 'UTF8'), 0))"
        ));
    }
    text.push_str("; SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
    text
}

/// Takes one such lock where nobody has it, alone.
pub(crate) fn try_lock(key: &LockKey) -> Sql {
    Sql::new("SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1, 0))")
        .bind(name(key))
}

fn name(key: &LockKey) -> String {
    match key {
        LockKey::Admins => "admins".to_owned(),
        LockKey::FreezesShared | LockKey::Freezes => "freezes".to_owned(),
        LockKey::Pool(pool) => format!("pool {pool}"),
        LockKey::Series(series) => format!("series {series}"),
        LockKey::Job(job) => format!("job {job}"),
        LockKey::Claims => "claims".to_owned(),
        LockKey::Sequencer => "sequencer".to_owned(),
    }
}

/// The database's own time.
pub(crate) const NOW: &str = "SELECT clock_timestamp()";

/// PostgreSQL: the present snapshot, or the one known where every commit that concerned calendars is visible in it.
/// Commits are compared by visibility, not by order: an id given out earlier may commit later. Only of those that were
/// forgotten no more than an upper bound is known; who asks with a snapshot as old is told that something changed.
pub(crate) const REVISION_POSTGRES: &str = "\
    SELECT CASE \
        WHEN $1::text IS NOT NULL \
            AND (SELECT xid FROM changes_horizon) < pg_snapshot_xmin($1::text::pg_snapshot) \
            AND NOT EXISTS (SELECT FROM changes \
                            WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot) \
                              AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)) \
        THEN $1::text ELSE pg_current_snapshot()::text END";

/// SQLite: commits have one order, so they can be counted.
pub(crate) const REVISION_SQLITE: &str = "SELECT CAST(n AS TEXT) FROM calendar_revision";

/// PostgreSQL: forgets commits of more than an hour ago. A revision known from before then counts as changed. Rows that
/// another session is removing are left to it.
pub(crate) const PRUNE_POSTGRES: &str = "\
    WITH old AS (SELECT ctid AS place FROM changes WHERE at < now() - interval '1 hour' LIMIT 10000 FOR UPDATE SKIP LOCKED), \
         gone AS (DELETE FROM changes USING old WHERE changes.ctid = old.place RETURNING xid) \
    UPDATE changes_horizon SET xid = greatest(xid, (SELECT xid FROM gone ORDER BY xid DESC LIMIT 1))";

/// SQLite: forgets notes to other processes older than `$1`.
pub(crate) const PRUNE_SQLITE: &str = "DELETE FROM changes WHERE at < $1";
