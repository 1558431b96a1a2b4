//! The server: accepts connections, bounds them, and stops without cutting anybody off.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

/// How a server holds its connections.
#[derive(Debug, Clone)]
pub struct Connections {
    /// At most so many at a time; further ones wait in the system's queue.
    pub most: usize,
    /// How long a client may take for the head of a request, and idle between two.
    pub head_within: Duration,
    /// How long requests under way may take once the server stops.
    pub grace: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self { most: 4096, head_within: Duration::from_secs(15), grace: Duration::from_secs(10) }
    }
}

/// Serves `app` on `listener` until `stop` is cancelled; then accepts nothing more, lets requests finish, and returns.
pub async fn serve(listener: TcpListener, app: Router, connections: Connections, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(connections.most));
    let tasks = TaskTracker::new();
    let ended = CancellationToken::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, mostly: others have to close first.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let (app, stop, ended) = (app.clone(), stop.clone(), ended.clone());
        let head_within = connections.head_within;
        tasks.spawn(async move {
            tokio::select! {
                () = connection(stream, peer, app, head_within, stop) => {}
                () = ended.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(connections.grace, tasks.wait()).await.is_err() {
        tracing::warn!(open = tasks.len(), "connections are cut: their requests did not finish in time");
        ended.cancel();
        tasks.wait().await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    head_within: Duration,
    stop: CancellationToken,
) {
    // Small answers are complete when they are written.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        // Clients go away, or never said anything sensible.
        tracing::debug!(%error, %peer, "a connection ended early");
    }
}
