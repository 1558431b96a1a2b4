//! Webhooks on this machine.

use std::path::PathBuf;
#[cfg(feature = "webhook")]
use std::{sync::Arc, time::Duration};

use crate::auth::secret::Secret;
use anyhow::Context as _;
use clap::Args;
use uhub_core::{Hub, hub::CallbackSecret};
use uhub_exec::Backends;
#[cfg(feature = "webhook")]
use uhub_exec::{WebhookAllow, WebhookBackend, WebhookCallbacks, WebhookOptions};
use url::Url;

use super::{
    args::{ExecutionArgs, StoreArgs},
    hub::secret,
};

/// Where webhooks may go.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Webhooks")]
pub(crate) struct WebhookArgs {
    /// A host that webhooks may reach although it is not public, by plain HTTP too, with the networks that its addresses
    /// must be in: ci.internal=10.1.0.0/16,fd00::/8. May be repeated, or several given with `;` between them
    #[cfg(feature = "webhook")]
    #[arg(long, value_name = "HOST[=NETWORK,…]", value_delimiter = ';')]
    pub(crate) webhook_allow: Vec<WebhookAllow>,
    /// Authorities that webhooks trust instead of the system's, in PEM
    #[cfg(feature = "webhook")]
    #[arg(long, value_name = "FILE")]
    pub(crate) webhook_ca_file: Option<PathBuf>,
    /// Where this hub's servers are reached from outside: without it nobody can call back. With https, cookies are sent over
    /// encrypted connections only
    #[arg(long, value_name = "URL", value_parser = public_url)]
    pub(crate) public_url: Option<Url>,
    /// A file with the secret that the keys of callbacks follow from, at least 32 bytes, the same for all servers and
    /// workers of a hub; else UHUB_CALLBACK_SECRET, else, with an embedded database, one made in the data directory
    #[arg(long, value_name = "FILE")]
    pub(crate) callback_secret_file: Option<PathBuf>,
}

fn public_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    match url.scheme() {
        "http" | "https" if url.has_host() && url.query().is_none() && url.fragment().is_none() => Ok(url),
        _ => Err("must be as https://uhub.example.org/".to_owned()),
    }
}

/// The file of the secret in the data directory.
const FILE: &str = "callback.key";

impl WebhookArgs {
    /// What the keys of callbacks follow from; `None` where servers and workers would have different ones.
    pub(crate) fn callback_secret(&self, store: &StoreArgs) -> anyhow::Result<Option<CallbackSecret>> {
        let bytes = match secret(self.callback_secret_file.as_deref(), "UHUB_CALLBACK_SECRET")? {
            Some(given) => given.into_bytes(),
            None if store.url()?.starts_with("sqlite:") => {
                Secret::of_file(&store.made_directory()?, FILE)?.reveal().to_vec()
            }
            None => return Ok(None),
        };
        let secret =
            CallbackSecret::new(bytes).context("the callback secret is too short: 32 bytes are needed")?;
        Ok(Some(secret))
    }

    /// `backends`, as they are: this build has no webhooks.
    #[cfg(not(feature = "webhook"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as it is with webhooks")]
    pub(crate) fn add_to(
        &self,
        backends: Backends,
        _: &Hub,
        _: &StoreArgs,
        _: &ExecutionArgs,
    ) -> anyhow::Result<Backends> {
        Ok(backends)
    }

    /// `backends`, with webhooks of `hub`.
    #[cfg(feature = "webhook")]
    pub(crate) fn add_to(
        &self,
        backends: Backends,
        hub: &Hub,
        store: &StoreArgs,
        execution: &ExecutionArgs,
    ) -> anyhow::Result<Backends> {
        let options = WebhookOptions {
            allow: self.webhook_allow.clone(),
            ca_file: self.webhook_ca_file.clone(),
            default_timeout: Duration::from_secs(execution.default_timeout.into()),
            ..WebhookOptions::default()
        };
        let mut backend = WebhookBackend::new(options).context("webhook")?;
        if let (Some(public_url), Some(secret)) = (&self.public_url, self.callback_secret(store)?) {
            let (hub, public_url) = (hub.clone(), public_url.clone());
            backend = backend.with_callbacks(WebhookCallbacks { hub, secret, public_url });
        }
        Ok(backends.with(Arc::new(backend)))
    }
}
