//! Random sequences of operations, on all stores at once: what one answers, all answer.

mod dump;
mod plan;
mod step;

use std::sync::Arc;

use proptest::{
    prelude::*,
    test_runner::{Config, FileFailurePersistence, TestRunner},
};

use self::{
    plan::{Act, Known, acts},
    step::{Answer, Step},
};
use crate::bed::{Bed, Kind};

/// Does one step in a session of its own. Nothing is kept of a step that failed, or that shall not be committed.
async fn take(bed: &Bed, step: &Step, commit: bool) -> Answer {
    let mut session = bed.write().await;
    let answer = step.take(&mut session).await;
    if commit && !answer.is_error() {
        session.commit().await.unwrap();
    }
    answer
}

async fn compare(beds: &[Bed], acts: Vec<Act>) -> Result<(), TestCaseError> {
    let mut known = Known::new(&beds[0]);
    let mut done = Vec::new();
    for Act { wish, commit } in acts {
        let Some(step) = known.plan(&wish) else { continue };
        let mut answers = Vec::new();
        for bed in beds {
            answers.push(take(bed, &step, commit).await);
        }
        done.push(step);
        for (bed, answer) in beds.iter().zip(&answers) {
            prop_assert_eq!(&answers[0], answer, "{:?} after {:#?}", bed.kind, done);
        }
        if let Some(step) = done.last()
            && commit
            && answers[0].is_done()
        {
            known.learn(step);
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
