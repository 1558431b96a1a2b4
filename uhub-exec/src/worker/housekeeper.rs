//! What must happen by itself in every hub, whether or not this process executes anything.

use std::{path::Path, sync::Arc, time::Duration};

use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;
use uhub_core::{
    Hub,
    audit::Head,
    ports::store::{Subscription, Topic},
};

use super::{options::HousekeepingOptions, retry::Backoff};

/// How much one tick does of each kind.
const TICK_LIMIT: u32 = 200;
/// Between looks that changes of jobs bring about: a busy calendar must not keep the store busy with looking.
const PAUSE: Duration = Duration::from_millis(100);
/// How many audit entries are sealed at once.
const SEAL_LIMIT: u32 = 1000;

/// Starts what is due, marks what was missed, expires approvals, resolves the runs of dead workers and seals the audit.
/// Any number of them may run on one hub: each thing is done once. A [`Worker`](crate::Worker) does all of this itself;
/// this is for servers that execute nothing.
#[derive(Debug, Clone)]
pub struct Housekeeper {
    hub: Hub,
    options: HousekeepingOptions,
}

impl Housekeeper {
    /// Keeps house in `hub`.
    pub const fn new(hub: Hub, options: HousekeepingOptions) -> Self {
        Self { hub, options }
    }

    /// Works until `shutdown`. Failures of the store are logged, and tried again.
    pub async fn run(&self, shutdown: CancellationToken) {
        tokio::join!(self.tick_until(&shutdown), self.seal_until(&shutdown));
    }

    async fn tick_until(&self, shutdown: &CancellationToken) {
        let planned = Arc::new(Notify::new());
        // A job may have come that is due before the next look.
        let _subscription = self.on_job_changes(&planned);
        let mut backoff = Backoff::new();
        loop {
            let started = Instant::now();
            let wait = match self.tick().await {
                Ok(wait) => {
                    backoff.reset();
                    wait
                }
                Err(error) => {
                    tracing::warn!(%error, "housekeeping failed; it is tried again");
                    backoff.next()
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
                () = async {
                    planned.notified().await;
                    tokio::time::sleep_until(started + PAUSE).await;
                } => {}
            }
        }
    }

    fn on_job_changes(&self, planned: &Arc<Notify>) -> Subscription {
        let planned = Arc::clone(planned);
        self.hub.store().subscribe(Box::new(move |note| {
            if note.topic == Topic::Job {
                planned.notify_one();
            }
        }))
    }

    /// One look; how long until the next.
    async fn tick(&self) -> uhub_core::Result<Duration> {
        let ticked = self.hub.tick(TICK_LIMIT).await?;
        let most = [ticked.started, ticked.missed, ticked.expired_approvals, ticked.lost + ticked.retried];
        if most.into_iter().any(|count| count > 0) {
            tracing::info!(
                started = ticked.started,
                missed = ticked.missed,
                expired_approvals = ticked.expired_approvals,
                lost = ticked.lost,
                retried = ticked.retried,
                "did what was due"
            );
        }
        if most.into_iter().any(|count| count >= TICK_LIMIT) {
            return Ok(Duration::ZERO);
        }
        // By the hub's clock, although the store's decides: the two may differ, and then the look comes a little early or
        // late, but never later than the next tick.
        let due = self.hub.next_due().await?;
        let until_due = due.and_then(|due| (due - self.hub.now()).to_std().ok());
        Ok(until_due.map_or(self.options.tick, |wait| wait.min(self.options.tick)))
    }

    async fn seal_until(&self, shutdown: &CancellationToken) {
        let mut backoff = Backoff::new();
        let mut kept = None;
        loop {
            let started = Instant::now();
            let wait = match self.seal(&mut kept).await {
                Ok(()) => {
                    backoff.reset();
                    self.options.seal.saturating_sub(started.elapsed())
                }
                Err(error) => {
                    tracing::warn!(%error, "sealing the audit failed; it is tried again");
                    backoff.next()
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        // What happened last belongs into the chain, too.
        if let Err(error) = self.seal(&mut kept).await {
            tracing::warn!(%error, "the last audit entries are not sealed; the next server or worker seals them");
        }
    }

    /// Seals until nothing is left, and keeps the head outside where it is another than the one `kept` last.
    async fn seal(&self, kept: &mut Option<Head>) -> uhub_core::Result<()> {
        while self.hub.seal_audit(SEAL_LIMIT).await? == SEAL_LIMIT as usize {}
        if let Some(file) = &self.options.head_file {
            let head = self.hub.audit_head().await?;
            if kept.as_ref() == Some(&head) && file.exists() {
                return Ok(());
            }
            match keep_head(file, &head.to_string()).await {
                Ok(()) => *kept = Some(head),
                Err(error) => {
                    tracing::warn!(%error, file = %file.display(), "the audit's head cannot be kept outside");
                }
            }
        }
        Ok(())
    }
}

/// Puts the head in the place of the one before, whole or not at all.
async fn keep_head(file: &Path, head: &str) -> std::io::Result<()> {
    let mut new = file.as_os_str().to_owned();
    new.push(format!(".{}", std::process::id()));
    tokio::fs::write(&new, format!("{head}\n")).await?;
    tokio::fs::rename(&new, file).await
}
