//! A backend under a test's control: what runs ends when the test says so.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use tokio::sync::mpsc;
use uhub_core::{
    model::{BackendConfig, BackendKind, ExecutionSpec},
    ports::exec::{
        Capabilities, ExecEvent, ExecutionBackend, Finish, Handle, StartError, StartRequest, Started,
    },
};

#[derive(Debug, Default)]
pub(super) struct Fake {
    /// By handle: where its events go.
    pub(super) running: Mutex<Vec<(Handle, mpsc::UnboundedSender<ExecEvent>)>>,
    /// What was called, in order.
    pub(super) calls: Mutex<Vec<String>>,
}

impl Fake {
    pub(super) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// Tells of the newest execution.
    pub(super) fn tell(&self, event: ExecEvent) {
        let running = self.running.lock().unwrap();
        running.last().unwrap().1.send(event).unwrap();
    }

    fn call(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }
}

#[async_trait]
impl ExecutionBackend for Fake {
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
        let handle = Handle(format!("{}:{}", request.claimed.attempt(), request.claimed.fence()));
        let (events, mut received) = mpsc::unbounded_channel();
        self.call(format!("start {}", handle.0));
        self.running.lock().unwrap().push((handle.clone(), events));
        let events = Box::pin(futures_util::stream::poll_fn(move |cx| received.poll_recv(cx)));
        Ok(Started { handle, events })
    }

    async fn cancel(&self, handle: &Handle) {
        self.call(format!("cancel {}", handle.0));
        let running = self.running.lock().unwrap();
        let (_, events) = running.iter().find(|(known, _)| known == handle).unwrap();
        let _gone = events.send(ExecEvent::Finished(Finish::Cancelled));
    }

    fn hold(&self, handle: &Handle, remaining: Duration) {
        if remaining.is_zero() {
            self.call(format!("end {}", handle.0));
        }
    }
}
