//! Where secrets may come from in tier prod, on every path.

use std::{collections::BTreeSet, sync::Arc};

use super::world::*;
use crate::{
    hub::{Hub, JobPatch, NewJob, Settings},
    model::{ExecutionSpec, RunStatus},
    ports::clock::SeededIds,
};

const REFUSED: &str = "guardrail.prod_secret_source";

fn allowing(sources: &[&str]) -> Settings {
    let prod_secret_sources: BTreeSet<_> = sources.iter().map(|source| (*source).to_owned()).collect();
    Settings { prod_secret_sources, ..Settings::default() }
}

fn with_secret(reference: &str) -> ExecutionSpec {
    let mut execution = docker("app:1");
    execution.secrets.insert("TOKEN".to_owned(), reference.to_owned());
    execution
}

#[test]
fn only_vault_is_allowed_in_prod_unless_the_operator_says_otherwise() {
    let world = World::new();
    let plan = |environment: &str, reference: &str| {
        let new = NewJob { execution: Some(with_secret(reference)), ..world.new_deploy(environment, 2) };
        go(world.by(&world.owner).create_job(new, None))
    };
    for reference in ["env:TOKEN", "file:/run/token", "other:x"] {
        assert_eq!(rule(plan("prod", reference)), REFUSED, "{reference}");
        assert_eq!(rule(plan("prod-eu", reference)), REFUSED, "{reference}");
        assert_eq!(rule(plan("staging", reference)), "allowed", "{reference}");
    }
    let job = done(plan("prod", "vault:secret/app#token")).job;
    let swap = JobPatch { execution: Some(Some(with_secret("env:TOKEN"))), ..JobPatch::default() };
    assert_eq!(rule(world.edit(&world.owner, job.id, swap)), REFUSED);
    let staging = done(plan("staging", "env:TOKEN")).job;
    let over = JobPatch { environment: Some(Some("prod".to_owned())), ..JobPatch::default() };
    assert_eq!(rule(world.edit(&world.owner, staging.id, over)), REFUSED);
}

#[test]
fn r28_what_was_allowed_when_it_was_asked_for_is_refused_when_it_is_claimed() {
    let world = World::seeded(3, allowing(&["env"]));
    let new = NewJob { execution: Some(with_secret("env:TOKEN")), ..world.new_deploy("prod", 2) };
    let job = world.create(&world.owner, new);
    let run = world.launch_approved(&world.ops, job.id, &world.projets);
    // The same hub, run by an operator who has thought better of it.
    let store = Arc::new(world.store.clone());
    let strict = Hub::new(store, world.clock.clone(), Arc::new(SeededIds::new(4 << 40)), Settings::default());
    assert_eq!(go(strict.claim("w", &[crate::model::BackendKind::Docker], 10)).unwrap(), []);
    let ended = world.run(run.id);
    assert_eq!(ended.status.get(), RunStatus::Cancelled);
    assert!(ended.outcome.unwrap().contains(REFUSED));
    // And launched anew.
    assert_eq!(rule(go(strict.acting_as(&world.admin).launch(job.id, Default::default(), None))), REFUSED);
}
