//! r27, r28: tokens that are not ours, no longer ours, or outlive what they were given for.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use uhub_tests::{Client, Server, Site, plan};

/// The key that the tests sign with. The server is given the same.
const SECRET: &str = "a secret of the tests that is long enough, and known";

async fn server(site: &Site) -> Server {
    site.serve(&["--demo", "--no-worker"]).await
}

fn site() -> Site {
    Site::sqlite().many_logins().variable("UHUB_JWT_SECRET", SECRET)
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The claims of a token.
fn claims(token: &str) -> Value {
    let middle = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(middle).expect("base64url")).expect("JSON")
}

fn signed(header: &Header, claims: &Value) -> String {
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(SECRET.as_bytes()))
        .expect("it can be signed")
}

/// HS256 with the right key over any header and claims, as text.
fn signed_text(header: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature =
        jsonwebtoken::crypto::sign(text.as_bytes(), &key, Algorithm::HS256).expect("it can be signed");
    format!("{text}.{signature}")
}

async fn refused(anyone: &Client, token: &str, why: &str) {
    let answer = anyone.with_token(token).get("/auth/me").await;
    assert_eq!(answer.status, 401, "{why}: {}", answer.text());
    assert!(answer.header("www-authenticate").starts_with("Bearer"), "{why}");
}

#[tokio::test]
async fn r27_only_tokens_of_this_hub_are_taken() {
    let site = site();
    let server = server(&site).await;
    let anyone = server.anyone();
    let admin = server.admin().await;
    let good = claims(admin.token());
    for name in ["sub", "username", "role", "iat", "exp", "iss", "aud"] {
        assert!(!good[name].is_null(), "no {name} in {good}");
    }
    let hs256 = Header::new(Algorithm::HS256);
    // The forger's tools work: what the server would sign is taken. Only then do refusals mean anything.
    anyone.with_token(&signed(&hs256, &good)).get("/auth/me").await.expect(200);
    let same = json!({ "alg": "HS256", "typ": "JWT" });
    anyone.with_token(&signed_text(&same, &good)).get("/auth/me").await.expect(200);

    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = part(&json!({ "alg": alg, "typ": "JWT" }));
        for signature in ["", admin.token().rsplit('.').next().expect("a signature")] {
            refused(&anyone, &format!("{header}.{}.{signature}", part(&good)), alg).await;
        }
    }
    for alg in ["RS256", "ES256", "EdDSA", "HS384", "HS512", "PS256"] {
        // The right key under the name of another algorithm.
        refused(&anyone, &signed_text(&json!({ "alg": alg, "typ": "JWT" }), &good), alg).await;
    }
    let other = EncodingKey::from_secret(b"another key of at least thirty-two bytes");
    refused(&anyone, &jsonwebtoken::encode(&hs256, &good, &other).expect("signed"), "another key").await;
    let empty = EncodingKey::from_secret(b"");
    refused(&anyone, &jsonwebtoken::encode(&hs256, &good, &empty).expect("signed"), "no key").await;

    // Keys that a token brings along or names mean nothing.
    for (name, value) in [
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("x5u", json!("http://127.0.0.1:1/keys")),
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("' UNION SELECT 'x")),
        ("jwk", json!({ "kty": "oct", "k": "YW5vdGhlciBrZXkgb2YgYXQgbGVhc3QgdGhpcnR5LXR3byBieXRlcw" })),
    ] {
        let header = json!({ "alg": "HS256", "typ": "JWT", name: value });
        let text = format!("{}.{}", part(&header), part(&good));
        let signature =
            jsonwebtoken::crypto::sign(text.as_bytes(), &other, Algorithm::HS256).expect("signed");
        refused(&anyone, &format!("{text}.{signature}"), name).await;
    }
    for typ in [json!("at+jwt-other"), json!("JWE"), json!(7)] {
        refused(&anyone, &signed_text(&json!({ "alg": "HS256", "typ": typ }), &good), "typ").await;
    }
}

#[tokio::test]
async fn r27_claims_are_checked_one_by_one() {
    let site = site();
    let server = server(&site).await;
    let anyone = server.anyone();
    let good = claims(server.admin().await.token());
    let now = Utc::now().timestamp();
    let hs256 = Header::new(Algorithm::HS256);
    for (name, value) in [
        ("exp", json!(now - 1)),
        ("exp", json!(now - 86_400)),
        ("exp", json!((now + 3600).to_string())),
        ("exp", json!(null)),
        ("exp", json!([now + 3600])),
        ("exp", json!(1e300)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(-1)),
        ("nbf", json!(now + 3600)),
        ("nbf", json!((now - 10).to_string())),
        ("iat", json!(now + 3600)),
        ("iat", json!(now.to_string())),
        ("iat", json!(i64::MIN)),
        ("iss", json!("somebody else")),
        ("iss", json!(["uhub"])),
        ("iss", json!("")),
        ("aud", json!("another-service")),
        ("aud", json!(["another-service"])),
        ("aud", json!("")),
        ("sub", json!("demo-admin")),
        ("sub", json!("")),
        ("sub", json!(1)),
        ("sub", json!("00000000-0000-0000-0000-000000000000")),
    ] {
        let mut wrong = good.clone();
        wrong[name] = value.clone();
        refused(&anyone, &signed(&hs256, &wrong), &format!("{name} = {value}")).await;
    }
    for name in ["sub", "iat", "exp", "iss", "aud"] {
        let mut without = good.clone();
        without.as_object_mut().expect("an object").remove(name);
        refused(&anyone, &signed(&hs256, &without), &format!("no {name}")).await;
    }
    for header in ["Basic ZGVtbzpkZW1v", "Bearer", "Bearer ", "bearer\tx", "Token x", "Bearer a b"] {
        let request = anyone.request(reqwest::Method::GET, "/auth/me").header("authorization", header);
        request.send().await.expect(401);
    }
    let long = format!("Bearer {}", "a".repeat(30_000));
    anyone.request(reqwest::Method::GET, "/auth/me").header("authorization", &long).send().await.expect(401);
    let token = signed(&hs256, &good);
    let query = anyone.get(&format!("/auth/me?access_token={token}")).await;
    assert!(matches!(query.status, 401 | 422), "a token in a query is none: {query:?}");
}

/// A role in a token is what it was; what counts is what the user is now.
#[tokio::test]
async fn r28_a_role_or_account_taken_away_is_gone_with_the_next_request() {
    let site = site();
    let server = server(&site).await;
    let admin = server.admin().await;
    let dev = server.user("demo-dev").await;
    let ops = server.user("demo-ops").await;
    let path = format!("/users/{}", plan::user_id(&admin, "demo-ops").await);

    // Raised in the token by somebody who knows the key of old: still what the user is.
    let mut raised = claims(dev.token());
    raised["role"] = json!("admin");
    let raised = server.anyone().with_token(&signed(&Header::new(Algorithm::HS256), &raised));
    assert_eq!(raised.get("/auth/me").await.expect(200)["role"], "dev");
    raised.post("/admin/seeds/demo", &json!({})).await.expect_denied("rbac.hub.manage.dev");

    let project = plan::id(&admin.all("/projects").await[0]);
    let job = |n| plan::job(&project, "release", "ops", Some("staging"), &plan::hour(n));
    ops.post("/jobs", &job(0)).await.expect(201);
    admin.patch(&path, &json!({ "role": "dev" })).await.expect(200);
    ops.post("/jobs", &job(10)).await.expect_denied("rbac.job.ops.dev");
    admin.patch(&path, &json!({ "role": "ops" })).await.expect(200);
    ops.post("/jobs", &job(20)).await.expect(201);

    admin.patch(&path, &json!({ "is_active": false })).await.expect(200);
    ops.get("/auth/me").await.expect(401);
    ops.post("/jobs", &job(30)).await.expect(401);
    assert_eq!(
        server.anyone().try_sign_in("demo-ops", "demo-ops").await.expect(400)["error"],
        "invalid_grant"
    );
    admin.patch(&path, &json!({ "is_active": true })).await.expect(200);
    server.user("demo-ops").await.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn r28_a_changed_password_ends_older_sessions() {
    let site = site();
    let server = server(&site).await;
    let admin = server.admin().await;
    let path = format!("/users/{}", plan::user_id(&admin, "demo-dev").await);
    let old = server.user("demo-dev").await;
    let new = json!({ "password": "another password" });
    old.patch(&path, &new).await.expect_field(422, "current_password");
    let mut with = new.clone();
    with["current_password"] = json!("wrong");
    old.patch(&path, &with).await.expect_field(422, "current_password");
    // Tokens count in seconds: one of the same second is as good as new.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    with["current_password"] = json!("demo-dev");
    old.patch(&path, &with).await.expect(200);
    old.get("/auth/me").await.expect(401);
    server.anyone().try_sign_in("demo-dev", "demo-dev").await.expect(400);
    server.anyone().sign_in("demo-dev", "another password").await;

    // An admin may set another's without knowing it; that too ends sessions.
    let session = server.anyone().sign_in("demo-dev", "another password").await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    admin.patch(&path, &json!({ "password": "set by an admin" })).await.expect(200);
    session.get("/auth/me").await.expect(401);
}

/// Open event streams end with the account.
#[tokio::test]
async fn r28_a_stream_ends_when_its_user_is_deactivated() {
    let site = site();
    let server = server(&site).await;
    let admin = server.admin().await;
    let ops = server.user("demo-ops").await;
    let mut stream = ops.events("/events", None).await;
    let path = format!("/users/{}", plan::user_id(&admin, "demo-ops").await);
    admin.patch(&path, &json!({ "is_active": false })).await.expect(200);
    stream.to_end(uhub_tests::wait::secs(20)).await;
}
