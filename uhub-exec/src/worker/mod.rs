//! The worker: claims runs that are due and drives them (DOMAIN §5).

mod claims;
mod drive;
mod ends;
mod heartbeats;
mod held;
mod housekeeper;
mod log;
mod options;
mod reaper;
pub(crate) mod retry;

use std::sync::{Arc, Weak};

use drive::Driver;
use ends::Ends;
use held::HeldRuns;
pub use housekeeper::Housekeeper;
pub use options::{HousekeepingOptions, WorkerOptions};
use reaper::Reaper;
use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uhub_core::{
    Hub,
    model::RunId,
    ports::store::{Subscription, Topic},
};

use crate::{Backends, Secrets};

/// Claims runs that are due, drives them to their end, and keeps house beside it.
///
/// It holds each run by a lease that heartbeats extend, and by a fence that every write carries. A run whose lease it
/// could not extend in time is killed before the lease ends, and nothing more is written of it: what happens then is for
/// whoever finds the lease ended (DOMAIN §5, `lost`).
#[derive(Debug)]
pub struct Worker {
    driver: Arc<Driver>,
    housekeeper: Housekeeper,
}

impl Worker {
    /// A worker of `hub` with these backends and sources of secrets.
    pub fn new(hub: Hub, backends: Backends, secrets: Secrets, mut options: WorkerOptions) -> Self {
        let lease = hub.settings().lease.to_std().unwrap_or_default();
        // A watchdog that bites after the lease has ended protects nothing.
        let most = lease * 4 / 5;
        if options.watchdog > most {
            tracing::warn!(watchdog = ?options.watchdog, ?lease, "the watchdog is set to four fifths of the lease");
            options.watchdog = most;
        }
        options.heartbeat = options.heartbeat.min(options.watchdog / 2);
        options.slots = options.slots.max(1);
        let housekeeper = Housekeeper::new(hub.clone(), options.housekeeping.clone());
        let abort = CancellationToken::new();
        Self { driver: Arc::new(Driver { hub, backends, secrets, options, abort }), housekeeper }
    }

    /// What it is called in runs and in the audit.
    pub fn name(&self) -> &str {
        &self.driver.options.name
    }

    /// Ends all runs at once when cancelled, and the worker with them: for the second signal of someone who will not
    /// wait. What these runs become is decided when their leases end, as if the worker had died.
    pub fn abort_token(&self) -> CancellationToken {
        self.driver.abort.clone()
    }

    /// Works until `shutdown`; then claims nothing more, and comes back when its runs have ended, at the latest after
    /// [`WorkerOptions::stop_within`].
    pub async fn run(&self, shutdown: CancellationToken) {
        let held = Arc::new(HeldRuns::default());
        let queued = Arc::new(Notify::new());
        let _subscription = self.listen(&held, &queued);
        tracing::info!(
            worker = self.name(),
            slots = self.driver.options.slots,
            backends = ?self.driver.backends.kinds(),
            "worker ready"
        );
        let stopped = CancellationToken::new();
        let (ends, carriers) = Ends::new(&self.driver.hub, self.name());
        let (stop, runs) = (stopped.clone(), Arc::clone(&held));
        let driver = Arc::clone(&self.driver);
        let heartbeats = async move { driver.heartbeat_until(&stop, &runs).await };
        let (stop, housekeeper) = (stopped.clone(), self.housekeeper.clone());
        let housekeeping = async move { housekeeper.run(stop).await };
        let (stop, driver) = (stopped.clone(), Arc::clone(&self.driver));
        let reaping = async move {
            let Driver { hub, backends, options, .. } = &*driver;
            Reaper { hub, backends, every: options.reap }.run(&stop).await;
        };
        let driver = Arc::clone(&self.driver);
        let work = async move {
            let mut runs = JoinSet::new();
            driver.claim_until(&shutdown, &held, &ends, &queued, &mut runs).await;
            driver.let_end(&mut runs).await;
            // The others go on while the last runs end.
            stopped.cancel();
        };

        // Tasks of their own, so that none waits while another computes. All end with this one.
        let mut tasks = JoinSet::new();
        for carrier in carriers {
            tasks.spawn(carrier.in_current_span());
        }
        tasks.spawn(heartbeats.in_current_span());
        tasks.spawn(housekeeping.in_current_span());
        tasks.spawn(reaping.in_current_span());
        tasks.spawn(work.in_current_span());
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                pass_panic_on(error);
            }
        }
        tracing::info!(worker = self.name(), "worker stopped");
    }

    fn listen(&self, held: &Arc<HeldRuns>, queued: &Arc<Notify>) -> Subscription {
        let (held, queued): (Weak<HeldRuns>, _) = (Arc::downgrade(held), Arc::clone(queued));
        self.driver.hub.store().subscribe(Box::new(move |note| match note.topic {
            Topic::Queue => queued.notify_one(),
            Topic::Cancel => {
                if let Some(held) = held.upgrade() {
                    held.cancel(RunId(note.id));
                }
            }
            _ => {}
        }))
    }
}

/// A panic of a part of the worker is one of the whole worker. Other parts end early only where the whole runtime does.
fn pass_panic_on(error: JoinError) {
    if let Ok(panic) = error.try_into_panic() {
        std::panic::resume_unwind(panic);
    }
}

#[cfg(test)]
mod tests;
