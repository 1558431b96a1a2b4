//! What outside CIs tell by themselves.

use axum::{
    body::Bytes,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use uhub_core::{hub::Delivery, model::RunId};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{extract::Raw, problem::Problem, state::AppState};

/// The largest message that is read.
const LIMIT: usize = 64 * 1024;

/// What a CI tells of a run. Documented here, read by the core, which checks the signature of the raw bytes first.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Callback)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the form of what is read elsewhere")]
pub(crate) struct CallbackBody {
    /// How the run stands: `running`, `succeeded` or `failed`; the latter two end it.
    #[schema(pattern = "^(running|succeeded|failed)$")]
    status: String,
    /// Exit code, where it has ended.
    exit_code: Option<i32>,
    /// A line for people.
    message: Option<String>,
    /// Output since the message before.
    log: Option<String>,
}

/// Which attempt.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the form of what is read leniently")]
pub(crate) struct CallbackQuery {
    /// The run's attempt, as the address that the hub gave has it.
    attempt: Option<u32>,
}

/// Takes in a CI's message about a run that a webhook started, signed with the key that the webhook carried.
#[utoipa::path(
    post, path = "/hooks/runs/{id}", tag = "runs", security(()), request_body = CallbackBody,
    params(
        ("id" = Uuid, Path, description = "The run's id"),
        CallbackQuery,
        ("X-UHub-Timestamp" = Option<String>, Header, description = "Unix seconds, at most five minutes off"),
        ("X-UHub-Signature" = Option<String>, Header,
            description = "`sha256=` and the HMAC-SHA256, in hex, of the timestamp, a full stop and the raw body"),
    ),
    responses(
        (status = 202, description = "It is taken in, and whoever follows the run is told"),
        (status = 404, description = "Whatever is wrong: the run, the attempt, the time or the signature, or it came before",
            body = crate::problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn run(
    State(state): State<AppState>,
    id: Result<Path<String>, PathRejection>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    Raw(body): Raw<LIMIT>,
) -> Result<StatusCode, Problem> {
    let id = id.map_or_else(|_| String::new(), |Path(id)| id);
    accept(&state, &id, uri.query().unwrap_or_default(), &headers, &body).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn accept(
    state: &AppState,
    id: &str,
    query: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(), Problem> {
    let header = |name| {
        let mut values = headers.get_all(name).iter();
        // Twice is as good as never: two readers could choose differently.
        values
            .next()
            .filter(|_| values.next().is_none())
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let mut attempts = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "attempt");
    // What is no id or no attempt is signed by nobody: it takes the same way, and ends the same.
    let delivery = Delivery {
        run: RunId(Uuid::try_parse(id).unwrap_or_default()),
        attempt: attempts.next().and_then(|(_, value)| value.parse().ok()).unwrap_or_default(),
        timestamp: header("x-uhub-timestamp"),
        signature: header("x-uhub-signature"),
        body,
    };
    match &state.settings().callback_secret {
        Some(secret) => Ok(state.hub().accept_callback(secret, &delivery).await?),
        None => Err(Problem::not_found("run")),
    }
}
