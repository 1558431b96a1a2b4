//! What has a command is run by a worker at its time.

use std::time::Duration;

use serde_json::{Value, json};
use uhub_tests::{Client, Kind, Site, audit, env, plan, process, sse::Event, wait, wait::secs};

use super::start;

async fn ended(client: &Client, run: &str) -> Value {
    let path = format!("/runs/{run}");
    wait::until(secs(30), "the run ends", || async {
        let run = client.get(&path).await.expect(200);
        (!run["ended_at"].is_null()).then_some(run)
    })
    .await
}

async fn run_of(client: &Client, job: &str) -> String {
    wait::until(secs(20), "the job is launched", || async {
        let runs = client.get(&format!("/runs?job_id={job}")).await.expect(200);
        runs["items"].get(0).map(plan::id)
    })
    .await
}

#[tokio::test]
async fn a_job_is_run_at_its_time_on_sqlite() {
    at_its_time(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_job_is_run_at_its_time_on_postgres() {
    at_its_time(Kind::Postgres).await;
}

/// The demo's own command, `uhub report`, on a job that is due in a moment.
async fn at_its_time(kind: Kind) {
    let (_site, server) = start(kind).await;
    let admin = server.admin().await;
    let mut jobs = admin.all("/jobs?q=Rapport%20hebdo").await;
    assert_eq!(jobs.len(), 4);
    assert!(
        jobs.iter().all(|job| job["execution"]["command"].is_array() && job["auto_start"] == true),
        "{jobs:?}"
    );
    let report = jobs.remove(0);

    let mut job = plan::job(
        report["project_id"].as_str().expect("an id"),
        "due now",
        "dev",
        None,
        &plan::in_seconds(2),
    );
    job["execution"] = report["execution"].clone();
    let job = admin.post("/jobs", &job).await.expect(201);
    assert_eq!(job["status"], "planned");
    let due = job["planned_start"].as_str().expect("a time").to_owned();
    let job = plan::id(&job);
    let run = run_of(&admin, &job).await;
    let run = ended(&admin, &run).await;
    assert_eq!(
        (&run["status"], &run["exit_code"], &run["origin"]),
        (&json!("succeeded"), &json!(0), &json!("auto_start")),
        "{run}"
    );
    let started: chrono::DateTime<chrono::Utc> =
        run["started_at"].as_str().expect("a time").parse().expect("a time");
    let late = started - due.parse::<chrono::DateTime<chrono::Utc>>().expect("a time");
    assert!(
        late >= chrono::TimeDelta::zero() && late < chrono::TimeDelta::seconds(3),
        "it started {late} late"
    );
    assert_eq!(admin.get(&format!("/jobs/{job}")).await.expect(200)["status"], "succeeded");

    let log = admin.get(&format!("/runs/{}/logs", plan::id(&run))).await;
    assert!(log.header("content-type").starts_with("text/plain"), "{log:?}");
    let text = log.text();
    // It is the report of its project: a heading, and the week in numbers.
    let project =
        admin.get(&format!("/projects/{}", report["project_id"].as_str().expect("an id"))).await.expect(200);
    for word in
        [project["name"].as_str().expect("a name"), "planned", "done", "failed", "missed", "conflicts"]
    {
        assert!(text.contains(word), "no {word} in the report:\n{text}");
    }

    let entries = admin.all(&format!("/audit?object={}", plan::id(&run))).await;
    let mut actions: Vec<&str> = entries.iter().filter_map(|entry| entry["action"].as_str()).collect();
    actions.reverse();
    assert_eq!(actions, ["run.launch", "run.claim", "run.finish"]);
    // Once per slot: it stays at one run.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(admin.all(&format!("/runs?job_id={job}")).await.len(), 1);
    audit::verify(&admin).await;
}

/// A job of the shell, which only tests put on a whitelist.
async fn shell(admin: &Client, script: &str, more: &Value) -> String {
    let project = plan::id(&admin.all("/projects").await[0]);
    let mut job = plan::job(&project, "shell", "dev", Some("dev"), &plan::hour(0));
    job["auto_start"] = json!(false);
    job["execution"] = json!({ "backend": "local", "command": ["/bin/sh", "-c", script] });
    for (name, value) in more.as_object().into_iter().flatten() {
        job["execution"][name] = value.clone();
    }
    plan::id(&admin.post("/jobs", &job).await.expect(201))
}

async fn launched(admin: &Client, job: &str) -> String {
    plan::id(&admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(201))
}

#[tokio::test]
async fn a_log_is_followed_live_and_resumed_without_gap_or_repeat() {
    let site = Site::sqlite().programs(&["/bin/sh"]);
    let server = site.demo().await;
    let admin = server.admin().await;
    let script = "for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $n; sleep 0.15; done; echo oops >&2";
    let job = shell(&admin, script, &json!({})).await;
    let run = launched(&admin, &job).await;
    let path = format!("/runs/{run}/logs");

    // One who follows from start to end, and one whose line breaks after every third event.
    let mut whole = admin.events(&path, None).await;
    let broken = async {
        let (mut seen, mut last) = (Vec::<Event>::new(), None::<String>);
        'again: loop {
            let mut stream = admin.events(&path, last.as_deref()).await;
            for _ in 0..3 {
                let event = stream.next(secs(20)).await.expect("an end comes before the stream ends");
                if event.name == "end" {
                    seen.push(event);
                    break 'again seen;
                }
                last = Some(event.id.clone());
                seen.push(event);
            }
        }
    };
    let (whole, broken) = tokio::join!(whole.to_end(secs(30)), broken);
    assert_eq!(whole, broken, "a stream that breaks loses nothing and repeats nothing");
    assert_eq!(whole.last().map(|event| event.name.as_str()), Some("end"));
    assert_eq!(whole.last().expect("an event").json()["status"], "succeeded");
    let logs = &whole[..whole.len() - 1];
    let ids: Vec<i64> = logs.iter().map(|event| event.id.parse().expect("a number")).collect();
    assert_eq!(ids, (1..=i64::try_from(ids.len()).expect("small")).collect::<Vec<_>>());
    assert!(ids.len() >= 4, "it came live, in pieces: {ids:?}");
    let of = |stream: &str| -> String {
        let of = logs.iter().map(Event::json).filter(|data| data["stream"] == stream);
        of.map(|data| data["text"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(of("stdout"), (1..=12).map(|n| format!("line {n}\n")).collect::<String>());
    assert_eq!(of("stderr"), "oops\n");
    // All of it is there afterwards, live or as text.
    assert_eq!(admin.events(&path, None).await.to_end(secs(10)).await, whole);
    assert_eq!(admin.get(&path).await.text().lines().count(), 13);
    let rest = admin.events(&path, Some(&ids.last().expect("one").to_string())).await.to_end(secs(10)).await;
    assert_eq!(rest.len(), 1, "behind the last there is the end only");
}

#[tokio::test]
async fn r04_a_cancelled_run_leaves_no_process_whatever_it_started() {
    let site = Site::sqlite().programs(&["/bin/sh"]);
    let server = site.demo().await;
    let admin = server.admin().await;
    let mark = env::random_id();
    // A grandchild in a session of its own, one that ignores the request to end, and the program itself.
    let script = format!(
        "setsid sh -c 'setsid sleep 300 {mark}' & (trap '' TERM; sleep 300; : {mark}) & echo up; sleep 300"
    );
    let job = shell(&admin, &script, &json!({ "env": { "MARK": mark } })).await;
    let run = launched(&admin, &job).await;
    let mut stream = admin.events(&format!("/runs/{run}/logs"), None).await;
    stream.find(secs(20), |event| event.data.contains("up")).await;
    assert!(process::marked(&mark).len() >= 3);
    admin.post(&format!("/runs/{run}/cancel"), &json!({})).await.expect(202);
    let run = ended(&admin, &run).await;
    assert_eq!(run["status"], "cancelled");
    process::none_marked(&mark, secs(3)).await;

    // And after its time is up.
    let job = shell(&admin, &script, &json!({ "env": { "MARK": mark }, "timeout_seconds": 1 })).await;
    let run = launched(&admin, &job).await;
    let run = ended(&admin, &run).await;
    assert_eq!(run["status"], "timed_out", "{run}");
    process::none_marked(&mark, secs(3)).await;
}

#[tokio::test]
async fn r19_arguments_reach_the_program_as_they_are_and_nothing_else_runs() {
    let site = Site::sqlite().programs(&["/bin/echo"]);
    let server = site.demo().await;
    let admin = server.admin().await;
    let project = plan::id(&admin.all("/projects").await[0]);
    let job = |command: Value| {
        let mut job = plan::job(&project, "echo", "dev", Some("dev"), &plan::hour(0));
        job["auto_start"] = json!(false);
        job["execution"] = json!({ "backend": "local", "command": command });
        job
    };
    let words = ["; whoami", "$(id)", "`id`", "--upload-pack=x", "@/etc/passwd", "a\nb", "*", "é"];
    let mut command = vec!["/bin/echo"];
    command.extend(words);
    let id = plan::id(&admin.post("/jobs", &job(json!(command))).await.expect(201));
    let run = launched(&admin, &id).await;
    assert_eq!(ended(&admin, &run).await["status"], "succeeded");
    assert_eq!(admin.get(&format!("/runs/{run}/logs")).await.text(), format!("{}\n", words.join(" ")));

    admin.post("/jobs", &job(json!(["/bin/echo", "a\0b"]))).await.expect_field(422, "execution.command");
    for program in ["/bin/sh", "echo", "/bin/../bin/sh", "./echo", "/bin/echo ", "/bin/ech\u{3bf}"] {
        let answer = admin.post("/jobs", &job(json!([program, "x"]))).await;
        answer.expect_denied("guardrail.local_whitelist");
    }
    let mut elsewhere = job(json!(["/bin/echo", "x"]));
    elsewhere["execution"]["working_dir"] = json!("/etc");
    admin.post("/jobs", &elsewhere).await.expect_denied("guardrail.local_whitelist");
}

#[tokio::test]
async fn the_same_idempotency_key_is_one_job_and_one_run() {
    let site = Site::sqlite().programs(&["/bin/true"]);
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    let project = plan::id(&admin.all("/projects").await[0]);
    let mut body = plan::job(&project, "once", "dev", Some("dev"), &plan::hour(0));
    body["auto_start"] = json!(false);
    body["execution"] = json!({ "backend": "local", "command": ["/bin/true"] });
    let send = |path: String, body: Value| {
        admin.request(reqwest::Method::POST, &path).header("idempotency-key", "key-1").json(&body).send()
    };
    let answers = futures_util::future::join_all((0..10).map(|_| send("/jobs".into(), body.clone()))).await;
    let mut ids: Vec<String> = answers.iter().map(|answer| plan::id(&answer.expect(201))).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "ten times is once");
    let mut other = body.clone();
    other["title"] = json!("another");
    send("/jobs".into(), other).await.expect(409);
    let path = format!("/jobs/{}/runs", ids[0]);
    let send = |key: &'static str| {
        admin.request(reqwest::Method::POST, &path).header("idempotency-key", key).json(&json!({})).send()
    };
    let answers = futures_util::future::join_all((0..10).map(|_| send("key-2"))).await;
    let mut runs: Vec<String> = answers.iter().map(|answer| plan::id(&answer.expect(201))).collect();
    runs.dedup();
    assert_eq!(runs.len(), 1);
    send("key-3").await.expect(409);
}
