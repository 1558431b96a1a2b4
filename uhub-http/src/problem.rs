//! Errors as `application/problem+json` (RFC 9457): one map from the core's errors to HTTP, and one form for everything
//! that goes wrong before the hub is asked.

use std::ops::Deref;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use uhub_core::{Error, ports::store::StoreError};
use utoipa::ToSchema;
use uuid::Uuid;

/// Media type of every error but the token endpoint's.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong. Boxed: results carry it everywhere, and it is rarely there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Body>);

impl Deref for Problem {
    type Target = Body;

    fn deref(&self) -> &Body {
        &self.0
    }
}

/// What went wrong, for people (`title`, `detail`) and programs (`type`, `field`, `rule`, …).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body {
    /// Which kind of problem: a URN that does not change between releases.
    #[serde(rename = "type")]
    #[schema(example = "urn:uhub:problem:denied", pattern = "^urn:uhub:problem:[a-z_]+$")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is wrong in this case.
    pub detail: String,
    /// Which field of the input is wrong, as a path (`execution.command`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// The rule that refused (`rbac.job.prod.dev`, `guardrail.freeze`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule: Option<String>,
    /// The state in which it does not go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<String>,
    /// What does not go in that state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event: Option<String>,
    /// The jobs that hold the slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conflicts: Option<Vec<Uuid>>,
    #[serde(skip)]
    #[schema(ignore)]
    extra: Extra,
}

/// Headers that go with a problem.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Extra {
    retry_after_seconds: Option<u64>,
    challenge: bool,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Body {
            kind: format!("urn:uhub:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            rule: None,
            from: None,
            event: None,
            conflicts: None,
            extra: Extra::default(),
        }))
    }

    /// The same problem, with more said.
    fn with(mut self, more: impl FnOnce(&mut Body)) -> Self {
        more(&mut self.0);
        self
    }

    /// 422: a field is wrong.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        let (field, reason) = (field.into(), reason.into());
        let detail = if field.is_empty() { reason } else { format!("{field}: {reason}") };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The input is not valid", detail)
            .with(|body| body.field = Some(field))
    }

    /// 400: not what the format says.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request cannot be read", detail)
    }

    /// 401, with a challenge.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first", detail)
            .with(|body| body.extra.challenge = true)
    }

    /// 403, by a rule that is none of the hub's.
    pub fn denied(rule: &str, field: &str, detail: impl Into<String>) -> Self {
        Self::refused(rule, detail).with(|body| body.field = Some(field.to_owned()))
    }

    /// 403, by a rule that is none of the hub's and looks at no field.
    pub fn refused(rule: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "denied", "The rules refuse it", detail)
            .with(|body| body.rule = Some(rule.to_owned()))
    }

    /// 404.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", format!("there is no such {what}"))
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Method not allowed",
            "this path does not answer that method",
        )
    }

    /// 408: the client was too slow.
    pub fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "The request came too slowly",
            "the body was not complete in time",
        )
    }

    /// 409: not as things are.
    pub fn conflict(kind: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, kind, "It does not fit the present state", detail)
    }

    /// 409: the name is another's.
    fn taken(field: &str, detail: String) -> Self {
        Self::conflict("exists", detail).with(|body| body.field = Some(field.to_owned()))
    }

    /// 413.
    pub fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The body is too large",
            format!("at most {limit} bytes are read"),
        )
    }

    /// 415.
    pub fn unsupported(expected: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body has the wrong media type",
            format!("Content-Type must be {expected}"),
        )
    }

    /// 429: too many, try again in `seconds`.
    pub fn limited(seconds: u64) -> Self {
        let seconds = seconds.max(1);
        let detail = format!("try again in {seconds} s");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "limited", "Too many requests", detail)
            .with(|body| body.extra.retry_after_seconds = Some(seconds))
    }

    /// 503: try again soon.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available just now", detail)
            .with(|body| body.extra.retry_after_seconds = Some(1))
    }

    /// 500: nothing of what happened is shown.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something failed here",
            "the server's log tells more, under this answer's x-request-id",
        )
    }

    /// How long to wait, where a wait helps.
    pub const fn retry_after_seconds(&self) -> Option<u64> {
        self.0.extra.retry_after_seconds
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (said, rule) = (error.to_string(), error.rule());
        match error {
            Error::Invalid { field, reason } => Self::invalid(field, reason),
            Error::Denied { reason, .. } => {
                Self::new(StatusCode::FORBIDDEN, "denied", "The rules refuse it", reason)
                    .with(|body| body.rule = rule)
            }
            Error::NotFound { what } => Self::not_found(what),
            Error::Transition(illegal) => Self::conflict("illegal_transition", said).with(|body| {
                body.from = Some(illegal.from);
                body.event = Some(illegal.event);
            }),
            Error::Conflict { jobs } => Self::conflict("slot_taken", said).with(|body| {
                body.rule = rule;
                body.conflicts = Some(jobs.into_iter().map(|job| job.0).collect());
            }),
            Error::Exists { field } => Self::taken(field, said),
            Error::Stale { .. } => {
                let title = "It has changed since it was read";
                Self::new(StatusCode::PRECONDITION_FAILED, "stale", title, said)
            }
            Error::ApprovalClosed { state } => {
                Self::conflict("approval_closed", said).with(|body| body.from = Some(state.to_string()))
            }
            Error::RunActive => Self::conflict("run_active", said),
            Error::KeyReused => Self::conflict("key_reused", said)
                .with(|body| body.field = Some("Idempotency-Key".to_owned())),
            Error::Unfit(_) => Self::conflict("unfit", said),
            Error::StaleFence => Self::conflict("stale_fence", said),
            Error::Unauthenticated => Self::unauthenticated(said),
            Error::Busy => Self::limited(1)
                .with(|body| body.detail = "too many passwords are being checked at once".to_owned()),
            Error::Store(StoreError::Unavailable(inside)) => {
                tracing::warn!(error = %inside, "the store is not available");
                Self::unavailable("the database does not answer, or has no room; nothing was changed")
            }
            Error::Store(StoreError::Contended) => {
                Self::unavailable("another write came between; nothing was changed")
            }
            Error::Store(StoreError::Duplicate(field)) => Self::taken(field, said),
            Error::Store(StoreError::Failed(inside)) => {
                tracing::error!(error = %inside, "the store failed");
                Self::internal()
            }
            other => {
                tracing::error!(error = %other, "an error without an answer of its own");
                Self::internal()
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::from(Error::Store(error))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&*self.0).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        if let Some(seconds) = self.extra.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.extra.challenge {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"uhub\""));
        }
        response
    }
}

/// What a handler returns.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

#[cfg(test)]
mod tests;
