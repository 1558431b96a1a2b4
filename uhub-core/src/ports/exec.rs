//! How runs are executed (DOMAIN §7): usable by code that has never heard of HTTP or SQL.

use std::{collections::BTreeMap, pin::Pin, time::Duration};

use async_trait::async_trait;
use futures_core::Stream as AsyncStream;

use super::secrets::SecretValue;
use crate::{
    hub::ClaimedRun,
    model::{BackendConfig, BackendKind, ExecutionSpec, RunId, Stream},
};

/// What a backend can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// What goes on can be found again after the worker's restart.
    pub adopt: bool,
    /// What goes on can be stopped.
    pub cancel: bool,
}

/// What a backend needs to find an execution again. Kept in the database: never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle(pub String);

/// A request to execute. Only a claim yields one, so that nothing runs unclaimed and unchecked.
#[derive(Debug)]
pub struct StartRequest<'a> {
    /// The claimed run; its id and fence travel along, so that the outside can tell a repeat from a new run.
    pub claimed: &'a ClaimedRun,
    /// The values of `execution.secrets`, by variable.
    pub secrets: BTreeMap<String, SecretValue>,
}

/// What happens while it executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecEvent {
    /// A piece of output, as it came.
    Log {
        /// From which output.
        stream: Stream,
        /// At most 64 KiB.
        bytes: Vec<u8>,
    },
    /// How far it is, in percent, where the backend knows.
    Progress(u8),
    /// From now on it is found by this handle; recorded as it comes.
    Handle(Handle),
    /// It is over; nothing follows.
    Finished(Finish),
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// The program ended by itself with this code; 0 is success.
    Exited(i32),
    /// It ended badly in another way: `killed by signal 9`, `oom_killed`.
    Failed(String),
    /// It took longer than it may, and was stopped.
    TimedOut,
    /// It was cancelled, and stopped.
    Cancelled,
    /// Nobody can tell how it ended, or whether: as when its worker had died (DOMAIN §5, `lost`).
    Lost(String),
}

/// Why an execution did not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The backend's own rules refuse it, such as the whitelist of programs.
    #[error("{0}")]
    Refused(String),
    /// It could not be started.
    #[error("{0}")]
    Failed(String),
}

/// The events of an execution. Dropping it does not end the execution.
pub type ExecEvents = Pin<Box<dyn AsyncStream<Item = ExecEvent> + Send>>;

/// An execution that goes on.
pub struct Started {
    /// To find it again.
    pub handle: Handle,
    /// What happens; ends with [`ExecEvent::Finished`].
    pub events: ExecEvents,
}

impl std::fmt::Debug for Started {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Started").field("handle", &self.handle).finish_non_exhaustive()
    }
}

/// How much of an execution's output is stored already, in bytes as they came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogPosition {
    /// Of standard output.
    pub stdout: u64,
    /// Of standard error.
    pub stderr: u64,
}

/// What became of an execution that an earlier worker started, or was about to start.
#[derive(Debug)]
pub enum Adopted {
    /// It goes on, or has ended and can tell how.
    Running(Started),
    /// It was never started: that may be done now.
    NotStarted,
    /// It was started, and cannot be found any more; in words.
    Gone(String),
}

/// Something of a hub that exists outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Of which run.
    pub run_id: RunId,
    /// Of which attempt.
    pub attempt: u32,
    /// To [`ExecutionBackend::release`] it.
    pub handle: Handle,
}

/// A way to execute.
#[async_trait]
pub trait ExecutionBackend: Send + Sync + std::fmt::Debug {
    /// As what the guardrails treat it.
    fn kind(&self) -> BackendKind;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Refuses, when a job is planned already, what it would refuse to start.
    ///
    /// # Errors
    /// [`StartError::Refused`].
    fn check(&self, spec: &ExecutionSpec, config: &BackendConfig) -> Result<(), StartError>;

    /// By what the execution of `claimed` will be found, where that can be told beforehand. It is recorded before the
    /// start, so that a worker that dies in between leaves nothing unknown. Backends that can adopt give one.
    fn handle(&self, _claimed: &ClaimedRun) -> Option<Handle> {
        None
    }

    /// Starts a claimed run.
    ///
    /// # Errors
    /// [`StartError`]; nothing goes on then.
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, StartError>;

    /// Stops an execution, whole. Its events then end with [`Finish::Cancelled`].
    async fn cancel(&self, handle: &Handle);

    /// The worker's claim holds for `remaining` from now, unless this is called again: then the execution must be ended at
    /// once, even where the worker hangs or is stopped, so that nothing goes on that another worker may start anew. Zero:
    /// it has ended. Called with each heartbeat; must not block. Backends whose executions can be adopted need not do
    /// anything.
    fn hold(&self, _handle: &Handle, _remaining: Duration) {}

    /// Takes over what another worker started, with the claim's new fence. Its events go on behind `from`, without a gap
    /// and without a repeat.
    ///
    /// # Errors
    /// [`StartError`] where it cannot be told now; it is asked again.
    async fn adopt(
        &self,
        _request: StartRequest<'_>,
        _handle: &Handle,
        _from: LogPosition,
    ) -> Result<Adopted, StartError> {
        Ok(Adopted::Gone("this backend cannot take over what another worker started".to_owned()))
    }

    /// Its end is recorded, and what is left of it outside may go. Never before: whoever takes over a run of which nothing
    /// is left could not tell that it ran.
    async fn release(&self, _handle: &Handle) {}

    /// All that exists outside of the hub's runs, whichever worker made it.
    ///
    /// # Errors
    /// [`StartError`] where it cannot be told now.
    async fn leftovers(&self, _hub_id: &str) -> Result<Vec<Leftover>, StartError> {
        Ok(Vec::new())
    }
}
