//! What a contender does: see contender.rs beside the bench.

use std::{
    io::BufRead as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

/// What is enqueued.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Payload {
    pub n: u64,
}

/// What the bench asks for.
#[derive(Debug)]
pub struct Asked<S> {
    pub what: String,
    pub database: String,
    pub setup: S,
}

/// Reads it from the arguments.
pub fn asked<S: DeserializeOwned>() -> Result<Asked<S>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("WHAT DATABASE SETUP are expected");
    Ok(Asked { what: next()?, database: next()?, setup: serde_json::from_str(&next()?)? })
}

/// Counts starts.
#[derive(Debug, Clone, Default)]
pub struct Started(Arc<AtomicU64>);

impl Started {
    /// A job has started.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until so many have.
    pub async fn wait(&self, count: u64) {
        while self.0.load(Ordering::Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Says that the queue is full, and waits to be let go. Gives when that was.
pub fn filled(runs: u64, began: Instant) -> Result<Instant> {
    println!("{}", json!({ "enqueued": runs, "seconds": began.elapsed().as_secs_f64() }));
    std::io::stdin().lock().read_line(&mut String::new())?;
    Ok(Instant::now())
}

/// Waits until `left`, a query of a number, gives zero, and says that all is over.
pub async fn burnt(database: &str, left: &'static str, runs: u64, began: Instant) -> Result<()> {
    let mut connection = PgConnection::connect(database).await?;
    while sqlx::query_scalar::<_, i64>(left).fetch_one(&mut connection).await? > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("{}", json!({ "ended": runs, "seconds": began.elapsed().as_secs_f64() }));
    Ok(())
}
