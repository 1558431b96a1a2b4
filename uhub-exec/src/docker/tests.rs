#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod adopt;
mod allowlist;
mod ends;
mod handles;
mod isolation;
mod limits;
mod refusals;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use bollard::models::ContainerInspectResponse;
use futures_util::StreamExt as _;
use uhub_core::{
    model::{DockerConfig, JobId, Limits, Mount, PullPolicy, RunId, Stream},
    ports::{
        exec::{ExecEvent, Finish},
        secrets::SecretValue,
    },
};
use uuid::Uuid;

use super::{image::Image, plan::Plan, *};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(90);
/// What `cargo xtask test` makes in the engine.
const IMAGE: &str = "busybox:latest";

/// The socket of the tests' engine.
fn socket() -> PathBuf {
    let variable = "UHUB_TEST_DOCKER";
    let url = std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} names no Docker engine: run `cargo xtask test`, or `cargo xtask services up docker`"
        )
    });
    url.strip_prefix("unix://").expect("a unix socket").into()
}

fn options() -> DockerOptions {
    DockerOptions { socket: socket(), grace: Duration::from_secs(2), ..DockerOptions::default() }
}

/// A backend, and a hub of its own on the engine that the tests share.
struct Bench {
    backend: DockerBackend,
    hub: String,
    run: RunId,
}

impl Bench {
    fn new() -> Self {
        Self::with(options())
    }

    fn with(options: DockerOptions) -> Self {
        let backend = DockerBackend::new(options).unwrap();
        Self { backend, hub: random().to_string(), run: RunId(random()) }
    }

    /// The same hub and run, at another worker.
    fn another(&self) -> Self {
        let backend = DockerBackend::new(self.backend.0.options.clone()).unwrap();
        Self { backend, hub: self.hub.clone(), run: self.run }
    }

    fn order(&self, script: &str) -> Order {
        Order {
            hub: self.hub.clone(),
            run: self.run,
            job: JobId(random()),
            attempt: 1,
            fence: 1,
            spec: shell(script),
            limits: Limits { timeout_seconds: Some(60), ..Limits::default() },
            config: BackendConfig::default(),
        }
    }

    async fn engine(&self) -> &Connected {
        self.backend.0.engine().await.unwrap()
    }

    async fn start(&self, order: &Order) -> Result<Started, StartError> {
        self.backend.0.run(order.clone(), BTreeMap::new()).await
    }

    async fn adopt(&self, order: &Order, handle: &Handle, from: LogPosition) -> Adopted {
        self.backend.0.take_over(order, handle, from).await.unwrap()
    }

    /// Runs it to its end, and removes it.
    async fn run(&self, order: &Order) -> Ran {
        self.finish(self.start(order).await.unwrap()).await
    }

    async fn finish(&self, started: Started) -> Ran {
        let handle = started.handle.clone();
        let ran = follow(started).await;
        self.backend.release(&handle).await;
        assert_eq!(self.containers().await, 0, "something is left of {handle:?}");
        ran
    }

    async fn containers(&self) -> usize {
        self.engine().await.of_hub(&self.hub).await.unwrap().len()
    }

    async fn inspect(&self, handle: &Handle) -> ContainerInspectResponse {
        self.engine().await.inspect(Found::parse(handle).reference()).await.unwrap()
    }
}

fn random() -> Uuid {
    use std::hash::{BuildHasher as _, RandomState};
    Uuid::from_u64_pair(RandomState::new().hash_one(1), RandomState::new().hash_one(2))
}

fn shell(script: &str) -> ExecutionSpec {
    ExecutionSpec {
        image: Some(IMAGE.into()),
        command: Some(["sh", "-c", script].map(str::to_owned).to_vec()),
        ..ExecutionSpec::default()
    }
}

/// What came of a container.
#[derive(Default)]
struct Ran {
    out: Vec<u8>,
    err: Vec<u8>,
    system: String,
    finish: Option<Finish>,
}

impl std::fmt::Debug for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (out, err) = (String::from_utf8_lossy(&self.out), String::from_utf8_lossy(&self.err));
        write!(f, "{:?}\nsystem: {}\nout: {out}\nerr: {err}", self.finish, self.system)
    }
}

impl Ran {
    fn out(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    fn err(&self) -> &str {
        std::str::from_utf8(&self.err).unwrap()
    }

    fn finish(&self) -> &Finish {
        self.finish.as_ref().unwrap()
    }

    fn position(&self) -> LogPosition {
        LogPosition { stdout: self.out.len() as u64, stderr: self.err.len() as u64 }
    }

    fn take(&mut self, event: ExecEvent) {
        match event {
            ExecEvent::Log { stream, bytes } => {
                assert!(!bytes.is_empty() && bytes.len() <= 64 * 1024, "a piece of {} bytes", bytes.len());
                match stream {
                    Stream::Stdout => self.out.extend(bytes),
                    Stream::Stderr => self.err.extend(bytes),
                    Stream::System => self.system.push_str(std::str::from_utf8(&bytes).unwrap()),
                }
            }
            ExecEvent::Finished(finish) => self.finish = Some(finish),
            ExecEvent::Progress(_) | ExecEvent::Handle(_) => {}
        }
    }

    /// Takes events until `enough`, or the end.
    async fn read(&mut self, started: &mut Started, enough: impl Fn(&Self) -> bool) {
        let reading = async {
            while !enough(self) && self.finish.is_none() {
                match started.events.next().await {
                    Some(event) => self.take(event),
                    None => panic!("the events end without an end"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("it takes too long");
    }
}

async fn follow(mut started: Started) -> Ran {
    let mut ran = Ran::default();
    ran.read(&mut started, |_| false).await;
    assert!(started.events.next().await.is_none(), "something follows the end");
    ran
}
