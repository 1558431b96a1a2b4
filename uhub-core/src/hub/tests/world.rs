//! A hub with people and a project, and short words for what tests do with it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use serde_json::json;
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    hub::{
        Acting, ClaimedRun, Hub, JobOutcome, JobPatch, JobUpdate, JobView, Launch, LaunchOutcome,
        NewEnvironment, NewFreeze, NewJob, NewProject, NewUser, ProjectPatch, Settings, UserPatch,
    },
    memory::MemoryStore,
    model::{
        Approval, ApprovalId, BackendKind, ExecutionSpec, Freeze, Job, JobId, JobStatus, JobType, Policy,
        Project, Role, Run, RunId, RunStatus, Tier, User, UserKind,
    },
    ports::{
        clock::{ManualClock, SeededIds},
        passwords::{PasswordError, Passwords},
        store::{AuditFilter, AuditRow, Page, RunFilter, Store as _},
    },
};

/// A Monday, 09:00 in Paris.
pub(super) const START: &str = "2030-01-07T08:00:00Z";

/// Nothing here waits for anybody, unless a test has threads.
pub(super) fn go<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nobody else writes")
}

/// The rule that refused, or what else came of it.
pub(super) fn rule<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Ok(_) => "allowed".to_owned(),
        Err(error) => error.rule().unwrap_or_else(|| format!("{error:?}")),
    }
}

/// The field that is wrong.
pub(super) fn field<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

/// Keeps passwords as they are.
#[derive(Debug)]
pub(super) struct PlainPasswords;

#[async_trait]
impl Passwords for PlainPasswords {
    async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        Ok(format!("plain:{password}"))
    }

    async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, PasswordError> {
        Ok(hash == Some(&format!("plain:{password}")))
    }
}

pub(super) struct World {
    pub(super) store: MemoryStore,
    pub(super) clock: Arc<ManualClock>,
    pub(super) hub: Hub,
    pub(super) admin: User,
    pub(super) admin2: User,
    /// Role projets, and owns `app`.
    pub(super) owner: User,
    /// Role projets, and owns nothing.
    pub(super) projets: User,
    pub(super) ops: User,
    pub(super) ops2: User,
    pub(super) dev: User,
    pub(super) dev2: User,
    /// With the environments dev, staging, prod and prod-eu.
    pub(super) app: Project,
}

impl World {
    pub(super) fn new() -> Self {
        Self::seeded(1, Settings::default())
    }

    pub(super) fn seeded(seed: u64, settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
        let store = MemoryStore::new(clock.clone());
        let hub = Hub::new(Arc::new(store.clone()), clock.clone(), Arc::new(SeededIds::new(seed)), settings)
            .with_passwords(Arc::new(PlainPasswords));
        let new = |username: &str, role| NewUser {
            username: username.to_owned(),
            password: Some(format!("{username}-password")),
            email: format!("{username}@uhub.local"),
            display_name: username.to_owned(),
            kind: UserKind::Person,
            role,
            theme: None,
        };
        let admin = go(hub.bootstrap_admin(new("admin", Role::Admin))).unwrap();
        let user = |username: &str, role| go(hub.acting_as(&admin).create_user(new(username, role))).unwrap();
        let (admin2, owner) = (user("admin2", Role::Admin), user("owner", Role::Projets));
        let (projets, ops, ops2) =
            (user("projets", Role::Projets), user("ops", Role::Ops), user("ops2", Role::Ops));
        let (dev, dev2) = (user("dev", Role::Dev), user("dev2", Role::Dev));
        let app = go(hub.acting_as(&owner).create_project(NewProject {
            name: "app".to_owned(),
            color: "#00ff00".to_owned(),
            owner_id: owner.id,
            environments: vec![
                environment("dev", None),
                environment("staging", None),
                environment("prod", None),
                environment("prod-eu", Some(Tier::Prod)),
            ],
            execution_backend: None,
            execution_backend_config: None,
            policy: None,
        }))
        .unwrap();
        Self { store, clock, hub, admin, admin2, owner, projets, ops, ops2, dev, dev2, app }
    }

    /// What `user` can do, as that user is now.
    pub(super) fn by(&self, user: &User) -> Acting {
        let now = go(async { self.store.read().await?.user(user.id).await }).unwrap().unwrap();
        self.hub.acting_as(&now)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.hub.now()
    }

    /// So many hours after the beginning.
    pub(super) fn at(&self, hours: i64) -> DateTime<Utc> {
        START.parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
    }

    pub(super) fn go_to(&self, hours: i64) {
        self.clock.set(self.at(hours));
    }

    pub(super) fn new_job(&self, job_type: JobType, environment: Option<&str>, hour: i64) -> NewJob {
        NewJob {
            project_id: self.app.id,
            title: format!("{job_type} at {hour}"),
            description: None,
            job_type,
            environment: environment.map(str::to_owned),
            planned_start: self.at(hour),
            planned_end: Some(self.at(hour + 1)),
            all_day: false,
            assignee_id: None,
            critical: None,
            execution: None,
            auto_start: None,
        }
    }

    /// A job that runs in a container once it is launched.
    pub(super) fn new_deploy(&self, environment: &str, hour: i64) -> NewJob {
        NewJob {
            execution: Some(docker("registry.example/app:1")),
            auto_start: Some(false),
            ..self.new_job(JobType::Ops, Some(environment), hour)
        }
    }

    pub(super) fn create(&self, by: &User, new: NewJob) -> Job {
        match go(self.by(by).create_job(new, None)).unwrap() {
            JobOutcome::Done(view) => view.job,
            JobOutcome::Waiting { approval, .. } => panic!("waits: {approval:?}"),
        }
    }

    /// Moves a job by a drag: the start only.
    pub(super) fn drag(&self, by: &User, job: JobId, hour: i64) -> Result<JobOutcome> {
        let patch = JobPatch { planned_start: Some(self.at(hour)), ..JobPatch::default() };
        self.edit(by, job, patch)
    }

    pub(super) fn edit(&self, by: &User, job: JobId, patch: JobPatch) -> Result<JobOutcome> {
        go(self.by(by).update_job(job, patch, JobUpdate::default()))
    }

    pub(super) fn launch(&self, by: &User, job: JobId) -> Result<LaunchOutcome> {
        go(self.by(by).launch(job, Launch::default(), None))
    }

    pub(super) fn approve(&self, by: &User, id: ApprovalId) -> Result<Approval> {
        go(self.by(by).approve(id, None))
    }

    /// Launches, and has `approver` agree.
    pub(super) fn launch_approved(&self, by: &User, job: JobId, approver: &User) -> Run {
        let (run, approval) = waiting(self.launch(by, job));
        self.approve(approver, approval.id).unwrap();
        self.run(run.id)
    }

    pub(super) fn claim(&self) -> Vec<ClaimedRun> {
        go(self.hub.claim("w1", BackendKind::ALL, 10)).unwrap()
    }

    pub(super) fn claim_one(&self) -> ClaimedRun {
        let mut claimed = self.claim();
        assert_eq!(claimed.len(), 1, "{claimed:?}");
        claimed.remove(0)
    }

    pub(super) fn tick(&self) -> crate::hub::Ticked {
        go(self.hub.tick(100)).unwrap()
    }

    pub(super) fn set_role(&self, user: &User, role: Role) {
        let patch = UserPatch { role: Some(role), ..UserPatch::default() };
        go(self.by(&self.admin).update_user(user.id, patch, None)).unwrap();
    }

    pub(super) fn deactivate(&self, user: &User) {
        let patch = UserPatch { is_active: Some(false), ..UserPatch::default() };
        go(self.by(&self.admin).update_user(user.id, patch, None)).unwrap();
    }

    pub(super) fn set_policy(&self, policy: Policy) {
        let patch = ProjectPatch { policy: Some(policy), ..ProjectPatch::default() };
        go(self.by(&self.admin).update_project(self.app.id, patch, None)).unwrap();
    }

    pub(super) fn rename_environment(&self, from: &str, to: &str) {
        let environments = go(self.by(&self.admin).project(self.app.id)).unwrap().environments;
        let environments = environments
            .into_iter()
            .map(|environment| NewEnvironment {
                id: Some(environment.id),
                name: if environment.name == from { to.to_owned() } else { environment.name },
                tier: Some(environment.tier),
                pool: Some(environment.pool),
            })
            .collect();
        let patch = ProjectPatch { environments: Some(environments), ..ProjectPatch::default() };
        go(self.by(&self.admin).update_project(self.app.id, patch, None)).unwrap();
    }

    pub(super) fn new_freeze(&self, tiers: &[Tier], from: i64, to: i64) -> NewFreeze {
        NewFreeze {
            start: self.at(from),
            end: self.at(to),
            tiers: tiers.to_vec(),
            environments: Vec::new(),
            reason: "end of the year".to_owned(),
            project_id: None,
        }
    }

    pub(super) fn freeze(&self, tiers: &[Tier], from: i64, to: i64) -> Freeze {
        go(self.by(&self.admin).create_freeze(self.new_freeze(tiers, from, to), false)).unwrap().freeze
    }

    pub(super) fn view(&self, job: JobId) -> JobView {
        go(self.by(&self.admin).job(job)).unwrap()
    }

    pub(super) fn job(&self, job: JobId) -> Job {
        self.view(job).job
    }

    pub(super) fn status(&self, job: JobId) -> JobStatus {
        self.job(job).status.get()
    }

    pub(super) fn run(&self, run: RunId) -> Run {
        go(self.by(&self.admin).run(run)).unwrap()
    }

    pub(super) fn run_status(&self, run: RunId) -> RunStatus {
        self.run(run).status.get()
    }

    pub(super) fn runs(&self, job: JobId) -> Vec<Run> {
        let filter = RunFilter { job_id: Some(job), ..RunFilter::default() };
        go(self.by(&self.admin).runs(&filter, Page::first(100))).unwrap()
    }

    pub(super) fn approval(&self, id: ApprovalId) -> Approval {
        go(self.by(&self.admin).approval(id)).unwrap()
    }

    /// The whole audit, the newest first.
    pub(super) fn audit(&self) -> Vec<AuditRow> {
        go(async { self.store.read().await?.audit(&AuditFilter::default(), Page::first(100_000)).await })
            .unwrap()
    }

    /// `action decision rule` of each entry on this thing, the oldest first.
    pub(super) fn story(&self, object: Uuid) -> Vec<String> {
        self.audit()
            .iter()
            .rev()
            .filter(|row| row.entry.object_id == Some(object))
            .map(|row| {
                let entry = &row.entry;
                let rule = entry.rule.as_deref().map(|rule| format!(" {rule}")).unwrap_or_default();
                format!("{} {}{rule}", entry.action, entry.decision)
            })
            .collect()
    }

    /// Everything that the store knows, as text.
    pub(super) fn everything(&self) -> String {
        let all = Page::first(100_000);
        go(async {
            let mut session = self.store.read().await.unwrap();
            let users = session.users(all).await.unwrap();
            let mut tokens = Vec::new();
            for user in &users {
                tokens.extend(session.tokens(user.id, all).await.unwrap());
            }
            format!(
                "{:#?}",
                (
                    users,
                    tokens,
                    session.projects(all).await.unwrap(),
                    session.jobs(&crate::ports::store::JobFilter::default(), all).await.unwrap(),
                    session.runs(&RunFilter::default(), all).await.unwrap(),
                    session.approvals(None, all).await.unwrap(),
                    session.list_freezes(all).await.unwrap(),
                    session.audit(&AuditFilter::default(), all).await.unwrap(),
                    self.store.revision(None).await.unwrap(),
                )
            )
        })
    }
}

pub(super) fn environment(name: &str, tier: Option<Tier>) -> NewEnvironment {
    NewEnvironment { id: None, name: name.to_owned(), tier, pool: None }
}

pub(super) fn docker(image: &str) -> ExecutionSpec {
    serde_json::from_value(json!({ "backend": "docker", "image": image, "command": ["deploy"] })).unwrap()
}

pub(super) fn local() -> ExecutionSpec {
    serde_json::from_value(json!({ "backend": "local", "command": ["/usr/bin/uhub", "report"] })).unwrap()
}

pub(super) fn done(outcome: Result<JobOutcome>) -> JobView {
    match outcome.unwrap() {
        JobOutcome::Done(view) => view,
        JobOutcome::Waiting { approval, .. } => panic!("waits: {approval:?}"),
    }
}

pub(super) fn asked(outcome: Result<JobOutcome>) -> (JobView, Approval) {
    match outcome.unwrap() {
        JobOutcome::Waiting { job, approval } => (job, approval),
        JobOutcome::Done(view) => panic!("is done: {view:?}"),
    }
}

pub(super) fn started(outcome: Result<LaunchOutcome>) -> Run {
    match outcome.unwrap() {
        LaunchOutcome::Started(run) => run,
        LaunchOutcome::Waiting { approval, .. } => panic!("waits: {approval:?}"),
    }
}

pub(super) fn waiting(outcome: Result<LaunchOutcome>) -> (Run, Approval) {
    match outcome.unwrap() {
        LaunchOutcome::Waiting { run, approval } => (run, approval),
        LaunchOutcome::Started(run) => panic!("started: {run:?}"),
    }
}
