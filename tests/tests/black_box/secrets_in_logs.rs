//! r25: passwords and tokens appear nowhere but where they were given: not in logs, however talkative, not in the database, not
//! in the audit, not in errors.

use std::fs;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::json;
use uhub_tests::{Site, audit, plan, wait::secs};

/// The forms in which a secret could slip out.
fn forms(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String =
        secret
            .bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect();
    let base64 = BASE64_STANDARD.encode(secret);
    vec![secret.to_owned(), hex, url, base64.trim_end_matches('=').to_owned()]
}

#[tokio::test]
async fn r25_passwords_and_tokens_are_in_no_log_no_row_and_no_error() {
    let site = Site::sqlite().many_logins().variable("UHUB_LOG", "trace");
    let mut server = site.serve(&["--demo", "--no-worker"]).await;
    let (anyone, admin) = (server.anyone(), server.admin().await);
    let (password, wrong, changed) = ("canary+password/1", "canary+wrong/2", "canary+changed/3");
    let mut secrets: Vec<String> = [password, wrong, changed].into_iter().map(str::to_owned).collect();
    let mut said = String::new();

    let user = json!({
        "username": "canary", "password": password, "role": "dev", "display_name": "Canary", "email": "c@uhub.local",
    });
    let created = admin.post("/users", &user).await;
    said += &created.text();
    let id = plan::id(&created.expect(201));
    said += &anyone.try_sign_in("canary", wrong).await.text();
    // Typed into the wrong field.
    said += &anyone.try_sign_in(wrong, "x").await.text();
    said += &anyone
        .get(&format!("/auth/token?username=canary&password={}", password.replace('+', "%2B")))
        .await
        .text();
    let canary = anyone.sign_in("canary", password).await;
    secrets.push(canary.token().to_owned());
    secrets.push(canary.token().rsplit('.').next().expect("a signature").to_owned());
    said += &canary
        .patch(&format!("/users/{id}"), &json!({ "password": changed, "current_password": wrong }))
        .await
        .text();
    let change = json!({ "password": changed, "current_password": password });
    said += &canary.patch(&format!("/users/{id}"), &change).await.text();
    // Malformed and misplaced, where errors like to quote.
    let broken = format!("{{\"username\":\"x\",\"password\":\"{changed}\"");
    said += &admin.request(Method::POST, "/users").body("application/json", broken).send().await.text();
    let odd = json!({ "username": "x", "password": [changed], "role": "dev" });
    said += &admin.request(Method::POST, "/users").json(&odd).send().await.text();
    let form =
        format!("grant_type={}&username=canary&password=x", changed.replace('+', "%2B").replace('/', "%2F"));
    said += &anyone
        .request(Method::POST, "/auth/token")
        .body("application/x-www-form-urlencoded", form)
        .send()
        .await
        .text();
    let canary = anyone.sign_in("canary", changed).await;
    secrets.push(canary.token().to_owned());

    let feed = canary.post("/auth/calendar-token", &json!({})).await.expect(201);
    let token = feed["token"].as_str().expect("a token").to_owned();
    assert_eq!(anyone.get(&format!("/calendar.ics?token={token}")).await.status, 200);
    said += &anyone.get(&format!("/calendar.ics?token={token}x")).await.text();
    secrets.push(token);
    let key = fs::read_to_string(site.data().join("token.key")).expect("the key is in the data directory");
    secrets.push(key.trim().to_owned());

    audit::verify(&admin).await;
    let audited = json!(audit::entries(&admin).await).to_string();
    let users = json!(admin.all("/users").await).to_string();
    assert_eq!(server.process.stop(secs(20)).await.code(), Some(0));
    let log = server.process.log();
    assert!(log.contains("/auth/token"), "requests are logged at all:\n{log}");
    let mut places = vec![
        ("log", log.into_bytes()),
        ("audit", audited.into()),
        ("users", users.into()),
        ("answers", said.into()),
    ];
    for entry in fs::read_dir(site.root()).expect("a directory").flatten() {
        if entry.path().is_file() {
            places.push(("database", fs::read(entry.path()).expect("readable")));
        }
    }
    for (place, bytes) in &places {
        for secret in &secrets {
            for form in forms(secret) {
                let found = bytes.windows(form.len()).any(|window| window == form.as_bytes());
                assert!(!found, "{form} is in the {place}");
            }
        }
        if *place != "database" {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains("$argon2"), "a password's hash is in the {place}");
        }
    }
}

/// The token that a first admin is made with is printed where only the operator reads, and holds once.
#[tokio::test]
async fn r25_what_is_printed_at_start_is_no_password() {
    let site = Site::sqlite().variable("UHUB_LOG", "trace");
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let log = server.process.log();
    assert!(log.contains("demo"), "open demo accounts are warned about:\n{log}");
    let key = fs::read_to_string(site.data().join("token.key")).expect("the key is there");
    assert!(!log.contains(key.trim()));
}
