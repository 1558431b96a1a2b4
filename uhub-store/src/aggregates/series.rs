//! Series in a database.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use uhub_core::{
    model::{EnvironmentId, ExecutionSpec, Job, JobType, ProjectId, Series, SeriesId, Skipped, UserId},
    ports::store::{Page, SeriesReads, SeriesWrites},
    recurrence::Recurrence,
};
use uuid::Uuid;

use super::{ascending, jobs::rows::JobRow, projects::json};
use crate::{
    error::{Result, corrupt},
    session::Session,
    sql::{Bind, Fields, Shape, Sql, row},
    values::{At, Doc, Word},
};

row! {
    struct SeriesRow {
        id: Uuid,
        project_id: Uuid,
        title: String,
        description: String,
        job_type: Word<JobType>,
        environment_id: Option<Uuid>,
        all_day: bool,
        assignee_id: Option<Uuid>,
        critical: Option<bool>,
        execution: Option<Doc<ExecutionSpec>>,
        auto_start: bool,
        rule: String,
        zone: Word<Tz>,
        local_start: Word<NaiveDateTime>,
        exceptions: Doc<Vec<NaiveDateTime>>,
        length_seconds: i64,
        lay_at: Option<At>,
        skipped: Doc<Vec<Skipped>>,
        source: Option<String>,
        created_by: Uuid,
        edited_by: Uuid,
        execution_edited_by: Uuid,
        created_at: At,
        updated_at: At,
        version: i64,
    }
}

impl Shape for SeriesRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = Series;

    fn model(self) -> Result<Series> {
        let recurrence = Recurrence::new(&self.rule, self.zone.0, self.local_start.0, self.exceptions.0)
            .map_err(|error| corrupt("rule", error))?;
        Ok(Series {
            id: SeriesId(self.id),
            project_id: ProjectId(self.project_id),
            title: self.title,
            description: self.description,
            job_type: self.job_type.0,
            environment_id: self.environment_id.map(EnvironmentId),
            all_day: self.all_day,
            assignee_id: self.assignee_id.map(UserId),
            critical: self.critical,
            execution: self.execution.map(|Doc(execution)| execution),
            auto_start: self.auto_start,
            recurrence,
            length: TimeDelta::try_seconds(self.length_seconds)
                .ok_or_else(|| corrupt("length_seconds", "too long"))?,
            lay_at: self.lay_at.map(|At(at)| at),
            skipped: self.skipped.0,
            source: self.source,
            created_by: UserId(self.created_by),
            edited_by: UserId(self.edited_by),
            execution_edited_by: UserId(self.execution_edited_by),
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            version: self.version,
        })
    }
}

/// All columns but the id.
fn fields(series: &Series) -> Result<Fields> {
    let Series {
        id: _,
        project_id,
        title,
        description,
        job_type,
        environment_id,
        all_day,
        assignee_id,
        critical,
        execution,
        auto_start,
        recurrence,
        length,
        lay_at,
        skipped,
        source,
        created_by,
        edited_by,
        execution_edited_by,
        created_at,
        updated_at,
        version,
    } = series;
    Ok(vec![
        ("project_id", project_id.0.into()),
        ("title", title.as_str().into()),
        ("description", description.as_str().into()),
        ("job_type", job_type.as_str().into()),
        ("environment_id", environment_id.map(|environment| environment.0).into()),
        ("all_day", (*all_day).into()),
        ("assignee_id", assignee_id.map(|user| user.0).into()),
        ("critical", (*critical).into()),
        ("execution", execution.as_ref().map(json).transpose()?.into()),
        ("auto_start", (*auto_start).into()),
        ("rule", recurrence.rule().into()),
        ("zone", recurrence.zone().name().into()),
        ("local_start", recurrence.start().format("%Y-%m-%dT%H:%M:%S%.f").to_string().into()),
        ("exceptions", json(&recurrence.exceptions())?.into()),
        ("length_seconds", length.num_seconds().into()),
        ("lay_at", (*lay_at).into()),
        ("skipped", json(skipped)?.into()),
        ("source", source.as_deref().into()),
        ("created_by", created_by.0.into()),
        ("edited_by", edited_by.0.into()),
        ("execution_edited_by", execution_edited_by.0.into()),
        ("created_at", (*created_at).into()),
        ("updated_at", (*updated_at).into()),
        ("version", (*version).into()),
    ])
}

#[async_trait]
impl SeriesReads for Session {
    async fn series(&mut self, id: SeriesId) -> Result<Option<Series>> {
        self.first::<SeriesRow>(Sql::select::<SeriesRow>("FROM series WHERE id = $1").bind(id.0)).await
    }

    async fn list_series(&mut self, project: Option<ProjectId>, page: Page) -> Result<Vec<Series>> {
        let mut sql = Sql::select::<SeriesRow>("FROM series WHERE TRUE");
        if let Some(project) = project {
            sql.push(" AND project_id = ").arg(project.0);
        }
        ascending(&mut sql, page);
        self.all::<SeriesRow>(sql).await
    }

    async fn series_from(&mut self, project: ProjectId, sources: &[String]) -> Result<Vec<Series>> {
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql =
            Sql::select::<SeriesRow>("FROM series WHERE project_id = $1 AND source IS NOT NULL AND ")
                .bind(project.0);
        sql.any_of(self.dialect(), "source", Bind::Texts(sources.to_vec())).push(" ORDER BY id");
        self.all::<SeriesRow>(sql).await
    }

    async fn series_to_lay(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Series>> {
        let mut sql =
            Sql::select::<SeriesRow>("FROM series WHERE lay_at IS NOT NULL AND lay_at <= $1").bind(now);
        sql.ordered("lay_at, id", limit);
        self.all::<SeriesRow>(sql).await
    }

    async fn occurrences(&mut self, id: SeriesId, from: DateTime<Utc>) -> Result<Vec<Job>> {
        let sql =
            Sql::select::<JobRow>("FROM jobs WHERE series_id = $1 AND occurrence >= $2 ORDER BY occurrence");
        self.all::<JobRow>(sql.bind(id.0).bind(from)).await
    }
}

#[async_trait]
impl SeriesWrites for Session {
    async fn insert_series(&mut self, series: &Series) -> Result<()> {
        let mut row = fields(series)?;
        row.push(("id", series.id.0.into()));
        self.execute(Sql::insert("series", row)).await.map(drop)
    }

    async fn update_series(&mut self, series: &Series) -> Result<bool> {
        let mut sql = Sql::update("series", fields(series)?);
        sql.push(" WHERE id = ")
            .arg(series.id.0)
            .push(" AND version = ")
            .arg(series.version.saturating_sub(1));
        Ok(self.execute(sql).await? == 1)
    }

    async fn delete_series(&mut self, id: SeriesId) -> Result<bool> {
        Ok(self.execute(Sql::new("DELETE FROM series WHERE id = $1").bind(id.0)).await? == 1)
    }
}
