//! Identifiers in paths.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use uuid::Uuid;

use crate::problem::Problem;

/// The `{id}` of a path. What is no id cannot be the id of anything: 404, as for an id that nobody has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        named(parts, state, "id").await.map(Self)
    }
}

/// The `{id}` of a user in a path, and the `{token_id}` behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenPath {
    /// The user's.
    pub user: Uuid,
    /// The token's.
    pub token: Uuid,
}

impl<S: Send + Sync> FromRequestParts<S> for TokenPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let user = named(parts, state, "id").await?;
        Ok(Self { user, token: named(parts, state, "token_id").await? })
    }
}

async fn named<S: Send + Sync>(parts: &mut Parts, state: &S, wanted: &str) -> Result<Uuid, Problem> {
    let params =
        RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found("thing"))?;
    params
        .iter()
        .find(|(name, _)| *name == wanted)
        .and_then(|(_, value)| parse(value))
        .ok_or_else(|| Problem::not_found("id"))
}

/// Only the usual form with hyphens: other spellings of the same id would be other addresses of the same thing.
fn parse(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let id = "0190a3f0-7c1b-7000-8000-000000000001";
        assert!(parse(id).is_some());
        for bad in
            ["", "x", "0190a3f07c1b70008000000000000001", "{0190a3f0-7c1b-7000-8000-000000000001}", "1"]
        {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
