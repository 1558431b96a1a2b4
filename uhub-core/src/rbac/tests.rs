//! Every decision there is: reviewed as text, and compared with a second reading of the table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod golden;
mod oracle;

use uuid::Uuid;

use super::*;

fn actor(role: Role) -> Actor {
    Actor::person(UserId(Uuid::nil()), role)
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
    assert_eq!(compared, 4 * 16 * 3 * 5 * 6 * 2 * 8, "all of them");
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

/// Every set of scopes that a token may have.
fn scope_sets() -> impl Iterator<Item = Scopes> {
    (0..1_u32 << Scope::ALL.len()).map(|bits| {
        let has = |scope: &&Scope| bits & (1 << (**scope as u8)) != 0;
        Scope::ALL.iter().filter(has).copied().collect()
    })
}

#[test]
fn a_token_never_gives_what_its_user_may_not_and_nothing_beyond_its_scopes() {
    for role in Role::ALL {
        for kind in UserKind::ALL {
            let user = Actor { kind: *kind, ..actor(*role) };
            for action in Action::ALL {
                for context in contexts() {
                    let without = decide(&user, *action, &context);
                    for scopes in scope_sets() {
                        let by_token = decide(&Actor { scopes: Some(scopes), ..user }, *action, &context);
                        if scope(*action).is_some_and(|needed| scopes.contains(needed)) {
                            assert_eq!(by_token, without, "{role} {action} {scopes}");
                        } else {
                            assert_eq!(by_token.effect, Effect::Deny, "{role} {action} {scopes}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_machine_decides_no_approval_and_else_what_a_person_of_its_role_does() {
    for role in Role::ALL {
        let machine = Actor { kind: UserKind::Service, ..actor(*role) };
        assert!(!machine.may_break_glass(), "{role}");
        for action in Action::ALL {
            for context in contexts() {
                let decision = decide(&machine, *action, &context);
                if *action == Action::Approve {
                    assert_eq!((decision.effect, decision.rule), (Effect::Deny, Rule::Service), "{role}");
                } else {
                    assert_eq!(decision, decide(&actor(*role), *action, &context), "{role} {action}");
                }
            }
        }
    }
}

#[test]
fn no_token_makes_tokens_or_passwords_whatever_it_is_good_for() {
    let all: Scopes = Scope::ALL.iter().copied().collect();
    let (me, other) = (UserId(Uuid::nil()), UserId(Uuid::max()));
    for role in Role::ALL {
        let by_token = Actor { scopes: Some(all), ..actor(*role) };
        for (holder, kind) in [(me, UserKind::Person), (me, UserKind::Service), (other, UserKind::Service)] {
            let decision = make_token(&by_token, holder, kind);
            assert_eq!(decision.effect, Effect::Deny, "{role}");
        }
        assert_eq!(decide(&by_token, Action::Credentials, &Context::default()).rule, Rule::Token);
    }
    let rule = |role, holder, kind| {
        let decision = make_token(&actor(role), holder, kind);
        if decision.effect == Effect::Allow { "allowed".to_owned() } else { decision.rule.to_string() }
    };
    for role in Role::ALL {
        assert_eq!(rule(*role, me, UserKind::Person), "allowed");
    }
    assert_eq!(rule(Role::Admin, other, UserKind::Service), "allowed");
    assert_eq!(rule(Role::Admin, other, UserKind::Person), "token.own", "nobody acts as somebody else");
    assert_eq!(rule(Role::Dev, other, UserKind::Service), "rbac.user.manage.dev");
}

#[test]
fn breaking_glass_is_for_admins_and_by_token_for_what_admins_do() {
    for role in Role::ALL {
        assert_eq!(actor(*role).may_break_glass(), *role == Role::Admin);
        assert!(!Actor { is_active: false, ..actor(*role) }.may_break_glass(), "{role}");
        for scopes in scope_sets() {
            let by_token = Actor { scopes: Some(scopes), ..actor(*role) };
            let may = *role == Role::Admin && scopes.contains(Scope::Admin);
            assert_eq!(by_token.may_break_glass(), may, "{role} {scopes}");
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
        .chain(Scope::ALL.iter().map(|scope| Rule::Scope(*scope)))
        .chain([Rule::Inactive, Rule::LastAdmin, Rule::SecondPerson])
        .chain([Rule::Service, Rule::Token, Rule::OwnToken]);
    let mut words = std::collections::BTreeSet::new();
    for rule in rules {
        assert!(!rule.explain().is_empty(), "{rule}");
        assert!(words.insert(rule.to_string()), "{rule} is the name of two rules");
    }
}
