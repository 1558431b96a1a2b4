//! awa with its queue storage.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use awa::{Client, InsertOpts, JobArgs, JobResult, QueueConfig};
use rivals::{Started, asked, burnt, filled};
use serde::{Deserialize, Serialize};
use sqlx_08::postgres::PgPoolOptions;

#[derive(Debug, Deserialize)]
struct Setup {
    runs: u64,
    max_workers: u32,
    claimers: u16,
    claim_batch_size: usize,
    connections: u32,
}

#[derive(Debug, Serialize, Deserialize, JobArgs)]
struct Noop {
    n: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let asked = asked::<Setup>()?;
    if asked.what != "burn" {
        bail!("only burns");
    }
    let Setup { runs, max_workers, claimers, claim_batch_size, connections } = asked.setup;
    let pool = PgPoolOptions::new().max_connections(connections).connect(&asked.database).await?;
    awa::migrations::run(&pool).await?;
    let began = Instant::now();
    let opts = || InsertOpts { queue: "noop".into(), ..InsertOpts::default() };
    let jobs: Vec<_> =
        (0..runs).map(|n| awa::insert::params_with(&Noop { n }, opts())).collect::<Result<_, _>>()?;
    for jobs in jobs.chunks(5_000) {
        awa::insert_many_copy_from_pool(&pool, jobs).await?;
    }

    let began = filled(runs, began)?;
    let started = Started::default();
    let counted = started.clone();
    let config = QueueConfig {
        max_workers,
        claimers,
        claim_batch_size,
        poll_interval: Duration::from_millis(50),
        deadline_duration: Duration::ZERO,
        ..QueueConfig::default()
    };
    let client = Client::builder(pool.clone())
        .queue("noop", config)
        .register::<Noop, _, _>(move |_noop, _context| {
            let counted = counted.clone();
            async move {
                counted.count();
                Ok(JobResult::Completed)
            }
        })
        .build()?;
    client.start().await?;
    started.wait(runs).await;
    let left = "SELECT count(*) FROM awa.jobs WHERE queue = 'noop' AND state <> 'completed'";
    burnt(&asked.database, left, runs, began).await?;
    client.shutdown(Duration::from_secs(1)).await;
    Ok(())
}
