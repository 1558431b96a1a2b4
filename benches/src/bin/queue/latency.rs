//! From due to started: runs come at a steady rate, each due when it comes.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use uhub_benches::measure::{head, human, row};

use crate::{contender::Contender, database::Server, rivals};

/// How many come each second.
const RATE: u32 = 100;
/// The first second's do not count: connections are made, statements planned, programs compiled.
const WARM_UP: usize = RATE as usize;

/// Latencies of all rounds.
#[derive(Debug, Default)]
struct Latencies {
    due: Vec<Duration>,
    called: Vec<Duration>,
}

/// Everybody, round by round, and the table.
pub(crate) fn compare(seconds: u32, rounds: usize, only: &[String]) -> Result<()> {
    let server = Server::find()?;
    let mut contenders = vec![Contender::ours("uHub", "uhub", json!({ "slots": 100 }))?];
    contenders.retain(|it| only.is_empty() || only.iter().any(|part| it.name.contains(part.as_str())));
    let absent = rivals::join(&mut contenders, rivals::prompt(), only);

    let mut latencies: Vec<Latencies> = contenders.iter().map(|_| Latencies::default()).collect();
    for _ in 0..rounds {
        for (contender, latencies) in contenders.iter().zip(&mut latencies) {
            let database = server.create()?;
            let setup = json!({ "rate": RATE, "seconds": seconds });
            let (contending, _) = contender.start("latency", &database.url, &setup)?;
            database.settle()?;
            let said = contending.go()?;
            latencies.due.extend(durations(&said, "due", seconds)?);
            latencies.called.extend(durations(&said, "called", seconds)?);
        }
    }

    head(
        &format!("{RATE} runs a second for {seconds} s, PostgreSQL ({}), {rounds} rounds", server.version()?),
        &["", "due → start, p50", "p99", "most", "enqueue called → start, p50", "p99", "most"],
    );
    for (contender, mut latencies) in contenders.iter().zip(latencies) {
        let mut cells = vec![contender.name.clone()];
        for times in [&mut latencies.due, &mut latencies.called] {
            times.sort_unstable();
            cells.extend([0.5, 0.99, 1.0].map(|share| human(within(times, share))));
        }
        row(&cells);
    }
    for (name, why) in absent {
        row(&[name, why, String::new(), String::new(), String::new(), String::new(), String::new()]);
    }
    Ok(())
}

fn durations(said: &Value, what: &str, seconds: u32) -> Result<Vec<Duration>> {
    let times = said[what].as_array().with_context(|| format!("no {what} in {said}"))?;
    ensure!(times.len() == (RATE * seconds) as usize, "{} runs have started", times.len());
    let micros = times.iter().skip(WARM_UP).map(|time| time.as_i64().context("a time that is none"));
    // A start may seem to come before the database's clock said that it was due, by a microsecond's rounding.
    micros.map(|micros| Ok(Duration::from_micros(micros?.max(0).unsigned_abs()))).collect()
}

/// The time within which this share has started.
fn within(sorted: &[Duration], share: f64) -> Duration {
    let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}
