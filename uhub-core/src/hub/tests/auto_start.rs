//! Jobs that start by themselves (DOMAIN §5).

use chrono::TimeDelta;

use super::world::*;
use crate::{
    hub::{JobPatch, NewJob},
    model::{ApprovalState, JobId, JobStatus, Policy, Role, RunOrigin, RunStatus},
    ports::{exec::Finish, store::StoreError},
};

fn deploy(world: &World, environment: &str, hour: i64) -> NewJob {
    NewJob { auto_start: None, ..world.new_deploy(environment, hour) }
}

fn auto_refusals(world: &World, job: JobId) -> Vec<String> {
    world.story(job.0).into_iter().filter(|line| line.starts_with("run.auto_start")).collect()
}

#[test]
fn a_job_with_an_execution_starts_at_its_time_once_per_slot() {
    let world = World::new();
    let job = world.create(&world.ops, deploy(&world, "staging", 2));
    assert!(job.auto_start, "by default, where there is an execution");
    assert_eq!(go(world.hub.next_due()).unwrap(), Some(world.at(2)));
    world.clock.set(world.at(2) - TimeDelta::microseconds(1));
    assert_eq!(world.tick().started, 0);
    world.go_to(2);
    assert_eq!(world.tick().started, 1);
    assert_eq!(world.tick().started, 0);
    let run = world.runs(job.id)[0].clone();
    assert_eq!((run.origin, run.requested_by), (RunOrigin::AutoStart, world.ops.id));
    go(world.hub.finish(&world.claim_one(), &Finish::Exited(1))).unwrap();
    assert_eq!(world.status(job.id), JobStatus::Failed);
    assert_eq!(world.tick().started, 0, "failed is not planned");

    // Planned again on another slot it starts again; back on the same one it does not.
    done(world.drag(&world.ops, job.id, 5));
    done(world.drag(&world.ops, job.id, 2));
    assert_eq!(world.tick().started, 0, "once per slot");
    done(world.drag(&world.ops, job.id, 5));
    world.go_to(5);
    assert_eq!(world.tick().started, 1);
}

#[test]
fn who_switched_it_off_starts_it_by_hand() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_deploy("staging", 2));
    assert_eq!(go(world.hub.next_due()).unwrap(), None);
    world.go_to(2);
    assert_eq!(world.tick().started, 0);
    world.go_to(4);
    assert_eq!(world.tick().missed, 0, "nobody waits for it");
    assert_eq!(world.status(job.id), JobStatus::Planned);
}

/// "If an outage covers a start: late, as long as the slot lasts; afterwards it is missed."
#[test]
fn r14_after_an_outage_what_still_can_starts_late_and_the_rest_is_missed() {
    let world = World::new();
    let slots: Vec<_> =
        (0..6).map(|n| world.create(&world.ops, deploy(&world, "staging", 2 * n)).id).collect();
    let long = NewJob { planned_end: Some(world.at(20)), ..deploy(&world, "staging", 1) };
    let long = world.create(&world.ops, long).id;
    world.clock.set(world.at(6) + TimeDelta::minutes(30));
    let ticked = world.tick();
    assert_eq!(
        (ticked.started, ticked.missed),
        (2, 3),
        "slots 0, 2 and 4 are over, 6 and the long one are not"
    );
    let statuses: Vec<_> = slots.iter().map(|id| world.status(*id)).collect();
    use JobStatus::{Missed, Planned, Queued};
    assert_eq!(statuses, [Missed, Missed, Missed, Queued, Planned, Planned]);
    assert_eq!(world.status(long), Queued);
    assert_eq!(world.tick(), crate::hub::Ticked::default());
}

#[test]
fn r14_without_a_worker_until_its_slot_ends_it_is_missed() {
    let world = World::new();
    let job = world.create(&world.ops, deploy(&world, "staging", 2));
    world.go_to(2);
    assert_eq!(world.tick().started, 1);
    let run = world.runs(job.id)[0].id;
    world.clock.set(world.at(3) - TimeDelta::microseconds(1));
    assert_eq!(world.tick().missed, 0);
    world.go_to(3);
    assert_eq!(world.tick().missed, 1, "no worker has come");
    assert_eq!((world.status(job.id), world.run_status(run)), (JobStatus::Missed, RunStatus::Cancelled));
    assert_eq!(world.claim(), []);
}

#[test]
fn a_look_for_what_was_missed_takes_no_run_out_of_a_claims_sight() {
    let world = World::new();
    let job = world.create(&world.ops, deploy(&world, "staging", 2));
    world.go_to(2);
    world.tick();
    world.go_to(3);
    // It is what locks queued runs.
    world.store.fail("claimable", StoreError::Failed("not for ticks".to_owned()));
    assert_eq!(world.tick().missed, 1);
    assert_eq!(world.status(job.id), JobStatus::Missed);
}

#[test]
fn r14_a_worker_that_comes_too_late_finds_it_missed() {
    let world = World::new();
    let job = world.create(&world.ops, deploy(&world, "staging", 2));
    world.go_to(2);
    world.tick();
    world.go_to(3);
    assert_eq!(world.claim(), []);
    assert_eq!(world.status(job.id), JobStatus::Missed);
    assert_eq!(world.runs(job.id)[0].outcome.as_deref(), Some("its slot has ended"));
}

#[test]
fn what_somebody_launched_is_not_missed() {
    let world = World::new();
    let job = world.create(&world.ops, deploy(&world, "staging", 2));
    started(world.launch(&world.ops, job.id));
    world.go_to(9);
    assert_eq!(world.tick().missed, 0);
    world.claim_one();
}

#[test]
fn another_attempt_may_begin_after_the_slot() {
    let world = World::new();
    let mut spec = docker("app:1");
    spec.max_attempts = Some(2);
    let job = world.create(&world.ops, NewJob { execution: Some(spec), ..deploy(&world, "staging", 2) });
    world.go_to(2);
    world.tick();
    let claimed = world.claim_one();
    world.go_to(3);
    assert_eq!(go(world.hub.finish(&claimed, &Finish::Exited(1))), Ok(RunStatus::Queued));
    assert_eq!(world.tick().missed, 0);
    world.clock.advance(TimeDelta::seconds(2));
    assert_eq!(world.claim_one().attempt(), 2);
    assert_eq!(world.status(job.id), JobStatus::Running);
}

#[test]
fn r28_it_starts_on_the_last_editors_authority_as_it_is_then() {
    let world = World::new();
    let make = |hour| world.create(&world.ops, deploy(&world, "staging", hour)).id;
    let (at_start, at_claim, gone, edited) = (make(2), make(2), make(2), make(2));
    // Somebody else's edit makes it run on that user's authority.
    let words = JobPatch { description: Some("words".to_owned()), ..JobPatch::default() };
    done(world.edit(&world.owner, edited, words.clone()));
    done(world.edit(&world.ops2, gone, words));
    world.deactivate(&world.ops2);
    world.go_to(2);
    // The role is taken away between the start and the claim, for one of them.
    assert_eq!(world.tick().started, 3);
    assert_eq!(auto_refusals(&world, gone), ["run.auto_start deny account.inactive"]);
    assert_eq!(world.runs(edited)[0].requested_by, world.owner.id);
    world.set_role(&world.ops, Role::Dev);
    let launched: Vec<_> = world.claim().into_iter().map(|claimed| claimed.job_id()).collect();
    assert_eq!(launched.len(), 3, "role dev may launch in staging too");

    let world = World::new();
    let job = world.create(&world.ops, deploy(&world, "staging", 2));
    world.set_role(&world.ops, Role::Projets);
    world.go_to(2);
    assert_eq!(world.tick().started, 0);
    assert_eq!(auto_refusals(&world, job.id), ["run.auto_start deny rbac.run.launch.projets"]);
    world.go_to(3);
    assert_eq!(world.tick().missed, 1);
    let _ = (at_start, at_claim);
}

#[test]
fn r28_a_role_taken_away_after_the_start_is_found_at_the_claim() {
    for deactivate in [false, true] {
        let world = World::new();
        let job = world.create(&world.ops, deploy(&world, "staging", 2));
        world.go_to(2);
        assert_eq!(world.tick().started, 1);
        let named = if deactivate {
            world.deactivate(&world.ops);
            "account.inactive"
        } else {
            world.set_role(&world.ops, Role::Projets);
            "rbac.run.launch.projets"
        };
        assert_eq!(world.claim(), []);
        let run = world.runs(job.id)[0].clone();
        assert_eq!(run.status.get(), RunStatus::Cancelled);
        assert!(run.outcome.unwrap().starts_with(&format!("refused by {named}: ")));
        assert_eq!(world.story(run.id.0).last().unwrap(), &format!("run.claim deny {named}"));
        assert_eq!(world.status(job.id), JobStatus::Cancelled);
    }
}

#[test]
fn a_job_in_prod_asks_ahead_and_starts_by_itself_once_approved() {
    let world = World::new();
    let job = world.create(&world.owner, deploy(&world, "prod", 9));
    assert_eq!(job.status.get(), JobStatus::AwaitingApproval);
    let approval = world.view(job.id).pending[0].clone();
    assert_eq!((approval.requested_by, approval.run_id), (world.owner.id, None));
    world.approve(&world.projets, approval.id).unwrap();
    assert_eq!(world.status(job.id), JobStatus::Approved);
    assert_eq!(world.runs(job.id), [], "approved, not started");
    world.go_to(9);
    assert_eq!(world.tick().started, 1);
    let claimed = world.claim_one();
    let used = world.approval(approval.id);
    assert_eq!((used.state, used.run_id), (ApprovalState::Consumed, Some(claimed.id())));
    assert_eq!(world.run(claimed.id()).approved_by, Some(world.projets.id));
}

#[test]
fn a_plan_of_ops_in_prod_is_accepted_first_and_then_asks_for_its_run() {
    let world = World::new();
    let (view, plan) = asked(go(world.by(&world.ops).create_job(deploy(&world, "prod", 9), None)));
    world.approve(&world.owner, plan.id).unwrap();
    assert_eq!(world.status(view.job.id), JobStatus::AwaitingApproval);
    let run = world.view(view.job.id).pending[0].clone();
    assert_ne!(run.id, plan.id);
    world.approve(&world.owner, run.id).unwrap();
    world.go_to(9);
    assert_eq!(world.tick().started, 1);
    world.claim_one();
}

#[test]
fn without_an_approval_it_is_missed_when_its_slot_ends_and_not_before() {
    let world = World::new();
    let job = world.create(&world.owner, deploy(&world, "prod", 9));
    let approval = world.view(job.id).pending[0].clone();
    world.clock.set(world.at(10) - TimeDelta::microseconds(1));
    assert_eq!((world.tick().started, world.tick().missed), (0, 0));
    world.go_to(10);
    assert_eq!(world.tick().missed, 1);
    assert_eq!(world.status(job.id), JobStatus::Missed);
    assert_eq!(world.approval(approval.id).state, ApprovalState::Expired);
    assert!(world.story(approval.id.0).contains(&"approval.close allow".to_owned()), "its end is told");
}

#[test]
fn approved_late_but_within_its_slot_it_starts_late() {
    let world = World::new();
    let job = world.create(&world.owner, deploy(&world, "prod", 9));
    let approval = world.view(job.id).pending[0].clone();
    world.clock.set(world.at(9) + TimeDelta::minutes(30));
    assert_eq!(world.tick().started, 0);
    world.approve(&world.projets, approval.id).unwrap();
    assert_eq!(world.tick().started, 1);
    world.claim_one();
}

#[test]
fn planned_further_ahead_than_an_approval_lasts_it_asks_again() {
    let world = World::new();
    let job = world.create(&world.owner, deploy(&world, "prod", 200));
    let first = world.view(job.id).pending[0].clone();
    world.clock.set(first.expires_at);
    assert_eq!(world.tick().expired_approvals, 1);
    let second = world.view(job.id).pending[0].clone();
    assert_ne!(second.id, first.id);
    assert_eq!(world.status(job.id), JobStatus::AwaitingApproval);
    world.clock.set(second.expires_at);
    // Also when somebody decides before anything has swept it.
    assert!(world.approve(&world.projets, second.id).is_err());
    let third = world.view(job.id).pending[0].clone();
    world.approve(&world.projets, third.id).unwrap();
    world.go_to(200);
    assert_eq!(world.tick().started, 1);
    world.claim_one();
}

#[test]
fn rejected_it_is_planned_and_does_not_ask_twice() {
    let world = World::new();
    let job = world.create(&world.owner, deploy(&world, "prod", 9));
    let approval = world.view(job.id).pending[0].clone();
    go(world.by(&world.projets).reject(approval.id, "no".to_owned())).unwrap();
    assert_eq!(world.status(job.id), JobStatus::Planned);
    world.go_to(9);
    assert_eq!(world.tick().started, 0);
    assert_eq!(auto_refusals(&world, job.id), ["run.auto_start deny guardrail.prod_approval"]);
    assert_eq!(world.view(job.id).pending, []);
    world.go_to(10);
    assert_eq!(world.tick().missed, 1);
}

#[test]
fn an_approval_given_ahead_that_expires_before_its_time_starts_nothing() {
    let world = World::new();
    world.set_policy(Policy { approval_ttl_seconds: 3600, ..Policy::default() });
    let job = world.create(&world.owner, deploy(&world, "prod", 9));
    let approval = world.view(job.id).pending[0].clone();
    world.approve(&world.projets, approval.id).unwrap();
    world.go_to(9);
    let ticked = world.tick();
    assert_eq!((ticked.expired_approvals, ticked.started), (1, 0));
    // Back to planned, and as soon as it is planned it asks (DOMAIN §5).
    assert_eq!(world.status(job.id), JobStatus::AwaitingApproval);
    assert_ne!(world.view(job.id).pending[0].id, approval.id);
    assert_eq!(world.claim(), []);
}
