//! What rules go by, in a database.

use async_trait::async_trait;
use serde::Deserialize;
use uhub_core::ports::store::{GroundReads, Grounds, GroundsOf};
use uuid::Uuid;

use super::{
    approvals::{self, ApprovalRow},
    freezes::{self, FreezeRow},
    jobs::rows::JobRow,
    projects::{EnvironmentRow, ProjectRow, with_environments},
    users::UserRow,
};
use crate::{
    dialect::Dialect,
    error::{Result, corrupt},
    session::Session,
    sql::{Bind, Shape, Sql},
};

/// The answers to several questions at once. A list that would be empty, or was not asked for, is NULL.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answers {
    projects: Option<Vec<ProjectRow>>,
    environments: Option<Vec<EnvironmentRow>>,
    users: Option<Vec<UserRow>>,
    jobs: Option<Vec<JobRow>>,
    approvals: Option<Vec<ApprovalRow>>,
    freezes: Option<Vec<FreezeRow>>,
}

fn models<R: Shape>(rows: Option<Vec<R>>) -> Result<Vec<R::Model>> {
    rows.unwrap_or_default().into_iter().map(R::model).collect()
}

/// PostgreSQL: several questions in one statement, whose answers come as JSON.
struct Questions {
    sql: Sql,
    separator: &'static str,
}

impl Questions {
    fn new() -> Self {
        Self { sql: Sql::new("SELECT json_build_object("), separator: "" }
    }

    /// All rows of what `from` appends behind a SELECT of their columns.
    fn ask<R: Shape>(&mut self, name: &str, from: impl FnOnce(&mut Sql)) {
        self.sql.push(self.separator).push("'").push(name).push("', (SELECT json_agg(r) FROM (SELECT ");
        self.sql.push(R::COLUMNS).push(" ");
        from(&mut self.sql);
        self.sql.push(") AS r)");
        self.separator = ", ";
    }

    /// The rows of `table` whose `column` is one of `ids`, and so on.
    fn ask_of<R: Shape>(&mut self, table: &str, column: &str, ids: Vec<Uuid>, rest: &str) {
        self.ask::<R>(table, |sql| {
            sql.push("FROM ").push(table).push(" WHERE ");
            sql.any_of(Dialect::Postgres, column, Bind::Ids(ids)).push(rest);
        });
    }

    fn end(mut self) -> Sql {
        self.sql.push(")::text");
        self.sql
    }
}

fn ask(asked: GroundsOf<'_>) -> Sql {
    let GroundsOf { projects, users, jobs, at } = asked;
    let projects = || projects.iter().map(|project| project.0).collect();
    let mut questions = Questions::new();
    questions.ask_of::<ProjectRow>("projects", "id", projects(), "");
    questions.ask_of::<EnvironmentRow>("environments", "project_id", projects(), " ORDER BY place");
    questions.ask_of::<UserRow>("users", "id", users.iter().map(|user| user.0).collect(), "");
    if !jobs.is_empty() {
        questions.ask_of::<JobRow>("jobs", "id", jobs.iter().map(|job| job.0).collect(), "");
        questions.ask::<ApprovalRow>("approvals", |sql| approvals::open(sql, Dialect::Postgres, jobs));
    }
    questions.ask::<FreezeRow>("freezes", |sql| freezes::holding(sql, at));
    questions.end()
}

#[async_trait]
impl GroundReads for Session {
    async fn grounds(&mut self, asked: GroundsOf<'_>) -> Result<Grounds> {
        if self.dialect() == Dialect::Sqlite {
            return Grounds::one_by_one(self, asked).await;
        }
        let answers: String = self.value(ask(asked)).await?;
        let answers: Answers = serde_json::from_str(&answers).map_err(|error| corrupt("grounds", error))?;
        let environments = models(answers.environments)?;
        Ok(Grounds {
            projects: with_environments(models(answers.projects)?, environments),
            users: models(answers.users)?,
            jobs: models(answers.jobs)?,
            approvals: models(answers.approvals)?,
            freezes: models(answers.freezes)?,
        })
    }
}
