//! uHub itself: a hub over PostgreSQL, and a worker whose backend has nothing to do.

mod burn;
mod latency;

use std::sync::Arc;

use anyhow::{Result, bail};
pub(crate) use burn::burn;
use chrono::TimeDelta;
pub(crate) use latency::latency;
use sqlx::{AssertSqlSafe, PgPool};
use tokio_util::sync::CancellationToken;
use uhub_core::{
    Hub,
    hub::{Acting, JobOutcome, Launch, LaunchOutcome, NewEnvironment, NewJob, NewProject, NewUser, Settings},
    model::{ExecutionSpec, JobId, JobType, ProjectId, Role, Run, Tier, UserKind},
    ports::exec::ExecutionBackend,
};
use uhub_exec::{Backends, Secrets, Worker, WorkerOptions};
use uhub_store::{
    SqlOptions, SqlStore,
    system::{RandomIds, SystemClock},
};

/// A hub on the database at `url`.
pub(crate) async fn open(url: &str) -> Result<Hub> {
    let store = SqlStore::connect(url, SqlOptions::default()).await?;
    let settings = Settings::default();
    Ok(Hub::new(Arc::new(store), Arc::new(SystemClock), Arc::new(RandomIds::default()), settings))
}

/// What jobs execute.
pub(crate) const PROGRAM: &str = "/bin/true";

/// How many environments launches are spread over: those of one pool go one after the other, as changes of its slots do.
const ENVIRONMENTS: u32 = 16;

/// Somebody with a project, and a job of tier dev in each of its environments that can be launched.
pub(crate) async fn furnish(hub: &Hub) -> Result<(Acting, Vec<JobId>)> {
    let (acting, project) = found(hub).await?;
    let mut jobs = Vec::new();
    for number in 1..=ENVIRONMENTS {
        jobs.push(plan(hub, &acting, project, number, execution()).await?);
    }
    Ok((acting, jobs))
}

/// Somebody with a project.
pub(crate) async fn found(hub: &Hub) -> Result<(Acting, ProjectId)> {
    let admin = NewUser {
        username: "bench".into(),
        password: None,
        email: "bench@uhub.local".into(),
        display_name: "Bench".into(),
        kind: UserKind::Person,
        role: Role::Admin,
        theme: None,
    };
    let admin = hub.bootstrap_admin(admin).await?;
    let acting = hub.acting_as(&admin);
    let environment = |number| NewEnvironment {
        id: None,
        name: format!("dev-{number}"),
        tier: Some(Tier::Dev),
        pool: None,
    };
    let project = NewProject {
        name: "Bench".into(),
        color: "#336699".into(),
        owner_id: admin.id,
        environments: (1..=ENVIRONMENTS).map(environment).collect(),
        execution_backend: None,
        execution_backend_config: None,
        policy: None,
    };
    let project = acting.create_project(project).await?;
    Ok((acting, project.id))
}

/// What most of them execute.
pub(crate) fn execution() -> ExecutionSpec {
    ExecutionSpec { command: Some(vec![PROGRAM.into()]), ..ExecutionSpec::default() }
}

/// A job in one of the project's environments.
pub(crate) async fn plan(
    hub: &Hub,
    acting: &Acting,
    project: ProjectId,
    number: u32,
    execution: ExecutionSpec,
) -> Result<JobId> {
    let job = NewJob {
        project_id: project,
        title: "Nothing".into(),
        description: None,
        job_type: JobType::Dev,
        environment: Some(format!("dev-{}", (number - 1) % ENVIRONMENTS + 1)),
        planned_start: hub.now() + TimeDelta::days(1),
        planned_end: None,
        all_day: false,
        assignee_id: None,
        critical: None,
        execution: Some(execution),
        auto_start: Some(false),
    };
    match acting.create_job(job, None).await? {
        JobOutcome::Done(view) => Ok(view.job.id),
        JobOutcome::Waiting { .. } => bail!("a job of tier dev needs no approval"),
    }
}

/// The id of the nth copy of a row, as a UUIDv7 of now, so that copies come in the order of their making.
fn copy_id(kind: char) -> String {
    format!(
        "(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '70008{kind}00' \
         || lpad(to_hex(n), 12, '0'))::uuid"
    )
}

/// Makes `count` copies of the jobs, in turn. Gives the copies.
async fn copy_jobs(pool: &PgPool, jobs: &[JobId], count: u32) -> Result<Vec<JobId>> {
    let copy = format!(
        "INSERT INTO jobs SELECT copy.* FROM generate_series(1, $2) AS n \
         JOIN unnest($1::uuid[]) WITH ORDINALITY AS template (id, place) ON place = n % cardinality($1) + 1 \
         JOIN jobs job ON job.id = template.id, \
         LATERAL jsonb_populate_record(job, jsonb_build_object('id', {})) AS copy RETURNING id",
        copy_id('0')
    );
    let templates: Vec<uuid::Uuid> = jobs.iter().map(|job| job.0).collect();
    let copy = sqlx::query_scalar(AssertSqlSafe(copy)).bind(templates).bind(i64::from(count));
    let mut copies: Vec<uuid::Uuid> = copy.fetch_all(pool).await?;
    copies.sort_unstable();
    Ok(copies.into_iter().map(JobId).collect())
}

/// Copies a run and its job `count` times, as they are in the store; `more` are fields of the run that differ, in SQL.
pub(crate) async fn copy_runs(pool: &PgPool, kind: char, run: &Run, count: u32, more: &str) -> Result<()> {
    let id = copy_id(kind);
    let mut copying = pool.begin().await?;
    let of_run = format!(", 'job_id', {id}{more}");
    for (table, template, more) in [("jobs", run.job_id.0, ""), ("runs", run.id.0, &of_run)] {
        let copy = format!(
            "INSERT INTO {table} SELECT copy.* FROM {table} original, generate_series(1, $2) AS n, \
             LATERAL jsonb_populate_record(original, jsonb_build_object('id', {id}{more})) AS copy \
             WHERE original.id = $1"
        );
        let copy = sqlx::query(AssertSqlSafe(copy)).bind(template).bind(i64::from(count));
        copy.execute(&mut *copying).await?;
    }
    Ok(copying.commit().await?)
}

/// Launches a job.
pub(crate) async fn launch(acting: &Acting, job: JobId) -> Result<Run> {
    match acting.launch(job, Launch::default(), None).await? {
        LaunchOutcome::Started(run) => Ok(run),
        LaunchOutcome::Waiting { .. } => bail!("a run of tier dev needs no approval"),
    }
}

/// A worker that works until it is stopped.
pub(crate) struct Working {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Working {
    pub(crate) fn start(hub: Hub, backend: Arc<dyn ExecutionBackend>, slots: u32) -> Self {
        let backends = Backends::new().with(backend);
        let options = WorkerOptions { slots, ..WorkerOptions::default() };
        let worker = Worker::new(hub, backends, Secrets::new(), options);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        Self { stop, task: tokio::spawn(async move { worker.run(stopped).await }) }
    }

    pub(crate) async fn stop(self) -> Result<()> {
        self.stop.cancel();
        Ok(self.task.await?)
    }
}
