//! Drives one claimed run from its claim to its one end.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use uhub_core::{
    Error, Hub,
    hub::{ClaimedRun, Told},
    ports::{
        exec::{
            Adopted, ExecEvent, ExecEvents, ExecutionBackend, Finish, Handle, StartError, StartRequest,
            Started,
        },
        store::LogEnd,
    },
};

use super::{
    ends::Ends,
    held::{Held, Hold},
    log::Log,
    options::WorkerOptions,
    retry::Backoff,
};
use crate::{
    Backends, Secrets,
    secrets::{Leases, Resolved},
};

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
    /// What an earlier worker was about to start never was.
    NeverStarted,
    /// Another worker may be in charge: nothing may be written any more.
    Lost,
    /// The worker itself must end: nothing is written, so that the lease ends and the policy for dead workers decides.
    Aborted,
}

impl Outcome {
    /// With nothing of the run's secrets in its words.
    fn masked(self, log: &Log<'_>) -> Self {
        match self {
            Self::Ended(Finish::Failed(reason)) => Self::Ended(Finish::Failed(log.mask(reason))),
            Self::Ended(Finish::Lost(reason)) => Self::Ended(Finish::Lost(log.mask(reason))),
            Self::NotStarted(StartError::Refused(reason)) => {
                Self::NotStarted(StartError::Refused(log.mask(reason)))
            }
            Self::NotStarted(StartError::Failed(reason)) => {
                Self::NotStarted(StartError::Failed(log.mask(reason)))
            }
            other => other,
        }
    }
}

impl Driver {
    pub(super) async fn drive(&self, claimed: &Arc<ClaimedRun>, hold: &Hold, ends: &Ends) {
        let mut leases = Leases::default();
        self.drive_with(claimed, hold, ends, &mut leases).await;
        leases.release().await;
    }

    async fn drive_with(&self, claimed: &Arc<ClaimedRun>, hold: &Hold, ends: &Ends, leases: &mut Leases) {
        let held = &*hold.held;
        tracing::info!(
            job_id = %claimed.job_id(),
            attempt = claimed.attempt(),
            backend = %claimed.backend(),
            "run claimed"
        );
        if claimed.is_cancelled() {
            held.cancel.cancel();
        }
        let Some(end) = self.log_end(claimed, held).await else {
            tracing::warn!("the lease ended before the run could start; it is left to others");
            return;
        };
        let mut log = Log::new(&self.hub, claimed, end, &self.options);
        let outcome = self.execute(claimed, held, &mut log, end, leases).await.masked(&log);
        hold.free_slot();
        let finished = match &outcome {
            Outcome::Ended(finish) => {
                let stored = tokio::select! {
                    () = self.abort.cancelled() => return aborted(),
                    stored = log.close() => stored,
                };
                if stored.is_err() {
                    return fenced_out();
                }
                self.report(|| ends.tell(claimed, Told::Finished(finish.clone()))).await
            }
            Outcome::NotStarted(error) => {
                self.report(|| ends.tell(claimed, Told::NotStarted(error.clone()))).await
            }
            Outcome::NeverStarted => self.report(|| self.hub.never_started(claimed)).await,
            Outcome::Lost => return fenced_out(),
            Outcome::Aborted => return self.leave(claimed, held).await,
        };
        match finished {
            Some(status) => {
                match outcome {
                    Outcome::Ended(finish) => tracing::info!(%status, ?finish, "run ended"),
                    Outcome::NotStarted(error) => tracing::warn!(%status, %error, "run not started"),
                    Outcome::NeverStarted => tracing::info!(%status, "nothing had started; run requeued"),
                    Outcome::Lost | Outcome::Aborted => {}
                }
                if let Some((backend, handle)) = held.execution() {
                    backend.release(&handle).await;
                }
            }
            None if self.abort.is_cancelled() => aborted(),
            None => fenced_out(),
        }
    }

    /// Where the log of what went before ends; `None` where the claim was lost meanwhile.
    async fn log_end(&self, claimed: &ClaimedRun, held: &Held) -> Option<LogEnd> {
        if claimed.fence() == 1 {
            return Some(LogEnd::default());
        }
        self.insist(held, "reading the log's end", || self.hub.log_end(claimed)).await
    }

    async fn execute(
        &self,
        claimed: &ClaimedRun,
        held: &Held,
        log: &mut Log<'_>,
        end: LogEnd,
        leases: &mut Leases,
    ) -> Outcome {
        let Some(backend) = self.backends.get(claimed.backend()) else {
            let reason = format!("this worker has no backend {}", claimed.backend());
            return Outcome::NotStarted(StartError::Refused(reason));
        };
        let begun = match claimed.handle() {
            Some(handle) => {
                let handle = Handle(handle.to_owned());
                self.take_over(claimed, held, backend, &handle, log, end, leases).await
            }
            None => self.begin(claimed, held, backend, log, end, leases).await,
        };
        let mut started = match begun {
            Ok(started) => started,
            Err(outcome) => return outcome,
        };
        held.executes(Arc::clone(backend), started.handle.clone());
        let outcome = tokio::select! {
            biased;
            // First, so that the end that the loss itself causes is not taken for the run's.
            () = held.lost() => Outcome::Lost,
            () = self.abort.cancelled() => Outcome::Aborted,
            outcome = self.follow(claimed, held, log, &mut started, backend) => outcome,
        };
        if matches!(outcome, Outcome::Lost | Outcome::Aborted) && !backend.capabilities().adopt {
            backend.hold(&started.handle, Duration::ZERO);
            backend.cancel(&started.handle).await;
            let _late = tokio::time::timeout(GONE_WITHIN, ended(&mut started.events)).await;
        }
        outcome
    }

    /// Starts it.
    async fn begin(
        &self,
        claimed: &ClaimedRun,
        held: &Held,
        backend: &Arc<dyn ExecutionBackend>,
        log: &mut Log<'_>,
        end: LogEnd,
        leases: &mut Leases,
    ) -> Result<Started, Outcome> {
        let resolved = tokio::select! {
            biased;
            // Before anything goes on, giving up leaves nothing behind.
            () = held.lost() => return Err(Outcome::Lost),
            () = self.abort.cancelled() => return Err(Outcome::Aborted),
            () = held.cancel.cancelled() => return Err(Outcome::Ended(Finish::Cancelled)),
            resolved = self.secrets.resolve(claimed.id(), &claimed.execution().secrets) => resolved,
        };
        let resolved =
            resolved.map_err(|error| Outcome::NotStarted(StartError::Failed(error.to_string())))?;
        *leases = resolved.leases;
        log.begin(resolved.redactor);
        let planned = backend.handle(claimed);
        if let Some(handle) = &planned {
            // Recorded before anything is there, so that whoever comes after a crash knows what to look for.
            self.report(|| self.hub.record_handle(claimed, handle, end.seq)).await.ok_or(Outcome::Lost)?;
        }
        // Not to be dropped halfway: what it has started outside would be nobody's. Whatever came between is noticed later.
        let request = StartRequest { claimed, secrets: resolved.values };
        let started = backend.start(request).await.map_err(Outcome::NotStarted)?;
        if backend.capabilities().adopt && planned.as_ref() != Some(&started.handle) {
            self.report(|| self.hub.record_handle(claimed, &started.handle, end.seq))
                .await
                .ok_or(Outcome::Lost)?;
        }
        Ok(started)
    }

    /// Takes over what an earlier worker started.
    #[expect(clippy::too_many_arguments, reason = "all that an attempt has")]
    async fn take_over(
        &self,
        claimed: &ClaimedRun,
        held: &Held,
        backend: &Arc<dyn ExecutionBackend>,
        handle: &Handle,
        log: &mut Log<'_>,
        end: LogEnd,
        leases: &mut Leases,
    ) -> Result<Started, Outcome> {
        // Read again: what goes on writes them into its output.
        let resolved = self.resolve_again(claimed, held, backend, handle, log).await?;
        *leases = resolved.leases;
        log.resume(resolved.redactor, end.position);
        let adopted = self
            .insist(held, "taking a run over", || async {
                let request = StartRequest { claimed, secrets: resolved.values.clone() };
                let adopted = backend.adopt(request, handle, end.position).await;
                adopted.map_err(|error| log.mask(error.to_string()))
            })
            .await;
        match adopted {
            Some(Adopted::Running(started)) => {
                tracing::info!("run taken over");
                Ok(started)
            }
            Some(Adopted::NotStarted) => Err(Outcome::NeverStarted),
            Some(Adopted::Gone(reason)) => Err(Outcome::Ended(Finish::Lost(reason))),
            None if self.abort.is_cancelled() => Err(Outcome::Aborted),
            None => Err(Outcome::Lost),
        }
    }

    /// The secrets of a run that goes on already. Nothing of it is looked at before they are there; where they are not for
    /// long, it is followed to its end, but nothing that it says is kept.
    async fn resolve_again(
        &self,
        claimed: &ClaimedRun,
        held: &Held,
        backend: &Arc<dyn ExecutionBackend>,
        handle: &Handle,
        log: &mut Log<'_>,
    ) -> Result<Resolved, Outcome> {
        let (since, mut backoff) = (Instant::now(), Backoff::new());
        let (mut is_told, mut is_cancelled) = (false, false);
        loop {
            let error = tokio::select! {
                biased;
                () = held.lost() => return Err(Outcome::Lost),
                () = self.abort.cancelled() => return Err(Outcome::Aborted),
                resolved = self.secrets.resolve(claimed.id(), &claimed.execution().secrets) => match resolved {
                    Ok(resolved) => return Ok(resolved),
                    Err(error) => error,
                },
            };
            tracing::warn!(%error, "the secrets of a run that goes on cannot be read again");
            let is_over = since.elapsed() >= self.options.withhold_after;
            let text = if is_over {
                format!("{error}; what the run says from here on is not kept, since it could not be masked")
            } else {
                format!("{error}; until it can be read again, so that it is masked, the log waits")
            };
            if is_over || !is_told {
                log.say(&text).await.map_err(|_| Outcome::Lost)?;
                log.flush().await.map_err(|_| Outcome::Lost)?;
                is_told = true;
            }
            if is_over {
                return Ok(Resolved::withheld());
            }
            tokio::select! {
                () = held.lost() => return Err(Outcome::Lost),
                () = self.abort.cancelled() => return Err(Outcome::Aborted),
                () = held.cancel.cancelled(), if !is_cancelled => {
                    // That needs no secret; its end is seen when it is taken over.
                    is_cancelled = true;
                    backend.cancel(handle).await;
                }
                () = backoff.wait() => {}
            }
        }
    }

    /// Tries until it is done; `None` where the claim was lost meanwhile, or the worker must end.
    async fn insist<T, E: std::fmt::Display, F: Future<Output = Result<T, E>>>(
        &self,
        held: &Held,
        what: &str,
        attempt: impl Fn() -> F,
    ) -> Option<T> {
        let mut backoff = Backoff::new();
        loop {
            tokio::select! {
                biased;
                () = held.lost() => return None,
                () = self.abort.cancelled() => return None,
                done = attempt() => match done {
                    Ok(done) => return Some(done),
                    Err(error) => tracing::warn!(%error, "{what} failed; it is tried again"),
                },
            }
            tokio::select! {
                () = held.lost() => return None,
                () = self.abort.cancelled() => return None,
                () = backoff.wait() => {}
            }
        }
    }

    /// The worker ends before its run: what can be taken over is given up at once, so that nobody waits for the lease.
    async fn leave(&self, claimed: &ClaimedRun, held: &Held) {
        aborted();
        let adoptable = held.execution().is_some_and(|(backend, _)| backend.capabilities().adopt);
        if adoptable && let Err(error) = self.hub.hand_over(&[(claimed.id(), claimed.fence())]).await {
            tracing::warn!(%error, "the run could not be handed over; it is taken over when its lease ends");
        }
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
        let cancelled = async {
            held.cancel.cancelled().await;
            tracing::info!("run is being cancelled");
            if let Some((_, handle)) = held.execution() {
                backend.cancel(&handle).await;
            }
            // Its end comes as an event.
            std::future::pending::<()>().await;
        };
        let events = &mut started.events;
        let followed = async {
            loop {
                let due = log.due();
                let stored = tokio::select! {
                    event = events.next() => match event {
                        Some(ExecEvent::Log { stream, bytes }) => log.push(stream, bytes).await,
                        Some(ExecEvent::Progress(percent)) => log.say(&format!("{percent} %")).await,
                        Some(ExecEvent::Handle(handle)) => {
                            let log_from = log.from();
                            let told = self.report(|| self.hub.record_handle(claimed, &handle, log_from));
                            if told.await.is_none() {
                                return Outcome::Lost;
                            }
                            held.executes(Arc::clone(backend), handle);
                            Ok(())
                        }
                        Some(ExecEvent::Finished(finish)) => return Outcome::Ended(finish),
                        None => {
                            return Outcome::Ended(Finish::Failed("the backend lost sight of it".to_owned()));
                        }
                    },
                    () = async { if let Some(due) = due { sleep_until(due).await } }, if due.is_some() => {
                        log.flush().await
                    }
                };
                if stored.is_err() {
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
