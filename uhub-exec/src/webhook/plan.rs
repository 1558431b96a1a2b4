//! What a job and its project say, checked: the same when a job is planned, started and taken over.

use std::sync::Arc;

use reqwest::{Method, Url};
use uhub_core::model::{BackendConfig, ExecutionSpec, WebhookFollow, WebhookPreset};

use super::{
    client::Client,
    presets::{self, Ci},
};

/// How the end of a run is learnt: by one of these, or by both, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Follow {
    /// The outside is asked.
    pub(super) polls: bool,
    /// The outside calls back.
    pub(super) listens: bool,
}

/// A checked webhook.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) ci: Arc<dyn Ci>,
    pub(super) follow: Follow,
    /// The same request twice is one run, for the other side as well.
    pub(super) is_repeatable: bool,
}

impl Plan {
    /// `can_listen`: the outside can call back.
    pub(super) fn new(
        client: &Client,
        spec: &ExecutionSpec,
        config: &BackendConfig,
        can_listen: bool,
    ) -> Result<Self, String> {
        let config = config.webhook.clone().unwrap_or_default();
        let url = spec.url.as_deref().ok_or("the webhook backend needs a url")?;
        let url: Url = url.parse().map_err(|error| format!("the url cannot be read: {error}"))?;
        client.check(&url)?;
        if !spec.env.is_empty() {
            return Err("webhooks use no env: name what the other side needs in the payload".to_owned());
        }
        let (preset, ci) = presets::of(config.preset, &url)?;
        let is_generic = preset == WebhookPreset::Generic;
        let method = match spec.method.as_deref() {
            None | Some("POST") => Method::POST,
            Some("PUT") if is_generic => Method::PUT,
            Some("PATCH") if is_generic => Method::PATCH,
            Some(_) if is_generic => return Err("webhooks are sent by POST, PUT or PATCH".to_owned()),
            Some(_) => return Err(format!("the preset {preset} is sent by POST")),
        };
        ci.check(spec)?;
        let follow = match config.follow {
            Some(WebhookFollow::None) => Follow { polls: false, listens: false },
            Some(WebhookFollow::Poll) => Follow { polls: true, listens: is_generic && can_listen },
            Some(WebhookFollow::Callback) if can_listen => Follow { polls: false, listens: true },
            Some(WebhookFollow::Callback) => {
                return Err(
                    "nobody can call back: the hub has no --public-url, or no callback secret".to_owned()
                );
            }
            None if is_generic && can_listen => Follow { polls: true, listens: true },
            None if is_generic => {
                return Err("say execution_backend_config.webhook.follow: `poll` where the answer names a \
                            status_url, `none` where it is enough that it was accepted; nobody can call back, as the \
                            hub has no --public-url"
                    .to_owned());
            }
            None => Follow { polls: true, listens: false },
        };
        Ok(Self { url, method, ci, follow, is_repeatable: is_generic && spec.idempotent })
    }
}
