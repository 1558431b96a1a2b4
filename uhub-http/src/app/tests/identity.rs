//! Users whom the program around the router knows, and API tokens where time passes.

use axum::http::request::Parts;
use uhub_core::{
    hub::{NewToken, UserPatch},
    model::{Scope, Scopes, UserId, UserKind},
};

use super::*;
use crate::{Identified, Identity};

/// Believes a header.
#[derive(Debug)]
struct ByHeader;

#[async_trait]
impl Identity for ByHeader {
    async fn identify(&self, request: &Parts) -> Identified {
        match request.headers.get("x-user").map(|value| value.to_str().unwrap()) {
            None => Identified::NotMine,
            Some(text) => text.parse().map_or(Identified::Refused, Identified::User),
        }
    }
}

impl Served {
    async fn with_identity() -> Self {
        let served = Self::demo().await;
        let secret = Secret::from_bytes(vec![7; 32]).unwrap();
        let state = AppState::new(served.hub.clone(), &secret, ServerSettings::default());
        Self { app: router(state.with_identity(Arc::new(ByHeader))), ..served }
    }

    async fn me(&self, user: &str, token: Option<&str>) -> Answer {
        let mut request = Request::builder().uri("/auth/me").header("x-user", user);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request, "").await
    }
}

#[tokio::test]
async fn a_hosts_word_goes_before_any_token() {
    let served = Served::with_identity().await;
    let token = served.token("demo-admin").await;
    let dev = served.hub.user_named("demo-dev").await.unwrap().unwrap();
    let id = dev.id.to_string();
    for token in [None, Some(token.as_str())] {
        let me = served.me(&id, token).await.json();
        assert_eq!((&me["username"], &me["scopes"]), (&json!("demo-dev"), &Value::Null));
        assert_eq!(served.me("mallory", token).await.status, 401, "refused, whatever else comes along");
        assert_eq!(served.me(&UserId(served.hub.new_id()).to_string(), token).await.status, 401, "nobody");
    }
    let mine = served.call(&token, "GET", "/auth/me", None).await;
    assert_eq!(mine.json()["username"], "demo-admin", "what is not the host's is asked for its token");
    // Vouched for or not: an account that was closed is closed.
    let admin = served.hub.user_named("demo-admin").await.unwrap().unwrap();
    let close = UserPatch { is_active: Some(false), ..UserPatch::default() };
    served.hub.acting_as(&admin).update_user(dev.id, close, None).await.unwrap();
    assert_eq!(served.me(&id, None).await.status, 401);
}

#[tokio::test]
async fn a_machine_that_a_host_vouches_for_is_still_no_second_person() {
    let served = Served::with_identity().await;
    let admin = served.token("demo-admin").await;
    let new = json!({
        "username": "ci", "kind": "service", "role": "admin", "display_name": "CI", "email": "ci@uhub.local",
    });
    let bot =
        served.call(&admin, "POST", "/users", Some(new)).await.json()["id"].as_str().unwrap().to_owned();
    let me = served.me(&bot, None).await.json();
    assert_eq!((&me["kind"], &me["permissions"]["approve"]), (&json!("service"), &json!("deny")));
}

#[tokio::test]
async fn r28_a_token_that_nothing_changed_ends_in_time_and_its_use_is_noted_now_and_then() {
    let served = Served::demo().await;
    let dev = served.hub.user_named("demo-dev").await.unwrap().unwrap();
    assert_eq!(dev.kind, UserKind::Person);
    let acting = served.hub.acting_as(&dev);
    let new = NewToken {
        name: "script".to_owned(),
        scopes: Scopes::NONE.with(Scope::Read),
        expires_at: Some(served.hub.now() + TimeDelta::minutes(30)),
    };
    let made = acting.create_token(dev.id, new).await.unwrap();
    let ask = || served.call(&made.secret, "GET", "/auth/me", None);
    let noted = async || {
        let page = uhub_core::ports::store::Page::first(1);
        acting.tokens(dev.id, page).await.unwrap()[0].last_used_at.unwrap()
    };
    let began = served.hub.now();
    for minutes in [0, 9, 1, 9] {
        served.clock.advance(TimeDelta::minutes(minutes));
        assert_eq!(ask().await.status, 200);
    }
    assert_eq!(noted().await, began + TimeDelta::minutes(10));
    served.clock.advance(TimeDelta::minutes(11));
    let refused = ask().await;
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    let text = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(!text.contains("uhub_"), "{text}");
}
