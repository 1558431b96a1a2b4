//! Query strings.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

use super::from_pairs;
use crate::problem::Problem;

/// A query string. Wrong values and unknown names are 422 with the name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        from_pairs(parts.uri.query().unwrap_or_default().as_bytes()).map(Self)
    }
}
