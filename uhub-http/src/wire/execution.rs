//! What a job executes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uhub_core::model::{self, BackendKind};
use utoipa::ToSchema;

use super::{optional_object, words};

/// What to execute. Each backend refuses what it does not use.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// Without one: the project's, else the hub's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::BackendKind>)]
    backend: Option<BackendKind>,
    /// Program and arguments. Never given to a shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 1024)]
    command: Option<Vec<String>>,
    /// Absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^/", max_length = 4096)]
    working_dir: Option<String>,
    /// Container image.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4096)]
    image: Option<String>,
    /// Where a webhook goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4096)]
    url: Option<String>,
    /// HTTP method of a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^(GET|POST|PUT|PATCH|DELETE)$")]
    method: Option<String>,
    /// JSON body of a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    payload: Option<Value>,
    /// Environment variables, in clear.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<String, String>,
    /// Environment variables whose values are secrets, by reference (`vault:mount/path#field`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    secrets: BTreeMap<String, String>,
    /// Wall-clock seconds of one attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    timeout_seconds: Option<u32>,
    /// Attempts of one run, 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    max_attempts: Option<u32>,
    /// Whether running it twice does what running it once does; only then is a lost attempt tried again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    idempotent: bool,
    /// Who goes first where workers are short: the higher. 0 by default.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schema(minimum = -100, maximum = 100)]
    priority: i32,
    /// What it asks for: less than hub and project allow, never more.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    limits: Option<ResourceLimits>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks this way")]
const fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// What a job asks for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceLimits {
    /// Processors, such as 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(exclusive_minimum = 0)]
    cpus: Option<f64>,
    /// MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    memory_mb: Option<u32>,
    /// Processes and threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pids: Option<u32>,
}

/// What a project says of how its jobs are executed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackendConfig {
    /// Processors, such as 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(exclusive_minimum = 0)]
    cpus: Option<f64>,
    /// MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    memory_mb: Option<u32>,
    /// Processes and threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pids: Option<u32>,
    /// Wall-clock seconds of one attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    timeout_seconds: Option<u32>,
    /// Attempts of one run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    max_attempts: Option<u32>,
    /// How many of its runs may go on at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    max_concurrent: Option<u32>,
    /// By environment, how many runs may go on there at once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    max_concurrent_by_environment: BTreeMap<String, u32>,
    /// What containers get.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    docker: Option<DockerConfig>,
    /// How webhooks are sent and followed.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    webhook: Option<WebhookConfig>,
}

/// What containers of a project get beyond the bare minimum.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DockerConfig {
    /// A network of the engine; without one, containers have no network.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Za-z0-9_.-]{1,128}$")]
    network: Option<String>,
    /// Directories of the host, below roots that the operator allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 32)]
    mounts: Vec<Mount>,
    /// When images are pulled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PullPolicy>)]
    pull: Option<model::PullPolicy>,
    /// `uid` or `uid:gid` as numbers, not root.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[1-9][0-9]{0,8}(:[1-9][0-9]{0,8})?$")]
    user: Option<String>,
    /// MiB of writable space at `/tmp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    tmpfs_mb: Option<u32>,
}

/// A directory of the host that containers see.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// On the host.
    #[schema(pattern = "^/[^:]*$", max_length = 4096)]
    source: String,
    /// In the container.
    #[schema(pattern = "^/[^:]*$", max_length = 4096)]
    target: String,
    /// Whether the container may write there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    writable: bool,
}

/// How webhooks of a project are sent and followed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Whose API it is; without one, told from the URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::WebhookPreset>)]
    preset: Option<model::WebhookPreset>,
    /// How its end is learnt; without one, as the preset does best.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::WebhookFollow>)]
    follow: Option<model::WebhookFollow>,
}

/// The same fields in both directions, each named once.
macro_rules! same_fields {
    ($wire:ty, $core:ty, { $($field:ident),+ $(,)? } $(, nested { $($nested:ident),+ })?) => {
        impl From<$wire> for $core {
            fn from(value: $wire) -> Self {
                type Wire = $wire;
                let Wire { $($field,)+ $($($nested,)+)? } = value;
                Self { $($field,)+ $($($nested: $nested.map(Into::into),)+)? }
            }
        }

        impl From<$core> for $wire {
            fn from(value: $core) -> Self {
                type Core = $core;
                let Core { $($field,)+ $($($nested,)+)? } = value;
                Self { $($field,)+ $($($nested: $nested.map(Into::into),)+)? }
            }
        }
    };
}

same_fields!(ResourceLimits, model::ResourceLimits, { cpus, memory_mb, pids });
same_fields!(Mount, model::Mount, { source, target, writable });
same_fields!(WebhookConfig, model::WebhookConfig, { preset, follow });
same_fields!(BackendConfig, model::BackendConfig, {
    cpus, memory_mb, pids, timeout_seconds, max_attempts, max_concurrent, max_concurrent_by_environment,
}, nested { docker, webhook });
same_fields!(Execution, model::ExecutionSpec, {
    backend, command, working_dir, image, url, method, payload, env, secrets, timeout_seconds, max_attempts,
    idempotent, priority,
}, nested { limits });

impl From<DockerConfig> for model::DockerConfig {
    fn from(config: DockerConfig) -> Self {
        let DockerConfig { network, mounts, pull, user, tmpfs_mb } = config;
        Self { network, mounts: mounts.into_iter().map(Into::into).collect(), pull, user, tmpfs_mb }
    }
}

impl From<model::DockerConfig> for DockerConfig {
    fn from(config: model::DockerConfig) -> Self {
        let model::DockerConfig { network, mounts, pull, user, tmpfs_mb } = config;
        Self { network, mounts: mounts.into_iter().map(Into::into).collect(), pull, user, tmpfs_mb }
    }
}
