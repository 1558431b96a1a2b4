//! Access tokens: JWT, HS256 and nothing else. A token says who its bearer is and since when; what that user may do is
//! looked up on every request, never read from the token.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uhub_core::model::{User, UserId};

use super::secret::Secret;

/// Who issues.
pub const ISSUER: &str = "uhub";
/// For whom.
pub const AUDIENCE: &str = "uhub-api";

/// How far the clocks of two servers may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// Longer is no token of ours, and not worth a signature check.
const LONGEST: usize = 4096;

/// What a token says. Times are whole seconds since the epoch; strings and fractions are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
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
    /// [`AUDIENCE`].
    pub aud: String,
}

impl Claims {
    /// When it was issued.
    pub fn issued_at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.iat, 0)
    }

    /// When it ends.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.exp, 0)
    }
}

/// Issues and reads tokens.
#[derive(Clone)]
pub struct Tokens {
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
    pub fn new(secret: &Secret, lifetime: TimeDelta) -> Self {
        Self {
            encoding: EncodingKey::from_secret(secret.reveal()),
            decoding: DecodingKey::from_secret(secret.reveal()),
            lifetime,
        }
    }

    /// How long a token holds.
    pub const fn lifetime(&self) -> TimeDelta {
        self.lifetime
    }

    /// A token for `user`; `None` where signing fails.
    pub fn issue(&self, user: &User, now: DateTime<Utc>) -> Option<String> {
        let claims = Claims {
            sub: user.id,
            username: user.username.clone(),
            role: user.role.to_string(),
            iat: now.timestamp(),
            exp: (now + self.lifetime).timestamp(),
            nbf: None,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).ok()
    }

    /// What a token says, if it is one of ours and holds now. Keys that a token brings or names (`jwk`, `jku`, `x5u`,
    /// `kid`) mean nothing here; the algorithm is not the token's to choose.
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        if token.len() > LONGEST {
            return None;
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Against the hub's clock, below.
        validation.validate_exp = false;
        let token = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok()?;
        let claims = token.claims;
        let is_jwt = token.header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"));
        let is_ours = is_jwt && claims.iss == ISSUER && claims.aud == AUDIENCE;
        let latest = now + LEEWAY;
        let has_begun = claims.issued_at()? <= latest
            && claims.nbf.is_none_or(|nbf| DateTime::from_timestamp(nbf, 0).is_some_and(|at| at <= latest));
        // No leeway at the end: a token is ours, and so is the clock that set it.
        (is_ours && has_begun && claims.iat < claims.exp && now < claims.expires_at()?).then_some(claims)
    }
}

#[cfg(test)]
mod tests;
