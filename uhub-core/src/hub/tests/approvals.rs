//! Plans and changes that wait for a second person (DOMAIN §4).

use chrono::TimeDelta;

use super::world::*;
use crate::{
    error::Error,
    hub::{JobPatch, NewJob},
    model::{ApprovalKind, ApprovalState, JobStatus, JobType, Policy, Role},
};

fn closed<T: std::fmt::Debug>(result: crate::Result<T>) -> ApprovalState {
    match result {
        Err(Error::ApprovalClosed { state }) => state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plan_in_prod_by_ops_waits_and_is_accepted_or_called_off() {
    let world = World::new();
    let plan = |hour| {
        asked(go(world.by(&world.ops).create_job(world.new_job(JobType::Ops, Some("prod"), hour), None)))
    };
    let (view, approval) = plan(2);
    assert_eq!(view.job.status.get(), JobStatus::AwaitingApproval);
    assert_eq!((approval.kind, approval.rule.as_str()), (ApprovalKind::Create, "rbac.job.prod.ops"));
    assert_eq!(view.pending, std::slice::from_ref(&approval));
    let accepted = world.approve(&world.projets, approval.id).unwrap();
    assert_eq!((accepted.state, accepted.decided_by), (ApprovalState::Consumed, Some(world.projets.id)));
    assert_eq!(world.status(view.job.id), JobStatus::Planned);
    assert_eq!(closed(world.approve(&world.admin, approval.id)), ApprovalState::Consumed, "double approval");

    let (view, approval) = plan(8);
    assert_eq!(field(go(world.by(&world.owner).reject(approval.id, "  ".to_owned()))), "comment");
    let rejected = go(world.by(&world.owner).reject(approval.id, "not on a Friday".to_owned())).unwrap();
    assert_eq!(
        (rejected.state, rejected.comment.as_deref()),
        (ApprovalState::Rejected, Some("not on a Friday"))
    );
    assert_eq!(world.status(view.job.id), JobStatus::Cancelled);
    assert_eq!(closed(world.approve(&world.owner, approval.id)), ApprovalState::Rejected);
}

#[test]
fn a_job_stays_as_it_is_while_its_change_waits() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 20));
    let (view, approval) = asked(world.drag(&world.ops, job.id, 30));
    assert_eq!(view.job, job);
    assert_eq!(approval.kind, ApprovalKind::Edit);
    world.approve(&world.owner, approval.id).unwrap();
    let moved = world.job(job.id);
    assert_eq!(moved.slot.start(), world.at(30));
    assert_eq!(moved.edited_by, world.ops.id, "it is the requester's edit");
    assert_eq!(moved.version, job.version + 1);

    let (_, cancel) = asked(go(world.by(&world.ops).cancel_job(job.id, None)));
    assert_eq!(world.status(job.id), JobStatus::Planned);
    assert_eq!(cancel.kind, ApprovalKind::Cancel);
    world.approve(&world.owner, cancel.id).unwrap();
    assert_eq!(world.status(job.id), JobStatus::Cancelled);
    assert_eq!(
        world.story(job.id.0),
        [
            "job.create allow rbac.job.prod.projets",
            "job.move needs_approval rbac.job.prod.ops",
            "job.move needs_approval rbac.job.prod.ops",
            "job.cancel needs_approval rbac.job.prod.ops",
            "job.cancel needs_approval rbac.job.prod.ops",
        ]
    );
}

#[test]
fn r36_neither_the_requester_nor_the_executions_editor_decides() {
    let world = World::new();
    // Somebody who asked as ops, and was made projets since.
    let job = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 20));
    let (_, approval) = asked(world.drag(&world.ops, job.id, 30));
    world.set_role(&world.ops, Role::Projets);
    assert_eq!(rule(world.approve(&world.ops, approval.id)), "approval.second_person");
    let reject = go(world.by(&world.ops).reject(approval.id, "no".to_owned()));
    assert_eq!(rule(reject), "approval.second_person");
    for user in [&world.ops2, &world.dev] {
        assert_eq!(rule(world.approve(user, approval.id)), format!("rbac.approval.decide.{}", user.role));
    }

    let deploy = world.create(&world.owner, world.new_deploy("prod", 40));
    let (_, approval) = asked(world.drag(&world.ops2, deploy.id, 50));
    assert_eq!(
        rule(world.approve(&world.owner, approval.id)),
        "approval.second_person",
        "wrote the execution"
    );
    world.approve(&world.projets, approval.id).unwrap();
}

#[test]
fn r36_whoever_changes_the_execution_meanwhile_is_no_second_person() {
    let world = World::new();
    let deploy = world.create(&world.owner, world.new_deploy("prod", 40));
    let patch = JobPatch { execution: Some(Some(docker("registry.example/app:2"))), ..JobPatch::default() };
    done(world.edit(&world.admin, deploy.id, patch));
    let (_, approval) = asked(world.drag(&world.ops, deploy.id, 50));
    assert_eq!(rule(world.approve(&world.admin, approval.id)), "approval.second_person");
    world.approve(&world.owner, approval.id).unwrap();
}

#[test]
fn r28_a_requester_who_may_not_any_more_gets_nothing() {
    let world = World::new();
    let (plan, create) =
        asked(go(world.by(&world.ops).create_job(world.new_job(JobType::Ops, Some("prod"), 2), None)));
    let job = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 20));
    let (_, edit) = asked(world.drag(&world.ops, job.id, 30));
    let (_, cancel) = asked(go(world.by(&world.ops).cancel_job(job.id, None)));
    world.set_role(&world.ops, Role::Dev);
    for approval in [&create, &edit, &cancel] {
        assert_eq!(rule(world.approve(&world.owner, approval.id)), "rbac.job.prod.dev");
        assert_eq!(world.approval(approval.id).state, ApprovalState::Pending);
    }
    world.set_role(&world.ops, Role::Ops);
    world.deactivate(&world.ops);
    for approval in [&create, &edit, &cancel] {
        assert_eq!(rule(world.approve(&world.owner, approval.id)), "account.inactive");
    }
    assert_eq!((world.status(plan.job.id), world.job(job.id)), (JobStatus::AwaitingApproval, job));
}

#[test]
fn r36_an_approver_who_was_demoted_decides_nothing() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 20));
    let (_, approval) = asked(world.drag(&world.ops, job.id, 30));
    // With the token that the approver has had since before.
    let stale = world.by(&world.projets);
    world.set_role(&world.projets, Role::Dev);
    assert_eq!(rule(go(stale.approve(approval.id, None))), "rbac.approval.decide.dev");
    world.deactivate(&world.projets);
    assert_eq!(rule(go(stale.approve(approval.id, None))), "account.inactive");
}

#[test]
fn r35_an_edit_meanwhile_voids_what_was_asked_and_words_do_not() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 20));
    let (_, approval) = asked(world.drag(&world.ops, job.id, 30));
    let words = JobPatch {
        description: Some("words".to_owned()),
        assignee_id: Some(Some(world.ops.id)),
        ..JobPatch::default()
    };
    done(world.edit(&world.owner, job.id, words));
    assert_eq!(world.approval(approval.id).state, ApprovalState::Pending);
    done(world.drag(&world.owner, job.id, 21));
    assert_eq!(closed(world.approve(&world.admin, approval.id)), ApprovalState::Void);
    assert_eq!(world.job(job.id).slot.start(), world.at(21));
    assert_eq!(
        world.story(approval.id.0),
        ["approval.ask needs_approval rbac.job.prod.ops", "approval.close allow", "approval.approve deny"]
    );
}

/// A plan that waits and is edited, or whose environment is renamed, is asked for again: else nobody could accept it.
#[test]
fn r35_a_plan_that_changed_while_it_waited_is_asked_for_again() {
    let world = World::new();
    let new = world.new_job(JobType::Ops, Some("prod"), 20);
    let (edited, first) = asked(go(world.by(&world.ops).create_job(new.clone(), None)));
    done(world.drag(&world.owner, edited.job.id, 30));
    assert_eq!(world.approval(first.id).state, ApprovalState::Void);
    let again = world.view(edited.job.id).pending;
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].kind, again[0].requested_by), (ApprovalKind::Create, world.ops.id));
    world.approve(&world.owner, again[0].id).unwrap();
    assert_eq!(world.status(edited.job.id), JobStatus::Planned);

    let (renamed, first) = asked(go(world.by(&world.ops).create_job(new, None)));
    world.rename_environment("prod", "production");
    assert_eq!(closed(world.approve(&world.owner, first.id)), ApprovalState::Void);
    let again = world.view(renamed.job.id).pending;
    assert_eq!(again.len(), 1, "asked for again, under the new name");
    world.approve(&world.owner, again[0].id).unwrap();
    assert_eq!(world.status(renamed.job.id), JobStatus::Planned);
}

#[test]
fn approvals_expire_by_the_projects_policy() {
    let world = World::new();
    let plan = |hour| {
        asked(go(world.by(&world.ops).create_job(world.new_job(JobType::Ops, Some("prod"), hour), None)))
    };
    let (_, by_default) = plan(200);
    assert_eq!(by_default.expires_at, world.now() + TimeDelta::hours(72));
    world.set_policy(Policy { approval_ttl_seconds: 3600, ..Policy::default() });
    let (view, short) = plan(100);
    world.clock.set(short.expires_at - TimeDelta::microseconds(1));
    assert_eq!(world.tick().expired_approvals, 0);
    world.clock.set(short.expires_at);
    // Also before anything has swept it.
    assert_eq!(closed(world.approve(&world.owner, short.id)), ApprovalState::Expired);
    assert_eq!(world.status(view.job.id), JobStatus::Cancelled);
    let (view, short) = plan(101);
    world.clock.set(short.expires_at);
    assert_eq!(world.tick().expired_approvals, 1);
    assert_eq!(world.tick().expired_approvals, 0);
    assert_eq!(world.approval(short.id).state, ApprovalState::Expired);
    assert_eq!(world.status(view.job.id), JobStatus::Cancelled);
}

#[test]
fn a_plan_that_nobody_accepted_in_time_is_missed() {
    let world = World::new();
    let (view, approval) =
        asked(go(world.by(&world.ops).create_job(world.new_job(JobType::Ops, Some("prod"), 2), None)));
    world.go_to(3);
    assert_eq!(world.tick().missed, 1);
    assert_eq!(world.status(view.job.id), JobStatus::Missed);
    assert_eq!(closed(world.approve(&world.owner, approval.id)), ApprovalState::Expired);
    assert_eq!(world.story(approval.id.0).last().unwrap(), "approval.approve deny");
    assert!(world.story(approval.id.0).contains(&"approval.close allow".to_owned()), "its end is told");
}

#[test]
fn a_newer_request_takes_the_place_of_the_older() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 20));
    let (_, older) = asked(world.drag(&world.ops, job.id, 30));
    let (_, newer) = asked(world.drag(&world.ops, job.id, 40));
    assert_eq!(closed(world.approve(&world.owner, older.id)), ApprovalState::Void);
    world.approve(&world.owner, newer.id).unwrap();
    assert_eq!(world.job(job.id).slot.start(), world.at(40));
}

#[test]
fn clearing_a_field_by_approval_clears_it() {
    let world = World::new();
    let new = NewJob { assignee_id: Some(world.dev.id), ..world.new_job(JobType::Ops, Some("prod"), 20) };
    let job = world.create(&world.owner, new);
    let patch = JobPatch { assignee_id: Some(None), ..JobPatch::default() };
    let (_, approval) = asked(world.edit(&world.ops, job.id, patch));
    world.approve(&world.owner, approval.id).unwrap();
    assert_eq!(world.job(job.id).assignee_id, None);
}

#[test]
fn r32_an_unknown_approval_answers_like_a_missing_one() {
    let world = World::new();
    let id = crate::model::ApprovalId(world.hub.new_id());
    for user in [&world.admin, &world.dev] {
        assert_eq!(world.approve(user, id).unwrap_err(), Error::NotFound { what: "approval" });
        assert_eq!(go(world.by(user).approval(id)).unwrap_err(), Error::NotFound { what: "approval" });
    }
}
