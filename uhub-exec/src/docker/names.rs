//! What containers are called, and by what they are found again.

use std::collections::HashMap;

use uhub_core::{
    hub::ClaimedRun,
    model::{BackendConfig, ExecutionSpec, JobId, Limits, RunId},
    ports::exec::{Handle, Leftover},
};

pub(super) const HUB: &str = "uhub.hub";
const RUN: &str = "uhub.run";
const JOB: &str = "uhub.job";
const ATTEMPT: &str = "uhub.attempt";
const FENCE: &str = "uhub.fence";
const IMAGE: &str = "uhub.image";

/// What a container is made for: all of a claim that matters here.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) hub: String,
    pub(super) run: RunId,
    pub(super) job: JobId,
    pub(super) attempt: u32,
    pub(super) fence: i64,
    pub(super) spec: ExecutionSpec,
    pub(super) limits: Limits,
    pub(super) config: BackendConfig,
}

impl Order {
    pub(super) fn of(claimed: &ClaimedRun) -> Self {
        Self {
            hub: claimed.hub_id().to_owned(),
            run: claimed.id(),
            job: claimed.job_id(),
            attempt: claimed.attempt(),
            fence: claimed.fence(),
            spec: claimed.execution().clone(),
            limits: *claimed.limits(),
            config: claimed.config().clone(),
        }
    }

    /// One name an attempt, told beforehand: the engine has no two containers of one name, so that no attempt is started
    /// twice, whoever believes to be in charge.
    pub(super) fn name(&self) -> String {
        name(&self.hub, self.run, self.attempt)
    }

    /// The fence is that of the claim that made it: what is written of the run later goes by the store's.
    pub(super) fn labels(&self) -> HashMap<String, String> {
        HashMap::from([
            (HUB.to_owned(), self.hub.clone()),
            (RUN.to_owned(), self.run.to_string()),
            (JOB.to_owned(), self.job.to_string()),
            (ATTEMPT.to_owned(), self.attempt.to_string()),
            (FENCE.to_owned(), self.fence.to_string()),
            (IMAGE.to_owned(), self.spec.image.clone().unwrap_or_default()),
        ])
    }
}

pub(super) fn name(hub: &str, run: RunId, attempt: u32) -> String {
    let hub: String = hub.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    format!("uhub-{hub}-{run}-{attempt}")
}

/// By what a container is found: its name, told beforehand; and from its start on also by the engine that has it and the id
/// that this gave it, as `name@engine/id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) engine: Option<String>,
    pub(super) id: Option<String>,
}

impl Found {
    pub(super) fn parse(handle: &Handle) -> Self {
        let (name, rest) = handle.0.split_once('@').unwrap_or((&handle.0, ""));
        let (engine, id) = rest.split_once('/').unwrap_or((rest, ""));
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self { name: name.to_owned(), engine: given(engine), id: given(id) }
    }

    pub(super) fn handle(&self) -> Handle {
        let Self { name, engine, id } = self;
        Handle(match (engine, id) {
            (None, None) => name.clone(),
            (engine, id) => {
                format!(
                    "{name}@{}/{}",
                    engine.as_deref().unwrap_or_default(),
                    id.as_deref().unwrap_or_default()
                )
            }
        })
    }

    /// What to ask the engine for.
    pub(super) fn reference(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.name)
    }
}

/// What a container's labels say it is.
pub(super) fn leftover(labels: &HashMap<String, String>, found: &Found) -> Option<Leftover> {
    Some(Leftover {
        run_id: labels.get(RUN)?.parse().ok()?,
        attempt: labels.get(ATTEMPT)?.parse().ok()?,
        handle: found.handle(),
    })
}

/// Whether a container is of this very attempt.
pub(super) fn is_of(labels: &HashMap<String, String>, order: &Order) -> bool {
    labels.get(HUB) == Some(&order.hub)
        && labels.get(RUN).is_some_and(|run| *run == order.run.to_string())
        && labels.get(ATTEMPT).is_some_and(|attempt| *attempt == order.attempt.to_string())
}

/// The attempt that a name was made for.
pub(super) fn leftover_of_name(name: &str) -> Option<Leftover> {
    let (_, rest) = name.strip_prefix("uhub-")?.split_once('-')?;
    let (run, attempt) = rest.rsplit_once('-')?;
    Some(Leftover {
        run_id: run.parse().ok()?,
        attempt: attempt.parse().ok()?,
        handle: Handle(name.to_owned()),
    })
}
