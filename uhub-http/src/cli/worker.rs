//! `uhub worker`, and the worker inside a server.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use uhub_core::{Hub, ports::exec::ExecutionBackend};
use uhub_exec::{Backends, HousekeepingOptions, LocalBackend, LocalConfig, Secrets, Worker, WorkerOptions};

use super::{
    args::{ExecutionArgs, LocalArgs, WorkerArgs},
    output,
};

impl ExecutionArgs {
    /// How the hub is looked after.
    pub(crate) fn housekeeping(&self) -> HousekeepingOptions {
        HousekeepingOptions { head_file: self.audit_head_file.clone(), ..HousekeepingOptions::default() }
    }
}

impl LocalArgs {
    /// What `local` may do.
    pub(crate) fn config(&self, default_timeout: u32) -> LocalConfig {
        LocalConfig {
            programs: self.local_program.clone(),
            working_roots: self.local_root.clone(),
            user: self.local_user.clone(),
            default_timeout: Duration::from_secs(default_timeout.into()),
            ..LocalConfig::default()
        }
    }

    fn options(&self) -> WorkerOptions {
        let mut options = WorkerOptions {
            slots: self.worker_slots.get(),
            log_limit: self.log_limit_mb.saturating_mul(1024 * 1024),
            stop_within: Some(Duration::from_secs(self.stop_within)),
            ..WorkerOptions::default()
        };
        if let Some(name) = &self.worker_name {
            options.name.clone_from(name);
        }
        options
    }
}

/// The backends of this machine. To be called before threads start: local programs are started by a small process of
/// their own, a copy of this one as it is now.
pub(crate) fn backends(config: LocalConfig) -> anyhow::Result<Backends> {
    let local = LocalBackend::new(config).context("local")?;
    local.warm_up().context("local")?;
    Ok(Backends::new().with(Arc::new(local) as Arc<dyn ExecutionBackend>))
}

/// A worker over `hub`.
pub(crate) fn worker(
    hub: Hub,
    backends: Backends,
    args: &LocalArgs,
    secrets: Secrets,
    execution: &ExecutionArgs,
) -> Worker {
    let options = WorkerOptions { housekeeping: execution.housekeeping(), ..args.options() };
    Worker::new(hub, backends, secrets, options)
}

/// Cancels the first token at the first SIGTERM or SIGINT, the second at the second.
pub(crate) fn stop_on_signals(stop: CancellationToken, abort: CancellationToken) -> anyhow::Result<()> {
    let mut term = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut int = signal(SignalKind::interrupt()).context("SIGINT")?;
    tokio::spawn(async move {
        for token in [stop, abort] {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            token.cancel();
        }
    });
    Ok(())
}

/// A runtime with a few threads: the work waits for the database mostly.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors.clamp(2, 8))
        .max_blocking_threads(32)
        .enable_all()
        .build()
        .context("the runtime cannot be started")
}

pub(crate) fn run(args: &WorkerArgs) -> anyhow::Result<bool> {
    let backends = backends(args.local.config(args.execution.default_timeout))?;
    #[cfg(feature = "docker")]
    let backends = args.docker.add_to(backends, &args.execution)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let hub = args.store.open(args.store.settings(Some(&args.execution)), true).await?;
        let backends = args.webhook.add_to(backends, &hub, &args.store, &args.execution)?;
        let worker = worker(hub, backends, &args.local, args.secrets.sources()?, &args.execution);
        let stop = CancellationToken::new();
        stop_on_signals(stop.clone(), worker.abort_token())?;
        output::print(&format!("working as {}", worker.name()))?;
        worker.run(stop).await;
        Ok(true)
    })
}

/// This program's own file.
pub(crate) fn own_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().and_then(|program| program.canonicalize()).context("this program's own path")
}
