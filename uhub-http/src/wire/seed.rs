//! The demo.

use serde::Serialize;
use uhub_core::hub;
use utoipa::ToSchema;

/// What an import found and made.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct SeedReport {
    /// Users of the demo.
    users: usize,
    /// Projects of the demo.
    projects: usize,
    /// Jobs of the demo.
    jobs: usize,
    /// How many of all these were not there before.
    created: usize,
}

impl From<hub::SeedReport> for SeedReport {
    fn from(report: hub::SeedReport) -> Self {
        let hub::SeedReport { users, projects, jobs, created } = report;
        Self { users, projects, jobs, created }
    }
}
