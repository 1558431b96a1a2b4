//! A client that checks every answer for form before a test looks at its content.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::{
    Method, Response,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};

use crate::sse::Events;

/// Somebody who talks to a server: signed in as a user, or not at all.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// Somebody not signed in. `base` is `http://host:port`.
    pub fn new(base: &str) -> Self {
        Self { http: http(), base: base.to_owned(), token: None }
    }

    /// The same, coming from another of this machine's addresses, such as 127.0.0.2.
    #[must_use]
    pub fn from_peer(&self, address: [u8; 4]) -> Self {
        let http = builder().local_address(SocketAddr::from((address, 0)).ip()).build().expect("a client");
        Self { http, ..self.clone() }
    }

    /// The same, with a connection of its own for each request: one that the server closed over a bad request is not used
    /// again.
    #[must_use]
    pub fn unpooled(&self) -> Self {
        let http = builder().pool_max_idle_per_host(0).build().expect("a client");
        Self { http, ..self.clone() }
    }

    /// The same, with this token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same at another server.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// The token it carries.
    ///
    /// # Panics
    /// When it carries none.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("signed in")
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Asks for a token; whatever comes.
    pub async fn try_sign_in(&self, username: &str, password: &str) -> Answer {
        self.sign_in_request(username, password).send().await
    }

    /// The request for a token.
    pub fn sign_in_request(&self, username: &str, password: &str) -> Request {
        let form = [("grant_type", "password"), ("username", username), ("password", password)];
        self.request(Method::POST, "/auth/token").form(&form)
    }

    /// The same client, signed in.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn sign_in(&self, username: &str, password: &str) -> Self {
        let answer = self.try_sign_in(username, password).await.expect(200);
        assert_eq!(answer["token_type"], "bearer");
        assert!(answer["expires_in"].as_i64().is_some_and(|seconds| seconds > 0), "{answer}");
        self.with_token(answer["access_token"].as_str().expect("a token"))
    }

    /// A request, to be completed.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Request { request, what: format!("{method} {path}"), may_fail: false }
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path).json(body).send().await
    }

    /// `PATCH path` with a JSON body.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PATCH, path).json(body).send().await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }

    /// All items of a list, page after page.
    ///
    /// # Panics
    /// When a page is no list.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        let sign = if path.contains('?') { '&' } else { '?' };
        loop {
            let more = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let mut page = self.get(&format!("{path}{sign}limit=500{more}")).await.expect(200);
            items.append(page["items"].as_array_mut().expect("a list"));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return items,
            }
        }
    }

    /// Opens an event stream, from behind the event `after` where one is given.
    pub async fn events(&self, path: &str, after: Option<&str>) -> Events {
        let mut request = self
            .http
            .get(format!("{}{path}", self.base))
            .bearer_auth(self.token())
            .header("accept", "text/event-stream")
            .timeout(Duration::from_secs(3600));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), 200, "{path}");
        let media = response.headers()[CONTENT_TYPE].to_str().expect("ASCII").to_owned();
        assert!(media.starts_with("text/event-stream"), "{path}: {media}");
        Events::new(response)
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        // The servers are on loopback, without TLS: authorities need not be looked for.
        .tls_backend_preconfigured(no_tls())
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
}

/// TLS that trusts nobody.
fn no_tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("rustls agrees with itself")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

/// A client for anything on loopback.
pub(crate) fn http() -> reqwest::Client {
    builder().build().expect("a client")
}

/// A request in the making.
#[derive(Debug)]
pub struct Request {
    request: reqwest::RequestBuilder,
    what: String,
    may_fail: bool,
}

impl Request {
    /// With a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self { request: self.request.json(body), ..self }
    }

    /// With a form.
    #[must_use]
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        Self { request: self.request.form(pairs), ..self }
    }

    /// With any body.
    #[must_use]
    pub fn body(self, media: &str, body: impl Into<reqwest::Body>) -> Self {
        Self { request: self.request.header(CONTENT_TYPE, media).body(body), ..self }
    }

    /// The server may have a reason to answer 5xx: the test broke what it stands on.
    #[must_use]
    pub fn may_fail(self) -> Self {
        Self { may_fail: true, ..self }
    }

    /// Sends it.
    ///
    /// # Panics
    /// When no answer comes, or one that no answer may be: see [`Answer`].
    pub async fn send(self) -> Answer {
        let what = self.what.clone();
        self.try_send().await.unwrap_or_else(|error| panic!("{what}: no answer: {error}"))
    }

    /// Sends it to a server that may die over it.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn try_send(self) -> reqwest::Result<Answer> {
        let answer = Answer::read(self.what, self.request.send().await?).await?;
        answer.check_form(self.may_fail);
        Ok(answer)
    }
}

/// An answer. Whatever it is, it is not 5xx unless that was to be expected, and an error is a problem as RFC 9457 has it, or,
/// of the token endpoint, as RFC 6749 has it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// To what.
    pub what: String,
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    async fn read(what: String, response: Response) -> reqwest::Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { what, status, headers, body: response.bytes().await? })
    }

    fn check_form(&self, may_fail: bool) {
        assert!(self.status < 500 || may_fail, "{self:?}");
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{self:?}");
        if self.status < 400 {
            return;
        }
        let is_door = self.what == "POST /auth/token" || self.what == "POST /auth/session";
        if is_door && matches!(self.status, 400 | 401 | 429) {
            assert!(self.json()["error"].is_string(), "{self:?}");
            return;
        }
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], json!(self.status), "{self:?}");
        for name in ["type", "title", "detail"] {
            assert!(problem[name].as_str().is_some_and(|text| !text.is_empty()), "no {name} in {self:?}");
        }
        if self.status >= 500 {
            // Nothing of the inside is shown.
            let text = self.text().to_lowercase();
            for inside in ["sqlx", "sqlite", "postgres", "panicked", "/src/", "disk", "relation"] {
                assert!(!text.contains(inside), "{inside} in {self:?}");
            }
        }
    }

    /// The value of a header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body as JSON, of an answer with this status; `null` where there is no body.
    ///
    /// # Panics
    /// When the status is another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.what, self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// As [`Answer::expect`], of a problem that names this field as the wrong one.
    ///
    /// # Panics
    /// When it is another problem.
    #[track_caller]
    pub fn expect_field(&self, status: u16, field: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["field"], field, "{}: {problem}", self.what);
        problem
    }

    /// A refusal, by this rule.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn expect_denied(&self, rule: &str) -> Value {
        let problem = self.expect(403);
        assert_eq!(problem["rule"], rule, "{}: {problem}", self.what);
        problem
    }
}
