//! Webhooks on this machine.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use clap::Args;
use uhub_core::ports::exec::ExecutionBackend;
use uhub_exec::{Backends, WebhookAllow, WebhookBackend, WebhookOptions};

use super::args::ExecutionArgs;

/// Where webhooks may go.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Webhooks")]
pub(crate) struct WebhookArgs {
    /// A host that webhooks may reach although it is not public, by plain HTTP too, with the networks that its addresses
    /// must be in: ci.internal=10.1.0.0/16,fd00::/8. May be repeated, or several given with `;` between them
    #[arg(long, value_name = "HOST[=NETWORK,…]", value_delimiter = ';')]
    pub(crate) webhook_allow: Vec<WebhookAllow>,
    /// Authorities that webhooks trust instead of the system's, in PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) webhook_ca_file: Option<PathBuf>,
}

impl WebhookArgs {
    /// `backends`, with webhooks.
    pub(crate) fn add_to(&self, backends: Backends, execution: &ExecutionArgs) -> anyhow::Result<Backends> {
        let options = WebhookOptions {
            allow: self.webhook_allow.clone(),
            ca_file: self.webhook_ca_file.clone(),
            default_timeout: Duration::from_secs(execution.default_timeout.into()),
            ..WebhookOptions::default()
        };
        let backend = WebhookBackend::new(options).context("webhook")?;
        Ok(backends.with(Arc::new(backend) as Arc<dyn ExecutionBackend>))
    }
}
