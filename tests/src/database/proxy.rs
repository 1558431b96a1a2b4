//! A line to a database that can go dead without being cut.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::Notify,
};

/// Passes bytes on to a PostgreSQL server, or holds them back while connections stay open.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    line: Arc<Line>,
    accepting: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Line {
    dead: AtomicBool,
    changed: Notify,
}

impl Line {
    async fn alive(&self) {
        loop {
            let changed = self.changed.notified();
            if !self.dead.load(Ordering::SeqCst) {
                return;
            }
            changed.await;
        }
    }
}

impl Proxy {
    /// Listens on a free port for the server that `url` names.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn to(url: &str) -> Self {
        let server = address(url).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let line = Arc::new(Line::default());
        let shared = Arc::clone(&line);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(from_client, to_server, Arc::clone(&shared)));
                tokio::spawn(pass(from_server, to_client, Arc::clone(&shared)));
            }
        });
        Self { port, line, accepting }
    }

    /// The same database, by this line.
    pub fn url(&self, url: &str) -> String {
        url.replacen(address(url), &format!("127.0.0.1:{}", self.port), 1)
    }

    /// From now on nothing comes through. Connections stay open, and new ones are accepted.
    pub fn hold(&self) {
        self.line.dead.store(true, Ordering::SeqCst);
    }

    /// It works again.
    pub fn forward(&self) {
        self.line.dead.store(false, Ordering::SeqCst);
        self.line.changed.notify_waiters();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn address(url: &str) -> &str {
    let rest = url.split_once('@').or_else(|| url.split_once("://")).expect("a URL").1;
    rest.split('/').next().expect("an address")
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, line: Arc<Line>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(n) = from.read(&mut buffer).await {
        line.alive().await;
        if n == 0 || to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
