//! Programs in containers: what the backend costs, and the worker around it, beside the engine's API alone.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result, bail, ensure};
use bollard::{
    API_DEFAULT_VERSION, Docker,
    models::{ContainerCreateBody, HostConfig},
    query_parameters::{CreateContainerOptions, RemoveContainerOptions, WaitContainerOptions},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize as _;
use serde_json::{Value, json};
use uhub_core::model::{BackendKind, ExecutionSpec};
use uhub_exec::{DockerBackend, DockerOptions};

use crate::{
    contender::ready,
    programs::{Comparison, Setup, drive, queue, work},
    uhub::{PROGRAM, execution},
};

/// What `cargo xtask` makes in its engine.
const IMAGE: &str = "busybox:latest";

/// Everybody in turn, one container after the other and four at once.
pub(crate) fn compare(runs: u32, rounds: usize) -> Result<()> {
    let contenders = [
        ("create, start, wait, remove, barely", "engine"),
        ("`DockerBackend`", "backend"),
        ("`Worker` with it, store in memory", "worker"),
    ];
    let program = format!("`{PROGRAM}` in a container");
    let comparison =
        Comparison { who: "docker", program: &program, contenders: &contenders, in_flight: &[1, 4] };
    comparison.compare(runs, rounds)
}

fn socket() -> Result<String> {
    let url = std::env::var("UHUB_TEST_DOCKER").context("UHUB_TEST_DOCKER names a Docker engine")?;
    Ok(url.trim_start_matches("unix://").to_owned())
}

/// This process is one of the contenders.
pub(crate) async fn contend(what: &str, setup: &Value) -> Result<()> {
    let setup = Setup::deserialize(setup)?;
    if what == "engine" {
        return engine(&setup).await;
    }
    let options = DockerOptions { socket: socket()?.into(), ..DockerOptions::default() };
    let backend = DockerBackend::new(options)?;
    let execution =
        ExecutionSpec { image: Some(IMAGE.to_owned()), backend: Some(BackendKind::Docker), ..execution() };
    let hub = queue(setup.runs, &execution).await?;
    match what {
        "backend" => drive(&hub, &backend, &setup).await,
        "worker" => work(hub, Arc::new(backend), &setup).await,
        _ => bail!("there is no contender docker {what}"),
    }
}

/// As little as a container takes. It has no network either: making one takes longer.
async fn engine(setup: &Setup) -> Result<()> {
    let docker = Docker::connect_with_unix(&socket()?, 120, API_DEFAULT_VERSION)?;
    ready(&json!({ "ready": true }))?;
    let began = Instant::now();
    let runs = stream::iter(0..setup.runs).map(|_| once(&docker));
    runs.buffer_unordered(setup.in_flight as usize).try_collect::<()>().await?;
    setup.say(began);
    Ok(())
}

async fn once(docker: &Docker) -> Result<()> {
    let body = ContainerCreateBody {
        image: Some(IMAGE.to_owned()),
        cmd: Some(vec![PROGRAM.to_owned()]),
        host_config: Some(HostConfig { network_mode: Some("none".to_owned()), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    };
    let id = docker.create_container(None::<CreateContainerOptions>, body).await?.id;
    docker.start_container(&id, None).await?;
    let ended = docker.wait_container(&id, None::<WaitContainerOptions>).next().await;
    ensure!(ended.context("no answer")??.status_code == 0, "{PROGRAM} has failed");
    Ok(docker.remove_container(&id, None::<RemoveContainerOptions>).await?)
}
