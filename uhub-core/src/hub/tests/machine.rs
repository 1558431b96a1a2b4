//! Anybody does anything, in any order, while time passes: after each step all that must always hold is looked at.

pub(super) mod step;
pub(super) mod watch;

use proptest::{prelude::*, strategy::ValueTree as _};

use self::step::{Acted, step};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 4000, ..ProptestConfig::default() })]
    #[test]
    fn whatever_anybody_does_what_must_hold_holds(steps in prop::collection::vec(step(), 40..120)) {
        let mut acted = Acted::new(7);
        for step in &steps {
            acted.take(step);
        }
    }
}

/// From fixed seeds: every status, every end of every approval, and the refusals at a claim.
#[test]
fn the_steps_get_everywhere() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let steps = prop::collection::vec(step(), 80..120);
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..160 {
        let steps = steps.new_tree(&mut runner).unwrap().current();
        let mut acted = Acted::new(7);
        for step in &steps {
            acted.take(step);
        }
        reached.append(&mut acted.watch.reached);
    }
    let must = [
        "prod job awaiting_approval",
        "prod job approved",
        "prod job queued",
        "prod job running",
        "prod job succeeded",
        "prod job failed",
        "prod job cancelled",
        "prod job missed",
        "run succeeded",
        "run failed",
        "run timed_out",
        "run cancelled",
        "run lost",
        "run consumed",
        "run expired",
        "run rejected",
        "run void",
        "break_glass consumed",
        "break_glass void",
        "create consumed",
        "create rejected",
        "create void",
        "edit consumed",
        "edit void",
        "cancel consumed",
        "approval.approve by approval.second_person",
        "approval.approve by guardrail.freeze",
        "job.move by guardrail.freeze",
        "job.create by policy.on_conflict",
        "run.auto_start by guardrail.prod_approval",
        "run.claim by -",
        "run.claim by account.inactive",
        "run.claim by guardrail.freeze",
        "run.claim by guardrail.policy_backend",
        "user.edit by account.last_admin",
    ];
    let missing: Vec<_> = must.into_iter().filter(|one| !reached.contains(*one)).collect();
    assert!(missing.is_empty(), "never got to {missing:?}, but to {reached:#?}");
}
