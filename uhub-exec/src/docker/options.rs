//! What the operator allows containers.

use std::{path::PathBuf, time::Duration};

use uhub_core::model::{Limits, PullPolicy};

/// Where the engine listens, what containers may see of the host, and what they get where nobody says anything.
#[derive(Debug, Clone)]
pub struct DockerOptions {
    /// The engine's socket. It is on this machine: secrets reach containers by its memory.
    pub socket: PathBuf,
    /// Directories of the host that projects may mount, and what lies below. Links are followed, here and in what is
    /// mounted, so that nothing else is reached through them. None by default.
    pub mount_roots: Vec<PathBuf>,
    /// Images that may be run: as jobs write them, or up to a `*` at the end. Any where it is empty.
    pub allow_images: Vec<String>,
    /// Where secrets wait for containers to read them, on a file system in memory; found by itself where it is `None`.
    pub secrets_dir: Option<PathBuf>,
    /// What containers get where neither hub, project nor job names a limit.
    pub defaults: Limits,
    /// MiB of writable space at `/tmp` and in each volume of the image.
    pub tmpfs_mb: u32,
    /// MiB of output that the engine keeps of a container at least, for a worker that takes it over; at most twice as much.
    pub log_mb: u32,
    /// When images are pulled, in projects that say nothing.
    pub pull: PullPolicy,
    /// As whom programs run in projects that say nothing: user and group.
    pub user: (u32, u32),
    /// How long a program may go on after it was asked to end (SIGTERM), before it is killed.
    pub grace: Duration,
    /// How long the engine may not answer before a run whose container it has is given up as lost.
    pub patience: Duration,
}

impl Default for DockerOptions {
    fn default() -> Self {
        Self {
            socket: PathBuf::from("/var/run/docker.sock"),
            mount_roots: Vec::new(),
            allow_images: Vec::new(),
            secrets_dir: None,
            defaults: Limits {
                cpus: Some(1.0),
                memory_mb: Some(512),
                pids: Some(256),
                timeout_seconds: Some(3600),
                max_attempts: None,
            },
            tmpfs_mb: 64,
            log_mb: 64,
            pull: PullPolicy::Missing,
            // `nobody` and `nogroup`, wherever these names are known.
            user: (65_534, 65_534),
            grace: Duration::from_secs(10),
            patience: Duration::from_secs(300),
        }
    }
}

/// Why [`DockerOptions`] cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A directory that may be mounted.
    #[error("mount root {}: {reason}", path.display())]
    MountRoot {
        /// As it was configured.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Where secrets wait.
    #[error("directory for secrets {}: {reason}", path.display())]
    SecretsDir {
        /// As it was configured.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Root is nobody's user in a container.
    #[error("containers must not run as root")]
    Root,
}
