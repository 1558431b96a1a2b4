//! Series, as a store keeps them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Page, Result};
use crate::model::{Job, ProjectId, Series, SeriesId};

/// Looks series up.
#[async_trait]
pub trait SeriesReads {
    /// By id.
    async fn series(&mut self, id: SeriesId) -> Result<Option<Series>>;
    /// All, or those of a project, in the order of creation.
    async fn list_series(&mut self, project: Option<ProjectId>, page: Page) -> Result<Vec<Series>>;
    /// Those of a project that were imported from events with these UIDs, in the order of creation.
    async fn series_from(&mut self, project: ProjectId, sources: &[String]) -> Result<Vec<Series>>;
    /// Those whose next occurrences are to be laid out by `now`, the most overdue first.
    async fn series_to_lay(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Series>>;
    /// The jobs that stand for its occurrences from `from` on, whatever became of them, in order.
    async fn occurrences(&mut self, id: SeriesId, from: DateTime<Utc>) -> Result<Vec<Job>>;
}

/// Changes series.
#[async_trait]
pub trait SeriesWrites {
    /// Adds one.
    async fn insert_series(&mut self, series: &Series) -> Result<()>;
    /// Writes all fields; false where the stored version is not `series.version - 1`.
    async fn update_series(&mut self, series: &Series) -> Result<bool>;
    /// Removes one of which no job is an occurrence; false where there is none.
    async fn delete_series(&mut self, id: SeriesId) -> Result<bool>;
}
