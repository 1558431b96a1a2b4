//! Freeze windows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uhub_core::{
    hub,
    model::{self, ProjectId, Tier},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{At, JobBrief, text, words};

/// A span in which nothing may move in or run, for some tiers or environments.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Freeze {
    id: Uuid,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    /// Every environment of these tiers.
    #[schema(value_type = Vec<words::Tier>)]
    tiers: Vec<Tier>,
    /// And the environments of these names.
    environments: Vec<String>,
    /// Only of this project; of all where there is none.
    #[schema(required)]
    project_id: Option<Uuid>,
    reason: String,
    created_by: Uuid,
    created_at: DateTime<Utc>,
}

impl From<model::Freeze> for Freeze {
    fn from(freeze: model::Freeze) -> Self {
        let model::Freeze { id, slot, tiers, environments, project_id, reason, created_by, created_at } =
            freeze;
        Self {
            id: id.0,
            start: slot.start(),
            end: slot.end(),
            tiers,
            environments,
            project_id: project_id.map(|project| project.0),
            reason,
            created_by: created_by.0,
            created_at,
        }
    }
}

/// A freeze window with the jobs that it stops.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FreezeOutcome {
    #[serde(flatten)]
    freeze: Freeze,
    /// The jobs that lie in it and are alive.
    stops: Vec<JobBrief>,
}

impl From<hub::FreezeOutcome> for FreezeOutcome {
    fn from(outcome: hub::FreezeOutcome) -> Self {
        let hub::FreezeOutcome { freeze, stops } = outcome;
        Self { freeze: freeze.into(), stops: stops.into_iter().map(Into::into).collect() }
    }
}

/// A freeze window to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFreeze {
    start: At,
    end: At,
    /// Every environment of these tiers. Together with `environments` it names at least one.
    #[serde(default)]
    #[schema(value_type = Vec<words::Tier>, required = false, max_items = 3)]
    tiers: Vec<Tier>,
    /// And the environments of these names.
    #[serde(default)]
    #[schema(value_type = Vec<text::Identifier>, required = false, max_items = 64)]
    environments: Vec<String>,
    #[schema(value_type = text::Reason)]
    reason: String,
    /// Only of this project.
    project_id: Option<Uuid>,
}

impl From<NewFreeze> for hub::NewFreeze {
    fn from(new: NewFreeze) -> Self {
        let NewFreeze { start, end, tiers, environments, reason, project_id } = new;
        let project_id = project_id.map(ProjectId);
        Self { start: start.0, end: end.0, tiers, environments, reason, project_id }
    }
}
