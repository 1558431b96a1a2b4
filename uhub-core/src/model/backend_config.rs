//! What a project says of how its jobs are executed: set by admins only (DOMAIN §2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Limits, words};

/// Limits, and options of the backends. They narrow what the hub allows, and widen nothing of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackendConfig {
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
    /// How many runs of the project may go on at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrent: Option<u32>,
    /// By environment, how many runs may go on there at once.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub max_concurrent_by_environment: BTreeMap<String, u32>,
    /// What containers get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker: Option<DockerConfig>,
    /// How webhooks are sent and followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookConfig>,
}

// Numbers that pass validation are finite, so that equality is total.
impl Eq for BackendConfig {}

impl BackendConfig {
    /// Its limits alone.
    pub const fn limits(&self) -> Limits {
        Limits {
            cpus: self.cpus,
            memory_mb: self.memory_mb,
            pids: self.pids,
            timeout_seconds: self.timeout_seconds,
            max_attempts: self.max_attempts,
        }
    }

    /// Whether it limits how many runs go on at once.
    pub fn limits_runs(&self) -> bool {
        self.max_concurrent.is_some() || !self.max_concurrent_by_environment.is_empty()
    }
}

impl From<Limits> for BackendConfig {
    fn from(limits: Limits) -> Self {
        let Limits { cpus, memory_mb, pids, timeout_seconds, max_attempts } = limits;
        Self { cpus, memory_mb, pids, timeout_seconds, max_attempts, ..Self::default() }
    }
}

words! {
    /// When an image is pulled.
    pub enum PullPolicy {
        /// Never: it is there, or the run fails.
        Never = "never",
        /// Where it is not there yet.
        Missing = "missing",
        /// Each time.
        Always = "always",
    }
}

/// What containers of a project get beyond the bare minimum.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DockerConfig {
    /// A network of the engine; without one, containers have no network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Directories of the host, below roots that the operator allows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// When images are pulled; `missing` where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull: Option<PullPolicy>,
    /// As whom programs run, `uid` or `uid:gid` as numbers; never root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// MiB of writable space at `/tmp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmpfs_mb: Option<u32>,
}

/// A directory of the host that containers see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// Absolute path on the host.
    pub source: String,
    /// Absolute path in the container.
    pub target: String,
    /// Whether the container may write there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub writable: bool,
}

words! {
    /// Whose API a webhook speaks.
    pub enum WebhookPreset {
        /// GitHub: start a workflow by its file.
        GithubWorkflow = "github_workflow",
        /// GitHub: an event of one's own, to which workflows listen.
        GithubDispatch = "github_dispatch",
        /// GitLab: trigger a pipeline.
        Gitlab = "gitlab",
        /// Jenkins: build with parameters.
        Jenkins = "jenkins",
        /// A signed request to anything else.
        Generic = "generic",
    }
}

words! {
    /// How the end of what a webhook started is learnt.
    pub enum WebhookFollow {
        /// The CI's own API is asked again and again.
        Poll = "poll",
        /// The CI calls back, signed.
        Callback = "callback",
        /// Not at all: that it was accepted is the end.
        None = "none",
    }
}

/// How webhooks of a project are sent and followed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// Whose API it is; told from the URL where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<WebhookPreset>,
    /// How its end is learnt; as the preset does best where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow: Option<WebhookFollow>,
}
