#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

/// Answers each connection with `answer`, and counts them.
async fn server(answer: &'static [u8]) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count: Arc<AtomicUsize> = Arc::default();
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut head = [0; 4096];
            let _read = stream.read(&mut head).await;
            let _written = stream.write_all(answer).await;
        }
    });
    (address, count)
}

fn options(allow: &[&str]) -> WebhookOptions {
    let allow = allow.iter().map(|rule| rule.parse().unwrap()).collect();
    WebhookOptions { allow, ..WebhookOptions::default() }
}

async fn get(client: &Client, url: &str, most: usize) -> Result<Answer, SendError> {
    let request = client.request(Method::GET, url.parse().unwrap()).build().unwrap();
    client.send(request, most).await
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn r39_a_name_that_changes_its_address_is_looked_at_each_time() {
    let (address, count) = server(OK).await;
    let asked = AtomicUsize::new(0);
    // The first answer is within the network that is allowed, later ones point elsewhere.
    let lookup: Lookup = Arc::new(move |_| {
        let loopback = SocketAddr::new("127.0.0.1".parse().unwrap(), 0);
        let rebound = SocketAddr::new("127.0.0.2".parse().unwrap(), 0);
        let answer = if asked.fetch_add(1, Ordering::SeqCst) == 0 { loopback } else { rebound };
        Box::pin(async move { Ok(vec![answer]) })
    });
    let client = Client::with_lookup(&options(&["ci.internal=127.0.0.1/32"]), lookup).unwrap();
    let url = format!("http://ci.internal:{}/?secret=canary", address.port());
    assert_eq!(get(&client, &url, 100).await.unwrap().body, b"ok");
    let refused = get(&client, &url, 100).await.unwrap_err();
    assert!(
        matches!(&refused, SendError::Refused(reason) if reason.contains("loopback") && !reason.contains("canary")),
        "{refused:?}"
    );
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn r39_of_several_addresses_only_those_that_may_be_reached_count() {
    let (address, count) = server(OK).await;
    let lookup: Lookup = Arc::new(|_| {
        let all = ["169.254.169.254", "::1", "127.0.0.1"];
        let all = all.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
        Box::pin(async move { Ok(all) })
    });
    let url = format!("http://ci.internal:{}/", address.port());
    let allowed = Client::with_lookup(&options(&["ci.internal=127.0.0.0/8"]), Arc::clone(&lookup)).unwrap();
    assert_eq!(get(&allowed, &url, 100).await.unwrap().status, 200);
    let other = Client::with_lookup(&options(&["ci.internal=10.0.0.0/8"]), lookup).unwrap();
    assert!(matches!(get(&other, &url, 100).await, Err(SendError::Refused(_))));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn r39_literals_are_refused_before_anything_is_sent() {
    let (address, count) = server(OK).await;
    let client = Client::new(&options(&["other.internal=127.0.0.0/8"])).unwrap();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "localhost"] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{}/", address.port());
            let sent = get(&client, &url, 100).await;
            assert!(matches!(sent, Err(SendError::Refused(_))), "{url}: {sent:?}");
        }
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn answers_are_read_up_to_a_bound() {
    let (address, _) = server(OK).await;
    let client = Client::new(&options(&["127.0.0.1"])).unwrap();
    let url = format!("http://{address}/");
    let whole = get(&client, &url, 2).await.unwrap();
    assert!(!whole.is_cut && whole.body == b"ok");
    let cut = get(&client, &url, 1).await.unwrap();
    assert!(cut.is_cut && cut.json().is_err());
}

#[test]
fn waits_are_read_as_seconds_and_as_dates() {
    let answer = |value: &str| {
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, value.parse().unwrap())]);
        Answer { status: StatusCode::TOO_MANY_REQUESTS, headers, body: Vec::new(), is_cut: false }
            .retry_after()
    };
    assert_eq!(answer("7"), Some(Duration::from_secs(7)));
    assert_eq!(answer("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
    assert!(
        answer("Mon, 21 Oct 2199 07:28:00 GMT").is_some_and(|wait| wait > Duration::from_secs(1_000_000))
    );
    assert_eq!(answer("soon"), None);
}
