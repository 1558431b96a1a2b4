//! Every decision there is: reviewed as text, and compared with a second reading of the table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod golden;
mod oracle;

use uuid::Uuid;

use super::*;

fn actor(role: Role) -> Actor {
    Actor { id: UserId(Uuid::nil()), role, is_active: true }
}

/// Everything that the table can be asked about.
fn contexts() -> impl Iterator<Item = Context> {
    const OWNED: [bool; 2] = [false, true];
    Tier::ALL.iter().flat_map(|tier| {
        JobType::ALL.iter().flat_map(move |job_type| {
            BackendKind::ALL.iter().flat_map(move |backend| {
                ProdChange::ALL.iter().flat_map(move |prod_change| {
                    OWNED.into_iter().flat_map(move |own_project| {
                        OWNED.into_iter().flat_map(move |own_job| {
                            OWNED.into_iter().map(move |own_run| Context {
                                tier: *tier,
                                job_type: *job_type,
                                own_project,
                                own_job,
                                own_run,
                                backend: *backend,
                                prod_change: *prod_change,
                            })
                        })
                    })
                })
            })
        })
    })
}

#[test]
fn every_decision_is_what_a_second_reading_of_the_table_says() {
    let table = oracle::Table::read();
    let mut compared = 0;
    for role in Role::ALL {
        for action in Action::ALL {
            for context in contexts() {
                let decision = decide(&actor(*role), *action, &context);
                let expected = table.decide(*role, *action, &context);
                assert_eq!(decision.effect, expected, "{role} {action} {context:?}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 4 * 15 * 3 * 5 * 6 * 2 * 8, "all of them");
}

#[test]
fn every_decision_is_as_it_was_reviewed() {
    insta::assert_snapshot!("decisions", golden::table());
}

#[test]
fn a_closed_account_may_nothing_whatever_its_role() {
    for role in Role::ALL {
        let closed = Actor { is_active: false, ..actor(*role) };
        for action in Action::ALL {
            for context in contexts() {
                let decision = decide(&closed, *action, &context);
                assert_eq!(
                    (decision.effect, decision.rule),
                    (Effect::Deny, Rule::Inactive),
                    "{role} {action}"
                );
            }
        }
    }
}

/// Nobody gains by owning less, and no policy widens: only `prod_change` is one, and `deny` is the narrower.
#[test]
fn owning_more_and_narrower_policies_only_go_one_way() {
    let weight = |effect| match effect {
        Effect::Allow => 2,
        Effect::NeedsApproval => 1,
        Effect::Deny => 0,
    };
    for role in Role::ALL {
        for action in Action::ALL {
            for context in contexts() {
                let has = |context: &Context| weight(decide(&actor(*role), *action, context).effect);
                let here = has(&context);
                for more in [
                    Context { own_project: true, ..context },
                    Context { own_job: true, ..context },
                    Context { own_run: true, ..context },
                ] {
                    assert!(has(&more) >= here, "{role} {action} {more:?}");
                }
                let narrower = Context { prod_change: ProdChange::Deny, ..context };
                assert!(has(&narrower) <= here, "{role} {action} {narrower:?}");
            }
        }
    }
}

#[test]
fn nobody_launches_in_prod_without_a_second_person() {
    for role in Role::ALL {
        for context in contexts().filter(|context| context.tier == Tier::Prod) {
            assert_ne!(decide(&actor(*role), Action::RunLaunch, &context).effect, Effect::Allow, "{role}");
        }
    }
}

#[test]
fn a_refusal_names_its_rule_in_a_word_and_in_a_sentence() {
    let dev = actor(Role::Dev);
    let prod = Context { tier: Tier::Prod, job_type: JobType::Ops, ..Context::default() };
    let decision = decide(&dev, Action::JobMove, &prod);
    assert_eq!(decision.rule.to_string(), "rbac.job.prod.dev");
    assert_eq!(decision.explain(), "role dev may not plan or change this job in tier prod");
    assert_eq!(
        serde_json::to_value(decision).unwrap(),
        serde_json::json!({ "effect": "deny", "rule": "rbac.job.prod.dev" })
    );

    let rules = Row::ALL
        .iter()
        .flat_map(|row| Role::ALL.iter().map(|role| Rule::Table(*row, *role)))
        .chain(Guardrail::ALL.iter().map(|guardrail| Rule::Guardrail(*guardrail)))
        .chain([Rule::Inactive, Rule::LastAdmin, Rule::SecondPerson]);
    let mut words = std::collections::BTreeSet::new();
    for rule in rules {
        assert!(!rule.explain().is_empty(), "{rule}");
        assert!(words.insert(rule.to_string()), "{rule} is the name of two rules");
    }
}
