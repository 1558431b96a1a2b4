//! apalis over PostgreSQL: batches, and every task spawned.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use apalis::prelude::*;
use apalis_postgres::{Config, PostgresStorage};
use futures::stream;
use rivals::{Payload, Started, asked, burnt, filled};
use serde::Deserialize;
use sqlx::postgres::PgPoolOptions;

#[derive(Debug, Deserialize)]
struct Setup {
    runs: u64,
    batch_size: usize,
    concurrency: usize,
    connections: u32,
}

async fn noop(_payload: Payload, started: Data<Started>) -> Result<(), BoxDynError> {
    started.count();
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let asked = asked::<Setup>()?;
    if asked.what != "burn" {
        bail!("only burns");
    }
    let Setup { runs, batch_size, concurrency, connections } = asked.setup;
    let pool = PgPoolOptions::new().max_connections(connections).connect(&asked.database).await?;
    PostgresStorage::setup(&pool).await?;
    // As its own example for high priority: what was fetched is locked already.
    let config = || Config::default().queue("noop").batch_size(batch_size).lock_tasks(false);
    let began = Instant::now();
    let mut storage = PostgresStorage::new(&pool).with_config(config());
    let mut tasks = stream::iter((0..runs).map(|n| TaskBuilder::new(Payload { n }).build()));
    storage.push_all(&mut tasks).await.map_err(|error| anyhow::anyhow!("{error}")).context("push")?;

    let began = filled(runs, began)?;
    let started = Started::default();
    let backend = PostgresStorage::new(&pool).with_config(config());
    let worker = WorkerBuilder::new("noop")
        .backend(backend)
        .concurrency(concurrency)
        .parallelize(tokio::spawn)
        .data(started.clone())
        .build(noop);
    let working = tokio::spawn(worker.run());
    started.wait(runs).await;
    let left = "SELECT count(*) FROM apalis.jobs WHERE status <> 'Done'";
    burnt(&asked.database, left, runs, began).await?;
    working.abort();
    Ok(())
}
