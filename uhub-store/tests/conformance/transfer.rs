//! Copies of a whole hub, from every store to every other.

use std::collections::BTreeMap;

use serde_json::json;
use uhub_core::{
    audit::{AuditEntry, seal},
    model::*,
    ports::store::{LockKey, ReadSession, Remembered, StoreError},
    transfer::{self, Kind, Summary},
    workflow::Tracked,
};

use crate::{
    bed::{Bed, Kind as Where},
    samples::{
        UNICODE, World, approval, at, ended, entry, execution, freeze, held, last, place, run_of, slot, user,
    },
};

conformance!(
    reads_in_order,
    what_was_sealed_stays_where_it_was,
    one_active_run_each,
    r22_a_hub_moves_through_every_store_and_is_the_same,
    many_records,
);

/// What is in a store, as a file.
async fn copy(session: &mut dyn ReadSession) -> (Summary, Vec<u8>) {
    let mut file = Vec::new();
    let summary = transfer::export(session, at(0), &mut file, &mut |_| {}).await.unwrap();
    (summary, file)
}

async fn load(bed: &Bed, file: &[u8]) -> Summary {
    let checked = transfer::check(file, &mut |_| {}).unwrap();
    let mut session = bed.write().await;
    session.lock(&[LockKey::Admins, LockKey::Freezes, LockKey::Claims, LockKey::Sequencer]).await.unwrap();
    transfer::load(&mut *session, file, &checked, &mut |_| {}).await.unwrap();
    session.commit().await.unwrap();
    checked
}

fn piece(seq: i64, bytes: Vec<u8>) -> LogChunk {
    LogChunk { seq, stream: Stream::Stderr, at: last(), bytes, upto: u64::from(u32::MAX) * 2 }
}

fn callback(run: &Run, attempt: u32, seq: i64) -> Callback {
    Callback {
        run_id: run.id,
        attempt,
        seq,
        at: at(seq),
        signature: format!("{attempt} {seq}"),
        status: CallbackStatus::Failed,
        exit_code: (seq % 2 == 0).then_some(i32::MIN),
        message: Some("dit : « é »".to_owned()),
        log: (seq % 2 == 1).then(|| UNICODE.to_owned()),
    }
}

async fn seal_some(bed: &Bed, limit: u32) {
    let mut session = bed.write().await;
    let head = session.audit_head().await.unwrap();
    let entries = session.unsealed(limit).await.unwrap();
    let seals: Vec<_> =
        seal(&head, entries).into_iter().map(|sealed| (sealed.entry.id, sealed.seq, sealed.hash)).collect();
    session.seal_audit(&seals).await.unwrap();
    session.commit().await.unwrap();
}

/// A hub in which every field of every kind has something in it, and is empty once.
async fn fill(bed: &Bed) {
    let mut owner = user(bed, "владелец", Role::Projets);
    owner.display_name = "Chloé d'Été 👩🏽 \"x\"".replace('\u{1F3FD}', "");
    let mut admin = user(bed, "admin", Role::Admin);
    admin.display_name = "admin".to_owned();
    (admin.is_active, admin.theme, admin.version) = (false, Theme::Light, 7);
    admin.kind = UserKind::Service;
    let mut app = crate::samples::project(bed, "Projet é; \"x\"", owner.id);
    app.environments.reverse();
    app.environments.push(crate::samples::environment(bed, "prod-eu", Tier::Prod, "eu"));
    app.execution_backend = Some(BackendKind::Webhook);
    app.execution_backend_config = Some(BackendConfig {
        cpus: Some(0.1 + 0.2),
        max_concurrent: Some(3),
        max_concurrent_by_environment: BTreeMap::from([("prod".to_owned(), 1)]),
        ..BackendConfig::default()
    });
    app.policy = Policy {
        prod_change: ProdChange::Deny,
        on_conflict: BTreeMap::from([(Tier::Prod, OnConflict::Block)]),
        approval_ttl_seconds: 61,
        allowed_backends: BTreeMap::from([(Tier::Dev, vec![BackendKind::Docker])]),
    };
    let world = World { owner, project: app };
    let plan = crate::series::series(bed, &world, Some(at(3)));
    let whole = Job {
        occurrence: Some(Occurrence { series_id: plan.id, at: at(0) }),
        title: "Déploiement – 日本語 👩 \"q\" 'q' \\ 100% _x_ <b>".to_owned(),
        description: "one\n\ttwo\r\n".to_owned(),
        environment: place(&world.project, "prod-eu"),
        slot: Slot::new(EARLIEST, last()).unwrap(),
        all_day: true,
        assignee_id: Some(admin.id),
        critical: Some(false),
        execution: Some(execution()),
        auto_start: true,
        status: Tracked::restore(JobStatus::Running),
        edited_by: admin.id,
        execution_edited_by: admin.id,
        auto_started_for: Some(EARLIEST),
        updated_at: last(),
        version: i64::MAX,
        ..world.job(bed, 0)
    };
    let bare = Job { job_type: JobType::Meeting, environment: None, ..world.job(bed, 1) };
    let spec = ExecutionSpec { command: Some(vec!["/bin/true".to_owned()]), ..ExecutionSpec::default() };
    let third = Job { execution: Some(spec), ..world.job(bed, 1) };
    let mut decided = approval(bed, &whole, ApprovalKind::Run, ApprovalState::Consumed);
    let run = Run {
        approval_id: Some(decided.id),
        approved_by: Some(admin.id),
        reason: Some(UNICODE.to_owned()),
        handle: Some("{\"pid\":1}".to_owned()),
        log_from: 2,
        attempt: 3,
        cancel_requested_at: Some(last()),
        origin: RunOrigin::AutoStart,
        ..held(&run_of(bed, &whole), 9, at(5))
    };
    decided.run_id = Some(run.id);
    (decided.decided_by, decided.decided_at) = (Some(admin.id), Some(last()));
    (decided.reason, decided.comment) = (Some(UNICODE.to_owned()), Some(UNICODE.to_owned()));
    let over = Run {
        exit_code: Some(-1),
        outcome: Some("exit code -1".to_owned()),
        ..ended(&held(&run_of(bed, &third), 1, at(1)), RunStatus::Failed)
    };
    let mut asked = approval(bed, &third, ApprovalKind::Edit, ApprovalState::Pending);
    asked.change = Some(Change {
        slot: Some((slot(3, 4), false)),
        environment: Some(None),
        execution: Some(Some(execution())),
        break_glass: true,
        ..Change::default()
    });
    let void = approval(bed, &third, ApprovalKind::Create, ApprovalState::Void);
    let mut frozen = freeze(bed, slot(1, 2));
    (frozen.created_by, frozen.reason) = (admin.id, "gel".to_owned());
    frozen.environments = vec!["prod-eu".to_owned()];
    let mut own = freeze(bed, slot(0, 9));
    (own.created_by, own.reason, own.project_id) = (admin.id, "x".to_owned(), Some(world.project.id));
    (own.tiers, own.environments) = (vec![Tier::Staging], Vec::new());

    let mut session = bed.write().await;
    session.set_meta("hub_id", "00000000-0000-7000-8000-000000000001").await.unwrap();
    session.set_meta("a", "").await.unwrap();
    session.insert_user(&world.owner, Some("$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA")).await.unwrap();
    session.insert_user(&admin, None).await.unwrap();
    session.set_calendar_token(admin.id, Some(&"0f".repeat(32))).await.unwrap();
    let token = ApiToken {
        id: TokenId(bed.id()),
        user_id: admin.id,
        name: "CI « é »".to_owned(),
        prefix: "uhub_0f0f".to_owned(),
        scopes: [Scope::Admin, Scope::Read].into_iter().collect(),
        created_by: Some(world.owner.id),
        created_at: at(1),
        expires_at: Some(last()),
        last_used_at: Some(at(2)),
        revoked_at: Some(at(3)),
    };
    session.insert_token(&token, &"c7".repeat(32)).await.unwrap();
    let plain = ApiToken {
        id: TokenId(bed.id()),
        created_by: None,
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        ..token
    };
    session.insert_token(&plain, &"c8".repeat(32)).await.unwrap();
    session.insert_project(&world.project).await.unwrap();
    session.insert_project(&crate::samples::project(bed, "B", admin.id)).await.unwrap();
    session.insert_series(&plan).await.unwrap();
    session.insert_jobs(&[whole, bare, third]).await.unwrap();
    session.insert_runs(&[run.clone(), over.clone()]).await.unwrap();
    let pieces = [piece(1, (0..=255).collect()), piece(2, Vec::new()), piece(9, vec![0; 70_000])];
    for run in [&run, &over] {
        session.insert_logs(&pieces.clone().map(|piece| (run.id, piece))).await.unwrap();
    }
    let callbacks = [callback(&run, 1, 1), callback(&run, 1, 2), callback(&run, 3, 1), callback(&over, 1, 1)];
    session.insert_callbacks(&callbacks).await.unwrap();
    session.insert_approvals(&[decided, asked, void]).await.unwrap();
    session.insert_freeze(&frozen).await.unwrap();
    session.insert_freeze(&own).await.unwrap();
    for key in ["k", "K", "é", "a b"] {
        let entry = Remembered { request: "a0".repeat(32), object_id: bed.id() };
        session.remember(admin.id, key, &entry, at(1)).await.unwrap();
    }
    let entries: Vec<AuditEntry> = (0..7)
        .map(|number| AuditEntry {
            actor_id: (number % 2 == 0).then_some(admin.id),
            object_id: (number % 3 == 0).then(|| bed.id()),
            project_id: (number % 2 == 1).then_some(world.project.id),
            rule: (number == 3).then(|| "prod.second_person".to_owned()),
            ..entry(bed, "job.move")
        })
        .collect();
    session.append_audit(&entries).await.unwrap();
    session.commit().await.unwrap();
    seal_some(bed, 4).await;
}

async fn r22_a_hub_moves_through_every_store_and_is_the_same(bed: Bed) {
    fill(&bed).await;
    let (told, file) = copy(&mut *bed.read().await).await;
    for kind in Kind::ALL {
        assert!(told.records[kind].count > 0, "no {kind} is tried");
    }
    let mut present = file.clone();
    for place in Where::ALL {
        let next = Bed::new(place).await;
        let revision = next.store.revision(None).await.unwrap();
        assert_eq!(load(&next, &present).await, told, "into {place:?}");
        assert_ne!(next.store.revision(Some(&revision)).await.unwrap(), revision, "calendars look anew");
        let (again, same) = copy(&mut *next.read().await).await;
        assert_eq!(again, told, "in {place:?}");
        assert!(same == file, "in {place:?}");
        // It goes on as it would have.
        seal_some(&next, 100).await;
        assert_eq!(next.read().await.audit_head().await.unwrap().seq, 7);
        present = same;
        next.end().await;
    }
}

async fn many_records(bed: Bed) {
    let world = World::new(&bed).await;
    let mut session = bed.write().await;
    // Over the edges of batches, and with equal starts.
    let jobs: Vec<Job> = (0..1203).map(|n| world.job(&bed, n / 7)).collect();
    let runs: Vec<Run> = jobs.iter().map(|job| ended(&run_of(&bed, job), RunStatus::Succeeded)).collect();
    let logs: Vec<_> = runs.iter().take(130).map(|run| (run.id, piece(1, vec![7; 3]))).collect();
    let callbacks: Vec<_> = runs.iter().take(130).map(|run| callback(run, 1, 1)).collect();
    let approvals: Vec<_> = jobs
        .iter()
        .zip(0..)
        .take(1100)
        .map(|(job, n)| {
            let state = ApprovalState::ALL[n % ApprovalState::ALL.len()];
            approval(&bed, job, ApprovalKind::Edit, state)
        })
        .collect();
    session.insert_jobs(&jobs).await.unwrap();
    session.insert_runs(&runs).await.unwrap();
    session.insert_logs(&logs).await.unwrap();
    session.insert_callbacks(&callbacks).await.unwrap();
    session.insert_approvals(&approvals).await.unwrap();
    let entries: Vec<_> = (0..1501).map(|n| entry(&bed, &format!("job.{n}"))).collect();
    session.append_audit(&entries).await.unwrap();
    // A name of this world has line breaks: a file would be refused for it.
    let plain = User { display_name: "owner".to_owned(), version: 2, ..world.owner.clone() };
    assert!(session.update_user(&plain).await.unwrap());
    session.commit().await.unwrap();
    seal_some(&bed, 501).await;
    seal_some(&bed, 200).await;
    let (told, file) = copy(&mut *bed.read().await).await;
    let counts = [
        (Kind::Job, 1203),
        (Kind::Run, 1203),
        (Kind::Log, 130),
        (Kind::Callback, 130),
        (Kind::Approval, 1100),
        (Kind::Audit, 701),
        (Kind::Unsealed, 800),
    ];
    for (kind, count) in counts {
        assert_eq!(told.records[&kind].count, count, "{kind}");
    }
    let next = Bed::new(bed.kind).await;
    load(&next, &file).await;
    assert!(copy(&mut *next.read().await).await.1 == file);
    next.end().await;
}

async fn reads_in_order(bed: Bed) {
    fill(&bed).await;
    let mut session = bed.read().await;
    let settings = session.all_settings().await.unwrap();
    assert_eq!(settings.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["a", "hub_id"]);
    let logs = session.all_logs(None, 100).await.unwrap();
    assert_eq!(logs.len(), 6);
    assert!(logs.is_sorted_by_key(|(run, chunk)| (*run, chunk.seq)));
    let callbacks = session.all_callbacks(None, 100).await.unwrap();
    assert_eq!(callbacks.len(), 4);
    assert!(callbacks.is_sorted_by_key(|callback| (callback.run_id, callback.attempt, callback.seq)));
    let entries = session.all_unsealed(None, 100).await.unwrap();
    assert_eq!(entries.len(), 3);
    assert!(entries.is_sorted_by_key(|entry| entry.id));
    for (at, (run, chunk)) in logs.iter().enumerate() {
        assert_eq!(
            session.all_logs(Some((*run, chunk.seq)), 2).await.unwrap(),
            logs[at + 1..].iter().take(2).cloned().collect::<Vec<_>>()
        );
    }
    for (at, one) in callbacks.iter().enumerate() {
        let place = (one.run_id, one.attempt, one.seq);
        assert_eq!(session.all_callbacks(Some(place), 100).await.unwrap(), callbacks[at + 1..]);
    }
    for (at, one) in entries.iter().enumerate() {
        assert_eq!(session.all_unsealed(Some(one.id), 100).await.unwrap(), entries[at + 1..]);
    }
    let users = session.users(crate::bed::ALL).await.unwrap();
    assert_eq!(session.calendar_token_hash(users[0].id).await.unwrap(), None);
    assert_eq!(session.calendar_token_hash(users[1].id).await.unwrap(), Some("0f".repeat(32)));
    assert_eq!(session.calendar_token_hash(UserId(bed.id())).await.unwrap(), None);
    let tokens = session.tokens(users[1].id, crate::bed::ALL).await.unwrap();
    assert_eq!(tokens.len(), 2);
    assert_eq!(session.token_hash(tokens[1].id).await.unwrap(), Some("c8".repeat(32)));
    assert_eq!(session.token_hash(TokenId(bed.id())).await.unwrap(), None);
    assert_eq!(session.all_remembered(users[0].id).await.unwrap(), []);
    let keys = session.all_remembered(users[1].id).await.unwrap();
    assert_eq!(keys.iter().map(|(key, ..)| key.as_str()).collect::<Vec<_>>(), ["K", "a b", "k", "é"]);
    assert!(keys.iter().all(|(.., moment)| *moment == at(1)));
}

async fn what_was_sealed_stays_where_it_was(bed: Bed) {
    let entries: Vec<_> = (0..5).map(|n| AuditEntry { detail: json!(n), ..entry(&bed, "x") }).collect();
    let chain = seal(&Default::default(), entries);
    let mut session = bed.write().await;
    session.append_sealed(&[]).await.unwrap();
    session.append_sealed(&chain[..2]).await.unwrap();
    session.append_sealed(&chain[2..]).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.sealed(0, 100).await.unwrap(), chain);
    let head = session.audit_head().await.unwrap();
    assert_eq!((head.seq, &head.hash), (5, &chain[4].hash));
    assert!(!session.has_unsealed().await.unwrap());
    drop(session);
    // And the next goes behind.
    let mut session = bed.write().await;
    session.append_audit(&[entry(&bed, "next")]).await.unwrap();
    session.commit().await.unwrap();
    seal_some(&bed, 10).await;
    assert_eq!(bed.read().await.audit_head().await.unwrap().seq, 6);
}

async fn one_active_run_each(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 0).await;
    let two = [run_of(&bed, &job), run_of(&bed, &job)];
    let mut session = bed.write().await;
    assert_eq!(session.insert_runs(&two).await, Err(StoreError::Duplicate("job_id")));
    drop(session);
    let mut session = bed.write().await;
    let nowhere = Run { job_id: JobId(bed.id()), ..run_of(&bed, &job) };
    assert!(session.insert_runs(&[nowhere]).await.is_err());
}
