//! Launching runs, and the approvals that runs in prod need.

use chrono::TimeDelta;

use super::world::*;
use crate::{
    error::Error,
    hub::{JobPatch, Launch, LaunchOutcome, NewJob},
    model::{
        ApprovalKind, ApprovalState, BackendKind, JobStatus, JobType, Limits, Policy, Role, RunStatus, Tier,
    },
    ports::exec::{Finish, Handle},
};

#[test]
fn each_role_launches_what_the_table_says() {
    let world = World::new();
    let people = [&world.admin, &world.owner, &world.projets, &world.ops, &world.dev];
    let mut table = Vec::new();
    for environment in ["dev", "staging", "prod"] {
        for (name, execution) in [("docker", docker("app:1")), ("local", local())] {
            if environment == "prod" && name == "local" {
                continue;
            }
            let cells: Vec<String> = people
                .iter()
                .map(|user| {
                    let new =
                        NewJob { execution: Some(execution.clone()), ..world.new_deploy(environment, 2) };
                    let job = world.create(&world.owner, new);
                    match world.launch(user, job.id) {
                        Ok(LaunchOutcome::Started(_)) => "starts".to_owned(),
                        Ok(LaunchOutcome::Waiting { .. }) => "waits".to_owned(),
                        Err(error) => error.rule().unwrap(),
                    }
                })
                .collect();
            table.push(format!("{environment} {name}: {}", cells.join(" ")));
        }
    }
    assert_eq!(
        table,
        [
            "dev docker: starts starts rbac.run.launch.projets rbac.run.launch.ops starts",
            "dev local: starts starts rbac.run.launch.projets rbac.run.launch.ops starts",
            "staging docker: starts starts rbac.run.launch.projets starts starts",
            "staging local: starts starts rbac.run.launch.projets rbac.run.launch.ops starts",
            "prod docker: waits waits rbac.run.launch.prod.projets waits rbac.run.launch.prod.dev",
        ]
    );
}

#[test]
fn a_launch_on_another_backend_goes_through_the_same_guardrails() {
    let world = World::new();
    let job = world
        .create(&world.owner, NewJob { execution: Some(docker("app:1")), ..world.new_deploy("prod", 2) });
    let on = |user, backend| {
        let launch = Launch { backend: Some(backend), ..Launch::default() };
        go(world.by(user).launch(job.id, launch, None))
    };
    assert_eq!(rule(on(&world.admin, BackendKind::Local)), "guardrail.prod_backend");
    assert_eq!(
        field(on(&world.admin, BackendKind::Webhook)),
        "execution.command",
        "which a webhook does not use"
    );
    world.set_policy(Policy {
        allowed_backends: [(Tier::Prod, vec![BackendKind::Docker, BackendKind::Local])].into(),
        ..Policy::default()
    });
    assert_eq!(rule(on(&world.admin, BackendKind::K8s)), "guardrail.policy_backend");
    assert_eq!(rule(on(&world.admin, BackendKind::Local)), "guardrail.prod_backend", "no policy widens");
    let (run, _) = waiting(on(&world.admin, BackendKind::Docker));
    assert_eq!(run.backend, BackendKind::Docker);
}

#[test]
fn there_must_be_something_to_run_and_nothing_running() {
    let world = World::new();
    let bare = world.create(&world.dev, world.new_job(JobType::Dev, None, 2));
    assert!(matches!(world.launch(&world.dev, bare.id), Err(Error::Unfit(_))));
    let job = world.create(&world.ops, world.new_deploy("staging", 2));
    started(world.launch(&world.ops, job.id));
    assert_eq!(world.launch(&world.ops, job.id).unwrap_err(), Error::RunActive);
    let claimed = world.claim_one();
    assert_eq!(world.launch(&world.ops, job.id).unwrap_err(), Error::RunActive);
    go(world.hub.finish(&claimed, &Finish::Exited(0))).unwrap();
    assert!(matches!(world.launch(&world.ops, job.id), Err(Error::Transition(_))), "it has succeeded");
    let failed = world.create(&world.ops, world.new_deploy("staging", 2));
    started(world.launch(&world.ops, failed.id));
    go(world.hub.finish(&world.claim_one(), &Finish::Exited(1))).unwrap();
    started(world.launch(&world.ops, failed.id));
    assert_eq!(world.runs(failed.id).len(), 2);
}

#[test]
fn a_plan_that_waits_is_not_launched() {
    let world = World::new();
    let (view, _) = asked(go(world.by(&world.ops).create_job(world.new_deploy("prod", 2), None)));
    for user in [&world.ops, &world.admin] {
        assert!(matches!(world.launch(user, view.job.id), Err(Error::Transition(_))));
    }
}

#[test]
fn a_run_in_prod_waits_for_a_second_person_and_uses_the_approval_up() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    let (run, approval) = waiting(world.launch(&world.ops, job.id));
    assert_eq!((approval.kind, approval.run_id), (ApprovalKind::Run, Some(run.id)));
    assert_eq!(world.status(job.id), JobStatus::AwaitingApproval);
    assert_eq!(world.claim(), [], "not before");
    assert_eq!(
        rule(world.approve(&world.owner, approval.id)),
        "approval.second_person",
        "wrote the execution"
    );
    world.approve(&world.projets, approval.id).unwrap();
    assert_eq!(world.status(job.id), JobStatus::Queued);
    assert_eq!(world.run(run.id).approved_by, Some(world.projets.id));
    assert_eq!(world.approval(approval.id).state, ApprovalState::Approved, "used by the claim only");
    let claimed = world.claim_one();
    assert_eq!(world.approval(approval.id).state, ApprovalState::Consumed);
    assert_eq!(world.status(job.id), JobStatus::Running);
    go(world.hub.finish(&claimed, &Finish::Exited(1))).unwrap();

    // Single use: the next run asks again.
    let (again, other) = waiting(world.launch(&world.ops, job.id));
    assert_ne!((again.id, other.id), (run.id, approval.id));
    assert!(matches!(
        world.approve(&world.projets, approval.id),
        Err(Error::ApprovalClosed { state: ApprovalState::Consumed })
    ));
    assert_eq!(world.claim(), []);
}

#[test]
fn r36_the_launcher_does_not_approve_however_it_was_asked() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    let (_, approval) = waiting(world.launch(&world.admin, job.id));
    assert_eq!(rule(world.approve(&world.admin, approval.id)), "approval.second_person");

    // Asked ahead by the schedule, then joined by an admin who launches: that admin is the launcher.
    let ahead = world.create(&world.owner, NewJob { auto_start: None, ..world.new_deploy("prod", 9) });
    let asked_ahead = world.view(ahead.id).pending[0].clone();
    let (run, joined) = waiting(world.launch(&world.admin, ahead.id));
    assert_eq!((joined.id, joined.run_id), (asked_ahead.id, Some(run.id)));
    assert_eq!(rule(world.approve(&world.admin, joined.id)), "approval.second_person");
    world.approve(&world.admin2, joined.id).unwrap();
    assert_eq!(world.claim_one().id(), run.id);
}

#[test]
fn r37_whoever_approved_ahead_does_not_launch_it() {
    let world = World::new();
    let job = world.create(&world.owner, NewJob { auto_start: None, ..world.new_deploy("prod", 9) });
    let approval = world.view(job.id).pending[0].clone();
    world.approve(&world.admin, approval.id).unwrap();
    assert_eq!(rule(world.launch(&world.admin, job.id)), "approval.second_person");
    started(world.launch(&world.admin2, job.id));
    world.claim_one();
}

#[test]
fn r35_whatever_is_swapped_after_the_approval_voids_it() {
    let secret = |reference: &str| {
        let mut spec = docker("registry.example/app:1");
        spec.secrets.insert("DB_PASSWORD".to_owned(), reference.to_owned());
        spec
    };
    let edits = [
        JobPatch { execution: Some(Some(docker("registry.example/app:2"))), ..JobPatch::default() },
        JobPatch { execution: Some(Some(secret("vault:secret/other#x"))), ..JobPatch::default() },
        JobPatch { title: Some("Other".to_owned()), ..JobPatch::default() },
        JobPatch { job_type: Some(JobType::Infra), ..JobPatch::default() },
        JobPatch { environment: Some(Some("prod-eu".to_owned())), ..JobPatch::default() },
        JobPatch { all_day: Some(true), ..JobPatch::default() },
    ];
    for edit in edits {
        for approved in [false, true] {
            let world = World::new();
            let new = NewJob {
                execution: Some(secret("vault:secret/app#x")),
                auto_start: None,
                ..world.new_deploy("prod", 9)
            };
            let job = world.create(&world.owner, new);
            let ahead = world.view(job.id).pending[0].clone();
            if approved {
                world.approve(&world.projets, ahead.id).unwrap();
                assert_eq!(world.status(job.id), JobStatus::Approved);
            }
            done(world.edit(&world.owner, job.id, edit.clone()));
            assert_eq!(world.approval(ahead.id).state, ApprovalState::Void, "{edit:?}");
            // It must be asked for again, and is: the job starts by itself.
            assert_eq!(world.status(job.id), JobStatus::AwaitingApproval);
            let again = world.view(job.id).pending;
            assert_eq!(again.len(), 1);
            assert_ne!(again[0].digest, ahead.digest);
        }
    }
}

#[test]
fn r35_an_edit_cancels_the_run_that_waits() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    let (run, approval) = waiting(world.launch(&world.ops, job.id));
    let patch = JobPatch { execution: Some(Some(docker("registry.example/evil:1"))), ..JobPatch::default() };
    done(world.edit(&world.owner, job.id, patch));
    assert_eq!(world.run_status(run.id), RunStatus::Cancelled);
    assert_eq!(world.approval(approval.id).state, ApprovalState::Void);
    assert_eq!(world.status(job.id), JobStatus::Planned);
}

#[test]
fn r35_a_renamed_environment_voids_at_the_decision_and_at_the_claim() {
    let world = World::new();
    let ahead = world.create(&world.owner, NewJob { auto_start: None, ..world.new_deploy("prod", 9) });
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    let asked_ahead = world.view(ahead.id).pending[0].clone();
    let run = world.launch_approved(&world.ops, job.id, &world.projets);
    world.rename_environment("prod", "production");

    let decided = world.approve(&world.projets, asked_ahead.id);
    assert_eq!(decided.unwrap_err(), Error::ApprovalClosed { state: ApprovalState::Void });
    let again = world.view(ahead.id).pending;
    assert_eq!(again.len(), 1, "it starts by itself: asked for again, under the new name");
    world.approve(&world.projets, again[0].id).unwrap();

    assert_eq!(world.claim(), []);
    let refused = world.run(run.id);
    assert_eq!(refused.status.get(), RunStatus::Cancelled);
    assert_eq!(refused.outcome.as_deref(), Some("approval void"));
    assert_eq!(world.approval(run.approval_id.unwrap()).state, ApprovalState::Void);
}

#[test]
fn r36_an_approver_demoted_after_the_decision_is_found_at_the_claim() {
    for deactivate in [false, true] {
        let world = World::new();
        let job = world.create(&world.owner, world.new_deploy("prod", 2));
        let run = world.launch_approved(&world.ops, job.id, &world.projets);
        if deactivate {
            world.deactivate(&world.projets);
        } else {
            world.set_role(&world.projets, Role::Ops);
        }
        assert_eq!(world.claim(), []);
        let refused = world.run(run.id);
        assert_eq!(refused.status.get(), RunStatus::Cancelled);
        let named = if deactivate { "account.inactive" } else { "rbac.approval.decide.ops" };
        assert!(refused.outcome.unwrap().starts_with(&format!("refused by {named}")));
    }
}

#[test]
fn r37_cancelled_and_run_again_asks_again() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    // Cancelled while it waits: the run, then the job.
    let (run, approval) = waiting(world.launch(&world.ops, job.id));
    go(world.by(&world.ops).cancel_run(run.id)).unwrap();
    assert_eq!(world.status(job.id), JobStatus::Planned);
    assert_eq!(world.approval(approval.id).state, ApprovalState::Void);
    let late = world.approve(&world.projets, approval.id).unwrap_err();
    assert_eq!(late, Error::ApprovalClosed { state: ApprovalState::Void }, "approved after the cancel");
    assert_eq!(world.story(approval.id.0)[1], "approval.close allow");

    // Cancelled once it was approved.
    let run = world.launch_approved(&world.ops, job.id, &world.projets);
    go(world.by(&world.ops).cancel_run(run.id)).unwrap();
    assert_eq!(world.approval(run.approval_id.unwrap()).state, ApprovalState::Void);
    assert_eq!(world.claim(), []);
    let run = world.launch_approved(&world.ops, job.id, &world.projets);
    go(world.by(&world.owner).cancel_job(job.id, None)).unwrap();
    assert_eq!(world.run_status(run.id), RunStatus::Cancelled);
    let (_, again) = waiting(world.launch(&world.ops, job.id));
    assert_eq!(again.state, ApprovalState::Pending);
}

#[test]
fn an_approved_run_that_nobody_claims_in_time_is_not_claimed_later() {
    let world = World::new();
    world.set_policy(Policy { approval_ttl_seconds: 3600, ..Policy::default() });
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    let run = world.launch_approved(&world.ops, job.id, &world.projets);
    world.clock.advance(TimeDelta::hours(1));
    // Claimed before anything swept it.
    assert_eq!(world.claim(), []);
    assert_eq!(world.run_status(run.id), RunStatus::Cancelled);
    assert!(!world.approval(run.approval_id.unwrap()).state.is_open());
}

/// The older approval must not fall back onto the job: a newer request is under way.
#[test]
fn a_launch_on_another_backend_takes_the_place_of_what_was_approved_ahead() {
    let world = World::new();
    let job = world.create(&world.owner, NewJob { auto_start: None, ..world.new_deploy("prod", 100) });
    let ahead = world.view(job.id).pending[0].clone();
    world.approve(&world.projets, ahead.id).unwrap();
    world.clock.advance(TimeDelta::hours(1));
    let on_k8s = Launch { backend: Some(BackendKind::K8s), ..Launch::default() };
    let (run, approval) = waiting(go(world.by(&world.ops).launch(job.id, on_k8s, None)));
    world.clock.set(ahead.expires_at);
    world.tick();
    assert_eq!(world.status(job.id), JobStatus::AwaitingApproval);
    world.approve(&world.projets, approval.id).unwrap();
    assert_eq!(world.claim_one().id(), run.id);
}

#[test]
fn limits_are_merged_for_the_worker_and_a_job_never_gets_more() {
    let world = World::seeded(
        2,
        crate::hub::Settings {
            limits: Limits { memory_mb: Some(1024), timeout_seconds: Some(600), ..Limits::default() },
            ..crate::hub::Settings::default()
        },
    );
    let narrow = crate::hub::ProjectPatch {
        execution_backend_config: Some(Some(Limits { memory_mb: Some(512), ..Limits::default() }.into())),
        ..Default::default()
    };
    go(world.by(&world.admin).update_project(world.app.id, narrow, None)).unwrap();
    let with = |value: serde_json::Value| NewJob {
        execution: Some(serde_json::from_value(value).unwrap()),
        ..world.new_deploy("staging", 2)
    };
    let greedy =
        with(serde_json::json!({ "backend": "docker", "image": "x", "limits": { "memory_mb": 513 } }));
    assert_eq!(rule(go(world.by(&world.ops).create_job(greedy, None))), "guardrail.limits");
    let modest = with(serde_json::json!({ "backend": "docker", "image": "x", "limits": { "cpus": 0.5 } }));
    let job = world.create(&world.ops, modest);
    started(world.launch(&world.ops, job.id));
    let limits = *world.claim_one().limits();
    assert_eq!(
        limits,
        Limits { cpus: Some(0.5), memory_mb: Some(512), timeout_seconds: Some(600), ..Limits::default() }
    );
}

#[test]
fn each_role_cancels_the_runs_that_the_table_says() {
    let world = World::new();
    let run = |environment: &str, by| {
        let job = world.create(&world.owner, world.new_deploy(environment, 2));
        match world.launch(by, job.id).unwrap() {
            LaunchOutcome::Started(run) | LaunchOutcome::Waiting { run, .. } => run.id,
        }
    };
    let cancel = |user, id| rule(go(world.by(user).cancel_run(id)));
    for environment in ["dev", "staging"] {
        let launched = run(environment, &world.dev);
        assert_eq!(cancel(&world.dev2, launched), "rbac.run.cancel.dev");
        assert_eq!(cancel(&world.projets, launched), "rbac.run.cancel.projets");
        let by_ops = if environment == "dev" { "rbac.run.cancel.ops" } else { "allowed" };
        assert_eq!(cancel(&world.ops, launched), by_ops);
    }
    assert_eq!(cancel(&world.dev, run("dev", &world.dev)), "allowed");
    assert_eq!(cancel(&world.owner, run("prod", &world.ops)), "allowed");
    assert_eq!(cancel(&world.admin, run("prod", &world.ops)), "allowed");
    let missing = go(world.by(&world.dev).cancel_run(crate::model::RunId(world.hub.new_id())));
    assert_eq!(missing.unwrap_err(), Error::NotFound { what: "run" });
}

/// A worker that died before it started anything has used the approval: what was permitted has not happened yet.
#[test]
fn r37_what_never_started_keeps_its_approval_and_starts_once() {
    let world = World::new();
    let job = world.create(&world.owner, world.new_deploy("prod", 2));
    let run = world.launch_approved(&world.ops, job.id, &world.projets);
    let first = world.claim_one();
    go(world.hub.record_handle(&first, &Handle("container".to_owned()), 0)).unwrap();
    world.clock.advance(TimeDelta::seconds(16));
    let second = world.claim_one();
    assert_eq!(go(world.hub.never_started(&second)), Ok(RunStatus::Queued));
    // Also after the approval would have expired: it was used in time.
    world.clock.advance(TimeDelta::hours(80));
    world.tick();
    let third = world.claim_one();
    assert_eq!((third.id(), third.attempt(), third.fence()), (run.id, 1, 3));
    assert_eq!(world.approval(run.approval_id.unwrap()).state, ApprovalState::Consumed);
    go(world.hub.finish(&third, &Finish::Exited(0))).unwrap();

    // But not what was changed meanwhile.
    let job = world.create(&world.owner, world.new_deploy("prod", 90));
    world.launch_approved(&world.ops, job.id, &world.projets);
    go(world.hub.never_started(&world.claim_one())).unwrap();
    world.rename_environment("prod", "production");
    assert_eq!(world.claim(), []);
    assert_eq!(world.status(job.id), JobStatus::Planned);
}
