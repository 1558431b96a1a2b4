//! Who calls. The only place that turns a request into a user: a host with an identity of its own replaces this.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use chrono::{DateTime, Utc};
use uhub_core::{
    hub::Acting,
    model::{User, UserId},
    ports::store::Revision,
};

use crate::{problem::Problem, state::AppState};

/// A user whom the program around the router has authenticated by its own means: put into a request's extensions, it
/// takes the place of a token. No request from outside can carry one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostUser(pub UserId);

/// A user who signed in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// As the database has it now.
    pub user: User,
    /// The state of the store in which that is so; what is read after it is at least as new.
    pub revision: Revision,
    /// When the user signed in: what the token stems from.
    pub signed_in_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    state: AppState,
}

impl Caller {
    /// What this user may do with the hub.
    pub fn hub(&self) -> Acting {
        self.state.hub().acting_as(&self.user)
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        if let Some(HostUser(id)) = parts.extensions.get() {
            // Vouched for now, and asked again with the next request: what a token stems from is no matter here.
            let (signed_in_at, expires_at) = (DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MAX_UTC);
            let (user, revision) = state.users().authenticate(*id, signed_in_at).await?;
            tracing::Span::current().record("user", user.username.as_str());
            return Ok(Self { user, revision, signed_in_at, expires_at, state: state.clone() });
        }
        let token = bearer(&parts.headers).ok_or_else(|| {
            Problem::unauthenticated("a bearer token is needed: POST /auth/token gives one")
        })?;
        let refused = || Problem::unauthenticated("the token is not valid, or no longer");
        let claims = state.tokens().read(token, state.hub().clock().now()).ok_or_else(refused)?;
        let signed_in_at = claims.signed_in_at().ok_or_else(refused)?;
        let expires_at = claims.expires_at().ok_or_else(refused)?;
        let (user, revision) = state.users().authenticate(claims.sub, signed_in_at).await?;
        tracing::Span::current().record("user", user.username.as_str());
        Ok(Self { user, revision, signed_in_at, expires_at, state: state.clone() })
    }
}

/// The token of an `Authorization: Bearer` header, given once.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
