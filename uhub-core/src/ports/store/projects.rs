//! Projects, as a store keeps them.

use async_trait::async_trait;

use super::{Page, Result};
use crate::model::{Project, ProjectId};

/// Looks projects up.
#[async_trait]
pub trait ProjectReads {
    /// By id.
    async fn project(&mut self, id: ProjectId) -> Result<Option<Project>>;
    /// By exact name.
    async fn project_by_name(&mut self, name: &str) -> Result<Option<Project>>;
    /// All, in the order of creation.
    async fn projects(&mut self, page: Page) -> Result<Vec<Project>>;
    /// Those of these ids that exist, in any order.
    async fn projects_by_ids(&mut self, ids: &[ProjectId]) -> Result<Vec<Project>>;
    /// Those that limit how many of their runs go on at once, in any order.
    async fn projects_with_room(&mut self) -> Result<Vec<Project>>;
}

/// Changes projects.
#[async_trait]
pub trait ProjectWrites {
    /// Adds one with its environments. [`StoreError::Duplicate`](super::StoreError::Duplicate) `name` where it is taken.
    async fn insert_project(&mut self, project: &Project) -> Result<()>;
    /// Writes all fields; false where the stored version is not `project.version - 1`. Environments are added, renamed,
    /// moved to another pool (with their jobs), or removed where they are no longer named and have no job;
    /// [`StoreError::Duplicate`](super::StoreError::Duplicate) `environments` for one that is removed and has jobs.
    async fn update_project(&mut self, project: &Project) -> Result<bool>;
}
