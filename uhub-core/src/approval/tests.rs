#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    model::{
        ApprovalId, EARLIEST, EnvironmentId, JobEnvironment, JobId, JobStatus, JobType, ProjectId, Role, Tier,
    },
    workflow::Tracked,
};

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn slot(hour: i64) -> Slot {
    let start = EARLIEST + TimeDelta::hours(hour);
    Slot::new(start, start + TimeDelta::hours(1)).unwrap()
}

fn job() -> Job {
    Job {
        id: JobId(Uuid::from_u128(1)),
        project_id: ProjectId(Uuid::from_u128(2)),
        title: "Release 1".to_owned(),
        description: "words".to_owned(),
        job_type: JobType::Ops,
        environment: Some(JobEnvironment {
            id: EnvironmentId(Uuid::from_u128(3)),
            name: "prod".to_owned(),
            tier: Tier::Prod,
            pool: "prod".to_owned(),
        }),
        slot: slot(10),
        all_day: false,
        assignee_id: None,
        critical: None,
        execution: Some(
            serde_json::from_value(json!({
                "image": "registry.example/app:1",
                "command": ["deploy", "--all"],
                "env": { "MODE": "blue" },
                "secrets": { "DB_PASSWORD": "vault:secret/app-x#db_password" },
                "payload": { "a": { "x": 1, "y": 2 }, "b": [1, 2] },
            }))
            .unwrap(),
        ),
        auto_start: true,
        status: Tracked::restore(JobStatus::AwaitingApproval),
        created_by: user(1),
        edited_by: user(1),
        execution_edited_by: user(1),
        auto_started_for: None,
        occurrence: None,
        created_at: EARLIEST,
        updated_at: EARLIEST,
        version: 1,
    }
}

fn run_digest(job: &Job) -> String {
    digest(ApprovalKind::Run, job, None, Some(BackendKind::Docker))
}

/// A change of a job under a name.
type Edit = (&'static str, fn(&mut Job));

#[test]
fn r35_whatever_is_permitted_is_in_the_digest() {
    let edits: [Edit; 21] = [
        ("job", |job| job.id = JobId(Uuid::from_u128(9))),
        ("title", |job| job.title.push('!')),
        ("type", |job| job.job_type = JobType::Infra),
        ("no environment", |job| job.environment = None),
        ("environment", |job| job.environment.as_mut().unwrap().id = EnvironmentId(Uuid::from_u128(9))),
        ("environment renamed", |job| job.environment.as_mut().unwrap().name = "prod-eu".to_owned()),
        ("environment's tier", |job| job.environment.as_mut().unwrap().tier = Tier::Staging),
        ("environment's pool", |job| job.environment.as_mut().unwrap().pool = "eu".to_owned()),
        ("slot", |job| job.slot = slot(11)),
        ("end", |job| job.slot = Slot::new(slot(10).start(), slot(11).end()).unwrap()),
        ("all day", |job| job.all_day = true),
        ("no execution", |job| job.execution = None),
        ("command", |job| job.execution.as_mut().unwrap().command.as_mut().unwrap()[1] = "--one".to_owned()),
        ("image tag", |job| {
            job.execution.as_mut().unwrap().image = Some("registry.example/app:2".to_owned());
        }),
        ("backend", |job| job.execution.as_mut().unwrap().backend = Some(BackendKind::K8s)),
        ("variable", |job| {
            job.execution.as_mut().unwrap().env.insert("MODE".to_owned(), "green".to_owned());
        }),
        ("secret reference", |job| {
            let secrets = &mut job.execution.as_mut().unwrap().secrets;
            secrets.insert("DB_PASSWORD".to_owned(), "vault:secret/app-y#db_password".to_owned());
        }),
        ("secret's name", |job| {
            let secrets = &mut job.execution.as_mut().unwrap().secrets;
            let reference = secrets.remove("DB_PASSWORD").unwrap();
            secrets.insert("PASSWORD".to_owned(), reference);
        }),
        ("payload", |job| job.execution.as_mut().unwrap().payload = Some(json!({ "a": 1 }))),
        ("attempts", |job| job.execution.as_mut().unwrap().max_attempts = Some(2)),
        ("idempotent", |job| job.execution.as_mut().unwrap().idempotent = true),
    ];
    let mut seen = std::collections::BTreeMap::from([(run_digest(&job()), "as it was")]);
    for (what, edit) in edits {
        let mut edited = job();
        edit(&mut edited);
        let same = seen.insert(run_digest(&edited), what);
        assert_eq!(same, None, "{what}");
    }
}

#[test]
fn r35_kind_backend_and_change_are_in_the_digest() {
    let job = job();
    let moved = Change { slot: Some((slot(12), false)), ..Change::default() };
    let all: std::collections::BTreeSet<String> = [
        digest(ApprovalKind::Run, &job, None, Some(BackendKind::Docker)),
        digest(ApprovalKind::Run, &job, None, Some(BackendKind::K8s)),
        digest(ApprovalKind::BreakGlass, &job, None, Some(BackendKind::Docker)),
        digest(ApprovalKind::Create, &job, None, None),
        digest(ApprovalKind::Cancel, &job, None, None),
        digest(ApprovalKind::Edit, &job, None, None),
        digest(ApprovalKind::Edit, &job, Some(&moved), None),
        digest(
            ApprovalKind::Edit,
            &job,
            Some(&Change { slot: Some((slot(13), false)), ..Change::default() }),
            None,
        ),
        digest(
            ApprovalKind::Edit,
            &job,
            Some(&Change { slot: Some((slot(12), true)), ..Change::default() }),
            None,
        ),
        digest(ApprovalKind::Edit, &job, Some(&Change { execution: Some(None), ..moved.clone() }), None),
    ]
    .into();
    assert_eq!(all.len(), 10);
}

#[test]
fn words_about_the_job_are_not_in_the_digest() {
    let edits: [Edit; 5] = [
        ("description", |job| job.description = "other words".to_owned()),
        ("assignee", |job| job.assignee_id = Some(user(7))),
        ("status", |job| job.status = Tracked::restore(JobStatus::Queued)),
        ("version", |job| job.version = 9),
        ("editor", |job| job.edited_by = user(8)),
    ];
    for (what, edit) in edits {
        let mut edited = job();
        edit(&mut edited);
        assert_eq!(run_digest(&edited), run_digest(&job()), "{what}");
    }
}

#[test]
fn the_order_of_keys_is_not_in_the_digest() {
    let with = |payload: &str| {
        let mut job = job();
        job.execution.as_mut().unwrap().payload = Some(serde_json::from_str(payload).unwrap());
        run_digest(&job)
    };
    assert_eq!(with(r#"{"a":{"x":1,"y":2},"b":[1,2]}"#), with(r#"{"b":[1,2],"a":{"y":2,"x":1}}"#));
    assert_ne!(with(r#"{"b":[1,2]}"#), with(r#"{"b":[2,1]}"#), "an array's order says something");
    assert_ne!(with(r#"{"a":"1"}"#), with(r#"{"a":1}"#));
    assert_ne!(with(r#"{"a":{"b":1}}"#), with(r#"{"a":"{\"b\":1}"}"#), "text is not structure");
    assert_eq!(canonical(&json!({ "b": [true, null], "a": "é\"" })), r#"{"a":"é\"","b":[true,null]}"#);
}

fn approval(job: &Job) -> Approval {
    Approval {
        id: ApprovalId(Uuid::from_u128(5)),
        kind: ApprovalKind::Run,
        job_id: job.id,
        project_id: job.project_id,
        run_id: None,
        change: None,
        digest: run_digest(job),
        rule: "rbac.run.launch.prod.ops".to_owned(),
        reason: None,
        state: ApprovalState::Approved,
        requested_by: user(2),
        requested_at: EARLIEST,
        expires_at: EARLIEST + TimeDelta::hours(72),
        decided_by: Some(user(4)),
        decided_at: Some(EARLIEST),
        comment: None,
    }
}

fn actor(n: u128, role: Role) -> Actor {
    Actor::person(user(n), role)
}

#[test]
fn r36_a_second_person_decides() {
    let job = job();
    let approval = approval(&job);
    let rule = |actor: &Actor| {
        check_decider(actor, &approval, &job, Some(user(3))).err().and_then(|error| error.rule())
    };
    for role in [Role::Admin, Role::Projets] {
        assert_eq!(rule(&actor(4, role)), None);
        assert_eq!(rule(&actor(2, role)).as_deref(), Some("approval.second_person"), "the requester");
        assert_eq!(rule(&actor(3, role)).as_deref(), Some("approval.second_person"), "the launcher");
        assert_eq!(
            rule(&actor(1, role)).as_deref(),
            Some("approval.second_person"),
            "the execution's editor"
        );
        let closed = Actor { is_active: false, ..actor(4, role) };
        assert_eq!(rule(&closed).as_deref(), Some("account.inactive"));
    }
    assert_eq!(rule(&actor(4, Role::Ops)).as_deref(), Some("rbac.approval.decide.ops"));
    assert_eq!(rule(&actor(4, Role::Dev)).as_deref(), Some("rbac.approval.decide.dev"));
    // Where nothing is executed nobody has edited an execution.
    let bare = Job { execution: None, ..job };
    assert_eq!(check_decider(&actor(1, Role::Admin), &approval, &bare, None), Ok(()));
}

#[test]
fn r37_an_approval_is_used_only_as_given_in_time_and_for_exactly_this() {
    let job = job();
    let given = approval(&job);
    let decider = actor(4, Role::Admin);
    let check = |approval: &Approval, job: &Job, backend, decider: Option<&Actor>, now| {
        check_use(approval, job, Some(backend), decider, Some(user(2)), now)
    };
    let docker = BackendKind::Docker;
    assert_eq!(check(&given, &job, docker, Some(&decider), EARLIEST), Ok(()));

    for state in ApprovalState::ALL.iter().filter(|state| **state != ApprovalState::Approved) {
        let other = Approval { state: *state, ..given.clone() };
        assert_eq!(
            check(&other, &job, docker, Some(&decider), EARLIEST),
            Err(Error::ApprovalClosed { state: *state })
        );
    }
    let closed = |state| Err(Error::ApprovalClosed { state });
    let end = given.expires_at;
    assert_eq!(check(&given, &job, docker, Some(&decider), end - TimeDelta::microseconds(1)), Ok(()));
    assert_eq!(check(&given, &job, docker, Some(&decider), end), closed(ApprovalState::Expired));
    assert_eq!(
        check(&given, &job, BackendKind::K8s, Some(&decider), EARLIEST),
        closed(ApprovalState::Void),
        "another backend"
    );
    let edited = Job { title: "Release 2".to_owned(), ..job.clone() };
    assert_eq!(check(&given, &edited, docker, Some(&decider), EARLIEST), closed(ApprovalState::Void));
    assert_eq!(check(&given, &job, docker, None, EARLIEST), closed(ApprovalState::Void), "nobody gave it");
    for lesser in [actor(4, Role::Ops), Actor { is_active: false, ..decider }] {
        let refused = check(&given, &job, docker, Some(&lesser), EARLIEST);
        assert!(matches!(refused, Err(Error::Denied { .. })), "who gave it no longer may");
    }
}

/// A pending edit that clears something must still clear it when a store has kept it as JSON.
#[test]
fn r35_a_change_survives_json_with_what_it_clears() {
    let clears = Change {
        environment: Some(None),
        assignee_id: Some(None),
        critical: Some(None),
        execution: Some(None),
        slot: Some((slot(12), true)),
        ..Change::default()
    };
    let sets = Change {
        environment: Some(Some(EnvironmentId(Uuid::from_u128(3)))),
        assignee_id: Some(Some(user(3))),
        critical: Some(Some(false)),
        execution: Some(job().execution),
        title: Some("x".to_owned()),
        description: Some(String::new()),
        job_type: Some(JobType::Infra),
        auto_start: Some(false),
        ..Change::default()
    };
    for change in [clears, sets, Change::default()] {
        let text = serde_json::to_string(&change).unwrap();
        assert_eq!(serde_json::from_str::<Change>(&text).unwrap(), change, "{text}");
    }
    assert_eq!(serde_json::to_value(Change::default()).unwrap(), json!({}));
}
