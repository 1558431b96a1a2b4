//! The connection to the engine.

use std::{
    collections::HashMap,
    error::Error as _,
    path::{Path, PathBuf},
};

use bollard::{
    API_DEFAULT_VERSION, Docker,
    container::{AttachContainerResults, LogOutput},
    errors::Error,
    models::{ContainerCreateBody, ContainerInspectResponse, ContainerSummary},
    query_parameters::{
        AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, KillContainerOptionsBuilder,
        ListContainersOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder,
        WaitContainerOptionsBuilder,
    },
};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::OnceCell;

use super::names::HUB;

/// Seconds that the engine may take to begin with an answer.
const ANSWERS_WITHIN: u64 = 120;

/// What went wrong, by what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// There is no such container, or image.
    #[error("{0}")]
    Missing(String),
    /// The name is taken, or its state does not allow that.
    #[error("{0}")]
    Conflict(String),
    /// The engine will not.
    #[error("{0}")]
    Refused(String),
    /// It did not answer: whether it did what was asked cannot be told.
    #[error("the engine does not answer: {0}")]
    Unreachable(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::DockerResponseServerError { status_code: 404, message } => Self::Missing(message),
            Error::DockerResponseServerError { status_code: 409, message } => Self::Conflict(message),
            Error::DockerResponseServerError { message, .. } => Self::Refused(message),
            Error::DockerStreamError { error } => Self::Refused(error),
            error => {
                let mut text = error.to_string();
                let mut source = error.source();
                while let Some(cause) = source {
                    let cause_text = cause.to_string();
                    if !text.contains(&cause_text) {
                        text = format!("{text}: {cause_text}");
                    }
                    source = cause.source();
                }
                Self::Unreachable(text)
            }
        }
    }
}

pub(super) type Result<T> = std::result::Result<T, Trouble>;

/// The engine, spoken to from the first time on that it is needed.
#[derive(Debug)]
pub(super) struct Engine {
    socket: PathBuf,
    connected: OnceCell<Connected>,
}

/// An engine that has answered.
#[derive(Debug, Clone)]
pub(super) struct Connected {
    pub(super) docker: Docker,
    /// What it calls itself.
    pub(super) id: String,
}

impl Engine {
    pub(super) fn new(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), connected: OnceCell::new() }
    }

    pub(super) async fn connected(&self) -> Result<&Connected> {
        self.connected
            .get_or_try_init(|| async {
                let socket = self.socket.to_string_lossy();
                let docker = Docker::connect_with_unix(&socket, ANSWERS_WITHIN, API_DEFAULT_VERSION)?;
                let docker = docker.negotiate_version().await?;
                let info = docker.info().await?;
                let id = info.id.unwrap_or_default().replace(['/', '@'], "_");
                let version = info.server_version.unwrap_or_default();
                tracing::info!(%socket, version, id, "the Docker engine answers");
                Ok(Connected { docker, id })
            })
            .await
    }

    /// Its id, where it is known already.
    pub(super) fn id(&self) -> Option<&str> {
        self.connected.get().map(|connected| connected.id.as_str())
    }
}

impl Connected {
    /// Makes a container; its id.
    pub(super) async fn create(&self, name: &str, body: ContainerCreateBody) -> Result<String> {
        let options = CreateContainerOptionsBuilder::new().name(name).build();
        Ok(self.docker.create_container(Some(options), body).await?.id)
    }

    /// Its output from now on.
    pub(super) async fn attach(&self, id: &str) -> Result<AttachContainerResults> {
        let options = AttachContainerOptionsBuilder::new().stdout(true).stderr(true).stream(true).build();
        Ok(self.docker.attach_container(id, Some(options)).await?)
    }

    /// Starting what is started already does nothing.
    pub(super) async fn start(&self, id: &str) -> Result<()> {
        Ok(self.docker.start_container(id, None).await?)
    }

    /// Comes back when it does not run.
    pub(super) async fn wait(&self, id: &str) -> Result<()> {
        let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
        match self.docker.wait_container(id, Some(options)).next().await {
            // Exit codes other than 0 are errors to the library.
            Some(Ok(_) | Err(Error::DockerContainerWaitError { .. })) => Ok(()),
            Some(Err(error)) => Err(error.into()),
            None => Err(Trouble::Unreachable("it stopped waiting for the container".to_owned())),
        }
    }

    pub(super) async fn inspect(&self, reference: &str) -> Result<ContainerInspectResponse> {
        Ok(self.docker.inspect_container(reference, None).await?)
    }

    pub(super) async fn kill(&self, id: &str, signal: &str) -> Result<()> {
        let options = KillContainerOptionsBuilder::new().signal(signal).build();
        Ok(self.docker.kill_container(id, Some(options)).await?)
    }

    /// Removes it, with the volumes that have no name. With `force` even if it runs.
    pub(super) async fn remove(&self, reference: &str, force: bool) -> Result<()> {
        let options = RemoveContainerOptionsBuilder::new().force(force).v(true).build();
        match self.docker.remove_container(reference, Some(options)).await.map_err(Trouble::from) {
            Err(Trouble::Missing(_)) => Ok(()),
            // Somebody else is at it.
            Err(Trouble::Conflict(text)) if text.contains("already in progress") => Ok(()),
            removed => removed,
        }
    }

    /// All that it has written, from the beginning; with `follow` until it ends.
    pub(super) fn log(
        &self,
        id: &str,
        follow: bool,
    ) -> impl Stream<Item = std::result::Result<LogOutput, Error>> + use<> {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).follow(follow).build();
        self.docker.logs(id, Some(options))
    }

    /// All containers of a hub, whether they run or not.
    pub(super) async fn of_hub(&self, hub: &str) -> Result<Vec<ContainerSummary>> {
        let label = HashMap::from([("label", vec![format!("{HUB}={hub}")])]);
        let filters: HashMap<String, Vec<String>> =
            label.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        Ok(self.docker.list_containers(Some(options)).await?)
    }

    /// The engine's clock.
    pub(super) async fn now(&self) -> Result<Option<chrono::DateTime<chrono::Utc>>> {
        let told = self.docker.info().await?.system_time;
        Ok(told.and_then(|time| time.parse().ok()))
    }
}
