//! What rules go by, in a database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uhub_core::{
    model::{ProjectId, UserId},
    ports::store::{GroundReads, Grounds},
};

use super::{
    freezes::{FreezeRow, holding},
    projects::{EnvironmentRow, ProjectRow, with_environments},
    users::UserRow,
};
use crate::{
    dialect::Dialect,
    error::{Result, corrupt},
    session::Session,
    sql::{Bind, Shape, Sql},
};

/// The answers to several questions at once. A list that would be empty is NULL.
#[derive(Deserialize)]
struct Answers {
    projects: Option<Vec<ProjectRow>>,
    environments: Option<Vec<EnvironmentRow>>,
    users: Option<Vec<UserRow>>,
    freezes: Option<Vec<FreezeRow>>,
}

fn models<R: Shape>(rows: Option<Vec<R>>) -> Result<Vec<R::Model>> {
    rows.unwrap_or_default().into_iter().map(R::model).collect()
}

/// PostgreSQL: all questions in one statement, and the rows as JSON.
pub(super) fn ask(projects: &[ProjectId], users: &[UserId], at: DateTime<Utc>) -> Sql {
    let projects = || Bind::Ids(projects.iter().map(|project| project.0).collect());
    let users = Bind::Ids(users.iter().map(|user| user.0).collect());
    let mut sql = Sql::new("SELECT json_build_object('projects', (SELECT json_agg(r) FROM (SELECT ");
    sql.push(ProjectRow::COLUMNS).push(" FROM projects WHERE ");
    sql.any_of(Dialect::Postgres, "id", projects());
    sql.push(") AS r), 'environments', (SELECT json_agg(r) FROM (SELECT ").push(EnvironmentRow::COLUMNS);
    sql.push(" FROM environments WHERE ").any_of(Dialect::Postgres, "project_id", projects());
    sql.push(" ORDER BY place) AS r), 'users', (SELECT json_agg(r) FROM (SELECT ").push(UserRow::COLUMNS);
    sql.push(" FROM users WHERE ").any_of(Dialect::Postgres, "id", users);
    sql.push(") AS r), 'freezes', (SELECT json_agg(r) FROM (SELECT ").push(FreezeRow::COLUMNS);
    holding(&mut sql, at).push(") AS r))::text");
    sql
}

#[async_trait]
impl GroundReads for Session {
    async fn grounds(
        &mut self,
        projects: &[ProjectId],
        users: &[UserId],
        at: DateTime<Utc>,
    ) -> Result<Grounds> {
        if self.dialect() == Dialect::Sqlite {
            return Grounds::one_by_one(self, projects, users, at).await;
        }
        let answers: String = self.value(ask(projects, users, at)).await?;
        let answers: Answers = serde_json::from_str(&answers).map_err(|error| corrupt("grounds", error))?;
        let environments = models(answers.environments)?;
        Ok(Grounds {
            projects: with_environments(models(answers.projects)?, environments),
            users: models(answers.users)?,
            freezes: models(answers.freezes)?,
        })
    }
}
