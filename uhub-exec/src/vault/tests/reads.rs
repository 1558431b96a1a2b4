//! What can be read.

use super::*;

#[tokio::test]
async fn vault_fields_of_secrets_are_read() {
    let bao = Bao::shared("reads").await;
    bao.put_secret("reads", "app-x", json!({ "db_password": "hunter2-one", "a.b:c": "dotted" })).await;
    bao.put_secret("reads", "app-x", json!({ "db_password": "hunter2-two", "a.b:c": "dotted" })).await;
    bao.put_secret("reads", "team/é x/deep", json!({ "key": "-----BEGIN\nKEY-----\n" })).await;
    let config = || token(&bao, &bao.root);
    assert_eq!(read(config(), "vault:reads/app-x#db_password").await.unwrap(), "hunter2-two");
    assert_eq!(read(config(), "vault:reads/app-x?version=1#db_password").await.unwrap(), "hunter2-one");
    assert_eq!(read(config(), "vault:reads/app-x#a.b:c").await.unwrap(), "dotted");
    assert_eq!(read(config(), "vault:reads/team/é x/deep#key").await.unwrap(), "-----BEGIN\nKEY-----\n");

    let all = resolve(config(), &["vault:reads/app-x#db_password", "vault:reads/app-x#a.b:c"]).await.unwrap();
    assert_eq!((all.values["V0"].reveal(), all.values["V1"].reveal()), ("hunter2-two", "dotted"));
    assert_eq!(all.redactor.text("dotted hunter2-two".to_owned()), "*** ***");
    all.leases.release().await;
}

#[tokio::test]
async fn vault_mounts_of_several_words_and_no_others() {
    let bao = Bao::shared("mounts/team/kv").await;
    bao.put_secret("mounts/team/kv", "app", json!({ "key": "hunter2-team" })).await;
    let config = || VaultConfig { mounts: vec!["mounts/team/kv".to_owned()], ..token(&bao, &bao.root) };
    assert_eq!(read(config(), "vault:mounts/team/kv/app#key").await.unwrap(), "hunter2-team");
    let error = read(config(), "vault:secret/app#key").await.unwrap_err();
    assert!(error.contains("none of the mounts"), "{error}");
}

#[tokio::test]
async fn vault_in_a_namespace() {
    let bao = Bao::shared("outside").await;
    bao.post("sys/namespaces/team-n", json!({})).await;
    let inside = async |path: &str, body| {
        let method = reqwest::Method::POST;
        bao.ask_as(&bao.root, Some("team-n"), method, path, Some(body)).await
    };
    let engine = json!({ "type": "kv", "options": { "version": "2" } });
    inside("sys/mounts/kv", engine).await;
    let begin = std::time::Instant::now();
    while inside("kv/data/app", json!({ "data": { "key": "hunter2-inside" } })).await.0 != 200 {
        assert!(begin.elapsed() < Duration::from_secs(60), "the engine does not get ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Of the namespace itself: what an outer token creates in it has none of its policies.
    let rules = r#"path "kv/data/*" { capabilities = ["read"] } path "auth/token/create" { capabilities = ["update"] }"#;
    assert_eq!(inside("sys/policies/acl/kv", json!({ "policy": rules })).await.0, 204);
    let made = inside("auth/token/create", json!({ "policies": ["kv"] })).await.1;
    let inner = made["auth"]["client_token"].as_str().unwrap();
    let namespace = Some("team-n".to_owned());
    let config = VaultConfig { namespace, ..token(&bao, inner) };
    assert_eq!(read(config, "vault:kv/app#key").await.unwrap(), "hunter2-inside");
    let error = read(token(&bao, &bao.root), "vault:kv/app#key").await.unwrap_err();
    assert!(error.contains("404") || error.contains("403"), "{error}");
}

#[tokio::test]
async fn vault_by_tls_with_an_authority_of_ones_own() {
    let bao = Bao::own(true).await;
    bao.put_secret("secret", "app", json!({ "key": "hunter2-tls" })).await;
    let config = |ca_file| VaultConfig { ca_file, ..token(&bao, &bao.root) };
    assert_eq!(read(config(Some(bao.ca())), "vault:secret/app#key").await.unwrap(), "hunter2-tls");
    // The system does not know it.
    let error = read(config(None), "vault:secret/app#key").await.unwrap_err();
    assert!(error.contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn vault_configurations_that_nothing_makes_good_are_refused() {
    let with = |address: &str, namespace: Option<&str>, ca: Option<&str>| {
        let auth = VaultAuth::Token(Credential::Value(SecretValue::new("t".to_owned())));
        VaultSecrets::new(VaultConfig {
            namespace: namespace.map(str::to_owned),
            ca_file: ca.map(Into::into),
            ..VaultConfig::new(address, auth)
        })
        .map(|_| ())
        .map_err(|error| error.to_string())
    };
    for (address, reason) in [
        ("", "is not a URL"),
        ("vault:8200", "must begin with https://"),
        ("ftp://vault", "must begin with https://"),
        ("https://vault/prefix", "nothing else"),
        ("https://me:secret@vault", "nothing else"),
        ("https://vault?x", "nothing else"),
    ] {
        assert!(with(address, None, None).unwrap_err().contains(reason), "{address}");
    }
    assert!(with("https://vault", Some("a\nb"), None).unwrap_err().contains("namespace"));
    assert!(with("https://vault", None, Some("/etc/hostname")).unwrap_err().contains("no certificate"));
    assert!(with("https://vault", None, Some("/nowhere")).unwrap_err().contains("/nowhere"));
    assert_eq!(with("https://vault.example.org:8200/", Some("team/a"), None), Ok(()));
}
