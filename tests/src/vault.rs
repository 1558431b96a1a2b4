//! The throwaway OpenBao of `UHUB_TEST_OPENBAO`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{client, env, wait};

/// Its administrator.
#[derive(Debug)]
pub struct Vault {
    /// Where it is.
    pub url: String,
    root: String,
    http: reqwest::Client,
}

impl Vault {
    /// The server that all tests share.
    pub fn shared() -> Self {
        let (url, root) = env::openbao();
        Self { url, root, http: client::http() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}/v1/{path}", self.url);
        let mut request = self.http.request(method, url).header("X-Vault-Token", &self.root);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("OpenBao answers");
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn must(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, path, Some(body)).await;
        assert!((200..300).contains(&status), "POST {path}: {status} {answer}");
        answer
    }

    /// A KV v2 engine, ready.
    pub async fn engine(&self, mount: &str) {
        let engine = json!({ "type": "kv", "options": { "version": "2" } });
        self.must(&format!("sys/mounts/{mount}"), engine).await;
        wait::until(wait::secs(60), "the engine is ready", || async {
            (self.ask(Method::GET, &format!("{mount}/config"), None).await.0 == 200).then_some(())
        })
        .await;
    }

    /// Keeps a secret.
    pub async fn put(&self, mount: &str, path: &str, fields: Value) {
        self.must(&format!("{mount}/data/{path}"), json!({ "data": fields })).await;
    }

    /// A token that may read an engine, and lend each run one of its own.
    pub async fn reader(&self, mount: &str) -> String {
        let rules = format!(
            r#"path "{mount}/data/*" {{ capabilities = ["read"] }}
               path "auth/token/create" {{ capabilities = ["update"] }}"#
        );
        self.must(&format!("sys/policies/acl/{mount}"), json!({ "policy": rules })).await;
        let request = json!({ "policies": [mount], "no_parent": true, "ttl": "1h" });
        let made = self.must("auth/token/create", request).await;
        made["auth"]["client_token"].as_str().expect("a token").to_owned()
    }

    /// How many tokens of runs there are that read this engine.
    pub async fn run_tokens(&self, mount: &str) -> usize {
        let method = Method::from_bytes(b"LIST").expect("a method");
        let (_, all) = self.ask(method, "auth/token/accessors", None).await;
        let mut found = 0;
        for accessor in all["data"]["keys"].as_array().expect("a list") {
            let look = Some(json!({ "accessor": accessor }));
            let (_, token) = self.ask(Method::POST, "auth/token/lookup-accessor", look).await;
            let token = &token["data"];
            let reads = token["policies"].as_array().is_some_and(|names| names.contains(&json!(mount)));
            found += usize::from(reads && token["meta"]["uhub_run"].is_string());
        }
        found
    }
}
