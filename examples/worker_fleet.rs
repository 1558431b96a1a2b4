//! Three workers on one database share forty runs: each goes to one of them, once. PostgreSQL where `PLAN_DATABASE` says
//! so (`postgres://…`), else a file.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use uhub_core::{
    hub::{JobOutcome, Launch, LaunchOutcome},
    model::{BackendKind, ExecutionSpec},
};
use uhub_examples::{boss, ended, project, release};
use uhub_http::cli::Embedded;

#[tokio::main]
async fn main() -> Result<()> {
    let scratch = std::env::temp_dir().join(format!("uhub-fleet-{}.sqlite", std::process::id()));
    let database = std::env::var("PLAN_DATABASE").unwrap_or_else(|_| format!("sqlite:{}", scratch.display()));
    let schema = format!("fleet_{}", std::process::id());
    let mut flags = vec![
        format!("--database={database}"),
        "--local-program=/bin/echo".to_owned(),
        "--local-root=/tmp".to_owned(),
        "--worker-slots=2".to_owned(),
    ];
    if database.starts_with("postgres") {
        flags.push(format!("--database-schema={schema}"));
    }
    let mut fleet = Vec::new();
    for number in 1..=3 {
        let named = [flags.clone(), vec![format!("--worker-name=worker-{number}")]].concat();
        fleet.push(Embedded::open(&named, Vec::new(), Vec::new()).await?);
    }
    let Some(hub) = fleet.first().map(Embedded::hub) else { bail!("no fleet") };
    let (acting, me) = boss(hub).await?;
    let project = acting.create_project(project("Fleet", me.id)).await?;
    let mut runs = Vec::new();
    for number in 0..40 {
        let command = Some(vec!["/bin/echo".to_owned(), format!("run {number}")]);
        let spec = ExecutionSpec { backend: Some(BackendKind::Local), command, ..ExecutionSpec::default() };
        let at = hub.now() + TimeDelta::hours(24 + number);
        let JobOutcome::Done(job) = acting.create_job(release(project.id, at, spec), None).await? else {
            bail!("waits")
        };
        let LaunchOutcome::Started(run) = acting.launch(job.job.id, Launch::default(), None).await? else {
            bail!("waits")
        };
        runs.push(run.id);
    }
    let stop = CancellationToken::new();
    let all = async {
        let mut shares = BTreeMap::<String, u32>::new();
        for run in runs {
            let run = ended(&acting, run, &CancellationToken::new()).await?;
            *shares.entry(run.worker.unwrap_or_default()).or_default() += 1;
        }
        stop.cancel();
        Ok::<_, anyhow::Error>(shares)
    };
    let workers = fleet.iter().map(|one| {
        let worker = one.worker();
        let stop = stop.clone();
        async move { worker.run(stop).await }
    });
    let (shares, _) = tokio::join!(all, futures_util::future::join_all(workers));
    let shares = shares?;
    println!("{shares:?}");
    assert_eq!(shares.values().sum::<u32>(), 40);
    for suffix in ["", "-wal", "-shm"] {
        // Gone already, where the database was elsewhere.
        let _ = std::fs::remove_file(format!("{}{suffix}", scratch.display()));
    }
    Ok(())
}
