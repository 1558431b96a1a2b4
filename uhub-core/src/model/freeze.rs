//! Freeze windows (DOMAIN §3.4).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{FreezeId, JobEnvironment, JobType, ProjectId, Slot, Tier, UserId};

/// A span in which nothing may move in or run, for some tiers or environments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Freeze {
    /// Identifier.
    pub id: FreezeId,
    /// When.
    pub slot: Slot,
    /// Every environment of these tiers.
    pub tiers: Vec<Tier>,
    /// And the environments of these names.
    pub environments: Vec<String>,
    /// Only of this project; of all where there is none.
    pub project_id: Option<ProjectId>,
    /// Why; shown to whom it stops.
    pub reason: String,
    /// By whom.
    pub created_by: UserId,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl Freeze {
    /// Whether it holds for work of that kind in that place, at whatever time. A meeting works on nothing and is never
    /// frozen; other work without an environment counts as tier dev (DOMAIN §2).
    pub fn concerns(
        &self,
        project: ProjectId,
        job_type: JobType,
        environment: Option<&JobEnvironment>,
    ) -> bool {
        if job_type == JobType::Meeting || self.project_id.is_some_and(|only| only != project) {
            return false;
        }
        let tier = environment.map_or(Tier::Dev, |environment| environment.tier);
        self.tiers.contains(&tier)
            || environment.is_some_and(|environment| self.environments.contains(&environment.name))
    }
}
