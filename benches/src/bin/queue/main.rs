//! The queue: how fast runs leave it, and how soon a due one is claimed, against other queues on PostgreSQL and against
//! a bare loop of the statements that a queue cannot do without. Every contender is a process of its own on a database
//! of its own on the same server; they take turns, round by round.

mod bare;
mod burn;
mod claims;
mod contender;
mod database;
mod docker;
mod latency;
mod local;
mod noop;
mod programs;
mod rivals;
mod uhub;

use anyhow::Result;
use clap::{Parser, ValueEnum};

#[derive(Debug, Parser)]
struct Options {
    /// Which parts; all of them by default
    parts: Vec<Part>,
    /// A look in a few minutes: fewer runs, one round
    #[arg(long)]
    quick: bool,
    /// Only contenders whose name contains one of these
    #[arg(long)]
    only: Vec<String>,
    /// How many runs to burn down
    #[arg(long)]
    runs: Option<u32>,
    /// How many rounds
    #[arg(long)]
    rounds: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Burn-down of a full queue
    Burn,
    /// From due to started, at so many a second
    Latency,
    /// A claim in a table that has grown
    Claims,
    /// Programs on this machine
    Local,
    /// Programs in containers
    Docker,
}

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [contender, who, what, database, setup] = arguments.as_slice()
        && contender == "contender"
    {
        return contend(who, what, database, setup);
    }
    let options = Options::parse();
    let chosen = |part| options.parts.is_empty() || options.parts.contains(&part);
    if chosen(Part::Burn) {
        let runs = options.runs.unwrap_or(if options.quick { 10_000 } else { 50_000 });
        let rounds = options.rounds.unwrap_or(if options.quick { 1 } else { 5 });
        burn::compare(runs, rounds, &options.only)?;
    }
    if chosen(Part::Latency) {
        let seconds = if options.quick { 10 } else { 30 };
        latency::compare(seconds, options.rounds.unwrap_or(1), &options.only)?;
    }
    if chosen(Part::Claims) {
        let (finished, future, claims) =
            if options.quick { (100_000, 10_000, 100) } else { (1_000_000, 100_000, 500) };
        claims::compare(finished, future, claims)?;
    }
    if chosen(Part::Local) {
        let (runs, rounds) = if options.quick { (500, 3) } else { (2_000, 7) };
        local::compare(options.runs.unwrap_or(runs), options.rounds.unwrap_or(rounds))?;
    }
    if chosen(Part::Docker) {
        let (runs, rounds) = if options.quick { (10, 3) } else { (40, 5) };
        docker::compare(options.runs.unwrap_or(runs), options.rounds.unwrap_or(rounds))?;
    }
    Ok(())
}

/// This process is one of the contenders.
fn contend(who: &str, what: &str, database: &str, setup: &str) -> Result<()> {
    let setup = serde_json::from_str(setup)?;
    if who == "local" {
        return local::contend(what, &setup);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    match (who, what) {
        ("docker", what) => runtime.block_on(docker::contend(what, &setup)),
        ("bare", "burn") => runtime.block_on(bare::burn(database, &setup)),
        ("uhub", "burn") => runtime.block_on(uhub::burn(database, &setup)),
        ("uhub", "latency") => runtime.block_on(uhub::latency(database, &setup)),
        _ => anyhow::bail!("there is no contender {who} for {what}"),
    }
}
