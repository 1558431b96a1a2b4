//! Connections below HTTP, for what no client library would send.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A bare connection to the server at `base`.
///
/// # Panics
/// When it is refused.
pub async fn connect(base: &str) -> TcpStream {
    TcpStream::connect(base.trim_start_matches("http://")).await.expect("the server accepts connections")
}

/// Sends `bytes` and reads until the server closes, or for `limit`; what the server sent, and whether it closed. A
/// server may close while it is still written to.
pub async fn exchange(base: &str, bytes: &[u8], limit: Duration) -> (String, bool) {
    let (mut read, mut write) = connect(base).await.into_split();
    let bytes = bytes.to_vec();
    let writer = tokio::spawn(async move {
        let _ = write.write_all(&bytes).await;
        // Dropping would end the request: the server shall decide.
        write
    });
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(limit, read.read_to_end(&mut answer)).await.is_ok();
    writer.abort();
    (String::from_utf8_lossy(&answer).into_owned(), closed)
}

/// The status in the first line of an answer.
///
/// # Panics
/// When it has none.
pub fn status(answer: &str) -> u16 {
    let word = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    word.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no status in {answer:?}"))
}
