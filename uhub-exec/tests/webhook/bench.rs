//! A hub in memory whose project executes by webhooks, and workers on it.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uhub_core::{
    Error, Hub,
    hub::{
        CallbackSecret, JobOutcome, Launch, LaunchOutcome, NewEnvironment, NewJob, NewProject, NewUser,
        Settings,
    },
    memory::MemoryStore,
    model::{
        BackendConfig, BackendKind, ExecutionSpec, JobType, Project, Role, Run, RunId, RunStatus, Stream,
        User, UserKind, WebhookConfig, WebhookFollow, WebhookPreset,
    },
    ports::{
        clock::{Clock, SeededIds},
        secrets::{SecretError, SecretSource, SecretValue},
    },
};
use uhub_exec::{
    Backends, Secrets, WebhookBackend, WebhookCallbacks, WebhookOptions, WebhookPace, Worker, WorkerOptions,
};

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// What `test:key` stands for.
pub(crate) const SIGNING_KEY: &str = "a-key-of-some-length";
/// What `test:token` stands for.
pub(crate) const TOKEN: &str = "token-canary-4711";

#[derive(Debug)]
struct Wall;

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        DateTime::from_timestamp_micros(since.as_micros().try_into().unwrap()).unwrap()
    }
}

/// Tells the secrets that tests name.
#[derive(Debug)]
struct Safe;

#[async_trait]
impl SecretSource for Safe {
    fn scheme(&self) -> &str {
        "test"
    }

    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
        let value = match reference {
            "test:key" => SIGNING_KEY,
            "test:token" => TOKEN,
            "test:user" => "alice",
            other => panic!("no such secret: {other}"),
        };
        Ok(SecretValue::new(value.to_owned()))
    }
}

pub(crate) struct Bench {
    pub(crate) hub: Hub,
    pub(crate) admin: User,
    project: Project,
    is_called_back: bool,
}

/// That of the servers and workers of a [`Bench`].
pub(crate) fn callback_secret() -> CallbackSecret {
    CallbackSecret::new(vec![42; 32]).unwrap()
}

pub(crate) struct Working {
    shutdown: CancellationToken,
    abort: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Working {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.expect("the worker does not stop").unwrap();
    }

    /// Ends it with its runs, which another worker may take over.
    pub(crate) async fn abandon(self) {
        self.abort.cancel();
        self.stop().await;
    }

    /// Ends it as a crash does: nothing more is written.
    pub(crate) fn kill(self) {
        self.task.abort();
    }
}

/// What is sent where, with the secrets by name.
pub(crate) fn webhook(url: &str, payload: Value, secrets: &[(&str, &str)]) -> ExecutionSpec {
    ExecutionSpec {
        url: Some(url.to_owned()),
        payload: Some(payload),
        secrets: secrets.iter().map(|(name, what)| ((*name).to_owned(), (*what).to_owned())).collect(),
        timeout_seconds: Some(60),
        ..ExecutionSpec::default()
    }
}

impl Bench {
    pub(crate) async fn new(preset: Option<WebhookPreset>, follow: Option<WebhookFollow>) -> Self {
        Self::make(preset, follow, false).await
    }

    /// With an address to call back at.
    pub(crate) async fn called_back(preset: Option<WebhookPreset>, follow: Option<WebhookFollow>) -> Self {
        Self::make(preset, follow, true).await
    }

    async fn make(
        preset: Option<WebhookPreset>,
        follow: Option<WebhookFollow>,
        is_called_back: bool,
    ) -> Self {
        let store = MemoryStore::new(Arc::new(Wall));
        let settings = Settings { lease: TimeDelta::seconds(2), ..Settings::default() };
        let hub = Hub::new(Arc::new(store), Arc::new(Wall), Arc::new(SeededIds::new(1)), settings);
        let admin = NewUser {
            username: "admin".into(),
            password: None,
            email: "admin@example.org".into(),
            display_name: "Admin".into(),
            kind: UserKind::Person,
            role: Role::Admin,
            theme: None,
        };
        let admin = hub.bootstrap_admin(admin).await.unwrap();
        let environment = NewEnvironment { id: None, name: "dev".into(), tier: None, pool: None };
        let config = BackendConfig { webhook: Some(WebhookConfig { preset, follow }), ..Default::default() };
        let project = NewProject {
            name: "App".into(),
            color: "#336699".into(),
            owner_id: admin.id,
            environments: vec![environment],
            execution_backend: Some(BackendKind::Webhook),
            execution_backend_config: Some(config),
            policy: None,
        };
        let project = hub.acting_as(&admin).create_project(project).await.unwrap();
        let bench = Self { hub, admin, project, is_called_back };
        let backends = Backends::new().with(Arc::new(bench.backend(Self::options())));
        Self { hub: bench.hub.clone().with_backends(&backends.to_vec()), ..bench }
    }

    fn backend(&self, options: WebhookOptions) -> WebhookBackend {
        let backend = WebhookBackend::new(options).unwrap();
        if !self.is_called_back {
            return backend;
        }
        backend.with_callbacks(WebhookCallbacks {
            hub: self.hub.clone(),
            secret: callback_secret(),
            public_url: "https://uhub.example.org/base/".parse().unwrap(),
        })
    }

    /// Quick ones for tests.
    pub(crate) fn options() -> WebhookOptions {
        WebhookOptions {
            allow: vec!["127.0.0.1".parse().unwrap()],
            pace: WebhookPace {
                connect: Duration::from_secs(5),
                read: Duration::from_secs(2),
                request: Duration::from_secs(4),
                shortest: Duration::from_millis(40),
                longest: Duration::from_millis(200),
                find_within: Duration::from_secs(3),
                silent_for: Duration::from_secs(3),
                cancel_within: Duration::from_secs(5),
            },
            ..WebhookOptions::default()
        }
    }

    pub(crate) fn work(&self) -> Working {
        self.work_with(Self::options())
    }

    pub(crate) fn work_with(&self, options: WebhookOptions) -> Working {
        let backend = self.backend(options);
        let options = WorkerOptions {
            heartbeat: Duration::from_millis(100),
            poll: Duration::from_millis(200),
            log_delay: Duration::from_millis(20),
            ..WorkerOptions::default()
        };
        let secrets = Secrets::new().with(Arc::new(Safe));
        let backends = Backends::new().with(Arc::new(backend));
        let worker = Worker::new(self.hub.clone(), backends, secrets, options);
        let (shutdown, abort) = (CancellationToken::new(), worker.abort_token());
        let token = shutdown.clone();
        Working { shutdown, abort, task: tokio::spawn(async move { worker.run(token).await }) }
    }

    /// Plans a job with this execution and launches it.
    pub(crate) async fn try_launch(&self, execution: ExecutionSpec) -> Result<RunId, Error> {
        let acting = self.hub.acting_as(&self.admin);
        let job = NewJob {
            project_id: self.project.id,
            title: "Release".into(),
            description: None,
            job_type: JobType::Dev,
            environment: Some("dev".into()),
            planned_start: self.hub.now() + TimeDelta::days(1),
            planned_end: None,
            all_day: false,
            assignee_id: None,
            critical: None,
            execution: Some(execution),
            auto_start: Some(false),
        };
        let JobOutcome::Done(view) = acting.create_job(job, None).await? else {
            panic!("a job of tier dev needs no approval")
        };
        match acting.launch(view.job.id, Launch::default(), None).await? {
            LaunchOutcome::Started(run) => Ok(run.id),
            LaunchOutcome::Waiting { .. } => panic!("a run in tier dev needs no approval"),
        }
    }

    pub(crate) async fn launch(&self, execution: ExecutionSpec) -> RunId {
        self.try_launch(execution).await.unwrap()
    }

    pub(crate) async fn cancel(&self, run: RunId) {
        self.hub.acting_as(&self.admin).cancel_run(run).await.unwrap();
    }

    pub(crate) async fn run(&self, run: RunId) -> Run {
        self.hub.acting_as(&self.admin).run(run).await.unwrap()
    }

    pub(crate) async fn until(&self, run: RunId, fits: impl Fn(&Run) -> bool) -> Run {
        let end = Instant::now() + PATIENCE;
        loop {
            let now = self.run(run).await;
            if fits(&now) {
                return now;
            }
            assert!(Instant::now() < end, "waited too long; now: {now:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// How it ended, with its outcome in words.
    pub(crate) async fn ended(&self, run: RunId) -> (RunStatus, String) {
        let run = self.until(run, |run| run.status.get().is_terminal()).await;
        (run.status.get(), run.outcome.unwrap_or_default())
    }

    /// The run's log by output.
    pub(crate) async fn log(&self, run: RunId) -> BTreeMap<Stream, String> {
        let mut log: BTreeMap<Stream, String> = BTreeMap::new();
        for chunk in self.hub.acting_as(&self.admin).run_log(run, 0, 10_000).await.unwrap() {
            log.entry(chunk.stream).or_default().push_str(&String::from_utf8_lossy(&chunk.bytes));
        }
        log
    }

    /// What uHub itself says in the run's log.
    pub(crate) async fn said(&self, run: RunId) -> String {
        self.log(run).await.remove(&Stream::System).unwrap_or_default()
    }
}
