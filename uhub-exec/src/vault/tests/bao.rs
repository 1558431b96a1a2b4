//! A server, and what an administrator does with it.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::tls;

fn needed(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: it tells of a throwaway OpenBao. Run the tests by `cargo xtask test`")
    })
}

/// An OpenBao.
pub(super) struct Bao {
    pub(super) url: String,
    pub(super) root: String,
    http: reqwest::Client,
    own: Option<(Child, tempfile::TempDir)>,
}

/// Who may log in by AppRole.
pub(super) struct Role {
    pub(super) id: String,
    pub(super) secret: String,
}

impl Bao {
    /// The server that all tests share, with an engine of the test's own.
    pub(super) async fn shared(mount: &str) -> Self {
        let (url, root) = (needed("UHUB_TEST_OPENBAO"), needed("UHUB_TEST_OPENBAO_TOKEN"));
        let bao = Self { url, root, http: client(None), own: None };
        // There already where the server outlives the tests.
        let engine = json!({ "type": "kv", "options": { "version": "2" } });
        bao.ask(Method::POST, &format!("sys/mounts/{mount}"), Some(engine)).await;
        // A new engine is being upgraded for a moment, and refuses meanwhile.
        let config = format!("{mount}/config");
        bao.until(async || bao.ask(Method::GET, &config, None).await.0 == 200).await;
        bao
    }

    /// A server of the test's own, to be broken.
    pub(super) async fn own(with_tls: bool) -> Self {
        let program = needed("UHUB_TEST_OPENBAO_BIN");
        let dir = tempfile::tempdir().unwrap();
        let root = "root-of-a-throwaway-server".to_owned();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.args(["server", "-dev", "-dev-no-store-token"]);
        command.arg(format!("-dev-root-token-id={root}"));
        command.arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        if with_tls {
            command.arg("-dev-tls").arg(format!("-dev-tls-cert-dir={}", dir.path().display()));
        }
        command.current_dir(dir.path()).env("HOME", dir.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let scheme = if with_tls { "https" } else { "http" };
        let mut bao = Self {
            url: format!("{scheme}://127.0.0.1:{port}"),
            root,
            http: client(None),
            own: Some((child, dir)),
        };
        if with_tls {
            let ca = bao.ca();
            let begin = Instant::now();
            while !ca.is_file() {
                assert!(begin.elapsed() < Duration::from_secs(60), "no {}", ca.display());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            bao.http = client(Some(&ca));
        }
        bao.until(async || bao.ask(Method::GET, "sys/health", None).await.0 == 200).await;
        bao.until(async || bao.ask(Method::GET, "secret/config", None).await.0 == 200).await;
        bao
    }

    /// The authority of a server with TLS.
    pub(super) fn ca(&self) -> PathBuf {
        let (_, dir) = self.own.as_ref().expect("a server of one's own");
        dir.path().join("vault-ca.pem")
    }

    pub(super) fn signal(&self, signal: Signal) {
        let (child, _) = self.own.as_ref().expect("a server of one's own");
        kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
    }

    async fn until(&self, holds: impl AsyncFn() -> bool) {
        let begin = Instant::now();
        while !holds().await {
            assert!(begin.elapsed() < Duration::from_secs(60), "OpenBao does not get ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        self.ask_as(&self.root, None, method, path, body).await
    }

    pub(super) async fn ask_as(
        &self,
        token: &str,
        namespace: Option<&str>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request =
            self.http.request(method, format!("{}/v1/{path}", self.url)).header("X-Vault-Token", token);
        if let Some(namespace) = namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        match request.send().await {
            Ok(answer) => (answer.status().as_u16(), answer.json().await.unwrap_or_default()),
            Err(_) => (0, Value::Null),
        }
    }

    /// As the administrator; whatever it is must be allowed.
    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, path, Some(body)).await;
        assert!((200..300).contains(&status), "POST {path}: {status} {answer}");
        answer
    }

    pub(super) async fn delete(&self, path: &str) {
        let (status, answer) = self.ask(Method::DELETE, path, None).await;
        assert!((200..300).contains(&status), "DELETE {path}: {status} {answer}");
    }

    pub(super) async fn put_secret(&self, mount: &str, path: &str, fields: Value) {
        self.post(&format!("{mount}/data/{path}"), json!({ "data": fields })).await;
    }

    /// A policy that allows this, and a token with it.
    pub(super) async fn token(&self, name: &str, rules: &str, more: Value) -> String {
        self.post(&format!("sys/policies/acl/{name}"), json!({ "policy": rules })).await;
        let mut request = json!({ "policies": [name], "no_parent": true });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.post("auth/token/create", request).await;
        made["auth"]["client_token"].as_str().unwrap().to_owned()
    }

    /// A role that may do this.
    pub(super) async fn role(&self, name: &str, rules: &str, more: Value) -> Role {
        // Others may have done so.
        self.ask(Method::POST, "sys/auth/approle", Some(json!({ "type": "approle" }))).await;
        self.post(&format!("sys/policies/acl/{name}"), json!({ "policy": rules })).await;
        let mut role = json!({ "token_policies": [name] });
        role.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post(&format!("auth/approle/role/{name}"), role).await;
        let (_, id) = self.ask(Method::GET, &format!("auth/approle/role/{name}/role-id"), None).await;
        let secret = self.post(&format!("auth/approle/role/{name}/secret-id"), json!({})).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Role { id: text(&id["data"]["role_id"]), secret: text(&secret["data"]["secret_id"]) }
    }

    /// The tokens that exist now whose path is this one, with their metadata.
    pub(super) async fn tokens(&self, path: &str) -> Vec<Value> {
        let method = Method::from_bytes(b"LIST").unwrap();
        let (_, all) = self.ask(method, "auth/token/accessors", None).await;
        let mut found = Vec::new();
        for accessor in all["data"]["keys"].as_array().unwrap() {
            let look = Some(json!({ "accessor": accessor }));
            let (status, token) = self.ask(Method::POST, "auth/token/lookup-accessor", look).await;
            if status == 200 && token["data"]["path"] == path {
                found.push(token["data"].clone());
            }
        }
        found
    }
}

impl Drop for Bao {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.own {
            // Also when it is stopped.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn client(ca: Option<&PathBuf>) -> reqwest::Client {
    let tls = tls::client_config(ca.map(PathBuf::as_path)).unwrap();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
    builder.timeout(Duration::from_secs(30)).build().unwrap()
}
