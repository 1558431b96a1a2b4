//! How webhooks are sent on this machine, as its operator decides.

use std::{path::PathBuf, time::Duration};

use super::address::WebhookAllow;

/// How webhooks are sent and followed. The defaults reach the public internet only.
#[derive(Debug, Clone)]
pub struct WebhookOptions {
    /// Hosts that may be reached although they are not public.
    pub allow: Vec<WebhookAllow>,
    /// Authorities to trust instead of the system's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// How long a run may take that has no limit of its own.
    pub default_timeout: Duration,
    /// How long things may take, and how often they are asked.
    pub pace: WebhookPace,
}

impl Default for WebhookOptions {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            ca_file: None,
            default_timeout: Duration::from_secs(3600),
            pace: WebhookPace::default(),
        }
    }
}

/// How long things may take, and how often they are asked.
#[derive(Debug, Clone)]
pub struct WebhookPace {
    /// A connection, with the look-up of its host.
    pub connect: Duration,
    /// Silence within an answer.
    pub read: Duration,
    /// A whole request with its answer.
    pub request: Duration,
    /// The first wait between two looks at what goes on outside; later ones grow to [`Self::longest`].
    pub shortest: Duration,
    /// The longest wait between two looks.
    pub longest: Duration,
    /// How long a run is looked for outside of which only its key is known, before it is lost.
    pub find_within: Duration,
    /// How long the outside may fail to answer before the run is lost.
    pub silent_for: Duration,
    /// How long what is cancelled may take to end outside.
    pub cancel_within: Duration,
}

impl Default for WebhookPace {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(20),
            request: Duration::from_secs(30),
            shortest: Duration::from_secs(2),
            longest: Duration::from_secs(15),
            find_within: Duration::from_secs(600),
            silent_for: Duration::from_secs(600),
            cancel_within: Duration::from_secs(60),
        }
    }
}
