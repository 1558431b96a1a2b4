//! r32: ids that are nobody's, in every route there is. The routes are taken from `/openapi.json`, so that a new one cannot
//! be forgotten.

use reqwest::Method;
use serde_json::{Value, json};
use uhub_tests::{Answer, Client, Server, Site, env, plan};

/// What needs no token: the first three of the contract, the session's door, what a sign-in page shows, the documents, the
/// feed, which has a token of its own, and what outside CIs sign.
const OPEN: [&str; 9] = [
    "/auth/token",
    "/auth/session",
    "/hub",
    "/bootstrap/admin",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/calendar.ics",
    "/hooks/runs/{id}",
];

/// The paths of the contract. Each must be documented.
const CONTRACT: &[(&str, &[&str])] = &[
    ("/auth/token", &["post"]),
    ("/auth/session", &["post", "delete"]),
    ("/auth/refresh", &["post"]),
    ("/hub", &["get"]),
    ("/bootstrap/admin", &["post"]),
    ("/healthz", &["get"]),
    ("/readyz", &["get"]),
    ("/auth/me", &["get"]),
    ("/users", &["get", "post"]),
    ("/users/{id}", &["get", "patch"]),
    ("/users/{id}/tokens", &["get", "post"]),
    ("/users/{id}/tokens/{token_id}", &["delete"]),
    ("/projects", &["get", "post"]),
    ("/projects/{id}", &["get", "patch"]),
    ("/jobs", &["get", "post"]),
    ("/jobs/{id}", &["get", "patch", "delete"]),
    ("/jobs/{id}/suggestions", &["get"]),
    ("/jobs/{id}/done", &["post"]),
    ("/jobs/{id}/runs", &["post"]),
    ("/runs", &["get"]),
    ("/runs/{id}", &["get"]),
    ("/runs/{id}/cancel", &["post"]),
    ("/runs/{id}/logs", &["get"]),
    ("/hooks/runs/{id}", &["post"]),
    ("/calendar/events", &["get"]),
    ("/calendar/conflicts", &["get"]),
    ("/calendar/resolve", &["post"]),
    ("/calendar.ics", &["get"]),
    ("/calendar/export", &["get"]),
    ("/calendar/import", &["post"]),
    ("/freezes", &["get", "post"]),
    ("/freezes/{id}", &["delete"]),
    ("/approvals", &["get"]),
    ("/approvals/{id}/approve", &["post"]),
    ("/approvals/{id}/reject", &["post"]),
    ("/audit", &["get"]),
    ("/audit/verify", &["get"]),
    ("/events", &["get"]),
    ("/admin/seeds/demo", &["post"]),
    ("/metrics", &["get"]),
];

struct Route {
    method: Method,
    path: String,
}

async fn documented(server: &Server) -> Vec<Route> {
    let document = server.anyone().get("/openapi.json").await.expect(200);
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{document}");
    let paths = document["paths"].as_object().expect("paths");
    let mut routes = Vec::new();
    for (path, item) in paths {
        for method in item.as_object().expect("operations").keys() {
            if let Ok(method) = method.to_uppercase().parse::<Method>()
                && ["GET", "POST", "PATCH", "PUT", "DELETE"].contains(&method.as_str())
            {
                routes.push(Route { method, path: path.clone() });
            }
        }
    }
    routes
}

/// A body that would be accepted where the id is somebody's.
fn body(route: &Route) -> Option<Value> {
    match (route.method.as_str(), route.path.as_str()) {
        ("POST", "/approvals/{id}/reject") => Some(json!({ "comment": "no" })),
        ("POST", "/users/{id}/tokens") => Some(json!({ "name": "X", "scopes": ["read"] })),
        ("PATCH", "/users/{id}") => Some(json!({ "display_name": "X" })),
        ("PATCH", "/jobs/{id}") => Some(json!({ "title": "X" })),
        ("PATCH", "/projects/{id}") => Some(json!({ "name": "X" })),
        ("POST" | "PATCH" | "PUT", _) => Some(json!({})),
        _ => None,
    }
}

async fn ask(client: &Client, route: &Route, id: &str) -> Answer {
    let path = route.path.replace("{id}", id).replace("{token_id}", id);
    assert!(!path.contains('{'), "a parameter that nobody has: {path}");
    let request = client.request(route.method.clone(), &path);
    match body(route) {
        Some(body) => request.json(&body).send().await,
        None => request.send().await,
    }
}

#[tokio::test]
async fn r32_an_id_that_is_nobodys_is_not_found_on_any_route() {
    let site = Site::sqlite();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    let (job, user) = (plan::id(&admin.all("/jobs").await[0]), plan::user_id(&admin, "demo-dev").await);
    let with_id: Vec<Route> =
        documented(&server).await.into_iter().filter(|route| route.path.contains('{')).collect();
    assert!(with_id.len() >= 14, "only {} routes take an id", with_id.len());
    for name in ["demo-admin", "demo-dev"] {
        let client = server.user(name).await;
        for route in &with_id {
            let what = format!("{name}: {} {}", route.method, route.path);
            let random = env::random_id();
            // The id of another kind of thing, and what is no id at all.
            let stranger = if route.path.starts_with("/jobs") { &user } else { &job };
            for id in [
                random.as_str(),
                stranger,
                "0",
                "..%2f..",
                "%00",
                "00000000-0000-0000-0000-000000000000",
                "*",
                "' OR 1=1 --",
                "%F0%9F%92%A5",
            ] {
                let answer = ask(&client, route, id).await;
                assert_eq!(answer.status, 404, "{what} {id}: {answer:?}");
            }
            // An id that is missing answers like one that may not be seen (DOMAIN §2), word for word.
            let one = ask(&client, route, &random).await.json();
            let other = ask(&client, route, &env::random_id()).await.json();
            assert_eq!(one, other, "{what}");
        }
    }
}

#[tokio::test]
async fn r32_foreign_ids_in_bodies_and_queries_are_refused_or_find_nothing() {
    let site = Site::sqlite();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    let nobody = env::random_id();
    let project = plan::id(&admin.all("/projects").await[0]);
    let job = plan::job(&nobody, "x", "dev", Some("dev"), &plan::hour(0));
    admin.post("/jobs", &job).await.expect(404);
    let mut job = plan::job(&project, "x", "dev", Some("dev"), &plan::hour(0));
    job["assignee_id"] = json!(nobody);
    admin.post("/jobs", &job).await.expect_field(422, "assignee_id");
    let new = json!({ "name": "x", "color": "#000000", "owner_id": nobody, "environments": ["dev"] });
    admin.post("/projects", &new).await.expect_field(422, "owner_id");
    let freeze = json!({
        "start": plan::hour(0), "end": plan::hour(1), "tiers": ["prod"], "reason": "x", "project_id": nobody,
    });
    admin.post("/freezes", &freeze).await.expect(404);
    for path in ["/jobs?project_id=", "/runs?job_id=", "/audit?object=", "/audit?actor="] {
        let found = admin.get(&format!("{path}{nobody}")).await.expect(200);
        assert_eq!(found["items"], json!([]), "{path}");
    }
    let span = format!("start={}&end={}", plan::hour(0), plan::hour(24));
    let found = admin.get(&format!("/calendar/events?{span}&project_id={nobody}")).await.expect(200);
    assert_eq!(found, json!([]));
    // A calendar token that was never given, or no longer holds.
    server.anyone().get("/calendar.ics?token=uhubcal_0000").await.expect(404);
    server.anyone().get(&format!("/calendar.ics?token={}", admin.token())).await.expect(404);
    let path = admin.post("/auth/calendar-token", &json!({})).await.expect(201)["path"].clone();
    let path = path.as_str().expect("a path");
    assert_eq!(server.anyone().get(path).await.status, 200);
    admin.delete("/auth/calendar-token").await.expect(204);
    server.anyone().get(path).await.expect(404);
}

#[tokio::test]
async fn every_route_of_the_contract_is_documented_and_wants_a_token() {
    let site = Site::sqlite();
    let server = site.serve(&["--no-worker"]).await;
    let routes = documented(&server).await;
    for (path, methods) in CONTRACT {
        for method in *methods {
            let is_it =
                |route: &&Route| route.path == *path && route.method.as_str().eq_ignore_ascii_case(method);
            assert!(routes.iter().any(|route| is_it(&route)), "{method} {path} is not documented");
        }
    }
    let anyone = server.anyone();
    for route in routes.iter().filter(|route| !OPEN.contains(&route.path.as_str())) {
        // Before anything else is looked at: no body, a wrong body, and an id that nobody has make no difference.
        for client in [&anyone, &anyone.with_token("x"), &anyone.with_token("a.b.c")] {
            let answer = ask(client, route, &env::random_id()).await;
            answer.expect(401);
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn wrong_methods_and_paths_are_refused_on_every_route() {
    let site = Site::sqlite();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    let routes = documented(&server).await;
    let mut paths: Vec<&str> = routes.iter().map(|route| route.path.as_str()).collect();
    paths.dedup();
    for path in paths {
        let known: Vec<&str> =
            routes.iter().filter(|route| route.path == path).map(|route| route.method.as_str()).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
            if known.contains(&method) {
                continue;
            }
            let method: Method = method.parse().expect("a method");
            let answer = admin
                .request(
                    method.clone(),
                    &path.replace("{id}", &env::random_id()).replace("{token_id}", &env::random_id()),
                )
                .send()
                .await;
            answer.expect(405);
            // What is documented is what is there: the server names the same methods (RFC 9110 §15.5.6).
            let allow = answer.header("allow");
            for name in allow.split(',').map(str::trim).filter(|name| !["HEAD", "OPTIONS"].contains(name)) {
                assert!(known.contains(&name), "{path} answers {name}, which is not documented");
            }
            for name in &known {
                assert!(allow.contains(name), "{path}: Allow is {allow:?}, without {name}");
            }
        }
    }
    for path in ["/", "/nothing", "/jobs/", "/jobs/x/y/z", "/admin", "/.env", "/calendar", "//jobs"] {
        let answer = admin.get(path).await;
        assert!(answer.status == 404 || path == "/", "{path}: {answer:?}");
    }
}
