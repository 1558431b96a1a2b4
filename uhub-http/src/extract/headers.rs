//! Headers that steer a write.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::problem::Problem;

/// The version that the caller read, from `If-Match`: an `ETag` as answers carry it. `*` and no header at all mean any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IfMatch(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        if_match(&parts.headers).map(Self)
    }
}

fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::invalid("If-Match", "more than one is given"));
    }
    let text = value.to_str().map_err(|_| Problem::invalid("If-Match", "is no entity tag"))?.trim();
    if text == "*" {
        return Ok(None);
    }
    // A weak tag never matches here (RFC 9110 §13.1.1), nor does one that no answer ever carried: version 0 is nobody's.
    let (weak, tag) = text.strip_prefix("W/").map_or((false, text), |tag| (true, tag));
    match tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) {
        Some(tag) if tag.len() <= 60 && !tag.contains('"') => {
            Ok(Some(if weak { 0 } else { tag.parse().ok().filter(|version| *version > 0).unwrap_or(0) }))
        }
        _ => Err(Problem::invalid(
            "If-Match",
            "must be one entity tag as an ETag gave it, such as \"3\", or *",
        )),
    }
}

/// Whether the caller has the answer of this entity tag at hand, by `If-None-Match`. Tags are compared weakly, as RFC 9110
/// §13.1.2 wants it.
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| matches!(tag.trim(), "*") || tag.trim().trim_start_matches("W/") == etag)
}

/// A key under which a repeated request is known as a repetition, from `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let sound = value.to_str().ok().filter(|key| {
            (1..=128).contains(&key.len()) && key.bytes().all(|byte| (b'!'..=b'~').contains(&byte))
        });
        match (sound, values.next()) {
            (Some(key), None) => Ok(Self(Some(key.to_owned()))),
            _ => Err(Problem::invalid(
                "Idempotency-Key",
                "must be given once, as 1 to 128 visible ASCII characters",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(value: &'static str) -> Result<Option<i64>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, value.parse().unwrap());
        if_match(&headers)
    }

    #[test]
    fn entity_tags_are_versions() {
        assert_eq!(read("\"3\""), Ok(Some(3)));
        assert_eq!(read("*"), Ok(None));
        for never in ["\"abc\"", "W/\"3\"", "\"-1\"", "\"99999999999999999999\""] {
            assert_eq!(read(never), Ok(Some(0)), "{never} matches nothing");
        }
        for bad in ["3", "\"3", "\"1\", \"2\"", ""] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
