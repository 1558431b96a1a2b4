//! A backend of one's own: it executes by sending mail to an operator who has no API, here a vector. The guardrails treat
//! it as the kind that it declares.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};
use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::stream;
use tokio_util::sync::CancellationToken;
use uhub_core::{
    hub::{JobOutcome, Launch, LaunchOutcome},
    model::{BackendConfig, BackendKind, ExecutionSpec, RunStatus, Stream},
    ports::exec::{
        Capabilities, ExecEvent, ExecutionBackend, Finish, Handle, StartError, StartRequest, Started,
    },
};
use uhub_examples::{boss, project, release};
use uhub_http::cli::Embedded;

#[derive(Debug, Default)]
struct Mail(Mutex<Vec<String>>);

#[async_trait]
impl ExecutionBackend for Mail {
    fn kind(&self) -> BackendKind {
        BackendKind::Webhook
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { adopt: false, cancel: false }
    }

    fn check(&self, spec: &ExecutionSpec, _config: &BackendConfig) -> Result<(), StartError> {
        match spec.url.as_deref() {
            Some(url) if url.starts_with("mailto:") => Ok(()),
            _ => Err(StartError::Refused("url must be a mailto:".into())),
        }
    }

    async fn start(&self, request: StartRequest<'_>) -> Result<Started, StartError> {
        let mail = format!("please: {} (run {})", request.claimed.title(), request.claimed.id());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
        let log = ExecEvent::Log { stream: Stream::Stdout, bytes: format!("sent: {mail}\n").into_bytes() };
        let events = stream::iter([log, ExecEvent::Finished(Finish::Exited(0))]);
        Ok(Started { handle: Handle("sent".into()), events: Box::pin(events) })
    }

    async fn cancel(&self, _handle: &Handle) {}
}

#[tokio::main]
async fn main() -> Result<()> {
    let mail = Arc::new(Mail::default());
    let backends = vec![Arc::clone(&mail) as Arc<dyn ExecutionBackend>];
    let embedded = Embedded::open(&["--database=memory:".to_owned()], backends, Vec::new()).await?;
    let hub = embedded.hub();
    let (acting, me) = boss(hub).await?;
    let project = acting.create_project(project("By hand", me.id)).await?;
    let spec = ExecutionSpec {
        backend: Some(BackendKind::Webhook),
        url: Some("mailto:ops@example.org".into()),
        ..ExecutionSpec::default()
    };
    let JobOutcome::Done(job) =
        acting.create_job(release(project.id, hub.now() + TimeDelta::days(1), spec), None).await?
    else {
        bail!("tier dev needs no second person");
    };
    let LaunchOutcome::Started(run) = acting.launch(job.job.id, Launch::default(), None).await? else {
        bail!("tier dev needs no second person");
    };
    let stop = CancellationToken::new();
    let worker = embedded.worker();
    let (ended, ()) = tokio::join!(uhub_examples::ended(&acting, run.id, &stop), worker.run(stop.clone()));
    println!("{}: {:?}", ended?.status.get(), mail.0);
    assert_eq!(acting.run(run.id).await?.status.get(), RunStatus::Succeeded);
    Ok(())
}
