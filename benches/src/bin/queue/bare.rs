//! The bare loop: what a queue cannot do without, in as few statements as they take. A batch is claimed past what others
//! hold locked, and completed with one audit entry each; nothing else happens.

use std::{str::FromStr as _, time::Instant};

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::contender::ready;

#[derive(Debug, Deserialize)]
struct Setup {
    runs: u32,
    /// How many are claimed at once.
    batch: i64,
    /// How many loops, side by side.
    loops: u32,
}

const TABLES: &str = "
    CREATE TABLE bare_runs (
        id UUID PRIMARY KEY, status TEXT NOT NULL, due_at TIMESTAMPTZ NOT NULL, fence BIGINT NOT NULL, worker TEXT,
        lease_until TIMESTAMPTZ, started_at TIMESTAMPTZ, ended_at TIMESTAMPTZ
    );
    CREATE INDEX bare_queue ON bare_runs (due_at, id) WHERE status = 'queued';
    CREATE TABLE bare_audit (
        pos BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at TIMESTAMPTZ NOT NULL, actor TEXT NOT NULL,
        action TEXT NOT NULL, object_id UUID NOT NULL
    )";

const FILL: &str = "INSERT INTO bare_runs (id, status, due_at, fence) \
     SELECT lpad(to_hex(n), 32, '0')::uuid, 'queued', now(), 0 FROM generate_series(1, $1) AS n";

const CLAIM: &str = "WITH due AS MATERIALIZED (
         SELECT id FROM bare_runs WHERE status = 'queued' AND due_at <= now() ORDER BY due_at, id LIMIT $1
         FOR UPDATE SKIP LOCKED
     )
     UPDATE bare_runs SET status = 'running', fence = fence + 1, worker = $2, started_at = now(),
         lease_until = now() + interval '15 s'
     FROM due WHERE bare_runs.id = due.id RETURNING bare_runs.id, bare_runs.fence";

const COMPLETE: &str = "UPDATE bare_runs SET status = 'succeeded', lease_until = NULL, ended_at = now()
     FROM unnest($1::uuid[], $2::bigint[]) AS done (id, fence)
     WHERE bare_runs.id = done.id AND bare_runs.status = 'running' AND bare_runs.fence = done.fence";

const AUDIT: &str = "INSERT INTO bare_audit (at, actor, action, object_id)
     SELECT now(), $2, 'run.finish', id FROM unnest($1::uuid[]) AS done (id)";

/// Burns down a queue.
pub(crate) async fn burn(database: &str, setup: &Value) -> Result<()> {
    let Setup { runs, batch, loops } = Setup::deserialize(setup)?;
    let mut connection = PgConnection::connect(database).await?;
    sqlx::raw_sql(TABLES).execute(&mut connection).await?;
    let began = Instant::now();
    sqlx::query(FILL).bind(i64::from(runs)).execute(&mut connection).await?;
    ready(&json!({ "enqueued": runs, "seconds": began.elapsed().as_secs_f64() }))?;

    let began = Instant::now();
    // The planner would rather read a table of this size than look five hundred rows up in an index.
    let plans = [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off")];
    let options = PgConnectOptions::from_str(database)?.options(plans);
    let mut looping = JoinSet::new();
    for _ in 0..loops {
        let options = options.clone();
        looping.spawn(async move { work(PgConnection::connect_with(&options).await?, batch).await });
    }
    while let Some(ended) = looping.join_next().await {
        ended??;
    }
    let seconds = began.elapsed().as_secs_f64();

    let count = "SELECT count(*) FROM bare_runs JOIN bare_audit ON object_id = id WHERE status = 'succeeded'";
    let ended: i64 = sqlx::query_scalar(count).fetch_one(&mut connection).await?;
    println!("{}", json!({ "ended": ended, "seconds": seconds }));
    Ok(())
}

/// Until nothing is left.
async fn work(mut connection: PgConnection, batch: i64) -> Result<()> {
    loop {
        let claimed: Vec<(Uuid, i64)> =
            sqlx::query_as(CLAIM).bind(batch).bind("bare").fetch_all(&mut connection).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let (ids, fences): (Vec<Uuid>, Vec<i64>) = claimed.into_iter().unzip();
        let mut completing = connection.begin().await?;
        let done = sqlx::query(COMPLETE).bind(&ids).bind(&fences).execute(&mut *completing).await?;
        ensure!(done.rows_affected() == ids.len() as u64, "a fence was stale");
        sqlx::query(AUDIT).bind(&ids).bind("bare").execute(&mut *completing).await?;
        completing.commit().await?;
    }
}
