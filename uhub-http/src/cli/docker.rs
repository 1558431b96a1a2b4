//! Containers, as the command line allows them.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use uhub_core::model::Limits;
use uhub_exec::{Backends, DockerBackend, DockerOptions};

use super::args::{DockerArgs, ExecutionArgs};

/// What Docker's own programs read.
const DOCKER_HOST: &str = "DOCKER_HOST";

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
