//! Removing what runs have left outside.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uhub_core::{
    Hub,
    model::Run,
    ports::exec::{ExecutionBackend, Leftover},
};

use crate::Backends;

/// Looks at all that exists outside of the hub's runs, at the start and every so often, whichever worker made it: one that
/// died between ending a run and removing what it ran in left it there.
#[derive(Debug)]
pub(super) struct Reaper<'a> {
    pub(super) hub: &'a Hub,
    pub(super) backends: &'a Backends,
    pub(super) every: Duration,
}

impl Reaper<'_> {
    pub(super) async fn run(&self, stopped: &CancellationToken) {
        let backends = self.backends.to_vec();
        let adoptable: Vec<_> = backends.iter().filter(|backend| backend.capabilities().adopt).collect();
        if adoptable.is_empty() {
            return;
        }
        loop {
            for backend in &adoptable {
                self.look(backend.as_ref()).await;
            }
            tokio::select! {
                () = stopped.cancelled() => return,
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }

    async fn look(&self, backend: &dyn ExecutionBackend) {
        let kind = backend.kind();
        let hub_id = match self.hub.id().await {
            Ok(id) => id,
            Err(error) => return tracing::warn!(%error, "looking for what runs have left failed"),
        };
        let left = match backend.leftovers(&hub_id).await {
            Ok(left) => left,
            Err(error) => return tracing::warn!(%kind, %error, "looking for what runs have left failed"),
        };
        for left in left {
            // Read after it was listed: a run that has gone on by now does not need it any more.
            let run = match self.run_of(&left).await {
                Ok(run) => run,
                Err(error) => return tracing::warn!(%error, "looking for what runs have left failed"),
            };
            match run {
                Some(run) if is_over(&run, &left) => {
                    tracing::info!(run_id = %left.run_id, attempt = left.attempt, %kind, "removing what is left of a run");
                    backend.release(&left.handle).await;
                }
                Some(_) => {}
                // Of another database with this hub's identity, such as one that was restored: that hub may need it.
                None => tracing::warn!(
                    run_id = %left.run_id,
                    handle = left.handle.0,
                    %kind,
                    "there is something of a run that this hub does not know; it is left alone"
                ),
            }
        }
    }

    async fn run_of(&self, left: &Leftover) -> uhub_core::Result<Option<Run>> {
        Ok(self.hub.store().read().await?.run(left.run_id).await?)
    }
}

fn is_over(run: &Run, left: &Leftover) -> bool {
    run.status.get().is_terminal() || run.attempt > left.attempt
}
