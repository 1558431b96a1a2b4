//! Random sequences of operations, on all stores at once: what one answers, all answer.

mod dump;
mod plan;
mod step;

use std::sync::Arc;

use proptest::{
    prelude::*,
    test_runner::{Config, FileFailurePersistence, TestRunner},
};
use uhub_core::ports::store::LockKey;

use self::{
    plan::{Act, Known, acts},
    step::{Answer, Step},
};
use crate::bed::{Bed, Kind};

/// Does the steps in one session. The first that fails ends it, and all that was done in it.
async fn take(bed: &Bed, steps: &[Step], commit: bool) -> Vec<Answer> {
    let mut session = bed.write().await;
    // PostgreSQL may still be undoing the session before, whose runs claims would skip: this waits for it.
    session.lock(&[LockKey::Admins]).await.unwrap();
    let mut answers = Vec::new();
    for step in steps {
        let answer = step.take(&mut session).await;
        let has_failed = answer.is_error();
        answers.push(answer);
        if has_failed {
            return answers;
        }
    }
    if commit {
        session.commit().await.unwrap();
    }
    answers
}

async fn compare(beds: &[Bed], acts: Vec<Act>) -> Result<(), TestCaseError> {
    let mut known = Known::new(&beds[0]);
    let mut done = Vec::new();
    for Act { wishes, commit } in acts {
        // Only the in-memory store can tell the outcome of a step beforehand: it plays the session once to itself.
        let mut planned = known.clone();
        let mut steps = Vec::new();
        let mut rehearsal = beds[0].write().await;
        for wish in &wishes {
            let Some(step) = planned.plan(wish, &steps) else { continue };
            let answer = step.take(&mut rehearsal).await;
            if answer.is_done() {
                planned.learn(&step);
            }
            steps.push(step);
            if answer.is_error() {
                break;
            }
        }
        drop(rehearsal);
        let mut answers = Vec::new();
        for bed in beds {
            answers.push(take(bed, &steps, commit).await);
        }
        done.push((steps, commit));
        for (bed, answers_of) in beds.iter().zip(&answers) {
            prop_assert_eq!(&answers[0], answers_of, "{:?} after {:#?}", bed.kind, done);
        }
        if commit && !answers[0].iter().any(Answer::is_error) {
            known = planned;
        }
    }
    let expected = dump::everything(&beds[0]).await;
    for bed in beds {
        let found = dump::everything(bed).await;
        for ((what, expected), (_, found)) in expected.iter().zip(&found) {
            prop_assert_eq!(expected, found, "{} of {:?} after {:#?}", what, bed.kind, done);
        }
    }
    Ok(())
}

#[test]
fn all_stores_answer_alike() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let persistence = FileFailurePersistence::Direct("tests/proptest-regressions/sequences.txt");
    let config = Config {
        cases,
        failure_persistence: Some(Box::new(persistence)),
        max_shrink_iters: 300,
        ..Config::default()
    };
    let runtime = Arc::new(runtime);
    let outcome = TestRunner::new(config).run(&acts(), |acts| {
        runtime.block_on(async {
            let mut beds = Vec::new();
            for kind in Kind::ALL {
                beds.push(Bed::new(kind).await);
            }
            let outcome = compare(&beds, acts).await;
            for bed in beds {
                bed.end().await;
            }
            outcome
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
