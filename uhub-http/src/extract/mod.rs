//! Extractors whose refusals are problems: what a request may bring, and what it is told when it brings something else.

mod body;
mod caller;
mod headers;
mod path;
mod query;

pub(crate) use body::{Form, Json, OptionalJson, Raw};
pub(crate) use caller::Caller;
pub(crate) use caller::{bearer, refused};
pub(crate) use headers::is_known;
pub(crate) use headers::{IdempotencyKey, IfMatch};
pub(crate) use path::{Id, TokenPath};
pub(crate) use query::Query;

use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A field's path as callers name it: `execution.command`, `environments[0].name`; `""` for the whole.
fn field_of(path: &serde_path_to_error::Path) -> String {
    match path.to_string() {
        whole if whole == "." => String::new(),
        path => path,
    }
}

/// Reads `key=value&…` pairs; what is wrong is told with its field.
fn from_pairs<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(bytes));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let reason = error.inner().to_string();
        let field = match field_of(error.path()) {
            none if none.is_empty() => named_in(&reason).unwrap_or_default(),
            field => field,
        };
        Problem::invalid(field, reason)
    })
}

/// The field that a message of serde speaks of ("unknown field `x`, …", "missing field `x`").
fn named_in(reason: &str) -> Option<String> {
    let rest = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| reason.strip_prefix(start))?;
    rest.split_once('`').map(|(field, _)| field.chars().take(64).collect())
}
