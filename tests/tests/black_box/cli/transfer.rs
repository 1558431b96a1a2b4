//! `uhub export` and `uhub import`: a hub moves from SQLite to PostgreSQL and back, and loses nothing.

use std::{collections::BTreeMap, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::{Value, json};
use uhub_tests::{Client, Kind, Site, audit, plan, wait, wait::secs};

/// What the hub shows of itself to an admin.
async fn shown(admin: &Client) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["/users", "/projects", "/jobs", "/runs", "/approvals", "/freezes"] {
        all.push(Value::from(admin.all(path).await));
    }
    let window = "start=2000-01-01T00:00:00Z&end=2000-12-31T00:00:00Z";
    assert_eq!(admin.get(&format!("/calendar/events?{window}")).await.expect(200), json!([]));
    let now = chrono::Utc::now();
    let (from, to) =
        (plan::rfc3339(now - chrono::TimeDelta::days(20)), plan::rfc3339(now + chrono::TimeDelta::days(40)));
    let calendar = admin.get(&format!("/calendar/events?start={from}&end={to}")).await.expect(200);
    assert!(calendar.as_array().is_some_and(|events| events.len() >= 16), "{calendar}");
    all.push(calendar);
    all
}

/// By kind, how many and their digest, without what each export and import adds to the audit.
fn kinds(summary: &Value) -> BTreeMap<String, Value> {
    let records = summary["records"].as_object().expect("records");
    records
        .iter()
        .filter(|(kind, _)| *kind != "unsealed")
        .map(|(kind, tally)| (kind.clone(), tally.clone()))
        .collect()
}

async fn head(site: &Site) -> Value {
    let found = site.run(&["audit", "verify", "--json"]).await.expect(0).json();
    assert_eq!(found["ok"], true);
    found["head"].clone()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[tokio::test]
async fn a_hub_moves_to_another_database_and_back_and_loses_nothing() {
    let old = Site::sqlite();
    let mut server = old.demo().await;
    let admin = server.admin().await;
    let dev = server.user("demo-dev").await;
    let ops = server.user("demo-ops").await;

    // A job that has run, one that waits for approval, a freeze window, a calendar of one's own.
    let jobs = admin.all("/jobs?q=Rapport%20hebdo").await;
    let project = jobs[0]["project_id"].as_str().expect("an id").to_owned();
    let mut job = plan::job(&project, "exporté « é »", "dev", None, &plan::in_seconds(1));
    job["execution"] = jobs[0]["execution"].clone();
    let job = plan::id(&admin.post("/jobs", &job).await.expect(201));
    let run = wait::until(secs(40), "it has run", || async {
        let runs = admin.get(&format!("/runs?job_id={job}")).await.expect(200);
        runs["items"].get(0).filter(|run| run["status"] == "succeeded").map(plan::id)
    })
    .await;
    let log = admin.get(&format!("/runs/{run}/logs")).await.text();
    assert!(!log.is_empty());
    let asked = plan::job(&project, "prod", "ops", Some("prod"), &plan::hour(1));
    ops.post("/jobs", &asked).await.expect(202);
    let freeze = json!({ "start": plan::hour(5), "end": plan::hour(9), "tiers": ["prod"], "reason": "gel" });
    admin.post("/freezes", &freeze).await.expect(201);
    let feed = dev.post("/auth/calendar-token", &json!({})).await.expect(201)["path"].clone();
    let feed = feed.as_str().expect("a path").to_owned();
    let before = shown(&admin).await;
    audit::verify(&admin).await;
    server.process.stop(secs(20)).await;

    let noted = head(&old).await;
    let file = old.root().join("hub.jsonl");
    let told = old.run(&["export", "--output", text(&file), "--json"]).await.expect(0).json();
    let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds the hashes of passwords");
    let left = std::fs::read_dir(old.root()).expect("it can be listed");
    let left: Vec<_> = left.map(|one| one.expect("listed").file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".hub")), "{left:?}");
    assert_eq!(told["records"]["user"]["count"], 4);
    assert_eq!(told["records"]["run"]["count"], 1);
    assert_eq!(
        format!("{}:{}", told["audit_head"]["seq"], told["audit_head"]["hash"].as_str().expect("a hash")),
        head_text(&noted)
    );

    let new = Site::postgres().await;
    let dry = new.run(&["import", text(&file), "--dry-run", "--json"]).await.expect(0).json();
    assert_eq!(dry, told);
    assert_eq!(new.run(&["user", "list", "--json"]).await.expect(0).json(), json!([]), "it changed nothing");
    let done = new.run(&["import", text(&file), "--json"]).await.expect(0).json();
    assert_eq!(done, told);
    assert_eq!(head(&new).await, noted, "the same end of the chain");

    let mut server = new.serve(&["--no-worker"]).await;
    let admin = server.admin().await;
    assert_eq!(shown(&admin).await, before);
    assert_eq!(admin.get(&format!("/runs/{run}/logs")).await.text(), log);
    let events = server.anyone().get(&feed).await;
    assert_eq!(events.status, 200, "the calendar's address still holds");
    assert!(events.text().contains("exporté"));
    audit::verify(&admin).await;
    server.process.stop(secs(20)).await;
    new.run(&["audit", "verify", "--head", &head_text(&noted)]).await.expect(0);

    // And back.
    let again = new.root().join("hub.jsonl");
    let second = new.run(&["export", "-o", text(&again), "--json"]).await.expect(0).json();
    let back = Site::sqlite();
    back.run(&["import", text(&again), "--move"]).await.expect(0);
    let third = back.run(&["export", "--json"]).await.expect(0);
    let third: Value = serde_json::from_str(third.stderr.trim()).expect("JSON");
    let (mut first, mut last) = (kinds(&told), kinds(&third));
    assert_eq!(kinds(&second)["job"], first["job"]);
    // Signing in, exporting and importing are audited.
    assert!(first.remove("audit") != last.remove("audit"));
    assert_eq!(first, last);
}

fn head_text(head: &Value) -> String {
    match head.as_str() {
        Some(text) => text.to_owned(),
        None => format!("{}:{}", head["seq"], head["hash"].as_str().expect("a hash")),
    }
}

#[tokio::test]
async fn r22_what_is_not_whole_or_has_no_room_is_refused_on_sqlite() {
    refusals(Kind::Sqlite).await;
}

#[tokio::test]
async fn r22_what_is_not_whole_or_has_no_room_is_refused_on_postgres() {
    refusals(Kind::Postgres).await;
}

async fn refusals(kind: Kind) {
    let old = Site::sqlite();
    old.run(&["seed", "demo"]).await.expect(0);
    let stdout = old.run(&["export"]).await.expect(0);
    assert!(stdout.stderr.contains("exported: ") && stdout.stderr.contains("4 user"), "{}", stdout.stderr);
    let whole = stdout.stdout;
    let site = Site::on(kind).await;
    let file = site.root().join("file");
    let import = async |content: &str| {
        std::fs::write(&file, content).expect("it can be written");
        site.run(&["import", text(&file)]).await.expect(1).stderr
    };
    let lines: Vec<&str> = whole.lines().collect();
    let last = lines.len();
    assert!(import("").await.contains("empty"));
    assert!(import("{\"users\": []}\n").await.contains("line 1: this is no export"));
    assert!(import(&whole.replacen("\"version\":1", "\"version\":2", 1)).await.contains("version 2"));
    assert!(import(&whole[..whole.len() - 9]).await.contains(&format!("line {last}: is cut off")));
    let cut = format!("{}\n", lines[..last - 1].join("\n"));
    assert!(import(&cut).await.contains(&format!("line {last}: is missing")));
    let edited = import(&whole.replacen("\"role\":\"dev\"", "\"role\":\"ops\"", 1)).await;
    assert!(edited.contains(&format!("line {last}: the user records are not those")), "{edited}");
    let missing = site.run(&["import", "/nowhere/at/all"]).await.expect(1);
    assert!(missing.stderr.contains("/nowhere/at/all"), "{}", missing.stderr);
    site.run(&["import", text(site.root())]).await.expect(1);
    assert_eq!(site.run(&["user", "list", "--json"]).await.expect(0).json(), json!([]), "nothing got in");

    std::fs::write(&file, &whole).expect("it can be written");
    let done = site.run(&["import", text(&file)]).await.expect(0).stdout;
    assert!(done.contains("imported: ") && done.contains("16 job"), "{done}");
    let twice = site.run(&["import", text(&file)]).await.expect(1).stderr;
    assert!(twice.contains("users already"), "{twice}");
    // What cannot be written in its place leaves nothing.
    old.run(&["export", "--output", "/nowhere/at/all"]).await.expect(1);
    old.run(&["export", "--output", text(old.root())]).await.expect(1);
}
