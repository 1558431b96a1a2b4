//! The audit.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uhub_core::{
    audit::{self, AuditEntry},
    model::UserId,
    ports::store::{AuditFilter, AuditRow},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{At, Paged, job::searchable, text};
use crate::problem::Problem;

/// Who did, or tried, what on what, and which rule decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditItem {
    id: Uuid,
    at: DateTime<Utc>,
    /// Nobody where the hub itself acted, or an unknown user tried to sign in.
    #[schema(required)]
    actor_id: Option<Uuid>,
    actor: String,
    action: String,
    object_kind: String,
    #[schema(required)]
    object_id: Option<Uuid>,
    #[schema(required)]
    project_id: Option<Uuid>,
    decision: String,
    #[schema(required)]
    rule: Option<String>,
    detail: Value,
    /// Its place in the chain; `null` until it is sealed.
    #[schema(required)]
    seq: Option<i64>,
    #[schema(required)]
    hash: Option<String>,
}

impl From<AuditRow> for AuditItem {
    fn from(row: AuditRow) -> Self {
        let AuditRow { entry, seq, hash } = row;
        let AuditEntry {
            id,
            at,
            actor_id,
            actor,
            action,
            object_kind,
            object_id,
            project_id,
            decision,
            rule,
            detail,
        } = entry;
        Self {
            id: id.0,
            at,
            actor_id: actor_id.map(|user| user.0),
            actor,
            action,
            object_kind,
            object_id,
            project_id: project_id.map(|project| project.0),
            decision,
            rule,
            detail,
            seq,
            hash,
        }
    }
}

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// By this user, by id.
    #[param(nullable = false)]
    actor: Option<Uuid>,
    /// On this thing, by id.
    #[param(nullable = false)]
    object: Option<Uuid>,
    /// Of this action, such as `job.move`.
    #[param(value_type = Option<text::Query>, nullable = false)]
    action: Option<String>,
    /// At or after.
    #[param(value_type = Option<At>, nullable = false)]
    from: Option<At>,
    /// Before.
    #[param(value_type = Option<At>, nullable = false)]
    to: Option<At>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500, default = 50, nullable = false)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<text::PageCursor>, nullable = false)]
    cursor: Option<String>,
}

impl AuditQuery {
    /// What it asks for.
    ///
    /// # Errors
    /// 422 with the parameter.
    pub(crate) fn read(self) -> Result<(AuditFilter, Paged), Problem> {
        let Self { actor, object, action, from, to, limit, cursor } = self;
        searchable("action", action.as_deref())?;
        let paged = Paged::new(limit, cursor.as_deref())?;
        let filter = AuditFilter {
            actor_id: actor.map(UserId),
            object_id: object,
            action,
            from: from.map(|at| at.0),
            to: to.map(|at| at.0),
            owner: None,
        };
        Ok((filter, paged))
    }
}

/// The end of the chain. Kept outside, it proves that the tail was not cut.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Head {
    seq: i64,
    #[schema(pattern = "^[0-9a-f]{64}$")]
    hash: String,
}

/// What the check found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Verification {
    /// Nothing edited, deleted, reordered.
    ok: bool,
    /// How many sealed entries were read.
    entries: i64,
    /// How many are not sealed yet.
    unsealed: i64,
    /// The end of the sound part.
    head: Head,
    /// The first entry that is not sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    first_bad: Option<i64>,
}

impl From<audit::Verification> for Verification {
    fn from(verification: audit::Verification) -> Self {
        let audit::Verification { ok, entries, unsealed, head, first_bad } = verification;
        let audit::Head { seq, hash } = head;
        Self { ok, entries, unsealed, head: Head { seq, hash }, first_bad }
    }
}
