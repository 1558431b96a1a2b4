//! A hub inside a web application of one's own: its router under `/planning`, its users known by the application.

use anyhow::{Context as _, Result};
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::ServiceExt as _;
use uhub_core::model::UserId;
use uhub_http::{cli::Embedded, demo, extract::HostUser};

/// Whoever the application's own sign-in says calls. The hub decides what that user may do, at every request.
async fn identify(mut request: Request, next: Next) -> Response {
    let known = request.headers().get("x-signed-in-user").and_then(|id| id.to_str().ok()?.parse().ok());
    match known {
        Some(id) => {
            request.extensions_mut().insert(HostUser(UserId(id)));
            next.run(request).await
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn ask(app: &Router, path: &str, user: Option<UserId>) -> Result<StatusCode> {
    let mut request = Request::builder().uri(path);
    if let Some(user) = user {
        request = request.header("x-signed-in-user", user.0.to_string());
    }
    let response = app.clone().oneshot(request.body(Body::empty())?).await?;
    println!("{path}: {}", response.status());
    Ok(response.status())
}

#[tokio::main]
async fn main() -> Result<()> {
    let embedded = Embedded::open(&["--database=memory:".to_owned()], Vec::new(), Vec::new()).await?;
    let hub = embedded.hub();
    hub.as_operator("example").import_demo(&demo::data(None)?).await?;
    let dev = hub.user_named("demo-dev").await?.context("the demo has a dev")?;

    let planning = embedded.router().layer(middleware::from_fn(identify));
    let app =
        Router::new().route("/", get(|| async { "the application's own page" })).nest("/planning", planning);

    assert_eq!(ask(&app, "/", None).await?, StatusCode::OK);
    assert_eq!(ask(&app, "/planning/jobs", None).await?, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&app, "/planning/jobs", Some(dev.id)).await?, StatusCode::OK);
    assert_eq!(ask(&app, "/planning/audit", Some(dev.id)).await?, StatusCode::FORBIDDEN);
    Ok(())
}
