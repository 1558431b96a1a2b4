//! What is written down, what happens when it cannot be, and the chain (DOMAIN §9).

use std::collections::BTreeSet;

use super::world::*;
use crate::{
    audit::Head,
    error::Error,
    hub::{JobPatch, Launch, NewJob, ProjectPatch, UserPatch},
    model::{BackendKind, JobType, Role, RunStatus, Theme, Tier},
    ports::{
        exec::Finish,
        store::{AuditFilter, Page, StoreError},
    },
};

/// A use case under the name of what it does.
type Case<'a> = (&'a str, Box<dyn Fn() -> crate::Result<()> + 'a>);

/// Each use case that changes something, against a store that cannot write the audit: nothing may happen. Then, with a
/// store that can, each of them does something: the list tests what it says.
#[test]
fn r44_when_the_entry_cannot_be_written_nothing_happens() {
    let world = World::new();
    let w = &world;
    let planned = w.create(&w.ops, w.new_job(JobType::Ops, Some("staging"), 2));
    let cancelled = w.create(&w.ops, w.new_job(JobType::Ops, Some("staging"), 2));
    let by_hand = w.create(&w.dev, w.new_job(JobType::Dev, None, 2));
    let staging = w.create(&w.ops, w.new_deploy("staging", 30));
    let prod = w.create(&w.owner, w.new_deploy("prod", 30));
    let (_, to_approve) = asked(w.drag(&w.ops, prod.id, 40));
    let rejected = w.create(&w.owner, w.new_job(JobType::Ops, Some("prod"), 30));
    let (_, to_reject) = asked(w.drag(&w.ops, rejected.id, 40));
    let running = w.create(&w.ops, w.new_deploy("staging", 30));
    started(w.launch(&w.ops, running.id));
    let claimed = w.claim_one();
    let queued = w.create(&w.ops, w.new_deploy("staging", 30));
    let queued_run = started(w.launch(&w.ops, queued.id));
    w.create(&w.ops, crate::hub::NewJob { auto_start: None, ..w.new_deploy("staging", 0) });
    let freeze = w.freeze(&[Tier::Dev], 100, 110);

    let ok = |result: crate::Result<_>| -> crate::Result<()> { result.map(|_: ()| ()) };
    let cases: Vec<Case<'_>> = vec![
        (
            "job.create",
            Box::new(|| go(w.by(&w.dev).create_job(w.new_job(JobType::Dev, None, 2), None)).map(drop)),
        ),
        ("job.move", Box::new(|| w.drag(&w.ops, planned.id, 5).map(drop))),
        ("job.edit ahead", Box::new(|| w.drag(&w.ops, prod.id, 50).map(drop))),
        ("job.cancel", Box::new(|| go(w.by(&w.ops).cancel_job(cancelled.id, None)).map(drop))),
        ("job.done", Box::new(|| go(w.by(&w.dev).mark_done(by_hand.id)).map(drop))),
        ("run.launch", Box::new(|| w.launch(&w.ops, staging.id).map(drop))),
        ("run.launch prod", Box::new(|| w.launch(&w.ops, prod.id).map(drop))),
        ("run.cancel", Box::new(|| go(w.by(&w.ops).cancel_run(queued_run.id)).map(drop))),
        ("approve", Box::new(|| go(w.by(&w.projets).approve(w.view(prod.id).pending[0].id, None)).map(drop))),
        ("reject", Box::new(|| go(w.by(&w.owner).reject(to_reject.id, "no".to_owned())).map(drop))),
        ("claim", Box::new(|| go(w.hub.claim("w2", crate::model::BackendKind::ALL, 9)).map(drop))),
        ("finish", Box::new(|| go(w.hub.finish(&claimed, &Finish::Exited(0))).map(drop))),
        ("tick", Box::new(|| go(w.hub.tick(9)).map(drop))),
        (
            "user.create",
            Box::new(|| {
                let new = crate::hub::NewUser {
                    username: "new".to_owned(),
                    password: None,
                    email: "n@uhub.local".to_owned(),
                    display_name: "N".to_owned(),
                    kind: crate::model::UserKind::Person,
                    role: Role::Dev,
                    theme: None,
                };
                go(w.by(&w.admin).create_user(new)).map(drop)
            }),
        ),
        (
            "user.edit",
            Box::new(|| {
                let patch = UserPatch { theme: Some(Theme::Light), ..UserPatch::default() };
                go(w.by(&w.dev).update_user(w.dev.id, patch, None)).map(drop)
            }),
        ),
        ("calendar token", Box::new(|| go(w.by(&w.dev).new_calendar_token()).map(drop))),
        (
            "project.edit",
            Box::new(|| {
                let patch = ProjectPatch { color: Some("#111111".to_owned()), ..ProjectPatch::default() };
                go(w.by(&w.owner).update_project(w.app.id, patch, None)).map(drop)
            }),
        ),
        (
            "freeze.create",
            Box::new(|| {
                go(w.by(&w.admin).create_freeze(w.new_freeze(&[Tier::Dev], 200, 201), false)).map(drop)
            }),
        ),
        ("freeze.delete", Box::new(|| ok(go(w.by(&w.admin).delete_freeze(freeze.id))))),
        ("sign in", Box::new(|| go(w.hub.sign_in("dev", "dev-password")).map(drop))),
    ];
    let full = StoreError::Unavailable("disk full".to_owned());
    let before = w.everything();
    let fail = |name: &str, case: &dyn Fn() -> crate::Result<()>, before: &str| {
        w.store.fail("append_audit", full.clone());
        assert_eq!(case(), Err(Error::Store(full.clone())), "{name}");
        w.store.clear_fault();
        assert_eq!(w.everything(), before, "{name}");
    };
    for (name, case) in &cases {
        if !matches!(*name, "approve" | "run.launch prod") {
            fail(name, case, &before);
        }
    }
    assert_eq!(w.approval(to_approve.id).state, crate::model::ApprovalState::Pending);
    for (name, case) in &cases {
        // Each alone, right before it works: what it needs is there then.
        fail(name, case, &w.everything());
        let entries = w.audit().len();
        case().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(w.audit().len() > entries, "{name}");
    }
}

#[test]
fn r44_a_refusal_that_cannot_be_written_is_an_error_of_the_store() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    world.store.fail("append_audit", StoreError::Unavailable("disk full".to_owned()));
    assert!(matches!(world.drag(&world.dev, job.id, 5), Err(Error::Store(_))));
    world.store.clear_fault();
    assert_eq!(world.story(job.id.0).len(), 1);
    assert_eq!(rule(world.drag(&world.dev, job.id, 5)), "rbac.job.ops.dev");
    assert_eq!(world.story(job.id.0)[1], "job.move deny rbac.job.ops.dev");
}

/// The store says that another write came between: done again, once, and told once.
#[test]
fn a_contended_write_is_done_again() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    world.store.fail_once("commit", StoreError::Contended);
    assert_eq!(done(world.drag(&world.ops, job.id, 5)).job.version, 2);
    assert_eq!(world.story(job.id.0).len(), 2);
    world.store.fail("commit", StoreError::Contended);
    assert_eq!(world.drag(&world.ops, job.id, 6).unwrap_err(), Error::Store(StoreError::Contended));
    world.store.clear_fault();
    assert_eq!(world.job(job.id).slot.start(), world.at(5));
}

#[test]
fn a_runs_story_is_told_whole() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    let launch = Launch { reason: Some("release".to_owned()), ..Launch::default() };
    let (run, approval) = waiting(go(world.by(&world.ops).launch(job.id, launch, None)));
    go(world.by(&world.projets).approve(approval.id, Some("fine".to_owned()))).unwrap();
    let claimed = world.claim_one();
    assert_eq!(go(world.hub.finish(&claimed, &Finish::Exited(0))), Ok(RunStatus::Succeeded));
    assert_eq!(
        world.story(run.id.0),
        ["run.launch needs_approval rbac.run.launch.prod.ops", "run.claim allow", "run.finish allow"]
    );
    assert_eq!(
        world.story(approval.id.0),
        ["approval.ask needs_approval rbac.run.launch.prod.ops", "approval.approve allow"]
    );
    let who: Vec<_> = world.audit().into_iter().take(5).map(|row| row.entry.actor).collect();
    assert_eq!(who, ["worker w1", "worker w1", "projets", "ops", "ops"]);
}

#[test]
fn admins_read_all_projets_their_projects_and_others_nothing() {
    let world = World::new();
    world.create(&world.owner, world.new_job(JobType::Dev, None, 2));
    let read = |user| go(world.by(user).audit(&AuditFilter::default(), Page::first(1000)));
    let all = read(&world.admin).unwrap();
    let own = read(&world.owner).unwrap();
    assert!(own.len() < all.len());
    assert!(own.iter().all(|row| row.entry.project_id == Some(world.app.id)));
    assert_eq!(read(&world.projets).unwrap(), [], "owns nothing");
    for user in [&world.ops, &world.dev] {
        assert_eq!(rule(read(user)), format!("rbac.audit.read.{}", user.role));
        assert_eq!(rule(go(world.by(user).verify_audit())), format!("rbac.audit.read.{}", user.role));
    }
    let theirs = AuditFilter { owner: Some(world.owner.id), ..AuditFilter::default() };
    assert_eq!(
        go(world.by(&world.projets).audit(&theirs, Page::first(10))).unwrap(),
        [],
        "not by asking for another's"
    );
    let refusals: BTreeSet<_> = world
        .audit()
        .into_iter()
        .filter(|row| row.entry.action == "audit.read" && row.entry.decision == "deny")
        .map(|row| row.entry.actor)
        .collect();
    assert_eq!(refusals, ["dev".to_owned(), "ops".to_owned()].into());
}

#[test]
fn r45_entries_are_sealed_in_order_and_a_cut_tail_is_found_by_a_head_kept_outside() {
    let world = World::new();
    for hour in 0..5 {
        world.create(&world.dev, world.new_job(JobType::Dev, None, hour));
    }
    let count = i64::try_from(world.audit().len()).unwrap();
    let verify = |outside: Option<&Head>| go(world.hub.verify_audit(outside, &mut |_| {})).unwrap();
    assert_eq!((verify(None).entries, verify(None).unsealed), (0, count));
    assert_eq!(go(world.hub.seal_audit(3)).unwrap(), 3);
    assert_eq!((verify(None).entries, verify(None).unsealed), (3, count - 3));
    let early = verify(None).head;
    while go(world.hub.seal_audit(2)).unwrap() > 0 {}
    let whole = verify(Some(&early));
    assert!(whole.ok);
    assert_eq!((whole.entries, whole.unsealed), (count, 0));
    assert_eq!(go(world.hub.seal_audit(2)).unwrap(), 0);

    // A head from beyond the end: the tail was cut. One with another hash: it is another chain.
    let beyond = Head { seq: count + 1, hash: "a".repeat(64) };
    let cut = verify(Some(&beyond));
    assert!(!cut.ok);
    assert_eq!(cut.first_bad, Some(count + 1));
    let other = Head { seq: 2, hash: "b".repeat(64) };
    assert_eq!(verify(Some(&other)).first_bad, Some(2));
    let mut sealed: Vec<_> = world.audit().into_iter().map(|row| row.seq.unwrap()).collect();
    sealed.sort_unstable();
    assert_eq!(sealed, (1..=count).collect::<Vec<_>>());
}

#[test]
fn many_entries_at_once_are_sealed_with_their_transaction_behind_what_waits() {
    const RUNS: u32 = 40;
    let world = World::new();
    let launched = |hour| {
        let new = NewJob { execution: Some(docker("app:1")), ..world.new_job(JobType::Dev, None, hour) };
        let job = world.create(&world.dev, new);
        started(world.launch(&world.dev, job.id));
    };
    let claim = || go(world.hub.claim("w1", BackendKind::ALL, RUNS)).unwrap();
    let verify = || {
        let verified = go(world.hub.verify_audit(None, &mut |_| {})).unwrap();
        assert!(verified.ok, "{verified:?}");
        verified.unsealed
    };
    (0..i64::from(RUNS)).for_each(launched);
    while go(world.hub.seal_audit(100)).unwrap() > 0 {}
    let waiting = world.create(&world.dev, world.new_job(JobType::Dev, None, 100));
    assert_eq!(verify(), 1);
    let claimed = claim();
    assert_eq!(claimed.len(), 40);
    assert_eq!(verify(), 0, "the one that waited, too");
    let places: Vec<_> = world.audit().into_iter().map(|row| (row.seq.unwrap(), row.entry)).collect();
    let place = |object: uuid::Uuid, action: &str| {
        let of_it = places.iter().find(|(_, e)| e.object_id == Some(object) && e.action == action);
        of_it.unwrap_or_else(|| panic!("no {action}")).0
    };
    let first = claimed.iter().map(|run| place(run.id().0, "run.claim")).min();
    assert!(first > Some(place(waiting.id.0, "job.create")));

    // Where more waits than there is to add, that is left to who seals.
    (200..200 + i64::from(RUNS)).for_each(launched);
    assert_eq!(verify(), 80);
    assert_eq!(claim().len(), 40);
    assert_eq!(verify(), 120);
    assert_eq!(go(world.hub.seal_audit(1000)).unwrap(), 120);
    assert_eq!(verify(), 0);
}

#[test]
fn no_words_that_may_be_secret_are_in_the_audit() {
    let world = World::new();
    let mut spec = docker("app:1");
    spec.env.insert("TOKEN".to_owned(), "canary-env".to_owned());
    spec.command = Some(vec!["deploy".to_owned(), "canary-argument".to_owned()]);
    let new = crate::hub::NewJob {
        execution: Some(spec.clone()),
        description: Some("canary-description".to_owned()),
        ..world.new_deploy("staging", 2)
    };
    let job = world.create(&world.ops, new);
    spec.env.insert("OTHER".to_owned(), "canary-other".to_owned());
    let patch = JobPatch {
        execution: Some(Some(spec)),
        description: Some("canary".to_owned()),
        ..JobPatch::default()
    };
    done(world.edit(&world.ops, job.id, patch));
    started(world.launch(&world.ops, job.id));
    go(world.hub.finish(&world.claim_one(), &Finish::Exited(0))).unwrap();
    go(world.hub.sign_in("dev", "canary-password")).unwrap_err();
    assert!(!format!("{:?}", world.audit()).contains("canary"));
}
