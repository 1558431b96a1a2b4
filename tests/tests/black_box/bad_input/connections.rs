//! r42: connections that drip, never end, or talk no HTTP. Everybody else is served as ever.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use uhub_tests::{raw, wait::secs};

use super::Target;

/// How long others wait at most, over some time.
async fn slowest(target: &Target, during: Duration) -> Duration {
    let begin = Instant::now();
    let mut slowest = Duration::ZERO;
    while begin.elapsed() < during {
        let one = Instant::now();
        target.admin.get("/auth/me").await.expect(200);
        slowest = slowest.max(one.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    slowest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r42_slow_connections_are_let_go_and_others_are_served_meanwhile() {
    let target = Target::new().await;
    let base = target.server.url.clone();
    let mut slow = Vec::new();
    for n in 0..300 {
        let mut connection = raw::connect(&base).await;
        slow.push(tokio::spawn(async move {
            let head: &[u8] = if n % 2 == 0 {
                b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "
            } else {
                b"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000\r\n\r\n"
            };
            let _ = connection.write_all(head).await;
            let begin = Instant::now();
            let mut buffer = [0; 1024];
            loop {
                tokio::select! {
                    read = connection.read(&mut buffer) => match read {
                        // Closed, or told so first.
                        Ok(0) | Err(_) => return begin.elapsed(),
                        Ok(_) => {}
                    },
                    () = tokio::time::sleep(secs(1)) => {
                        if connection.write_all(b"a").await.is_err() {
                            return begin.elapsed();
                        }
                    }
                }
            }
        }));
    }
    let slowest = slowest(&target, secs(5)).await;
    assert!(slowest < secs(1), "others waited {slowest:?}");
    let all = tokio::time::timeout(secs(60), futures_util::future::join_all(slow)).await;
    let all = all.expect("every slow connection is let go within a minute");
    assert!(all.into_iter().all(|held| held.expect("no panic") < secs(60)));
    target.is_untouched().await;
}

#[tokio::test]
async fn r42_heads_of_any_kind_are_refused_or_closed() {
    let target = Target::new().await;
    let base = &target.server.url;
    let long = "x".repeat(200_000);
    let many: String = (0..2000).map(|n| format!("X-{n}: y\r\n")).collect();
    for (bytes, statuses) in [
        (format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n"), vec![400, 431]),
        (format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{many}\r\n"), vec![400, 431]),
        (format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"), vec![400, 414, 431]),
        ("BREW\r\n\r\n".to_owned(), vec![400]),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), vec![400, 505]),
        ("\x16\x03\x01\x02\0\x01".to_owned() + "\r\n\r\n", vec![400]),
        // Two lengths, or a length and chunks: which one counts is what smuggling lives of.
        (
            "POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"
                .to_owned(),
            vec![400],
        ),
        ("POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_owned(), vec![400]),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n".to_owned(), vec![400]),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n".to_owned(), vec![400]),
    ] {
        let (answer, closed) = raw::exchange(base, bytes.as_bytes(), secs(20)).await;
        let what: String = bytes.chars().take(60).collect();
        assert!(closed, "still open after {what:?}: {answer:?}");
        assert!(answer.is_empty() || statuses.contains(&raw::status(&answer)), "{what:?}: {answer}");
    }
    // Paths that are no paths.
    for path in
        ["/jobs/%", "/jobs/%ff%fe", "/%2e%2e/%2e%2e/etc/passwd", "/jobs?%", "/jobs?q=%ff", "//", "/\u{e9}"]
    {
        let bytes = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            target.admin.token()
        );
        let (answer, _) = raw::exchange(base, bytes.as_bytes(), secs(20)).await;
        let status = raw::status(&answer);
        assert!((400..500).contains(&status) || status == 200, "{path}: {answer}");
    }
    target.is_untouched().await;
}

/// A body that is said to be huge, or to come in chunks without end.
#[tokio::test]
async fn r42_bodies_without_end_are_cut_off() {
    let target = Target::new().await;
    let head = |rest: &str| {
        format!(
            "POST /jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{rest}\r\n\r\n",
            target.admin.token()
        )
    };
    let huge = head("Content-Length: 99999999999") + "{";
    let (answer, _) = raw::exchange(&target.server.url, huge.as_bytes(), secs(30)).await;
    assert!(matches!(raw::status(&answer), 400 | 408 | 413), "{answer}");
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let endless = head("Transfer-Encoding: chunked") + &chunk.repeat(400);
    let (answer, _) = raw::exchange(&target.server.url, endless.as_bytes(), secs(30)).await;
    assert!(answer.is_empty() || matches!(raw::status(&answer), 400 | 408 | 413), "{answer}");
    target.is_untouched().await;
}
