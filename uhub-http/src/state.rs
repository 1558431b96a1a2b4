//! What the routes share: the hub, and what this server keeps beside it.

use std::{num::NonZeroU32, path::PathBuf, sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use uhub_core::{Hub, hub::CallbackSecret};
use url::Url;

use crate::{
    auth::{
        Users,
        peer::{Network, Peer},
        secret::Secret,
        throttle::Throttle,
        tokens::Tokens,
    },
    calendar_cache::CalendarCache,
    changes::Changes,
    demo_accounts::DemoAccounts,
    freshness::Freshness,
    identity::Identity,
    metrics::Metrics,
};

/// How a server answers.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The largest JSON body that is read, in bytes.
    pub body_limit_bytes: usize,
    /// How long a request may take, event streams aside.
    pub request_timeout: Duration,
    /// How long an access token holds.
    pub token_lifetime: TimeDelta,
    /// Sign-ins a minute for an account.
    pub logins_per_account: NonZeroU32,
    /// Sign-ins a minute from a peer.
    pub logins_per_peer: NonZeroU32,
    /// Whose `X-Forwarded-For`, `-Proto` and `-Prefix` are believed.
    pub trusted_proxies: Vec<Network>,
    /// What `POST /bootstrap/admin` asks for; `None` where nobody can bootstrap from elsewhere than this machine.
    pub bootstrap_token: Option<String>,
    /// The server can be reached from this machine only.
    pub is_loopback_only: bool,
    /// A token that may read `/metrics` and nothing else.
    pub metrics_token: Option<String>,
    /// What the keys of callbacks follow from; without it none is taken in.
    pub callback_secret: Option<CallbackSecret>,
    /// The program that the demo's executions run; without it the demo executes nothing.
    pub demo_program: Option<PathBuf>,
    /// It is a demo: whoever wants to sign in is told the accounts whose password is their name.
    pub is_demo: bool,
    /// Where browsers reach the hub, if that is known: an `https` address makes cookies secure.
    pub public_url: Option<Url>,
    /// How many bytes of finished calendars are kept.
    pub calendar_cache_bytes: u64,
}

impl Default for ServerSettings {
    fn default() -> Self {
        const LOGINS_PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(20).unwrap();
        const LOGINS_PER_PEER: NonZeroU32 = NonZeroU32::new(120).unwrap();
        Self {
            body_limit_bytes: 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            token_lifetime: TimeDelta::hours(8),
            logins_per_account: LOGINS_PER_ACCOUNT,
            logins_per_peer: LOGINS_PER_PEER,
            trusted_proxies: Vec::new(),
            bootstrap_token: None,
            is_loopback_only: false,
            metrics_token: None,
            callback_secret: None,
            demo_program: None,
            is_demo: false,
            public_url: None,
            calendar_cache_bytes: 32 * 1024 * 1024,
        }
    }
}

impl ServerSettings {
    /// Whether that peer may make the first admin without a token: on this machine, where nobody else can be.
    pub(crate) const fn may_bootstrap_without_token(&self, peer: Peer) -> bool {
        self.is_loopback_only && peer.is_local
    }
}

/// What the routes share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    inner: Arc<Inner>,
    identity: Option<Arc<dyn Identity>>,
}

#[derive(Debug)]
struct Inner {
    hub: Hub,
    settings: ServerSettings,
    tokens: Tokens,
    users: Users,
    throttle: Throttle,
    calendars: CalendarCache,
    demo_accounts: DemoAccounts,
    changes: Changes,
    metrics: Metrics,
    shutdown: CancellationToken,
}

impl AppState {
    /// A server over `hub` whose tokens are signed with `secret`.
    pub fn new(hub: Hub, secret: &Secret, settings: ServerSettings) -> Self {
        let freshness = Freshness::new(Arc::clone(hub.store()));
        let inner = Inner {
            tokens: Tokens::new(secret, settings.token_lifetime),
            users: Users::new(hub.clone(), freshness),
            throttle: Throttle::new(settings.logins_per_account, settings.logins_per_peer),
            calendars: CalendarCache::new(settings.calendar_cache_bytes),
            demo_accounts: DemoAccounts::default(),
            changes: Changes::of(hub.store().as_ref()),
            metrics: Metrics::new(),
            shutdown: CancellationToken::new(),
            settings,
            hub,
        };
        Self { inner: Arc::new(inner), identity: None }
    }

    /// The same server, where `identity` is asked first who sends a request.
    #[must_use]
    pub fn with_identity(self, identity: Arc<dyn Identity>) -> Self {
        Self { identity: Some(identity), ..self }
    }

    pub(crate) fn identity(&self) -> Option<&Arc<dyn Identity>> {
        self.identity.as_ref()
    }

    /// The hub.
    pub fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    /// How it answers.
    pub fn settings(&self) -> &ServerSettings {
        &self.inner.settings
    }

    /// Cancelled when the server stops: event streams end then.
    pub fn shutdown(&self) -> &CancellationToken {
        &self.inner.shutdown
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.inner.tokens
    }

    pub(crate) fn users(&self) -> &Users {
        &self.inner.users
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.inner.throttle
    }

    pub(crate) fn calendars(&self) -> &CalendarCache {
        &self.inner.calendars
    }

    pub(crate) fn demo_accounts(&self) -> &DemoAccounts {
        &self.inner.demo_accounts
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.inner.changes
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }
}
