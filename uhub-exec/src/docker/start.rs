//! Making a container, starting it, and finding it again.

use std::collections::BTreeMap;

use bollard::{
    container::AttachContainerResults,
    models::{ContainerInspectResponse, ContainerStateStatusEnum as Status},
};
use uhub_core::ports::{exec::StartError, secrets::SecretValue};

use super::{
    body,
    engine::{Connected, Trouble},
    image::Image,
    names::{Order, is_of},
    options::DockerOptions,
    plan::Plan,
    secrets::SecretFiles,
};

/// How often a name that is taken is looked into.
const TRIES: u32 = 5;

/// A container that was started.
pub(super) struct Begun {
    pub(super) id: String,
    /// All of its output; none where it had begun already.
    pub(super) attached: Option<AttachContainerResults>,
}

/// All that starting takes.
pub(super) struct Starter<'a> {
    pub(super) engine: &'a Connected,
    pub(super) files: &'a SecretFiles,
    pub(super) options: &'a DockerOptions,
    pub(super) order: &'a Order,
    pub(super) plan: &'a Plan,
}

impl Starter<'_> {
    /// Makes the container of `image` and starts it. Where it is there already, whoever made it: follows that one.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left then.
    pub(super) async fn begin(
        &self,
        image: &Image,
        secrets: &BTreeMap<String, SecretValue>,
    ) -> Result<Begun, StartError> {
        let name = self.order.name();
        for _ in 0..TRIES {
            let dir = self.write(&name, secrets)?;
            let body = body::body(self.order, self.plan, image, dir.as_deref(), self.options);
            match self.engine.create(&name, body).await {
                Ok(id) => return self.run(id, &name).await,
                Err(Trouble::Conflict(text)) => match self.look(&name).await? {
                    Seen::Nothing => tracing::debug!(text, "the name of a container was taken, and is free"),
                    Seen::Started(id) => return Ok(Begun { id, attached: None }),
                    Seen::Foreign => {
                        self.clean(&name);
                        let text = format!("another container is called {name}");
                        return Err(StartError::Failed(text));
                    }
                },
                Err(trouble) => {
                    self.clean(&name);
                    return Err(failed("its container was not made", &trouble));
                }
            }
        }
        self.clean(&name);
        Err(StartError::Failed(format!("somebody else makes and removes containers called {name}")))
    }

    fn write(
        &self,
        name: &str,
        secrets: &BTreeMap<String, SecretValue>,
    ) -> Result<Option<String>, StartError> {
        if secrets.is_empty() {
            return Ok(None);
        }
        let wrong = |error: &dyn std::fmt::Display| {
            StartError::Failed(format!("its secrets cannot be handed to a container: {error}"))
        };
        let dir = self.files.write(&self.order.hub, name, secrets).map_err(|error| {
            self.clean(name);
            wrong(&error)
        })?;
        dir.to_str().map(|dir| Some(dir.to_owned())).ok_or_else(|| wrong(&dir.display()))
    }

    /// Attached to before the start, so that nothing is missed.
    async fn run(&self, id: String, name: &str) -> Result<Begun, StartError> {
        let attached = match self.engine.attach(&id).await {
            Ok(attached) => Some(attached),
            Err(trouble) => {
                tracing::warn!(%trouble, "a container cannot be attached to; its output is read from the record");
                None
            }
        };
        match self.engine.start(&id).await {
            Ok(()) => Ok(Begun { id, attached }),
            // It may go on: who follows it will see.
            Err(Trouble::Unreachable(text)) => {
                tracing::warn!(text, "whether a container was started cannot be told yet");
                Ok(Begun { id, attached: None })
            }
            Err(trouble) => {
                if let Err(trouble) = self.engine.remove(&id, false).await {
                    tracing::warn!(%trouble, "a container that did not start is left behind for now");
                }
                self.clean(name);
                Err(failed("its container did not start", &trouble))
            }
        }
    }

    /// What has the name.
    async fn look(&self, name: &str) -> Result<Seen, StartError> {
        match self.engine.inspect(name).await {
            Ok(found) => {
                let labels = found.config.as_ref().and_then(|config| config.labels.as_ref());
                if !labels.is_some_and(|labels| is_of(labels, self.order)) {
                    return Ok(Seen::Foreign);
                }
                let id = found.id.clone().unwrap_or_default();
                if was_started(&found) {
                    return Ok(Seen::Started(id));
                }
                // Of a worker that died, or is late: that one starts it by its id, and then finds nothing. Without force,
                // in case it is starting it now.
                match self.engine.remove(&id, false).await {
                    Ok(()) | Err(Trouble::Conflict(_)) => Ok(Seen::Nothing),
                    Err(trouble) => Err(failed("its name is taken", &trouble)),
                }
            }
            Err(Trouble::Missing(_)) => Ok(Seen::Nothing),
            Err(trouble) => Err(failed("its name is taken", &trouble)),
        }
    }

    fn clean(&self, name: &str) {
        if let Err(error) = self.files.remove(name) {
            tracing::warn!(%error, "the files of secrets for a container that did not start are left behind for now");
        }
    }
}

enum Seen {
    Nothing,
    Started(String),
    Foreign,
}

/// Whether its program has ever run.
pub(super) fn was_started(found: &ContainerInspectResponse) -> bool {
    let status = found.state.as_ref().and_then(|state| state.status);
    status != Some(Status::CREATED)
}

pub(super) fn failed(what: &str, trouble: &Trouble) -> StartError {
    StartError::Failed(format!("{what}: {trouble}"))
}
