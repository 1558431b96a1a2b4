//! A freeze window stops moves into it and runs inside it, on every path (DOMAIN §3.4).

use super::world::*;
use crate::{
    error::Error,
    hub::{JobPatch, Launch, NewJob},
    model::{ApprovalKind, ApprovalState, JobStatus, JobType, Role, RunStatus, Tier},
    ports::exec::Finish,
};

const FROZEN: &str = "guardrail.freeze";

#[test]
fn only_admins_make_and_end_windows_and_are_told_what_stops() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 20));
    let new = world.new_freeze(&[Tier::Staging], 0, 10);
    for user in [&world.owner, &world.projets, &world.ops, &world.dev] {
        let refused = go(world.by(user).create_freeze(new.clone(), false));
        assert_eq!(rule(refused), format!("rbac.project.policy.{}", user.role));
    }
    let before = world.everything();
    let dry = go(world.by(&world.admin).create_freeze(new.clone(), true)).unwrap();
    assert_eq!(world.everything(), before, "only told");
    let real = go(world.by(&world.admin).create_freeze(new, false)).unwrap();
    for outcome in [&dry, &real] {
        assert_eq!(outcome.stops.iter().map(|entry| entry.id).collect::<Vec<_>>(), [job.id]);
    }
    assert_eq!(rule(go(world.by(&world.owner).delete_freeze(real.freeze.id))), "rbac.project.policy.projets");
    go(world.by(&world.admin).delete_freeze(real.freeze.id)).unwrap();
    let again = go(world.by(&world.admin).delete_freeze(real.freeze.id)).unwrap_err();
    assert_eq!(again, Error::NotFound { what: "freeze" });
    assert_eq!(
        world.story(real.freeze.id.0),
        [
            "freeze.create allow rbac.project.policy.admin",
            "freeze.delete deny rbac.project.policy.projets",
            "freeze.delete allow rbac.project.policy.admin"
        ]
    );
}

#[test]
fn nothing_is_created_in_it_or_moved_into_it_by_anybody() {
    let world = World::new();
    let inside = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 3));
    let outside = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 20));
    let elsewhere = world.create(&world.owner, world.new_job(JobType::Ops, Some("dev"), 3));
    world.freeze(&[Tier::Staging], 0, 10);
    for user in [&world.admin, &world.owner, &world.ops] {
        let create = go(world.by(user).create_job(world.new_job(JobType::Ops, Some("staging"), 9), None));
        assert_eq!(rule(create), FROZEN);
        assert_eq!(rule(world.drag(user, outside.id, 5)), FROZEN);
        assert_eq!(rule(world.drag(user, inside.id, 5)), FROZEN, "from one place in it to another");
        let into = JobPatch { environment: Some(Some("staging".to_owned())), ..JobPatch::default() };
        assert_eq!(rule(world.edit(user, elsewhere.id, into)), FROZEN);
    }
    // Words are no move, touching it is no overlap, and leaving is welcome.
    let words = JobPatch { title: Some("words".to_owned()), ..JobPatch::default() };
    done(world.edit(&world.ops, inside.id, words));
    done(world.drag(&world.ops, outside.id, 10));
    assert_eq!(done(world.drag(&world.ops, inside.id, 12)).conflicts, []);
    // What was called off does not come back into it.
    go(world.by(&world.ops).cancel_job(inside.id, None)).unwrap();
    assert_eq!(rule(world.drag(&world.ops, inside.id, 5)), FROZEN);
    // A meeting works on nothing.
    world.create(&world.dev, world.new_job(JobType::Meeting, None, 3));
}

#[test]
fn an_approved_move_into_it_is_refused_when_it_is_applied() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 20));
    let (_, approval) = asked(world.drag(&world.ops, job.id, 3));
    world.freeze(&[Tier::Prod], 0, 10);
    assert_eq!(rule(world.approve(&world.owner, approval.id)), FROZEN);
    assert_eq!(world.job(job.id), job, "nothing of it happened");
    assert_eq!(world.approval(approval.id).state, ApprovalState::Pending);

    let plan = NewJob { project_id: world.app.id, ..world.new_job(JobType::Ops, Some("prod"), 30) };
    let (planned, approval) = asked(go(world.by(&world.ops).create_job(plan, None)));
    world.freeze(&[Tier::Prod], 29, 40);
    assert_eq!(rule(world.approve(&world.owner, approval.id)), FROZEN);
    assert_eq!(world.status(planned.job.id), JobStatus::AwaitingApproval);
}

#[test]
fn nothing_is_launched_in_it_by_hand_or_by_time() {
    let world = World::new();
    let by_hand = world.create(&world.ops, world.new_deploy("staging", 2));
    let by_time = world.create(&world.ops, NewJob { auto_start: None, ..world.new_deploy("staging", 2) });
    world.freeze(&[Tier::Staging], 0, 10);
    for user in [&world.admin, &world.owner, &world.ops] {
        assert_eq!(rule(world.launch(user, by_hand.id)), FROZEN);
    }
    world.go_to(2);
    assert_eq!(world.tick().started, 0);
    assert_eq!(world.tick().started, 0);
    let refusals = world.story(by_time.id.0);
    assert_eq!(
        refusals.iter().filter(|line| *line == "run.auto_start deny guardrail.freeze").count(),
        1,
        "{refusals:?}"
    );
    assert_eq!(world.runs(by_time.id), []);
    world.go_to(3);
    assert_eq!(world.tick().missed, 1);
    assert_eq!(world.status(by_time.id), JobStatus::Missed);
}

#[test]
fn what_was_queued_before_it_is_not_claimed_in_it_and_no_attempt_follows_in_it() {
    let world = World::new();
    let queued = world.create(&world.ops, world.new_deploy("staging", 2));
    let mut again = docker("registry.example/app:1");
    again.max_attempts = Some(3);
    let retried =
        world.create(&world.ops, NewJob { execution: Some(again), ..world.new_deploy("staging", 4) });
    started(world.launch(&world.ops, retried.id));
    let claimed = world.claim_one();
    let waiting = started(world.launch(&world.ops, queued.id));
    world.freeze(&[Tier::Staging], 0, 10);

    assert_eq!(world.claim(), []);
    let refused = world.run(waiting.id);
    assert_eq!(refused.status.get(), RunStatus::Cancelled);
    assert!(refused.outcome.unwrap().starts_with("refused by guardrail.freeze: "));
    assert_eq!(world.status(queued.id), JobStatus::Cancelled);

    assert_eq!(go(world.hub.finish(&claimed, &Finish::Exited(1))), Ok(RunStatus::Queued));
    world.clock.advance(chrono::TimeDelta::seconds(2));
    assert_eq!(world.claim(), []);
    assert_eq!(world.run_status(claimed.id()), RunStatus::Cancelled);
}

#[test]
fn glass_is_broken_by_an_admin_with_a_reason_and_a_second_person() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_deploy("staging", 2));
    world.freeze(&[Tier::Staging], 0, 10);
    let glass =
        Launch { break_glass: true, reason: Some("the site is down".to_owned()), ..Launch::default() };
    let launch = |user, launch: &Launch| go(world.by(user).launch(job.id, launch.clone(), None));
    for user in [&world.owner, &world.ops] {
        assert_eq!(rule(launch(user, &glass)), FROZEN);
    }
    for reason in [None, Some(String::new()), Some("  ".to_owned())] {
        assert_eq!(field(launch(&world.admin, &Launch { reason, ..glass.clone() })), "reason");
    }
    let (run, approval) = waiting(launch(&world.admin, &glass));
    assert_eq!(
        (approval.kind, approval.reason.as_deref()),
        (ApprovalKind::BreakGlass, Some("the site is down"))
    );
    assert_eq!(approval.rule, FROZEN, "why it is asked for");
    assert_eq!(world.claim(), []);
    assert_eq!(rule(world.approve(&world.admin, approval.id)), "approval.second_person");
    assert_eq!(rule(world.approve(&world.ops2, approval.id)), "rbac.approval.decide.ops");
    world.approve(&world.projets, approval.id).unwrap();
    let claimed = world.claim_one();
    assert_eq!(claimed.id(), run.id);
    assert_eq!(world.approval(approval.id).state, ApprovalState::Consumed);
    go(world.hub.finish(&claimed, &Finish::Exited(0))).unwrap();

    // Once: the next run inside the window needs the same again.
    let other = world.create(&world.ops, world.new_deploy("dev", 2));
    assert_eq!(world.status(job.id), JobStatus::Succeeded);
    started(world.launch(&world.admin, other.id));
}

/// "Changing a role takes effect on queued runs at the moment they are claimed" (DOMAIN §2): breaking glass is for admins.
#[test]
fn r28_glass_broken_by_somebody_who_is_no_admin_any_more_stays_whole() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_deploy("staging", 2));
    world.freeze(&[Tier::Staging], 0, 10);
    let glass =
        Launch { break_glass: true, reason: Some("the site is down".to_owned()), ..Launch::default() };
    let (run, approval) = waiting(go(world.by(&world.admin2).launch(job.id, glass, None)));
    world.approve(&world.owner, approval.id).unwrap();
    world.set_role(&world.admin2, Role::Ops);
    assert_eq!(world.claim(), []);
    let refused = world.run(run.id);
    assert_eq!(refused.status.get(), RunStatus::Cancelled);
    assert!(refused.outcome.unwrap().starts_with("refused by guardrail.freeze"));
}

/// An approval of the plain run that was asked for ahead must not be in the way of one that breaks glass.
#[test]
fn glass_can_be_broken_for_a_job_that_has_asked_ahead() {
    for plain_is_approved in [false, true] {
        let world = World::new();
        let job = world.create(&world.owner, NewJob { auto_start: None, ..world.new_deploy("prod", 5) });
        let ahead = world.view(job.id).pending[0].clone();
        if plain_is_approved {
            world.approve(&world.projets, ahead.id).unwrap();
        }
        world.freeze(&[Tier::Prod], 0, 3);
        let glass = Launch { break_glass: true, reason: Some("now".to_owned()), ..Launch::default() };
        let (run, approval) = waiting(go(world.by(&world.admin).launch(job.id, glass, None)));
        assert_eq!(world.approval(ahead.id).state, ApprovalState::Void, "one word on one run at a time");
        world.approve(&world.projets, approval.id).unwrap();
        assert_eq!(world.claim_one().id(), run.id);
    }
}

/// What was asked for is checked as it was asked for, also where it would no longer be needed.
#[test]
fn r36_a_window_that_ended_does_not_spare_the_approver_the_second_look() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_deploy("staging", 2));
    let freeze = world.freeze(&[Tier::Staging], 0, 10);
    let glass = Launch { break_glass: true, reason: Some("now".to_owned()), ..Launch::default() };
    let (run, approval) = waiting(go(world.by(&world.admin).launch(job.id, glass, None)));
    world.approve(&world.projets, approval.id).unwrap();
    go(world.by(&world.admin).delete_freeze(freeze.id)).unwrap();
    world.set_role(&world.projets, Role::Dev);
    assert_eq!(world.claim(), []);
    assert!(world.run(run.id).outcome.unwrap().starts_with("refused by rbac.approval.decide.dev"));
}
