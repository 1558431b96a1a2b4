//! A queue that others have filled.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgPool;
use uhub_core::model::Run;

use super::{Working, copy_jobs, copy_runs, furnish, launch, open};
use crate::{contender::ready, noop::Noop};

/// How many runs are launched through the hub, to see how long that takes; the others are copies of the last.
const LAUNCHED: u32 = 2_000;
/// How many launch at once.
const LAUNCHERS: usize = 16;

#[derive(Debug, Deserialize)]
struct Setup {
    runs: u32,
    slots: u32,
}

/// Burns down a queue.
pub(crate) async fn burn(database: &str, setup: &Value) -> Result<()> {
    let Setup { runs, slots } = Setup::deserialize(setup)?;
    let hub = open(database).await?;
    let (acting, jobs) = furnish(&hub).await?;
    let pool = PgPool::connect(database).await?;
    let launched = LAUNCHED.min(runs);
    let jobs = copy_jobs(&pool, &jobs, launched).await?;
    let began = Instant::now();
    let launches = stream::iter(jobs).map(|job| launch(&acting, job));
    let queued: Vec<Run> = launches.buffer_unordered(LAUNCHERS).try_collect().await?;
    let seconds = began.elapsed().as_secs_f64();
    copy_runs(&pool, '1', queued.last().context("nothing was launched")?, runs - launched, "").await?;
    drop((hub, acting));
    ready(&json!({ "enqueued": launched, "seconds": seconds }))?;

    let began = Instant::now();
    let backend = Arc::new(Noop::default());
    let working = Working::start(open(database).await?, Arc::clone(&backend) as _, slots);
    while backend.started() < u64::from(runs) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let unfinished = "SELECT count(*) FROM runs WHERE status IN ('queued', 'running')";
    while sqlx::query_scalar::<_, i64>(unfinished).fetch_one(&pool).await? > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    working.stop().await?;

    let ended: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM runs JOIN jobs ON jobs.id = runs.job_id JOIN audit ON audit.object_id = runs.id \
         WHERE runs.status = 'succeeded' AND jobs.status = 'succeeded' AND audit.action = 'run.finish'",
    )
    .fetch_one(&pool)
    .await?;
    ensure!(backend.started() == u64::from(runs), "{} starts of {runs} runs", backend.started());
    println!("{}", json!({ "ended": ended, "seconds": seconds }));
    Ok(())
}
