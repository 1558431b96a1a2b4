//! r06, r07, r08: what the hub stands on breaks. It says 503, loses nothing, and recovers by itself.

mod disk;
mod postgres;

use std::time::{Duration, Instant};

use serde_json::Value;
use uhub_tests::{Answer, Client, wait};

/// Plans a job, whatever comes.
async fn plan_job(client: &Client, body: &Value) -> Answer {
    client.request(reqwest::Method::POST, "/jobs").json(body).may_fail().send().await
}

async fn ready(client: &Client) -> u16 {
    client.request(reqwest::Method::GET, "/readyz").may_fail().send().await.status
}

/// Waits for 503 from `/readyz`; how long it took.
async fn not_ready(client: &Client, limit: Duration) -> Duration {
    let begin = Instant::now();
    wait::until(limit, "/readyz says 503", || async { (ready(client).await == 503).then_some(()) }).await;
    begin.elapsed()
}

/// Waits until it is ready again, by itself.
async fn ready_again(client: &Client, limit: Duration) {
    wait::until(limit, "/readyz says 200", || async { (ready(client).await == 200).then_some(()) }).await;
}
