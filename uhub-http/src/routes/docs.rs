//! The document, the page that shows it, and a front door where there is no web app. These are not described in the document themselves.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use utoipa_swagger_ui::Config;

use crate::{openapi, problem::Problem, state::AppState};

/// Swagger UI sets styles from its scripts and draws its icons from `data:` addresses; everything else comes from here.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const FRONT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes beside the API.
pub(crate) fn undocumented() -> Router<AppState> {
    Router::new()
        .route("/openapi.json", get(document))
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(|| docs(None)))
        .route("/docs/{*file}", get(|file: Path<String>| docs(Some(file))))
}

/// The front door of a hub without its web app.
pub(crate) fn front_door() -> Router<AppState> {
    Router::new().route("/", get(front))
}

async fn document() -> Response {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    let json = DOCUMENT.get_or_init(|| openapi::json().into());
    ([(header::CONTENT_TYPE, "application/json")], json.clone()).into_response()
}

async fn docs(file: Option<Path<String>>) -> Result<Response, Problem> {
    let path = file.as_ref().map_or("", |file| file.as_str());
    let config = Config::from("/openapi.json").try_it_out_enabled(true).persist_authorization(false);
    let found = utoipa_swagger_ui::serve(path, Arc::new(config)).map_err(|error| {
        tracing::error!(%error, "the page of the documentation cannot be made");
        Problem::internal()
    })?;
    let file = found.ok_or_else(|| Problem::not_found("page"))?;
    let kind = HeaderValue::try_from(file.content_type).map_err(|_| Problem::internal())?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY)),
    ];
    Ok((headers, file.bytes.into_owned()).into_response())
}

async fn front() -> Response {
    let page = concat!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>uHub</title>",
        "<meta name=\"viewport\" content=\"width=device-width\">",
        "<style>body{background:#000;color:#fff;font:16px/1.6 system-ui,sans-serif;margin:15vh auto;",
        "max-width:34rem;padding:0 1rem}a{color:#00ff00}h1{font-weight:600}</style></head><body>",
        "<h1>uHub</h1><p>The hub runs: this is its API, version ",
        env!("CARGO_PKG_VERSION"),
        ". Its web app is not in this program: <code>cargo xtask ui</code> builds it, and <code>uhub</code> has it ",
        "when it is built after that.</p><p><a href=\"/docs/\">Documentation</a> · <a href=\"/openapi.json\">OpenAPI</a> · ",
        "<a href=\"/readyz\">State</a></p></body></html>"
    );
    let policy = HeaderValue::from_static(FRONT_POLICY);
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}
