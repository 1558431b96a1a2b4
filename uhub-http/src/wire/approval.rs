//! Approvals.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uhub_core::model::{self, ApprovalKind, ApprovalState, JobType};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Execution, Paged, text, words};
use crate::problem::Problem;

/// One decision by a second person, bound to the digest of exactly what it permits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Approval {
    id: Uuid,
    #[schema(value_type = words::ApprovalKind)]
    kind: ApprovalKind,
    job_id: Uuid,
    project_id: Uuid,
    #[schema(required)]
    run_id: Option<Uuid>,
    /// For `edit`: what would change.
    #[schema(required)]
    change: Option<Change>,
    /// SHA-256 over what it permits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    digest: String,
    /// The rule that asks for it.
    rule: String,
    #[schema(required)]
    reason: Option<String>,
    #[schema(value_type = words::ApprovalState)]
    state: ApprovalState,
    requested_by: Uuid,
    requested_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    #[schema(required)]
    decided_by: Option<Uuid>,
    #[schema(required)]
    decided_at: Option<DateTime<Utc>>,
    #[schema(required)]
    comment: Option<String>,
}

/// What an edit would change: only what it names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::JobType>)]
    job_type: Option<JobType>,
    /// The new environment's id; `null` clears.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    environment_id: Option<Option<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    planned_start: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    planned_end: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    all_day: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    assignee_id: Option<Option<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    critical: Option<Option<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Execution>)]
    execution: Option<Option<Execution>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    auto_start: Option<bool>,
    /// It goes into a freeze window.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    break_glass: bool,
}

impl From<model::Change> for Change {
    fn from(change: model::Change) -> Self {
        let model::Change {
            title,
            description,
            job_type,
            environment,
            slot,
            assignee_id,
            critical,
            execution,
            auto_start,
            break_glass,
        } = change;
        Self {
            title,
            description,
            job_type,
            environment_id: environment.map(|environment| environment.map(|id| id.0)),
            planned_start: slot.map(|(slot, _)| slot.start()),
            planned_end: slot.map(|(slot, _)| slot.end()),
            all_day: slot.map(|(_, all_day)| all_day),
            assignee_id: assignee_id.map(|assignee| assignee.map(|id| id.0)),
            critical,
            execution: execution.map(|execution| execution.map(Into::into)),
            auto_start,
            break_glass,
        }
    }
}

impl From<model::Approval> for Approval {
    fn from(approval: model::Approval) -> Self {
        let model::Approval {
            id,
            kind,
            job_id,
            project_id,
            run_id,
            change,
            digest,
            rule,
            reason,
            state,
            requested_by,
            requested_at,
            expires_at,
            decided_by,
            decided_at,
            comment,
        } = approval;
        Self {
            id: id.0,
            kind,
            job_id: job_id.0,
            project_id: project_id.0,
            run_id: run_id.map(|run| run.0),
            change: change.map(Into::into),
            digest,
            rule,
            reason,
            state,
            requested_by: requested_by.0,
            requested_at,
            expires_at,
            decided_by: decided_by.map(|user| user.0),
            decided_at,
            comment,
        }
    }
}

/// Which approvals.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApprovalQuery {
    /// In this state.
    #[param(value_type = Option<words::ApprovalState>, nullable = false)]
    pub state: Option<ApprovalState>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500, default = 50, nullable = false)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<text::PageCursor>, nullable = false)]
    cursor: Option<String>,
}

impl ApprovalQuery {
    /// Which page.
    ///
    /// # Errors
    /// 422 with the parameter.
    pub(crate) fn page(&self) -> Result<Paged, Problem> {
        Paged::new(self.limit, self.cursor.as_deref())
    }
}

/// A yes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approve {
    /// Perhaps why.
    #[schema(value_type = Option<text::Remark>)]
    pub comment: Option<String>,
}

/// A no.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reject {
    /// Why.
    #[schema(value_type = text::Comment)]
    pub comment: String,
}
