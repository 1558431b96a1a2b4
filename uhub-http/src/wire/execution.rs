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
    /// What it asks for: less than hub and project allow, never more.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    limits: Option<ResourceLimits>,
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

/// Upper bounds for all jobs of a project.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
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
same_fields!(Limits, model::Limits, { cpus, memory_mb, pids, timeout_seconds, max_attempts });
same_fields!(Execution, model::ExecutionSpec, {
    backend, command, working_dir, image, url, method, payload, env, secrets, timeout_seconds, max_attempts,
    idempotent,
}, nested { limits });
