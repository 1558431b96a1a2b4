//! Programs, whatever executes them: what a backend costs, and the worker around it, beside starting them barely.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;
use uhub_benches::measure::{head, row};
use uhub_core::{
    Hub,
    hub::{ClaimedRun, Settings},
    memory::MemoryStore,
    model::{ExecutionSpec, RunStatus},
    ports::exec::{ExecEvent, ExecutionBackend, Finish, StartRequest},
};
use uhub_store::system::{RandomIds, SystemClock};

use crate::{
    burn::{median, rate},
    contender::{Contender, ready},
    uhub::{Working, found, launch, plan},
};

/// What is executed by whom.
pub(crate) struct Comparison<'a> {
    /// The contender, as the program's first argument.
    pub(crate) who: &'a str,
    /// What it is called in the table.
    pub(crate) program: &'a str,
    /// Names in the table, and what each is asked for; the bare one first.
    pub(crate) contenders: &'a [(&'a str, &'a str)],
    /// How many are executed at once.
    pub(crate) in_flight: &'a [u32],
}

impl Comparison<'_> {
    /// Everybody in turn, round by round.
    pub(crate) fn compare(&self, runs: u32, rounds: usize) -> Result<()> {
        let Self { who, program, contenders, in_flight } = self;
        let mut rates = vec![Vec::new(); contenders.len() * in_flight.len()];
        for _ in 0..rounds {
            let setups =
                in_flight.iter().flat_map(|flight| contenders.iter().map(move |asked| (asked, flight)));
            for (((name, what), flight), rates) in setups.zip(&mut rates) {
                let setup = json!({ "runs": runs, "in_flight": flight });
                let (contending, _) = Contender::ours(name, who, setup)?.start(what, "", &json!({}))?;
                let said = contending.go()?;
                ensure!(said["ended"] == runs, "{name}: not all {runs} have ended: {said}");
                rates.push(rate(&said, "ended")?);
            }
        }
        for (flight, rates) in in_flight.iter().zip(rates.chunks(contenders.len())) {
            head(
                &format!("{program} {runs} times, {flight} in flight, {rounds} rounds"),
                &["", "runs/s", "ms each", "rate ÷ bare"],
            );
            let bare = rates.first().map_or(1.0, |rates| median(rates));
            for ((name, _), rates) in contenders.iter().zip(rates) {
                let rate = median(rates);
                let each = f64::from(*flight) * 1000.0 / rate;
                let ratio = format!("{:.2} ×", rate / bare);
                row(&[(*name).to_owned(), format!("{rate:.0}"), format!("{each:.1}"), ratio]);
            }
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Setup {
    pub(crate) runs: u32,
    pub(crate) in_flight: u32,
}

impl Setup {
    /// Tells that all have ended.
    pub(crate) fn say(&self, began: Instant) {
        println!("{}", json!({ "ended": self.runs, "seconds": began.elapsed().as_secs_f64() }));
    }
}

/// A hub in memory with so many runs in its queue.
pub(crate) async fn queue(runs: u32, execution: &ExecutionSpec) -> Result<Hub> {
    let clock = Arc::new(SystemClock);
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as _));
    let hub = Hub::new(store, clock, Arc::new(RandomIds::default()), Settings::default());
    let (acting, project) = found(&hub).await?;
    for number in 1..=runs {
        let job = plan(&hub, &acting, project, number, execution.clone()).await?;
        launch(&acting, job).await?;
    }
    Ok(hub)
}

/// The backend alone, on claims that were made before; what it left is removed, as a worker does.
pub(crate) async fn drive(hub: &Hub, backend: &dyn ExecutionBackend, setup: &Setup) -> Result<()> {
    let claimed = hub.claim("bench", &[backend.kind()], setup.runs).await?;
    ensure!(claimed.len() == setup.runs as usize, "only {} runs were claimed", claimed.len());
    ready(&json!({ "ready": true }))?;
    let began = Instant::now();
    let runs = stream::iter(claimed).map(|claimed| once(backend, claimed));
    runs.buffer_unordered(setup.in_flight as usize).try_collect::<()>().await?;
    setup.say(began);
    Ok(())
}

async fn once(backend: &dyn ExecutionBackend, claimed: ClaimedRun) -> Result<()> {
    let mut started = backend.start(StartRequest { claimed: &claimed, secrets: Default::default() }).await?;
    while let Some(event) = started.events.next().await {
        if let ExecEvent::Finished(finish) = event {
            ensure!(finish == Finish::Exited(0), "the program has ended as {finish:?}");
            backend.release(&started.handle).await;
            return Ok(());
        }
    }
    bail!("the backend lost sight of its program")
}

/// All that a worker does.
pub(crate) async fn work(hub: Hub, backend: Arc<dyn ExecutionBackend>, setup: &Setup) -> Result<()> {
    ready(&json!({ "ready": true }))?;
    let began = Instant::now();
    let working = Working::start(hub.clone(), backend, setup.in_flight);
    while succeeded(&hub).await? < u64::from(setup.runs) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    setup.say(began);
    working.stop().await
}

async fn succeeded(hub: &Hub) -> Result<u64> {
    let counts = hub.store().read().await?.count_runs().await?;
    Ok(counts.iter().filter(|(status, _)| *status == RunStatus::Succeeded).map(|(_, count)| count).sum())
}
