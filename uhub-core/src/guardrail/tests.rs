#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::model::{EARLIEST, EnvironmentId, FreezeId, UserId};

mod execution;

fn rule(result: Result<()>) -> String {
    result.err().and_then(|error| error.rule()).unwrap_or_else(|| "allowed".to_owned())
}

#[test]
fn prod_accepts_three_backends_whoever_launches() {
    let policy = Policy::default();
    for role in Role::ALL {
        for backend in BackendKind::ALL {
            let expected = match backend {
                BackendKind::Docker | BackendKind::K8s | BackendKind::Webhook => "allowed",
                _ => "guardrail.prod_backend",
            };
            assert_eq!(
                rule(check_backend(*role, Tier::Prod, *backend, &policy)),
                expected,
                "{role} {backend}"
            );
        }
    }
}

#[test]
fn prod_takes_secrets_from_the_sources_that_are_allowed_there() {
    let with = |references: &[&str]| {
        let named = |(n, reference): (usize, &&str)| (format!("V{n}"), (*reference).to_owned());
        ExecutionSpec { secrets: references.iter().enumerate().map(named).collect(), ..Default::default() }
    };
    let allowed = |sources: &[&str]| sources.iter().map(|source| (*source).to_owned()).collect();
    for (tier, references, sources, expected) in [
        (Tier::Prod, &["vault:a/b#c"][..], &["vault"][..], "allowed"),
        (Tier::Prod, &[], &[], "allowed"),
        (Tier::Prod, &["vault:a/b#c"], &[], "guardrail.prod_secret_source"),
        (Tier::Prod, &["env:A"], &["vault"], "guardrail.prod_secret_source"),
        (Tier::Prod, &["vault:a/b#c", "file:/x"], &["vault", "env"], "guardrail.prod_secret_source"),
        (Tier::Prod, &["vaults:a/b#c"], &["vault"], "guardrail.prod_secret_source"),
        (Tier::Prod, &["nothing"], &["vault"], "guardrail.prod_secret_source"),
        (Tier::Prod, &["env:A", "file:/x"], &["env", "file"], "allowed"),
        (Tier::Staging, &["env:A", "file:/x"], &[], "allowed"),
        (Tier::Dev, &["other:A"], &[], "allowed"),
    ] {
        let checked = check_secret_sources(tier, &with(references), &allowed(sources));
        assert_eq!(rule(checked), expected, "{tier} {references:?} {sources:?}");
    }
}

#[test]
fn staging_holds_role_ops_to_the_same_three() {
    let policy = Policy::default();
    for role in Role::ALL {
        for tier in [Tier::Dev, Tier::Staging] {
            for backend in BackendKind::ALL {
                let held = *role == Role::Ops && tier == Tier::Staging && !is_remote(*backend);
                let expected = if held { "guardrail.staging_backend" } else { "allowed" };
                assert_eq!(
                    rule(check_backend(*role, tier, *backend, &policy)),
                    expected,
                    "{role} {tier} {backend}"
                );
            }
        }
    }
}

proptest! {
    /// "No policy can widen this; a project's policy may narrow it" (DOMAIN §3.1).
    #[test]
    fn a_policy_narrows_and_never_widens(
        allowed in prop::collection::btree_map(
            prop::sample::select(Tier::ALL.to_vec()),
            prop::collection::vec(prop::sample::select(BackendKind::ALL.to_vec()), 0..6),
            0..4,
        ),
        role in prop::sample::select(Role::ALL.to_vec()),
        tier in prop::sample::select(Tier::ALL.to_vec()),
        backend in prop::sample::select(BackendKind::ALL.to_vec()),
    ) {
        let policy = Policy { allowed_backends: allowed.clone(), ..Policy::default() };
        let with = check_backend(role, tier, backend, &policy).is_ok();
        let without = check_backend(role, tier, backend, &Policy::default()).is_ok();
        let named = allowed.get(&tier).is_none_or(|backends| backends.contains(&backend));
        prop_assert_eq!(with, without && named);
    }
}

fn freeze(tiers: &[Tier], environments: &[&str], project: Option<ProjectId>) -> Freeze {
    let start = EARLIEST + TimeDelta::hours(10);
    Freeze {
        id: FreezeId(Uuid::from_u128(1)),
        slot: Slot::new(start, start + TimeDelta::hours(2)).unwrap(),
        tiers: tiers.to_vec(),
        environments: environments.iter().map(|name| (*name).to_owned()).collect(),
        project_id: project,
        reason: "end of the year".to_owned(),
        created_by: UserId(Uuid::nil()),
        created_at: EARLIEST,
    }
}

fn environment(name: &str, tier: Tier) -> JobEnvironment {
    JobEnvironment { id: EnvironmentId(Uuid::nil()), name: name.to_owned(), tier, pool: name.to_owned() }
}

#[test]
fn a_freeze_holds_for_its_tiers_and_environments_and_its_project() {
    let (own, other) = (ProjectId(Uuid::from_u128(1)), ProjectId(Uuid::from_u128(2)));
    let prod = environment("prod-eu", Tier::Prod);
    let staging = environment("staging", Tier::Staging);
    let cases = [
        (freeze(&[Tier::Prod], &[], None), JobType::Ops, Some(&prod), true),
        (freeze(&[Tier::Prod], &[], None), JobType::Ops, Some(&staging), false),
        (freeze(&[], &["prod-eu"], None), JobType::Ops, Some(&prod), true),
        (freeze(&[], &["prod"], None), JobType::Ops, Some(&prod), false),
        (freeze(&[Tier::Prod], &["staging"], None), JobType::Dev, Some(&staging), true),
        (freeze(&[Tier::Dev], &[], None), JobType::Infra, None, true),
        (freeze(&[Tier::Staging, Tier::Prod], &[], None), JobType::Infra, None, false),
        (freeze(Tier::ALL, &[], None), JobType::Meeting, None, false),
        (freeze(&[Tier::Prod], &[], Some(own)), JobType::Ops, Some(&prod), true),
        (freeze(&[Tier::Prod], &[], Some(other)), JobType::Ops, Some(&prod), false),
    ];
    for (freeze, job_type, environment, holds) in cases {
        let within = freeze.slot;
        let freezes = [freeze];
        assert_eq!(
            frozen(&freezes, own, job_type, environment, within).is_some(),
            holds,
            "{freezes:?} {job_type} {environment:?}"
        );
        assert_eq!(frozen_at(&freezes, own, job_type, environment, within.start()).is_some(), holds);
    }
}

#[test]
fn a_freeze_is_half_open_like_every_slot() {
    let freezes = [freeze(&[Tier::Prod], &[], None)];
    let prod = environment("prod", Tier::Prod);
    let hours = |from: i64, to: i64| {
        Slot::new(EARLIEST + TimeDelta::hours(from), EARLIEST + TimeDelta::hours(to)).unwrap()
    };
    let touches = |slot| frozen(&freezes, ProjectId(Uuid::nil()), JobType::Ops, Some(&prod), slot).is_some();
    assert!(!touches(hours(9, 10)) && !touches(hours(12, 13)));
    assert!(
        touches(hours(9, 11)) && touches(hours(11, 13)) && touches(hours(8, 20)) && touches(hours(10, 12))
    );
    let at =
        |instant| frozen_at(&freezes, ProjectId(Uuid::nil()), JobType::Ops, Some(&prod), instant).is_some();
    let micro = TimeDelta::microseconds(1);
    let (start, end) = (freezes[0].slot.start(), freezes[0].slot.end());
    assert!(!at(start - micro) && at(start) && at(end - micro) && !at(end));
    let refusal = refuse_frozen(&freezes[0]);
    assert_eq!(refusal.rule().as_deref(), Some("guardrail.freeze"));
    assert!(refusal.to_string().contains("end of the year"), "{refusal}");
}

/// Numbers that are allowed, few enough that bounds meet.
fn limits() -> impl Strategy<Value = Limits> {
    let small = || prop::option::of(1_u32..6);
    (prop::option::of(1_u32..6), small(), small(), small(), small()).prop_map(
        |(cpus, memory_mb, pids, timeout_seconds, max_attempts)| Limits {
            cpus: cpus.map(|n| f64::from(n) / 2.0),
            memory_mb,
            pids,
            timeout_seconds,
            max_attempts,
        },
    )
}

fn numbers(limits: &Limits) -> [Option<f64>; 5] {
    [
        limits.cpus,
        limits.memory_mb.map(f64::from),
        limits.pids.map(f64::from),
        limits.timeout_seconds.map(f64::from),
        limits.max_attempts.map(f64::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    /// "Limits merge downwards: hub ≥ project ≥ job. A job may ask for less, never for more" (DOMAIN §3.3).
    #[test]
    fn limits_merge_downwards_and_never_widen(
        hub in limits(), project in prop::option::of(limits()), job in limits(),
    ) {
        let merged = effective_limits(&hub, project.as_ref(), &job);
        let levels = [numbers(&hub), numbers(&project.unwrap_or_default()), numbers(&job)];
        // Each level against every one above it, limit by limit.
        let widens = (0..5).any(|limit| {
            (0..3).any(|above| (above + 1..3).any(|below| {
                matches!((levels[above][limit], levels[below][limit]), (Some(most), Some(asked)) if asked > most)
            }))
        });
        match merged {
            Err(error) => {
                prop_assert!(widens);
                prop_assert_eq!(error.rule(), Some("guardrail.limits".to_owned()));
            }
            Ok(merged) => {
                prop_assert!(!widens);
                for (limit, got) in numbers(&merged).into_iter().enumerate() {
                    let least = levels.iter().filter_map(|level| level[limit]).reduce(f64::min);
                    prop_assert_eq!(got, least, "the narrowest of those that are named");
                }
            }
        }
    }
}

#[test]
fn limits_that_mean_nothing_are_refused() {
    for cpus in [0.0, -1.0, f64::NAN, f64::INFINITY, 4096.5] {
        let limits = Limits { cpus: Some(cpus), ..Limits::default() };
        assert!(
            matches!(check_numbers("execution", &limits), Err(Error::Invalid { field, .. }) if field == "execution.cpus"),
            "{cpus}"
        );
        assert!(effective_limits(&Limits::default(), None, &limits).is_err(), "{cpus}");
        assert!(effective_limits(&Limits::default(), Some(&limits), &Limits::default()).is_err(), "{cpus}");
    }
    for limits in [
        Limits { memory_mb: Some(0), ..Limits::default() },
        Limits { pids: Some(0), ..Limits::default() },
        Limits { timeout_seconds: Some(0), ..Limits::default() },
        Limits { max_attempts: Some(0), ..Limits::default() },
    ] {
        assert!(check_numbers("execution", &limits).is_err(), "{limits:?}");
    }
    assert_eq!(check_numbers("execution", &Limits::default()), Ok(()));
}
