//! Burn-down: a queue of so many runs that have nothing to do, from the start of the worker until the last one's end is
//! in the database. What filled the queue is not timed with it, but told.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use uhub_benches::measure::{head, row};

use crate::{contender::Contender, database::Server, rivals};

/// A contender's rounds.
#[derive(Debug, Default)]
struct Rates {
    enqueued: Vec<f64>,
    burnt: Vec<f64>,
}

/// Everybody, round by round, and the table.
pub(crate) fn compare(runs: u32, rounds: usize, only: &[String]) -> Result<()> {
    let server = Server::find()?;
    let mut contenders = vec![
        Contender::ours(BARE_100, "bare", json!({ "batch": 100, "loops": 1 }))?,
        Contender::ours(BARE_500, "bare", json!({ "batch": 500, "loops": 1 }))?,
        Contender::ours("bare loops, four, of 500", "bare", json!({ "batch": 500, "loops": 4 }))?,
        Contender::ours("uHub, 100 slots", "uhub", json!({ "slots": 100 }))?,
        Contender::ours("uHub, 500 slots", "uhub", json!({ "slots": 500 }))?,
    ];
    contenders.retain(|it| only.is_empty() || only.iter().any(|part| it.name.contains(part.as_str())));
    let absent = rivals::join(&mut contenders, rivals::burning(), only);

    let mut rates: Vec<Rates> = contenders.iter().map(|_| Rates::default()).collect();
    for round in 1..=rounds {
        for (contender, rates) in contenders.iter().zip(&mut rates) {
            let (enqueued, burnt) = once(&server, contender, runs)?;
            eprintln!("round {round}: {}: {enqueued:.0}/s in, {burnt:.0}/s out", contender.name);
            rates.enqueued.push(enqueued);
            rates.burnt.push(burnt);
        }
    }

    head(
        &format!("Burn-down of {runs} runs, PostgreSQL ({}), {rounds} rounds", server.version()?),
        &["", "enqueued/s", "burnt/s", "least", "most", "÷ bare loop, 100", "÷ bare loop, 500"],
    );
    let burnt = |name: &str| {
        let at = contenders.iter().position(|contender| contender.name == name)?;
        rates.get(at).map(|rates| median(&rates.burnt))
    };
    let (bare_100, bare_500) = (burnt(BARE_100), burnt(BARE_500));
    let ratio = |rate: f64, bare: Option<f64>| {
        bare.map_or_else(|| "–".to_owned(), |bare| format!("{:.2} ×", rate / bare))
    };
    for (contender, rates) in contenders.iter().zip(&rates) {
        let rate = median(&rates.burnt);
        row(&[
            contender.name.clone(),
            format!("{:.0}", median(&rates.enqueued)),
            format!("{rate:.0}"),
            format!("{:.0}", rates.burnt.iter().copied().fold(f64::INFINITY, f64::min)),
            format!("{:.0}", rates.burnt.iter().copied().fold(0.0, f64::max)),
            ratio(rate, bare_100),
            ratio(rate, bare_500),
        ]);
    }
    for (name, why) in absent {
        row(&[name, "–".to_owned(), why, String::new(), String::new(), String::new(), String::new()]);
    }
    Ok(())
}

const BARE_100: &str = "bare loop, batches of 100";
const BARE_500: &str = "bare loop, batches of 500";

/// One contender's turn: runs a second in, and out.
fn once(server: &Server, contender: &Contender, runs: u32) -> Result<(f64, f64)> {
    let runs = contender.setup["most"]
        .as_u64()
        .map_or(runs, |most| u32::try_from(most).map_or(runs, |most| runs.min(most)));
    let database = server.create()?;
    let (contending, said) = contender.start("burn", &database.url, &json!({ "runs": runs }))?;
    let enqueued = rate(&said, "enqueued")?;
    database.settle()?;
    let said = contending.go()?;
    anyhow::ensure!(said["ended"] == runs, "{}: not all {runs} have ended: {said}", contender.name);
    Ok((enqueued, rate(&said, "ended")?))
}

/// So many a second.
pub(crate) fn rate(said: &Value, what: &str) -> Result<f64> {
    let number = |field: &str| said[field].as_f64().with_context(|| format!("no {field} in {said}"));
    Ok(number(what)? / number("seconds")?.max(1e-9))
}

/// The middle one.
pub(crate) fn median(rates: &[f64]) -> f64 {
    let mut sorted = rates.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
