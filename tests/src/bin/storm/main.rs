//! A storm over a hub: several workers and a server on one PostgreSQL, people who launch without pause, and everything
//! that can die does, again and again. Afterwards the weather clears, and what must hold is counted.
//!
//! `cargo xtask storm --minutes N` builds and runs it. It ends with one line of figures, and with 1 where one of those that
//! must be 0 is not.

mod chaos;
mod load;
mod verdict;

use std::{
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use serde_json::Value;
use uhub_tests::{Client, Database, Process, Server, Site, database::Cluster, env, plan, site::READY};

/// Leases in seconds, as installed: what a dead worker held is resolved after that.
const LEASE: u32 = 15;
/// Workers at any time.
const WORKERS: usize = 3;

/// The hub and all that runs of it.
pub(crate) struct Hub {
    pub(crate) cluster: Cluster,
    pub(crate) site: Site,
    pub(crate) server: Server,
    pub(crate) workers: Vec<Worker>,
    /// Where the server listens: it moves when it is started anew.
    pub(crate) url: Arc<RwLock<String>>,
}

/// One worker, by the name of its present life.
pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) process: Process,
}

impl Hub {
    async fn start() -> Self {
        let cluster = Cluster::start();
        let site = Site::with_database(Database::at(cluster.url()))
            .programs(&["/bin/sh"])
            .lease(LEASE)
            .many_logins();
        let server = site.serve(&["--demo", "--no-worker"]).await;
        let url = Arc::new(RwLock::new(server.url.clone()));
        let mut hub = Self { cluster, site, server, workers: Vec::new(), url };
        for place in 0..WORKERS {
            let worker = hub.worker(&format!("w{place}-0")).await;
            hub.workers.push(worker);
        }
        hub
    }

    /// A worker of this name, ready.
    pub(crate) async fn worker(&self, name: &str) -> Worker {
        let mut command = self.site.command(&["worker", "--worker-name", name]);
        let mut process = Process::start(name, &mut command);
        process.line("working as ", READY).await;
        Worker { name: name.to_owned(), process }
    }

    /// The server anew, after it died.
    pub(crate) async fn serve(&mut self) {
        self.server = self.site.serve(&["--no-worker"]).await;
        self.url.write().expect("nobody panics").clone_from(&self.server.url);
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let seconds = env::count("UHUB_STORM_SECONDS", 600);
    let minutes = seconds as f64 / 60.0;
    let mut hub = Hub::start().await;
    let admin = hub.server.admin().await;
    let owner = plan::user_id(&admin, "demo-admin").await;
    let project = plan::id(&plan::project(&admin, "Storm", &owner, &Value::Null, false).await);
    let mark = env::random_id();
    let diary = hub.site.work().join("diary");

    let load = load::Load::start(&admin, &hub.url, &project, &mark, &diary);
    let until = Instant::now() + Duration::from_secs(seconds as u64);
    let told = chaos::rage(&mut hub, until).await;
    let launched = load.stop().await;

    let admin: Client = admin.at(&hub.url.read().expect("nobody panics").clone());
    let verdict = verdict::look(&hub, &admin, &launched, &told, &diary, &mark).await;
    println!("{}", verdict.line(minutes, &told));
    for fault in &verdict.faults {
        println!("FAULT: {fault}");
    }
    // Dropped first: an exit would leave processes behind.
    let is_sound = verdict.is_sound();
    drop(hub);
    std::process::exit(i32::from(!is_sound));
}

/// A number below `n` that differs from call to call.
pub(crate) fn random(n: u64) -> u64 {
    let id = env::random_id();
    u64::from_str_radix(&id[..8], 16).expect("hexadecimal") % n
}
