//! Programs on this machine: what the backend costs, and the worker around it, beside starting them barely.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use uhub_benches::measure::{head, row};
use uhub_core::{
    Hub,
    hub::{ClaimedRun, Settings},
    memory::MemoryStore,
    model::{BackendKind, RunStatus},
    ports::exec::{ExecEvent, ExecutionBackend, Finish, StartRequest},
};
use uhub_exec::{LocalBackend, LocalConfig};
use uhub_store::system::{RandomIds, SystemClock};

use crate::{
    burn::{median, rate},
    contender::{Contender, ready},
    uhub::{PROGRAM, Working, found, launch, plan},
};

const IN_FLIGHT: [u32; 2] = [1, 16];
const CONTENDERS: [(&str, &str); 3] = [
    ("spawn and wait, barely", "spawn"),
    ("`LocalBackend`", "backend"),
    ("`Worker` with it, store in memory", "worker"),
];

/// Everybody in turn, one program after the other and sixteen at once.
pub(crate) fn compare(runs: u32, rounds: usize) -> Result<()> {
    let mut rates = vec![Vec::new(); CONTENDERS.len() * IN_FLIGHT.len()];
    for _ in 0..rounds {
        let setups = IN_FLIGHT.iter().flat_map(|flight| CONTENDERS.iter().map(move |who| (who, flight)));
        for (((name, who), flight), rates) in setups.zip(&mut rates) {
            let setup = json!({ "runs": runs, "in_flight": flight });
            let (contending, _) = Contender::ours(name, "local", setup)?.start(who, "", &json!({}))?;
            let said = contending.go()?;
            ensure!(said["ended"] == runs, "{name}: not all {runs} have ended: {said}");
            rates.push(rate(&said, "ended")?);
        }
    }
    for (flight, rates) in IN_FLIGHT.iter().zip(rates.chunks(CONTENDERS.len())) {
        head(
            &format!("`{PROGRAM}` {runs} times, {flight} in flight, {rounds} rounds"),
            &["", "runs/s", "rate ÷ bare"],
        );
        let bare = rates.first().map_or(1.0, |rates| median(rates));
        for ((name, _), rates) in CONTENDERS.iter().zip(rates) {
            let rate = median(rates);
            row(&[(*name).to_owned(), format!("{rate:.0}"), format!("{:.2} ×", rate / bare)]);
        }
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
struct Setup {
    runs: u32,
    in_flight: u32,
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
    runtime.block_on(async {
        let hub = queue(setup.runs).await?;
        match what {
            "backend" => drive(&hub, &backend, &setup).await,
            "worker" => work(hub, Arc::new(backend), &setup).await,
            _ => bail!("there is no contender local {what}"),
        }
    })
}

fn say(setup: &Setup, began: Instant) {
    println!("{}", json!({ "ended": setup.runs, "seconds": began.elapsed().as_secs_f64() }));
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
    say(setup, began);
    Ok(())
}

/// A hub in memory with so many runs in its queue.
async fn queue(runs: u32) -> Result<Hub> {
    let clock = Arc::new(SystemClock);
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as _));
    let hub = Hub::new(store, clock, Arc::new(RandomIds::default()), Settings::default());
    let (acting, project) = found(&hub).await?;
    for number in 1..=runs {
        let job = plan(&hub, &acting, project, number).await?;
        launch(&acting, job).await?;
    }
    Ok(hub)
}

/// The backend alone, on claims that were made before.
async fn drive(hub: &Hub, backend: &LocalBackend, setup: &Setup) -> Result<()> {
    let claimed = hub.claim("bench", &[BackendKind::Local], setup.runs).await?;
    ensure!(claimed.len() == setup.runs as usize, "only {} runs were claimed", claimed.len());
    ready(&json!({ "ready": true }))?;
    let began = Instant::now();
    let runs = stream::iter(&claimed).map(|claimed| once(backend, claimed));
    runs.buffer_unordered(setup.in_flight as usize).try_collect::<()>().await?;
    say(setup, began);
    Ok(())
}

async fn once(backend: &LocalBackend, claimed: &ClaimedRun) -> Result<()> {
    let mut started = backend.start(StartRequest { claimed, secrets: Default::default() }).await?;
    while let Some(event) = started.events.next().await {
        if let ExecEvent::Finished(finish) = event {
            ensure!(finish == Finish::Exited(0), "{PROGRAM} has ended as {finish:?}");
            return Ok(());
        }
    }
    bail!("the backend lost sight of {PROGRAM}")
}

/// All that a worker does.
async fn work(hub: Hub, backend: Arc<LocalBackend>, setup: &Setup) -> Result<()> {
    ready(&json!({ "ready": true }))?;
    let began = Instant::now();
    let working = Working::start(hub.clone(), backend, setup.in_flight);
    while succeeded(&hub).await? < u64::from(setup.runs) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    say(setup, began);
    working.stop().await
}

async fn succeeded(hub: &Hub) -> Result<u64> {
    let counts = hub.store().read().await?.count_runs().await?;
    Ok(counts.iter().filter(|(status, _)| *status == RunStatus::Succeeded).map(|(_, count)| count).sum())
}
