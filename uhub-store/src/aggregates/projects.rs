//! Projects and their environments in a database.

use std::collections::HashMap;

use async_trait::async_trait;
use uhub_core::{
    model::{
        BackendConfig, BackendKind, Environment, EnvironmentId, Policy, Project, ProjectId, Tier, UserId,
    },
    ports::store::{Page, ProjectReads, ProjectWrites, StoreError},
};
use uuid::Uuid;

use super::ascending;
use crate::{
    error::{Failure, Result},
    session::Session,
    sql::{Bind, Fields, Shape, Sql, row},
    values::{At, Doc, Word},
};

row! {
    #[derive(serde::Deserialize)]
    pub(super) struct ProjectRow {
        id: Uuid,
        name: String,
        color: String,
        owner_id: Uuid,
        execution_backend: Option<Word<BackendKind>>,
        execution_backend_config: Option<Doc<BackendConfig>>,
        policy: Doc<Policy>,
        created_at: At,
        updated_at: At,
        version: i64,
    }
}

impl Shape for ProjectRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = Project;

    /// Its environments come from another table.
    fn model(self) -> Result<Project> {
        Ok(Project {
            id: ProjectId(self.id),
            name: self.name,
            color: self.color,
            owner_id: UserId(self.owner_id),
            environments: Vec::new(),
            execution_backend: self.execution_backend.map(|Word(backend)| backend),
            execution_backend_config: self.execution_backend_config.map(|Doc(config)| config),
            policy: self.policy.0,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            version: self.version,
        })
    }
}

row! {
    #[derive(serde::Deserialize)]
    pub(super) struct EnvironmentRow {
        project_id: Uuid,
        id: Uuid,
        name: String,
        tier: Word<Tier>,
        pool: String,
    }
}

impl Shape for EnvironmentRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = (ProjectId, Environment);

    fn model(self) -> Result<Self::Model> {
        let environment =
            Environment { id: EnvironmentId(self.id), name: self.name, tier: self.tier.0, pool: self.pool };
        Ok((ProjectId(self.project_id), environment))
    }
}

fn fields(project: &Project) -> Result<Fields> {
    let config = project.execution_backend_config.as_ref();
    let limits_runs = config.is_some_and(BackendConfig::limits_runs);
    let config = config.map(json).transpose()?;
    Ok(vec![
        ("name", project.name.as_str().into()),
        ("color", project.color.as_str().into()),
        ("owner_id", project.owner_id.0.into()),
        ("execution_backend", project.execution_backend.map(BackendKind::as_str).into()),
        ("execution_backend_config", config.into()),
        ("limits_runs", limits_runs.into()),
        ("policy", json(&project.policy)?.into()),
        ("created_at", project.created_at.into()),
        ("updated_at", project.updated_at.into()),
        ("version", project.version.into()),
    ])
}

/// A value as the text that a [`Doc`] is read from.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Failed(format!("cannot be written as JSON: {error}")))
}

/// Gives projects their environments, which come in order.
pub(super) fn with_environments(
    mut projects: Vec<Project>,
    environments: Vec<(ProjectId, Environment)>,
) -> Vec<Project> {
    let mut by_project: HashMap<ProjectId, Vec<Environment>> = HashMap::new();
    for (project, environment) in environments {
        by_project.entry(project).or_default().push(environment);
    }
    for project in &mut projects {
        project.environments = by_project.remove(&project.id).unwrap_or_default();
    }
    projects
}

fn environment_row(project: ProjectId, place: usize, environment: &Environment) -> Fields {
    vec![
        ("id", environment.id.0.into()),
        ("project_id", project.0.into()),
        ("place", i64::try_from(place).unwrap_or(i64::MAX).into()),
        ("name", environment.name.as_str().into()),
        ("tier", environment.tier.as_str().into()),
        ("pool", environment.pool.as_str().into()),
    ]
}

impl Session {
    /// Gives projects their environments.
    async fn complete(&mut self, projects: Vec<Project>) -> Result<Vec<Project>> {
        if projects.is_empty() {
            return Ok(projects);
        }
        let mut sql = Sql::select::<EnvironmentRow>("FROM environments WHERE ");
        let ids = projects.iter().map(|project| project.id.0).collect();
        sql.any_of(self.dialect(), "project_id", Bind::Ids(ids)).push(" ORDER BY place");
        Ok(with_environments(projects, self.all::<EnvironmentRow>(sql).await?))
    }

    async fn project_where(&mut self, sql: Sql) -> Result<Option<Project>> {
        let found = self.all::<ProjectRow>(sql).await?;
        Ok(self.complete(found).await?.pop())
    }

    /// These environments as they are now. Where one changes before the commit, the foreign key of the jobs tells.
    pub(super) async fn environments(
        &mut self,
        ids: Vec<Uuid>,
    ) -> Result<HashMap<EnvironmentId, Environment>> {
        let mut sql = Sql::select::<EnvironmentRow>("FROM environments WHERE ");
        sql.any_of(self.dialect(), "id", Bind::Ids(ids));
        let rows = self.all::<EnvironmentRow>(sql).await?;
        Ok(rows.into_iter().map(|(_, environment)| (environment.id, environment)).collect())
    }

    /// Makes the stored environments those of `project`. Jobs follow by their foreign key.
    async fn replace_environments(&mut self, project: &Project) -> Result<()> {
        let sql = Sql::select::<EnvironmentRow>("FROM environments WHERE project_id = $1").bind(project.id.0);
        let mut before: HashMap<EnvironmentId, Environment> = HashMap::new();
        for (_, environment) in self.all::<EnvironmentRow>(sql).await? {
            before.insert(environment.id, environment);
        }

        // First away with what goes, and with names that others are to take over.
        let gone: Vec<Uuid> = before
            .keys()
            .filter(|id| !project.environments.iter().any(|environment| environment.id == **id))
            .map(|id| id.0)
            .collect();
        for id in &gone {
            let done = self.try_execute(Sql::new("DELETE FROM environments WHERE id = $1").bind(*id)).await;
            done.map_err(|failure| match failure {
                Failure { foreign_key: true, .. } => StoreError::Duplicate("environments"),
                failure => failure.into_error(),
            })?;
        }
        for new in &project.environments {
            let Some(old) = before.get(&new.id) else { continue };
            let wanted =
                project.environments.iter().any(|other| other.id != new.id && other.name == old.name);
            if new.name != old.name && wanted {
                // No name of an environment begins like this.
                let aside = format!("-{}", old.id.0.simple());
                let sql =
                    Sql::new("UPDATE environments SET name = $1 WHERE id = $2").bind(aside).bind(old.id.0);
                self.execute(sql.slow()).await?;
            }
        }

        for (place, environment) in project.environments.iter().enumerate() {
            let mut row = environment_row(project.id, place, environment);
            if before.contains_key(&environment.id) {
                // A tier never changes (DOMAIN §3.5).
                row.retain(|(column, _)| matches!(*column, "place" | "name" | "pool"));
                let mut sql = Sql::update("environments", row);
                sql.push(" WHERE id = ").arg(environment.id.0);
                self.execute(sql.slow()).await?;
            } else {
                self.execute(Sql::insert("environments", row)).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl ProjectReads for Session {
    async fn project(&mut self, id: ProjectId) -> Result<Option<Project>> {
        self.project_where(Sql::select::<ProjectRow>("FROM projects WHERE id = $1").bind(id.0)).await
    }

    async fn project_by_name(&mut self, name: &str) -> Result<Option<Project>> {
        self.project_where(Sql::select::<ProjectRow>("FROM projects WHERE name = $1").bind(name)).await
    }

    async fn projects(&mut self, page: Page) -> Result<Vec<Project>> {
        let mut sql = Sql::select::<ProjectRow>("FROM projects WHERE TRUE");
        ascending(&mut sql, page);
        let found = self.all::<ProjectRow>(sql).await?;
        self.complete(found).await
    }

    async fn projects_by_ids(&mut self, ids: &[ProjectId]) -> Result<Vec<Project>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::select::<ProjectRow>("FROM projects WHERE ");
        sql.any_of(self.dialect(), "id", Bind::Ids(ids.iter().map(|id| id.0).collect()));
        let found = self.all::<ProjectRow>(sql).await?;
        self.complete(found).await
    }

    async fn projects_with_room(&mut self) -> Result<Vec<Project>> {
        let projects =
            self.all::<ProjectRow>(Sql::select::<ProjectRow>("FROM projects WHERE limits_runs")).await?;
        self.complete(projects).await
    }
}

#[async_trait]
impl ProjectWrites for Session {
    async fn insert_project(&mut self, project: &Project) -> Result<()> {
        let mut row = fields(project)?;
        row.push(("id", project.id.0.into()));
        self.execute(Sql::insert("projects", row)).await?;
        let environments = project.environments.iter().enumerate();
        let rows = environments
            .map(|(place, environment)| environment_row(project.id, place, environment))
            .collect();
        self.insert_all("environments", rows, "").await
    }

    async fn update_project(&mut self, project: &Project) -> Result<bool> {
        let mut sql = Sql::update("projects", fields(project)?);
        sql.push(" WHERE id = ")
            .arg(project.id.0)
            .push(" AND version = ")
            .arg(project.version.saturating_sub(1));
        if self.execute(sql).await? == 0 {
            return Ok(false);
        }
        self.replace_environments(project).await?;
        Ok(true)
    }
}
