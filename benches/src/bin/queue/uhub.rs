//! uHub itself: a hub over PostgreSQL, and a worker whose backend has nothing to do.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use chrono::TimeDelta;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use tokio_util::sync::CancellationToken;
use uhub_core::{
    Hub,
    hub::{Acting, JobOutcome, Launch, LaunchOutcome, NewEnvironment, NewJob, NewProject, NewUser, Settings},
    model::{ExecutionSpec, JobId, JobType, Role, Run},
};
use uhub_exec::{Backends, Secrets, Worker, WorkerOptions};
use uhub_store::{
    SqlOptions, SqlStore,
    system::{RandomIds, SystemClock},
};

use crate::{contender::ready, noop::Noop};

/// How many runs are launched through the hub, to see how long that takes; the others are copies of the last.
const LAUNCHED: u32 = 2_000;
/// How many launch at once.
const LAUNCHERS: usize = 16;

#[derive(Debug, Deserialize)]
struct Setup {
    runs: u32,
    slots: u32,
}

/// A hub on the database at `url`.
pub(crate) async fn open(url: &str) -> Result<Hub> {
    let store = SqlStore::connect(url, SqlOptions::default()).await?;
    let settings = Settings::default();
    Ok(Hub::new(Arc::new(store), Arc::new(SystemClock), Arc::new(RandomIds::default()), settings))
}

/// Somebody with a project, and one job of tier dev that can be launched.
pub(crate) async fn furnish(hub: &Hub) -> Result<(Acting, JobId)> {
    let admin = NewUser {
        username: "bench".into(),
        password: None,
        email: "bench@uhub.local".into(),
        display_name: "Bench".into(),
        role: Role::Admin,
        theme: None,
    };
    let admin = hub.bootstrap_admin(admin).await?;
    let acting = hub.acting_as(&admin);
    let environment = NewEnvironment { id: None, name: "dev".into(), tier: None, pool: None };
    let project = NewProject {
        name: "Bench".into(),
        color: "#336699".into(),
        owner_id: admin.id,
        environments: vec![environment],
        execution_backend: None,
        execution_backend_config: None,
        policy: None,
    };
    let project = acting.create_project(project).await?;
    let job = NewJob {
        project_id: project.id,
        title: "Nothing".into(),
        description: None,
        job_type: JobType::Dev,
        environment: Some("dev".into()),
        planned_start: hub.now() + TimeDelta::days(1),
        planned_end: None,
        all_day: false,
        assignee_id: None,
        critical: None,
        execution: Some(ExecutionSpec {
            command: Some(vec!["/bin/true".into()]),
            ..ExecutionSpec::default()
        }),
        auto_start: Some(false),
    };
    match acting.create_job(job, None).await? {
        JobOutcome::Done(view) => Ok((acting, view.job.id)),
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

/// Copies a job `count` times. Gives the copies.
pub(crate) async fn copy_jobs(pool: &PgPool, job: JobId, count: u32) -> Result<Vec<JobId>> {
    let copy = format!(
        "INSERT INTO jobs SELECT copy.* FROM jobs job, generate_series(1, $2) AS n, \
         LATERAL jsonb_populate_record(job, jsonb_build_object('id', {})) AS copy WHERE job.id = $1 RETURNING id",
        copy_id('0')
    );
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar(AssertSqlSafe(copy)).bind(job.0).bind(i64::from(count)).fetch_all(pool).await?;
    Ok(ids.into_iter().map(JobId).collect())
}

/// Copies a queued run and its job `count` times, with the same due time: a queue as launches leave it.
async fn copy_queued(pool: &PgPool, run: &Run, count: u32) -> Result<()> {
    let mut copying = pool.begin().await?;
    for (table, template, more) in [("jobs", run.job_id.0, ""), ("runs", run.id.0, ", 'job_id', ")] {
        let id = copy_id(if table == "jobs" { '1' } else { '2' });
        let more = if more.is_empty() { String::new() } else { format!("{more}{}", copy_id('1')) };
        let copy = format!(
            "INSERT INTO {table} SELECT copy.* FROM {table} row, generate_series(1, $2) AS n, \
             LATERAL jsonb_populate_record(row, jsonb_build_object('id', {id}{more})) AS copy WHERE row.id = $1"
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
    pub(crate) fn start(hub: Hub, backend: &Arc<Noop>, slots: u32) -> Self {
        let backends = Backends::new().with(Arc::clone(backend) as _);
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

/// Burns down a queue.
pub(crate) async fn burn(database: &str, setup: &Value) -> Result<()> {
    let Setup { runs, slots } = Setup::deserialize(setup)?;
    let hub = open(database).await?;
    let (acting, job) = furnish(&hub).await?;
    let pool = PgPool::connect(database).await?;
    let launched = LAUNCHED.min(runs);
    let jobs = copy_jobs(&pool, job, launched).await?;
    let began = Instant::now();
    let launches = stream::iter(jobs).map(|job| launch(&acting, job));
    let queued: Vec<Run> = launches.buffer_unordered(LAUNCHERS).try_collect().await?;
    let seconds = began.elapsed().as_secs_f64();
    copy_queued(&pool, queued.last().context("nothing was launched")?, runs - launched).await?;
    drop((hub, acting));
    ready(&json!({ "enqueued": launched, "seconds": seconds }))?;

    let began = Instant::now();
    let backend = Arc::new(Noop::default());
    let working = Working::start(open(database).await?, &backend, slots);
    while backend.started() < u64::from(runs) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let unfinished = "SELECT count(*) FROM runs WHERE status IN ('queued', 'running')";
    while sqlx::query_scalar::<_, i64>(unfinished).fetch_one(&pool).await? > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    working.stop().await?;

    let ended: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM runs JOIN jobs ON jobs.id = runs.job_id JOIN audit ON audit.object_id = runs.id \
         WHERE runs.status = 'succeeded' AND jobs.status = 'succeeded' AND audit.action = 'run.finish'",
    )
    .fetch_one(&pool)
    .await?;
    ensure!(backend.started() == u64::from(runs), "{} starts of {runs} runs", backend.started());
    println!("{}", json!({ "ended": ended, "seconds": seconds }));
    Ok(())
}
