//! The threads on which hubs work, beside Python's own.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Mutex, OnceLock, PoisonError, mpsc},
    task::{Context, Poll, Waker},
    time::Duration,
};

use pyo3::{exceptions::PyRuntimeError, prelude::*};
use tokio::runtime::Runtime;

/// One for the process. After a fork it does not work in the child: hubs are opened after it.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("uhub")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|error| PyRuntimeError::new_err(format!("the runtime cannot be started: {error}")))
}

/// What `work` gives if it need not wait for anything, as over a store in memory: then no thread has to be woken, which takes
/// longer than most of what a hub is asked for. Otherwise it goes on wherever it is spawned.
pub(crate) fn at_once<T: Send>(
    py: Python<'_>,
    work: &mut Pin<Box<dyn Future<Output = T> + Send>>,
) -> PyResult<Option<T>> {
    let runtime = runtime()?;
    let polled = py.detach(|| {
        let _within = runtime.enter();
        // What panics is not polled again.
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(&mut Context::from_waker(Waker::noop()))))
    });
    match polled {
        Ok(Poll::Ready(done)) => Ok(Some(done)),
        Ok(Poll::Pending) => Ok(None),
        Err(_) => Err(no_answer()),
    }
}

fn no_answer() -> PyErr {
    PyRuntimeError::new_err("the work ended without an answer")
}

/// How often Python is asked whether somebody pressed Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(100);

/// Waits for `work` without holding Python up. Ctrl-C ends the wait, and drops the work.
pub(crate) fn wait<T: Send + 'static>(
    py: Python<'_>,
    work: impl Future<Output = T> + Send + 'static,
) -> PyResult<T> {
    let mut work: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(work);
    if let Some(done) = at_once(py, &mut work)? {
        return Ok(done);
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    // Detached closures must be shareable, which a receiver alone is not.
    let receiver = Mutex::new(receiver);
    let task = runtime()?.spawn(async move {
        // Nobody waits any more where that fails.
        let _ = sender.send(work.await);
    });
    loop {
        match py.detach(|| receiver.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(SIGNALS)) {
            Ok(answer) => return Ok(answer),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if let Err(interrupted) = py.check_signals() {
                    task.abort();
                    return Err(interrupted);
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(no_answer());
            }
        }
    }
}
