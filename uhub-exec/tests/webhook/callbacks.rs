//! CIs that call back.

use serde_json::{Value, json};
use uhub_core::{
    Hub,
    hub::{CallbackSecret, Delivery},
    model::{RunId, RunStatus, Stream, WebhookFollow},
    signature,
};

use crate::{
    bench::{Bench, webhook},
    outside::{Outside, Reply, until},
};

const SECRETS: [(&str, &str); 1] = [("SIGNING_KEY", "test:key")];

fn secret() -> CallbackSecret {
    crate::bench::callback_secret()
}

/// Tells, as a CI does that was given `offer`.
async fn tell(hub: &Hub, offer: &Value, told: Value) -> uhub_core::Result<()> {
    let url: url::Url = offer["url"].as_str().unwrap().parse().unwrap();
    assert!(url.as_str().starts_with("https://uhub.example.org/base/hooks/runs/"), "{url}");
    let run = url.path_segments().unwrap().next_back().unwrap().parse().unwrap();
    let attempt = url.query().unwrap().strip_prefix("attempt=").unwrap().parse().unwrap();
    let (body, timestamp) = (told.to_string(), hub.now().timestamp());
    let key = offer["key"].as_str().unwrap();
    let delivery = Delivery {
        run: RunId(run),
        attempt,
        timestamp: &timestamp.to_string(),
        signature: &signature::sign(key.as_bytes(), timestamp, body.as_bytes()),
        body: body.as_bytes(),
    };
    hub.accept_callback(&secret(), &delivery).await
}

async fn accepting() -> Outside {
    Outside::serve(|_| Reply::status(200)).await
}

async fn offered(outside: &Outside) -> Value {
    until("it is sent", || !outside.seen().is_empty()).await;
    outside.seen()[0].json()["uhub"]["callback"].clone()
}

#[tokio::test]
async fn what_is_told_is_the_runs_log_and_end() {
    for follow in [None, Some(WebhookFollow::Callback)] {
        let bench = Bench::called_back(None, follow).await;
        let working = bench.work();
        for (end, status, outcome) in [
            (json!({ "status": "succeeded" }), RunStatus::Succeeded, ""),
            (json!({ "status": "failed", "exit_code": 4 }), RunStatus::Failed, "exit code 4"),
            (json!({ "status": "failed", "message": "no room" }), RunStatus::Failed, "no room"),
        ] {
            let outside = accepting().await;
            let run = bench.launch(webhook(&outside.url("/deploy"), json!({}), &SECRETS)).await;
            let offer = offered(&outside).await;
            let key = offer["key"].as_str().unwrap();
            let line = json!({ "status": "running", "message": "half", "log": format!("key {key}\n") });
            tell(&bench.hub, &offer, line).await.unwrap();
            tell(&bench.hub, &offer, json!({ "status": "running", "log": "two\n" })).await.unwrap();
            tell(&bench.hub, &offer, end).await.unwrap();
            assert_eq!(bench.ended(run).await, (status, outcome.to_owned()));
            let log = bench.log(run).await;
            assert_eq!(log[&Stream::Stdout], "key ***\ntwo\n");
            assert!(log[&Stream::System].contains("half") && !log[&Stream::System].contains(key));
            assert_eq!(outside.seen().len(), 1);
        }
        working.stop().await;
    }
}

#[tokio::test]
async fn what_is_told_while_nobody_follows_is_not_lost_and_not_repeated() {
    let bench = Bench::called_back(None, None).await;
    let outside = accepting().await;
    let first = bench.work();
    let run = bench.launch(webhook(&outside.url("/deploy"), json!({}), &SECRETS)).await;
    let offer = offered(&outside).await;
    tell(&bench.hub, &offer, json!({ "status": "running", "log": "one\n" })).await.unwrap();
    let end = std::time::Instant::now() + crate::bench::PATIENCE;
    while bench.log(run).await.get(&Stream::Stdout).is_none_or(|log| log != "one\n") {
        assert!(std::time::Instant::now() < end, "its log does not come");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    first.kill();
    tell(&bench.hub, &offer, json!({ "status": "running", "log": "two\n" })).await.unwrap();
    tell(&bench.hub, &offer, json!({ "status": "succeeded", "log": "three\n" })).await.unwrap();
    let second = bench.work();
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    assert_eq!(bench.log(run).await[&Stream::Stdout], "one\ntwo\nthree\n");
    assert_eq!(outside.seen().len(), 1, "sent once");
    second.stop().await;
}

#[tokio::test]
async fn r41_a_lost_answer_may_be_made_up_for_by_a_callback() {
    let bench = Bench::called_back(None, Some(WebhookFollow::Callback)).await;
    let working = bench.work();
    let outside = Outside::serve(|_| Reply::Drop).await;
    let run = bench.launch(webhook(&outside.url("/deploy"), json!({}), &SECRETS)).await;
    let offer = offered(&outside).await;
    tell(&bench.hub, &offer, json!({ "status": "succeeded" })).await.unwrap();
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    // Nothing comes: nobody can tell.
    let mut spec = webhook(&outside.url("/deploy"), json!({}), &SECRETS);
    spec.timeout_seconds = Some(1);
    let run = bench.launch(spec).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Lost);
    assert_eq!(outside.seen().len(), 2, "each sent once");
    working.stop().await;
}

#[tokio::test]
async fn cancelling_what_only_calls_back_says_so() {
    let bench = Bench::called_back(None, None).await;
    let working = bench.work();
    let outside = accepting().await;
    let run = bench.launch(webhook(&outside.url("/deploy"), json!({}), &SECRETS)).await;
    bench.until(run, |run| run.handle.as_ref().is_some_and(|handle| handle.contains("accepted"))).await;
    bench.cancel(run).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Cancelled);
    assert!(bench.said(run).await.contains("could not be told to stop"));
    let late = tell(&bench.hub, &offered(&outside).await, json!({ "status": "succeeded" })).await;
    assert!(late.is_err(), "it has ended");
    working.stop().await;
}

#[tokio::test]
async fn any_ci_can_be_told_where_to_call_back() {
    let bench = Bench::called_back(None, Some(WebhookFollow::Callback)).await;
    let working = bench.work();
    let token = [("TOKEN", "test:token"), ("USER", "test:user")];
    let outside = Outside::serve(|_| Reply::status(201)).await;
    let mut runs = Vec::new();
    for (path, payload) in [
        ("/repos/o/r/actions/workflows/w.yml/dispatches", json!({ "ref": "main" })),
        ("/repos/o/r/dispatches", json!({ "event_type": "deploy" })),
        ("/api/v4/projects/7/trigger/pipeline", json!({ "ref": "main" })),
        ("/job/deploy/buildWithParameters", json!({})),
    ] {
        runs.push(bench.launch(webhook(&outside.url(path), payload, &token)).await);
    }
    until("all are sent", || outside.seen().len() == 4).await;
    for seen in outside.seen() {
        let offer = match seen.path.as_str() {
            "/repos/o/r/dispatches" => seen.json()["client_payload"]["uhub"]["callback"].clone(),
            path if path.starts_with("/repos") => {
                let inputs = &seen.json()["inputs"];
                json!({ "url": inputs["uhub_callback_url"], "key": inputs["uhub_callback_key"] })
            }
            path if path.starts_with("/api") => json!({
                "url": seen.field("variables[UHUB_CALLBACK_URL]"),
                "key": seen.field("variables[UHUB_CALLBACK_KEY]"),
            }),
            _ => json!({ "url": seen.field("UHUB_CALLBACK_URL"), "key": seen.field("UHUB_CALLBACK_KEY") }),
        };
        tell(&bench.hub, &offer, json!({ "status": "succeeded" })).await.unwrap();
    }
    for run in runs {
        assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    }
    assert_eq!(outside.seen().len(), 4, "nothing else is asked");
    working.stop().await;
}

#[tokio::test]
async fn without_an_address_nobody_is_told_to_call_back() {
    let bench = Bench::new(None, Some(WebhookFollow::Callback)).await;
    let spec = webhook("https://ci.example.org/", json!({}), &SECRETS);
    let refused = bench.try_launch(spec).await.unwrap_err().to_string();
    assert!(refused.contains("--public-url"), "{refused}");
}
