//! Request bodies.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::header,
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::{field_of, from_pairs, named_in};
use crate::{problem::Problem, state::AppState, wire::Object};

/// How long a body may take to arrive: who drips bytes to hold a connection is let go.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// The largest form that is read: a token request is some hundred bytes.
const FORM_LIMIT: usize = 16 * 1024;

/// A JSON body. Not JSON is 400, another media type 415, unknown fields and wrong values 422 with the field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if !is_json(&request) {
            return Err(Problem::unsupported("application/json"));
        }
        parse(&read(request, state.settings().body_limit_bytes).await?).map(Self)
    }
}

/// A JSON body that may be `null`, or left out altogether.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<AppState> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let is_json = is_json(&request);
        let has_type = request.headers().contains_key(header::CONTENT_TYPE);
        let bytes = read(request, state.settings().body_limit_bytes).await?;
        match (bytes.is_empty(), is_json || !has_type) {
            (true, _) => Ok(Self(T::default())),
            (false, true) if is_json => {
                let value: Option<Object<T>> = parse_any(&bytes)?;
                Ok(Self(value.map_or_else(T::default, |Object(value)| value)))
            }
            (false, _) => Err(Problem::unsupported("application/json")),
        }
    }
}

/// A body of any media type, as it came; at most `LIMIT` bytes.
#[derive(Debug, Clone)]
pub(crate) struct Raw<const LIMIT: usize>(pub Bytes);

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for Raw<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        read(request, LIMIT).await.map(Self)
    }
}

/// A form, as token endpoints take it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        if media_type(&request).as_deref() != Some("application/x-www-form-urlencoded") {
            return Err(Problem::unsupported("application/x-www-form-urlencoded"));
        }
        from_pairs(&read(request, FORM_LIMIT).await?).map(Self)
    }
}

fn media_type(request: &Request) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn is_json(request: &Request) -> bool {
    media_type(request).is_some_and(|media| {
        media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
    })
}

async fn read(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let body = Limited::new(request.into_body(), limit);
    match tokio::time::timeout(ARRIVES_WITHIN, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if is_too_large(error.as_ref()) => Err(Problem::too_large(limit)),
        Ok(Err(_)) => Err(Problem::malformed("the body broke off")),
        Err(_) => Err(Problem::too_slow()),
    }
}

/// A limit set by an embedder's own layer lies deeper in the error.
fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    parse_any(bytes).map(|Object(value)| value)
}

fn parse_any<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let inner = error.inner();
        let reason = without_place(inner);
        if inner.is_data() {
            let path = field_of(error.path());
            let field = match named_in(&reason) {
                // The path of an unknown field ends with it already.
                Some(named) if path.is_empty() => named,
                Some(named) if reason.starts_with("missing") => format!("{path}.{named}"),
                _ => path,
            };
            Problem::invalid(field, reason)
        } else {
            Problem::malformed(format!("the body is not JSON: {inner}"))
        }
    })?;
    json.end().map_err(|error| Problem::malformed(format!("the body goes on after the JSON: {error}")))?;
    Ok(value)
}

/// The message without " at line 1 column 2": the field tells the place.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(place) => text.chars().take(text.get(..place).map_or(0, |head| head.chars().count())).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests;
