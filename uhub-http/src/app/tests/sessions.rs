//! Sessions of browsers, and what a sign-in page is told.

use axum::extract::ConnectInfo;
use uhub_core::ports::store::{Page, Store as _};

use super::*;

/// A request as a browser sends it from one of the server's own pages.
fn own(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin")
}

fn form(username: &str, password: &str) -> String {
    format!("grant_type=password&username={username}&password={password}")
}

impl Served {
    async fn open(&self, request: axum::http::request::Builder, username: &str) -> Answer {
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, form(username, username)).await
    }

    /// Signs in as a browser; the access token, and the cookie as the browser sends it back.
    async fn session(&self, username: &str) -> (String, String) {
        let answer = self.open(own("POST", "/auth/session"), username).await;
        assert_eq!(answer.status, 200, "{:?}", answer.json());
        (answer.access(), answer.cookie().0)
    }

    async fn refresh(&self, cookie: &str) -> Answer {
        self.send(own("POST", "/auth/refresh").header(header::COOKIE, cookie), "").await
    }
}

impl Answer {
    fn access(&self) -> String {
        self.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// `name=value`, and what else is said.
    fn cookie(&self) -> (String, String) {
        let (pair, rest) = self.header("set-cookie").split_once("; ").unwrap();
        (pair.to_owned(), rest.to_owned())
    }
}

#[tokio::test]
async fn a_session_gives_a_short_token_and_a_cookie_that_renews_it() {
    let served = Served::demo().await;
    let answer = served.open(own("POST", "/auth/session"), "demo-dev").await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    assert_eq!(answer.json()["expires_in"], 900);
    let (cookie, rest) = answer.cookie();
    assert!(cookie.starts_with("uhub_session=ey"), "{cookie}");
    assert_eq!(rest, "Path=/auth; Max-Age=43200; HttpOnly; SameSite=Strict");
    assert_eq!(served.call(&answer.access(), "GET", "/auth/me", None).await.json()["username"], "demo-dev");

    served.clock.advance(TimeDelta::minutes(15));
    assert_eq!(served.call(&answer.access(), "GET", "/auth/me", None).await.status, 401, "it was short");
    let renewed = served.refresh(&cookie).await;
    assert_eq!(renewed.status, 200);
    assert_eq!(served.call(&renewed.access(), "GET", "/auth/me", None).await.status, 200);
    assert_ne!(renewed.cookie().0, cookie, "the cookie goes on too");

    let closed = served.send(own("DELETE", "/auth/session"), "").await;
    assert_eq!((closed.status.as_u16(), closed.cookie().0.as_str()), (204, "uhub_session="));
    assert!(closed.cookie().1.contains("Max-Age=0"));
}

#[tokio::test]
async fn signing_in_to_a_session_is_refused_as_for_a_token() {
    let served = Served::demo().await;
    let send = async |body: &str| {
        let request =
            own("POST", "/auth/session").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        served.send(request, body.to_owned()).await
    };
    let wrong = send(&form("demo-ops", "wrong")).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["error"].as_str()), (400, Some("invalid_grant")));
    assert!(wrong.header("set-cookie").is_empty());
    assert_eq!(send("").await.json()["error"], "invalid_request");
    for _ in 0..20 {
        served.login("demo-ops", "guess").await;
    }
    let limited = send(&form("demo-ops", "demo-ops")).await;
    assert_eq!(limited.status, 429, "one limit for both doors");
    assert!(!limited.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_session_ends_by_idleness_by_age_and_with_the_account() {
    let served = Served::demo().await;
    let (_, idle) = served.session("demo-dev").await;
    served.clock.advance(TimeDelta::hours(12));
    assert_eq!(served.refresh(&idle).await.status, 401, "nobody used it");

    let (_, mut cookie) = served.session("demo-dev").await;
    for _ in 0..15 {
        served.clock.advance(TimeDelta::hours(11));
        cookie = served.refresh(&cookie).await.cookie().0;
    }
    served.clock.advance(TimeDelta::hours(3) - TimeDelta::minutes(1));
    let last = served.refresh(&cookie).await;
    assert_eq!((last.status.as_u16(), last.json()["expires_in"].as_i64()), (200, Some(60)));
    served.clock.advance(TimeDelta::minutes(1));
    assert_eq!(served.refresh(&last.cookie().0).await.status, 401, "seven days are over");

    let (_, cookie) = served.session("demo-dev").await;
    let admin = served.token("demo-admin").await;
    let me = served.store.read().await.unwrap().users(Page::first(9)).await.unwrap();
    let dev = me.iter().find(|user| user.username == "demo-dev").unwrap().id;
    let path = format!("/users/{dev}");
    served.call(&admin, "PATCH", &path, Some(json!({"is_active": false}))).await;
    assert_eq!(served.refresh(&cookie).await.status, 401);
    served.call(&admin, "PATCH", &path, Some(json!({"is_active": true}))).await;
    assert_eq!(served.refresh(&cookie).await.status, 200);
    served.clock.advance(TimeDelta::seconds(1));
    served.call(&admin, "PATCH", &path, Some(json!({"password": "another one"}))).await;
    assert_eq!(served.refresh(&cookie).await.status, 401, "the password it began with is no more");
}

#[tokio::test]
async fn r27_whatever_is_wrong_with_a_session_is_told_in_one_way() {
    let served = Served::demo().await;
    let (access, cookie) = served.session("demo-dev").await;
    let value = cookie.strip_prefix("uhub_session=").unwrap();
    let none = served.send(own("POST", "/auth/refresh"), "").await;
    assert_eq!(none.status, 401);
    for bad in [
        "uhub_session=".to_owned(),
        "uhub_session=x".to_owned(),
        format!("uhub_session={access}"),
        format!("uhub_session={value}x"),
        format!("__Secure-uhub_session={value}"),
        format!("{cookie}; uhub_session=x"),
    ] {
        let answer = served.refresh(&bad).await;
        assert_eq!((answer.status, &answer.body), (none.status, &none.body), "{bad}");
        assert!(answer.header("set-cookie").is_empty());
    }
    // And the other way round.
    assert_eq!(served.call(value, "GET", "/auth/me", None).await.status, 401, "a cookie is no access token");
    let request = Request::builder().uri("/auth/me").header(header::COOKIE, &cookie);
    assert_eq!(served.send(request, "").await.status, 401, "nor is it one in its own place");
}

#[tokio::test]
async fn other_sites_can_neither_begin_nor_renew_nor_end_a_session() {
    let served = Served::demo().await;
    let (_, cookie) = served.session("demo-dev").await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        for (method, path) in [
            ("POST", "/auth/session"),
            ("POST", "/auth/refresh"),
            ("DELETE", "/auth/session?everywhere=true"),
        ] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header(header::HOST, "hub.example.org")
                .header(header::COOKIE, &cookie)
                .header(name, value);
            let answer = served.open(request, "demo-dev").await;
            assert_eq!(
                (answer.status.as_u16(), answer.json()["rule"].as_str()),
                (403, Some("session.same_origin")),
                "{method} {path} {name}: {value}"
            );
            assert!(answer.header("set-cookie").is_empty());
        }
    }
    assert_eq!(served.refresh(&cookie).await.status, 200, "nothing has ended");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_and_token_at_once() {
    let served = Served::demo().await;
    let token = served.token("demo-dev").await;
    let (access, here) = served.session("demo-dev").await;
    let (_, there) = served.session("demo-dev").await;
    let others = served.token("demo-ops").await;
    // In the same second, which tokens' times cannot tell apart.
    served.clock.advance(TimeDelta::milliseconds(1));
    let everywhere = "/auth/session?everywhere=true";
    assert_eq!(served.send(own("DELETE", everywhere), "").await.status, 401, "whose?");
    let closed = served.send(own("DELETE", everywhere).header(header::COOKIE, &here), "").await;
    assert_eq!(closed.status, 204);
    for token in [&token, &access] {
        assert_eq!(served.call(token, "GET", "/auth/me", None).await.status, 401);
    }
    for cookie in [&here, &there] {
        assert_eq!(served.refresh(cookie).await.status, 401);
    }
    assert_eq!(served.call(&others, "GET", "/auth/me", None).await.status, 200);
    // And whoever signs in at once is in; this time it ends by the token.
    let (access, cookie) = served.session("demo-dev").await;
    assert_eq!(served.call(&access, "GET", "/auth/me", None).await.status, 200);
    served.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(served.call(&access, "DELETE", everywhere, None).await.status, 204);
    assert_eq!(served.refresh(&cookie).await.status, 401);
}

#[tokio::test]
async fn cookies_are_secure_where_the_connection_is() {
    let settings =
        ServerSettings { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..ServerSettings::default() };
    let served = Served::with(settings);
    served.hub.as_operator("test").import_demo(&demo::data(None).unwrap()).await.unwrap();
    let from = |peer: &str| {
        own("POST", "/auth/session")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-prefix", "/tools/")
            .extension(ConnectInfo(peer.parse::<std::net::SocketAddr>().unwrap()))
    };
    let (pair, rest) = served.open(from("10.1.2.3:1"), "demo-dev").await.cookie();
    assert!(pair.starts_with("__Secure-uhub_session="), "{pair}");
    assert_eq!(rest, "Path=/tools/auth; Max-Age=43200; HttpOnly; SameSite=Strict; Secure");
    let (pair, rest) = served.open(from("192.0.2.1:1"), "demo-dev").await.cookie();
    assert!(pair.starts_with("uhub_session="), "a stranger says anything: {pair}");
    assert!(rest.starts_with("Path=/auth;") && !rest.contains("Secure"));

    let public_url = Some("https://hub.example.org/".parse().unwrap());
    let served = Served::with(ServerSettings { public_url, ..ServerSettings::default() });
    served.hub.as_operator("test").import_demo(&demo::data(None).unwrap()).await.unwrap();
    let (_, rest) = served.open(own("POST", "/auth/session"), "demo-dev").await.cookie();
    assert!(rest.ends_with("; Secure"), "{rest}");
}

#[tokio::test]
async fn a_mounted_router_keeps_its_cookies_to_itself() {
    let served = Served::demo().await;
    let app = Router::new().nest("/tools/uhub", served.app.clone());
    let served = Served { app, ..served };
    let answer = served.open(own("POST", "/tools/uhub/auth/session"), "demo-dev").await;
    assert!(answer.cookie().1.starts_with("Path=/tools/uhub/auth;"), "{:?}", answer.cookie());
}

#[tokio::test]
async fn a_sign_in_page_is_told_what_it_needs_and_no_more() {
    let hub = async |served: &Served, peer: &str| {
        let request = Request::builder()
            .uri("/hub")
            .extension(ConnectInfo(peer.parse::<std::net::SocketAddr>().unwrap()));
        let answer = served.send(request, "").await;
        assert_eq!(answer.status, 200);
        answer.json()
    };
    let settings = ServerSettings { is_loopback_only: true, is_demo: true, ..ServerSettings::default() };
    let served = Served::with(settings);
    let (here, there) = ("127.0.0.1:1", "192.0.2.1:1");
    let empty = hub(&served, here).await;
    assert_eq!(
        empty,
        json!({"version": env!("CARGO_PKG_VERSION"), "time_zone": "Europe/Paris", "needs_admin": true,
               "needs_bootstrap_token": false, "demo_accounts": []})
    );
    assert_eq!(hub(&served, there).await["needs_bootstrap_token"], true);

    served.hub.as_operator("test").import_demo(&demo::data(None).unwrap()).await.unwrap();
    let names = async || {
        let told = hub(&served, here).await;
        assert_eq!((&told["needs_admin"], &told["needs_bootstrap_token"]), (&json!(false), &json!(false)));
        let accounts = told["demo_accounts"].as_array().unwrap().clone();
        assert!(accounts.iter().all(|account| account.as_object().unwrap().len() == 3), "{accounts:?}");
        accounts.iter().map(|account| account["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = names().await;
    assert_eq!(all.len(), 4, "{all:?}");
    assert_eq!(names().await, all);
    served.hub.as_operator("test").set_password("demo-admin", "no longer its name").await.unwrap();
    assert_eq!(names().await.len(), 3, "it is not offered any more");

    let served = Served::demo().await;
    assert_eq!(hub(&served, here).await["demo_accounts"], json!([]), "no demo: nobody is named");
}

#[tokio::test]
async fn the_calendar_can_be_narrowed_to_ones_own_and_to_a_type() {
    let served = Served::demo().await;
    let (dev, ops) = (served.token("demo-dev").await, served.token("demo-ops").await);
    let titles = async |token: &str, more: &str| {
        let answer = served.call(token, "GET", &format!("{MONTH}{more}"), None).await;
        assert_eq!(answer.status, 200, "{:?}", answer.json());
        let mut titles: Vec<String> = answer
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["title"].as_str().unwrap().to_owned())
            .collect();
        titles.sort();
        titles
    };
    let all = titles(&dev, "").await;
    assert_eq!(all.len(), 16);
    assert_eq!(titles(&dev, "&mine=false").await, all);
    let project = served.call(&dev, "GET", "/projects", None).await.json()["items"][0]["id"].clone();
    let new = json!({"project_id": project, "title": "My own", "job_type": "dev", "environment": "dev",
                     "planned_start": "2026-11-20T08:00:00Z"});
    assert_eq!(served.call(&dev, "POST", "/jobs", Some(new)).await.status, 201);
    let mine = titles(&dev, "&mine=true").await;
    assert!(mine.contains(&"My own".to_owned()) && mine.len() < 17, "{mine:?}");
    assert!(!titles(&ops, "&mine=true").await.contains(&"My own".to_owned()), "others have others");
    let of_type = titles(&dev, "&job_type=meeting").await;
    assert!(!of_type.is_empty() && of_type.len() < 16, "{of_type:?}");
    let listed = served.call(&dev, "GET", "/jobs?job_type=meeting", None).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), of_type.len());
    let wrong = served.call(&dev, "GET", &format!("{MONTH}&job_type=party"), None).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["field"].as_str()), (422, Some("job_type")));
}
