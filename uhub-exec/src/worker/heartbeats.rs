//! Keeping the leases of the runs that a worker holds.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{drive::Driver, held::HeldRuns, retry::Backoff};

impl Driver {
    /// Extends the leases of all held runs, in one call.
    pub(super) async fn heartbeat_until(&self, stopped: &CancellationToken, held: &HeldRuns) {
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
