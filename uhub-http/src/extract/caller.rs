//! Who calls. The only place that turns a request into a user.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use chrono::{DateTime, Utc};
use uhub_core::{
    hub::{Acting, TokenDigest},
    model::{ApiToken, Scopes, User, UserId},
    ports::store::Revision,
};

use crate::{identity::Identified, problem::Problem, state::AppState};

/// A user who signed in, or acts by an API token, or for whom the program around the router vouches.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// As the database has it now.
    pub user: User,
    /// The state of the store in which that is so; what is read after it is at least as new.
    pub revision: Revision,
    /// The API token that came along, as the database has it now.
    pub token: Option<ApiToken>,
    shown: Shown,
    state: AppState,
}

/// What a request shows to prove who sends it.
#[derive(Debug, Clone)]
enum Shown {
    /// A token from signing in, good for so long.
    SignIn { at: DateTime<Utc>, expires_at: DateTime<Utc> },
    /// An API token.
    Token(TokenDigest),
    /// Nothing to us: the program around the router vouches. Whoever it is was there now, and is asked again with the next
    /// request.
    Host,
}

impl Caller {
    /// What this user may do with the hub; by a token, as far as that is good for it.
    pub(crate) fn hub(&self) -> Acting {
        match &self.token {
            Some(token) => self.state.hub().acting_by_token(&self.user, token),
            None => self.state.hub().acting_as(&self.user),
        }
    }

    /// What the token is good for, where one came along.
    pub(crate) fn scopes(&self) -> Option<Scopes> {
        self.token.as_ref().map(|token| token.scopes)
    }

    /// Whether the caller may go on: a stream outlives the request that was checked.
    pub(crate) async fn may_go_on(&self) -> bool {
        let users = self.state.users();
        match &self.shown {
            Shown::SignIn { at, expires_at } => {
                self.state.hub().now() < *expires_at && users.authenticate(self.user.id, *at).await.is_ok()
            }
            Shown::Token(digest) => users.authenticate_token(digest).await.is_ok(),
            Shown::Host => users.authenticate(self.user.id, DateTime::<Utc>::MAX_UTC).await.is_ok(),
        }
    }

    async fn signed_in(
        state: &AppState,
        id: UserId,
        at: DateTime<Utc>,
        shown: Shown,
    ) -> Result<Self, Problem> {
        let (user, revision) = state.users().authenticate(id, at).await?;
        tracing::Span::current().record("user", user.username.as_str());
        Ok(Self { user, revision, token: None, shown, state: state.clone() })
    }

    async fn by_token(state: &AppState, digest: TokenDigest) -> Result<Self, Problem> {
        // Not throttled as sign-ins are: there is nothing to gain by guessing at 256 random bits.
        let (user, token, revision) = state.users().authenticate_token(&digest).await?;
        let name = format!("{} ({})", user.username, token.prefix);
        tracing::Span::current().record("user", name);
        Ok(Self { user, revision, token: Some(token), shown: Shown::Token(digest), state: state.clone() })
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        if let Some(identity) = state.identity() {
            match identity.identify(parts).await {
                // Vouched for now: no earlier moment counts.
                Identified::User(id) => {
                    return Self::signed_in(state, id, DateTime::<Utc>::MAX_UTC, Shown::Host).await;
                }
                Identified::NotMine => {}
                Identified::Refused => return Err(Problem::unauthenticated("nobody who may come in")),
            }
        }
        let token = bearer(&parts.headers).ok_or_else(|| {
            Problem::unauthenticated("a bearer token is needed: POST /auth/token gives one")
        })?;
        if let Some(digest) = TokenDigest::of(token) {
            return Self::by_token(state, digest).await;
        }
        let claims = state.tokens().read(token, state.hub().clock().now()).ok_or_else(refused)?;
        let at = claims.signed_in_at().ok_or_else(refused)?;
        let expires_at = claims.expires_at().ok_or_else(refused)?;
        Self::signed_in(state, claims.sub, at, Shown::SignIn { at, expires_at }).await
    }
}

/// One answer, whatever is wrong with a token.
pub(crate) fn refused() -> Problem {
    Problem::unauthenticated("the token is not valid, or no longer")
}

/// The token of an `Authorization: Bearer` header, given once.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
