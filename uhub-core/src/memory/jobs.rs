//! Jobs in memory.

mod table;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub(super) use self::table::Jobs;
use super::{
    State,
    session::{Session, Writing},
};
use crate::{
    model::{CalendarEntry, Job, JobId, ProjectId, RunOrigin, Slot},
    ports::store::{JobFilter, JobReads, JobWrites, Page, Result},
};

fn insert(state: &mut State, jobs: &[Job]) -> Result<()> {
    for job in jobs {
        let job = state.projects.placed(job)?;
        state.series.check_reference(&job)?;
        state.jobs.insert(job)?;
    }
    Ok(())
}

#[async_trait]
impl<M: Send> JobReads for Session<M> {
    async fn job(&mut self, id: JobId) -> Result<Option<Job>> {
        Ok(self.see("job")?.jobs.get(id).cloned())
    }

    async fn jobs_by_ids(&mut self, ids: &[JobId]) -> Result<Vec<Job>> {
        let jobs = &self.see("jobs_by_ids")?.jobs;
        let ids: imbl::OrdSet<_> = ids.iter().copied().collect();
        Ok(ids.into_iter().filter_map(|id| jobs.get(id).cloned()).collect())
    }

    async fn jobs(&mut self, filter: &JobFilter, page: Page) -> Result<Vec<Job>> {
        Ok(self.see("jobs")?.jobs.list(filter, page))
    }

    async fn job_by_title(&mut self, project: ProjectId, title: &str) -> Result<Option<Job>> {
        Ok(self.see("job_by_title")?.jobs.by_title(project, title).cloned())
    }

    async fn calendar(&mut self, window: Slot, filter: &JobFilter) -> Result<Vec<CalendarEntry>> {
        Ok(self.see("calendar")?.jobs.calendar(window, filter))
    }

    async fn contenders(&mut self, pools: &[String], window: Slot) -> Result<Vec<CalendarEntry>> {
        Ok(self.see("contenders")?.jobs.contenders(pools, window))
    }

    async fn due_jobs(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Job>> {
        Ok(self.see("due_jobs")?.jobs.due(now, limit))
    }

    async fn missed_jobs(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Job>> {
        let state = self.see("missed_jobs")?;
        let launched = |job| state.runs.active(job).is_some_and(|run| run.origin == RunOrigin::Launch);
        let awaits_plan = |job| state.approvals.awaits_plan(job);
        Ok(state.jobs.missed(now, limit, state.runs.unclaimed(), launched, awaits_plan))
    }

    async fn next_due(&mut self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.see("next_due")?.jobs.next_due(now))
    }
}

#[async_trait]
impl JobWrites for Session<Writing> {
    async fn insert_job(&mut self, job: &Job) -> Result<()> {
        self.change("insert_job", |state| insert(state, std::slice::from_ref(job)))
    }

    async fn insert_jobs(&mut self, jobs: &[Job]) -> Result<()> {
        self.change("insert_jobs", |state| insert(state, jobs))
    }

    async fn update_job(&mut self, job: &Job) -> Result<bool> {
        self.change("update_job", |state| {
            let before = state.jobs.get(job.id).map(|before| before.version);
            if before.is_none_or(|version| version.checked_add(1) != Some(job.version)) {
                return Ok(false);
            }
            let job = state.projects.placed(job)?;
            state.series.check_reference(&job)?;
            state.jobs.check_occurrence(&job)?;
            state.jobs.replace(job);
            Ok(true)
        })
    }

    async fn hold_jobs(&mut self, ids: &[JobId]) -> Result<Vec<Job>> {
        self.jobs_by_ids(ids).await
    }

    async fn move_jobs(&mut self, jobs: &[Job]) -> Result<bool> {
        self.change("move_jobs", |state| {
            for job in jobs {
                let Some(before) = state.jobs.get(job.id).cloned() else { return Ok(false) };
                if before.version.checked_add(1) != Some(job.version) {
                    return Ok(false);
                }
                let moved = Job {
                    status: job.status,
                    auto_started_for: job.auto_started_for,
                    updated_at: job.updated_at,
                    version: job.version,
                    ..before
                };
                state.jobs.replace(moved);
            }
            Ok(true)
        })
    }
}
