//! Programs on this machine: what the backend costs, and the worker around it, beside starting them barely.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

use anyhow::{Result, bail, ensure};
use serde::Deserialize as _;
use serde_json::{Value, json};
use uhub_exec::{LocalBackend, LocalConfig};

use crate::{
    contender::ready,
    programs::{Comparison, Setup, drive, queue, work},
    uhub::{PROGRAM, execution},
};

/// Everybody in turn, one program after the other and sixteen at once.
pub(crate) fn compare(runs: u32, rounds: usize) -> Result<()> {
    let contenders = [
        ("spawn and wait, barely", "spawn"),
        ("`LocalBackend`", "backend"),
        ("`Worker` with it, store in memory", "worker"),
    ];
    let program = format!("`{PROGRAM}`");
    let comparison =
        Comparison { who: "local", program: &program, contenders: &contenders, in_flight: &[1, 16] };
    comparison.compare(runs, rounds)
}

/// This process is one of the contenders. Not on a runtime yet: the backend forks early.
pub(crate) fn contend(what: &str, setup: &Value) -> Result<()> {
    let setup = Setup::deserialize(setup)?;
    if what == "spawn" {
        return spawn(&setup);
    }
    let directory = tempfile::tempdir()?;
    let config = LocalConfig {
        programs: vec![PathBuf::from(PROGRAM)],
        working_roots: vec![directory.path().to_owned()],
        ..LocalConfig::default()
    };
    let backend = LocalBackend::new(config)?;
    backend.warm_up()?;
    let runtime = tokio::runtime::Runtime::new()?;
    // On the runtime's own threads, where a worker's tasks are, and not on this one.
    let contending = runtime.spawn(contend_with(what.to_owned(), backend, setup));
    runtime.block_on(contending)?
}

async fn contend_with(what: String, backend: LocalBackend, setup: Setup) -> Result<()> {
    let hub = queue(setup.runs, &execution()).await?;
    match what.as_str() {
        "backend" => drive(&hub, &backend, &setup).await,
        "worker" => work(hub, Arc::new(backend), &setup).await,
        _ => bail!("there is no contender local {what}"),
    }
}

/// As little as a program takes.
fn spawn(setup: &Setup) -> Result<()> {
    ready(&json!({ "ready": true }))?;
    let began = Instant::now();
    let left = AtomicU32::new(setup.runs);
    let next = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
    std::thread::scope(|scope| {
        let spawn_all = || -> Result<()> {
            while next() {
                let mut command = Command::new(PROGRAM);
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                ensure!(command.status()?.success(), "{PROGRAM} has failed");
            }
            Ok(())
        };
        let threads: Vec<_> = (0..setup.in_flight).map(|_| scope.spawn(spawn_all)).collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(ended) => ended,
            Err(_) => bail!("a thread panicked"),
        })
    })?;
    setup.say(began);
    Ok(())
}
