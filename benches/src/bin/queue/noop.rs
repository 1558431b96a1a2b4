//! A backend that has nothing to do.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use uhub_core::{
    model::{BackendConfig, BackendKind, ExecutionSpec},
    ports::exec::{
        Capabilities, ExecEvent, ExecutionBackend, Finish, Handle, StartError, StartRequest, Started,
    },
};

/// Every execution has ended well as soon as it starts. Counts them.
#[derive(Debug, Default)]
pub(crate) struct Noop {
    started: AtomicU64,
}

impl Noop {
    /// How many were started.
    pub(crate) fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl ExecutionBackend for Noop {
    fn kind(&self) -> BackendKind {
        BackendKind::Local
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { adopt: false, cancel: true }
    }

    fn check(&self, _spec: &ExecutionSpec, _config: &BackendConfig) -> Result<(), StartError> {
        Ok(())
    }

    async fn start(&self, _request: StartRequest<'_>) -> Result<Started, StartError> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let ended = std::future::ready(ExecEvent::Finished(Finish::Exited(0)));
        let events = Box::pin(futures_util::stream::once(ended));
        Ok(Started { handle: Handle(String::new()), events })
    }

    async fn cancel(&self, _handle: &Handle) {}
}
