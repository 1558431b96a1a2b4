//! Series in memory.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use imbl::{OrdMap, OrdSet};

use super::{
    ascending, dangling,
    session::{Session, Writing},
    up_to,
};
use crate::{
    model::{Job, ProjectId, Series, SeriesId},
    ports::store::{Page, Result, SeriesReads, SeriesWrites, StoreError},
};

#[derive(Debug, Clone, Default)]
pub(super) struct SeriesTable {
    by_id: OrdMap<SeriesId, Arc<Series>>,
    /// Those that are to be laid out, by when.
    to_lay: OrdSet<(DateTime<Utc>, SeriesId)>,
    /// Those that were imported, by project and UID.
    by_source: OrdMap<(ProjectId, String), OrdSet<SeriesId>>,
}

impl SeriesTable {
    fn put(&mut self, series: &Series) {
        self.take(series.id);
        if let Some(at) = series.lay_at {
            self.to_lay.insert((at, series.id));
        }
        if let Some(source) = &series.source {
            self.by_source.entry((series.project_id, source.clone())).or_default().insert(series.id);
        }
        self.by_id.insert(series.id, Arc::new(series.clone()));
    }

    fn take(&mut self, id: SeriesId) -> bool {
        let Some(series) = self.by_id.remove(&id) else { return false };
        if let Some(at) = series.lay_at {
            self.to_lay.remove(&(at, id));
        }
        if let Some(source) = &series.source
            && let Some(ids) = self.by_source.get_mut(&(series.project_id, source.clone()))
        {
            ids.remove(&id);
        }
        true
    }

    /// A job is an occurrence of a series that is there.
    pub(super) fn check_reference(&self, job: &Job) -> Result<()> {
        match job.occurrence {
            Some(occurrence) if !self.by_id.contains_key(&occurrence.series_id) => {
                Err(dangling("series", occurrence.series_id.0))
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl<M: Send> SeriesReads for Session<M> {
    async fn series(&mut self, id: SeriesId) -> Result<Option<Series>> {
        Ok(self.see("series")?.series.by_id.get(&id).map(|series| Series::clone(series)))
    }

    async fn list_series(&mut self, project: Option<ProjectId>, page: Page) -> Result<Vec<Series>> {
        let series = &self.see("list_series")?.series;
        let all = Page { limit: u32::MAX, ..page };
        let matching = ascending(&series.by_id, all, SeriesId)
            .filter(|series| project.is_none_or(|project| series.project_id == project));
        Ok(matching.take(up_to(page.limit)).map(|series| Series::clone(series)).collect())
    }

    async fn series_from(&mut self, project: ProjectId, sources: &[String]) -> Result<Vec<Series>> {
        let series = &self.see("series_from")?.series;
        let found = sources.iter().filter_map(|source| series.by_source.get(&(project, source.clone())));
        let ids: OrdSet<SeriesId> = found.flatten().copied().collect();
        let found = ids.iter().filter_map(|id| series.by_id.get(id));
        Ok(found.map(|series| Series::clone(series)).collect())
    }

    async fn series_to_lay(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Series>> {
        let series = &self.see("series_to_lay")?.series;
        let due = series.to_lay.iter().take_while(|(at, _)| *at <= now).take(up_to(limit));
        Ok(due.filter_map(|(_, id)| series.by_id.get(id)).map(|series| Series::clone(series)).collect())
    }

    async fn occurrences(&mut self, id: SeriesId, from: DateTime<Utc>) -> Result<Vec<Job>> {
        Ok(self.see("occurrences")?.jobs.of_series(id, from).cloned().collect())
    }
}

#[async_trait]
impl SeriesWrites for Session<Writing> {
    async fn insert_series(&mut self, series: &Series) -> Result<()> {
        self.change("insert_series", |state| {
            if !state.projects.contains(series.project_id) {
                return Err(dangling("project", series.project_id.0));
            }
            if state.series.by_id.contains_key(&series.id) {
                return Err(StoreError::Duplicate("id"));
            }
            state.series.put(series);
            Ok(())
        })
    }

    async fn update_series(&mut self, series: &Series) -> Result<bool> {
        self.change("update_series", |state| {
            let before = state.series.by_id.get(&series.id).map(|before| before.version);
            if before.is_none_or(|version| version.checked_add(1) != Some(series.version)) {
                return Ok(false);
            }
            state.series.put(series);
            Ok(true)
        })
    }

    async fn delete_series(&mut self, id: SeriesId) -> Result<bool> {
        self.change("delete_series", |state| {
            if state.jobs.of_series(id, DateTime::<Utc>::MIN_UTC).next().is_some() {
                return Err(StoreError::Failed(format!("series {id} has occurrences")));
            }
            Ok(state.series.take(id))
        })
    }
}
