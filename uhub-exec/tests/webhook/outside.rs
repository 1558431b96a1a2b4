//! A server that answers as a test says, and remembers what it was asked.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::{Request, Response, body::Frame, body::Incoming, service::service_fn};
use serde_json::Value;
use tokio::net::TcpListener;

/// A request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The fields of a form.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    pub(crate) fn field(&self, name: &str) -> Option<String> {
        self.form().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn asks(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes()).into_owned();
        pairs.find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// How to answer.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// The connection breaks without an answer.
    Drop,
    /// No answer, ever.
    Silence,
    /// A body without end.
    Endless(u16),
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self::Answer { status, headers, body: body.to_string().into_bytes() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }
}

type Answers = dyn Fn(&Seen) -> Reply + Send + Sync;

/// A server that runs until it is dropped.
pub(crate) struct Outside {
    pub(crate) base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Outside {
    pub(crate) async fn serve(answers: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (answers, remembered): (Arc<Answers>, _) = (Arc::new(answers), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&remembered));
                connections.spawn(async move {
                    let service =
                        service_fn(move |request| answer(request, Arc::clone(&answers), Arc::clone(&seen)));
                    let io = hyper_util::rt::TokioIo::new(stream);
                    let _broken =
                        hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
                });
            }
        });
        Self { base, seen, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests changed something.
    pub(crate) fn posts(&self) -> usize {
        self.seen().iter().filter(|seen| seen.method == "POST").count()
    }

    /// The requests of this method and path.
    pub(crate) fn lines(&self, line: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.line() == line).collect()
    }
}

async fn answer(
    request: Request<Incoming>,
    answers: Arc<Answers>,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> io::Result<Response<BoxBody<Bytes, Infallible>>> {
    let (head, body) = request.into_parts();
    let headers = head.headers.iter();
    let asked = Seen {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec(),
    };
    seen.lock().unwrap().push(asked.clone());
    match answers(&asked) {
        Reply::Answer { status, headers, body } => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(Full::new(Bytes::from(body)).boxed()).unwrap())
        }
        Reply::Drop => Err(io::Error::other("dropped")),
        Reply::Silence => std::future::pending().await,
        Reply::Endless(status) => {
            let piece = Bytes::from(vec![b'x'; 64 * 1024]);
            let pieces = futures_util::stream::repeat_with(move || Ok(Frame::data(piece.clone())));
            Ok(Response::builder().status(status).body(BoxBody::new(StreamBody::new(pieces))).unwrap())
        }
    }
}

/// Waits until `fits`.
pub(crate) async fn until(what: &str, fits: impl Fn() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(30);
    while !fits() {
        assert!(std::time::Instant::now() < end, "waited too long: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
