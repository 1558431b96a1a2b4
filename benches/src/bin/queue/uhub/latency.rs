//! Runs that come one by one.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use uhub_core::model::RunId;
use uuid::Uuid;

use super::{Working, copy_jobs, furnish, launch, open};
use crate::{contender::ready, noop::Noop};

#[derive(Debug, Deserialize)]
struct Setup {
    rate: u32,
    seconds: u32,
    slots: u32,
}

/// Launches so many jobs a second. Who launches and who works share nothing but the database.
pub(crate) async fn latency(database: &str, setup: &Value) -> Result<()> {
    let Setup { rate, seconds, slots } = Setup::deserialize(setup)?;
    let count = rate * seconds;
    let hub = open(database).await?;
    let (acting, jobs) = furnish(&hub).await?;
    let pool = PgPool::connect(database).await?;
    let jobs = copy_jobs(&pool, &jobs, count).await?;
    let backend = Arc::new(Noop::noting());
    let working = Working::start(open(database).await?, Arc::clone(&backend) as _, slots);
    ready(&json!({ "ready": true }))?;

    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut launching = JoinSet::new();
    for job in jobs {
        ticks.tick().await;
        let (acting, called) = (acting.clone(), Utc::now());
        launching.spawn(async move { launch(&acting, job).await.map(|run| (run.id, called)) });
    }
    let mut launched = Vec::new();
    while let Some(run) = launching.join_next().await {
        launched.push(run??);
    }
    while backend.started() < u64::from(count) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    working.stop().await?;

    let due: Vec<(Uuid, DateTime<Utc>)> =
        sqlx::query_as("SELECT id, due_at FROM runs").fetch_all(&pool).await?;
    let due: HashMap<RunId, DateTime<Utc>> = due.into_iter().map(|(id, at)| (RunId(id), at)).collect();
    let started: HashMap<RunId, DateTime<Utc>> = backend.notes().into_iter().collect();
    ensure!(started.len() == launched.len(), "{} of {} runs have started", started.len(), launched.len());
    launched.sort_by_key(|(_, called)| *called);
    let (mut since_due, mut since_called) = (Vec::new(), Vec::new());
    for (run, called) in launched {
        let at = started.get(&run).context("a run that was not launched has started")?;
        since_due.push((*at - due.get(&run).context("a run that is not there")?).num_microseconds());
        since_called.push((*at - called).num_microseconds());
    }
    println!("{}", json!({ "due": since_due, "called": since_called }));
    Ok(())
}
