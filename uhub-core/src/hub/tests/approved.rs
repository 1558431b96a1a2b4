//! Approvals over every path (DOMAIN §4): whatever was asked for, by whichever way, it permits exactly that, once, while
//! it lasts, by a second person who may.

use chrono::TimeDelta;

use super::world::*;
use crate::{
    error::Error,
    hub::{JobOutcome, JobPatch, Launch, NewJob},
    model::{
        Approval, ApprovalKind, ApprovalState, ExecutionSpec, Job, JobId, JobStatus, JobType, Policy, Role,
        RunStatus, Tier, User,
    },
    ports::exec::Finish,
};

/// How somebody comes to need a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    /// Role ops plans in prod.
    Create,
    /// Role ops drags a prod job.
    Move,
    /// Role ops edits a prod job.
    Edit,
    /// Role ops calls a prod job off.
    Cancel,
    /// A prod job that starts by itself asks ahead.
    Ahead,
    /// Somebody launches in prod.
    Launch,
    /// An admin launches inside a freeze window.
    Glass,
    /// An admin moves into a freeze window.
    GlassMove,
}

const PATHS: [Path; 8] = [
    Path::Create,
    Path::Move,
    Path::Edit,
    Path::Cancel,
    Path::Ahead,
    Path::Launch,
    Path::Glass,
    Path::GlassMove,
];

fn spec(image: &str) -> ExecutionSpec {
    let mut spec = docker(image);
    spec.env.insert("LEVEL".to_owned(), "1".to_owned());
    spec.secrets.insert("PASSWORD".to_owned(), "vault:secret/app#password".to_owned());
    spec
}

/// Something that waits for a second person, asked for by [`requester`].
fn ask(world: &World, path: Path) -> Approval {
    let new = NewJob { execution: Some(spec("registry.example/app:1")), ..world.new_deploy("prod", 20) };
    let planned = || world.create(&world.owner, new.clone()).id;
    match path {
        Path::Create => asked(go(world.by(&world.ops).create_job(new, None))).1,
        Path::Move => asked(world.drag(&world.ops, planned(), 30)).1,
        Path::Edit => {
            let patch = JobPatch { auto_start: Some(true), ..JobPatch::default() };
            asked(world.edit(&world.ops, planned(), patch)).1
        }
        Path::Cancel => asked(go(world.by(&world.ops).cancel_job(planned(), None))).1,
        Path::Ahead => {
            let job = world.create(&world.owner, NewJob { auto_start: Some(true), ..new });
            world.view(job.id).pending.remove(0)
        }
        Path::Launch => waiting(world.launch(&world.ops, planned())).1,
        Path::Glass => {
            let job = planned();
            world.freeze(&[Tier::Prod], 0, 10);
            let launch = Launch { break_glass: true, reason: Some("it is down".to_owned()), backend: None };
            waiting(go(world.by(&world.admin).launch(job, launch, None))).1
        }
        Path::GlassMove => {
            let job = planned();
            world.freeze(&[Tier::Prod], 30, 40);
            asked(world.edit(&world.admin, job, into_freeze(world, "it cannot wait"))).1
        }
    }
}

fn into_freeze(world: &World, reason: &str) -> JobPatch {
    JobPatch {
        planned_start: Some(world.at(31)),
        break_glass: true,
        reason: Some(reason.to_owned()),
        ..JobPatch::default()
    }
}

fn requester(world: &World, path: Path) -> &User {
    match path {
        Path::Glass | Path::GlassMove => &world.admin,
        Path::Ahead => &world.owner,
        _ => &world.ops,
    }
}

fn closed<T: std::fmt::Debug>(result: crate::Result<T>) -> ApprovalState {
    match result {
        Err(Error::ApprovalClosed { state }) => state,
        other => panic!("{other:?}"),
    }
}

/// What an approval would bring about has not happened.
fn nothing_happened(world: &World, path: Path, job: JobId) {
    let now = world.job(job);
    assert_ne!(now.slot.start(), world.at(if path == Path::GlassMove { 31 } else { 30 }), "{path:?}");
    assert_eq!(world.claim(), [], "{path:?}");
    match path {
        Path::Cancel => assert!(now.status.get().is_alive(), "{path:?}"),
        Path::Edit => assert!(!now.auto_start, "{path:?}"),
        _ => {}
    }
}

/// Whatever was asked for, changed meanwhile it is void, whether it waits or was given already.
fn voided_by(change: impl Fn(&World, JobId)) {
    for path in PATHS {
        let world = World::new();
        let approval = ask(&world, path);
        change(&world, approval.job_id);
        assert_eq!(world.approval(approval.id).state, ApprovalState::Void, "{path:?}");
        assert_eq!(closed(world.approve(&world.projets, approval.id)), ApprovalState::Void, "{path:?}");
        nothing_happened(&world, path, approval.job_id);
    }
    // Approved ahead, and due: it waits for another word.
    let world = World::new();
    let approval = ask(&world, Path::Ahead);
    world.approve(&world.projets, approval.id).unwrap();
    change(&world, approval.job_id);
    assert_eq!(world.approval(approval.id).state, ApprovalState::Void);
    let job = world.job(approval.job_id);
    world.clock.set(job.slot.start());
    world.tick();
    assert_eq!(world.claim(), []);
    assert!(world.view(job.id).pending.iter().all(|one| one.state == ApprovalState::Pending));
}

fn edit(world: &World, job: JobId, patch: JobPatch) {
    done(world.edit(&world.admin2, job, patch));
}

fn edit_spec(world: &World, job: JobId, change: impl FnOnce(&mut ExecutionSpec)) {
    let mut spec = spec("registry.example/app:1");
    change(&mut spec);
    edit(world, job, JobPatch { execution: Some(Some(spec)), ..JobPatch::default() });
}

#[test]
fn r35_another_title_voids() {
    voided_by(|world, job| {
        edit(world, job, JobPatch { title: Some("something else".to_owned()), ..JobPatch::default() });
    });
}

#[test]
fn r35_another_type_voids() {
    voided_by(|world, job| {
        edit(world, job, JobPatch { job_type: Some(JobType::Infra), ..JobPatch::default() });
    });
}

#[test]
fn r35_another_environment_voids() {
    voided_by(|world, job| {
        edit(world, job, JobPatch { environment: Some(Some("prod-eu".to_owned())), ..JobPatch::default() });
    });
}

#[test]
fn r35_another_slot_voids() {
    voided_by(|world, job| {
        edit(world, job, JobPatch { planned_start: Some(world.at(22)), ..JobPatch::default() });
    });
}

#[test]
fn r35_another_command_voids() {
    voided_by(|world, job| edit_spec(world, job, |spec| spec.command = Some(vec!["destroy".to_owned()])));
}

#[test]
fn r35_another_image_tag_voids() {
    voided_by(|world, job| {
        edit_spec(world, job, |spec| spec.image = Some("registry.example/app:2".to_owned()));
    });
}

#[test]
fn r35_another_parameter_voids() {
    voided_by(|world, job| {
        edit_spec(world, job, |spec| drop(spec.env.insert("LEVEL".to_owned(), "2".to_owned())));
    });
}

#[test]
fn r35_another_secret_reference_voids() {
    voided_by(|world, job| {
        edit_spec(world, job, |spec| {
            spec.secrets.insert("PASSWORD".to_owned(), "vault:secret/other#password".to_owned());
        });
    });
}

/// Another name, or another pool: what was approved was said of the old one.
#[test]
fn r35_a_renamed_environment_voids() {
    voided_by(|world, _| world.rename_environment("prod", "production"));
}

/// Queued, the job is fixed; its environment's name is not.
#[test]
fn r35_a_queued_run_does_not_outlive_its_environments_name() {
    let world = World::new();
    let approval = ask(&world, Path::Launch);
    world.approve(&world.projets, approval.id).unwrap();
    assert_eq!(world.status(approval.job_id), JobStatus::Queued);
    world.rename_environment("prod", "production");
    assert_eq!(world.approval(approval.id).state, ApprovalState::Void);
    assert_eq!(world.run_status(approval.run_id.unwrap()), RunStatus::Cancelled);
    assert_eq!(world.status(approval.job_id), JobStatus::Planned);
    assert_eq!(world.claim(), []);
}

#[test]
fn r36_who_asked_decides_on_no_path() {
    for path in PATHS {
        let world = World::new();
        let approval = ask(&world, path);
        let requester = requester(&world, path);
        if requester.role == Role::Ops {
            world.set_role(requester, Role::Projets);
        }
        assert_eq!(rule(world.approve(requester, approval.id)), "approval.second_person", "{path:?}");
        let reject = go(world.by(requester).reject(approval.id, "no".to_owned()));
        assert_eq!(rule(reject), "approval.second_person", "{path:?}");
        assert_eq!(world.approval(approval.id).state, ApprovalState::Pending, "{path:?}");
        nothing_happened(&world, path, approval.job_id);
    }
}

#[test]
fn r36_who_wrote_the_execution_decides_on_no_path() {
    // Role ops wrote what it plans itself.
    for path in PATHS.into_iter().filter(|path| *path != Path::Create) {
        let world = World::new();
        let approval = ask(&world, path);
        assert_eq!(rule(world.approve(&world.owner, approval.id)), "approval.second_person", "{path:?}");
        nothing_happened(&world, path, approval.job_id);
    }
}

#[test]
fn r36_an_approver_demoted_or_gone_decides_on_no_path() {
    for path in PATHS {
        let world = World::new();
        let approval = ask(&world, path);
        let stale = world.by(&world.projets);
        world.set_role(&world.projets, Role::Dev);
        assert_eq!(rule(go(stale.approve(approval.id, None))), "rbac.approval.decide.dev", "{path:?}");
        world.set_role(&world.projets, Role::Projets);
        world.deactivate(&world.projets);
        assert_eq!(rule(go(stale.approve(approval.id, None))), "account.inactive", "{path:?}");
        nothing_happened(&world, path, approval.job_id);
    }
}

/// Between the decision and the claim: the run does not start, and its job is planned again.
#[test]
fn r36_an_approver_demoted_or_gone_before_the_claim_permits_nothing() {
    let ways: [fn(&World); 2] =
        [|world| world.set_role(&world.projets, Role::Dev), |world| world.deactivate(&world.projets)];
    for path in [Path::Launch, Path::Glass] {
        for way in ways {
            let world = World::new();
            let approval = ask(&world, path);
            world.approve(&world.projets, approval.id).unwrap();
            way(&world);
            assert_eq!(world.claim(), [], "{path:?}");
            assert_eq!(world.run_status(approval.run_id.unwrap()), RunStatus::Cancelled, "{path:?}");
            assert_eq!(world.status(approval.job_id), JobStatus::Planned, "{path:?}: back to planned");
            assert_eq!(world.approval(approval.id).state, ApprovalState::Void, "{path:?}");
        }
    }
}

/// Given ahead by somebody who may not any more, it is void when it is to be used, and asked for anew.
#[test]
fn r36_what_a_demoted_approver_gave_ahead_is_asked_for_anew() {
    let world = World::new();
    let approval = ask(&world, Path::Ahead);
    world.approve(&world.projets, approval.id).unwrap();
    world.set_role(&world.projets, Role::Dev);
    let (run, anew) = waiting(world.launch(&world.ops, approval.job_id));
    assert_eq!(world.approval(approval.id).state, ApprovalState::Void);
    assert_ne!(anew.id, approval.id);
    assert_eq!(world.claim(), []);
    world.approve(&world.admin, anew.id).unwrap();
    assert_eq!(world.claim_one().id(), run.id);

    // The same where it starts by itself.
    let world = World::new();
    let approval = ask(&world, Path::Ahead);
    world.approve(&world.projets, approval.id).unwrap();
    world.deactivate(&world.projets);
    world.go_to(20);
    assert_eq!(world.tick().started, 1);
    let anew = world.view(approval.job_id).pending.remove(0);
    assert_eq!(
        (anew.state, world.status(approval.job_id)),
        (ApprovalState::Pending, JobStatus::AwaitingApproval)
    );
    assert_eq!(world.claim(), []);
    world.approve(&world.admin, anew.id).unwrap();
    assert_eq!(Some(world.claim_one().id()), anew.run_id);
}

/// Whoever approved ahead cannot launch it as well; what was given stays good for others.
#[test]
fn r36_who_approved_ahead_does_not_launch() {
    let world = World::new();
    let approval = ask(&world, Path::Ahead);
    world.approve(&world.admin, approval.id).unwrap();
    assert_eq!(rule(world.launch(&world.admin, approval.job_id)), "approval.second_person");
    assert_eq!(world.approval(approval.id).state, ApprovalState::Approved);
    started(world.launch(&world.ops, approval.job_id));
}

#[test]
fn r37_nothing_is_approved_or_rejected_twice() {
    for path in PATHS {
        let world = World::new();
        let approval = ask(&world, path);
        world.approve(&world.projets, approval.id).unwrap();
        let before = world.job(approval.job_id);
        for user in [&world.projets, &world.admin2] {
            let state = closed(world.approve(user, approval.id));
            assert!(matches!(state, ApprovalState::Approved | ApprovalState::Consumed), "{path:?}");
            closed(go(world.by(user).reject(approval.id, "no".to_owned())));
        }
        assert_eq!(world.job(approval.job_id), before, "{path:?}");

        let world = World::new();
        let approval = ask(&world, path);
        go(world.by(&world.projets).reject(approval.id, "no".to_owned())).unwrap();
        assert_eq!(closed(world.approve(&world.admin2, approval.id)), ApprovalState::Rejected, "{path:?}");
        nothing_happened(&world, path, approval.job_id);
    }
}

/// The job is called off while it waits: a late "yes" finds nothing.
#[test]
fn r37_approved_after_the_cancel_nothing_happens() {
    for path in PATHS {
        let world = World::new();
        let approval = ask(&world, path);
        done(go(world.by(&world.admin2).cancel_job(approval.job_id, None)));
        assert_eq!(closed(world.approve(&world.projets, approval.id)), ApprovalState::Void, "{path:?}");
        assert_eq!(world.status(approval.job_id), JobStatus::Cancelled, "{path:?}");
        assert_eq!(world.claim(), [], "{path:?}");
    }
}

#[test]
fn r37_approved_after_the_expiry_nothing_happens() {
    for swept in [false, true] {
        for path in PATHS {
            let world = World::new();
            world.set_policy(Policy { approval_ttl_seconds: 3600, ..Policy::default() });
            let approval = ask(&world, path);
            world.clock.set(approval.expires_at);
            if swept {
                assert_eq!(world.tick().expired_approvals, 1, "{path:?}");
            }
            assert_eq!(
                closed(world.approve(&world.projets, approval.id)),
                ApprovalState::Expired,
                "{path:?}"
            );
            nothing_happened(&world, path, approval.job_id);
        }
    }
}

/// Approved, and no worker in time: "expired approval: back to planned" (DOMAIN §5).
#[test]
fn r37_a_queued_run_whose_approval_expires_gives_its_job_back() {
    for swept in [false, true] {
        let world = World::new();
        world.set_policy(Policy { approval_ttl_seconds: 3600, ..Policy::default() });
        let approval = ask(&world, Path::Launch);
        world.approve(&world.projets, approval.id).unwrap();
        world.clock.set(approval.expires_at);
        if swept {
            world.tick();
        }
        assert_eq!(world.claim(), []);
        assert_eq!(world.run_status(approval.run_id.unwrap()), RunStatus::Cancelled);
        assert_eq!(world.status(approval.job_id), JobStatus::Planned);
        let (_, anew) = waiting(world.launch(&world.ops, approval.job_id));
        assert_ne!(anew.id, approval.id);
    }
}

/// A run that was approved and called off leaves nothing for the next one; nor does one that has run.
#[test]
fn r37_cancel_and_rerun_asks_again() {
    for runs in [false, true] {
        let world = World::new();
        let approval = ask(&world, Path::Launch);
        world.approve(&world.projets, approval.id).unwrap();
        let run = approval.run_id.unwrap();
        if runs {
            let claimed = world.claim_one();
            go(world.hub.finish(&claimed, &Finish::Exited(1))).unwrap();
        } else {
            go(world.by(&world.ops).cancel_run(run)).unwrap();
        }
        let (again, anew) = waiting(world.launch(&world.ops, approval.job_id));
        assert_ne!((again.id, anew.id), (run, approval.id));
        assert_eq!(world.claim(), []);
        assert_eq!(anew.state, ApprovalState::Pending);
    }
}

/// "Single use, consumed in the same transaction that claims the run": a further attempt is the same run's.
#[test]
fn r37_a_retry_uses_what_its_run_was_given() {
    let world = World::new();
    let mut spec = spec("registry.example/app:1");
    spec.max_attempts = Some(2);
    let new = NewJob { execution: Some(spec), ..world.new_deploy("prod", 20) };
    let job = world.create(&world.owner, new);
    let run = world.launch_approved(&world.ops, job.id, &world.projets);
    let first = world.claim_one();
    assert_eq!(world.approval(run.approval_id.unwrap()).state, ApprovalState::Consumed);
    go(world.hub.finish(&first, &Finish::Exited(1))).unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(world.claim_one().attempt(), 2);
    // But not once its approver may no longer approve.
    let job = world.create(&world.owner, NewJob { execution: job.execution, ..world.new_deploy("prod", 40) });
    world.launch_approved(&world.ops, job.id, &world.projets);
    go(world.hub.finish(&world.claim_one(), &Finish::Exited(1))).unwrap();
    world.deactivate(&world.projets);
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(world.claim(), []);
    assert_eq!(world.status(job.id), JobStatus::Planned);
}

/// What is asked of a job that runs, such as calling it off, is void when it has ended.
#[test]
fn r37_what_is_asked_of_a_job_ends_with_its_run() {
    let ask_of = |world: &World, job: &Job| asked(go(world.by(&world.ops2).cancel_job(job.id, None))).1;
    for finish in [Some(Finish::Exited(0)), Some(Finish::Exited(1)), Some(Finish::Cancelled), None] {
        let world = World::new();
        let job = world.create(&world.owner, world.new_deploy("prod", 20));
        world.launch_approved(&world.ops, job.id, &world.projets);
        let claimed = world.claim_one();
        let approval = ask_of(&world, &job);
        match finish {
            Some(finish) => drop(go(world.hub.finish(&claimed, &finish)).unwrap()),
            None => {
                world.clock.advance(TimeDelta::seconds(16));
                assert_eq!(world.tick().lost, 1);
            }
        }
        assert_eq!(world.approval(approval.id).state, ApprovalState::Void);
        assert_eq!(closed(world.approve(&world.projets, approval.id)), ApprovalState::Void);
    }
    // So when it is called off while it waits for a worker.
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("prod", 20));
    let run = world.launch_approved(&world.ops, job.id, &world.projets);
    let approval = ask_of(&world, &job);
    go(world.by(&world.ops).cancel_run(run.id)).unwrap();
    assert_eq!(world.approval(approval.id).state, ApprovalState::Void);
}

/// "An admin gives a reason and a second admin or projets approves": moves too (DOMAIN §3.4).
#[test]
fn a_move_into_a_freeze_breaks_glass() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 20));
    world.freeze(&[Tier::Prod], 30, 40);
    for user in [&world.owner, &world.ops] {
        assert_eq!(rule(world.edit(user, job.id, into_freeze(&world, "why not"))), "guardrail.freeze");
    }
    assert_eq!(rule(world.drag(&world.admin, job.id, 31)), "guardrail.freeze");
    assert_eq!(field(world.edit(&world.admin, job.id, into_freeze(&world, " "))), "reason");
    let (view, approval) = asked(world.edit(&world.admin, job.id, into_freeze(&world, "it cannot wait")));
    assert_eq!(view.job, job);
    assert_eq!((approval.kind, approval.rule.as_str()), (ApprovalKind::Edit, "guardrail.freeze"));
    assert_eq!(approval.reason.as_deref(), Some("it cannot wait"));
    assert!(approval.change.as_ref().is_some_and(|change| change.break_glass && change.is_move()));
    world.approve(&world.projets, approval.id).unwrap();
    assert_eq!(world.job(job.id).slot.start(), world.at(31));
    // Not needed, it is an edit as any other.
    let patch = JobPatch { planned_start: Some(world.at(50)), ..into_freeze(&world, "no need") };
    assert!(matches!(world.edit(&world.admin, job.id, patch), Ok(JobOutcome::Done(_))));
}

/// Who asked must still be an admin when it is approved; and a window that is made later stops a move that was not asked
/// for as one into it.
#[test]
fn r36_glass_is_broken_for_admins_only_and_for_what_was_asked() {
    let world = World::new();
    let approval = ask(&world, Path::GlassMove);
    go(world.by(&world.admin2).update_user(
        world.admin.id,
        crate::hub::UserPatch { role: Some(Role::Ops), ..Default::default() },
        None,
    ))
    .unwrap();
    assert_eq!(rule(world.approve(&world.projets, approval.id)), "guardrail.freeze");
    nothing_happened(&world, Path::GlassMove, approval.job_id);

    let world = World::new();
    let approval = ask(&world, Path::Move);
    world.freeze(&[Tier::Prod], 29, 40);
    assert_eq!(rule(world.approve(&world.projets, approval.id)), "guardrail.freeze");
    nothing_happened(&world, Path::Move, approval.job_id);
}
