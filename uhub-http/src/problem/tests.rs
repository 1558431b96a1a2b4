#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use uhub_core::{
    guardrail::Guardrail,
    model::{ApprovalState, JobId},
    rbac::Rule,
    workflow::IllegalTransition,
};

use super::*;

fn of(error: Error) -> Problem {
    Problem::from(error)
}

#[test]
fn each_error_has_its_status() {
    let job = JobId(Uuid::from_u128(7));
    for (error, status) in [
        (Error::invalid("title", "must not be empty"), 422),
        (Error::Denied { rule: Rule::Guardrail(Guardrail::Freeze), reason: "frozen".into() }, 403),
        (Error::NotFound { what: "job" }, 404),
        (
            Error::Transition(IllegalTransition {
                what: "job",
                from: "running".into(),
                event: "done".into(),
            }),
            409,
        ),
        (Error::Conflict { jobs: vec![job] }, 409),
        (Error::Exists { field: "username" }, 409),
        (Error::Stale { expected: 1, actual: 2 }, 412),
        (Error::ApprovalClosed { state: ApprovalState::Void }, 409),
        (Error::RunActive, 409),
        (Error::KeyReused, 409),
        (Error::Unfit("there is a user already".into()), 409),
        (Error::StaleFence, 409),
        (Error::Unauthenticated, 401),
        (Error::Busy, 429),
        (Error::Store(StoreError::Unavailable("no route".into())), 503),
        (Error::Store(StoreError::Contended), 503),
        (Error::Store(StoreError::Failed("syntax error".into())), 500),
    ] {
        assert_eq!(of(error.clone()).status, status, "{error:?}");
    }
}

#[test]
fn details_are_told_and_secrets_are_not() {
    let denied = of(Error::Denied { rule: Rule::Guardrail(Guardrail::Freeze), reason: "frozen".into() });
    assert_eq!(denied.rule.as_deref(), Some("guardrail.freeze"));
    let moved = of(Error::Transition(IllegalTransition {
        what: "job",
        from: "running".into(),
        event: "done".into(),
    }));
    assert_eq!((moved.from.as_deref(), moved.event.as_deref()), (Some("running"), Some("done")));
    let taken = of(Error::Conflict { jobs: vec![JobId(Uuid::from_u128(7))] });
    assert_eq!(taken.conflicts, Some(vec![Uuid::from_u128(7)]));
    for inside in [StoreError::Failed("password=x".into()), StoreError::Unavailable("password=x".into())] {
        let text = serde_json::to_string(&*of(Error::Store(inside))).unwrap();
        assert!(!text.contains("password=x"), "{text}");
    }
}

#[test]
fn answers_carry_their_headers() {
    let response = of(Error::Unauthenticated).into_response();
    assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
    assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
    assert_eq!(of(Error::Busy).into_response().headers()[header::RETRY_AFTER], "1");
    assert!(!of(Error::RunActive).into_response().headers().contains_key(header::RETRY_AFTER));
}
