//! The second look: every rule again, in the transaction that hands a run out.

use super::world::*;
use crate::{
    error::Error,
    hub::{JobPatch, NewEnvironment, ProjectPatch},
    model::{BackendKind, JobStatus, Limits, Policy, RunStatus, Tier},
};

/// Launches a staging run, changes something, and tells how the claim refused.
fn refusal(change: impl FnOnce(&World)) -> String {
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("staging", 2));
    let run = started(world.launch(&world.ops, job.id));
    change(&world);
    assert_eq!(world.claim(), []);
    let ended = world.run(run.id);
    assert_eq!(ended.status.get(), RunStatus::Cancelled);
    assert_eq!(ended.ended_at, Some(world.now()));
    assert_eq!(world.status(job.id), JobStatus::Cancelled);
    let last = world.story(run.id.0).pop().unwrap();
    assert!(last.starts_with("run.claim deny"), "{last}");
    assert_eq!(world.claim(), [], "it is over");
    ended.outcome.unwrap()
}

#[test]
fn what_the_rules_no_longer_allow_ends_as_cancelled_with_the_rule() {
    let narrowed = refusal(|world| {
        world.set_policy(Policy {
            allowed_backends: [(Tier::Staging, vec![BackendKind::K8s])].into(),
            ..Policy::default()
        });
    });
    assert!(narrowed.starts_with("refused by guardrail.policy_backend: "), "{narrowed}");
    let deactivated = refusal(|world| world.deactivate(&world.ops));
    assert!(deactivated.starts_with("refused by account.inactive: "), "{deactivated}");
    let demoted = refusal(|world| world.set_role(&world.ops, crate::model::Role::Projets));
    assert!(demoted.starts_with("refused by rbac.run.launch.projets: "), "{demoted}");
    let frozen = refusal(|world| drop(world.freeze(&[Tier::Staging], 0, 5)));
    assert!(frozen.starts_with("refused by guardrail.freeze: "), "{frozen}");
}

#[test]
fn limits_that_became_narrower_than_what_the_job_asks_for_refuse_it() {
    let world = World::new();
    let mut spec = docker("app:1");
    spec.timeout_seconds = Some(600);
    let new = crate::hub::NewJob { execution: Some(spec), ..world.new_deploy("staging", 2) };
    let job = world.create(&world.ops, new);
    let run = started(world.launch(&world.ops, job.id));
    let patch = ProjectPatch {
        execution_backend_config: Some(Some(
            Limits { timeout_seconds: Some(60), ..Limits::default() }.into(),
        )),
        ..ProjectPatch::default()
    };
    go(world.by(&world.admin).update_project(world.app.id, patch, None)).unwrap();
    assert_eq!(world.claim(), []);
    assert!(world.run(run.id).outcome.unwrap().starts_with("refused by guardrail.limits: "));
}

#[test]
fn a_claim_takes_only_its_kinds_and_no_more_than_asked() {
    let world = World::new();
    for hour in 0..3 {
        let job = world.create(&world.ops, world.new_deploy("staging", hour));
        started(world.launch(&world.ops, job.id));
    }
    assert_eq!(go(world.hub.claim("w", &[BackendKind::Local], 9)).unwrap(), []);
    assert_eq!(go(world.hub.claim("w", &[], 9)).unwrap(), []);
    assert_eq!(go(world.hub.claim("w", BackendKind::ALL, 0)).unwrap(), []);
    assert_eq!(go(world.hub.claim("w", &[BackendKind::Docker], 2)).unwrap().len(), 2);
    assert_eq!(go(world.hub.claim("w", &[BackendKind::Docker], 2)).unwrap().len(), 1);
}

#[test]
fn a_claimed_run_carries_what_a_worker_needs() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_deploy("staging", 2));
    let run = started(world.launch(&world.ops, job.id));
    let claimed = world.claim_one();
    assert_eq!((claimed.id(), claimed.job_id(), claimed.project_id()), (run.id, job.id, world.app.id));
    assert_eq!((claimed.attempt(), claimed.fence(), claimed.backend()), (1, 1, BackendKind::Docker));
    assert_eq!((claimed.title(), claimed.project()), (job.title.as_str(), "app"));
    assert_eq!((claimed.tier(), claimed.environment()), (Tier::Staging, Some("staging")));
    assert_eq!(claimed.execution(), job.execution.as_ref().unwrap());
    assert_eq!(claimed.limits().timeout_seconds, Some(3600), "somebody must name a limit");
    assert_eq!(claimed.lease_until(), Some(world.now() + world.hub.settings().lease));
    assert_eq!(claimed.hub_id(), go(world.hub.id()).unwrap());
}

/// "Its slot, environment and execution are fixed until it ends" (DOMAIN §5).
#[test]
fn what_is_queued_or_running_does_not_move() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_deploy("staging", 2));
    started(world.launch(&world.ops, job.id));
    for status in ["queued", "running"] {
        let patches = [
            JobPatch { planned_start: Some(world.at(9)), ..JobPatch::default() },
            JobPatch { environment: Some(Some("dev".to_owned())), ..JobPatch::default() },
            JobPatch { execution: Some(Some(docker("app:2"))), ..JobPatch::default() },
            JobPatch { execution: Some(None), auto_start: Some(false), ..JobPatch::default() },
            JobPatch { title: Some("x".to_owned()), ..JobPatch::default() },
            JobPatch { critical: Some(Some(false)), ..JobPatch::default() },
        ];
        for patch in patches {
            for user in [&world.admin, &world.ops] {
                let error = world.edit(user, job.id, patch.clone()).unwrap_err();
                assert!(matches!(&error, Error::Transition(error) if error.from == status), "{error}");
            }
        }
        // Words about it may change, and change nothing of the run.
        let words = JobPatch {
            description: Some(format!("while {status}")),
            assignee_id: Some(Some(world.dev.id)),
            ..JobPatch::default()
        };
        done(world.edit(&world.ops, job.id, words));
        assert_eq!(world.status(job.id).as_str(), status);
        if status == "queued" {
            world.claim_one();
        }
    }
}

#[test]
fn r38_the_tier_of_an_environment_never_changes() {
    let world = World::new();
    let prod_eu = world.app.environments[3].clone();
    let others = || world.app.environments[..3].iter().map(|one| environment(&one.name, None));
    let edit = |user, environments: Vec<NewEnvironment>| {
        let patch = ProjectPatch { environments: Some(environments), ..ProjectPatch::default() };
        rule(go(world.by(user).update_project(world.app.id, patch, None)))
    };
    for user in [&world.admin, &world.owner] {
        let by_name = others().chain([environment("prod-eu", Some(Tier::Dev))]).collect();
        assert_eq!(edit(user, by_name), "guardrail.tier_fixed");
        let by_id = NewEnvironment { id: Some(prod_eu.id), ..environment("sandbox", Some(Tier::Dev)) };
        assert_eq!(edit(user, others().chain([by_id]).collect()), "guardrail.tier_fixed");
    }
    // Renamed it keeps its tier; a name that is a tier of its own is no cover.
    let renamed = NewEnvironment { id: Some(prod_eu.id), ..environment("sandbox", None) };
    assert_eq!(edit(&world.owner, others().chain([renamed]).collect()), "allowed");
    let project = go(world.by(&world.dev).project(world.app.id)).unwrap();
    assert_eq!(project.environment("sandbox").unwrap().tier, Tier::Prod);
    let patch = ProjectPatch {
        environments: Some(vec![NewEnvironment { id: Some(prod_eu.id), ..environment("dev", None) }]),
        ..ProjectPatch::default()
    };
    let as_dev = go(world.by(&world.owner).update_project(world.app.id, patch, None));
    assert_eq!(field(as_dev), "environments.tier");
}
