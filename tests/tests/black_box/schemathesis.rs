//! A run of schemathesis over `/openapi.json`, with all of its checks on: whatever the document allows or forbids, the
//! server behaves as it says.

use std::{fmt::Write as _, process::Command, time::Duration};

use serde_json::{Value, json};
use uhub_tests::{Client, Output, Server, Site, env, plan};

/// What good input may meet on every route: it is done, or not modified, or refused for who asks, for what there is, or
/// for how often.
const EVERYWHERE: [&str; 7] = ["2xx", "304", "401", "403", "404", "409", "429"];

/// Where input that fits the schema may still be wrong, and why the schema cannot say so.
const BEYOND_SCHEMA: [(&str, &[&str]); 6] = [
    // A cursor is one that an answer gave.
    (
        "cursors",
        &[
            "GET /approvals",
            "GET /audit",
            "GET /freezes",
            "GET /jobs",
            "GET /projects",
            "GET /runs",
            "GET /series",
            "GET /users",
            "GET /users/{id}/tokens",
        ],
    ),
    // An end comes after its start, within the years of the calendar; a zone is one that there is.
    (
        "times",
        &[
            "GET /calendar/conflicts",
            "GET /calendar/events",
            "GET /calendar/export",
            "POST /calendar/resolve",
            "POST /freezes",
            "POST /jobs",
            "PATCH /jobs/{id}",
            "POST /users/{id}/tokens",
        ],
    ),
    // Ids in bodies are somebody's; what backends use depends on the backend; the own password needs the present one.
    ("relations", &["POST /projects", "PATCH /projects/{id}", "PATCH /users/{id}"]),
    // A file has more rules than a pattern can have.
    ("files", &["POST /calendar/import"]),
    // The generator makes `If-Match: 0`, whatever pattern with quotes the document has.
    ("entity tags", &["DELETE /jobs/{id}"]),
    // Some characters are refused that are too many for a pattern: private use, tags.
    (
        "texts",
        &[
            "POST /users",
            "POST /approvals/{id}/approve",
            "POST /approvals/{id}/reject",
            "POST /jobs/{id}/runs",
            "POST /bootstrap/admin",
        ],
    ),
];

/// A wrong password is 400 here (RFC 6749 §5.2); of `/auth/token` schemathesis knows that by itself.
const SESSION: &str = "POST /auth/session";

/// What would end the very session that tries all the rest: its own tests look at it.
const NOT_TRIED: [&str; 1] = ["DELETE /auth/session"];

/// With whose ids the routes are tried: things that are there, so that the tries reach what lies behind the lookup. None
/// for `DELETE /freezes/{id}`: what is deleted is gone, and the stateful phase makes its own.
async fn things(server: &Server, admin: &Client) -> Vec<(&'static str, String)> {
    let projets = server.user("demo-projets").await;
    let victim = json!({
        "username": "victim", "password": "long enough", "role": "dev", "display_name": "Victim", "email": "v@uhub.local",
    });
    let victim = plan::id(&admin.post("/users", &victim).await.expect(201));
    let own = plan::user_id(admin, "demo-admin").await;
    let owner = plan::user_id(admin, "demo-projets").await;
    let project = plan::id(&plan::project(admin, "Tried", &owner, &Value::Null, false).await);
    let mut hour = 0;
    let mut job = |environment: &str, execution: bool| {
        hour += 10;
        let mut job = plan::job(&project, "tried", "ops", Some(environment), &plan::hour(hour));
        if execution {
            job["execution"] = json!({ "backend": "docker", "image": "busybox", "command": ["true"] });
            job["auto_start"] = json!(false);
        }
        let projets = projets.clone();
        async move { plan::id(&projets.post("/jobs", &job).await.expect(201)) }
    };
    let (patched, cancelled, done) =
        (job("dev", false).await, job("dev", false).await, job("dev", false).await);
    let (launched, ran) = (job("staging", true).await, job("staging", true).await);
    let (approved, rejected) = (job("prod", true).await, job("prod", true).await);
    let launch = |id: String| {
        let projets = projets.clone();
        async move { projets.post(&format!("/jobs/{id}/runs"), &json!({})).await }
    };
    let mut repeated = plan::job(&project, "repeated", "ops", None, &plan::hour(100));
    repeated["recurrence"] = json!({ "rule": "FREQ=MONTHLY;COUNT=3" });
    let series = projets.post("/jobs", &repeated).await.expect(201)["series_id"].clone();
    let series = series.as_str().expect("it repeats").to_owned();
    let run = plan::id(&launch(ran).await.expect(201));
    let approved = plan::id(&launch(approved).await.expect(202)["approval"]);
    let rejected = plan::id(&launch(rejected).await.expect(202)["approval"]);
    vec![
        ("GET /users/{id}", victim.clone()),
        ("PATCH /users/{id}", victim),
        // A person's tokens are made by that person alone.
        ("GET /users/{id}/tokens", own.clone()),
        ("POST /users/{id}/tokens", own.clone()),
        ("DELETE /users/{id}/tokens/{token_id}", own),
        ("GET /projects/{id}", project.clone()),
        ("PATCH /projects/{id}", project),
        ("GET /jobs/{id}", patched.clone()),
        ("GET /jobs/{id}/suggestions", patched.clone()),
        ("PATCH /jobs/{id}", patched),
        ("DELETE /jobs/{id}", cancelled),
        ("POST /jobs/{id}/done", done),
        ("POST /jobs/{id}/runs", launched),
        ("GET /series/{id}", series),
        ("GET /runs/{id}", run.clone()),
        ("GET /runs/{id}/logs", run.clone()),
        ("POST /runs/{id}/cancel", run),
        ("GET /approvals/{id}", approved.clone()),
        ("POST /approvals/{id}/approve", approved),
        ("POST /approvals/{id}/reject", rejected),
    ]
}

fn config(things: &[(&str, String)]) -> String {
    let statuses = |more: &[&str]| json!(EVERYWHERE.iter().chain(more).collect::<Vec<_>>());
    let check = "checks.positive_data_acceptance";
    let mut text = format!("[{check}]\nexpected-statuses = {}\n", statuses(&[]));
    for (name, id) in things {
        let _ = write!(
            text,
            "\n[[operations]]\ninclude-name = {name:?}\nparameters = {{ \"path.id\" = {id:?} }}\n"
        );
    }
    for name in NOT_TRIED {
        let _ = write!(text, "\n[[operations]]\ninclude-name = {name:?}\nenabled = false\n");
    }
    let refused = statuses(&["400"]);
    let _ = write!(
        text,
        "\n[[operations]]\ninclude-name = {SESSION:?}\n[operations.{check}]\nexpected-statuses = {refused}\n"
    );
    for name in BEYOND_SCHEMA.iter().flat_map(|(_, names)| *names) {
        // A version that is no longer so is told as 412.
        let statuses = statuses(&["412", "422"]);
        let _ = write!(
            text,
            "\n[[operations]]\ninclude-name = {name:?}\n[operations.{check}]\nexpected-statuses = {statuses}\n"
        );
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing_with_all_checks_on() {
    let program = env::schemathesis();
    let site = Site::sqlite().many_logins();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    let file = site.root().join("schemathesis.toml");
    std::fs::write(&file, config(&things(&server, &admin).await)).expect("it can be written");
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(file)
        .arg("run")
        .arg(format!("{}/openapi.json", server.url))
        .args(["--header", &format!("Authorization: Bearer {}", admin.token())])
        .args(["--checks", "all"])
        .args(["--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--max-examples", &env::count("UHUB_TEST_EXAMPLES", 25).to_string()])
        // One worker: its generator is not safe with threads (CPython's "AST constructor recursion depth mismatch").
        .args(["--seed", "20260301", "--workers", "1", "--request-timeout", "20"])
        .args(["--suppress-health-check", "all", "--no-color"])
        // It does not end; its own tests follow it.
        .args(["--exclude-path", "/events"])
        .current_dir(site.root());
    let output = Output::within(command, "", Duration::from_secs(560)).await;
    let tail: Vec<&str> = output.stdout.lines().rev().take(400).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    assert_eq!(output.status.code(), Some(0), "{}\n{}", tail.join("\n"), output.stderr);
    // The server is alive and its books are in order after all that.
    admin.get("/healthz").await.expect(200);
    uhub_tests::audit::verify(&admin).await;
    assert!(!server.process.log().contains("panicked"), "a handler panicked");
}
