//! Runs and their logs in a database.

pub(super) mod rows;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    model::{BackendKind, EnvironmentId, JobId, LogChunk, ProjectId, Run, RunId, RunStatus},
    ports::{
        exec::LogPosition,
        store::{Beat, LogEnd, Page, Place, RunFilter, RunReads, RunWrites, Wanted},
    },
};
use uuid::Uuid;

use self::rows::{LogRow, RunRow, fields, log_fields, progress};
use super::descending;
use crate::{
    dialect::Dialect,
    error::Result,
    session::Session,
    sql::{Bind, Sql},
    values::{At, Word},
};

/// The priorities among what is queued, the highest first, each found by one step along the index.
const RANKS: &str = "\
    WITH RECURSIVE ranks (priority) AS (\
        SELECT (SELECT priority FROM runs WHERE status = 'queued' ORDER BY priority DESC LIMIT 1) \
        UNION ALL \
        SELECT (SELECT runs.priority FROM runs WHERE status = 'queued' AND runs.priority < ranks.priority \
                ORDER BY runs.priority DESC LIMIT 1) FROM ranks WHERE ranks.priority IS NOT NULL) ";

/// PostgreSQL: queued runs whose time has come and whose approval, if they need one, is decided. One priority after the
/// other, until there are enough: a scan of all of them would pass by whatever is queued for later.
pub(super) fn claimable(dialect: Dialect, wanted: Wanted<'_>) -> Sql {
    let mut sql = Sql::new(RANKS);
    sql.push("SELECT ").push(RunRow::COLUMNS).push(" FROM ranks CROSS JOIN LATERAL (SELECT runs.* ");
    due(&mut sql, dialect, wanted, |sql| sql.push("ranks.priority"));
    // The join goes through the ranks in their order, and ends where there are enough: an ORDER BY would lock them all.
    sql.push(dialect.skip_locked()).push(") AS runs LIMIT (SELECT ").arg(wanted.limit).push("::bigint)");
    sql
}

/// As [`claimable`], of one priority: for SQLite, where a statement is no round trip.
pub(super) fn claimable_of(dialect: Dialect, wanted: Wanted<'_>, priority: i64) -> Sql {
    let mut sql = Sql::select::<RunRow>("");
    due(&mut sql, dialect, wanted, |sql| sql.arg(priority));
    sql
}

/// The highest priority below this one among what is queued.
fn next_rank(below: i64) -> Sql {
    let queued =
        "SELECT priority FROM runs WHERE status = 'queued' AND priority < $1 ORDER BY priority DESC LIMIT 1";
    Sql::new(queued).bind(below)
}

/// When what is queued for later is due, the first of it.
pub(super) fn next_queued(now: DateTime<Utc>) -> Sql {
    let mut sql = Sql::new(RANKS);
    sql.push(
        "SELECT MIN((SELECT due_at FROM runs WHERE status = 'queued' AND runs.priority = ranks.priority",
    );
    sql.push(" AND due_at > ").arg(now).push(" ORDER BY due_at LIMIT 1)) FROM ranks");
    sql
}

/// What of one priority is due, from its FROM on.
fn due(sql: &mut Sql, dialect: Dialect, wanted: Wanted<'_>, priority: impl FnOnce(&mut Sql) -> &mut Sql) {
    let Wanted { kinds, now, limit, full_projects, full_environments } = wanted;
    sql.push("FROM runs WHERE status = 'queued' AND runs.priority = ");
    priority(sql).push(" AND due_at <= ");
    // A time or a limit that PostgreSQL sees has it plan anew for each, which takes longer than the answer.
    match dialect {
        Dialect::Sqlite => sql.arg(now),
        Dialect::Postgres => sql.push("(SELECT ").arg(now).push("::timestamptz)"),
    };
    sql.push(" AND ").any_of(dialect, "backend", kinds_bind(kinds));
    sql.push(
        " AND (approval_id IS NULL OR NOT EXISTS \
         (SELECT 1 FROM approvals WHERE approvals.id = runs.approval_id AND approvals.state = 'pending'))",
    );
    if !full_projects.is_empty() {
        sql.push(" AND NOT ");
        let ids = full_projects.iter().map(|project| project.0).collect();
        sql.any_of(dialect, "(project_id", Bind::Ids(ids)).push(")");
    }
    if !full_environments.is_empty() {
        sql.push(" AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = runs.job_id AND ");
        let ids = full_environments.iter().map(|environment| environment.0).collect();
        sql.any_of(dialect, "jobs.environment_id", Bind::Ids(ids)).push(")");
    }
    match dialect {
        Dialect::Sqlite => sql.ordered("due_at, id", limit),
        Dialect::Postgres => sql.push(" ORDER BY due_at, id LIMIT (SELECT ").arg(limit).push("::bigint)"),
    };
}

/// Running runs of whose workers nothing has been heard.
pub(super) fn expired_leases(
    dialect: Dialect,
    now: DateTime<Utc>,
    adoptable_since: DateTime<Utc>,
    limit: u32,
) -> Sql {
    let mut sql = Sql::select::<RunRow>(
        "FROM runs WHERE status = 'running' AND lease_until <= $1 AND (handle IS NULL OR lease_until <= $2)",
    )
    .bind(now)
    .bind(adoptable_since);
    sql.ordered("lease_until, id", limit).push(dialect.skip_locked());
    sql
}

/// Appends which runs another worker may take over, from the FROM on.
pub(super) fn adoptable_ones(sql: &mut Sql, dialect: Dialect, kinds: &[BackendKind], now: DateTime<Utc>) {
    sql.push("FROM runs WHERE status = 'running' AND lease_until <= ").arg(now);
    sql.push(" AND handle IS NOT NULL AND ").any_of(dialect, "backend", kinds_bind(kinds));
}

/// Running runs of whose workers nothing has been heard, and that another may take over.
pub(super) fn adoptable(dialect: Dialect, kinds: &[BackendKind], now: DateTime<Utc>, limit: u32) -> Sql {
    let mut sql = Sql::select::<RunRow>("");
    adoptable_ones(&mut sql, dialect, kinds, now);
    sql.ordered("lease_until, id", limit).push(dialect.skip_locked());
    sql
}

/// Adds a run.
pub(super) fn insert(run: &Run) -> Result<Sql> {
    let mut row = fields(run)?;
    row.push(("id", run.id.0.into()));
    Ok(Sql::insert("runs", row))
}

/// Writes what the work of a worker changes, where the run is as expected.
pub(super) fn move_one(run: &Run, (status, fence): (RunStatus, i64)) -> Sql {
    let mut sql = Sql::update("runs", progress(run));
    sql.push(" WHERE id = ").arg(run.id.0);
    sql.push(" AND status = ").arg(status.as_str()).push(" AND fence = ").arg(fence);
    sql
}

/// PostgreSQL: as [`move_one`], of many.
fn move_all(runs: &[&(Run, (RunStatus, i64))]) -> Sql {
    let rows = runs.iter().map(|(run, (status, fence))| {
        let mut row = progress(run);
        row.push(("id", run.id.0.into()));
        row.push(("was", status.as_str().into()));
        row.push(("before", (*fence).into()));
        row
    });
    let mut sql = Sql::update_columns("runs", &["id", "was", "before"], rows.collect());
    sql.push(" WHERE runs.id = new.id AND runs.status = new.was AND runs.fence = new.before");
    sql
}

fn kinds_bind(kinds: &[BackendKind]) -> Bind {
    Bind::Texts(kinds.iter().map(|kind| kind.as_str().to_owned()).collect())
}

#[async_trait]
impl RunReads for Session {
    async fn run(&mut self, id: RunId) -> Result<Option<Run>> {
        self.first::<RunRow>(Sql::select::<RunRow>("FROM runs WHERE id = $1").bind(id.0)).await
    }

    async fn runs(&mut self, filter: &RunFilter, page: Page) -> Result<Vec<Run>> {
        let mut sql = Sql::select::<RunRow>("FROM runs WHERE TRUE");
        if let Some(job) = filter.job_id {
            sql.push(" AND job_id = ").arg(job.0);
        }
        if let Some(status) = filter.status {
            // Said in the text: a partial index fits what it is known to hold.
            sql.push(" AND status = '").push(status.as_str()).push("'");
        }
        if let Some(from) = filter.from {
            sql.push(" AND created_at >= ").arg(from);
        }
        if let Some(to) = filter.to {
            sql.push(" AND created_at < ").arg(to);
        }
        descending(&mut sql, page);
        self.all::<RunRow>(sql).await
    }

    async fn active_run(&mut self, job: JobId) -> Result<Option<Run>> {
        let sql = Sql::select::<RunRow>("FROM runs WHERE job_id = $1 AND status IN ('queued', 'running')");
        self.first::<RunRow>(sql.bind(job.0)).await
    }

    async fn next_queued(&mut self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let due: Option<At> = self.value(next_queued(now)).await?;
        Ok(due.map(|At(at)| at))
    }

    async fn run_log(&mut self, id: RunId, after: i64, limit: u32) -> Result<Vec<LogChunk>> {
        let mut sql =
            Sql::select::<LogRow>("FROM run_logs WHERE run_id = $1 AND seq > $2").bind(id.0).bind(after);
        sql.ordered("seq", limit);
        self.all::<LogRow>(sql).await
    }

    async fn log_end(&mut self, id: RunId, from: i64) -> Result<LogEnd> {
        let sql = Sql::new(
            "SELECT COALESCE(MAX(seq), 0), \
             COALESCE(MAX(upto) FILTER (WHERE stream = 'stdout' AND seq > $2), 0), \
             COALESCE(MAX(upto) FILTER (WHERE stream = 'stderr' AND seq > $2), 0), \
             COALESCE(SUM(LENGTH(bytes)), 0) FROM run_logs WHERE run_id = $1",
        );
        let (seq, stdout, stderr, bytes) =
            self.row::<(i64, i64, i64, i64)>(sql.bind(id.0).bind(from)).await?.unwrap_or_default();
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        let position = LogPosition { stdout: count(stdout), stderr: count(stderr) };
        Ok(LogEnd { seq, position, bytes: count(bytes) })
    }

    async fn log_bytes(&mut self) -> Result<u64> {
        let sql = Sql::new("SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM run_logs").slow();
        let bytes: i64 = self.value(sql).await?;
        Ok(u64::try_from(bytes).unwrap_or_default())
    }

    async fn running_by_place(&mut self) -> Result<Vec<(Place, u32)>> {
        let sql = Sql::new(
            "SELECT runs.backend, runs.project_id, jobs.environment_id, COUNT(*) \
             FROM runs JOIN jobs ON jobs.id = runs.job_id WHERE runs.status = 'running' \
             GROUP BY runs.backend, runs.project_id, jobs.environment_id",
        );
        let counts: Vec<(Word<BackendKind>, Uuid, Option<Uuid>, i64)> = self.rows(sql).await?;
        Ok(counts
            .into_iter()
            .map(|(backend, project, environment, count)| {
                let place = Place {
                    backend: backend.0,
                    project_id: ProjectId(project),
                    environment_id: environment.map(EnvironmentId),
                };
                (place, u32::try_from(count).unwrap_or(u32::MAX))
            })
            .collect())
    }

    async fn count_runs(&mut self) -> Result<Vec<(RunStatus, u64)>> {
        let sql = Sql::new("SELECT status, COUNT(*) FROM runs GROUP BY status");
        let counts: Vec<(Word<RunStatus>, i64)> = self.rows(sql).await?;
        Ok(counts
            .into_iter()
            .map(|(status, count)| (status.0, u64::try_from(count).unwrap_or_default()))
            .collect())
    }
}

#[async_trait]
impl RunWrites for Session {
    async fn insert_run(&mut self, run: &Run) -> Result<()> {
        self.execute(insert(run)?).await.map(drop)
    }

    async fn claimable(&mut self, wanted: Wanted<'_>) -> Result<Vec<Run>> {
        if wanted.kinds.is_empty() || wanted.limit == 0 {
            return Ok(Vec::new());
        }
        if self.dialect() == Dialect::Postgres {
            return self.all::<RunRow>(claimable(self.dialect(), wanted)).await;
        }
        let mut found = Vec::new();
        let mut rank = self.row::<(i64,)>(next_rank(i64::MAX)).await?;
        while let Some((priority,)) = rank {
            let limit = wanted.limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            if limit == 0 {
                break;
            }
            let sql = claimable_of(self.dialect(), Wanted { limit, ..wanted }, priority);
            found.extend(self.all::<RunRow>(sql).await?);
            rank = self.row::<(i64,)>(next_rank(priority)).await?;
        }
        Ok(found)
    }

    async fn hold_runs(&mut self, ids: &[RunId]) -> Result<Vec<Run>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::select::<RunRow>("FROM runs WHERE ");
        sql.any_of(self.dialect(), "id", Bind::Ids(ids.iter().map(|id| id.0).collect()));
        // In one order, so that two sessions cannot wait for each other.
        sql.push(" ORDER BY id").push(self.dialect().hold());
        self.all::<RunRow>(sql).await
    }

    async fn move_runs(&mut self, runs: &[(Run, (RunStatus, i64))]) -> Result<bool> {
        let mut moved = 0;
        if self.dialect() == Dialect::Sqlite || runs.len() == 1 {
            for (run, expected) in runs {
                moved += self.execute(move_one(run, *expected)).await?;
            }
        } else {
            // Of what has ended, less is written.
            let (ended, going_on): (Vec<_>, Vec<_>) =
                runs.iter().partition(|(run, _)| run.status.get().is_terminal());
            for some in [ended, going_on] {
                if !some.is_empty() {
                    moved += self.execute(move_all(&some)).await?;
                }
            }
        }
        Ok(usize::try_from(moved) == Ok(runs.len()))
    }

    async fn update_run(&mut self, run: &Run, expected: (RunStatus, i64)) -> Result<bool> {
        let mut sql = Sql::update("runs", fields(run)?);
        sql.push(" WHERE id = ").arg(run.id.0);
        sql.push(" AND status = ").arg(expected.0.as_str()).push(" AND fence = ").arg(expected.1);
        Ok(self.execute(sql).await? == 1)
    }

    async fn heartbeat(&mut self, held: &[(RunId, i64)], lease_until: DateTime<Utc>) -> Result<Vec<Beat>> {
        // In one order, so that two heartbeats cannot wait for each other.
        let mut held = held.to_vec();
        held.sort_unstable();
        held.dedup();
        let beats: Vec<(Uuid, bool)> = match self.dialect() {
            Dialect::Sqlite => {
                let mut beats = Vec::with_capacity(held.len());
                for (id, fence) in held {
                    let sql = Sql::new(
                        "UPDATE runs SET lease_until = $1 WHERE id = $2 AND fence = $3 AND status = 'running' \
                         RETURNING id, cancel_requested_at IS NOT NULL",
                    );
                    let beat: Option<(Uuid, bool)> =
                        self.row(sql.bind(lease_until).bind(id.0).bind(fence)).await?;
                    beats.extend(beat);
                }
                beats
            }
            // All in one round trip.
            Dialect::Postgres => {
                let sql = Sql::new(
                    "WITH held AS MATERIALIZED (\
                         SELECT runs.id FROM runs \
                         JOIN unnest($1::uuid[], $2::bigint[]) AS h (id, fence) USING (id, fence) \
                         WHERE runs.status = 'running' ORDER BY runs.id FOR UPDATE OF runs) \
                     UPDATE runs SET lease_until = $3 FROM held WHERE runs.id = held.id \
                     RETURNING runs.id, runs.cancel_requested_at IS NOT NULL",
                )
                .bind(Bind::Ids(held.iter().map(|(id, _)| id.0).collect()))
                .bind(Bind::Ints(held.iter().map(|(_, fence)| *fence).collect()))
                .bind(lease_until);
                self.rows(sql).await?
            }
        };
        Ok(beats
            .into_iter()
            .map(|(id, cancel_requested)| Beat { run_id: RunId(id), cancel_requested })
            .collect())
    }

    async fn expired_leases(
        &mut self,
        now: DateTime<Utc>,
        adoptable_since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Run>> {
        self.all::<RunRow>(expired_leases(self.dialect(), now, adoptable_since, limit)).await
    }

    async fn adoptable(&mut self, kinds: &[BackendKind], now: DateTime<Utc>, limit: u32) -> Result<Vec<Run>> {
        if kinds.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        self.all::<RunRow>(adoptable(self.dialect(), kinds, now, limit)).await
    }

    async fn prune_logs(&mut self, ended_before: DateTime<Utc>, limit: u32) -> Result<(u32, u64)> {
        let mut sql = Sql::new(
            "SELECT runs.id, (SELECT SUM(LENGTH(bytes)) FROM run_logs WHERE run_id = runs.id) FROM runs \
             WHERE ended_at < $1 AND EXISTS (SELECT 1 FROM run_logs WHERE run_id = runs.id)",
        )
        .bind(ended_before)
        .slow();
        sql.ordered("runs.id", limit);
        let old: Vec<(Uuid, i64)> = self.rows(sql).await?;
        if old.is_empty() {
            return Ok((0, 0));
        }
        let mut sql = Sql::new("DELETE FROM run_logs WHERE ").slow();
        sql.any_of(self.dialect(), "run_id", Bind::Ids(old.iter().map(|(id, _)| *id).collect()));
        self.execute(sql).await?;
        let bytes = old.iter().map(|(_, bytes)| u64::try_from(*bytes).unwrap_or_default()).sum();
        Ok((u32::try_from(old.len()).unwrap_or(u32::MAX), bytes))
    }

    async fn append_log(&mut self, id: RunId, fence: i64, chunks: &[LogChunk]) -> Result<bool> {
        // The run stays as it is until the chunks are in.
        let mut sql = Sql::new("SELECT fence FROM runs WHERE id = $1 AND fence = $2 AND status = 'running'")
            .bind(id.0)
            .bind(fence);
        sql.push(self.dialect().keep_as_is());
        if self.row::<(i64,)>(sql).await?.is_none() {
            return Ok(false);
        }
        let rows = chunks.iter().map(|chunk| log_fields(id, chunk)).collect();
        self.insert_all("run_logs", rows, " ON CONFLICT (run_id, seq) DO NOTHING").await?;
        Ok(true)
    }
}
