//! Starting containers, taking them over, and following them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bollard::models::ContainerInspectResponse;
use tokio::{sync::mpsc, time::Instant};
use uhub_core::{
    model::PullPolicy,
    ports::{
        exec::{Adopted, ExecEvent, ExecEvents, Finish, Handle, LogPosition, StartError, Started},
        secrets::SecretValue,
    },
};

use super::{
    Inner,
    drive::{BEGINNING, Control, Drive},
    engine::{Connected, Trouble},
    image::{self, Image},
    names::{Found, Order},
    output::Reader,
    plan::Plan,
    start::{Begun, Starter, failed, was_started},
};

/// Events that wait for whoever reads them.
const WAITING: usize = 4;

impl Inner {
    fn timeout(&self, order: &Order) -> Option<Duration> {
        let seconds = order.limits.timeout_seconds.or(self.options.defaults.timeout_seconds);
        seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }

    fn pull_policy(&self, order: &Order) -> PullPolicy {
        order.config.docker.as_ref().and_then(|docker| docker.pull).unwrap_or(self.options.pull)
    }

    fn control(&self, name: &str) -> Arc<Control> {
        let control = Arc::new(Control::default());
        // In the place of one that this worker lost meanwhile.
        self.running().insert(name.to_owned(), Arc::clone(&control));
        control
    }

    /// Forgets what is not followed any more.
    fn forget(&self, name: &str, control: &Arc<Control>) {
        let mut running = self.running();
        if running.get(name).is_some_and(|now| Arc::ptr_eq(now, control)) {
            running.remove(name);
        }
    }

    fn drive(
        &self,
        engine: &Connected,
        id: String,
        reader: Reader,
        control: &Arc<Control>,
        deadline: Option<Instant>,
    ) -> Drive {
        Drive {
            engine: engine.clone(),
            id,
            reader,
            control: Arc::clone(control),
            deadline,
            grace: self.options.grace,
            patience: self.options.patience,
            log_limit: u64::from(self.options.log_mb) * 1024 * 1024,
        }
    }

    pub(super) async fn run(
        self: &Arc<Self>,
        order: Order,
        secrets: BTreeMap<String, SecretValue>,
    ) -> Result<Started, StartError> {
        let plan = self.plan(&order.spec, &order.config).map_err(StartError::Refused)?;
        let engine = self.engine().await?;
        let policy = self.pull_policy(&order);
        let found = image::find(engine, &plan.image).await;
        let found = found.map_err(|trouble| failed("its image cannot be looked for", &trouble))?;
        let image = match (found, policy) {
            (Some(image), PullPolicy::Never | PullPolicy::Missing) => image,
            (None, PullPolicy::Never) => {
                let text = format!("the image {} is not here, and the project never pulls", plan.image);
                return Err(StartError::Failed(text));
            }
            (_, PullPolicy::Missing | PullPolicy::Always) => {
                return Ok(self.pull_and_run(engine.clone(), order, plan, secrets));
            }
        };
        let began = Instant::now();
        let Begun { id, attached } = self.starter(engine, &order, &plan).begin(&image, &secrets).await?;
        let found = found_at(engine, &order, &id);
        let (events, received) = mpsc::channel(WAITING);
        let reader = Reader { events, position: BEGINNING };
        let control = self.control(&found.name);
        let deadline = self.timeout(&order).map(|timeout| began + timeout);
        let drive = self.drive(engine, id, reader, &control, deadline);
        let (this, name) = (Arc::clone(self), found.name.clone());
        tokio::spawn(async move {
            drive.reader.say(&describe(&name, &plan, &image)).await;
            Box::pin(drive.run(attached)).await;
            this.forget(&name, &control);
        });
        Ok(Started { handle: found.handle(), events: stream(received) })
    }

    fn starter<'a>(&'a self, engine: &'a Connected, order: &'a Order, plan: &'a Plan) -> Starter<'a> {
        Starter { engine, files: &self.files, options: &self.options, order, plan }
    }

    /// Pulling may take its time: it can be cancelled meanwhile, and counts for the time limit.
    fn pull_and_run(
        self: &Arc<Self>,
        engine: Connected,
        order: Order,
        plan: Plan,
        secrets: BTreeMap<String, SecretValue>,
    ) -> Started {
        let name = order.name();
        let handle = Handle(name.clone());
        let (events, received) = mpsc::channel(WAITING);
        let control = self.control(&name);
        let deadline = self.timeout(&order).map(|timeout| Instant::now() + timeout);
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let reader = Reader { events: events.clone(), position: BEGINNING };
            reader.say(&format!("pulling {}", plan.image)).await;
            let ended = tokio::select! {
                () = events.closed() => None,
                () = control.cancel.cancelled() => Some(Finish::Cancelled),
                () = sleep_until(deadline) => Some(Finish::TimedOut),
                pulled = image::pull(&engine, &plan.image) => match pulled {
                    Err(trouble) => {
                        Some(Finish::Failed(format!("{} cannot be pulled: {trouble}", plan.image)))
                    }
                    // Not to be dropped halfway.
                    Ok(image) => match this.starter(&engine, &order, &plan).begin(&image, &secrets).await {
                        Err(error) => Some(Finish::Failed(format!("not started: {error}"))),
                        Ok(Begun { id, attached }) => {
                            let found = found_at(&engine, &order, &id);
                            let _nobody_reads = events.send(ExecEvent::Handle(found.handle())).await;
                            reader.say(&describe(&name, &plan, &image)).await;
                            let drive = this.drive(&engine, id, reader, &control, deadline);
                            Box::pin(drive.run(attached)).await;
                            None
                        }
                    },
                },
            };
            if let Some(finish) = ended {
                let _nobody_reads = events.send(ExecEvent::Finished(finish)).await;
            }
            this.forget(&name, &control);
        });
        Started { handle, events: stream(received) }
    }

    pub(super) async fn take_over(
        self: &Arc<Self>,
        order: &Order,
        handle: &Handle,
        from: LogPosition,
    ) -> Result<Adopted, StartError> {
        let known = Found::parse(handle);
        let engine = self.engine().await?;
        if known.engine.as_ref().is_some_and(|id| *id != engine.id) {
            let text = "its container is in the hands of another engine than this worker's";
            return Ok(Adopted::Gone(text.to_owned()));
        }
        let found = match engine.inspect(known.reference()).await {
            Ok(found) => found,
            Err(Trouble::Missing(_)) if known.id.is_some() => {
                return Ok(Adopted::Gone("its container is not there any more".to_owned()));
            }
            Err(Trouble::Missing(_)) => return Ok(Adopted::NotStarted),
            Err(trouble) => return Err(failed("its container cannot be looked for", &trouble)),
        };
        let id = found.id.clone().unwrap_or_default();
        if !was_started(&found) {
            // Without force, in case a late worker is starting it at this moment: then it is looked at again.
            let removed = engine.remove(&id, false).await;
            return match removed {
                Ok(()) => Ok(Adopted::NotStarted),
                Err(trouble) => Err(failed("what did not start cannot be removed", &trouble)),
            };
        }
        let deadline = self.deadline_of(engine, order, &found).await?;
        let (events, received) = mpsc::channel(WAITING);
        let found = Found { name: known.name, engine: Some(engine.id.clone()), id: Some(id.clone()) };
        let control = self.control(&found.name);
        let reader = Reader { events, position: from };
        let drive = self.drive(engine, id, reader, &control, deadline);
        let (this, name) = (Arc::clone(self), found.name.clone());
        tokio::spawn(async move {
            Box::pin(drive.run(None)).await;
            this.forget(&name, &control);
        });
        Ok(Adopted::Running(Started { handle: found.handle(), events: stream(received) }))
    }

    /// When it has had its time, which began when the container did. By the engine's clock: the two times are its own.
    async fn deadline_of(
        &self,
        engine: &Connected,
        order: &Order,
        found: &ContainerInspectResponse,
    ) -> Result<Option<Instant>, StartError> {
        let Some(timeout) = self.timeout(order) else { return Ok(None) };
        let now = engine.now().await.map_err(|trouble| failed("the engine's time", &trouble))?;
        let started = found.state.as_ref().and_then(|state| state.started_at.as_deref());
        let started = started.and_then(|at| at.parse::<chrono::DateTime<chrono::Utc>>().ok());
        let spent = match (now, started) {
            (Some(now), Some(started)) => (now - started).to_std().unwrap_or_default(),
            _ => Duration::ZERO,
        };
        Ok(Some(Instant::now() + timeout.saturating_sub(spent)))
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn found_at(engine: &Connected, order: &Order, id: &str) -> Found {
    Found { name: order.name(), engine: Some(engine.id.clone()), id: Some(id.to_owned()) }
}

fn describe(name: &str, plan: &Plan, image: &Image) -> String {
    let digest = image.digest.as_deref().map_or_else(String::new, |digest| format!(", {digest}"));
    format!("container {name} of {} ({}{digest})", plan.image, image.id)
}

fn stream(mut received: mpsc::Receiver<ExecEvent>) -> ExecEvents {
    Box::pin(futures_util::stream::poll_fn(move |cx| received.poll_recv(cx)))
}
