//! graphile_worker, with its local queue and batched completion.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, LocalQueueConfig, RawJobSpec, TaskHandler, WorkerContext, WorkerOptions,
    WorkerUtils,
};
use rivals::{Payload, Started, asked, burnt, filled};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;

#[derive(Debug, Deserialize)]
struct Setup {
    runs: u64,
    concurrency: usize,
    local_queue: usize,
    queue_count: usize,
    connections: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Noop(Payload);

impl TaskHandler for Noop {
    const IDENTIFIER: &'static str = "noop";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        if let Some(started) = context.get_ext::<Started>() {
            started.count();
        }
        Ok::<(), String>(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let asked = asked::<Setup>()?;
    if asked.what != "burn" {
        bail!("only burns");
    }
    let Setup { runs, concurrency, local_queue, queue_count, connections } = asked.setup;
    let pool = PgPoolOptions::new().max_connections(connections).connect(&asked.database).await?;
    let utils = WorkerUtils::new(pool.clone(), "graphile_worker");
    utils.migrate().await?;
    let began = Instant::now();
    let jobs: Vec<RawJobSpec> = (0..runs)
        .map(|n| RawJobSpec {
            identifier: "noop".into(),
            payload: serde_json::json!({ "n": n }),
            spec: JobSpec::default(),
        })
        .collect();
    for jobs in jobs.chunks(5_000) {
        utils.add_raw_jobs(jobs).await?;
    }

    let began = filled(runs, began)?;
    let started = Started::default();
    let queue = LocalQueueConfig::default().with_size(local_queue).with_queue_count(queue_count);
    let worker = WorkerOptions::default()
        .pg_pool(pool.clone())
        .schema("graphile_worker")
        .concurrency(concurrency)
        .poll_interval(Duration::from_millis(500))
        .complete_job_batch_delay(Duration::from_millis(5))
        .fail_job_batch_delay(Duration::from_millis(5))
        .local_queue(queue)
        .add_extension(started.clone())
        .define_job::<Noop>()
        .init()
        .await?;
    let worker = Arc::new(worker);
    let working = Arc::clone(&worker);
    let task = tokio::spawn(async move { working.run().await });
    started.wait(runs).await;
    burnt(&asked.database, "SELECT count(*) FROM graphile_worker._private_jobs", runs, began).await?;
    worker.request_shutdown();
    task.await??;
    Ok(())
}
