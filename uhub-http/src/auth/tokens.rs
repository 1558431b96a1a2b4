//! Tokens: JWT, HS256 and nothing else. A token says who its bearer is and since when; what that user may do is looked up
//! on every request, never read from the token.
//!
//! Access tokens open the API; session tokens, kept by browsers in a cookie, only renew access tokens. Their audiences
//! differ, so that neither passes for the other. What is renewed keeps the moment of the sign-in that it stems from.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uhub_core::model::{User, UserId};

use super::secret::Secret;

/// Who issues.
pub(crate) const ISSUER: &str = "uhub";
/// For whom access tokens are.
pub(crate) const AUDIENCE: &str = "uhub-api";
/// For whom session tokens are.
pub(crate) const SESSION_AUDIENCE: &str = "uhub-session";

/// How long an access token of a session holds: a page renews its own long before.
const SESSION_ACCESS: TimeDelta = TimeDelta::minutes(15);
/// How long a session that nobody renews goes on.
const SESSION_IDLE: TimeDelta = TimeDelta::hours(12);
/// How long a session goes on, whatever is done with it.
const SESSION_LIFE: TimeDelta = TimeDelta::days(7);

/// How far the clocks of two servers may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// Longer is no token of ours, and not worth a signature check.
const LONGEST: usize = 4096;

/// What a token says. Times are whole seconds since the epoch; strings and fractions are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The user's id.
    pub sub: UserId,
    /// The name at that time, for people who look into the token.
    pub username: String,
    /// The role at that time. Never used for a decision.
    pub role: String,
    /// Issued at.
    pub iat: i64,
    /// Not valid from then on.
    pub exp: i64,
    /// Not valid before, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// [`ISSUER`].
    pub iss: String,
    /// [`AUDIENCE`] or [`SESSION_AUDIENCE`].
    pub aud: String,
    /// When the bearer showed a password, in microseconds since the epoch; where it is not said, at `iat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
}

impl Claims {
    /// When it was issued.
    pub(crate) fn issued_at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.iat, 0)
    }

    /// When its bearer signed in.
    pub(crate) fn signed_in_at(&self) -> Option<DateTime<Utc>> {
        self.since.map_or_else(|| self.issued_at(), DateTime::from_timestamp_micros)
    }

    /// When it ends.
    pub(crate) fn expires_at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.exp, 0)
    }
}

/// Issues and reads tokens.
#[derive(Clone)]
pub(crate) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    lifetime: TimeDelta,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Tokens signed with `secret` that hold for `lifetime`.
    pub(crate) fn new(secret: &Secret, lifetime: TimeDelta) -> Self {
        Self {
            encoding: EncodingKey::from_secret(secret.reveal()),
            decoding: DecodingKey::from_secret(secret.reveal()),
            lifetime,
        }
    }

    /// An access token for `user`, who signed in at `since`; `None` where signing fails.
    pub(crate) fn issue(&self, user: &User, since: DateTime<Utc>, now: DateTime<Utc>) -> Option<Issued> {
        self.sign(AUDIENCE, user, since, now, now + self.lifetime)
    }

    /// An access token of a session that began at `since`: a short one, since the session renews it. `None` where the
    /// session is over.
    pub(crate) fn issue_short(
        &self,
        user: &User,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Issued> {
        let expires_at = (now + SESSION_ACCESS.min(self.lifetime)).min(since + SESSION_LIFE);
        self.sign(AUDIENCE, user, since, now, expires_at)
    }

    /// The token of a session that began at `since`, to be kept by the browser; `None` where the session is over.
    pub(crate) fn issue_session(
        &self,
        user: &User,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Issued> {
        let expires_at = (now + SESSION_IDLE).min(since + SESSION_LIFE);
        self.sign(SESSION_AUDIENCE, user, since, now, expires_at)
    }

    fn sign(
        &self,
        audience: &str,
        user: &User,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Option<Issued> {
        let claims = Claims {
            sub: user.id,
            username: user.username.clone(),
            role: user.role.to_string(),
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
            nbf: None,
            iss: ISSUER.to_owned(),
            aud: audience.to_owned(),
            since: Some(since.timestamp_micros()),
        };
        let expires_in = claims.exp - claims.iat;
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).ok()?;
        (expires_in > 0).then_some(Issued { token, expires_in })
    }

    /// What an access token says, if it is one of ours and holds now. Keys that a token brings or names (`jwk`, `jku`,
    /// `x5u`, `kid`) mean nothing here; the algorithm is not the token's to choose.
    pub(crate) fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        self.read_for(AUDIENCE, token, now)
    }

    /// As [`Self::read`], of a session's token.
    pub(crate) fn read_session(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        let claims = self.read_for(SESSION_AUDIENCE, token, now)?;
        (now < claims.signed_in_at()? + SESSION_LIFE).then_some(claims)
    }

    fn read_for(&self, audience: &str, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        if token.len() > LONGEST {
            return None;
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Against the hub's clock, below.
        validation.validate_exp = false;
        let token = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok()?;
        let claims = token.claims;
        let is_jwt = token.header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"));
        let is_ours = is_jwt && claims.iss == ISSUER && claims.aud == audience;
        let latest = now + LEEWAY;
        let has_begun = claims.issued_at()? <= latest
            && claims.signed_in_at()? <= latest
            && claims.nbf.is_none_or(|nbf| DateTime::from_timestamp(nbf, 0).is_some_and(|at| at <= latest));
        // No leeway at the end: a token is ours, and so is the clock that set it.
        (is_ours && has_begun && claims.iat < claims.exp && now < claims.expires_at()?).then_some(claims)
    }
}

/// A token that was made. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    /// The token.
    pub token: String,
    /// For how many seconds it holds.
    pub expires_in: i64,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
