//! Execution backends written in Python. The package's own shim stands between: it runs the user's class, whichever face
//! it has, on threads of its own, and tells what happens by an [`Emitter`].

use std::sync::Arc;

use async_trait::async_trait;
use pyo3::{exceptions::PyValueError, prelude::*, types::PyDict};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_stream::wrappers::UnboundedReceiverStream;
use uhub_core::{
    model::{BackendConfig, BackendKind, ExecutionSpec, Stream},
    ports::exec::{
        Capabilities, ExecEvent, ExecutionBackend, Finish, Handle, StartError, StartRequest, Started,
    },
};

use crate::words::word;

/// Output is cut into pieces of so many bytes.
const PIECE: usize = 64 * 1024;

/// A backend whose work is done in Python.
#[derive(Debug)]
pub(crate) struct PyBackend {
    kind: BackendKind,
    shim: Arc<Py<PyAny>>,
}

impl PyBackend {
    /// The backend behind `shim`, which has `kind`, `check(spec_json)`, `start(request, emitter)` and `cancel(handle)`.
    pub(crate) fn shared(py: Python<'_>, shim: Py<PyAny>) -> PyResult<Arc<dyn ExecutionBackend>> {
        let kind: String = shim.getattr(py, "kind")?.extract(py)?;
        Ok(Arc::new(Self { kind: word("kind", &kind)?, shim: Arc::new(shim) }))
    }
}

/// In words, what Python raised.
fn told(py: Python<'_>, error: &PyErr) -> String {
    let kind = error.get_type(py).name().map_or_else(|_| "Exception".to_owned(), |name| name.to_string());
    format!("{kind}: {}", error.value(py))
}

fn facts<'py>(py: Python<'py>, request: &StartRequest<'_>) -> PyResult<Bound<'py, PyDict>> {
    let claimed = request.claimed;
    let facts = PyDict::new(py);
    facts.set_item("run_id", claimed.id().0.to_string())?;
    facts.set_item("job_id", claimed.job_id().0.to_string())?;
    facts.set_item("project_id", claimed.project_id().0.to_string())?;
    facts.set_item("attempt", claimed.attempt())?;
    facts.set_item("fence", claimed.fence())?;
    facts.set_item("title", claimed.title())?;
    facts.set_item("project", claimed.project())?;
    facts.set_item("tier", claimed.tier().as_str())?;
    facts.set_item("environment", claimed.environment())?;
    facts.set_item("timeout_seconds", claimed.limits().timeout_seconds)?;
    let execution = serde_json::to_string(claimed.execution());
    facts.set_item("execution", execution.map_err(|error| PyValueError::new_err(error.to_string()))?)?;
    let secrets = PyDict::new(py);
    for (name, value) in &request.secrets {
        secrets.set_item(name, value.reveal())?;
    }
    facts.set_item("secrets", secrets)?;
    Ok(facts)
}

#[async_trait]
impl ExecutionBackend for PyBackend {
    fn kind(&self) -> BackendKind {
        self.kind
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { adopt: false, cancel: true }
    }

    fn check(&self, spec: &ExecutionSpec, _config: &BackendConfig) -> Result<(), StartError> {
        let spec = serde_json::to_string(spec).map_err(|error| StartError::Refused(error.to_string()))?;
        Python::attach(|py| {
            let checked = self.shim.call_method1(py, "check", (spec,));
            checked.map(drop).map_err(|error| StartError::Refused(told(py, &error)))
        })
    }

    async fn start(&self, request: StartRequest<'_>) -> Result<Started, StartError> {
        let (sender, receiver) = unbounded_channel();
        let handle = Python::attach(|py| {
            let begin = || {
                let emitter = Bound::new(py, Emitter { sender })?;
                self.shim.call_method1(py, "start", (facts(py, &request)?, emitter))?.extract::<String>(py)
            };
            begin().map_err(|error: PyErr| StartError::Failed(told(py, &error)))
        })?;
        Ok(Started { handle: Handle(handle), events: Box::pin(UnboundedReceiverStream::new(receiver)) })
    }

    async fn cancel(&self, handle: &Handle) {
        Python::attach(|py| {
            if let Err(error) = self.shim.call_method1(py, "cancel", (handle.0.as_str(),)) {
                error.write_unraisable(py, None);
            }
        });
    }
}

/// Takes what a Python backend tells of an execution.
#[pyclass(frozen, module = "uhub._uhub")]
pub(crate) struct Emitter {
    sender: UnboundedSender<ExecEvent>,
}

impl Emitter {
    /// Nobody listens any more where that fails: the run is another's, or has ended.
    fn send(&self, event: ExecEvent) -> bool {
        self.sender.send(event).is_ok()
    }
}

#[pymethods]
impl Emitter {
    /// A piece of output. Returns whether anybody still listens.
    #[pyo3(signature = (data, stream="stdout"))]
    fn log(&self, data: &[u8], stream: &str) -> PyResult<bool> {
        let stream: Stream = word("stream", stream)?;
        Ok(data.chunks(PIECE).all(|piece| self.send(ExecEvent::Log { stream, bytes: piece.to_vec() })))
    }

    /// How far it is, in percent.
    fn progress(&self, percent: u8) -> bool {
        self.send(ExecEvent::Progress(percent.min(100)))
    }

    /// It ended by itself; 0 is success.
    fn exited(&self, code: i32) -> bool {
        self.send(ExecEvent::Finished(Finish::Exited(code)))
    }

    /// It ended badly, in words.
    fn failed(&self, reason: String) -> bool {
        self.send(ExecEvent::Finished(Finish::Failed(reason)))
    }

    /// It took longer than it may.
    fn timed_out(&self) -> bool {
        self.send(ExecEvent::Finished(Finish::TimedOut))
    }

    /// It was cancelled.
    fn cancelled(&self) -> bool {
        self.send(ExecEvent::Finished(Finish::Cancelled))
    }
}
