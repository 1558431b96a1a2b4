//! Events of other calendars.

use serde::{Deserialize, Serialize};
use uhub_core::{
    hub,
    model::{ProjectId, Tier},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{text, words};
use crate::problem::Problem;

/// What becomes of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ImportKind {
    /// Meetings of a project.
    Meetings,
    /// Freeze windows.
    Freezes,
}

/// An iCalendar file, and what becomes of its events.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportEvents {
    /// The file's text (RFC 5545).
    #[schema(max_length = 4_194_304)]
    pub ics: String,
    #[serde(rename = "as")]
    kind: ImportKind,
    /// Of meetings: whose they become. Of freeze windows: only of this project.
    project_id: Option<Uuid>,
    /// Of freeze windows: every environment of these tiers.
    #[serde(default)]
    #[schema(value_type = Vec<words::Tier>, required = false, max_items = 3)]
    tiers: Vec<Tier>,
    /// Of freeze windows: and the environments of these names.
    #[serde(default)]
    #[schema(value_type = Vec<text::Identifier>, required = false, max_items = 64)]
    environments: Vec<String>,
}

impl ImportEvents {
    /// The file, and what becomes of its events.
    ///
    /// # Errors
    /// 422 with the field that is missing, or has no place there.
    pub(crate) fn read(self) -> Result<(String, hub::ImportAs), Problem> {
        let Self { ics, kind, project_id, tiers, environments } = self;
        let project_id = project_id.map(ProjectId);
        let what = match kind {
            ImportKind::Meetings => {
                if !tiers.is_empty() || !environments.is_empty() {
                    return Err(Problem::invalid("tiers", "meetings have no tiers and no environments"));
                }
                let missing = || Problem::invalid("project_id", "is needed for meetings");
                hub::ImportAs::Meetings { project_id: project_id.ok_or_else(missing)? }
            }
            ImportKind::Freezes => hub::ImportAs::Freezes { tiers, environments, project_id },
        };
        Ok((ics, what))
    }
}

/// What came of an import.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct ImportedEvents {
    /// Made.
    created: u32,
    /// Changed to what the file says.
    updated: u32,
    /// As the file says already.
    unchanged: u32,
    /// Called off, or lifted, since the file says so.
    cancelled: u32,
    /// Over, and left as they are or not made.
    past: u32,
}

impl From<hub::ImportedEvents> for ImportedEvents {
    fn from(done: hub::ImportedEvents) -> Self {
        let hub::ImportedEvents { created, updated, unchanged, cancelled, past } = done;
        Self { created, updated, unchanged, cancelled, past }
    }
}
