//! Jobs in a database.

pub(super) mod rows;
pub(super) mod windows;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    model::{CalendarEntry, Job, JobEnvironment, JobId, ProjectId, Slot},
    ports::store::{JobFilter, JobReads, JobWrites, Page, StoreError},
};

use self::rows::{EntryRow, JobRow, fields};
use crate::{
    error::Result,
    session::Session,
    sql::{Bind, Sql},
    values::At,
};

/// The jobs that launch by themselves and have not for this slot; word for word the condition of the index `jobs_due`.
const WAITING: &str = "auto_start AND status IN ('planned', 'approved') \
     AND (auto_started_for IS NULL OR auto_started_for <> planned_start)";

/// Those whose time has come.
pub(super) fn due(now: DateTime<Utc>, limit: u32) -> Sql {
    let mut sql = Sql::select::<JobRow>("FROM jobs WHERE ");
    sql.push(WAITING).push(" AND planned_start <= ").arg(now).push(" AND planned_end > ").arg(now);
    sql.ordered("planned_start, id", limit);
    sql
}

/// Those whose time has gone.
pub(super) fn missed(now: DateTime<Utc>, limit: u32) -> Sql {
    // Each part has an index of just its jobs; UNION takes a job that is in both once.
    let mut sql = Sql::new("SELECT ");
    sql.push(JobRow::COLUMNS).push(" FROM jobs WHERE id IN (");
    sql.push(
        "SELECT id FROM jobs WHERE auto_start AND execution IS NOT NULL \
         AND status IN ('planned', 'awaiting_approval', 'approved') AND planned_end <= ",
    );
    sql.arg(now).push(
        " UNION SELECT id FROM jobs WHERE status = 'awaiting_approval' \
         AND EXISTS (SELECT 1 FROM approvals a WHERE a.job_id = jobs.id AND a.kind = 'create' \
                     AND a.state = 'pending') \
         AND planned_end <= ",
    );
    sql.arg(now).push(")").ordered("planned_end, id", limit);
    sql
}

impl Session {
    /// The jobs with their environments as these are now: a job keeps only which one it is.
    async fn placed(&mut self, jobs: &[Job]) -> Result<Vec<Job>> {
        let mut ids: Vec<_> = jobs.iter().filter_map(|job| job.environment.as_ref()).map(|e| e.id.0).collect();
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
        let sql =
            Sql::select::<JobRow>("FROM jobs WHERE project_id = $1 AND title = $2 ORDER BY id LIMIT 1");
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
        let mut sql = Sql::new("SELECT planned_start FROM jobs WHERE ");
        sql.push(WAITING).push(" AND planned_start > ").arg(now).ordered("planned_start", 1);
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
        self.insert_all("jobs", rows).await
    }

    async fn update_job(&mut self, job: &Job) -> Result<bool> {
        for job in self.placed(std::slice::from_ref(job)).await? {
            let mut sql = Sql::update("jobs", fields(&job)?);
            sql.push(" WHERE id = ").arg(job.id.0).push(" AND version = ").arg(job.version.saturating_sub(1));
            return Ok(self.execute(sql).await? == 1);
        }
        Ok(false)
    }
}
