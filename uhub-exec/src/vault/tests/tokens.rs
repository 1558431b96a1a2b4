//! Whose tokens are used, and how long they live.

use super::*;

const READ: &str = r#"path "NAME/data/*" { capabilities = ["read"] }"#;
const LEND: &str = r#"path "auth/token/create" { capabilities = ["update"] }"#;

fn rules(mount: &str, more: &str) -> String {
    format!("{}\n{more}", READ.replace("NAME", mount))
}

async fn with_secret(mount: &str) -> Bao {
    let bao = Bao::shared(mount).await;
    bao.put_secret(mount, "app", json!({ "key": "hunter2-of-a-run" })).await;
    bao
}

#[tokio::test]
async fn vault_a_token_lends_each_run_one_of_its_own_and_takes_it_back() {
    let bao = with_secret("lends").await;
    let parent = bao.token("lends", &rules("lends", LEND), json!({ "ttl": "1h" })).await;
    let all = resolve(token(&bao, &parent), &["vault:lends/app#key"]).await.unwrap();
    let run = Uuid::from_u128(7).to_string();
    let of_run = async || {
        let tokens = bao.tokens("auth/token/create").await;
        let own =
            |token: &Value| token["meta"]["uhub_run"] == run.as_str() && token["policies"][1] == "lends";
        tokens.into_iter().filter(own).collect::<Vec<_>>()
    };
    let lent = of_run().await;
    assert_eq!(lent.len(), 1, "{lent:?}");
    assert!(lent[0]["ttl"].as_u64().unwrap() <= 600 && lent[0]["renewable"] == false, "{lent:?}");
    all.leases.release().await;
    assert!(of_run().await.is_empty(), "it outlives its run");
    // One that cannot be read leaves none behind either.
    let error = resolve(token(&bao, &parent), &["vault:lends/gone#key"]).await.unwrap_err();
    assert!(error.reason.contains("404"), "{error}");
    assert!(of_run().await.is_empty(), "a failure leaves a token");
}

#[tokio::test]
async fn vault_a_token_that_may_not_lend_reads_by_itself() {
    let bao = with_secret("reads-itself").await;
    let parent = bao.token("reads-itself", &rules("reads-itself", ""), json!({ "ttl": "1h" })).await;
    assert_eq!(read(token(&bao, &parent), "vault:reads-itself/app#key").await.unwrap(), "hunter2-of-a-run");
    // It was not taken for the run's own.
    assert_eq!(read(token(&bao, &parent), "vault:reads-itself/app#key").await.unwrap(), "hunter2-of-a-run");
}

#[tokio::test]
async fn vault_an_approle_signs_in_for_each_run() {
    let bao = with_secret("by-role").await;
    let role = bao.role("by-role", &rules("by-role", ""), json!({ "token_ttl": "10m" })).await;
    let of_role = async || {
        let tokens = bao.tokens("auth/approle/login").await;
        tokens.into_iter().filter(|token| token["meta"]["role_name"] == "by-role").count()
    };
    for _ in 0..2 {
        let all = resolve(approle(&bao, &role), &["vault:by-role/app#key"]).await.unwrap();
        assert_eq!(all.values["V0"].reveal(), "hunter2-of-a-run");
        assert_eq!(of_role().await, 1);
        all.leases.release().await;
        assert_eq!(of_role().await, 0, "it outlives its run");
    }
}

#[tokio::test]
async fn vault_a_token_of_a_moment_is_renewed_as_long_as_the_worker_lives() {
    let bao = with_secret("renews").await;
    let short = bao.token("renews", &rules("renews", ""), json!({ "period": "3s" })).await;
    let source = VaultSecrets::new(token(&bao, &short)).unwrap();
    let end = std::time::Instant::now() + Duration::from_secs(9);
    while std::time::Instant::now() < end {
        assert_eq!(source.read("vault:renews/app#key").await.unwrap().reveal(), "hunter2-of-a-run");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    drop(source);
    // Nobody renews it any more.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (status, _) = bao.ask_as(&short, None, reqwest::Method::GET, "auth/token/lookup-self", None).await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn vault_a_token_file_may_be_exchanged() {
    let bao = with_secret("exchanged").await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    let good = bao.token("exchanged", &rules("exchanged", ""), json!({ "ttl": "1h" })).await;
    let config = VaultConfig::new(&bao.url, VaultAuth::Token(Credential::File(file.clone())));
    let source = VaultSecrets::new(config).unwrap();
    let error = source.read("vault:exchanged/app#key").await.unwrap_err();
    assert!(error.reason.contains("token cannot be read"), "{error}");
    for odd in ["", "\n", "two words", "ünicode", "tab\there"] {
        std::fs::write(&file, odd).unwrap();
        let error = source.read("vault:exchanged/app#key").await.unwrap_err();
        assert!(error.reason.contains("holds no token"), "{error}");
    }
    std::fs::write(&file, format!("{good}\n")).unwrap();
    assert_eq!(source.read("vault:exchanged/app#key").await.unwrap().reveal(), "hunter2-of-a-run");
    assert!(!format!("{source:?}").contains(&good));
}
