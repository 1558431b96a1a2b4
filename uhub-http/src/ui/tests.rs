#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header, request::Builder},
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use uhub_core::{
    Hub,
    hub::Settings,
    memory::MemoryStore,
    ports::clock::{ManualClock, SeededIds},
};

use super::*;
use crate::{ServerSettings, app, auth::secret::Secret, routes};

/// An app of a few files, which is there whether or not the real one was built.
#[derive(RustEmbed)]
#[folder = "src/ui/fixture"]
#[exclude = ".*"]
struct Fixture;

#[derive(RustEmbed)]
#[folder = "src/ui/nothing-is-here"]
#[allow_missing = true]
struct Missing;

const JS: &str = "/assets/main-1a2b3c4d.js";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

fn app() -> Router {
    let clock = Arc::new(ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap()));
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let hub = Hub::new(store, clock, Arc::new(SeededIds::new(1)), Settings::default());
    let settings =
        ServerSettings { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..ServerSettings::default() };
    let state = AppState::new(hub, &Secret::from_bytes(vec![7; 32]).unwrap(), settings);
    let (documented, _) = routes::documented().split_for_parts();
    let all = documented.merge(routes::undocumented()).merge(routes_of::<Fixture>().unwrap());
    app::assembled(state, all)
}

async fn send(app: &Router, request: Builder) -> Answer {
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(&app(), request).await
}

#[tokio::test]
async fn whatever_the_app_shows_is_one_page() {
    for path in ["/", "/app", "/app/", "/app/calendar", "/app/jobs/0190a3f0-7c1b-7000-8000-00000000ffff?x=y"]
    {
        let page = get(path, &[]).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(page.text().contains("<head><base href=\"/\">"), "{}", page.text());
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
        assert_eq!(page.header("content-security-policy"), POLICY);
        assert!(!page.header("content-security-policy").contains("unsafe"));
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert!(page.header("permissions-policy").contains("camera=()"));
        assert_eq!(
            (page.header("x-content-type-options"), page.header("x-frame-options")),
            ("nosniff", "DENY")
        );
    }
    let etag = get("/", &[]).await.header("etag").to_owned();
    let again = get("/app/jobs", &[("if-none-match", &etag)]).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), etag);
    // What belongs to the API is the API's.
    assert_eq!(get("/jobs", &[]).await.status, 401);
    assert_eq!(get("/nothing", &[]).await.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn files_are_kept_for_ever_and_come_compressed_as_they_were_built() {
    for (accept, coding, file) in [
        ("gzip, deflate, br, zstd", "br", "assets/main-1a2b3c4d.js.br"),
        ("gzip", "gzip", "assets/main-1a2b3c4d.js.gz"),
        ("br;q=0.1, gzip", "gzip", "assets/main-1a2b3c4d.js.gz"),
        ("identity", "", "assets/main-1a2b3c4d.js"),
        ("br;q=0, gzip;q=0", "", "assets/main-1a2b3c4d.js"),
    ] {
        let answer = get(JS, &[("accept-encoding", accept)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (200, coding), "{accept}");
        assert_eq!(answer.body, &*Fixture::get(file).unwrap().data, "{accept}");
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.headers.get_all("vary").iter().collect::<Vec<_>>(), ["accept-encoding"]);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let etag = answer.header("etag").to_owned();
        let again = get(JS, &[("accept-encoding", accept), ("if-none-match", &etag)]).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        let other = if coding == "br" { "gzip" } else { "br" };
        let another = get(JS, &[("accept-encoding", other), ("if-none-match", &etag)]).await;
        assert_eq!(another.status, 200, "another form is another thing");
    }
    let small = get("/assets/tiny-5e6f7a8b.css", &[("accept-encoding", "br, gzip")]).await;
    assert_eq!(
        (small.status.as_u16(), small.header("content-encoding")),
        (200, ""),
        "there is one form only"
    );
    let icon = get("/favicon.svg", &[]).await;
    assert_eq!((icon.status.as_u16(), icon.header("content-type")), (200, "image/svg+xml"));
    assert_eq!(icon.header("cache-control"), "no-cache", "its name says nothing of what is in it");

    let head = Request::builder().method(Method::HEAD).uri(JS).header(header::ACCEPT_ENCODING, "br");
    let head = send(&app(), head).await;
    let length = Fixture::get("assets/main-1a2b3c4d.js.br").unwrap().data.len().to_string();
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!((head.header("content-length"), head.header("content-encoding")), (length.as_str(), "br"));
    let post = send(&app(), Request::builder().method(Method::POST).uri(JS)).await;
    assert_eq!(post.status, 405);
}

#[tokio::test]
async fn what_is_no_file_is_not_found_and_never_the_page() {
    for path in [
        "/assets/main-00000000.js",
        "/assets/",
        "/assets/main-1a2b3c4d.js.br",
        "/assets/main-1a2b3c4d.js.gz",
        "/assets/../index.html",
        "/assets/..%2findex.html",
        "/assets/%2e%2e/index.html",
        "/assets/..%2f..%2f..%2fCargo.toml",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/..\\index.html",
        "/assets/main-1a2b3c4d.js%00",
        "/assets/%ff",
        "/index.html",
        "/index.html.br",
        "/.env",
        "/app/../Cargo.toml/../../x",
    ] {
        let Ok(request) = Request::builder().uri(path).body(Body::empty()) else { continue };
        let response = app().oneshot(request).await.unwrap();
        if path.starts_with("/app/") {
            assert_eq!(response.status(), 200, "the page, whatever its route is called");
            continue;
        }
        assert!(matches!(response.status().as_u16(), 400 | 404), "{path}: {}", response.status());
        let kind = &response.headers()[header::CONTENT_TYPE];
        assert_eq!(kind, "application/problem+json", "{path}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_mounted_app_knows_its_prefix() {
    let host = Router::new().nest("/tools/uhub", app());
    let page = send(&host, Request::builder().uri("/tools/uhub/app/calendar")).await;
    assert!(page.text().contains("<base href=\"/tools/uhub/\">"), "{}", page.text());
    let file = send(&host, Request::builder().uri(format!("/tools/uhub{JS}"))).await;
    assert_eq!(file.status, 200);
    let icon = send(&host, Request::builder().uri("/tools/uhub/favicon.svg")).await;
    assert_eq!(icon.status, 200);

    let behind = |peer: &str, prefix: &str| {
        let peer: SocketAddr = peer.parse().unwrap();
        Request::builder().uri("/app").header("x-forwarded-prefix", prefix).extension(ConnectInfo(peer))
    };
    let page = send(&app(), behind("10.0.0.1:1", "/hub")).await;
    assert!(page.text().contains("<base href=\"/hub/\">"), "{}", page.text());
    for (peer, prefix) in
        [("192.0.2.1:1", "/hub"), ("10.0.0.1:1", "//evil.example"), ("10.0.0.1:1", "/\"><script>")]
    {
        let page = send(&app(), behind(peer, prefix)).await;
        assert!(page.text().contains("<base href=\"/\">"), "{peer} {prefix}: {}", page.text());
    }
}

#[test]
fn without_files_there_is_no_app() {
    assert!(routes_of::<Missing>().is_none());
    assert!(routes_of::<Fixture>().is_some());
}
