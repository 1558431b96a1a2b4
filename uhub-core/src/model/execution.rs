//! What a job executes, and how much it may use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words;

words! {
    /// How a job is executed. A backend that an embedder registers is treated as its declared kind (DOMAIN §7).
    pub enum BackendKind {
        /// A program on the worker's machine.
        Local = "local",
        /// An ephemeral container.
        Docker = "docker",
        /// An outside CI.
        Webhook = "webhook",
        /// A program on another machine.
        Ssh = "ssh",
        /// A Kubernetes Job.
        K8s = "k8s",
        /// A function of a cloud.
        Serverless = "serverless",
    }
}

/// Upper bounds. `None` = not limited here. Limits merge downwards: hub ≥ project ≥ job (DOMAIN §3.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Processors, such as 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<f64>,
    /// Memory in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mb: Option<u32>,
    /// Processes and threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pids: Option<u32>,
    /// Wall-clock seconds of one attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Attempts of one run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
}

// Numbers that pass validation are finite, so that equality is total.
impl Eq for Limits {}

/// What to execute: the wire form of API.md, kept as it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecutionSpec {
    /// The backend; without it the project's, then the hub's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<BackendKind>,
    /// Program and arguments. Never given to a shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// Absolute working directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// Container image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Where a webhook goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// HTTP method of a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Body of a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<serde_json::Value>,
    /// Environment variables, in clear.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Environment variables whose values are secrets, by reference (`vault:mount/path#field`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
    /// Wall-clock seconds of one attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Attempts of one run, 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// Whether running it twice does what running it once does; only then is a lost attempt tried again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub idempotent: bool,
    /// Who goes first where workers are short: the higher, from -100 to 100; 0 by default.
    #[serde(skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// What the job asks for; less than hub and project allow, never more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<ResourceLimits>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks this way")]
const fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// The part of [`Limits`] that a job names under `limits`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResourceLimits {
    /// Processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<f64>,
    /// Memory in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mb: Option<u32>,
    /// Processes and threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pids: Option<u32>,
}

impl Eq for ResourceLimits {}

impl ExecutionSpec {
    /// Everything the job asks for, in one value.
    pub fn asked(&self) -> Limits {
        let limits = self.limits.unwrap_or_default();
        Limits {
            cpus: limits.cpus,
            memory_mb: limits.memory_mb,
            pids: limits.pids,
            timeout_seconds: self.timeout_seconds,
            max_attempts: self.max_attempts,
        }
    }

    /// Attempts of one run, at least 1.
    pub fn attempts(&self) -> u32 {
        self.max_attempts.unwrap_or(1).max(1)
    }
}
