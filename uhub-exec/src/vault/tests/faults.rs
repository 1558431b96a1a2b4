//! r26: whatever is wrong with Vault is told by the reference, never with a value, and in time.

use nix::sys::signal::Signal;

use super::*;

/// What is wrong, in words that hold nothing secret.
async fn fault(config: VaultConfig, reference: &str) -> String {
    let error = read(config, reference).await.unwrap_err();
    for secret in ["hunter2", "root-of-a", "42"] {
        assert!(!error.contains(secret), "{error}");
    }
    error
}

#[tokio::test]
async fn r26_vault_what_is_not_there_or_not_allowed() {
    let bao = Bao::shared("faults").await;
    bao.put_secret(
        "faults",
        "app",
        json!({ "key": "hunter2", "number": 42, "list": ["hunter2"], "none": null }),
    )
    .await;
    bao.put_secret("faults", "deleted", json!({ "key": "hunter2" })).await;
    bao.delete("faults/data/deleted").await;
    bao.put_secret("faults", "short", json!({ "key": "abc", "empty": "" })).await;
    let limited =
        bao.token("faults", r#"path "faults/data/other" { capabilities = ["read"] }"#, json!({})).await;
    let root = bao.root.clone();
    for (by, reference, reason) in [
        (&root, "vault:faults/app#gone", "no such field"),
        (&root, "vault:faults/app#number", "not a text"),
        (&root, "vault:faults/app#list", "not a text"),
        (&root, "vault:faults/app#none", "not a text"),
        (&root, "vault:faults/gone#key", "nothing at this path"),
        (&root, "vault:faults/deleted#key", "nothing at this path"),
        (&root, "vault:faults/app?version=9#key", "nothing at this path"),
        (&root, "vault:faults/short#key", "too short to be masked"),
        (&root, "vault:faults/short#empty", "too short to be masked"),
        (&root, "vault:no-such-mount/app#key", "(404)"),
        (&root, "vault:sys/app#key", "(404)"),
        (&root, "vault:faults/../sys/health#key", "not of the form"),
        (&limited, "vault:faults/app#key", "does not allow it (403)"),
        (&"s.not-a-token".to_owned(), "vault:faults/app#key", "does not allow it (403)"),
    ] {
        let error = fault(token(&bao, by), reference).await;
        assert!(error.contains(reason), "{reference}: {error}");
    }
}

#[tokio::test]
async fn r26_vault_tokens_that_were_revoked_or_have_expired() {
    let bao = Bao::shared("revoked").await;
    bao.put_secret("revoked", "app", json!({ "key": "hunter2" })).await;
    let rules = r#"path "revoked/data/*" { capabilities = ["read"] }"#;
    let revoked = bao.token("revoked", rules, json!({ "ttl": "1h" })).await;
    assert!(read(token(&bao, &revoked), "vault:revoked/app#key").await.is_ok());
    bao.post("auth/token/revoke", json!({ "token": revoked })).await;
    assert!(fault(token(&bao, &revoked), "vault:revoked/app#key").await.contains("(403)"));

    let expiring = bao.token("revoked", rules, json!({ "ttl": "1s", "renewable": false })).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(fault(token(&bao, &expiring), "vault:revoked/app#key").await.contains("(403)"));

    let role = bao.role("revoked", rules, json!({})).await;
    let wrong = bao::Role { id: role.id.clone(), secret: "not-the-secret".to_owned() };
    let error = fault(approle(&bao, &wrong), "vault:revoked/app#key").await;
    assert!(error.contains("signing in by AppRole failed"), "{error}");
    assert!(read(approle(&bao, &role), "vault:revoked/app#key").await.is_ok());
}

#[tokio::test]
async fn r26_vault_sealed_slow_and_gone() {
    let bao = Bao::own(false).await;
    bao.put_secret("secret", "app", json!({ "key": "hunter2" })).await;
    let config = || VaultConfig { timeout: Duration::from_secs(2), ..token(&bao, &bao.root) };
    assert!(read(config(), "vault:secret/app#key").await.is_ok());

    bao.signal(Signal::SIGSTOP);
    let error = fault(config(), "vault:secret/app#key").await;
    assert!(error.contains("did not answer within 2 s"), "{error}");
    bao.signal(Signal::SIGCONT);
    // It comes back by itself.
    assert!(
        read(VaultConfig { timeout: Duration::from_secs(20), ..config() }, "vault:secret/app#key")
            .await
            .is_ok()
    );

    bao.post("sys/seal", json!({})).await;
    let error = fault(config(), "vault:secret/app#key").await;
    assert!(error.contains("Vault is sealed or not ready (503)"), "{error}");

    let url = bao.url.clone();
    drop(bao);
    let gone = VaultConfig::new(url, VaultAuth::Token(Credential::Value(SecretValue::new("t".to_owned()))));
    let error = fault(gone, "vault:secret/app#key").await;
    assert!(error.contains("cannot be reached"), "{error}");
}

/// What answers is no Vault: its words are not repeated.
#[tokio::test]
async fn r26_vault_answers_that_are_none() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    for (answer, reason) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\n{\"data\":\"hunter2-inside\"}", "not understood"),
        ("HTTP/1.1 502 Bad\r\ncontent-length: 7\r\n\r\nhunter2", "status 502"),
        ("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", "status 302"),
        ("nonsense hunter2\r\n\r\n", "connection to Vault broke"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let auth = VaultAuth::Token(Credential::Value(SecretValue::new("t".to_owned())));
        let error = fault(VaultConfig::new(url, auth), "vault:secret/app#key").await;
        assert!(error.contains(reason), "{error}");
        serving.abort();
    }
}
