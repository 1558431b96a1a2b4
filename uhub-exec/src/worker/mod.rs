//! The worker: claims runs that are due and drives them (DOMAIN §5).

mod drive;
mod ends;
mod held;
mod housekeeper;
mod log;
mod options;
mod reaper;
pub(crate) mod retry;

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use drive::Driver;
use ends::Ends;
use held::{Held, HeldRuns};
pub use housekeeper::Housekeeper;
pub use options::{HousekeepingOptions, WorkerOptions};
use reaper::Reaper;
use retry::Backoff;
use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uhub_core::{
    Hub,
    hub::ClaimedRun,
    model::RunId,
    ports::store::{Subscription, Topic},
};

use crate::{Backends, Secrets};

/// For so long a worker with much to do waits for more of its runs to end before it claims others in their place.
const GATHER: Duration = Duration::from_millis(2);

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

impl Driver {
    /// Claims what is due, and spawns its runs into `tasks`.
    async fn claim_until(
        self: &Arc<Self>,
        shutdown: &CancellationToken,
        held: &Arc<HeldRuns>,
        ends: &Ends,
        queued: &Notify,
        tasks: &mut JoinSet<()>,
    ) {
        let options = &self.options;
        let kinds = self.backends.kinds();
        let stop = async {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.abort.cancelled() => {}
            }
        };
        tokio::pin!(stop);
        let mut backoff = Backoff::new();
        loop {
            let free = held.room(options.slots);
            let mut wait = options.poll;
            // Whether there may be more than there was room for: then each end makes room for another.
            let mut more = true;
            if free > 0 {
                let asked = Instant::now();
                // Not to be dropped halfway: what it has claimed would be nobody's.
                match self.hub.claim(&options.name, &kinds, free).await {
                    Ok(claimed) => {
                        backoff.reset();
                        more = claimed.len() >= free as usize;
                        for run in claimed {
                            self.spawn(run, asked, held, ends, tasks);
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "claiming failed; it is tried again");
                        wait = backoff.next();
                    }
                }
            }
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = queued.notified() => {}
                () = held.freed.notified(), if more => {
                    // What ends together makes room for one claim, not for many small ones.
                    if held.room(options.slots) < options.slots / 2 {
                        tokio::time::sleep(GATHER).await;
                    }
                }
                () = tokio::time::sleep(wait) => {}
            }
            while let Some(ended) = tasks.try_join_next() {
                note_panic(ended);
            }
        }
    }

    fn spawn(
        self: &Arc<Self>,
        claimed: ClaimedRun,
        asked: Instant,
        held: &Arc<HeldRuns>,
        ends: &Ends,
        tasks: &mut JoinSet<()>,
    ) {
        let hold = held.hold(Arc::new(Held::new(&claimed, asked, self.options.watchdog)));
        let driver = Arc::clone(self);
        let span = tracing::info_span!("run", run_id = %claimed.id(), fence = claimed.fence());
        let (claimed, ends) = (Arc::new(claimed), ends.clone());
        tasks.spawn(async move { driver.drive(&claimed, &hold, &ends).await }.instrument(span));
    }

    /// Waits for the runs that go on, and ends them when that takes too long.
    async fn let_end(&self, tasks: &mut JoinSet<()>) {
        if !tasks.is_empty() {
            tracing::info!(runs = tasks.len(), "stopping: no more claims; the runs may end");
        }
        let all = async {
            while let Some(ended) = tasks.join_next().await {
                note_panic(ended);
            }
        };
        let too_long = async {
            match self.options.stop_within {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
            tracing::warn!("the runs that still go on are ended with the worker");
            self.abort.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = all => {}
            () = too_long => {}
        }
    }

    /// Extends the leases of all held runs, in one call.
    async fn heartbeat_until(&self, stopped: &CancellationToken, held: &HeldRuns) {
        let options = &self.options;
        let mut backoff = Backoff::new();
        let mut wait = options.heartbeat;
        loop {
            tokio::select! {
                () = stopped.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
            let sent = Instant::now();
            wait = if self.heartbeat(held, sent).await {
                backoff.reset();
                options.heartbeat.saturating_sub(sent.elapsed())
            } else {
                backoff.next().min(options.heartbeat)
            };
        }
    }

    /// One heartbeat; false where it failed.
    async fn heartbeat(&self, held: &HeldRuns, sent: Instant) -> bool {
        let runs = held.all();
        if runs.is_empty() {
            return true;
        }
        let leases: Vec<_> = runs.iter().map(|run| (run.id, run.fence)).collect();
        let beats = self.hub.heartbeat(&leases);
        let beats = match tokio::time::timeout(self.options.heartbeat, beats).await {
            Ok(Ok(beats)) => beats,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a heartbeat failed; it is tried again");
                return false;
            }
            Err(_) => {
                tracing::warn!("a heartbeat was not answered in time; it is tried again");
                return false;
            }
        };
        for run in runs {
            match beats.iter().find(|beat| beat.run_id == run.id) {
                Some(beat) => {
                    run.renew(sent);
                    if beat.cancel_requested {
                        run.cancel.cancel();
                    }
                }
                None => run.lose(),
            }
        }
        true
    }
}

/// The hold on the run is gone already: its lease ends, and whoever finds it decides.
fn note_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "driving a run failed");
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
