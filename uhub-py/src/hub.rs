//! A hub in this process: opened by the options of `uhub serve`, spoken to by the requests of the HTTP API.

use std::{
    ffi::OsString,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body as HttpBody,
    http::{HeaderName, HeaderValue, Method, Request, header, request::Parts},
    response::IntoResponse as _,
};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use pyo3::{
    exceptions::{PyRuntimeError, PyValueError},
    prelude::*,
    types::PyBytes,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uhub_core::{
    hub::NewUser,
    model::{Role, UserId, UserKind},
};
use uhub_http::{Identified, Identity, Problem, cli::Embedded};
use uuid::Uuid;

use crate::{
    backend::PyBackend,
    runtime::{at_once, runtime, wait},
    secrets::PySecrets,
};

/// Status, `ETag`, and the whole body.
type Answer = (u16, Option<String>, Bytes);
/// The same, as Python has it.
type Answered = (u16, Option<String>, Py<PyBytes>);

/// An open hub.
#[pyclass(frozen, module = "uhub._uhub")]
pub(crate) struct Core {
    embedded: Arc<Embedded>,
    router: Router,
}

/// Whom this process vouches for, in a request's extensions: nothing that comes over a socket carries any.
#[derive(Debug, Clone, Copy)]
struct Vouched(UserId);

/// Takes this process at its word.
#[derive(Debug)]
struct InProcess;

#[async_trait]
impl Identity for InProcess {
    async fn identify(&self, request: &Parts) -> Identified {
        request.extensions.get().map_or(Identified::NotMine, |Vouched(id)| Identified::User(*id))
    }
}

fn failed(error: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

fn user_id(text: &str) -> PyResult<UserId> {
    Uuid::parse_str(text).map(UserId).map_err(|_| PyValueError::new_err("user: is no id of a user"))
}

#[pymethods]
impl Core {
    /// Opens a hub by flags as `uhub serve` takes them. RuntimeError says in words what is wrong.
    #[staticmethod]
    fn open(
        py: Python<'_>,
        flags: Vec<String>,
        backends: Vec<Py<PyAny>>,
        secrets: Vec<Py<PyAny>>,
    ) -> PyResult<Self> {
        let backends = backends.into_iter().map(|one| PyBackend::shared(py, one)).collect::<PyResult<_>>()?;
        let secrets = secrets.into_iter().map(|one| PySecrets::shared(py, one)).collect::<PyResult<_>>()?;
        let opened = wait(py, async move { Embedded::open(&flags, backends, secrets).await })?;
        let opened = opened.map_err(|error| failed(format!("{error:#}")))?;
        let embedded = Arc::new(opened.with_identity(Arc::new(InProcess)));
        let router = embedded.router();
        Ok(Self { embedded, router })
    }

    /// Makes the first user, an admin.
    fn bootstrap(
        &self,
        py: Python<'_>,
        username: String,
        password: Option<String>,
        email: String,
        display_name: String,
    ) -> PyResult<(u16, Py<PyBytes>)> {
        let hub = self.embedded.hub().clone();
        let (kind, role) = (UserKind::Person, Role::Admin);
        let admin = NewUser { username, password, email, display_name, kind, role, theme: None };
        let made = wait(py, async move { hub.bootstrap_admin(admin).await })?;
        match made {
            Ok(user) => Ok((201, PyBytes::new(py, user.id.0.to_string().as_bytes()).unbind())),
            Err(error) => problem(py, Problem::from(error)),
        }
    }

    /// The id of the user with this name; `None` where there is none.
    fn user_id(&self, py: Python<'_>, username: String) -> PyResult<Option<String>> {
        let hub = self.embedded.hub().clone();
        let found = wait(py, async move { hub.user_named(&username).await })?;
        Ok(found.map_err(failed)?.map(|user| user.id.0.to_string()))
    }

    /// Asks the API as a user, and waits. Gives the status, the `ETag`, and the body.
    #[pyo3(signature = (user, method, path, body=None, if_match=None, idempotency_key=None))]
    #[expect(clippy::too_many_arguments, reason = "a request has so many parts")]
    fn request(
        &self,
        py: Python<'_>,
        user: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        if_match: Option<&str>,
        idempotency_key: Option<&str>,
    ) -> PyResult<Answered> {
        let request = request(user, method, path, body, if_match, idempotency_key)?;
        let (status, tag, body) = wait(py, ask(self.router.clone(), request))?.map_err(failed)?;
        Ok((status, tag, PyBytes::new(py, &body).unbind()))
    }

    /// As `request`, without waiting. Gives the answer if it is there already; otherwise `done(status, etag, body)` is called
    /// with it from another thread.
    #[pyo3(signature = (done, user, method, path, body=None, if_match=None, idempotency_key=None))]
    #[expect(clippy::too_many_arguments, reason = "a request has so many parts")]
    fn submit(
        &self,
        py: Python<'_>,
        done: Py<PyAny>,
        user: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        if_match: Option<&str>,
        idempotency_key: Option<&str>,
    ) -> PyResult<Option<Answered>> {
        let request = request(user, method, path, body, if_match, idempotency_key)?;
        let asked = ask(self.router.clone(), request);
        let mut asked: Pin<Box<dyn Future<Output = Answer> + Send>> =
            Box::pin(async move { asked.await.unwrap_or_else(|error| (0, None, Bytes::from(error))) });
        if let Some((status, tag, body)) = at_once(py, &mut asked)? {
            return Ok(Some((status, tag, PyBytes::new(py, &body).unbind())));
        }
        runtime()?.spawn(async move {
            let (status, tag, body) = asked.await;
            Python::attach(|py| {
                // Whoever asked has gone where that fails, with its event loop.
                let _gone = done.call1(py, (status, tag, PyBytes::new(py, &body)));
            });
        });
        Ok(None)
    }

    /// Asks the API as a user for what does not end soon, such as a log that is followed.
    #[pyo3(signature = (user, path, after=None))]
    fn stream(
        &self,
        py: Python<'_>,
        user: Option<&str>,
        path: &str,
        after: Option<&str>,
    ) -> PyResult<(u16, Body)> {
        let mut request = request(user, "GET", path, None, None, None)?;
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        if let Some(after) = after {
            let after =
                HeaderValue::from_str(after).map_err(|_| PyValueError::new_err("after: is no event's id"))?;
            headers.insert(HeaderName::from_static("last-event-id"), after);
        }
        let router = self.router.clone();
        let answered = wait(py, async move { router.oneshot(request).await })?;
        let response = match answered {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status().as_u16();
        Ok((status, Body(Arc::new(tokio::sync::Mutex::new(response.into_body())))))
    }

    /// Starts a worker that claims and drives runs in this process.
    fn start_worker(&self) -> PyResult<Background> {
        let worker = self.embedded.worker();
        let name = worker.name().to_owned();
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        let task = runtime()?.spawn(async move { worker.run(stopping).await });
        Ok(Background { name, stop, task: Mutex::new(Some(task)) })
    }

    /// Starts the bundled HTTP server.
    fn start_server(&self, py: Python<'_>) -> PyResult<Background> {
        let stop = CancellationToken::new();
        let (embedded, stopping) = (Arc::clone(&self.embedded), stop.clone());
        let serving = wait(py, async move {
            let serving = embedded.serve(stopping).await?;
            Ok::<_, anyhow::Error>((serving.address, tokio::spawn(serving.served)))
        })?;
        let (address, task) = serving.map_err(|error| failed(format!("{error:#}")))?;
        Ok(Background { name: format!("http://{address}"), stop, task: Mutex::new(Some(task)) })
    }

    /// Imports the demo; twice is once. Gives how much was created.
    fn import_demo(&self, py: Python<'_>) -> PyResult<u64> {
        let hub = self.embedded.hub().clone();
        let created = wait(py, async move {
            let data = uhub_http::demo::data(None)?;
            Ok::<_, anyhow::Error>(hub.as_operator("python").import_demo(&data).await?.created)
        })?;
        Ok(created.map_err(failed)? as u64)
    }
}

/// As the API would have told it.
fn problem(py: Python<'_>, problem: Problem) -> PyResult<(u16, Py<PyBytes>)> {
    let (parts, body) = problem.into_response().into_parts();
    let body = wait(py, body.collect())?.map_err(failed)?.to_bytes();
    Ok((parts.status.as_u16(), PyBytes::new(py, &body).unbind()))
}

fn request(
    user: Option<&str>,
    method: &str,
    path: &str,
    body: Option<Vec<u8>>,
    if_match: Option<&str>,
    idempotency_key: Option<&str>,
) -> PyResult<Request<HttpBody>> {
    let method: Method = method.parse().map_err(|_| PyValueError::new_err("method: is none"))?;
    let mut request = Request::builder().method(method).uri(path);
    if let Some(version) = if_match {
        request = request.header(header::IF_MATCH, version);
    }
    if let Some(key) = idempotency_key {
        request = request.header("idempotency-key", key);
    }
    let body = match body {
        Some(json) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            HttpBody::from(json)
        }
        None => HttpBody::empty(),
    };
    let mut request =
        request.body(body).map_err(|error| PyValueError::new_err(format!("request: {error}")))?;
    if let Some(user) = user {
        request.extensions_mut().insert(Vouched(user_id(user)?));
    }
    Ok(request)
}

async fn ask(router: Router, request: Request<HttpBody>) -> Result<Answer, String> {
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status().as_u16();
    let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?;
    Ok((status, tag, body.to_bytes()))
}

/// A body that comes piece by piece.
#[pyclass(frozen, module = "uhub._uhub")]
pub(crate) struct Body(Arc<tokio::sync::Mutex<HttpBody>>);

#[pymethods]
impl Body {
    /// Waits for the next piece; `None` at the end.
    fn next(&self, py: Python<'_>) -> PyResult<Option<Py<PyBytes>>> {
        let piece = wait(py, next_piece(Arc::clone(&self.0)))?;
        Ok(piece.map(|piece| PyBytes::new(py, &piece).unbind()))
    }

    /// As `next`, without waiting: `done(piece)` is called from another thread.
    fn submit_next(&self, done: Py<PyAny>) -> PyResult<()> {
        let piece = next_piece(Arc::clone(&self.0));
        runtime()?.spawn(async move {
            let piece = piece.await;
            Python::attach(|py| {
                let _gone = done.call1(py, (piece.map(|piece| PyBytes::new(py, &piece).unbind()),));
            });
        });
        Ok(())
    }
}

async fn next_piece(body: Arc<tokio::sync::Mutex<HttpBody>>) -> Option<Bytes> {
    let mut body = body.lock().await;
    loop {
        // A body that breaks off has ended: whoever follows asks again from where it stood.
        if let Ok(data) = body.frame().await?.ok()?.into_data() {
            return Some(data);
        }
    }
}

/// A worker or a server that goes on until it is stopped.
#[pyclass(frozen, module = "uhub._uhub")]
pub(crate) struct Background {
    name: String,
    stop: CancellationToken,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

#[pymethods]
impl Background {
    /// The worker's name, or the server's address.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// Tells it to stop, and waits until it has.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.stop.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        match task {
            Some(task) => wait(py, task)?.map_err(failed),
            None => Ok(()),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The `uhub` command: does what `args` says, of which the first is the program's name, and gives the exit code.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, args: Vec<OsString>) -> u8 {
    py.detach(|| uhub_http::cli::main_with(args))
}
