//! Things to keep. What a test does not name is filled with values that would not survive a careless store.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uhub_core::{
    audit::AuditEntry,
    model::*,
    ports::{
        clock::Clock as _,
        store::{ChangeNote, Topic},
    },
    workflow::Tracked,
};

use crate::bed::Bed;

/// Letters, an emoji of several code points, right-to-left, quotes, wildcards, and what SQL and JSON would escape.
pub(crate) const UNICODE: &str = "Santé – 日本語 👩🏽‍🚀 שלום \"q\" 'q' \\ 100% _x_ \t\n; DROP TABLE jobs --";

/// So many hours after 2030-01-01T00:00:00.000001Z.
pub(crate) fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_893_456_000_000_001).unwrap() + TimeDelta::hours(hours)
}

pub(crate) fn slot(from: i64, to: i64) -> Slot {
    Slot::new(at(from), at(to)).unwrap()
}

/// The last microsecond that a slot may touch.
pub(crate) fn last() -> DateTime<Utc> {
    LATEST - TimeDelta::microseconds(1)
}

pub(crate) const fn note(topic: Topic, id: uuid::Uuid) -> ChangeNote {
    ChangeNote { topic, id }
}

pub(crate) fn user(bed: &Bed, username: &str, role: Role) -> User {
    User {
        id: UserId(bed.id()),
        username: username.to_owned(),
        display_name: UNICODE.to_owned(),
        email: format!("{username}@example.org"),
        kind: UserKind::Person,
        role,
        theme: Theme::Dark,
        is_active: true,
        tokens_valid_from: EARLIEST + TimeDelta::microseconds(1),
        created_at: bed.clock.now(),
        updated_at: last(),
        version: 1,
    }
}

pub(crate) fn environment(bed: &Bed, name: &str, tier: Tier, pool: &str) -> Environment {
    Environment { id: EnvironmentId(bed.id()), name: name.to_owned(), tier, pool: pool.to_owned() }
}

pub(crate) fn project(bed: &Bed, name: &str, owner: UserId) -> Project {
    Project {
        id: ProjectId(bed.id()),
        name: name.to_owned(),
        color: "#a0b0c0".to_owned(),
        owner_id: owner,
        environments: vec![
            environment(bed, "dev", Tier::Dev, "dev"),
            environment(bed, "staging", Tier::Staging, "staging"),
            environment(bed, "prod", Tier::Prod, "prod"),
        ],
        execution_backend: None,
        execution_backend_config: None,
        policy: Policy::default(),
        created_at: bed.clock.now(),
        updated_at: bed.clock.now(),
        version: 1,
    }
}

/// A user and a project of hers, both stored.
pub(crate) struct World {
    pub(crate) owner: User,
    pub(crate) project: Project,
}

impl World {
    pub(crate) async fn new(bed: &Bed) -> Self {
        let owner = user(bed, "owner", Role::Projets);
        let project = project(bed, "app-x", owner.id);
        let mut session = bed.write().await;
        session.insert_user(&owner, None).await.unwrap();
        session.insert_project(&project).await.unwrap();
        session.commit().await.unwrap();
        Self { owner, project }
    }

    /// The environment of that name, as a job has it.
    pub(crate) fn place(&self, name: &str) -> Option<JobEnvironment> {
        place(&self.project, name)
    }

    /// A planned job of an hour, with nothing special about it.
    pub(crate) fn job(&self, bed: &Bed, hour: i64) -> Job {
        Job {
            id: JobId(bed.id()),
            project_id: self.project.id,
            title: format!("job at {hour}"),
            description: String::new(),
            job_type: JobType::Ops,
            environment: self.place("staging"),
            slot: slot(hour, hour + 1),
            all_day: false,
            assignee_id: None,
            critical: None,
            execution: None,
            auto_start: false,
            status: Tracked::restore(JobStatus::Planned),
            created_by: self.owner.id,
            edited_by: self.owner.id,
            execution_edited_by: self.owner.id,
            auto_started_for: None,
            occurrence: None,
            created_at: bed.clock.now(),
            updated_at: bed.clock.now(),
            version: 1,
        }
    }

    /// A job that is stored, and has an execution.
    pub(crate) async fn stored_job(&self, bed: &Bed, hour: i64) -> Job {
        let job = Job { execution: Some(execution()), auto_start: true, ..self.job(bed, hour) };
        let mut session = bed.write().await;
        session.insert_job(&job).await.unwrap();
        session.commit().await.unwrap();
        job
    }
}

pub(crate) fn place(project: &Project, name: &str) -> Option<JobEnvironment> {
    project.environment(name).map(|found| JobEnvironment {
        id: found.id,
        name: found.name.clone(),
        tier: found.tier,
        pool: found.pool.clone(),
    })
}

/// An execution with every field.
pub(crate) fn execution() -> ExecutionSpec {
    ExecutionSpec {
        backend: Some(BackendKind::Docker),
        command: Some(vec!["/bin/échec".to_owned(), String::new(), UNICODE.to_owned()]),
        working_dir: Some("/srv".to_owned()),
        image: Some("registry.example.org/app@sha256:00".to_owned()),
        url: Some("https://ci.example.org/hook?a=1&b=2".to_owned()),
        method: Some("POST".to_owned()),
        payload: Some(json!({"z": [1, -2.5, 1e300, u64::MAX, i64::MIN, null, true], "a": {"é": UNICODE}})),
        env: BTreeMap::from([("LANG".to_owned(), UNICODE.to_owned()), ("EMPTY".to_owned(), String::new())]),
        secrets: BTreeMap::from([("TOKEN".to_owned(), "vault:secret/app-x#token".to_owned())]),
        timeout_seconds: Some(u32::MAX),
        max_attempts: Some(3),
        idempotent: true,
        priority: 0,
        limits: Some(ResourceLimits { cpus: Some(0.1), memory_mb: Some(64), pids: None }),
    }
}

/// A queued run of `job`, due at [`at`]`(0)`.
pub(crate) fn run_of(bed: &Bed, job: &Job) -> Run {
    Run {
        id: RunId(bed.id()),
        job_id: job.id,
        project_id: job.project_id,
        attempt: 1,
        backend: BackendKind::Docker,
        execution: execution(),
        status: Tracked::restore(RunStatus::Queued),
        fence: 0,
        origin: RunOrigin::Launch,
        requested_by: job.created_by,
        reason: None,
        approval_id: None,
        approved_by: None,
        due_at: at(0),
        worker: None,
        handle: None,
        log_from: 0,
        lease_until: None,
        cancel_requested_at: None,
        exit_code: None,
        outcome: None,
        created_at: bed.clock.now(),
        started_at: None,
        ended_at: None,
    }
}

/// The run as a worker holds it until `lease`.
pub(crate) fn held(run: &Run, fence: i64, lease: DateTime<Utc>) -> Run {
    Run {
        status: Tracked::restore(RunStatus::Running),
        fence,
        worker: Some("worker-1".to_owned()),
        lease_until: Some(lease),
        started_at: Some(at(0)),
        ..run.clone()
    }
}

pub(crate) fn ended(run: &Run, status: RunStatus) -> Run {
    Run { status: Tracked::restore(status), lease_until: None, ended_at: Some(at(1)), ..run.clone() }
}

pub(crate) fn approval(bed: &Bed, job: &Job, kind: ApprovalKind, state: ApprovalState) -> Approval {
    Approval {
        id: ApprovalId(bed.id()),
        kind,
        job_id: job.id,
        project_id: job.project_id,
        run_id: None,
        change: None,
        digest: "d1".repeat(32),
        rule: "prod.run".to_owned(),
        reason: None,
        state,
        requested_by: job.created_by,
        requested_at: bed.clock.now(),
        expires_at: at(72),
        decided_by: None,
        decided_at: None,
        comment: None,
    }
}

pub(crate) fn freeze(bed: &Bed, slot: Slot) -> Freeze {
    Freeze {
        id: FreezeId(bed.id()),
        slot,
        tiers: vec![Tier::Prod, Tier::Dev],
        environments: vec!["prod-eu".to_owned(), "a\"b,c".to_owned()],
        project_id: None,
        reason: UNICODE.to_owned(),
        created_by: UserId(bed.id()),
        created_at: bed.clock.now(),
    }
}

pub(crate) fn entry(bed: &Bed, action: &str) -> AuditEntry {
    AuditEntry {
        id: AuditId(bed.id()),
        at: bed.clock.now(),
        actor_id: None,
        actor: "worker 🚀".to_owned(),
        action: action.to_owned(),
        object_kind: "job".to_owned(),
        object_id: None,
        project_id: None,
        decision: "allow".to_owned(),
        rule: None,
        detail: json!({"b": [0.1, 1e21, -0.0, u64::MAX], "a": {"é": UNICODE, "": null}}),
    }
}
