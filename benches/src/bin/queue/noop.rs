//! A backend that has nothing to do.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    model::{BackendConfig, BackendKind, ExecutionSpec, RunId},
    ports::exec::{
        Capabilities, ExecEvent, ExecutionBackend, Finish, Handle, StartError, StartRequest, Started,
    },
};

/// Which run started when.
pub(crate) type Note = (RunId, DateTime<Utc>);

/// Every execution has ended well as soon as it starts. Counts them, and notes when each started if asked to.
#[derive(Debug, Default)]
pub(crate) struct Noop {
    started: AtomicU64,
    notes: Option<Mutex<Vec<Note>>>,
}

impl Noop {
    /// One that notes when each run started.
    pub(crate) fn noting() -> Self {
        Self { started: AtomicU64::new(0), notes: Some(Mutex::default()) }
    }

    /// When each started.
    pub(crate) fn notes(&self) -> Vec<Note> {
        let notes = self.notes.as_ref().map(|notes| notes.lock().unwrap_or_else(PoisonError::into_inner));
        notes.map(|notes| notes.clone()).unwrap_or_default()
    }

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

    async fn start(&self, request: StartRequest<'_>) -> Result<Started, StartError> {
        if let Some(notes) = &self.notes {
            let started = (request.claimed.id(), Utc::now());
            notes.lock().unwrap_or_else(PoisonError::into_inner).push(started);
        }
        self.started.fetch_add(1, Ordering::Relaxed);
        let ended = std::future::ready(ExecEvent::Finished(Finish::Exited(0)));
        let events = Box::pin(futures_util::stream::once(ended));
        Ok(Started { handle: Handle(String::new()), events })
    }

    async fn cancel(&self, _handle: &Handle) {}
}
