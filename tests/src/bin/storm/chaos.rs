//! What goes wrong, one thing after the other, by chance.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use nix::sys::signal::Signal;

use crate::{Hub, LEASE, WORKERS, random};

/// What was done to the hub.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) workers_killed: u32,
    pub(crate) workers_stopped: u32,
    pub(crate) servers_killed: u32,
    pub(crate) databases_crashed: u32,
    pub(crate) connections_cut: u32,
    /// When each worker that died or stood still did so.
    pub(crate) died: BTreeMap<String, DateTime<Utc>>,
    /// How often a worker said that it was refused as one that came late.
    pub(crate) late: usize,
}

impl Told {
    pub(crate) const fn crashes(&self) -> u32 {
        self.workers_killed
            + self.workers_stopped
            + self.servers_killed
            + self.databases_crashed
            + self.connections_cut
    }
}

/// Lets things go wrong until then, and leaves everything up.
pub(crate) async fn rage(hub: &mut Hub, until: Instant) -> Told {
    let mut told = Told::default();
    let mut lives = 0;
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(500 + random(2500))).await;
        let place = usize::try_from(random(WORKERS as u64)).expect("small");
        match random(100) {
            0..45 => {
                lives += 1;
                kill_worker(hub, place, lives, &mut told).await;
            }
            45..60 => stop_worker(hub, place, &mut told).await,
            60..78 => {
                hub.server.process.kill_alone();
                hub.serve().await;
                told.servers_killed += 1;
            }
            78..90 => {
                hub.cluster.stop("immediate");
                hub.cluster.resume();
                told.databases_crashed += 1;
            }
            _ => {
                cut_connections(hub).await;
                told.connections_cut += 1;
            }
        }
    }
    for worker in &hub.workers {
        told.late += late(&worker.process.log());
    }
    told
}

async fn kill_worker(hub: &mut Hub, place: usize, life: u32, told: &mut Told) {
    let worker = &mut hub.workers[place];
    worker.process.kill_alone();
    told.died.insert(worker.name.clone(), Utc::now());
    told.late += late(&worker.process.log());
    told.workers_killed += 1;
    hub.workers[place] = hub.worker(&format!("w{place}-{life}")).await;
}

/// Stands still past its lease, and wakes up.
async fn stop_worker(hub: &Hub, place: usize, told: &mut Told) {
    let worker = &hub.workers[place];
    worker.process.signal(Signal::SIGSTOP);
    told.died.insert(worker.name.clone(), Utc::now());
    told.workers_stopped += 1;
    tokio::time::sleep(Duration::from_secs(u64::from(LEASE) + 2)).await;
    worker.process.signal(Signal::SIGCONT);
}

/// All connections end at once, and the server goes on.
async fn cut_connections(hub: &Hub) {
    let mut connection = hub.site.database.open_postgres().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
    // Whoever is gone already is gone.
    let _ = sqlx::raw_sql(cut).execute(&mut connection).await;
}

fn late(log: &str) -> usize {
    log.lines().filter(|line| line.contains("no longer this worker's")).count()
}
