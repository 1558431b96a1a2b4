//! The generic preset: signed requests to anything.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use serde_json::json;
use uhub_core::{
    model::{ExecutionSpec, RunStatus, WebhookFollow},
    signature,
};

use crate::{
    bench::{Bench, SIGNING_KEY, TOKEN, webhook},
    outside::{Outside, Reply, Seen, until},
};

const SECRETS: [(&str, &str); 2] = [("SIGNING_KEY", "test:key"), ("TOKEN", "test:token")];

async fn polling() -> Bench {
    Bench::new(None, Some(WebhookFollow::Poll)).await
}

fn deploy(outside: &Outside) -> ExecutionSpec {
    webhook(&outside.url("/deploy?token=query-canary"), json!({ "service": "web" }), &SECRETS)
}

fn is_signed(seen: &Seen) -> bool {
    let timestamp = seen.header("x-uhub-timestamp").unwrap().parse().unwrap();
    signature::is_signed(
        SIGNING_KEY.as_bytes(),
        timestamp,
        &seen.body,
        seen.header("x-uhub-signature").unwrap(),
    )
}

/// Accepts, and says for `looks` times that it goes on before it says `end`.
async fn accepting(looks: u32, end: serde_json::Value) -> Outside {
    let looked = AtomicU32::new(0);
    Outside::serve(move |seen| match seen.line().as_str() {
        "POST /deploy" => Reply::json(202, &json!({
            "status_url": "/status/7", "cancel_url": "/cancel/7", "url": "https://ci.example.org/7?key=page-canary",
        })),
        "GET /status/7" if looked.fetch_add(1, Ordering::SeqCst) < looks => {
            Reply::json(200, &json!({ "status": "running" }))
        }
        "GET /status/7" => Reply::json(200, &end),
        _ => Reply::status(404),
    })
    .await
}

#[tokio::test]
async fn a_signed_request_is_sent_and_followed_to_its_end() {
    let bench = polling().await;
    let working = bench.work();
    let outside = accepting(2, json!({ "status": "succeeded" })).await;
    let run = bench.launch(deploy(&outside)).await;
    assert_eq!(bench.ended(run).await, (RunStatus::Succeeded, String::new()));

    let [sent] = outside.lines("POST /deploy").try_into().unwrap();
    let body = sent.json();
    assert_eq!(body["service"], "web");
    assert_eq!(body["uhub"]["run_id"], run.to_string());
    assert_eq!((&body["uhub"]["attempt"], &body["uhub"]["fence"]), (&json!(1), &json!(1)));
    assert_eq!(body["uhub"]["job"]["title"], "Release");
    assert_eq!(sent.header("idempotency-key"), Some(format!("{run}-1").as_str()));
    assert_eq!(sent.header("x-uhub-fence"), Some("1"));
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(sent.query, "token=query-canary");
    assert!(outside.seen().iter().all(is_signed), "each request is signed");
    assert_eq!(outside.lines("GET /status/7").len(), 3);

    let said = bench.said(run).await;
    for words in ["accepted with 202", "see https://ci.example.org/7\n", "running", "succeeded"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("canary"), "{said}");
    working.stop().await;
}

#[tokio::test]
async fn the_end_outside_is_the_runs_end() {
    let bench = polling().await;
    let working = bench.work();
    for (end, status, outcome) in [
        (json!({ "status": "failed", "exit_code": 3 }), RunStatus::Failed, "exit code 3"),
        (json!({ "status": "failed", "message": "no\u{1b}[31m room" }), RunStatus::Failed, "no [31m room"),
        (json!({ "status": "failed", "exit_code": 0 }), RunStatus::Failed, "failed"),
        (json!({ "status": "cancelled" }), RunStatus::Failed, "cancelled outside"),
    ] {
        let outside = accepting(0, end).await;
        let run = bench.launch(deploy(&outside)).await;
        assert_eq!(bench.ended(run).await, (status, outcome.to_owned()));
    }
    working.stop().await;
}

#[tokio::test]
async fn unfollowed_it_ends_when_it_is_accepted() {
    let bench = Bench::new(None, Some(WebhookFollow::None)).await;
    let working = bench.work();
    let outside = accepting(0, json!({})).await;
    let run = bench.launch(deploy(&outside)).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    assert_eq!(outside.seen().len(), 1);
    working.stop().await;
}

#[tokio::test]
async fn a_refusal_ends_it_and_repeats_no_secret() {
    let bench = polling().await;
    let working = bench.work();
    for status in [400, 401, 403, 404, 409, 422] {
        let outside = Outside::serve(move |seen| {
            let told = format!("no {}", seen.header("authorization").unwrap_or_default());
            Reply::json(status, &json!({ "message": told }))
        })
        .await;
        let run = bench.launch(deploy(&outside)).await;
        let (ended, outcome) = bench.ended(run).await;
        assert_eq!(ended, RunStatus::Failed);
        assert!(outcome.contains(&status.to_string()) && outcome.contains("no Bearer ***"), "{outcome}");
        assert!(!(outcome + &bench.said(run).await).contains("canary"));
        assert_eq!(outside.seen().len(), 1, "sent once");
    }
    working.stop().await;
}

#[tokio::test]
async fn r39_redirects_are_not_followed() {
    let bench = polling().await;
    let working = bench.work();
    let outside =
        Outside::serve(|_| Reply::status(307).with("location", "http://169.254.169.254/latest/meta-data"))
            .await;
    let run = bench.launch(deploy(&outside)).await;
    let (ended, outcome) = bench.ended(run).await;
    assert_eq!(ended, RunStatus::Failed);
    assert!(outcome.contains("redirects are not followed"), "{outcome}");
    assert_eq!(outside.seen().len(), 1);
    working.stop().await;
}

#[tokio::test]
async fn r39_answers_cannot_send_it_elsewhere() {
    let bench = polling().await;
    let working = bench.work();
    let elsewhere = accepting(0, json!({ "status": "succeeded" })).await;
    let target = elsewhere.url("/status/7");
    for status_url in [target.as_str(), "http://169.254.169.254/", "file:///etc/passwd", "//127.0.0.1:1/x"] {
        let answer = json!({ "status_url": status_url });
        let outside = Outside::serve(move |_| Reply::json(202, &answer)).await;
        let run = bench.launch(deploy(&outside)).await;
        let (ended, outcome) = bench.ended(run).await;
        assert_eq!(ended, RunStatus::Lost);
        assert!(outcome.contains("no status_url on the same server"), "{outcome}");
        assert_eq!(outside.seen().len(), 1);
    }
    assert!(elsewhere.seen().is_empty(), "its token must go nowhere else");
    working.stop().await;
}

#[tokio::test]
async fn r39_what_may_not_be_reached_is_refused_when_it_is_planned() {
    let bench = polling().await;
    for url in [
        "http://169.254.169.254/latest",
        "https://169.254.169.254/latest",
        "https://2852039166/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://10.0.0.1/",
        "http://ci.example.org/",
        "https://user:hunter2@ci.example.org/",
        "ftp://ci.example.org/",
        "no url",
    ] {
        let refused = bench.try_launch(webhook(url, json!({}), &SECRETS)).await.unwrap_err().to_string();
        assert!(refused.starts_with("execution") && !refused.contains("hunter2"), "{url}: {refused}");
    }
    // A name is looked up when it is sent, and not before.
    let working = bench.work();
    let outside = accepting(0, json!({})).await;
    let local = outside.base.replace("127.0.0.1", "localhost").replace("http:", "https:");
    let run = bench.launch(webhook(&local, json!({}), &SECRETS)).await;
    let (ended, outcome) = bench.ended(run).await;
    assert_eq!(ended, RunStatus::Failed);
    assert!(outcome.contains("localhost is a") && outcome.contains("may not go"), "{outcome}");
    assert!(outside.seen().is_empty());
    working.stop().await;
}

#[tokio::test]
async fn what_it_does_not_use_is_refused_when_it_is_planned() {
    let bench = polling().await;
    let good = webhook("https://ci.example.org/", json!({}), &SECRETS);
    bench.try_launch(good.clone()).await.unwrap();
    let none = webhook("https://ci.example.org/", json!({}), &[]);
    let reserved = webhook("https://ci.example.org/", json!({ "uhub": 1 }), &SECRETS);
    let got = ExecutionSpec { method: Some("GET".into()), ..good.clone() };
    let env = ExecutionSpec { env: [("A".to_owned(), "b".to_owned())].into(), ..good.clone() };
    for (spec, word) in [(none, "SIGNING_KEY"), (reserved, "uhub"), (got, "POST"), (env, "env")] {
        let refused = bench.try_launch(spec).await.unwrap_err().to_string();
        assert!(refused.contains(word), "{refused}");
    }
    let unsaid = Bench::new(None, None).await;
    let refused = unsaid.try_launch(good).await.unwrap_err().to_string();
    assert!(refused.contains("follow"), "{refused}");
}

#[tokio::test]
async fn r41_a_lost_answer_is_no_second_dispatch() {
    let bench = polling().await;
    let working = bench.work();
    for reply in
        [Reply::Drop, Reply::Silence, Reply::status(502), Reply::status(503).with("retry-after", "0")]
    {
        let outside = Outside::serve(move |_| reply.clone()).await;
        let run = bench.launch(deploy(&outside)).await;
        let (ended, outcome) = bench.ended(run).await;
        assert_eq!((ended, outcome.as_str()), (RunStatus::Lost, "nobody can tell whether it was accepted"));
        assert!(bench.said(run).await.contains("is not sent again"));
        assert_eq!(outside.seen().len(), 1, "sent once");
    }
    working.stop().await;
}

#[tokio::test]
async fn r41_what_may_be_repeated_is_sent_again_with_the_same_key() {
    let bench = polling().await;
    let working = bench.work();
    let count = Arc::new(AtomicU32::new(0));
    let outside =
        Outside::serve(move |seen| match (seen.line().as_str(), count.fetch_add(1, Ordering::SeqCst)) {
            ("POST /deploy", 0) => Reply::Drop,
            ("POST /deploy", 1) => Reply::status(503).with("retry-after", "0"),
            ("POST /deploy", _) => Reply::status(202).with("location", "/status/7"),
            _ => Reply::json(200, &json!({ "status": "succeeded" })),
        })
        .await;
    let run = bench.launch(ExecutionSpec { idempotent: true, ..deploy(&outside) }).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    let sent = outside.lines("POST /deploy");
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|seen| seen.header("idempotency-key") == Some(&format!("{run}-1"))));
    assert!(sent.iter().all(|seen| is_signed(seen) && seen.body == sent[0].body));
    working.stop().await;
}

#[tokio::test]
async fn what_surely_was_not_taken_is_sent_again() {
    let bench = polling().await;
    let working = bench.work();
    let count = AtomicU32::new(0);
    let outside =
        Outside::serve(move |seen| match (seen.line().as_str(), count.fetch_add(1, Ordering::SeqCst)) {
            ("POST /deploy", 0) => Reply::status(429).with("retry-after", "1"),
            ("POST /deploy", 1) => Reply::status(429),
            ("POST /deploy", _) => Reply::status(202).with("location", "/status/7"),
            _ => Reply::json(200, &json!({ "status": "succeeded" })),
        })
        .await;
    let run = bench.launch(deploy(&outside)).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    assert!(bench.said(run).await.contains("429 Too Many Requests; sent again in 1.0 s"));

    let nobody =
        format!("http://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let run = bench.launch(webhook(&nobody, json!({}), &SECRETS)).await;
    let (ended, outcome) = bench.ended(run).await;
    assert_eq!(ended, RunStatus::Failed);
    assert!(outcome.contains("no connection"), "{outcome}");
    assert_eq!(bench.said(run).await.matches("sent again").count(), 3);
    working.stop().await;
}

#[tokio::test]
async fn answers_without_end_or_sense_do_no_harm() {
    let bench = polling().await;
    let working = bench.work();
    let outside = Outside::serve(|_| Reply::Endless(500)).await;
    let run = bench.launch(deploy(&outside)).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Lost);
    let mut runs = Vec::new();
    for reply in [
        Reply::Endless(200),
        Reply::status(200),
        Reply::json(200, &json!([1])),
        Reply::json(200, &json!({ "status": "who knows" })),
        Reply::status(401),
        Reply::status(500),
        Reply::Drop,
    ] {
        let outside = Outside::serve(move |seen| match seen.method.as_str() {
            "POST" => Reply::status(202).with("location", "/status/7"),
            _ => reply.clone(),
        })
        .await;
        runs.push((bench.launch(deploy(&outside)).await, outside));
    }
    for (run, outside) in runs {
        let (ended, outcome) = bench.ended(run).await;
        assert_eq!(ended, RunStatus::Lost);
        assert!(outcome.contains("cannot be followed"), "{outcome}");
        assert_eq!(outside.lines("POST /deploy").len(), 1);
    }
    working.stop().await;
}

#[tokio::test]
async fn a_status_that_fails_for_a_while_is_asked_again() {
    let bench = polling().await;
    let working = bench.work();
    let looked = AtomicU32::new(0);
    let outside = Outside::serve(move |seen| match seen.method.as_str() {
        "POST" => Reply::status(202).with("location", "/status/7"),
        _ => match looked.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::status(500),
            1 => Reply::Drop,
            2 => Reply::status(429).with("retry-after", "1"),
            _ => Reply::json(200, &json!({ "status": "succeeded" })),
        },
    })
    .await;
    let run = bench.launch(deploy(&outside)).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    assert_eq!(outside.lines("GET /status/7").len(), 4);
    working.stop().await;
}

#[tokio::test]
async fn cancelled_here_is_cancelled_there() {
    let bench = polling().await;
    let working = bench.work();
    let stopped = Arc::new(AtomicU32::new(0));
    let answers = Arc::clone(&stopped);
    let outside = Outside::serve(move |seen| match seen.line().as_str() {
        "POST /deploy" => Reply::json(201, &json!({ "status_url": "/status/7", "cancel_url": "/cancel/7" })),
        "POST /cancel/7" if answers.fetch_add(1, Ordering::SeqCst) == 0 => Reply::status(500),
        "POST /cancel/7" => Reply::status(202),
        _ if answers.load(Ordering::SeqCst) >= 2 => Reply::json(200, &json!({ "status": "cancelled" })),
        _ => Reply::json(200, &json!({ "status": "running" })),
    })
    .await;
    let run = bench.launch(deploy(&outside)).await;
    until("it is looked at", || !outside.lines("GET /status/7").is_empty()).await;
    bench.cancel(run).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Cancelled);
    assert_eq!(outside.lines("POST /cancel/7").len(), 2, "a request to cancel may be repeated");
    assert!(outside.lines("POST /cancel/7").iter().all(is_signed));
    working.stop().await;
}

#[tokio::test]
async fn what_takes_too_long_is_cancelled_there() {
    let bench = polling().await;
    let working = bench.work();
    let stopped = Arc::new(AtomicU32::new(0));
    let answers = Arc::clone(&stopped);
    let outside = Outside::serve(move |seen| match seen.line().as_str() {
        "POST /deploy" => Reply::json(201, &json!({ "status_url": "/status/7", "cancel_url": "/cancel/7" })),
        "POST /cancel/7" => {
            answers.fetch_add(1, Ordering::SeqCst);
            Reply::status(202)
        }
        _ if answers.load(Ordering::SeqCst) > 0 => Reply::json(200, &json!({ "status": "cancelled" })),
        _ => Reply::json(200, &json!({ "status": "running" })),
    })
    .await;
    let run = bench.launch(ExecutionSpec { timeout_seconds: Some(1), ..deploy(&outside) }).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::TimedOut);
    assert_eq!(stopped.load(Ordering::SeqCst), 1);

    // Done all the same: then it is done.
    let outside = Outside::serve(move |seen| match seen.line().as_str() {
        "POST /deploy" => Reply::json(201, &json!({ "status_url": "/status/7", "cancel_url": "/cancel/7" })),
        "POST /cancel/7" => Reply::status(409),
        _ if seen.header("x-uhub-timestamp").is_some_and(|_| stopped.fetch_add(1, Ordering::SeqCst) > 12) => {
            Reply::json(200, &json!({ "status": "succeeded" }))
        }
        _ => Reply::json(200, &json!({ "status": "running" })),
    })
    .await;
    let run = bench.launch(deploy(&outside)).await;
    until("it is looked at", || !outside.lines("GET /status/7").is_empty()).await;
    bench.cancel(run).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    working.stop().await;
}
