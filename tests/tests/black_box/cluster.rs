//! Several servers on one PostgreSQL are one hub.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uhub_tests::{Server, Site, plan, wait::secs};

async fn two() -> (Site, Server, Server) {
    let site = Site::postgres().await;
    let one = site.serve(&["--demo", "--no-worker"]).await;
    let other = site.serve(&["--no-worker"]).await;
    (site, one, other)
}

/// What has not changed is served without asking the database again, and never a stale answer after a write by any server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_is_never_older_than_a_write_by_another_server() {
    let (_site, one, other) = two().await;
    let writer = one.admin().await;
    // One token for both: it is the data directory's.
    let reader = writer.at(&other.url);
    let job =
        writer.all("/jobs").await.into_iter().find(|job| job["job_type"] == "meeting").expect("there is one");
    let id = plan::id(&job);
    let span = format!("/calendar/events?start={}&end={}", plan::hour(0), plan::hour(400));
    for n in 0..200 {
        let to = plan::hour(n + 1);
        writer.patch(&format!("/jobs/{id}"), &json!({ "planned_start": to })).await.expect(200);
        let seen = reader.get(&span).await.expect(200);
        let event = seen.as_array().and_then(|all| all.iter().find(|event| event["id"] == *id).cloned());
        let start = event.as_ref().and_then(|event| event["start"].as_str()).unwrap_or_default().to_owned();
        let same = start.parse::<DateTime<Utc>>() == to.parse::<DateTime<Utc>>();
        assert!(same, "after write {n} to {to} the other server still shows {start:?}");
    }
    // Users too: what one server takes away is gone at the other.
    let dev = one.user("demo-dev").await.at(&other.url);
    let path = format!("/users/{}", plan::user_id(&writer, "demo-dev").await);
    for n in 0..10 {
        dev.get("/auth/me").await.expect(200);
        writer.patch(&path, &json!({ "is_active": false })).await.expect(200);
        assert_eq!(dev.get("/auth/me").await.status, 401, "round {n}");
        writer.patch(&path, &json!({ "is_active": true })).await.expect(200);
    }
}

/// The same of an answer that says "not modified".
#[tokio::test]
async fn a_conditional_get_is_not_told_unmodified_after_a_change() {
    let (_site, one, other) = two().await;
    let (writer, reader) = (one.admin().await, one.admin().await.at(&other.url));
    let id = plan::id(&writer.all("/jobs?q=Planning").await[0]);
    let span = format!("/calendar/events?start={}&end={}", plan::hour(0), plan::hour(400));
    let mut tag = String::new();
    for n in 0..10 {
        writer
            .patch(&format!("/jobs/{id}"), &json!({ "planned_start": plan::hour(n + 1) }))
            .await
            .expect(200);
        let mut request = reader.request(reqwest::Method::GET, &span);
        if !tag.is_empty() {
            request = request.header("if-none-match", &tag);
        }
        let answer = request.send().await;
        assert_eq!(answer.status, 200, "round {n}");
        answer.header("etag").clone_into(&mut tag);
    }
}

#[tokio::test]
async fn a_change_on_one_server_is_seen_in_the_events_of_the_other() {
    let (_site, one, other) = two().await;
    let writer = one.admin().await;
    let mut stream = writer.at(&other.url).events("/events", None).await;
    let id = plan::id(&writer.all("/jobs?q=Planning").await[0]);
    let of = |value: &Value, id: &str| value["id"] == *id;
    for n in 0..5 {
        writer
            .patch(&format!("/jobs/{id}"), &json!({ "planned_start": plan::hour(n + 1) }))
            .await
            .expect(200);
        stream.find(secs(5), |event| event.name == "job" && of(&event.json(), &id)).await;
    }
    let freeze = json!({
        "start": plan::hour(0), "end": plan::hour(9), "tiers": ["prod"], "reason": "gel",
    });
    let freeze = plan::id(&writer.post("/freezes", &freeze).await.expect(201));
    stream.find(secs(5), |event| event.name == "freeze" && of(&event.json(), &freeze)).await;
    writer.post("/admin/seeds/demo", &json!({})).await.expect(200);
}
