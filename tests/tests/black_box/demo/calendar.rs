//! Import, conflicts, moves, approvals, suggestions, resolve, freezes, feed.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uhub_tests::{Client, Kind, Server, audit, demo, plan};

use super::start;

async fn events(client: &Client) -> Vec<Value> {
    let events = client.get(&format!("/calendar/events?{}", demo::window())).await.expect(200);
    events.as_array().expect("a bare array").clone()
}

fn in_conflict(events: &[Value]) -> Vec<&Value> {
    events.iter().filter(|event| event["extendedProps"]["conflict"] == true).collect()
}

fn titled<'a>(events: &'a [Value], title: &str) -> &'a Value {
    events.iter().find(|event| event["title"] == title).unwrap_or_else(|| panic!("no job {title}"))
}

#[tokio::test]
async fn the_demo_on_sqlite() {
    story(Kind::Sqlite).await;
}

#[tokio::test]
async fn the_demo_on_postgres() {
    story(Kind::Postgres).await;
}

async fn story(kind: Kind) {
    let (site, server) = start(kind).await;
    let admin = server.admin().await;
    imported_once(&admin).await;
    conflicts_on_day_one(&admin).await;
    moves_follow_the_roles(&server, &admin).await;
    suggestions_are_free(&admin).await;
    freezes_tell_before_they_hold(&admin).await;
    everything_is_resolved(&admin).await;
    the_feed_is_a_calendar(&server, &admin).await;

    let verification = audit::verify(&admin).await;
    assert!(verification["entries"].as_i64().is_some_and(|entries| entries > 10), "{verification}");
    site.database.check_integrity().await;
}

async fn imported_once(admin: &Client) {
    assert_eq!(admin.all("/users").await.len(), 4);
    assert_eq!(admin.all("/projects").await.len(), 4);
    assert_eq!(admin.all("/jobs").await.len(), 16);
    let before = audit::entries(admin).await.len();
    let again = admin.post("/admin/seeds/demo", &json!({})).await.expect(200);
    assert_eq!(again, json!({ "users": 4, "projects": 4, "jobs": 16, "created": 0 }));
    assert_eq!(admin.all("/jobs").await.len(), 16, "twice is once");
    assert!(audit::entries(admin).await.len() <= before + 1);
}

async fn conflicts_on_day_one(admin: &Client) {
    let events = events(admin).await;
    assert_eq!(events.len(), 16);
    let found = in_conflict(&events);
    assert_eq!(found.len(), 8, "{found:#?}");
    let mut places: Vec<String> = found
        .iter()
        .map(|event| {
            let props = &event["extendedProps"];
            let others = props["conflicts_with"].as_array().expect("a list").len();
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            format!("{} {} {others}", word(&props["job_type"]), word(&props["environment"]))
        })
        .collect();
    places.sort_unstable();
    let expected = [("maintenance prod 1", 2), ("maintenance staging 1", 2), ("ops staging 3", 4)];
    let expected: Vec<String> =
        expected.iter().flat_map(|(place, n)| std::iter::repeat_n((*place).to_owned(), *n)).collect();
    assert_eq!(places, expected);

    for event in &events {
        for name in ["id", "title", "start", "end", "allDay", "color", "editable"] {
            assert!(!event[name].is_null(), "no {name} in {event}");
        }
        let is_report = event["title"].as_str().is_some_and(|title| title.starts_with("Rapport hebdo"));
        assert_eq!(event["allDay"], is_report, "{event}");
        assert_eq!(event["editable"], true, "to the admin everything is");
    }
    let groups = admin.get(&format!("/calendar/conflicts?{}", demo::window())).await.expect(200);
    let mut groups: Vec<(String, usize)> = groups
        .as_array()
        .expect("an array")
        .iter()
        .map(|group| {
            (
                group["pool"].as_str().expect("a pool").to_owned(),
                group["jobs"].as_array().expect("jobs").len(),
            )
        })
        .collect();
    groups.sort_unstable();
    assert_eq!(groups, [("prod".to_owned(), 2), ("staging".to_owned(), 2), ("staging".to_owned(), 4)]);
}

async fn moves_follow_the_roles(server: &Server, admin: &Client) {
    let all = events(admin).await;
    let job = titled(&all, "Maintenance – rotation certificats");
    let (id, start) = (plan::id(job), job["start"].clone());
    let path = format!("/jobs/{id}");
    let to = json!({ "planned_start": plan::in_seconds(6 * 86_400) });

    let dev = server.user("demo-dev").await;
    dev.patch(&path, &to).await.expect_denied("rbac.job.prod.dev");
    assert_eq!(titled(&events(&dev).await, "Maintenance – rotation certificats")["editable"], false);

    // The owner's role is ops: a change in prod waits for a second person (DOMAIN §2).
    let ops = server.user("demo-ops").await;
    let waiting = ops.patch(&path, &to).await.expect(202);
    assert_eq!(waiting["job"]["version"], admin.get(&path).await.expect(200)["version"]);
    let approval = plan::id(&waiting["approval"]);
    let all = events(admin).await;
    let shown = titled(&all, "Maintenance – rotation certificats");
    assert_eq!(shown["start"], start, "it has not moved");
    assert!(!shown["extendedProps"]["pending_move"].is_null(), "but calendars show that it may: {shown}");
    let pending = admin.get("/approvals?state=pending").await.expect(200);
    assert!(pending["items"].as_array().expect("a list").iter().any(|one| one["id"] == *approval));

    // r36: never by who asked.
    ops.post(&format!("/approvals/{approval}/approve"), &json!({})).await.expect(403);
    let projets = server.user("demo-projets").await;
    projets.post(&format!("/approvals/{approval}/reject"), &json!({})).await.expect_field(422, "comment");
    let approved = projets.post(&format!("/approvals/{approval}/approve"), &json!({ "comment": "go" })).await;
    assert_eq!(approved.expect(200)["state"], "consumed", "it is used at once");
    let moved = admin.get(&path).await.expect(200);
    assert_eq!(
        moved["planned_start"].as_str().map(|at| &at[..19]),
        to["planned_start"].as_str().map(|at| &at[..19])
    );
    assert_eq!(moved["conflict"], false);
    // r37: once.
    let again = projets.post(&format!("/approvals/{approval}/approve"), &json!({})).await;
    assert_eq!(again.expect(409)["from"], "consumed");
    assert_eq!(in_conflict(&events(admin).await).len(), 6, "the other of the two in prod is free as well");
}

async fn suggestions_are_free(admin: &Client) {
    let all = events(admin).await;
    let job = titled(&all, "Release v0.1 – staging");
    assert_eq!(job["extendedProps"]["conflict"], true);
    let path = format!("/jobs/{}", plan::id(job));
    let found = admin.get(&format!("{path}/suggestions?limit=5")).await.expect(200);
    let found = found.as_array().expect("an array");
    assert!((1..=5).contains(&found.len()), "{found:?}");
    let shift = |one: &Value| one["shift_seconds"].as_i64().expect("seconds").abs();
    assert!(found.windows(2).all(|pair| shift(&pair[0]) <= shift(&pair[1])), "the nearest first: {found:?}");
    for one in found {
        let to = json!({ "planned_start": one["planned_start"], "planned_end": one["planned_end"] });
        let tried = admin.patch(&format!("{path}?dry_run=true"), &to).await.expect(200);
        assert_eq!(tried["conflict"], false, "{one}");
    }
    let to = json!({ "planned_start": found[0]["planned_start"], "planned_end": found[0]["planned_end"] });
    assert_eq!(admin.patch(&path, &to).await.expect(200)["conflicts"], json!([]));
    assert_eq!(in_conflict(&events(admin).await).len(), 5);
}

async fn freezes_tell_before_they_hold(admin: &Client) {
    let before = in_conflict(&events(admin).await).len();
    let freeze = json!({
        "start": plan::in_seconds(0), "end": plan::in_seconds(10 * 86_400), "tiers": ["prod"], "reason": "gel",
    });
    let told = admin.post("/freezes?dry_run=true", &freeze).await.expect(200);
    assert_eq!(told["stops"].as_array().expect("a list").len(), 2, "the two in prod: {told}");
    assert_eq!(admin.all("/freezes").await.len(), 0, "a dry run makes none");
    assert_eq!(in_conflict(&events(admin).await).len(), before);

    let id = plan::id(&admin.post("/freezes", &freeze).await.expect(201));
    let all = events(admin).await;
    assert_eq!(in_conflict(&all).len(), before + 2, "what lies in the window conflicts with it");
    let prod = titled(&all, "Maintenance – rotation certificats");
    let to = json!({ "planned_start": plan::in_seconds(5 * 86_400) });
    admin.patch(&format!("/jobs/{}", plan::id(prod)), &to).await.expect_denied("guardrail.freeze");
    admin.delete(&format!("/freezes/{id}")).await.expect(204);
    assert_eq!(in_conflict(&events(admin).await).len(), before);
}

async fn everything_is_resolved(admin: &Client) {
    let before = in_conflict(&events(admin).await).len();
    assert!(before >= 4);
    let start = plan::in_seconds(0);
    let end = plan::in_seconds(9 * 86_400);
    let preview = admin.post("/calendar/resolve", &json!({ "start": start, "end": end })).await.expect(200);
    let moves = preview["moves"].as_array().expect("a list");
    assert!(!moves.is_empty() && moves.iter().all(|one| one["decision"]["effect"] == "allow"), "{preview}");
    let total: i64 = moves.iter().map(|one| one["shift_seconds"].as_i64().expect("seconds").abs()).sum();
    assert_eq!(preview["total_shift_seconds"], total);
    assert_eq!(in_conflict(&events(admin).await).len(), before, "a preview moves nothing");

    let body = json!({ "start": start, "end": end, "apply": true });
    let applied = admin.post("/calendar/resolve", &body).await.expect(200);
    let ids = |answer: &Value| -> BTreeSet<String> {
        answer["moves"].as_array().expect("a list").iter().map(|one| one["job_id"].to_string()).collect()
    };
    assert_eq!(ids(&applied), ids(&preview), "what was shown is what is done");
    assert_eq!(in_conflict(&events(admin).await).len(), 0);
    let nothing = admin.post("/calendar/resolve", &body).await.expect(200);
    assert_eq!(nothing["moves"], json!([]));
}

async fn the_feed_is_a_calendar(server: &Server, admin: &Client) {
    let made = admin.post("/auth/calendar-token", &json!({})).await.expect(201);
    let feed = server.anyone().get(made["path"].as_str().expect("a path")).await;
    assert_eq!(feed.status, 200);
    assert!(feed.header("content-type").starts_with("text/calendar"), "{feed:?}");
    let text = feed.text();
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.trim_end().ends_with("END:VCALENDAR"), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "lines are folded (RFC 5545 §3.1)");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "no bare line ends");
    let text = text.replace("\r\n ", "");
    let count = |line: &str| text.lines().filter(|one| *one == line).count();
    assert_eq!((count("BEGIN:VEVENT"), count("END:VEVENT")), (16, 16));
    for name in ["UID:", "DTSTAMP:", "SUMMARY:", "DTSTART", "DTEND"] {
        assert_eq!(text.lines().filter(|line| line.starts_with(name)).count(), 16, "{name}");
    }
    assert_eq!(text.matches("DTSTART;VALUE=DATE:").count(), 4, "the reports take whole days");
    assert!(text.contains("SUMMARY:Rapport hebdo – santé projet"), "{text}");
}
