#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uhub_core::{
    Hub,
    hub::Settings,
    memory::MemoryStore,
    ports::{
        clock::{ManualClock, SeededIds},
        passwords::{PasswordError, Passwords},
        store::StoreError,
    },
};

use super::*;
use crate::{ServerSettings, auth::secret::Secret, demo};

/// Fast, and good for nothing else.
#[derive(Debug)]
struct Plain;

#[async_trait]
impl Passwords for Plain {
    async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        Ok(format!("plain:{password}"))
    }

    async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, PasswordError> {
        Ok(hash == Some(&format!("plain:{password}")))
    }
}

struct Served {
    app: Router,
    hub: Hub,
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
}

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{:?}", String::from_utf8_lossy(&self.body)))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Served {
    fn with(settings: ServerSettings) -> Self {
        // A Monday, 10:00 in Paris.
        let now: DateTime<Utc> = "2026-11-02T09:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(now));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let hub = Hub::new(store.clone(), clock.clone(), Arc::new(SeededIds::new(1)), Settings::default())
            .with_passwords(Arc::new(Plain));
        let secret = Secret::from_bytes(vec![7; 32]).unwrap();
        let app = router(AppState::new(hub.clone(), &secret, settings));
        Self { app, hub, clock, store }
    }

    async fn demo() -> Self {
        let served = Self::with(ServerSettings::default());
        served.hub.as_operator("test").import_demo(&demo::data(None).unwrap()).await.unwrap();
        served
    }

    async fn send(&self, request: axum::http::request::Builder, body: impl Into<Body>) -> Answer {
        let response = self.app.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn call(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.send(request, body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).await
    }

    async fn login(&self, username: &str, password: &str) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("grant_type", "password"), ("username", username), ("password", password)])
            .finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri("/auth/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, form).await
    }

    async fn token(&self, username: &str) -> String {
        let answer = self.login(username, username).await;
        assert_eq!(answer.status, 200, "{username}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    async fn job(&self, token: &str, q: &str) -> Value {
        let q: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let answer = self.call(token, "GET", &format!("/jobs?q={q}"), None).await;
        assert_eq!(answer.status, 200);
        answer.json()["items"][0].clone()
    }
}

const MONTH: &str = "/calendar/events?start=2026-11-01T00:00:00Z&end=2026-12-01T00:00:00Z";

#[tokio::test]
async fn signing_in_follows_rfc_6749() {
    let served = Served::demo().await;
    let answer = served.login("demo-admin", "demo-admin").await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    let body = answer.json();
    assert_eq!((body["token_type"].as_str(), body["expires_in"].as_i64()), (Some("bearer"), Some(8 * 3600)));
    let refused = served.login("demo-admin", "wrong").await;
    assert_eq!((refused.status.as_u16(), refused.json()["error"].as_str()), (400, Some("invalid_grant")));
    let unknown = served.login("nobody", "wrong").await;
    assert_eq!(unknown.json(), refused.json(), "one answer for all");
    for (body, error) in [
        ("", "invalid_request"),
        ("grant_type=client_credentials&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=password&username=a", "invalid_request"),
        ("grant_type=password&username=a&username=b&password=c", "invalid_request"),
        (
            "grant_type=password&username=demo-dev&password=x&client_id=c&client_secret=s&scope=a&more=1",
            "invalid_grant",
        ),
    ] {
        let request = Request::builder()
            .method("POST")
            .uri("/auth/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
        let answer = served.send(request, body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (400, Some(error)), "{body}");
    }
}

#[tokio::test]
async fn a_token_is_worth_what_its_user_is_worth_now() {
    let served = Served::demo().await;
    let (admin, dev) = (served.token("demo-admin").await, served.token("demo-dev").await);
    let me = served.call(&dev, "GET", "/auth/me", None).await.json();
    assert_eq!(
        (me["username"].as_str(), me["permissions"]["user_manage"].as_str()),
        (Some("demo-dev"), Some("deny"))
    );
    let admins = served.call(&admin, "GET", "/auth/me", None).await.json();
    for (me, glass) in [(&me, "deny"), (&admins, "needs_approval")] {
        assert_eq!(me["permissions"]["break_glass"], glass, "{}", me["username"]);
    }
    let path = format!("/users/{}", me["id"].as_str().unwrap());
    let answer = served.call(&admin, "PATCH", &path, Some(json!({"is_active": false}))).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    for _ in 0..2 {
        let answer = served.call(&dev, "GET", "/auth/me", None).await;
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate").is_empty()), (401, false));
    }
    for bad in ["", "x", "a.b.c"] {
        assert_eq!(served.call(bad, "GET", "/auth/me", None).await.status, 401);
    }
    served.clock.advance(TimeDelta::hours(8));
    assert_eq!(served.call(&admin, "GET", "/auth/me", None).await.status, 401, "expired");
}

#[tokio::test]
async fn the_calendar_shows_the_demo_with_its_conflicts() {
    let served = Served::demo().await;
    let ops = served.token("demo-ops").await;
    let events = served.call(&ops, "GET", MONTH, None).await.json();
    let events = events.as_array().unwrap();
    assert_eq!(events.len(), 16);
    assert_eq!(events.iter().filter(|event| event["extendedProps"]["conflict"] == true).count(), 8);
    let whole_day = events.iter().find(|event| event["allDay"] == true).unwrap();
    assert_eq!(
        (whole_day["start"].as_str(), whole_day["end"].as_str()),
        (Some("2026-11-05"), Some("2026-11-06"))
    );
    let release = events.iter().find(|event| event["title"] == "Release v0.1 – staging").unwrap();
    assert_eq!(release["start"], "2026-11-04T08:00:00Z");
    assert_eq!((release["editable"].as_bool(), release["color"].as_str()), (Some(true), Some("#00ff00")));
    assert_eq!(release["extendedProps"]["conflicts_with"].as_array().unwrap().len(), 3);
    let conflicts = served.call(&ops, "GET", &MONTH.replace("events", "conflicts"), None).await.json();
    assert_eq!(conflicts.as_array().unwrap().len(), 3, "{conflicts}");
}

#[tokio::test]
async fn a_calendar_is_never_stale() {
    let served = Served::demo().await;
    let admin = served.token("demo-admin").await;
    let first = served.call(&admin, "GET", MONTH, None).await;
    let etag = first.header("etag").to_owned();
    let known = |etag: &str| {
        Request::builder()
            .uri(MONTH)
            .header(header::AUTHORIZATION, format!("Bearer {admin}"))
            .header(header::IF_NONE_MATCH, etag)
    };
    assert_eq!(served.send(known(&etag), Body::empty()).await.status, 304);
    // Nothing but the revision is asked while nothing changes.
    served.store.fail("calendar", StoreError::Failed("asked".into()));
    assert_eq!(served.call(&admin, "GET", MONTH, None).await.body, first.body);
    served.store.clear_fault();

    let job = served.job(&admin, "Release v0.1").await;
    let path = format!("/jobs/{}", job["id"].as_str().unwrap());
    let start = json!({"planned_start": "2026-11-05T08:00:00Z"});
    assert_eq!(served.call(&admin, "PATCH", &path, Some(start)).await.status, 200);
    let second = served.send(known(&etag), Body::empty()).await;
    assert_eq!(second.status, 200);
    assert_ne!(second.header("etag"), etag);
    let moved = second.json();
    let moved = moved.as_array().unwrap().iter().find(|event| event["id"] == job["id"]).unwrap().clone();
    assert_eq!(moved["start"], "2026-11-05T08:00:00Z");
}

#[tokio::test]
async fn moving_a_job_honours_versions_and_rules() {
    let served = Served::demo().await;
    let (admin, dev, ops) =
        (served.token("demo-admin").await, served.token("demo-dev").await, served.token("demo-ops").await);
    let job = served.job(&admin, "Release v0.1").await;
    let path = format!("/jobs/{}", job["id"].as_str().unwrap());
    let read = served.call(&admin, "GET", &path, None).await;
    assert_eq!(read.header("etag"), "\"1\"");
    let later = json!({"planned_start": "2026-11-09T08:00:00Z"});
    let denied = served.call(&dev, "PATCH", &path, Some(later.clone())).await;
    assert_eq!((denied.status.as_u16(), denied.json()["rule"].as_str()), (403, Some("rbac.job.ops.dev")));
    let dry = served.call(&ops, "PATCH", &format!("{path}?dry_run=true"), Some(later.clone())).await;
    assert_eq!((dry.status.as_u16(), dry.json()["conflict"].as_bool()), (200, Some(false)));
    assert_eq!(served.call(&admin, "GET", &path, None).await.header("etag"), "\"1\"", "nothing happened");
    let stale = Request::builder()
        .method("PATCH")
        .uri(&path)
        .header(header::AUTHORIZATION, format!("Bearer {ops}"))
        .header(header::IF_MATCH, "\"7\"")
        .header(header::CONTENT_TYPE, "application/json");
    assert_eq!(served.send(stale, later.to_string()).await.status, 412);
    let moved = served.call(&ops, "PATCH", &path, Some(later)).await;
    assert_eq!((moved.status.as_u16(), moved.header("etag")), (200, "\"2\""));
    assert_eq!(moved.json()["conflicts"], json!([]));
}

#[tokio::test]
async fn a_trial_of_a_new_job_says_what_it_would_come_to_and_plans_nothing() {
    let served = Served::demo().await;
    let (admin, dev, ops) =
        (served.token("demo-admin").await, served.token("demo-dev").await, served.token("demo-ops").await);
    let taken = served.job(&admin, "Release v0.1").await;
    let others = served.call(&admin, "GET", "/projects", None).await.json()["items"].clone();
    let foreign = others.as_array().unwrap().iter().find(|one| one["id"] != taken["project_id"]).unwrap();
    let at = |project: &Value, environment: &str| {
        json!({"project_id": project["id"], "title": "Trial", "job_type": "ops", "environment": environment,
               "planned_start": taken["planned_start"], "critical": true})
    };
    let audit = served.call(&admin, "GET", "/audit", None).await.json()["items"].clone();
    let dry =
        async |token: &str, new: Value| served.call(token, "POST", "/jobs?dry_run=true", Some(new)).await;

    let told = dry(&ops, at(foreign, "staging")).await;
    let body = told.json();
    assert_eq!((told.status.as_u16(), body["conflict"].as_bool()), (200, Some(true)), "{body}");
    assert!(body["conflicts"].as_array().unwrap().iter().any(|one| one["id"] == taken["id"]), "{body}");
    assert!(!told.headers.contains_key("location"), "there is no such job");
    let mut weekly = at(foreign, "staging");
    weekly["recurrence"] = json!({"rule": "FREQ=WEEKLY;COUNT=3"});
    assert_eq!(dry(&ops, weekly).await.status, 200);
    let waits = dry(&ops, at(foreign, "prod")).await;
    assert_eq!((waits.status.as_u16(), waits.json()["approval"]["kind"].as_str()), (202, Some("create")));
    let denied = dry(&dev, at(foreign, "staging")).await;
    assert_eq!((denied.status.as_u16(), denied.json()["rule"].as_str()), (403, Some("rbac.job.ops.dev")));
    let wrong = dry(&ops, at(foreign, "nowhere")).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["field"].as_str()), (422, Some("environment")));

    let trials = served.call(&admin, "GET", "/jobs?q=Trial", None).await.json();
    assert_eq!(trials["items"], json!([]));
    assert_eq!(served.call(&admin, "GET", "/series", None).await.json()["items"], json!([]));
    assert_eq!(served.call(&admin, "GET", "/audit", None).await.json()["items"], audit);
}

#[tokio::test]
async fn a_move_in_prod_waits_for_a_second_person() {
    let served = Served::demo().await;
    let (admin, ops) = (served.token("demo-admin").await, served.token("demo-ops").await);
    // Of a project that ops does not own it would need approval; the demo's prod jobs are of ops' own projects.
    let project = served.call(&admin, "GET", "/projects", None).await.json()["items"][0]["id"].clone();
    let new = json!({"project_id": project, "title": "Patch", "job_type": "maintenance", "environment": "prod",
                     "planned_start": "2026-11-20T08:00:00Z"});
    let created = served.call(&admin, "POST", "/jobs", Some(new)).await;
    assert_eq!(created.status, 201, "{:?}", created.json());
    assert_eq!(created.header("location"), format!("/jobs/{}", created.json()["id"].as_str().unwrap()));
    let path = created.header("location").to_owned();
    let asked =
        served.call(&ops, "PATCH", &path, Some(json!({"planned_start": "2026-11-21T08:00:00Z"}))).await;
    assert_eq!(asked.status, 202, "{:?}", asked.json());
    let body = asked.json();
    assert_eq!(body["job"]["planned_start"], "2026-11-20T08:00:00Z");
    assert_eq!(body["approval"]["change"]["planned_start"], "2026-11-21T08:00:00Z");
    let approval = format!("/approvals/{}", body["approval"]["id"].as_str().unwrap());
    assert_eq!(served.call(&ops, "POST", &format!("{approval}/approve"), None).await.status, 403);
    let no_reason =
        served.call(&admin, "POST", &format!("{approval}/reject"), Some(json!({"comment": " "}))).await;
    assert_eq!((no_reason.status.as_u16(), no_reason.json()["field"].as_str()), (422, Some("comment")));
    assert_eq!(served.call(&admin, "POST", &format!("{approval}/approve"), None).await.status, 200);
    assert_eq!(served.call(&admin, "GET", &path, None).await.json()["planned_start"], "2026-11-21T08:00:00Z");
    assert_eq!(served.call(&admin, "POST", &format!("{approval}/approve"), None).await.status, 409);
}

#[tokio::test]
async fn everything_wrong_is_a_problem() {
    let served = Served::demo().await;
    let admin = served.token("demo-admin").await;
    for (method, path, body, status, field) in [
        ("GET", "/nothing", None, 404, None),
        ("PUT", "/jobs", None, 405, None),
        ("GET", "/jobs/1", None, 404, None),
        ("GET", "/jobs/0190a3f0-7c1b-7000-8000-00000000ffff", None, 404, None),
        ("GET", "/jobs?limit=0", None, 422, Some("limit")),
        ("GET", "/jobs?limit=x", None, 422, Some("limit")),
        ("GET", "/jobs?cursor=x", None, 422, Some("cursor")),
        ("GET", "/jobs?status=done", None, 422, Some("status")),
        ("GET", "/jobs?sort=title", None, 422, Some("sort")),
        ("GET", "/jobs?q=%00", None, 422, Some("q")),
        ("GET", "/calendar/events", None, 422, Some("start")),
        ("POST", "/jobs", Some(json!({})), 422, Some("project_id")),
        ("POST", "/jobs", Some(json!([])), 422, Some("")),
        ("POST", "/users", Some(json!({"username": "x", "is_admin": true})), 422, Some("is_admin")),
    ] {
        let answer = served.call(&admin, method, path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{path}");
        if let Some(field) = field.filter(|field| !field.is_empty()) {
            assert_eq!(problem["field"].as_str(), Some(field), "{problem}");
        }
        assert!(!answer.header("x-request-id").is_empty());
    }
    let allow = served.call(&admin, "PUT", "/jobs", None).await;
    assert!(
        allow.header("allow").contains("GET") && allow.header("allow").contains("POST"),
        "{}",
        allow.header("allow")
    );
    let post = |kind: &str| {
        Request::builder()
            .method("POST")
            .uri("/jobs")
            .header(header::AUTHORIZATION, format!("Bearer {admin}"))
            .header(header::CONTENT_TYPE, kind)
    };
    assert_eq!(served.send(post("application/json"), "{").await.status, 400);
    assert_eq!(served.send(post("text/plain"), "{}").await.status, 415);
    assert_eq!(served.send(post("application/json"), vec![b' '; 1024 * 1024 + 1]).await.status, 413);
    let deep = format!("{{\"execution\":{{\"payload\":{}", "[".repeat(10_000));
    assert_eq!(served.send(post("application/json"), deep).await.status, 400);
}

#[tokio::test]
async fn a_store_that_fails_shows_nothing() {
    let served = Served::demo().await;
    let admin = served.token("demo-admin").await;
    served.store.set_fault(|_| Some(StoreError::Unavailable("secret".into())));
    for path in ["/jobs", "/readyz"] {
        let answer = served.call(&admin, "GET", path, None).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"), "{path}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    }
    assert_eq!(served.call(&admin, "GET", "/healthz", None).await.status, 200);
    served.store.clear_fault();
    assert_eq!(served.call(&admin, "GET", "/readyz", None).await.status, 200, "it recovers by itself");
    served.store.set_fault(|_| Some(StoreError::Failed("secret".into())));
    let answer = served.call(&admin, "GET", "/jobs", None).await;
    assert_eq!(answer.status, 500);
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
}

#[tokio::test]
async fn the_first_admin_needs_the_token_from_elsewhere() {
    let new = |token: Option<&str>| {
        json!({"username": "root-admin", "password": "correct horse", "email": "a@example.org",
               "display_name": "Root", "bootstrap_token": token})
    };
    let settings = ServerSettings {
        bootstrap_token: Some("the-token".into()),
        is_loopback_only: true,
        ..ServerSettings::default()
    };
    let served = Served::with(settings);
    let post = |peer: &str, forwarded: bool| {
        let mut request = Request::builder()
            .method("POST")
            .uri("/bootstrap/admin")
            .header(header::CONTENT_TYPE, "application/json")
            .extension(axum::extract::ConnectInfo(peer.parse::<std::net::SocketAddr>().unwrap()));
        if forwarded {
            request = request.header("x-forwarded-for", "127.0.0.1");
        }
        request
    };
    assert_eq!(served.send(post("192.0.2.1:1", false), new(None).to_string()).await.status, 403);
    assert_eq!(
        served.send(post("127.0.0.1:1", true), new(None).to_string()).await.status,
        403,
        "behind a proxy"
    );
    assert_eq!(served.send(post("192.0.2.1:1", false), new(Some("the-tokex")).to_string()).await.status, 403);
    let made = served.send(post("127.0.0.1:1", false), new(None).to_string()).await;
    assert_eq!((made.status.as_u16(), made.json()["role"].as_str()), (201, Some("admin")));
    assert!(!made.json().to_string().contains("password"));
    assert_eq!(served.send(post("127.0.0.1:1", false), new(Some("the-token")).to_string()).await.status, 409);
}

#[tokio::test]
async fn r29_guessing_is_limited() {
    let served = Served::demo().await;
    let mut last = None;
    for _ in 0..25 {
        last = Some(served.login("demo-ops", "guess").await);
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429);
    assert!(last.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(served.login("demo-dev", "demo-dev").await.status, 200, "others are not touched");
}

#[tokio::test]
async fn calendar_feeds_have_tokens_of_their_own() {
    let served = Served::demo().await;
    let dev = served.token("demo-dev").await;
    let made = served.call(&dev, "POST", "/auth/calendar-token", None).await;
    assert_eq!(made.status, 201);
    let path = made.json()["path"].as_str().unwrap().to_owned();
    let get = |path: &str| Request::builder().uri(path.to_owned());
    let feed = served.send(get(&path), Body::empty()).await;
    assert_eq!(feed.status, 200);
    let text = String::from_utf8(feed.body).unwrap();
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 16);
    let token = made.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(served.call(&token, "GET", "/jobs", None).await.status, 401, "it opens nothing else");
    assert_eq!(served.call(&dev, "DELETE", "/auth/calendar-token", None).await.status, 204);
    assert_eq!(served.send(get(&path), Body::empty()).await.status, 404);
    assert_eq!(served.send(get("/calendar.ics"), Body::empty()).await.status, 422);
}

#[tokio::test]
async fn metrics_are_for_admins_and_scrapers() {
    let served =
        Served::with(ServerSettings { metrics_token: Some("scrape".into()), ..ServerSettings::default() });
    served.hub.as_operator("test").import_demo(&demo::data(None).unwrap()).await.unwrap();
    let (admin, dev) = (served.token("demo-admin").await, served.token("demo-dev").await);
    for (token, status) in [(admin.as_str(), 200), (&dev, 403), ("scrape", 200), ("scrapf", 401)] {
        assert_eq!(served.call(token, "GET", "/metrics", None).await.status, status, "{token}");
    }
    assert_eq!(served.call("scrape", "GET", "/jobs", None).await.status, 401);
    let text = String::from_utf8(served.call("scrape", "GET", "/metrics", None).await.body).unwrap();
    assert!(text.contains(r#"uhub_logins_total{result="ok"} 2"#), "{text}");
}

#[tokio::test]
async fn pages_lead_through_everything_once() {
    let served = Served::demo().await;
    let dev = served.token("demo-dev").await;
    let mut path = "/jobs?limit=5".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = served.call(&dev, "GET", &path, None).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|job| job["id"].to_string()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/jobs?limit=5&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 16);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 16);
}

#[tokio::test]
async fn every_answer_is_guarded_by_headers() {
    let served = Served::demo().await;
    for path in
        ["/", "/docs/", "/docs/swagger-ui-bundle.js", "/openapi.json", "/jobs", "/nothing", "/healthz"]
    {
        let answer = served.send(Request::builder().uri(path), Body::empty()).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
    let page =
        String::from_utf8(served.send(Request::builder().uri("/docs/"), Body::empty()).await.body).unwrap();
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "nothing is fetched from elsewhere: {page}"
    );
    assert!(!page.contains("<script>"), "no inline scripts: the policy forbids them");
}

#[tokio::test]
async fn streams_begin_with_a_reset_and_tell_of_changes() {
    let served = Served::demo().await;
    let admin = served.token("demo-admin").await;
    let request = Request::builder()
        .uri("/events")
        .header(header::AUTHORIZATION, format!("Bearer {admin}"))
        .body(Body::empty())
        .unwrap();
    let response = served.app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut body = response.into_body();
    let mut next = async || {
        String::from_utf8(body.frame().await.unwrap().unwrap().into_data().unwrap().to_vec()).unwrap()
    };
    assert!(next().await.contains("event: reset"));
    let job = served.job(&admin, "Release v0.1").await;
    let path = format!("/jobs/{}", job["id"].as_str().unwrap());
    served.call(&admin, "PATCH", &path, Some(json!({"title": "Release v0.2"}))).await;
    let told = next().await;
    assert!(told.contains("event: job") && told.contains(job["id"].as_str().unwrap()), "{told}");
    assert!(next().await.contains("event: conflict"));
}

#[tokio::test]
async fn r40_callbacks_answer_who_lacks_the_key_in_one_way() {
    let secret = uhub_core::hub::CallbackSecret::new(vec![9; 32]).unwrap();
    let settings = ServerSettings { callback_secret: Some(secret.clone()), ..ServerSettings::default() };
    let served = Served::with(settings);
    served.hub.as_operator("test").import_demo(&demo::data(None).unwrap()).await.unwrap();
    let token = served.token("demo-admin").await;
    let job = served.job(&token, "Release v0.1").await;
    let patch = json!({ "execution": { "backend": "webhook", "url": "https://ci.example.org/" } });
    let path = format!("/jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(served.call(&token, "PATCH", &path, Some(patch)).await.status, 200);
    let run = served.call(&token, "POST", &format!("{path}/runs"), Some(json!({}))).await;
    assert_eq!(run.status, 201, "{:?}", run.json());
    let run = run.json()["id"].as_str().unwrap().to_owned();
    let kinds = [uhub_core::model::BackendKind::Webhook];
    assert_eq!(served.hub.claim("w1", &kinds, 1).await.unwrap().len(), 1);

    let body = r#"{"status":"succeeded"}"#;
    let now = served.hub.now().timestamp();
    let key = secret.key(uhub_core::model::RunId(run.parse().unwrap()), 1);
    let sign = |at: i64| uhub_core::signature::sign(key.as_bytes(), at, body.as_bytes());
    let post = async |path: String, headers: &[(&str, String)]| {
        let mut request = Request::builder().method(Method::POST).uri(path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        served.send(request, body).await
    };
    let signed = |at: i64| [("x-uhub-timestamp", at.to_string()), ("x-uhub-signature", sign(at))];
    let good = format!("/hooks/runs/{run}?attempt=1");
    let stranger = served.hub.new_id();
    let twice = [signed(now), signed(now)].concat();
    let mut answers = Vec::new();
    for (path, headers) in [
        (good.clone(), &[][..]),
        (good.clone(), &signed(now)[..1]),
        (good.clone(), &signed(now - 301)[..]),
        (good.clone(), &twice[..]),
        (format!("/hooks/runs/{run}"), &signed(now)[..]),
        (format!("/hooks/runs/{run}?attempt=2"), &signed(now)[..]),
        (format!("/hooks/runs/{stranger}?attempt=1"), &signed(now)[..]),
        ("/hooks/runs/x?attempt=1".to_owned(), &signed(now)[..]),
        ("/hooks/runs/%ff?attempt=1".to_owned(), &signed(now)[..]),
    ] {
        let answer = post(path, headers).await;
        answers.push((answer.status.as_u16(), answer.header("content-type").to_owned(), answer.json()));
    }
    assert_eq!(post(good.clone(), &signed(now)).await.status, 202);
    let replay = post(good, &signed(now)).await;
    answers.push((replay.status.as_u16(), replay.header("content-type").to_owned(), replay.json()));
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
    assert_eq!(answers[0].0, 404);
    // Whatever a server has no secret for is answered so, too.
    let deaf = Served::demo().await;
    let request = Request::builder().method(Method::POST).uri("/hooks/runs/x");
    let answer = deaf.send(request, body).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (404, answers[0].2.clone()));
}

mod identity;
mod sessions;
