//! Drives one claimed run from its claim to its one end.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;
use uhub_core::{
    Error, Hub,
    hub::ClaimedRun,
    model::Stream,
    ports::{
        exec::{ExecEvent, ExecEvents, ExecutionBackend, Finish, Handle, StartError, StartRequest, Started},
        secrets::SecretValue,
    },
};

use super::{held::Held, log::Log, options::WorkerOptions, retry::Backoff};
use crate::{Backends, Secrets};

/// How long a run that is no longer ours may take to be gone before its slot is given to another.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// What a worker needs for each run.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) hub: Hub,
    pub(super) backends: Backends,
    pub(super) secrets: Secrets,
    pub(super) options: WorkerOptions,
    /// Ends all runs at once.
    pub(super) abort: CancellationToken,
}

/// How the execution went.
enum Outcome {
    Ended(Finish),
    NotStarted(StartError),
    /// Another worker may be in charge: nothing may be written any more.
    Lost,
    /// The worker itself must end: nothing is written, so that the lease ends and the policy for dead workers decides.
    Aborted,
}

impl Driver {
    pub(super) async fn drive(&self, claimed: &ClaimedRun, held: &Held) {
        tracing::info!(
            job_id = %claimed.job_id(),
            attempt = claimed.attempt(),
            backend = %claimed.backend(),
            "run claimed"
        );
        let Some(last) = self.last_log_seq(claimed, held).await else {
            tracing::warn!("the lease ended before the run could start; it is left to others");
            return;
        };
        let mut log = Log::new(&self.hub, claimed, last, self.options.log_delay);
        let outcome = self.execute(claimed, held, &mut log).await;
        let finished = match &outcome {
            Outcome::Ended(finish) => {
                let flushed = tokio::select! {
                    () = self.abort.cancelled() => return aborted(),
                    flushed = log.flush() => flushed,
                };
                if flushed.is_err() {
                    return fenced_out();
                }
                self.report(|| self.hub.finish(claimed, finish)).await
            }
            Outcome::NotStarted(error) => self.report(|| self.hub.refuse_start(claimed, error)).await,
            Outcome::Lost => return fenced_out(),
            Outcome::Aborted => return aborted(),
        };
        match finished {
            Some(status) => match outcome {
                Outcome::Ended(finish) => tracing::info!(%status, ?finish, "run ended"),
                Outcome::NotStarted(error) => tracing::warn!(%status, %error, "run not started"),
                Outcome::Lost | Outcome::Aborted => {}
            },
            None if self.abort.is_cancelled() => aborted(),
            None => fenced_out(),
        }
    }

    /// Where the log of earlier attempts ends; `None` where the claim was lost meanwhile.
    async fn last_log_seq(&self, claimed: &ClaimedRun, held: &Held) -> Option<i64> {
        if claimed.attempt() == 1 {
            return Some(0);
        }
        let mut backoff = Backoff::new();
        loop {
            match self.hub.last_log_seq(claimed.id()).await {
                Ok(last) => return Some(last),
                Err(error) => tracing::warn!(%error, "reading the log's end failed; it is tried again"),
            }
            tokio::select! {
                () = held.lost() => return None,
                () = self.abort.cancelled() => return None,
                () = backoff.wait() => {}
            }
        }
    }

    async fn execute(&self, claimed: &ClaimedRun, held: &Held, log: &mut Log<'_>) -> Outcome {
        let Some(backend) = self.backends.get(claimed.backend()) else {
            let reason = format!("this worker has no backend {}", claimed.backend());
            return Outcome::NotStarted(StartError::Refused(reason));
        };
        let prepared = tokio::select! {
            biased;
            // Before anything goes on, giving up leaves nothing behind.
            () = held.lost() => return Outcome::Lost,
            () = self.abort.cancelled() => return Outcome::Aborted,
            () = held.cancel.cancelled() => return Outcome::Ended(Finish::Cancelled),
            secrets = self.secrets.resolve(&claimed.execution().secrets) => secrets,
        };
        // Not to be dropped halfway: what it has started outside would be nobody's. Whatever came between is noticed below.
        let started = match prepared {
            Ok(secrets) => self.start(claimed, backend, secrets).await,
            Err(error) => Err(StartError::Failed(error.to_string())),
        };
        let mut started = match started {
            Ok(started) => started,
            Err(error) => return Outcome::NotStarted(error),
        };
        held.executes(Arc::clone(backend), started.handle.clone());
        let adoptable = backend.capabilities().adopt;
        let outcome = tokio::select! {
            biased;
            // First, so that the end that the loss itself causes is not taken for the run's.
            () = held.lost() => Outcome::Lost,
            () = self.abort.cancelled() => Outcome::Aborted,
            outcome = self.follow(claimed, held, log, &mut started, backend) => outcome,
        };
        if matches!(outcome, Outcome::Lost | Outcome::Aborted) && !adoptable {
            backend.hold(&started.handle, Duration::ZERO);
            backend.cancel(&started.handle).await;
            let _late = tokio::time::timeout(GONE_WITHIN, ended(&mut started.events)).await;
        }
        outcome
    }

    /// Starts it, or takes over what an earlier worker started.
    async fn start(
        &self,
        claimed: &ClaimedRun,
        backend: &Arc<dyn ExecutionBackend>,
        secrets: BTreeMap<String, SecretValue>,
    ) -> Result<Started, StartError> {
        if let Some(handle) = claimed.handle()
            && backend.capabilities().adopt
            && let Some(adopted) = backend.adopt(claimed, &Handle(handle.to_owned())).await?
        {
            tracing::info!("run taken over");
            return Ok(adopted);
        }
        backend.start(StartRequest { claimed, secrets }).await
    }

    /// Follows it to its end.
    async fn follow(
        &self,
        claimed: &ClaimedRun,
        held: &Held,
        log: &mut Log<'_>,
        started: &mut Started,
        backend: &Arc<dyn ExecutionBackend>,
    ) -> Outcome {
        if backend.capabilities().adopt
            && self.report(|| self.hub.record_handle(claimed, &started.handle)).await.is_none()
        {
            return Outcome::Lost;
        }
        let cancelled = async {
            held.cancel.cancelled().await;
            tracing::info!("run is being cancelled");
            backend.cancel(&started.handle).await;
            // Its end comes as an event.
            std::future::pending::<()>().await;
        };
        let events = &mut started.events;
        let followed = async {
            loop {
                let due = log.due();
                let store = tokio::select! {
                    event = events.next() => match event {
                        Some(ExecEvent::Log { stream, bytes }) => log.push(stream, bytes),
                        Some(ExecEvent::Progress(percent)) => {
                            log.push(Stream::System, format!("uhub: {percent} %\n").into_bytes())
                        }
                        Some(ExecEvent::Finished(finish)) => return Outcome::Ended(finish),
                        None => {
                            return Outcome::Ended(Finish::Failed("the backend lost sight of it".to_owned()));
                        }
                    },
                    () = async { if let Some(due) = due { sleep_until(due).await } }, if due.is_some() => true,
                };
                if store && log.flush().await.is_err() {
                    return Outcome::Lost;
                }
            }
        };
        // Side by side: a cancel need not wait for a store that takes its time with the log.
        tokio::select! {
            outcome = followed => outcome,
            () = cancelled => Outcome::Lost,
        }
    }

    /// Tells the hub until it has heard; `None` where the run is no longer ours, or the worker must end.
    async fn report<T, F: Future<Output = uhub_core::Result<T>>>(&self, tell: impl Fn() -> F) -> Option<T> {
        let mut backoff = Backoff::new();
        loop {
            match tell().await {
                Ok(answer) => return Some(answer),
                Err(Error::StaleFence) => return None,
                Err(error) => tracing::warn!(%error, "the hub could not be told; it is tried again"),
            }
            tokio::select! {
                () = self.abort.cancelled() => return None,
                () = backoff.wait() => {}
            }
        }
    }
}

fn fenced_out() {
    tracing::warn!("the run is no longer this worker's: it was ended, and nothing more is written");
}

fn aborted() {
    tracing::warn!("the run was ended with its worker");
}

/// Waits for the end.
async fn ended(events: &mut ExecEvents) {
    while let Some(event) = events.next().await {
        if matches!(event, ExecEvent::Finished(_)) {
            return;
        }
    }
}
