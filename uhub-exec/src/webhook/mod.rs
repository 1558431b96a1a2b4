//! Runs on outside CIs (DOMAIN §7): started by one HTTP request, followed to their end.

mod address;
mod client;
mod follow;
mod handle;
mod inbox;
mod options;
mod plan;
mod presets;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use uhub_core::{
    hub::ClaimedRun,
    model::{BackendConfig, BackendKind, ExecutionSpec},
    ports::exec::{
        Adopted, Capabilities, ExecEvents, ExecutionBackend, Handle, LogPosition, StartError, StartRequest,
        Started,
    },
};

pub use address::WebhookAllow;
use client::Client;
pub use client::WebhookError;
use follow::Attempt;
use handle::Ticket;
pub use inbox::WebhookCallbacks;
pub use options::{WebhookOptions, WebhookPace};
use plan::Plan;
use presets::{Context, Facts, Look};

use crate::Redactor;

/// Events that wait for the worker.
const WAITING: usize = 16;

/// Starts runs on outside CIs by a webhook, and follows them to their end: GitHub, GitLab, Jenkins, or whatever takes a
/// signed request. Sends each attempt at most once; where the answer is lost, it is looked for and never sent again.
pub struct WebhookBackend {
    client: Client,
    options: WebhookOptions,
    callbacks: Option<WebhookCallbacks>,
    running: Arc<Mutex<HashMap<String, Arc<CancellationToken>>>>,
}

impl fmt::Debug for WebhookBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookBackend").field("options", &self.options).finish_non_exhaustive()
    }
}

impl WebhookBackend {
    /// A backend that reaches what `options` allow.
    ///
    /// # Errors
    /// [`WebhookError`] where the authorities cannot be read.
    pub fn new(options: WebhookOptions) -> Result<Self, WebhookError> {
        Ok(Self { client: Client::new(&options)?, options, callbacks: None, running: Arc::default() })
    }

    /// The same backend, whose runs can call back.
    #[must_use]
    pub fn with_callbacks(self, callbacks: WebhookCallbacks) -> Self {
        Self { callbacks: Some(callbacks), ..self }
    }

    fn plan(&self, spec: &ExecutionSpec, config: &BackendConfig) -> Result<Plan, StartError> {
        Plan::new(&self.client, spec, config, self.callbacks.is_some()).map_err(StartError::Refused)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Arc<CancellationToken>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows an attempt; `is_new`: nothing was sent yet.
    fn follow(
        &self,
        request: StartRequest<'_>,
        ticket: Ticket,
        from: LogPosition,
        is_new: bool,
    ) -> Result<Started, StartError> {
        let StartRequest { claimed, secrets } = request;
        let spec = claimed.execution();
        let plan = self.plan(spec, claimed.config())?;
        let callbacks = self.callbacks.as_ref().filter(|_| plan.follow.listens);
        let offer = callbacks.map(|callbacks| callbacks.offer(ticket.run, ticket.attempt));
        let inbox = callbacks.map(|callbacks| callbacks.inbox(claimed, from));
        let values = secrets.values().chain(offer.as_ref().map(|offer| &offer.key));
        let redactor = Redactor::new(values).map_err(|error| StartError::Refused(error.to_string()))?;
        let context = Context {
            client: self.client.clone(),
            url: plan.url.clone(),
            method: plan.method.clone(),
            payload: spec.payload.clone(),
            secrets,
            facts: facts(claimed),
            offer,
            redactor,
        };
        let limit = claimed
            .limits()
            .timeout_seconds
            .map_or(self.options.default_timeout, |seconds| Duration::from_secs(seconds.into()));
        let since = SystemTime::now().duration_since(ticket.sent_at()).unwrap_or_default();
        let (events, mut received) = mpsc::channel(WAITING);
        let (key, handle, cancel) = (ticket.key(), ticket.to_handle(), Arc::new(CancellationToken::new()));
        self.running().insert(key.clone(), Arc::clone(&cancel));
        let attempt = Attempt {
            context,
            plan,
            pace: self.options.pace.clone(),
            ticket,
            deadline: Instant::now() + limit.saturating_sub(since),
            cancel: Arc::clone(&cancel),
            events,
            inbox,
            shown: Look::default(),
        };
        let running = Arc::clone(&self.running);
        tokio::spawn(async move {
            attempt.run(is_new).await;
            let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
            // It may have been taken over by this very worker meanwhile.
            if running.get(&key).is_some_and(|now| Arc::ptr_eq(now, &cancel)) {
                running.remove(&key);
            }
        });
        let events: ExecEvents = Box::pin(futures_util::stream::poll_fn(move |cx| received.poll_recv(cx)));
        Ok(Started { handle, events })
    }
}

fn facts(claimed: &ClaimedRun) -> Facts {
    Facts {
        run: claimed.id(),
        attempt: claimed.attempt(),
        fence: claimed.fence(),
        job: claimed.job_id(),
        title: claimed.title().to_owned(),
        project: claimed.project().to_owned(),
        environment: claimed.environment().map(str::to_owned),
        tier: claimed.tier().to_string(),
        hub: claimed.hub_id().to_owned(),
    }
}

#[async_trait]
impl ExecutionBackend for WebhookBackend {
    fn kind(&self) -> BackendKind {
        BackendKind::Webhook
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { adopt: true, cancel: true }
    }

    fn check(&self, spec: &ExecutionSpec, config: &BackendConfig) -> Result<(), StartError> {
        self.plan(spec, config).map(drop)
    }

    fn handle(&self, claimed: &ClaimedRun) -> Option<Handle> {
        Some(Ticket::new(claimed).to_handle())
    }

    async fn start(&self, request: StartRequest<'_>) -> Result<Started, StartError> {
        let ticket = Ticket::new(request.claimed);
        self.follow(request, ticket, LogPosition::default(), true)
    }

    async fn cancel(&self, handle: &Handle) {
        if let Some(ticket) = Ticket::of(handle)
            && let Some(cancel) = self.running().get(&ticket.key())
        {
            cancel.cancel();
        }
    }

    /// Never says that it was not started: whoever was about to send it may still do so.
    async fn adopt(
        &self,
        request: StartRequest<'_>,
        handle: &Handle,
        from: LogPosition,
    ) -> Result<Adopted, StartError> {
        let claimed = request.claimed;
        match Ticket::of(handle) {
            Some(ticket) if (ticket.run, ticket.attempt) == (claimed.id(), claimed.attempt()) => {
                self.follow(request, ticket, from, false).map(Adopted::Running)
            }
            _ => Ok(Adopted::Gone("what was kept of it cannot be read".to_owned())),
        }
    }
}
