//! Containers of a Docker engine on the worker's machine (DOMAIN §7).

mod body;
mod drive;
mod engine;
mod image;
mod mounts;
mod names;
mod options;
mod output;
mod plan;
mod run;
mod secrets;
mod start;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use drive::Control;
use engine::{Connected, Engine};
use mounts::Mounts;
use names::{Found, Order};
pub use options::{ConfigError, DockerOptions};
use secrets::SecretFiles;
use start::failed;
use uhub_core::{
    hub::ClaimedRun,
    model::{BackendConfig, BackendKind, ExecutionSpec},
    ports::exec::{
        Adopted, Capabilities, ExecutionBackend, Handle, Leftover, LogPosition, StartError, StartRequest,
        Started,
    },
};

/// Runs each attempt in a container of its own, made for it and removed when its end is recorded: not as root, without
/// capabilities, on a read-only file system, without a network unless the project has one, within limits that hold.
///
/// A container outlives its worker. It is found again by a name that is told before it is made, so that a worker that dies
/// at any moment leaves nothing that the next one cannot take over, or remove.
#[derive(Debug, Clone)]
pub struct DockerBackend(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: DockerOptions,
    mounts: Mounts,
    files: SecretFiles,
    engine: Engine,
    /// What this worker follows, by name.
    running: Mutex<HashMap<String, Arc<Control>>>,
}

impl DockerBackend {
    /// A backend that allows what `options` say. The engine need not answer yet.
    ///
    /// # Errors
    /// [`ConfigError`] where a directory cannot be used as configured.
    pub fn new(options: DockerOptions) -> Result<Self, ConfigError> {
        if options.user.0 == 0 || options.user.1 == 0 {
            return Err(ConfigError::Root);
        }
        let mounts = Mounts::new(&options.mount_roots, &options.socket)?;
        let files = SecretFiles::new(options.secrets_dir.as_deref())?;
        let engine = Engine::new(&options.socket);
        Ok(Self(Arc::new(Inner { options, mounts, files, engine, running: Mutex::default() })))
    }
}

impl Inner {
    fn running(&self) -> MutexGuard<'_, HashMap<String, Arc<Control>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn engine(&self) -> Result<&Connected, StartError> {
        self.engine.connected().await.map_err(|trouble| failed("no Docker engine", &trouble))
    }
}

#[async_trait]
impl ExecutionBackend for DockerBackend {
    fn kind(&self) -> BackendKind {
        BackendKind::Docker
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { adopt: true, cancel: true }
    }

    fn check(&self, spec: &ExecutionSpec, config: &BackendConfig) -> Result<(), StartError> {
        self.0.plan(spec, config).map(drop).map_err(StartError::Refused)
    }

    fn handle(&self, claimed: &ClaimedRun) -> Option<Handle> {
        let name = names::name(claimed.hub_id(), claimed.id(), claimed.attempt());
        Some(Found { name, engine: self.0.engine.id().map(str::to_owned), id: None }.handle())
    }

    async fn start(&self, request: StartRequest<'_>) -> Result<Started, StartError> {
        self.0.run(Order::of(request.claimed), request.secrets).await
    }

    async fn cancel(&self, handle: &Handle) {
        let control = self.0.running().get(&Found::parse(handle).name).map(Arc::clone);
        if let Some(control) = control {
            control.cancel.cancel();
        }
    }

    async fn adopt(
        &self,
        request: StartRequest<'_>,
        handle: &Handle,
        from: LogPosition,
    ) -> Result<Adopted, StartError> {
        self.0.take_over(&Order::of(request.claimed), handle, from).await
    }

    async fn release(&self, handle: &Handle) {
        let found = Found::parse(handle);
        let removed = match self.0.engine().await {
            Ok(engine) => {
                let removed = engine.remove(found.reference(), true).await;
                removed.map_err(|trouble| failed("its container cannot be removed", &trouble))
            }
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            // What is left is found again by its labels.
            tracing::warn!(%error, handle = handle.0, "a container is left behind for now");
            return;
        }
        if let Err(error) = self.0.files.remove(&found.name) {
            tracing::warn!(%error, handle = handle.0, "files of secrets are left behind for now");
        }
    }

    async fn leftovers(&self, hub_id: &str) -> Result<Vec<Leftover>, StartError> {
        let engine = self.0.engine().await?;
        let containers = engine.of_hub(hub_id).await;
        let containers = containers.map_err(|trouble| failed("containers cannot be listed", &trouble))?;
        let mut all: Vec<_> = containers
            .into_iter()
            .filter_map(|container| {
                let name = container.names?.first()?.trim_start_matches('/').to_owned();
                let found = Found { name, engine: Some(engine.id.clone()), id: container.id };
                names::leftover(&container.labels?, &found)
            })
            .collect();
        // Files without a container: of a worker that died between the two.
        for left in self.0.files.leftovers(hub_id) {
            let is_known = |known: &Leftover| (known.run_id, known.attempt) == (left.run_id, left.attempt);
            if !all.iter().any(is_known) {
                all.push(left);
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests;
