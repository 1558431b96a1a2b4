//! Jobs in a database.

pub(super) mod rows;
pub(super) mod windows;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    model::{CalendarEntry, Job, JobEnvironment, JobId, ProjectId, Slot},
    ports::store::{JobFilter, JobReads, JobWrites, Page, StoreError},
};

use self::rows::{EntryRow, JobRow, fields, progress};
use crate::{
    dialect::Dialect,
    error::Result,
    session::Session,
    sql::{Bind, Sql},
    values::At,
};

/// Those whose time has come.
pub(super) fn due(now: DateTime<Utc>, limit: u32) -> Sql {
    let mut sql =
        Sql::select::<JobRow>("FROM jobs WHERE waiting AND planned_start <= $1 AND planned_end > $2")
            .bind(now)
            .bind(now);
    sql.ordered("planned_start, id", limit);
    sql
}

/// Those whose time has gone.
pub(super) fn missed(now: DateTime<Utc>, limit: u32) -> Sql {
    // Each part has an index of just its jobs; UNION takes a job that is in both once.
    let mut sql = Sql::select::<JobRow>(
        "FROM jobs WHERE id IN (\
             SELECT id FROM jobs WHERE missable AND planned_end <= $1 \
                 AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.job_id = jobs.id \
                                 AND runs.status IN ('queued', 'running') AND runs.origin = 'launch') \
             UNION \
             SELECT jobs.id FROM runs JOIN jobs ON jobs.id = runs.job_id \
                 WHERE runs.status = 'queued' AND runs.origin = 'auto_start' AND runs.attempt = 1 \
                 AND jobs.planned_end <= $2 \
             UNION \
             SELECT id FROM jobs WHERE status = 'awaiting_approval' AND planned_end <= $3 \
                 AND id IN (SELECT job_id FROM approvals WHERE kind = 'create' AND state = 'pending'))",
    )
    .bind(now)
    .bind(now)
    .bind(now);
    sql.ordered("planned_end, id", limit);
    sql
}

/// Writes how a job gets on, where its version is as expected.
pub(super) fn move_one(job: &Job) -> Sql {
    let mut sql = Sql::update("jobs", progress(job));
    sql.push(" WHERE id = ").arg(job.id.0).push(" AND version = ").arg(job.version.saturating_sub(1));
    sql
}

/// PostgreSQL: as [`move_one`], of many.
fn move_all(jobs: &[Job]) -> Sql {
    let rows = jobs.iter().map(|job| {
        let mut row = progress(job);
        row.push(("id", job.id.0.into()));
        row.push(("before", job.version.saturating_sub(1).into()));
        row
    });
    let mut sql = Sql::update_columns("jobs", &["id", "before"], rows.collect());
    sql.push(" WHERE jobs.id = new.id AND jobs.version = new.before");
    sql
}

impl Session {
    /// The jobs with their environments as these are now: a job keeps only which one it is.
    async fn placed(&mut self, jobs: &[Job]) -> Result<Vec<Job>> {
        let mut ids: Vec<_> =
            jobs.iter().filter_map(|job| job.environment.as_ref()).map(|e| e.id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(jobs.to_vec());
        }
        let environments = self.environments(ids).await?;
        let mut placed = Vec::with_capacity(jobs.len());
        for job in jobs {
            let mut job = job.clone();
            if let Some(environment) = &mut job.environment {
                let Some(present) = environments.get(&environment.id) else {
                    let missing = format!("there is no environment {}", environment.id);
                    return Err(self.fail(StoreError::Failed(missing)));
                };
                *environment = JobEnvironment {
                    id: present.id,
                    name: present.name.clone(),
                    tier: present.tier,
                    pool: present.pool.clone(),
                };
            }
            placed.push(job);
        }
        Ok(placed)
    }
}

#[async_trait]
impl JobReads for Session {
    async fn job(&mut self, id: JobId) -> Result<Option<Job>> {
        self.first::<JobRow>(Sql::select::<JobRow>("FROM jobs WHERE id = $1").bind(id.0)).await
    }

    async fn jobs_by_ids(&mut self, ids: &[JobId]) -> Result<Vec<Job>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::select::<JobRow>("FROM jobs WHERE ");
        sql.any_of(self.dialect(), "id", Bind::Ids(ids.iter().map(|id| id.0).collect()));
        self.all::<JobRow>(sql).await
    }

    async fn jobs(&mut self, filter: &JobFilter, page: Page) -> Result<Vec<Job>> {
        self.all::<JobRow>(windows::list::<JobRow>(filter, page)).await
    }

    async fn job_by_title(&mut self, project: ProjectId, title: &str) -> Result<Option<Job>> {
        let sql = Sql::select::<JobRow>("FROM jobs WHERE project_id = $1 AND title = $2 ORDER BY id LIMIT 1");
        self.first::<JobRow>(sql.bind(project.0).bind(title)).await
    }

    async fn calendar(&mut self, window: Slot, filter: &JobFilter) -> Result<Vec<CalendarEntry>> {
        self.all::<EntryRow>(windows::calendar::<EntryRow>(window, filter)).await
    }

    async fn contenders(&mut self, pools: &[String], window: Slot) -> Result<Vec<CalendarEntry>> {
        if pools.is_empty() {
            return Ok(Vec::new());
        }
        self.all::<EntryRow>(windows::contenders::<EntryRow>(self.dialect(), pools, window)).await
    }

    async fn due_jobs(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Job>> {
        self.all::<JobRow>(due(now, limit)).await
    }

    async fn missed_jobs(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Job>> {
        self.all::<JobRow>(missed(now, limit)).await
    }

    async fn next_due(&mut self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let sql = Sql::new(
            "SELECT planned_start FROM jobs WHERE waiting AND planned_start > $1 ORDER BY planned_start LIMIT 1",
        )
        .bind(now);
        Ok(self.row::<(At,)>(sql).await?.map(|(At(at),)| at))
    }
}

#[async_trait]
impl JobWrites for Session {
    async fn insert_job(&mut self, job: &Job) -> Result<()> {
        self.insert_jobs(std::slice::from_ref(job)).await
    }

    async fn insert_jobs(&mut self, jobs: &[Job]) -> Result<()> {
        let rows = self
            .placed(jobs)
            .await?
            .iter()
            .map(|job| {
                let mut row = fields(job)?;
                row.push(("id", job.id.0.into()));
                Ok(row)
            })
            .collect::<Result<Vec<_>>>()?;
        self.insert_all("jobs", rows, "").await
    }

    async fn update_job(&mut self, job: &Job) -> Result<bool> {
        let placed = self.placed(std::slice::from_ref(job)).await?;
        let mut sql = Sql::update("jobs", fields(placed.first().unwrap_or(job))?);
        sql.push(" WHERE id = ").arg(job.id.0).push(" AND version = ").arg(job.version.saturating_sub(1));
        Ok(self.execute(sql).await? == 1)
    }

    async fn hold_jobs(&mut self, ids: &[JobId]) -> Result<Vec<Job>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::select::<JobRow>("FROM jobs WHERE ");
        sql.any_of(self.dialect(), "id", Bind::Ids(ids.iter().map(|id| id.0).collect()));
        // In one order, so that two sessions cannot wait for each other.
        sql.push(" ORDER BY id").push(self.dialect().hold());
        self.all::<JobRow>(sql).await
    }

    async fn move_jobs(&mut self, jobs: &[Job]) -> Result<bool> {
        let mut moved = 0;
        if self.dialect() == Dialect::Sqlite || jobs.len() <= 1 {
            for job in jobs {
                moved += self.execute(move_one(job)).await?;
            }
        } else {
            moved = self.execute(move_all(jobs)).await?;
        }
        Ok(usize::try_from(moved) == Ok(jobs.len()))
    }
}
