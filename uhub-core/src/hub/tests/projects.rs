//! Projects: who edits them, whose the policy is, what becomes of environments.

use super::world::*;
use crate::{
    error::Error,
    hub::{NewEnvironment, NewProject, ProjectPatch},
    model::{BackendKind, JobType, Limits, Policy, ProdChange, Tier, User},
};

fn new(world: &World, name: &str) -> NewProject {
    NewProject {
        name: name.to_owned(),
        color: "#00CC88".to_owned(),
        owner_id: world.ops.id,
        environments: vec![environment("dev", None)],
        execution_backend: None,
        execution_backend_config: None,
        policy: None,
    }
}

fn patch(world: &World, by: &User, patch: ProjectPatch) -> crate::Result<crate::model::Project> {
    go(world.by(by).update_project(world.app.id, patch, None))
}

#[test]
fn admins_and_projets_create_owners_edit_admins_set_policy() {
    let world = World::new();
    for (user, expected) in [
        (&world.admin, "allowed"),
        (&world.projets, "allowed"),
        (&world.ops, "rbac.project.create.ops"),
        (&world.dev, "rbac.project.create.dev"),
    ] {
        assert_eq!(rule(go(world.by(user).create_project(new(&world, &user.username)))), expected);
    }
    let color = || ProjectPatch { color: Some("#123456".to_owned()), ..ProjectPatch::default() };
    for (user, expected) in [
        (&world.admin, "allowed"),
        (&world.owner, "allowed"),
        (&world.projets, "rbac.project.edit.projets"),
        (&world.ops, "rbac.project.edit.ops"),
        (&world.dev, "rbac.project.edit.dev"),
    ] {
        assert_eq!(rule(patch(&world, user, color())), expected);
    }
    // Role ops edits what it owns.
    let owned = go(world.by(&world.admin).create_project(new(&world, "infra"))).unwrap();
    assert_eq!(rule(go(world.by(&world.ops).update_project(owned.id, color(), None))), "allowed");

    let policies = [
        ProjectPatch {
            policy: Some(Policy { prod_change: ProdChange::Deny, ..Policy::default() }),
            ..ProjectPatch::default()
        },
        ProjectPatch { execution_backend: Some(Some(BackendKind::Docker)), ..ProjectPatch::default() },
        ProjectPatch {
            execution_backend_config: Some(Some(Limits { pids: Some(9), ..Limits::default() }.into())),
            ..ProjectPatch::default()
        },
    ];
    for policy in policies {
        assert_eq!(rule(patch(&world, &world.owner, policy.clone())), "rbac.project.policy.projets");
        assert_eq!(rule(patch(&world, &world.admin, policy)), "allowed");
    }
    let with_policy = NewProject { execution_backend: Some(BackendKind::Local), ..new(&world, "sneaky") };
    let refused = go(world.by(&world.projets).create_project(with_policy));
    assert_eq!(rule(refused), "rbac.project.policy.projets");
    let silly = Policy { approval_ttl_seconds: 0, ..Policy::default() };
    let silly = ProjectPatch { policy: Some(silly), ..ProjectPatch::default() };
    assert_eq!(field(patch(&world, &world.admin, silly)), "policy.approval_ttl_seconds");
}

#[test]
fn environments_have_a_tier_and_a_pool_of_their_own_or_by_their_name() {
    let world = World::new();
    let environments = |wanted: Vec<NewEnvironment>| {
        let patch_with = ProjectPatch { environments: Some(wanted), ..ProjectPatch::default() };
        patch(&world, &world.owner, patch_with)
    };
    assert_eq!(field(environments(vec![environment("prod-us", None)])), "environments.tier");
    assert_eq!(field(environments(vec![environment("prod", Some(Tier::Dev))])), "environments.tier");
    assert_eq!(field(environments(vec![environment("dev", None), environment("dev", None)])), "environments");
    assert_eq!(field(environments(vec![environment("a b", Some(Tier::Dev))])), "environments.name");
    let shared =
        NewEnvironment { pool: Some("metal".to_owned()), ..environment("prod-us", Some(Tier::Prod)) };
    let project = environments(vec![environment("dev", None), shared]).unwrap();
    let made: Vec<_> =
        project.environments.iter().map(|one| (one.name.as_str(), one.tier, one.pool.as_str())).collect();
    assert_eq!(made, [("dev", Tier::Dev, "dev"), ("prod-us", Tier::Prod, "metal")]);
}

#[test]
fn an_environment_is_named_once_whether_by_id_or_by_name() {
    let world = World::new();
    let staging = world.app.environments[1].clone();
    let wanted = |others: Vec<NewEnvironment>| {
        let patch_with = ProjectPatch { environments: Some(others), ..ProjectPatch::default() };
        patch(&world, &world.owner, patch_with)
    };
    let by_id =
        |name: &str| NewEnvironment { id: Some(staging.id), ..environment(name, Some(Tier::Staging)) };
    assert_eq!(field(wanted(vec![by_id("one"), by_id("other")])), "environments");
    // One renamed, and a new one under the old name: two, with an id each, in whichever order.
    for new_first in [false, true] {
        let mut both = vec![by_id("other"), environment("staging", None)];
        if new_first {
            both.reverse();
        }
        let project = wanted(both).unwrap();
        let renamed = project.environment("other").unwrap();
        assert_eq!(renamed.id, staging.id);
        assert_ne!(project.environment("staging").unwrap().id, staging.id);
        wanted(vec![by_id("staging")]).unwrap();
    }
}

#[test]
fn a_renamed_environment_keeps_its_jobs_and_one_with_jobs_is_not_removed() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    world.rename_environment("staging", "preprod");
    let environment_now = world.job(job.id).environment.unwrap();
    assert_eq!((environment_now.name.as_str(), environment_now.tier), ("preprod", Tier::Staging));
    let without =
        ProjectPatch { environments: Some(vec![environment("dev", None)]), ..ProjectPatch::default() };
    assert!(matches!(patch(&world, &world.owner, without), Err(Error::Unfit(_))));
}

#[test]
fn names_are_unique_owners_active_and_versions_checked() {
    let world = World::new();
    let mut taken = new(&world, "app");
    assert_eq!(
        go(world.by(&world.admin).create_project(taken.clone())).unwrap_err(),
        Error::Exists { field: "name" }
    );
    world.deactivate(&world.ops);
    taken.name = "other".to_owned();
    assert_eq!(field(go(world.by(&world.admin).create_project(taken))), "owner_id");
    let color = ProjectPatch { color: Some("#123456".to_owned()), ..ProjectPatch::default() };
    let stale = go(world.by(&world.owner).update_project(world.app.id, color, Some(9)));
    assert_eq!(stale.unwrap_err(), Error::Stale { expected: 9, actual: 1 });
    let missing = crate::model::ProjectId(world.hub.new_id());
    let missing = go(world.by(&world.dev).update_project(missing, ProjectPatch::default(), None));
    assert_eq!(missing.unwrap_err(), Error::NotFound { what: "project" });
}
