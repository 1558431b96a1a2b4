//! What is stored comes back, to the last bit.

use std::collections::BTreeMap;

use uhub_core::{
    audit::{AuditEntry, Head, Verifier, seal},
    model::{
        Approval, ApprovalId, ApprovalKind, ApprovalState, AuditId, BackendConfig, BackendKind, Change,
        ExecutionSpec, LATEST, LogChunk, OnConflict, ResourceLimits, Role, Run, RunId, RunOrigin, RunStatus,
        Stream, Theme, User, UserKind,
    },
    ports::store::{AuditFilter, JobFilter, Page, RunFilter, Store as _, StoreError},
};

use super::*;

pub(crate) fn run(job: &Job) -> Run {
    Run {
        id: RunId(id()),
        job_id: job.id,
        project_id: job.project_id,
        attempt: 1,
        backend: BackendKind::Docker,
        execution: spec(),
        status: Tracked::restore(RunStatus::Queued),
        fence: 0,
        origin: RunOrigin::Launch,
        requested_by: job.created_by,
        reason: Some("because".to_owned()),
        approval_id: None,
        approved_by: None,
        due_at: noon(),
        worker: None,
        handle: None,
        log_from: 0,
        lease_until: None,
        cancel_requested_at: None,
        exit_code: None,
        outcome: None,
        created_at: noon(),
        started_at: None,
        ended_at: None,
    }
}

fn spec() -> ExecutionSpec {
    ExecutionSpec {
        backend: Some(BackendKind::Docker),
        command: Some(vec!["/bin/echo".to_owned(), "é\"'\\".to_owned()]),
        image: Some("busybox@sha256:0".to_owned()),
        payload: Some(
            serde_json::json!({"b": [1, 2.5, null, 1e300, 0.1], "a": "\u{0}\u{1F680}", "n": u64::MAX}),
        ),
        env: BTreeMap::from([("A".to_owned(), String::new())]),
        secrets: BTreeMap::from([("P".to_owned(), "vault:secret/x#y".to_owned())]),
        timeout_seconds: Some(u32::MAX),
        idempotent: true,
        limits: Some(ResourceLimits { cpus: Some(0.1 + 0.2), memory_mb: Some(64), pids: None }),
        ..ExecutionSpec::default()
    }
}

fn entry(n: i64, project: Option<ProjectId>) -> AuditEntry {
    AuditEntry {
        id: AuditId(id()),
        at: noon() + TimeDelta::microseconds(n),
        actor_id: None,
        actor: "nobody".to_owned(),
        action: "job.move".to_owned(),
        object_kind: "job".to_owned(),
        object_id: Some(id()),
        project_id: project,
        decision: "deny".to_owned(),
        rule: None,
        detail: serde_json::json!({"n": n, "ratio": 0.1 + 0.2, "z": 1, "a": {"ü": "\n"}}),
    }
}

on_both!(everything_comes_back, |place| {
    let store = place.open().await;
    let user = User {
        id: UserId(id()),
        username: "Chloé".to_owned(),
        display_name: "Chloé 🚀".to_owned(),
        email: "c@example.org".to_owned(),
        kind: UserKind::Person,
        role: Role::Projets,
        theme: Theme::Light,
        is_active: true,
        tokens_valid_from: noon() + TimeDelta::microseconds(1),
        created_at: LATEST - TimeDelta::microseconds(1),
        updated_at: DateTime::from_timestamp_micros(-1).unwrap(),
        version: 1,
    };
    let mut app = project("App");
    app.execution_backend = Some(BackendKind::K8s);
    app.execution_backend_config =
        Some(BackendConfig { cpus: Some(1.1), max_attempts: Some(3), ..BackendConfig::default() });
    app.policy.on_conflict.insert(Tier::Prod, OnConflict::Block);
    app.policy.allowed_backends.insert(Tier::Prod, vec![BackendKind::K8s]);
    let mut work = job(&app, "Release \\ 100% _ é", noon() + TimeDelta::microseconds(7), 3);
    work.execution = Some(spec());
    work.assignee_id = Some(user.id);
    work.critical = Some(false);
    work.auto_started_for = Some(work.slot.start());
    let mut meeting = job(&app, "Meeting", noon(), 24 * 365);
    meeting.job_type = JobType::Meeting;
    meeting.environment = None;
    let mut launched = run(&work);
    launched.exit_code = Some(-9);
    launched.lease_until = Some(noon());
    let approval = Approval {
        id: ApprovalId(id()),
        kind: ApprovalKind::Edit,
        job_id: work.id,
        project_id: app.id,
        run_id: Some(launched.id),
        change: Some(Change {
            slot: Some((work.slot, true)),
            environment: Some(None),
            critical: Some(None),
            assignee_id: Some(Some(user.id)),
            execution: Some(None),
            ..Change::default()
        }),
        digest: "d".to_owned(),
        rule: "r".to_owned(),
        reason: None,
        state: ApprovalState::Approved,
        requested_by: user.id,
        requested_at: noon(),
        expires_at: noon(),
        decided_by: Some(user.id),
        decided_at: Some(noon()),
        comment: Some(String::new()),
    };
    let log = LogChunk { seq: 1, stream: Stream::Stderr, at: noon(), bytes: vec![0, 255, 10], upto: 0 };

    let mut session = store.write().await.unwrap();
    session.insert_user(&user, Some("$argon2id$x")).await.unwrap();
    session.insert_project(&app).await.unwrap();
    session.insert_jobs(&[work.clone(), meeting.clone()]).await.unwrap();
    session.insert_run(&launched).await.unwrap();
    session.insert_approval(&approval).await.unwrap();
    let mut running = launched.clone();
    running.status = Tracked::restore(RunStatus::Running);
    running.fence = 1;
    assert!(session.update_run(&running, (RunStatus::Queued, 0)).await.unwrap());
    assert!(session.append_log(running.id, 1, &[log.clone(), log.clone()]).await.unwrap());
    assert!(!session.append_log(running.id, 2, std::slice::from_ref(&log)).await.unwrap());
    session.commit().await.unwrap();

    let mut session = store.read().await.unwrap();
    assert_eq!(session.user(user.id).await.unwrap().as_ref(), Some(&user));
    assert_eq!(session.password_hash(user.id).await.unwrap().as_deref(), Some("$argon2id$x"));
    assert_eq!(session.project(app.id).await.unwrap().as_ref(), Some(&app));
    assert_eq!(session.job(work.id).await.unwrap().as_ref(), Some(&work));
    assert_eq!(session.job(meeting.id).await.unwrap().as_ref(), Some(&meeting));
    assert_eq!(session.run(running.id).await.unwrap().as_ref(), Some(&running));
    assert_eq!(session.approval(approval.id).await.unwrap().as_ref(), Some(&approval));
    assert_eq!(session.run_log(running.id, 0, 10).await.unwrap(), [log]);
    let all = JobFilter::default();
    let entries = session.calendar(work.slot, &all).await.unwrap();
    assert_eq!(entries, [meeting.entry(), work.entry()]);
    let q = |q: &str| JobFilter { q: Some(q.to_owned()), ..JobFilter::default() };
    for (text, found) in
        [("\\ 100% _ É", 1), ("%", 1), ("_ e", 0), ("RELEASE", 1), ("", 2), (&"x".repeat(90_000), 0)]
    {
        assert_eq!(session.jobs(&q(text), Page::first(9)).await.unwrap().len(), found, "{text:.20}");
    }
    let far = RunFilter {
        from: Some(DateTime::<Utc>::MIN_UTC),
        to: Some(DateTime::<Utc>::MAX_UTC),
        ..RunFilter::default()
    };
    assert_eq!(session.runs(&far, Page::first(9)).await.unwrap().len(), 1);
    assert_eq!(session.count_runs().await.unwrap(), [(RunStatus::Running, 1)]);
});

on_both!(the_chain_survives_the_database, |place| {
    let store = place.open().await;
    let mut session = store.write().await.unwrap();
    let entries: Vec<AuditEntry> = (0..2_500).map(|n| entry(n, None)).collect();
    session.append_audit(&entries).await.unwrap();
    assert_eq!(session.unsealed(9_999).await.unwrap(), [], "not committed yet");
    session.commit().await.unwrap();

    for round in 0..3 {
        let mut session = store.write().await.unwrap();
        session.append_audit(&[entry(9_000 + round, None)]).await.unwrap();
        let some = session.unsealed(1_000).await.unwrap();
        assert_eq!(some.len(), if round == 2 { 502 } else { 1_000 });
        let head = session.audit_head().await.unwrap();
        let seals: Vec<_> =
            seal(&head, some).into_iter().map(|sealed| (sealed.entry.id, sealed.seq, sealed.hash)).collect();
        session.seal_audit(&seals).await.unwrap();
        session.commit().await.unwrap();
    }

    let mut session = store.read().await.unwrap();
    let sealed = session.sealed(0, 9_999).await.unwrap();
    let mut verifier = Verifier::default();
    assert!(sealed.iter().all(|sealed| verifier.take(sealed)));
    assert_eq!(verifier.head(), &session.audit_head().await.unwrap());
    assert_ne!(verifier.head(), &Head::default());
    assert_eq!(sealed.len(), 2_502);
    assert_eq!(sealed[0].entry, entries[0]);
    assert_eq!(session.count_unsealed().await.unwrap(), 1);
    let newest = session.audit(&AuditFilter::default(), Page::first(1)).await.unwrap();
    assert_eq!(newest[0].entry.detail["n"], 9_002);
    drop(session);

    let mut session = store.write().await.unwrap();
    let again = vec![(sealed[0].entry.id, 9_999, "0".repeat(64))];
    assert!(matches!(session.seal_audit(&again).await, Err(StoreError::Failed(_))), "sealed once");
});

on_both!(jobs_follow_their_environment, |place| {
    let store = place.open().await;
    let mut app = project("App");
    given(&store, &app).await;
    let work = job(&app, "Release", noon(), 1);
    let mut session = store.write().await.unwrap();
    session.insert_job(&work).await.unwrap();
    session.commit().await.unwrap();

    // Names swapped, a pool moved, one added at the front.
    let (staging, prod) = (app.environments[0].clone(), app.environments[1].clone());
    app.environments = vec![
        environment("dev", Tier::Dev),
        Environment { name: "prod".to_owned(), pool: "shared".to_owned(), ..staging.clone() },
        Environment { name: "staging".to_owned(), ..prod.clone() },
    ];
    app.version = 2;
    let mut session = store.write().await.unwrap();
    assert!(session.update_project(&app).await.unwrap());
    assert!(!session.update_project(&app).await.unwrap(), "the version has passed");
    session.commit().await.unwrap();

    let mut session = store.read().await.unwrap();
    assert_eq!(session.project(app.id).await.unwrap(), Some(app.clone()));
    let moved = session.job(work.id).await.unwrap().unwrap().environment.unwrap();
    assert_eq!((moved.name.as_str(), moved.pool.as_str(), moved.id), ("prod", "shared", staging.id));
    let contenders = session.contenders(&["shared".to_owned()], work.slot).await.unwrap();
    assert_eq!(contenders.len(), 1);
    assert!(session.contenders(&["staging".to_owned()], work.slot).await.unwrap().is_empty());
    drop(session);

    // One with a job stays; one without goes.
    for (kept, outcome) in [(prod.id, Err(StoreError::Duplicate("environments"))), (staging.id, Ok(true))] {
        let mut session = store.write().await.unwrap();
        let mut fewer = session.project(app.id).await.unwrap().unwrap();
        fewer.environments.retain(|environment| environment.id == kept);
        fewer.version += 1;
        assert_eq!(session.update_project(&fewer).await, outcome);
        if outcome.is_ok() {
            session.commit().await.unwrap();
        }
    }
    // A job that was read before is stored with what its environment is now.
    let mut session = store.write().await.unwrap();
    let mut stale = work.clone();
    stale.version = 2;
    assert!(session.update_job(&stale).await.unwrap());
    assert_eq!(session.job(work.id).await.unwrap().unwrap().pool(), Some("shared"));
});
