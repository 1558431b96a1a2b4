//! Workers that die while something goes on outside.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::json;
use uhub_core::model::{ExecutionSpec, RunStatus, WebhookFollow};

use crate::{
    bench::{Bench, webhook},
    outside::{Outside, Reply, until},
};

fn deploy(outside: &Outside) -> ExecutionSpec {
    webhook(&outside.url("/deploy"), json!({}), &[("SIGNING_KEY", "test:key")])
}

#[tokio::test]
async fn r05_the_next_worker_follows_what_goes_on() {
    let bench = Bench::new(None, Some(WebhookFollow::Poll)).await;
    for is_crash in [false, true] {
        let done = Arc::new(AtomicBool::new(false));
        let answers = Arc::clone(&done);
        let outside = Outside::serve(move |seen| match seen.line().as_str() {
            "POST /deploy" => Reply::json(201, &json!({ "status_url": "/status/7" })),
            _ if answers.load(Ordering::SeqCst) => Reply::json(200, &json!({ "status": "succeeded" })),
            _ => Reply::json(200, &json!({ "status": "running" })),
        })
        .await;
        let first = bench.work();
        let run = bench.launch(deploy(&outside)).await;
        until("it is looked at", || outside.lines("GET /status/7").len() > 1).await;
        bench.until(run, |run| run.handle.as_ref().is_some_and(|handle| handle.contains("status/7"))).await;
        if is_crash {
            first.kill();
        } else {
            first.abandon().await;
        }
        done.store(true, Ordering::SeqCst);
        let second = bench.work();
        assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
        let run = bench.run(run).await;
        assert_eq!((run.attempt, run.fence), (1, 2), "the same attempt, another fence");
        assert_eq!(outside.lines("POST /deploy").len(), 1, "sent once");
        assert!(bench.said(run.id).await.contains("taken over"));
        second.stop().await;
    }
}

#[tokio::test]
async fn r41_a_worker_that_dies_while_it_sends_leaves_no_second_dispatch() {
    let bench = Bench::new(None, Some(WebhookFollow::Poll)).await;
    let outside = Outside::serve(|_| Reply::Silence).await;
    let first = bench.work();
    let run = bench.launch(deploy(&outside)).await;
    until("it is sent", || !outside.seen().is_empty()).await;
    first.kill();
    let second = bench.work();
    assert_eq!(bench.ended(run).await.0, RunStatus::Lost);
    assert_eq!(outside.seen().len(), 1, "sent once");
    let said = bench.said(run).await;
    assert!(said.contains("it is not known whether it was sent"), "{said}");
    second.stop().await;
}
