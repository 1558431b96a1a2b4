//! Signing in.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq as _;
use uhub_core::Error;

use super::{created, versioned};
use crate::{
    auth::peer::Peer,
    extract::{self, Caller, Form},
    problem::{Problem, Result},
    state::AppState,
    wire::{Bootstrap, CalendarToken, Me, TokenAnswer, TokenError, TokenErrorCode, TokenForm, User},
};

/// Signs in by password: the OAuth2 password flow (RFC 6749 §4.3). Errors follow §5.2.
#[utoipa::path(
    post, path = "/auth/token", tag = "auth", security(()),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token", body = TokenAnswer),
        (status = 400, description = "No token", body = TokenError),
        (status = 429, description = "Too many attempts", body = TokenError),
    )
)]
pub(crate) async fn token(
    State(state): State<AppState>,
    peer: Peer,
    form: Result<Form<TokenForm>, Problem>,
) -> Response {
    let signed_in = match sign_in(&state, peer, form).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    match state.tokens().issue(&signed_in.user, signed_in.at, state.hub().now()) {
        Some(issued) => Json(TokenAnswer::from(issued)).into_response(),
        None => Problem::internal().into_response(),
    }
}

/// Who showed the right password, and when.
pub(super) struct SignedIn {
    pub(super) user: uhub_core::model::User,
    /// Before the password was looked at: a change of it that comes in between counts.
    pub(super) at: DateTime<Utc>,
}

/// Checks the form and the password in it.
///
/// # Errors
/// The refusal, as RFC 6749 §5.2 has it.
pub(super) async fn sign_in(
    state: &AppState,
    peer: Peer,
    form: Result<Form<TokenForm>, Problem>,
) -> Result<SignedIn, Response> {
    let refuse = |code, why: &str| refusal(StatusCode::BAD_REQUEST, code, why, None);
    let Form(form) = form.map_err(|problem| match problem.status {
        400 | 415 | 422 => refuse(TokenErrorCode::InvalidRequest, &problem.detail),
        _ => problem.into_response(),
    })?;
    match form.grant_type.as_str() {
        "password" => {}
        "" => return Err(refuse(TokenErrorCode::InvalidRequest, "grant_type is missing")),
        _ => return Err(refuse(TokenErrorCode::UnsupportedGrantType, "only grant_type password is offered")),
    }
    if form.username.is_empty() || form.password.is_empty() {
        return Err(refuse(TokenErrorCode::InvalidRequest, "username and password are needed"));
    }
    if let Err(wait) = state.throttle().check(&form.username, peer.address) {
        state.metrics().login("limited");
        return Err(limited(wait.as_secs().saturating_add(1)));
    }
    let at = state.hub().now();
    let user = state.hub().sign_in(&form.username, &form.password).await.map_err(|error| match error {
        Error::Unauthenticated => {
            state.metrics().login("refused");
            refuse(TokenErrorCode::InvalidGrant, "unknown user or wrong password")
        }
        Error::Busy => {
            state.metrics().login("limited");
            limited(1)
        }
        other => Problem::from(other).into_response(),
    })?;
    state.metrics().login("ok");
    Ok(SignedIn { user, at })
}

fn limited(seconds: u64) -> Response {
    let why = format!("too many attempts: try again in {seconds} s");
    refusal(StatusCode::TOO_MANY_REQUESTS, TokenErrorCode::TemporarilyUnavailable, &why, Some(seconds))
}

fn refusal(status: StatusCode, error: TokenErrorCode, why: &str, retry_after: Option<u64>) -> Response {
    // The words of error_description are ASCII without quotes and backslashes (RFC 6749 §5.2).
    let error_description = why
        .chars()
        .map(|c| match c {
            '"' | '\\' => '\'',
            ' '..='~' => c,
            _ => '?',
        })
        .collect();
    let mut response = (status, Json(TokenError { error, error_description })).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Makes the first admin, once. From elsewhere than the server's own machine it needs the token that the server printed
/// when it started.
#[utoipa::path(
    post, path = "/bootstrap/admin", tag = "auth", security(()), request_body = Bootstrap,
    responses((status = 201, description = "The admin", body = User))
)]
pub(crate) async fn bootstrap(
    State(state): State<AppState>,
    peer: Peer,
    extract::Json(new): extract::Json<Bootstrap>,
) -> Result<Response> {
    if state.hub().has_users().await? {
        return Err(Problem::conflict("unfit", "the hub has users already"));
    }
    let settings = state.settings();
    let is_right = settings.bootstrap_token.as_deref().is_some_and(|token| {
        new.token().is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.as_bytes())))
    });
    if !is_right && !settings.may_bootstrap_without_token(peer) {
        let detail = "the token that the server printed when it started is needed";
        return Err(Problem::denied("bootstrap.token", "bootstrap_token", detail));
    }
    let admin: User = state.hub().bootstrap_admin(new.into()).await?.into();
    Ok(created("/auth/me".to_owned(), admin))
}

/// The caller, with what a user interface may offer.
#[utoipa::path(
    get, path = "/auth/me", tag = "auth", responses((status = 200, description = "The caller", body = Me))
)]
pub(crate) async fn me(caller: Caller) -> Response {
    let (permissions, scopes) = (caller.hub().permissions(), caller.scopes());
    versioned(caller.user.version, Me::new(caller.user, permissions, scopes))
}

/// Makes the token of the caller's calendar feed, in place of any earlier one.
#[utoipa::path(
    post, path = "/auth/calendar-token", tag = "auth",
    responses((status = 201, description = "The token: it is shown once", body = CalendarToken))
)]
pub(crate) async fn new_calendar_token(caller: Caller) -> Result<Response> {
    let token = caller.hub().new_calendar_token().await?;
    let path = format!("/calendar.ics?token={token}");
    Ok((StatusCode::CREATED, Json(CalendarToken { token, path })).into_response())
}

/// Revokes the token of the caller's calendar feed.
#[utoipa::path(
    delete, path = "/auth/calendar-token", tag = "auth",
    responses((status = 204, description = "No token is valid any more"))
)]
pub(crate) async fn revoke_calendar_token(caller: Caller) -> Result<StatusCode> {
    caller.hub().revoke_calendar_token().await?;
    Ok(StatusCode::NO_CONTENT)
}
