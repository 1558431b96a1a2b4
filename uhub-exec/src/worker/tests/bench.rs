//! A hub in memory with a worker on it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, TimeDelta, Utc};
use uhub_core::{
    hub::{JobOutcome, Launch, LaunchOutcome, NewEnvironment, NewJob, NewProject, NewUser, Settings},
    memory::MemoryStore,
    model::{ExecutionSpec, JobType, Project, Role, Run, RunStatus, Stream, User, UserKind},
    ports::{
        clock::{Clock, SeededIds},
        exec::ExecutionBackend,
    },
};

use super::super::*;
use crate::{LocalBackend, LocalConfig};

/// How long a test waits for what must come.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The wall clock, or one that is wrong by so much.
#[derive(Debug)]
struct Wall(TimeDelta);

const RIGHT: Wall = Wall(TimeDelta::zero());

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        DateTime::from_timestamp_micros(since.as_micros().try_into().unwrap()).unwrap() + self.0
    }
}

pub(super) struct Bench {
    pub(super) hub: Hub,
    pub(super) store: MemoryStore,
    pub(super) admin: User,
    pub(super) project: Project,
    pub(super) dir: tempfile::TempDir,
}

/// A worker that runs until it is told to stop.
pub(super) struct Working {
    pub(super) shutdown: CancellationToken,
    pub(super) abort: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Working {
    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        self.ended().await;
    }

    pub(super) async fn ended(self) {
        tokio::time::timeout(PATIENCE, self.task).await.expect("the worker does not stop").unwrap();
    }
}

impl Bench {
    pub(super) async fn new() -> Self {
        Self::with_lease(TimeDelta::seconds(15)).await
    }

    pub(super) async fn with_lease(lease: TimeDelta) -> Self {
        let store = MemoryStore::new(Arc::new(RIGHT));
        let settings = Settings { lease, ..Settings::default() };
        let hub = Hub::new(Arc::new(store.clone()), Arc::new(RIGHT), Arc::new(SeededIds::new(1)), settings);
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
        let project = NewProject {
            name: "App".into(),
            color: "#336699".into(),
            owner_id: admin.id,
            environments: vec![environment],
            execution_backend: None,
            execution_backend_config: None,
            policy: None,
        };
        let project = hub.acting_as(&admin).create_project(project).await.unwrap();
        Self { hub, store, admin, project, dir: tempfile::tempdir().unwrap() }
    }

    /// The same hub on a machine whose clock is wrong.
    pub(super) fn hub_with_clock_off_by(&self, wrong: TimeDelta) -> Hub {
        let store = Arc::new(self.store.clone());
        Hub::new(store, Arc::new(Wall(wrong)), Arc::new(SeededIds::new(2)), self.hub.settings().clone())
    }

    pub(super) fn local(&self) -> Arc<dyn ExecutionBackend> {
        let config = LocalConfig {
            programs: vec![PathBuf::from("/bin/sh")],
            working_roots: vec![self.dir.path().to_owned()],
            grace: Duration::from_millis(200),
            ..LocalConfig::default()
        };
        Arc::new(LocalBackend::new(config).unwrap())
    }

    /// Quick options for tests.
    pub(super) fn options() -> WorkerOptions {
        WorkerOptions {
            name: "w1".into(),
            heartbeat: Duration::from_millis(50),
            log_delay: Duration::from_millis(20),
            ..WorkerOptions::default()
        }
    }

    pub(super) fn work(&self, backend: Arc<dyn ExecutionBackend>, options: WorkerOptions) -> Working {
        self.work_with(backend, Secrets::new(), options)
    }

    pub(super) fn work_with(
        &self,
        backend: Arc<dyn ExecutionBackend>,
        secrets: Secrets,
        options: WorkerOptions,
    ) -> Working {
        let worker = Worker::new(self.hub.clone(), Backends::new().with(backend), secrets, options);
        Self::start(worker)
    }

    pub(super) fn start(worker: Worker) -> Working {
        let (shutdown, abort) = (CancellationToken::new(), worker.abort_token());
        let token = shutdown.clone();
        Working { shutdown, abort, task: tokio::spawn(async move { worker.run(token).await }) }
    }

    pub(super) fn shell(script: &str) -> ExecutionSpec {
        ExecutionSpec {
            command: Some(vec!["/bin/sh".into(), "-c".into(), script.into()]),
            ..ExecutionSpec::default()
        }
    }

    fn job(&self, execution: ExecutionSpec, start: DateTime<Utc>, auto_start: bool) -> NewJob {
        NewJob {
            project_id: self.project.id,
            title: "Job".into(),
            description: None,
            job_type: JobType::Dev,
            environment: Some("dev".into()),
            planned_start: start,
            planned_end: None,
            all_day: false,
            assignee_id: None,
            critical: None,
            execution: Some(execution),
            auto_start: Some(auto_start),
        }
    }

    /// Plans a job that starts by itself at that time.
    pub(super) async fn plan(
        &self,
        execution: ExecutionSpec,
        start: DateTime<Utc>,
    ) -> uhub_core::model::JobId {
        let job = self.job(execution, start, true);
        let JobOutcome::Done(view) = self.hub.acting_as(&self.admin).create_job(job, None).await.unwrap()
        else {
            panic!("a job of tier dev needs no approval")
        };
        view.job.id
    }

    /// Launches a new job with this execution.
    pub(super) async fn launch(&self, execution: ExecutionSpec) -> RunId {
        let acting = self.hub.acting_as(&self.admin);
        let tomorrow = self.hub.now() + TimeDelta::days(1);
        let JobOutcome::Done(view) =
            acting.create_job(self.job(execution, tomorrow, false), None).await.unwrap()
        else {
            panic!("a job of tier dev needs no approval")
        };
        match acting.launch(view.job.id, Launch::default(), None).await.unwrap() {
            LaunchOutcome::Started(run) => run.id,
            LaunchOutcome::Waiting { .. } => panic!("a run in tier dev needs no approval"),
        }
    }

    pub(super) async fn cancel(&self, run: RunId) {
        self.hub.acting_as(&self.admin).cancel_run(run).await.unwrap();
    }

    pub(super) async fn run(&self, run: RunId) -> Run {
        self.hub.acting_as(&self.admin).run(run).await.unwrap()
    }

    /// Waits until the run is as `fits` wants it.
    pub(super) async fn until(&self, run: RunId, fits: impl Fn(&Run) -> bool) -> Run {
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            // The store may be failing just then, on purpose.
            if let Ok(now) = self.hub.acting_as(&self.admin).run(run).await {
                if fits(&now) {
                    return now;
                }
                assert!(std::time::Instant::now() < end, "waited too long; now: {now:?}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn until_status(&self, run: RunId, status: RunStatus) -> Run {
        self.until(run, |run| run.status.get() == status).await
    }

    pub(super) async fn until_ended(&self, run: RunId) -> Run {
        self.until(run, |run| run.status.get().is_terminal()).await
    }

    /// The run's log by output; checks that the numbers have no gap.
    pub(super) async fn log(&self, run: RunId) -> BTreeMap<Stream, String> {
        let chunks = self.hub.acting_as(&self.admin).run_log(run, 0, 10_000).await.unwrap();
        let mut log: BTreeMap<Stream, Vec<u8>> = BTreeMap::new();
        for (chunk, seq) in chunks.into_iter().zip(1..) {
            assert_eq!(chunk.seq, seq, "a gap in the log");
            assert!(chunk.bytes.len() <= 64 * 1024, "a chunk of {} bytes", chunk.bytes.len());
            log.entry(chunk.stream).or_default().extend(chunk.bytes);
        }
        log.into_iter()
            .map(|(stream, bytes)| (stream, String::from_utf8_lossy(&bytes).into_owned()))
            .collect()
    }
}
