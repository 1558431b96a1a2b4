//! Projects and their environments.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{BackendConfig, BackendKind, EnvironmentId, Policy, ProjectId, UserId, words};

words! {
    /// How much care an environment asks for. It decides every rule.
    pub enum Tier {
        /// For development.
        Dev = "dev",
        /// As close to prod as can be.
        Staging = "staging",
        /// What the users of the system see.
        Prod = "prod",
    }
}

/// A place that a project's jobs work on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Identifier; it stays when the environment is renamed.
    pub id: EnvironmentId,
    /// Unique within the project.
    pub name: String,
    /// Never changes after creation (DOMAIN §3.5).
    pub tier: Tier,
    /// What is physically shared: two jobs can collide only in the same pool.
    pub pool: String,
}

/// What the jobs belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Project {
    /// Identifier.
    pub id: ProjectId,
    /// Unique over the hub.
    pub name: String,
    /// `#rrggbb`, lower case.
    pub color: String,
    /// Who owns it ("own project" in DOMAIN §2).
    pub owner_id: UserId,
    /// In the order in which they were added.
    pub environments: Vec<Environment>,
    /// The backend of jobs that name none.
    pub execution_backend: Option<BackendKind>,
    /// Limits and options for its jobs; they may narrow what the hub allows, never widen it.
    pub execution_backend_config: Option<BackendConfig>,
    /// What the project decided on conflicts, approvals and backends.
    pub policy: Policy,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Grows by one with each change.
    pub version: i64,
}

impl Project {
    /// The environment of that name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }
}
