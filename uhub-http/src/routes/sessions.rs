//! Sessions of browsers: the access token stays in the page's memory, and a cookie that no script can read renews it.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use uhub_core::model::User;

use super::auth::{SignedIn, sign_in};
use crate::{
    auth::{cookie, peer::Peer, site::Site},
    extract::{Caller, Form, Query},
    problem::{Problem, Result},
    state::AppState,
    wire::{SignOutQuery, TokenAnswer, TokenError, TokenForm},
};

/// Signs in by password as `/auth/token` does, for browsers: the token is short, and a cookie renews it.
#[utoipa::path(
    post, path = "/auth/session", tag = "auth", security(()),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token, and the session's cookie", body = TokenAnswer),
        (status = 400, description = "No token", body = TokenError),
        (status = 429, description = "Too many attempts", body = TokenError),
    )
)]
pub(crate) async fn open(
    State(state): State<AppState>,
    site: Site,
    peer: Peer,
    form: Result<Form<TokenForm>, Problem>,
) -> Response {
    // Else another site could sign its visitors in as somebody else.
    if let Err(refusal) = site.own_pages_only() {
        return refusal.into_response();
    }
    match sign_in(&state, peer, form).await {
        Ok(SignedIn { user, at }) => {
            renewed(&state, &site, &user, at).unwrap_or_else(|| Problem::internal().into_response())
        }
        Err(refusal) => refusal,
    }
}

/// A new token for the session whose cookie comes along, which is renewed as well.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "auth", security(("session" = [])),
    responses(
        (status = 200, description = "A token, and the session's cookie", body = TokenAnswer),
        (status = 401, description = "There is no session, or no longer", body = crate::problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn refresh(
    State(state): State<AppState>,
    site: Site,
    headers: HeaderMap,
) -> Result<Response> {
    site.own_pages_only()?;
    let (user, since) = holder(&state, &site, &headers).await?;
    renewed(&state, &site, &user, since).ok_or_else(no_session)
}

/// Signs out: the browser forgets its session. With `everywhere` whatever the user signed in to ends, for which the session's
/// cookie or a token has to come along; API tokens stay.
#[utoipa::path(
    delete, path = "/auth/session", tag = "auth", security((), ("session" = []), ("bearer" = [])), params(SignOutQuery),
    responses(
        (status = 204, description = "It is over"),
        (status = 401, description = "Nobody says whose sessions shall end", body = crate::problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn close(
    State(state): State<AppState>,
    site: Site,
    Query(query): Query<SignOutQuery>,
    caller: Result<Caller, Problem>,
    headers: HeaderMap,
) -> Result<Response> {
    site.own_pages_only()?;
    if query.everywhere {
        let acting = match caller {
            Ok(caller) => caller.hub(),
            Err(_) => state.hub().acting_as(&holder(&state, &site, &headers).await?.0),
        };
        acting.end_sessions().await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = cookie::forget(&site) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Whose session it is, and since when; whatever is wrong, the answer is one.
async fn holder(state: &AppState, site: &Site, headers: &HeaderMap) -> Result<(User, DateTime<Utc>)> {
    let token = cookie::find(headers, site).ok_or_else(no_session)?;
    let claims = state.tokens().read_session(token, state.hub().clock().now()).ok_or_else(no_session)?;
    let since = claims.signed_in_at().ok_or_else(no_session)?;
    match state.users().authenticate(claims.sub, since).await {
        Ok((user, _)) => Ok((user, since)),
        Err(problem) if problem.status == StatusCode::UNAUTHORIZED.as_u16() => Err(no_session()),
        Err(problem) => Err(problem),
    }
}

fn no_session() -> Problem {
    Problem::unauthenticated("there is no session, or no longer: POST /auth/session begins one")
}

/// A short token, and the cookie anew; `None` where the session has lasted its time.
fn renewed(state: &AppState, site: &Site, user: &User, since: DateTime<Utc>) -> Option<Response> {
    let now = state.hub().now();
    let access = state.tokens().issue_short(user, since, now)?;
    let session = state.tokens().issue_session(user, since, now)?;
    let cookie = cookie::keep(site, &session.token, session.expires_in)?;
    tracing::Span::current().record("user", user.username.as_str());
    let mut response = Json(TokenAnswer::from(access)).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Some(response)
}
