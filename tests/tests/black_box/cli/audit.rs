//! r45: `uhub audit verify` finds what was edited, deleted, reordered or cut off.

use serde_json::Value;
use sqlx::Connection as _;
use uhub_tests::{Kind, Site, audit, plan, wait::secs};

/// A hub with some sealed history, stopped.
async fn history(kind: Kind) -> (Site, Value) {
    let site = Site::on(kind).await;
    let mut server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    let project = plan::id(&admin.all("/projects").await[0]);
    for n in 0..12 {
        let job = plan::job(&project, &format!("job {n}"), "dev", Some("dev"), &plan::hour(n));
        admin.post("/jobs", &job).await.expect(201);
    }
    let verification = audit::verify(&admin).await;
    server.process.stop(secs(20)).await;
    (site, verification)
}

/// Runs statements against the database behind the hub's back.
async fn tamper(site: &Site, statements: &[&'static str]) {
    match site.database.kind {
        Kind::Sqlite => {
            let mut connection = site.database.open_sqlite().await;
            for statement in statements {
                let done = sqlx::query(*statement).execute(&mut connection).await.expect(statement);
                assert!(done.rows_affected() > 0, "{statement} touches something");
            }
            connection.close().await.expect("it closes");
        }
        Kind::Postgres => {
            let mut connection = site.database.open_postgres().await;
            for statement in statements {
                let done = sqlx::query(*statement).execute(&mut connection).await.expect(statement);
                assert!(done.rows_affected() > 0, "{statement} touches something");
            }
            connection.close().await.expect("it closes");
        }
    }
}

async fn verify(site: &Site, more: &[&str], code: i32) -> Value {
    let mut args = vec!["audit", "verify", "--json"];
    args.extend(more);
    site.run(&args).await.expect(code).json()
}

#[tokio::test]
async fn r45_an_edited_deleted_or_reordered_entry_is_found() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        for (statements, first_bad) in [
            (&["UPDATE audit SET actor = 'demo-dev' WHERE seq = 5"][..], 5),
            (&["UPDATE audit SET detail = '{}' WHERE seq = 7"], 7),
            (&["UPDATE audit SET decision = 'deny' WHERE seq = 3"], 3),
            (&["DELETE FROM audit WHERE seq = 6"], 6),
            (&["DELETE FROM audit WHERE seq = 1"], 1),
            (
                &[
                    "UPDATE audit SET seq = 1000 WHERE seq = 4",
                    "UPDATE audit SET seq = 4 WHERE seq = 8",
                    "UPDATE audit SET seq = 8 WHERE seq = 1000",
                ],
                4,
            ),
        ] {
            let (site, before) = history(kind).await;
            assert_eq!(verify(&site, &[], 0).await["head"], before["head"]);
            tamper(&site, statements).await;
            let found = verify(&site, &[], 1).await;
            assert_eq!(
                (&found["ok"], &found["first_bad"]),
                (&Value::Bool(false), &Value::from(first_bad)),
                "{statements:?}"
            );
        }
    }
}

#[tokio::test]
async fn r45_a_cut_tail_is_found_with_the_head_that_was_kept_outside() {
    let (site, before) = history(Kind::Sqlite).await;
    let head = format!("{}:{}", before["head"]["seq"], before["head"]["hash"].as_str().expect("a hash"));
    verify(&site, &["--head", &head], 0).await;
    tamper(&site, &["DELETE FROM audit WHERE seq > 10"]).await;
    assert_eq!(verify(&site, &[], 1).await["first_bad"], 11, "the database remembers another end");
    // Whoever makes it forget that, too, does not reach what was kept outside.
    let forget = "UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit WHERE seq = 10)";
    tamper(&site, &[forget]).await;
    assert_eq!(verify(&site, &[], 0).await["ok"], true, "what is left hangs together");
    let found = verify(&site, &["--head", &head], 1).await;
    assert_eq!((&found["ok"], &found["first_bad"]), (&Value::Bool(false), &Value::from(11)), "{found}");
    for wrong in ["", "x", "5", "5:abc", "-1:00"] {
        site.run(&["audit", "verify", "--head", wrong]).await.expect(2);
    }
}

#[tokio::test]
async fn r45_the_head_is_kept_in_a_file_and_the_chain_is_exported() {
    let site = Site::sqlite();
    let file = site.root().join("head");
    let file = file.to_str().expect("a plain path").to_owned();
    let mut server = site.serve(&["--demo", "--no-worker", "--audit-head-file", &file]).await;
    let admin = server.admin().await;
    let before = audit::verify(&admin).await;
    server.process.stop(secs(20)).await;

    verify(&site, &["--head-file", &file], 0).await;
    let export = site.run(&["audit", "export"]).await.expect(0);
    let entries: Vec<Value> =
        export.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let sequence: Vec<i64> = entries.iter().filter_map(|entry| entry["seq"].as_i64()).collect();
    assert!(sequence.iter().copied().eq(1..=entries.len() as i64), "{sequence:?}");
    assert!(entries.len() as i64 >= before["entries"].as_i64().expect("a number"), "{before}");
    let last = entries.last().expect("something happened");
    let head = format!("{}:{}", last["seq"], last["hash"].as_str().expect("a hash"));
    assert!(export.stderr.contains(&head), "{}", export.stderr);
    let kept = std::fs::read_to_string(&file).expect("it is kept");
    assert_eq!(kept.trim(), head);
    let rest = site.run(&["audit", "export", "--after", "3"]).await.expect(0);
    assert_eq!(rest.stdout.lines().count(), entries.len() - 3);
    verify_an_export(&site, &export.stdout, &rest.stdout, &head).await;

    let tail = "DELETE FROM audit WHERE seq > 5";
    let forget = "UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit WHERE seq = 5)";
    tamper(&site, &[tail, forget]).await;
    verify(&site, &[], 0).await;
    verify(&site, &["--head-file", &file], 1).await;
    site.run(&["audit", "verify", "--head-file", "/nowhere"]).await.expect(1);
}

/// An export is verified without the hub, whole or in parts.
async fn verify_an_export(site: &Site, whole: &str, rest: &str, head: &str) {
    let write = |name: &str, text: &str| {
        let file = site.root().join(name);
        std::fs::write(&file, text).expect("it is written");
        file.to_str().expect("a plain path").to_owned()
    };
    let third: Value = serde_json::from_str(whole.lines().nth(2).expect("three entries")).expect("JSON");
    let after = format!("{}:{}", third["seq"], third["hash"].as_str().expect("a hash"));
    let (file, part) = (write("whole", whole), write("part", rest));
    assert_eq!(verify(site, &["--file", &file, "--head", head], 0).await["ok"], true);
    assert_eq!(verify(site, &["--file", &part, "--after", &after, "--head", head], 0).await["ok"], true);
    assert_eq!(verify(site, &["--file", &part], 1).await["first_bad"], 1, "it lacks what came before");
    let lines: Vec<&str> = whole.lines().collect();
    let edited = write("edited", &whole.replacen("demo-", "else-", 1));
    assert_eq!(verify(site, &["--file", &edited], 1).await["ok"], false);
    let cut = write("cut", &lines[..4].join("\n"));
    verify(site, &["--file", &cut], 0).await;
    assert_eq!(verify(site, &["--file", &cut, "--head", head], 1).await["first_bad"], 5);
    let torn = write("torn", &whole[..whole.len() - 20]);
    let found = site.run(&["audit", "verify", "--file", &torn]).await.expect(1);
    assert!(found.stderr.contains(&format!(":{}:", lines.len())), "{}", found.stderr);
}

/// Old logs go, and what happened stays.
#[tokio::test]
async fn logs_are_pruned_by_age_and_size() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::on(kind).await.programs(&["/bin/sh"]);
        let mut server = site.serve(&["--demo"]).await;
        let admin = server.admin().await;
        let project = plan::id(&admin.all("/projects").await[0]);
        let mut job = plan::job(&project, "says something", "dev", Some("dev"), &plan::hour(0));
        job["auto_start"] = serde_json::json!(false);
        job["execution"] =
            serde_json::json!({ "backend": "local", "command": ["/bin/sh", "-c", "echo hello"] });
        let job = plan::id(&admin.post("/jobs", &job).await.expect(201));
        let run =
            plan::id(&admin.post(&format!("/jobs/{job}/runs"), &serde_json::json!({})).await.expect(201));
        let path = format!("/runs/{run}");
        uhub_tests::wait::until(secs(30), "the run ends", || async {
            (admin.get(&path).await.expect(200)["status"] == "succeeded").then_some(())
        })
        .await;
        site.run(&["prune"]).await.expect(2);
        let none = site.run(&["prune", "--logs-older-than", "1", "--logs-most-mb", "1", "--json"]).await;
        assert_eq!(none.expect(0).json(), serde_json::json!({ "runs": 0, "bytes": 0 }));
        assert_eq!(admin.get(&format!("{path}/logs")).await.text(), "hello\n");
        let all = site.run(&["prune", "--logs-older-than", "0", "--json"]).await.expect(0).json();
        assert_eq!(all, serde_json::json!({ "runs": 1, "bytes": 6 }));
        assert_eq!(admin.get(&format!("{path}/logs")).await.text(), "");
        assert_eq!(admin.get(&path).await.expect(200)["status"], "succeeded");
        audit::verify(&admin).await;
        server.process.stop(secs(20)).await;
    }
}
