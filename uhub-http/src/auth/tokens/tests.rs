#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uhub_core::model::{Role, Theme};
use uuid::Uuid;

use super::*;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn tokens() -> Tokens {
    Tokens::new(&Secret::from_bytes(SECRET.to_vec()).unwrap(), TimeDelta::hours(1))
}

fn user() -> User {
    User {
        id: UserId(Uuid::from_u128(1)),
        username: "demo-dev".into(),
        display_name: "Chloé DEV".into(),
        email: "demo-dev@uhub.local".into(),
        kind: uhub_core::model::UserKind::Person,
        role: Role::Dev,
        theme: Theme::Dark,
        is_active: true,
        tokens_valid_from: now(),
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

fn claims() -> Value {
    json!({"sub": Uuid::from_u128(1), "username": "demo-dev", "role": "dev", "iat": now().timestamp(),
           "exp": now().timestamp() + 3600, "iss": ISSUER, "aud": AUDIENCE})
}

/// Signs whatever header and claims with HMAC-SHA256, as an attacker who knew the secret would.
fn signed(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(SECRET), Algorithm::HS256)
            .unwrap();
    format!("{message}.{signature}")
}

fn header() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

#[test]
fn a_token_tells_who_and_until_when() {
    let token = tokens().issue(&user(), now(), now()).unwrap().token;
    let read = tokens().read(&token, now()).unwrap();
    assert_eq!((read.sub, read.username.as_str(), read.role.as_str()), (user().id, "demo-dev", "dev"));
    assert_eq!(read.expires_at(), Some(now() + TimeDelta::hours(1)));
    assert!(tokens().read(&signed(&header(), &claims()), now()).is_some(), "the forge of these tests works");
    assert!(tokens().read(&token, now() + TimeDelta::hours(1)).is_none(), "expired");
    assert!(tokens().read(&token, now() - TimeDelta::seconds(6)).is_none(), "from the future");
}

#[test]
fn r27_the_algorithm_is_not_the_tokens_to_choose() {
    let good = signed(&header(), &claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (_, payload) = message.split_once('.').unwrap();
    for alg in ["none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256", "hs256"] {
        let head = BASE64_URL_SAFE_NO_PAD.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
        for end in [format!(".{signature}"), ".".to_owned(), String::new()] {
            assert!(tokens().read(&format!("{head}.{payload}{end}"), now()).is_none(), "{alg} {end}");
        }
    }
    assert!(tokens().read(message, now()).is_none(), "no signature");
    assert!(tokens().read(&format!("{message}."), now()).is_none(), "empty signature");
}

#[test]
fn r27_keys_in_the_header_mean_nothing() {
    let other = EncodingKey::from_secret(b"another secret of thirty-two bytes");
    for extra in [
        json!({"kid": "../../dev/null"}),
        json!({"jku": "https://evil.example/keys"}),
        json!({"x5u": "https://evil.example/chain"}),
        json!({"jwk": {"kty": "oct", "k": BASE64_URL_SAFE_NO_PAD.encode("another secret of thirty-two bytes")}}),
    ] {
        let mut head = header();
        head.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&head), part(&claims()));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &other, Algorithm::HS256).unwrap();
        assert!(tokens().read(&format!("{message}.{signature}"), now()).is_none(), "{extra}");
    }
}

#[test]
fn r27_wrong_claims_are_refused() {
    for (name, value) in [
        ("aud", json!("another")),
        ("aud", json!(["another", AUDIENCE])),
        ("aud", Value::Null),
        ("iss", json!("another")),
        ("iss", Value::Null),
        ("exp", json!((now().timestamp() + 3600).to_string())),
        ("exp", json!(now().timestamp() as f64 + 3600.5)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(-1)),
        ("exp", Value::Null),
        ("iat", json!(now().timestamp().to_string())),
        ("iat", json!(now().timestamp() + 60)),
        ("iat", Value::Null),
        ("nbf", json!(now().timestamp().to_string())),
        ("nbf", json!(now().timestamp() + 60)),
        ("sub", json!("demo-admin")),
        ("sub", Value::Null),
        ("since", json!(now().timestamp_micros().to_string())),
        ("since", json!((now() + TimeDelta::minutes(1)).timestamp_micros())),
        ("since", json!(i64::MAX)),
    ] {
        let mut wrong = claims();
        wrong[name] = value.clone();
        assert!(tokens().read(&signed(&header(), &wrong), now()).is_none(), "{name} = {value}");
        if !matches!(name, "nbf" | "since") {
            wrong.as_object_mut().unwrap().remove(name);
            assert!(tokens().read(&signed(&header(), &wrong), now()).is_none(), "no {name}");
        }
    }
    for typ in [json!("at+jwt"), json!("JWE"), Value::Null] {
        let head = json!({"alg": "HS256", "typ": typ});
        assert!(tokens().read(&signed(&head, &claims()), now()).is_none(), "typ {typ}");
    }
    assert!(tokens().read(&signed(&json!({"alg": "HS256"}), &claims()), now()).is_none(), "no typ");
}

#[test]
fn r27_neither_kind_of_token_passes_for_the_other() {
    let tokens = tokens();
    let access = tokens.issue(&user(), now(), now()).unwrap().token;
    let session = tokens.issue_session(&user(), now(), now()).unwrap().token;
    assert!(tokens.read(&access, now()).is_some() && tokens.read_session(&session, now()).is_some());
    assert!(tokens.read(&session, now()).is_none(), "a cookie opens nothing");
    assert!(tokens.read_session(&access, now()).is_none(), "what a page holds renews nothing");
    let mut both = claims();
    both["aud"] = json!([AUDIENCE, SESSION_AUDIENCE]);
    let both = signed(&header(), &both);
    assert!(tokens.read(&both, now()).is_none() && tokens.read_session(&both, now()).is_none());
}

#[test]
fn a_session_goes_on_while_it_is_renewed_but_not_for_ever() {
    let tokens = tokens();
    let began = now() + TimeDelta::microseconds(7);
    let first = tokens.issue_session(&user(), began, began).unwrap();
    assert_eq!(first.expires_in, 12 * 3600);
    assert!(tokens.read_session(&first.token, began + TimeDelta::hours(12)).is_none(), "nobody renewed it");
    let mut at = began;
    let mut token = first.token;
    let ended = loop {
        at += TimeDelta::hours(11);
        let Some(claims) = tokens.read_session(&token, at) else { break at };
        let since = claims.signed_in_at().unwrap();
        assert_eq!(since, began, "what is renewed keeps its beginning");
        let access = tokens.issue_short(&user(), since, at).unwrap();
        assert!(access.expires_in <= 15 * 60);
        let expires_at = tokens.read(&access.token, at).unwrap().expires_at().unwrap();
        assert!(expires_at <= began + TimeDelta::days(7));
        token = tokens.issue_session(&user(), since, at).unwrap().token;
    };
    assert!(ended >= began + TimeDelta::days(7) && ended < began + TimeDelta::days(8), "{ended}");
    assert!(tokens.issue_session(&user(), began, ended).is_none());
    assert!(tokens.issue_short(&user(), began, ended).is_none());
}

#[test]
fn noise_is_refused() {
    for noise in ["", ".", "..", "a.b.c", &"x".repeat(100_000), "é.é.é"] {
        assert!(tokens().read(noise, now()).is_none());
    }
}
