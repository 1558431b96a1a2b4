//! Copies of a whole hub.

use std::io::Cursor;

use proptest::{prelude::*, strategy::ValueTree as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    machine::step::{Acted, step},
    world::*,
};
use crate::{
    audit::Head,
    error::{Error, Result},
    hub::{Hub, Import, NewJob, NewRecurrence, Settings},
    memory::MemoryStore,
    model::{ApiToken, AuditId, BackendKind, JobType, LogChunk, Role, RunStatus, Scope, Stream, TokenId},
    ports::{
        clock::SeededIds,
        store::{AuditFilter, Page, Remembered, RunFilter, Store as _, StoreError},
    },
    transfer::{self, Kind, MAX_LINE, Summary},
};

const MOVE: Import = Import { moves: true, dry_run: false };
const RESTORE: Import = Import { moves: false, dry_run: false };

/// What is in a store, as a file.
fn copy(store: &MemoryStore) -> (Summary, Vec<u8>) {
    let mut file = Vec::new();
    let at = START.parse().unwrap();
    let summary = go(async {
        let mut session = store.read().await?;
        transfer::export(&mut *session, at, &mut file, &mut |_| {}).await
    });
    (summary.unwrap(), file)
}

/// An empty hub beside that of `world`, a moment later.
fn other(world: &World) -> (Hub, MemoryStore) {
    world.clock.advance(chrono::TimeDelta::seconds(1));
    let store = MemoryStore::new(world.clock.clone());
    let ids = SeededIds::new(99);
    let settings = Settings { default_backend: BackendKind::Docker, ..Settings::default() };
    let hub =
        Hub::new(std::sync::Arc::new(store.clone()), world.clock.clone(), std::sync::Arc::new(ids), settings);
    (hub.with_passwords(std::sync::Arc::new(PlainPasswords)), store)
}

fn import(hub: &Hub, file: &[u8], what: Import) -> Result<Summary> {
    go(hub.as_operator("test").import(&mut Cursor::new(file), what, &mut |_| {}))
}

/// A hub with something of every kind.
fn filled() -> Acted {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut acted = Acted::new(7);
    for _ in 0..4 {
        for step in prop::collection::vec(step(), 120).new_tree(&mut runner).unwrap().current() {
            acted.take(&step);
        }
    }
    add_the_rest(&acted);
    acted
}

/// What no step makes: logs, callbacks, tokens, keys, and a chain of which the end is not sealed yet.
fn add_the_rest(acted: &Acted) {
    let world = &acted.world;
    let token = go(world.by(&world.dev).new_calendar_token()).unwrap();
    assert!(!token.is_empty());
    go(world.hub.id()).unwrap();
    let users = go(async { world.store.read().await?.users(Page::first(100)).await }).unwrap();
    let admin = users.iter().find(|user| user.role == Role::Admin && user.is_active).unwrap();
    let meeting = NewJob {
        planned_start: world.now() + chrono::TimeDelta::hours(1),
        planned_end: None,
        ..world.new_job(JobType::Meeting, None, 0)
    };
    let weekly = NewRecurrence { rule: "FREQ=WEEKLY;COUNT=3".to_owned(), timezone: None, except: Vec::new() };
    go(world.hub.acting_as(admin).create_series(meeting, weekly, None)).unwrap();
    go(world.hub.seal_audit(50)).unwrap();
    go(async {
        let mut session = world.store.write().await?;
        for run in session.runs(&RunFilter::default(), Page::first(5)).await? {
            let piece = |seq, bytes: Vec<u8>| LogChunk {
                seq,
                stream: Stream::Stderr,
                at: world.now(),
                bytes,
                upto: 7,
            };
            let pieces = [piece(1, (0..=255).collect()), piece(2, Vec::new())];
            session.insert_logs(&pieces.map(|piece| (run.id, piece))).await?;
            for seq in 1..3 {
                session
                    .insert_callbacks(&[crate::model::Callback {
                        run_id: run.id,
                        attempt: 1,
                        seq,
                        at: world.now(),
                        signature: format!("{seq}"),
                        status: crate::model::CallbackStatus::Running,
                        exit_code: None,
                        message: Some("« é »".to_owned()),
                        log: None,
                    }])
                    .await?;
            }
        }
        let token = ApiToken {
            id: TokenId(world.hub.new_id()),
            user_id: world.dev.id,
            name: "CI".to_owned(),
            prefix: "uhub_0".to_owned(),
            scopes: [Scope::Read].into_iter().collect(),
            created_by: Some(world.admin.id),
            created_at: world.now(),
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        };
        session.insert_token(&token, &"c7".repeat(32)).await?;
        for user in [&world.dev, &world.ops] {
            let entry = Remembered { request: "0f".repeat(32), object_id: world.hub.new_id() };
            session.remember(user.id, "key", &entry, world.now()).await?;
            session.remember(user.id, "Key", &entry, world.now()).await?;
        }
        session.commit().await
    })
    .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 500, ..ProptestConfig::default() })]
    #[test]
    fn a_moved_hub_is_the_same_hub(steps in prop::collection::vec(step(), 40..120), sealed in 0_u32..60) {
        let mut acted = Acted::new(7);
        for step in &steps {
            acted.take(step);
        }
        go(acted.world.hub.seal_audit(sealed)).unwrap();
        let (summary, file) = copy(&acted.world.store);
        let (_, store) = other(&acted.world);
        let checked = transfer::check(file.as_slice(), &mut |_| {})?;
        prop_assert_eq!(&checked, &summary);
        go(async {
            let mut session = store.write().await?;
            transfer::load(&mut *session, file.as_slice(), &checked, &mut |_| {}).await?;
            Ok::<_, Error>(session.commit().await?)
        })?;
        let (again, same) = copy(&store);
        prop_assert_eq!(again, summary);
        prop_assert_eq!(same, file);
    }
}

#[test]
fn nothing_is_lost_and_the_audit_goes_on_where_it_was() {
    let acted = filled();
    let world = &acted.world;
    let mut file = Vec::new();
    let told = go(world.hub.as_operator("test").export(&mut file, &mut |_| {})).unwrap();
    for kind in Kind::ALL {
        assert!(told.records[kind].count > 0, "no {kind} was tried");
    }
    assert_eq!(told.hub_id, Some(go(world.hub.id()).unwrap()));
    let (hub, store) = other(world);
    let mut seen = 0;
    let mut progress = |count| seen = count;
    let dry = Import { dry_run: true, ..MOVE };
    let checked = go(hub.as_operator("test").import(&mut Cursor::new(&file), dry, &mut progress)).unwrap();
    assert_eq!((&checked, seen), (&told, told.count()));
    assert_eq!(copy(&store).0.count(), 0, "a dry run changes nothing");
    assert_eq!(import(&hub, &file, MOVE).unwrap(), told);

    let (again, _) = copy(&store);
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Unsealed) {
        assert_eq!(again.records[kind], told.records[kind], "{kind}");
    }
    assert_eq!(again.records[&Kind::Unsealed].count, told.records[&Kind::Unsealed].count + 1);
    assert_eq!(again.audit_head, told.audit_head);
    go(hub.seal_audit(1000)).unwrap();
    let found = go(hub.verify_audit(Some(&told.audit_head), &mut |_| {})).unwrap();
    assert!(found.ok, "{found:?}");
    let newest =
        go(async { store.read().await?.audit(&AuditFilter::default(), Page::first(2)).await }).unwrap();
    assert_eq!(newest[0].entry.action, "hub.import");
    assert_eq!(newest[0].seq, Some(found.head.seq), "it comes last");
    assert_eq!(newest[0].entry.detail["sha256"], json!(told.sha256));
    assert_eq!(newest[1].entry.action, "hub.export");
    go(hub.sign_in("dev", "dev-password")).map(drop).unwrap();
    assert_eq!(go(hub.id()).unwrap(), told.hub_id.unwrap());
}

#[test]
fn r22_what_had_not_ended_is_not_started_again() {
    let world = World::new();
    let spec = |mut new: crate::hub::NewJob, attempts| {
        let spec = new.execution.as_mut().unwrap();
        (spec.idempotent, spec.max_attempts) = (true, Some(attempts));
        new
    };
    let running = world.create(&world.owner, spec(world.new_deploy("dev", 1), 3));
    let queued = world.create(&world.owner, spec(world.new_deploy("staging", 1), 3));
    let asked = world.create(&world.owner, spec(world.new_deploy("prod", 1), 3));
    world.launch(&world.owner, running.id).unwrap();
    assert_eq!(go(world.hub.claim("w", BackendKind::ALL, 1)).unwrap().len(), 1);
    world.launch(&world.owner, queued.id).unwrap();
    let (_, approval) = waiting(world.launch(&world.owner, asked.id));
    let (told, file) = copy(&world.store);
    assert_eq!(told.unfinished_runs, 3);

    let (hub, store) = other(&world);
    import(&hub, &file, RESTORE).unwrap();
    world.clock.advance(chrono::TimeDelta::days(2));
    go(hub.tick(100)).unwrap();
    assert_eq!(go(hub.claim("w", BackendKind::ALL, 10)).unwrap().len(), 0, "nothing to start");
    go(async {
        let mut session = store.read().await?;
        for (job, run, status) in [
            (running.id, RunStatus::Lost, "failed"),
            (queued.id, RunStatus::Cancelled, "cancelled"),
            (asked.id, RunStatus::Cancelled, "planned"),
        ] {
            let filter = RunFilter { job_id: Some(job), ..RunFilter::default() };
            let runs = session.runs(&filter, Page::first(10)).await?;
            assert_eq!(runs.len(), 1);
            assert_eq!(runs[0].status.get(), run);
            assert!(runs[0].outcome.as_ref().unwrap().contains("exported"), "{runs:?}");
            assert_eq!(session.job(job).await?.unwrap().status.get().as_str(), status);
        }
        assert_eq!(session.approval(approval.id).await?.unwrap().state.as_str(), "void");
        Ok::<_, StoreError>(())
    })
    .unwrap();

    let (hub, _) = other(&world);
    import(&hub, &file, MOVE).unwrap();
    assert_eq!(go(hub.claim("w", BackendKind::ALL, 10)).unwrap().len(), 1, "a move goes on with what waits");
}

#[test]
fn only_an_empty_hub_is_filled_and_a_failing_one_stays_empty() {
    let acted = filled();
    let (told, file) = copy(&acted.world.store);
    let before = copy(&acted.world.store);
    let error = import(&acted.world.hub, &file, MOVE).unwrap_err();
    assert!(matches!(&error, Error::Unfit(text) if text.contains("users already")), "{error}");
    assert_eq!(copy(&acted.world.store), before);

    let (hub, store) = other(&acted.world);
    for operation in
        ["set_meta", "insert_user", "insert_jobs", "insert_logs", "append_sealed", "append_audit", "commit"]
    {
        store.fail(operation, StoreError::Unavailable("the disk is full".to_owned()));
        import(&hub, &file, RESTORE).unwrap_err();
        store.clear_fault();
        assert_eq!(copy(&store).0.count(), 0, "{operation}");
    }
    import(&hub, &file, MOVE).unwrap();
    let error = import(&hub, &file, MOVE).unwrap_err();
    assert!(matches!(error, Error::Unfit(_)), "twice is refused");
    assert_eq!(copy(&store).0.records[&Kind::Job], told.records[&Kind::Job]);

    let (hub, _) = other(&acted.world);
    go(hub.sign_in("nobody", "nothing-at-all")).map(drop).unwrap_err();
    let error = import(&hub, &file, MOVE).unwrap_err();
    assert!(error.to_string().contains("an audit already"), "{error}");
}

#[test]
fn a_broken_chain_is_not_exported() {
    let world = World::new();
    go(async {
        let mut session = world.store.write().await?;
        let ids: Vec<AuditId> = session.unsealed(3).await?.iter().map(|entry| entry.id).collect();
        let seals: Vec<_> = (1..).zip(ids).map(|(seq, id)| (id, seq, "0".repeat(64))).collect();
        session.seal_audit(&seals).await?;
        session.commit().await
    })
    .unwrap();
    let error = go(world.hub.as_operator("test").export(&mut Vec::new(), &mut |_| {})).unwrap_err();
    assert!(error.to_string().contains("broken at entry 1"), "{error}");
}

/// The file with a footer that fits whatever its lines are, as somebody would make it who knows the format.
fn resealed(lines: &[String]) -> Vec<u8> {
    let mut kinds: std::collections::BTreeMap<Kind, (u64, Sha256)> =
        Kind::ALL.iter().map(|kind| (*kind, Default::default())).collect();
    let mut all = Sha256::new();
    for line in lines {
        all.update(format!("{line}\n"));
        let kind =
            serde_json::from_str::<Value>(line).ok().and_then(|line| line["record"].as_str()?.parse().ok());
        if let Some((count, sha)) = kind.and_then(|kind: Kind| kinds.get_mut(&kind)) {
            *count += 1;
            sha.update(format!("{line}\n"));
        }
    }
    let tally =
        |(count, sha): (u64, Sha256)| json!({ "count": count, "sha256": hex::encode(sha.finalize()) });
    let footer: Vec<_> = kinds.into_iter().map(|(kind, one)| format!("\"{kind}\":{}", tally(one))).collect();
    let sha256 = hex::encode(all.finalize());
    let last = format!("{{\"footer\":{{\"records\":{{{}}},\"sha256\":\"{sha256}\"}}}}", footer.join(","));
    [lines.join("\n"), last, String::new()].join("\n").into_bytes()
}

/// The lines but the last.
fn lines(file: &[u8]) -> Vec<String> {
    let mut lines: Vec<_> = String::from_utf8(file.to_vec()).unwrap().lines().map(str::to_owned).collect();
    lines.pop();
    lines
}

fn refused(hub: &Hub, file: &[u8]) -> String {
    match import(hub, file, MOVE) {
        Err(error @ (Error::Invalid { .. } | Error::Unfit(_))) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn r22_whatever_happened_to_a_file_it_is_refused_by_its_line() {
    let acted = filled();
    let (told, file) = copy(&acted.world.store);
    let (hub, store) = other(&acted.world);
    let whole = lines(&file);
    let last = whole.len() + 1;
    assert_eq!(resealed(&whole), file, "the test's own seal is the real one");

    assert!(refused(&hub, b"").contains("empty"));
    assert!(refused(&hub, b"\n").starts_with("line 1: this is no export"));
    assert!(refused(&hub, b"[1]\n").starts_with("line 1: this is no export"));
    assert!(refused(&hub, b"PK\x03\x04\xff").starts_with("line 1: is cut off"));
    assert!(refused(&hub, b"\xff\xfe\n").starts_with("line 1: is not UTF-8"));
    // Cut anywhere.
    for cut in (0..file.len()).step_by(file.len() / 61 + 1).chain([file.len() - 1]) {
        refused(&hub, &file[..cut]);
    }
    let mut more = file.clone();
    more.extend(b"{}\n");
    assert!(refused(&hub, &more).starts_with(&format!("line {}: something follows", last + 1)));
    // A byte changed, wherever it is.
    for place in (0..file.len()).step_by(file.len() / 127 + 1) {
        let mut changed = file.clone();
        changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
        if changed != file {
            refused(&hub, &changed);
        }
    }
    let with_footer = |lines: &[String]| {
        let footer = String::from_utf8(file.clone()).unwrap().lines().last().unwrap().to_owned();
        [lines.join("\n"), footer, String::new()].join("\n").into_bytes()
    };
    for at in (1..whole.len()).step_by(whole.len() / 30 + 1) {
        let mut less = whole.clone();
        less.remove(at);
        refused(&hub, &with_footer(&less));
        let mut twice = whole.clone();
        twice.insert(at, whole[at].clone());
        refused(&hub, &with_footer(&twice));
        refused(&hub, &resealed(&twice));
        if at + 1 < whole.len() {
            let mut swapped = whole.clone();
            swapped.swap(at, at + 1);
            refused(&hub, &with_footer(&swapped));
        }
    }
    let long = format!("{{\"record\":\"setting\",\"key\":\"{}\"}}", "x".repeat(MAX_LINE));
    let mut bomb = whole;
    bomb.insert(1, long);
    assert!(refused(&hub, &resealed(&bomb)).starts_with("line 2: is longer than any line may be"));
    assert_eq!(copy(&store).0.count(), 0, "nothing of all this got in");
    assert_eq!(import(&hub, &file, MOVE).unwrap(), told);
}

/// Changes the first line of that kind that `fits`, seals the file anew, and gives what is said of it.
fn edited(
    hub: &Hub,
    whole: &[String],
    kind: Kind,
    fits: impl Fn(&Value) -> bool,
    edit: impl Fn(&mut Value),
) -> String {
    let mut lines = whole.to_vec();
    let found = lines.iter_mut().enumerate().find_map(|(at, line)| {
        let value: Value = serde_json::from_str(line).unwrap();
        (value["record"] == kind.as_str() && fits(&value)).then_some((at, line))
    });
    let (at, line) = found.unwrap_or_else(|| panic!("there is such a {kind}"));
    // Edited as text, so that the order of the fields stays.
    let before: Value = serde_json::from_str(line).unwrap();
    let mut after = before.clone();
    edit(&mut after);
    for (field, value) in after.as_object().unwrap() {
        if before.get(field).is_none() {
            *line = format!("{},\"{field}\":{value}}}", line.strip_suffix('}').unwrap());
        } else if *value != before[field] {
            let from = line.find(&format!("\"{field}\":")).unwrap() + field.len() + 3;
            let mut old = serde_json::Deserializer::from_str(&line[from..]).into_iter::<Value>();
            old.next();
            let to = from + old.byte_offset();
            line.replace_range(from..to, &value.to_string());
        }
    }
    let said = refused(hub, &resealed(&lines));
    // What only a later line shows is told with that.
    let told = said.strip_prefix("line ").and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
    assert!(told.is_some_and(|line| line > at), "line {}: {said}", at + 1);
    said
}

#[test]
fn r38_an_import_passes_the_same_gates() {
    let acted = filled();
    let (_, file) = copy(&acted.world.store);
    let (hub, store) = other(&acted.world);
    let whole = lines(&file);
    let any = |_: &Value| true;
    let nobody = json!(acted.world.hub.new_id());
    let cases: Vec<(Kind, &str, Value, &str)> = vec![
        (Kind::Setting, "value", json!("another"), "another hub's id"),
        (Kind::User, "username", json!("a\u{200b}b"), "username"),
        (Kind::User, "username", json!("DEV2"), "twice"),
        (Kind::User, "display_name", json!(" x"), "plain form"),
        (Kind::User, "email", json!("nowhere"), "mail"),
        (Kind::User, "role", json!("root"), "root"),
        (Kind::User, "is_root", json!(true), "unknown field"),
        (Kind::User, "version", json!(0), "version"),
        (Kind::Credential, "user_id", nobody.clone(), "no user"),
        (Kind::Credential, "calendar_token", json!("x"), "SHA-256"),
        (Kind::Token, "user_id", nobody.clone(), "no user"),
        (Kind::Token, "hash", json!("x"), "SHA-256"),
        (Kind::Project, "owner_id", nobody.clone(), "no user"),
        (Kind::Project, "color", json!("red"), "color"),
        (Kind::Project, "policy", json!({"widen": true}), "widen"),
        (Kind::Project, "execution_backend_config", json!({"cpus": -1.0}), "cpus"),
        (Kind::Series, "project_id", nobody.clone(), "no project"),
        (Kind::Series, "edited_by", nobody.clone(), "no user"),
        (Kind::Series, "length", json!(0), "above 0"),
        (Kind::Series, "source", json!("a\nb"), "one line"),
        (Kind::Series, "source", json!("x".repeat(1001)), "1000 bytes"),
        (Kind::Series, "source", json!(null), "as uHub writes it"),
        (Kind::Job, "project_id", nobody.clone(), "no project"),
        (Kind::Job, "environment_id", nobody.clone(), "no environment"),
        (Kind::Job, "title", json!("a\nb"), "title"),
        (Kind::Job, "title", json!("x".repeat(201)), "at most 200"),
        (Kind::Job, "edited_by", nobody.clone(), "no user"),
        (Kind::Job, "status", json!("done"), "done"),
        (Kind::Job, "tier", json!("dev"), "unknown field"),
        (Kind::Job, "job_type", json!("meeting"), "a meeting"),
        (Kind::Run, "job_id", nobody.clone(), "no job"),
        (Kind::Run, "approval_id", nobody.clone(), "no approval"),
        (Kind::Run, "attempt", json!(0), "attempt"),
        (Kind::Run, "fence", json!(-1), "negative"),
        (Kind::Log, "run_id", nobody.clone(), "no run"),
        (Kind::Log, "bytes", json!("?"), "base64"),
        (Kind::Callback, "run_id", nobody.clone(), "no run"),
        (Kind::Approval, "job_id", nobody.clone(), "no job"),
        (Kind::Approval, "digest", json!("00"), "SHA-256"),
        (Kind::Freeze, "reason", json!(""), "reason"),
        (Kind::Freeze, "tiers", json!([]), "at least one"),
        (Kind::Remembered, "user_id", nobody, "no user"),
        (Kind::Audit, "seq", json!(7), "broken"),
        (Kind::Audit, "hash", json!("0".repeat(64)), "broken"),
    ];
    for (kind, field, value, reason) in cases {
        let fits = |line: &Value| kind != Kind::Job || field != "job_type" || !line["execution"].is_null();
        let said = edited(&hub, &whole, kind, fits, |line| line[field] = value.clone());
        // What the parser does not know it says in its own words.
        let said = said.replace("Invalid symbol", "base64").replace("Invalid input length", "base64");
        let said = said.replace("Invalid last symbol", "base64").replace("Invalid byte", "base64");
        assert!(said.contains(reason), "{kind}.{field}: {said}");
    }
    let relabelled = edited(&hub, &whole, Kind::Project, any, |line| {
        for environment in line["environments"].as_array_mut().unwrap() {
            if environment["name"] == "staging" {
                environment["tier"] = json!("prod");
            }
        }
    });
    // Maps of a `Value` are sorted, the file's are not: either gate refuses.
    assert!(relabelled.contains("own tier") || relabelled.contains("as uHub writes it"), "{relabelled}");
    let spoken = edited(
        &hub,
        &whole,
        Kind::Approval,
        |line| !line["decided_by"].is_null(),
        |line| {
            line["decided_by"] = line["requested_by"].clone();
        },
    );
    assert!(spoken.contains("the one who asked"), "{spoken}");
    let detail = edited(&hub, &whole, Kind::Audit, any, |line| line["hash"] = json!(Head::default().hash));
    assert!(detail.contains("broken at entry 1"), "{detail}");
    assert_eq!(copy(&store).0.count(), 0);
}

#[test]
fn what_a_series_came_from_goes_along_and_a_file_from_before_lacks_it() {
    let office = super::foreign::Office::new();
    let event = super::foreign::event("weekly@x");
    let weekly = crate::hub::ForeignEvent { rule: Some("FREQ=WEEKLY;COUNT=3".to_owned()), ..event };
    office.meetings(&office.world.dev, &[weekly]).unwrap();
    let (_, file) = copy(&office.world.store);
    let of_series = |lines: &[String]| {
        lines.iter().find(|line| line.starts_with("{\"record\":\"series\"")).unwrap().clone()
    };
    let whole = lines(&file);
    assert!(of_series(&whole).ends_with(",\"source\":\"weekly@x\"}"), "{whole:?}");
    let before: Vec<_> = whole.iter().map(|line| line.replace(",\"source\":\"weekly@x\"", "")).collect();
    for written in [whole, before] {
        let (hub, store) = other(&office.world);
        import(&hub, &resealed(&written), MOVE).unwrap();
        assert_eq!(of_series(&lines(&copy(&store).1)), of_series(&written));
    }
}

#[test]
fn a_relabelled_environment_is_refused_by_its_name() {
    let world = World::new();
    world.create(&world.dev, world.new_job(JobType::Dev, Some("dev"), 1));
    let (_, file) = copy(&world.store);
    let (hub, _) = other(&world);
    let whole: Vec<_> = lines(&file)
        .iter()
        .map(|line| line.replace("\"name\":\"prod\",\"tier\":\"prod\"", "\"name\":\"prod\",\"tier\":\"dev\""))
        .collect();
    assert!(refused(&hub, &resealed(&whole)).contains("prod is its own tier"));
}
