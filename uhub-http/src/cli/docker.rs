//! Containers, as the command line allows them.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use clap::Args;
use uhub_core::model::{Limits, PullPolicy};
use uhub_exec::{Backends, DockerBackend, DockerOptions};

use super::args::ExecutionArgs;

/// What Docker's own programs read.
const DOCKER_HOST: &str = "DOCKER_HOST";

/// What containers may do, and get where nobody says anything.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Containers")]
pub(crate) struct DockerArgs {
    /// Run containers, on this machine's Docker engine
    #[arg(long)]
    pub(crate) docker: bool,
    /// The engine's socket; by default that of DOCKER_HOST, else unix:///var/run/docker.sock
    #[arg(long, value_name = "URL")]
    pub(crate) docker_host: Option<String>,
    /// A directory that projects may mount, and what lies below; may be repeated. Without any, nothing is mounted
    #[arg(long, value_name = "DIR", value_delimiter = ',')]
    pub(crate) docker_mount_root: Vec<PathBuf>,
    /// An image that may be run, or all that begin so: registry.example.org/*; may be repeated. Without any, all may be
    #[arg(long, value_name = "IMAGE", value_delimiter = ',')]
    pub(crate) docker_allow_image: Vec<String>,
    /// When images are pulled, in projects that say nothing
    #[arg(long, value_name = "WHEN", default_value = "missing")]
    pub(crate) docker_pull: PullPolicy,
    /// Processors of a container where nobody names a limit
    #[arg(long, value_name = "CPUS", default_value_t = 1.0)]
    pub(crate) docker_cpus: f64,
    /// Memory of a container where nobody names a limit
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(6..))]
    pub(crate) docker_memory_mb: u32,
    /// Processes and threads of a container where nobody names a limit
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) docker_pids: u32,
    /// Writable space at /tmp of a container, in memory, in projects that say nothing
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) docker_tmpfs_mb: u32,
    /// Where secrets wait for containers, in memory; by default below /run or /dev/shm
    #[arg(long, value_name = "DIR")]
    pub(crate) docker_secrets_dir: Option<PathBuf>,
}

impl DockerArgs {
    /// The same backends, with containers where they are wanted.
    pub(crate) fn add_to(&self, backends: Backends, execution: &ExecutionArgs) -> anyhow::Result<Backends> {
        if self.docker {
            return Ok(backends.with(Arc::new(backend(self, execution)?)));
        }
        let is_meant = self.docker_host.is_some()
            || !self.docker_mount_root.is_empty()
            || !self.docker_allow_image.is_empty();
        if is_meant {
            bail!("containers are configured, but not enabled: --docker");
        }
        Ok(backends)
    }
}

fn backend(args: &DockerArgs, execution: &ExecutionArgs) -> anyhow::Result<DockerBackend> {
    if !(args.docker_cpus.is_finite() && args.docker_cpus > 0.0 && args.docker_cpus <= 4096.0) {
        bail!("--docker-cpus: must be above 0 and at most 4096");
    }
    let limits = Limits {
        cpus: Some(args.docker_cpus),
        memory_mb: Some(args.docker_memory_mb),
        pids: Some(args.docker_pids),
        timeout_seconds: Some(execution.default_timeout),
        max_attempts: None,
    };
    let options = DockerOptions {
        socket: socket(args.docker_host.as_deref())?,
        mount_roots: args.docker_mount_root.clone(),
        allow_images: args.docker_allow_image.clone(),
        secrets_dir: args.docker_secrets_dir.clone(),
        defaults: limits,
        tmpfs_mb: args.docker_tmpfs_mb,
        pull: args.docker_pull,
        ..DockerOptions::default()
    };
    DockerBackend::new(options).context("docker")
}

fn socket(host: Option<&str>) -> anyhow::Result<PathBuf> {
    let host = match host {
        Some(host) => host.to_owned(),
        None => match std::env::var(DOCKER_HOST) {
            Ok(host) if !host.is_empty() => host,
            _ => return Ok(DockerOptions::default().socket),
        },
    };
    match host.strip_prefix("unix://") {
        Some(path) if path.starts_with('/') => Ok(PathBuf::from(path)),
        _ => bail!("{host}: the engine must be on this machine, such as unix:///var/run/docker.sock"),
    }
}
