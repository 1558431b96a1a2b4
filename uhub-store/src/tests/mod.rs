#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! What is particular to databases. That both keep the promises of the ports is shown by the conformance suite under
//! `tests/`.

mod faults;
mod indexes;
mod notes;
mod opening;
mod revision;
mod round_trip;
mod sessions;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uhub_core::{
    model::{
        Environment, EnvironmentId, Job, JobEnvironment, JobId, JobStatus, JobType, Policy, Project,
        ProjectId, Slot, Tier, UserId,
    },
    ports::{
        clock::{Clock, Ids as _, ManualClock},
        store::Store as _,
    },
    workflow::Tracked,
};
use uuid::Uuid;

use crate::{SqlOptions, SqlStore, system::RandomIds};

/// Noon of a day in 2026.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_315_200, 0).unwrap()
}

pub(crate) fn id() -> Uuid {
    static IDS: std::sync::OnceLock<RandomIds> = std::sync::OnceLock::new();
    IDS.get_or_init(RandomIds::default).next(Utc::now())
}

/// A database of its own for one test.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) schema: Option<String>,
    _dir: Option<tempfile::TempDir>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("hub.db").display());
        Self { url, schema: None, _dir: Some(dir) }
    }

    pub(crate) fn postgres() -> Self {
        let url = std::env::var("UHUB_TEST_POSTGRES").expect(
            "UHUB_TEST_POSTGRES must name a PostgreSQL: eval \"$(cargo xtask services up postgres)\"",
        );
        Self { url, schema: Some(format!("t_{}", id().simple())), _dir: None }
    }

    pub(crate) fn options(&self) -> SqlOptions {
        SqlOptions { schema: self.schema.clone(), max_connections: 6, ..SqlOptions::default() }
    }

    pub(crate) async fn open(&self) -> SqlStore {
        SqlStore::connect(&self.url, self.options()).await.unwrap()
    }

    pub(crate) async fn open_at(&self, now: DateTime<Utc>) -> (SqlStore, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new(now));
        let options = SqlOptions { clock: Some(clock.clone() as Arc<dyn Clock>), ..self.options() };
        (SqlStore::connect(&self.url, options).await.unwrap(), clock)
    }

    /// Leaves nothing on the server.
    pub(crate) async fn clear(self) {
        if let Some(schema) = &self.schema {
            let pool = sqlx::PgPool::connect(&self.url).await.unwrap();
            let text = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&pool).await.unwrap();
        }
    }
}

/// Runs `$body` as a test on either database.
macro_rules! on_both {
    ($name:ident, |$place:ident| $body:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($place: &crate::tests::Place) {
                $body
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let place = crate::tests::Place::sqlite();
                body(&place).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let place = crate::tests::Place::postgres();
                body(&place).await;
                place.clear().await;
            }
        }
    };
}
pub(crate) use on_both;

pub(crate) fn environment(name: &str, tier: Tier) -> Environment {
    Environment { id: EnvironmentId(id()), name: name.to_owned(), tier, pool: name.to_owned() }
}

pub(crate) fn project(name: &str) -> Project {
    Project {
        id: ProjectId(id()),
        name: name.to_owned(),
        color: "#336699".to_owned(),
        owner_id: UserId(id()),
        environments: vec![environment("staging", Tier::Staging), environment("prod", Tier::Prod)],
        execution_backend: None,
        execution_backend_config: None,
        policy: Policy::default(),
        created_at: noon(),
        updated_at: noon(),
        version: 1,
    }
}

/// A release of `hours` hours in the project's first environment.
pub(crate) fn job(project: &Project, title: &str, start: DateTime<Utc>, hours: i64) -> Job {
    let environment = &project.environments[0];
    let user = project.owner_id;
    Job {
        id: JobId(id()),
        project_id: project.id,
        title: title.to_owned(),
        description: String::new(),
        job_type: JobType::Ops,
        environment: Some(JobEnvironment {
            id: environment.id,
            name: environment.name.clone(),
            tier: environment.tier,
            pool: environment.pool.clone(),
        }),
        slot: Slot::new(start, start + TimeDelta::hours(hours)).unwrap(),
        all_day: false,
        assignee_id: None,
        critical: None,
        execution: None,
        auto_start: false,
        status: Tracked::restore(JobStatus::Planned),
        created_by: user,
        edited_by: user,
        execution_edited_by: user,
        auto_started_for: None,
        occurrence: None,
        created_at: noon(),
        updated_at: noon(),
        version: 1,
    }
}

/// Stores a project.
pub(crate) async fn given(store: &SqlStore, project: &Project) {
    let mut session = store.write().await.unwrap();
    session.insert_project(project).await.unwrap();
    session.commit().await.unwrap();
}
