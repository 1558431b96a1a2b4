//! Programs on the worker's own machine (DOMAIN §3.2, §7).

mod config;
mod drive;
mod environment;
mod user;
mod whitelist;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    os::{fd::AsFd, unix::ffi::OsStrExt},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
pub use config::{ConfigError, LocalConfig};
use drive::Outputs;
use nix::unistd::Uid;
use tokio::{net::unix::pipe, sync::mpsc};
use uhub_core::{
    model::{BackendConfig, BackendKind, ExecutionSpec, JobId, RunId},
    ports::{
        exec::{Capabilities, ExecEvents, ExecutionBackend, Handle, StartError, StartRequest, Started},
        secrets::SecretValue,
    },
};
use whitelist::{Checked, Whitelist};

use crate::supervise::{
    Control, StartFailure, Supervisors, pipe as new_pipe, wipe,
    wire::{Identity, Order, Start, Step},
};

/// Runs programs of a whitelist on the worker's own machine: never through a shell, in a cleared environment, in a
/// working directory under a whitelisted root, as an unprivileged user. Nothing that a program starts outlives its run,
/// whatever it does to get away, and nothing outlives the worker.
///
/// Of a run's limits it enforces the timeout; processors, memory and numbers of processes are for backends with
/// containers.
pub struct LocalBackend {
    config: LocalConfig,
    whitelist: Whitelist,
    identity: Option<Identity>,
    home: String,
    warnings: Vec<String>,
    supervisors: Arc<Supervisors>,
    running: Arc<Mutex<HashMap<Handle, Arc<Control>>>>,
}

impl fmt::Debug for LocalBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBackend")
            .field("whitelist", &self.whitelist)
            .field("user", &self.config.user)
            .finish_non_exhaustive()
    }
}

/// What a program is told of its run.
#[derive(Debug, Clone, Copy)]
struct Facts {
    run: RunId,
    job: JobId,
    attempt: u32,
    fence: i64,
}

/// A specification that was checked, with everything open that it names.
struct Plan<'a> {
    program: Checked,
    directory: std::os::fd::OwnedFd,
    args: &'a [String],
}

impl LocalBackend {
    /// A backend that runs what `config` allows. Warns of what is dangerous in it.
    ///
    /// # Errors
    /// [`ConfigError`] where a path, the user or a variable cannot be used as configured.
    pub fn new(config: LocalConfig) -> Result<Self, ConfigError> {
        let whitelist = Whitelist::new(&config)?;
        let identity = config.user.as_deref().map(user::identity).transpose()?.flatten();
        for (name, value) in &config.base_env {
            if let Some(reason) = environment::malformed(name, value) {
                return Err(ConfigError::Variable { name: name.clone(), reason: reason.to_owned() });
            }
        }
        let mut warnings = whitelist.warnings();
        let uid = identity.as_ref().map_or_else(Uid::effective, |identity| Uid::from_raw(identity.uid));
        if uid.is_root() && !config.programs.is_empty() {
            warnings.push("local programs run as root: configure an unprivileged user for them".to_owned());
        }
        for warning in &warnings {
            tracing::warn!("{warning}");
        }
        Ok(Self {
            home: environment::home(identity.as_ref().map(|identity| identity.uid)),
            config,
            whitelist,
            identity,
            warnings,
            supervisors: Arc::default(),
            running: Arc::default(),
        })
    }

    /// What is dangerous in the configuration, in words for the operator.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Forks the small process that all programs will be started from; else the first start does. Best called early in
    /// a process's life: it keeps a copy of the memory of that moment.
    ///
    /// # Errors
    /// Where the system grants no further process.
    pub fn warm_up(&self) -> std::io::Result<()> {
        self.supervisors.warm_up()
    }

    /// Checks all of `spec` and opens what it names.
    fn plan<'a>(&self, spec: &'a ExecutionSpec) -> Result<Plan<'a>, String> {
        let command = spec.command.as_deref().unwrap_or_default();
        let Some((program, args)) = command.split_first() else {
            return Err("the local backend needs a command".to_owned());
        };
        if command.iter().any(|arg| arg.contains('\0')) {
            return Err("the command has a NUL character, which no program can be given".to_owned());
        }
        let program = self.whitelist.program(program)?;
        let directory = self.whitelist.directory(spec.working_dir.as_deref())?;
        if let Some(reason) = spec.env.iter().find_map(|(name, value)| environment::refusal(name, value)) {
            return Err(reason);
        }
        if let Some(reason) = spec.secrets.keys().find_map(|name| environment::refusal(name, "")) {
            return Err(reason);
        }
        Ok(Plan { program, directory, args })
    }

    async fn run(
        &self,
        spec: &ExecutionSpec,
        facts: Facts,
        secrets: &BTreeMap<String, SecretValue>,
        timeout: Duration,
    ) -> Result<Started, StartError> {
        let plan = self.plan(spec).map_err(StartError::Refused)?;
        if let Some(name) =
            secrets.iter().find(|(_, value)| value.reveal().contains('\0')).map(|(name, _)| name)
        {
            return Err(StartError::Failed(format!("the secret for {name} holds a NUL character")));
        }
        let program = plan.program.resolved.as_os_str().as_bytes();
        let env = environment::build(&self.home, &self.config.base_env, &spec.env, secrets, &facts, program);
        let mut args = vec![plan.program.name.as_os_str().as_bytes()];
        args.extend(plan.args.iter().map(String::as_bytes));
        let mut start = Start {
            timeout_ns: nanos(timeout),
            grace_ns: nanos(self.config.grace),
            identity: self.identity.as_ref(),
            args,
            env,
        };
        let failed = |what: &str, error: &dyn fmt::Display| StartError::Failed(format!("{what}: {error}"));
        let (out, out_there) = new_pipe().map_err(|error| failed("no pipe for its output", &error))?;
        let (err, err_there) = new_pipe().map_err(|error| failed("no pipe for its output", &error))?;
        let fds = [plan.program.file.as_fd(), plan.directory.as_fd(), out_there.as_fd(), err_there.as_fd()];
        let started = self.supervisors.start(&start, fds).await;
        start.env.iter_mut().for_each(|variable| wipe(variable));
        let watched = started.map_err(|failure| self.start_error(&plan, &failure))?;
        // Else the pipes would never end.
        drop((out_there, err_there));

        let receiver =
            |fd| pipe::Receiver::from_owned_fd(fd).map_err(|error| failed("no pipe for its output", &error));
        let outputs = Outputs { out: receiver(out)?, err: receiver(err)? };
        let handle = Handle(format!("{}:{}:{}", facts.run, facts.fence, watched.program));
        let (events, mut received) = mpsc::channel(drive::WAITING);
        self.running().insert(handle.clone(), Arc::clone(&watched.control));
        let (running, ended) = (Arc::clone(&self.running), handle.clone());
        tokio::spawn(drive::drive(Arc::clone(&self.supervisors), watched, outputs, events, move || {
            running.lock().unwrap_or_else(PoisonError::into_inner).remove(&ended);
        }));
        let events: ExecEvents = Box::pin(futures_util::stream::poll_fn(move |cx| received.poll_recv(cx)));
        Ok(Started { handle, events })
    }

    /// Names the program or the user, where one of them is what went wrong.
    fn start_error(&self, plan: &Plan<'_>, failure: &StartFailure) -> StartError {
        let program = plan.program.name.display();
        let user = self.config.user.as_deref().unwrap_or("the worker's own user");
        StartError::Failed(match failure {
            StartFailure::Refused { step: Step::User | Step::Directory | Step::Execute, .. } => {
                format!("{program}, as {user}: {failure}")
            }
            _ => format!("{program}: {failure}"),
        })
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<Handle, Arc<Control>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, handle: &Handle, order: Order) {
        let control = self.running().get(handle).map(Arc::clone);
        if let Some(control) = control {
            control.order(order);
        }
    }
}

/// Whole nanoseconds, at most some 500 years.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[async_trait]
impl ExecutionBackend for LocalBackend {
    fn kind(&self) -> BackendKind {
        BackendKind::Local
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { adopt: false, cancel: true }
    }

    fn check(&self, spec: &ExecutionSpec, _config: &BackendConfig) -> Result<(), StartError> {
        self.plan(spec).map(drop).map_err(StartError::Refused)
    }

    async fn start(&self, request: StartRequest<'_>) -> Result<Started, StartError> {
        let claimed = request.claimed;
        let facts = Facts {
            run: claimed.id(),
            job: claimed.job_id(),
            attempt: claimed.attempt(),
            fence: claimed.fence(),
        };
        let timeout = claimed
            .limits()
            .timeout_seconds
            .map_or(self.config.default_timeout, |seconds| Duration::from_secs(seconds.into()));
        self.run(claimed.execution(), facts, &request.secrets, timeout).await
    }

    async fn cancel(&self, handle: &Handle) {
        self.order(handle, Order::Stop);
    }

    fn hold(&self, handle: &Handle, remaining: Duration) {
        self.order(handle, Order::Hold(nanos(remaining)));
    }
}

#[cfg(test)]
mod tests;
