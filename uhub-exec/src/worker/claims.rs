//! Claiming what is due, and starting it.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uhub_core::hub::ClaimedRun;

use super::{
    drive::Driver,
    ends::Ends,
    held::{Held, HeldRuns},
    retry::Backoff,
};

/// For so long a worker with much to do waits for more of its runs to end before it claims others in their place.
const GATHER: Duration = Duration::from_millis(2);
/// For so long nothing may come before the worker asks what is queued for later.
const QUIET: Duration = Duration::from_millis(100);

impl Driver {
    /// Claims what is due, and spawns its runs into `tasks`.
    pub(super) async fn claim_until(
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
        // Whether nothing has come since the last look.
        let mut quiet = true;
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
                        if !more {
                            let idle = quiet && claimed.is_empty();
                            wait = if idle { self.until_next().await } else { QUIET.min(wait) };
                        }
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
                () = queued.notified() => quiet = false,
                () = held.freed.notified(), if more => {
                    quiet = false;
                    // What ends together makes room for one claim, not for many small ones.
                    if held.room(options.slots) < options.slots / 2 {
                        tokio::time::sleep(GATHER).await;
                    }
                }
                () = tokio::time::sleep(wait) => quiet = true,
            }
            while let Some(ended) = tasks.try_join_next() {
                note_panic(ended);
            }
        }
    }

    /// How long an idle worker waits for its next look: until the next run is due, and no longer than for a poll.
    async fn until_next(&self) -> Duration {
        let most = self.options.poll;
        match self.hub.until_next_queued().await {
            Ok(next) => next.map_or(most, |next| next.min(most)),
            Err(error) => {
                tracing::warn!(%error, "what is queued for later is not known; it is looked for at the next poll");
                most
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
    pub(super) async fn let_end(&self, tasks: &mut JoinSet<()>) {
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
}

/// The hold on the run is gone already: its lease ends, and whoever finds it decides.
fn note_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "driving a run failed");
    }
}
