//! A hub inside a web application of one's own: its router under `/planning`, its users known by the application, and
//! nobody with a password.

use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, request::Parts},
    routing::get,
};
use tower::ServiceExt as _;
use uhub_core::{
    Hub,
    hub::NewUser,
    model::{Role, UserKind},
};
use uhub_http::{Identified, Identity, cli::Embedded};

/// The application's own sign-in, here a header that its proxy sets. The hub decides what that user may do, at every
/// request.
#[derive(Debug)]
struct OurSignIn(Hub);

#[async_trait]
impl Identity for OurSignIn {
    async fn identify(&self, request: &Parts) -> Identified {
        let Some(name) = request.headers.get("x-signed-in-user") else { return Identified::NotMine };
        match self.0.user_named(name.to_str().unwrap_or_default()).await {
            Ok(Some(user)) => Identified::User(user.id),
            _ => Identified::Refused,
        }
    }
}

async fn ask(app: &Router, path: &str, user: Option<&str>) -> Result<StatusCode> {
    let mut request = Request::builder().uri(path);
    if let Some(user) = user {
        request = request.header("x-signed-in-user", user);
    }
    let response = app.clone().oneshot(request.body(Body::empty())?).await?;
    println!("{path}: {}", response.status());
    Ok(response.status())
}

#[tokio::main]
async fn main() -> Result<()> {
    let embedded = Embedded::open(&["--database=memory:".to_owned()], Vec::new(), Vec::new()).await?;
    let hub = embedded.hub().clone();
    let (username, display_name) = ("alice".to_owned(), "Alice".to_owned());
    let (kind, role, email) = (UserKind::Person, Role::Dev, "alice@example.org".to_owned());
    let alice = NewUser { username, password: None, email, display_name, kind, role, theme: None };
    hub.as_operator("example").create_user(alice).await?;

    let planning = embedded.with_identity(Arc::new(OurSignIn(hub))).router();
    let app =
        Router::new().route("/", get(|| async { "the application's own page" })).nest("/planning", planning);

    assert_eq!(ask(&app, "/", None).await?, StatusCode::OK);
    assert_eq!(ask(&app, "/planning/jobs", None).await?, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&app, "/planning/jobs", Some("alice")).await?, StatusCode::OK);
    assert_eq!(ask(&app, "/planning/jobs", Some("mallory")).await?, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&app, "/planning/audit", Some("alice")).await?, StatusCode::FORBIDDEN);
    Ok(())
}
