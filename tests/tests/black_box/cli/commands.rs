//! Each command: what it does, what it prints for people and for programs, and how it ends.

use serde_json::{Value, json};
use uhub_tests::{Kind, Site, plan};

/// Every command with what it needs at least.
const COMMANDS: [&[&str]; 20] = [
    &["serve"],
    &["worker"],
    &["migrate"],
    &["seed"],
    &["seed", "demo"],
    &["seed", "synthetic"],
    &["user"],
    &["user", "add"],
    &["user", "list"],
    &["user", "passwd"],
    &["conflicts"],
    &["report"],
    &["audit", "verify"],
    &["audit", "export"],
    &["prune"],
    &["export"],
    &["import"],
    &["calendar"],
    &["calendar", "export"],
    &["calendar", "import"],
];

#[tokio::test]
async fn help_is_worth_reading_and_wrong_usage_is_2() {
    let site = Site::sqlite();
    let top = site.run(&["--help"]).await.expect(0);
    for word in [
        "serve",
        "worker",
        "migrate",
        "seed",
        "user",
        "conflicts",
        "calendar",
        "report",
        "audit",
        "export",
        "import",
        "openapi",
        "Exit codes",
    ] {
        assert!(top.stdout.contains(word), "{word} is not in the help:\n{}", top.stdout);
    }
    for command in COMMANDS {
        let mut args = command.to_vec();
        args.push("--help");
        let help = site.run(&args).await.expect(0);
        assert!(help.stdout.contains("Usage: uhub"), "{args:?}: {}", help.stdout);
        assert!(help.stderr.is_empty(), "{args:?}: {}", help.stderr);
        // Whatever a command takes has a line that says what it is.
        for line in help.stdout.lines().filter(|line| line.trim_start().starts_with("--")) {
            let has_words = line.trim().split("  ").filter(|part| !part.trim().is_empty()).count() > 1;
            let at = help.stdout.find(line).expect("it is there");
            let below = help.stdout[at + line.len()..].lines().nth(1).unwrap_or_default();
            assert!(has_words || below.starts_with("   "), "{args:?} does not explain {line}");
        }
    }
    assert!(site.run(&["--version"]).await.expect(0).stdout.starts_with("uhub "));
    for args in [
        &[][..],
        &["nothing"],
        &["serve", "--nothing"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--logins-per-peer", "0"],
        &["serve", "--lease-seconds", "0"],
        &["migrate", "--timezone", "Mars/Olympus"],
        &["user", "add"],
        &["user", "add", "x", "--role", "root", "--email", "x@y.z"],
        &["seed", "synthetic", "--jobs", "many"],
        &["conflicts", "--from", "tomorrow"],
        &["audit"],
        &["prune"],
        &["import"],
        &["calendar"],
        &["calendar", "export", "--from", "tomorrow"],
        &["calendar", "import", "x.ics", "--as", "meetings", "--user", "x"],
    ] {
        let output = site.run(args).await.expect(2);
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}: {output:?}");
    }
    assert!(!site.data().exists(), "none of this made anything");
}

#[tokio::test]
async fn users_are_managed_on_both_databases() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::on(kind).await;
        let add = |name: &'static str, role: &'static str, input: &'static str| {
            let site = &site;
            async move {
                let email = format!("{name}@uhub.local");
                let args =
                    ["user", "add", name, "--role", role, "--email", &email, "--password-stdin", "--json"];
                site.run_with_input(&args, input).await
            }
        };
        let alice = add("alice", "admin", "correct horse\n").await.expect(0).json();
        assert_eq!(
            (&alice["username"], &alice["role"], &alice["is_active"]),
            (&json!("alice"), &json!("admin"), &json!(true))
        );
        assert!(alice.to_string().find("argon2").is_none() && alice.get("password").is_none(), "{alice}");
        add("bob", "dev", "battery staple").await.expect(0);
        // Taken, looks like one that is, too short, none at all: refused, and said so.
        for (name, input) in
            [("alice", "correct horse"), ("ALICE", "correct horse"), ("carol", "short\n"), ("carol", "")]
        {
            let output = add(name, "dev", input).await.expect(1);
            assert!(output.stderr.starts_with("uhub: ") && output.stdout.is_empty(), "{output:?}");
            assert!(!output.stderr.contains("correct horse"), "{output:?}");
        }
        let list = site.run(&["user", "list", "--json"]).await.expect(0).json();
        let names: Vec<&Value> =
            list.as_array().expect("an array").iter().map(|user| &user["username"]).collect();
        assert_eq!(names, ["alice", "bob"]);
        let table = site.run(&["user", "list"]).await.expect(0).stdout;
        assert!(
            table.contains("alice") && table.contains("bob@uhub.local") && table.contains("admin"),
            "{table}"
        );

        let server = site.serve(&["--no-worker"]).await;
        let session = server.anyone().sign_in("bob", "battery staple").await;
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        site.run_with_input(&["user", "passwd", "bob", "--password-stdin"], "another staple\n")
            .await
            .expect(0);
        session.get("/auth/me").await.expect(401);
        server.anyone().try_sign_in("bob", "battery staple").await.expect(400);
        server.anyone().sign_in("bob", "another staple").await;
        site.run_with_input(&["user", "passwd", "nobody", "--password-stdin"], "another staple\n")
            .await
            .expect(1);
        // It is in the audit who did it.
        let admin = server.anyone().sign_in("alice", "correct horse").await;
        let entries = admin.all("/audit?action=user.create").await;
        assert!(
            entries.iter().all(|entry| entry["actor"] == "operator cli") && entries.len() == 2,
            "{entries:?}"
        );
    }
}

#[tokio::test]
async fn the_demo_is_seeded_shown_and_reported() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::on(kind).await;
        let seeded = site.run(&["seed", "demo", "--json"]).await.expect(0).json();
        assert_eq!(seeded, json!({ "users": 4, "projects": 4, "jobs": 16, "created": 24 }));
        let again = site.run(&["seed", "demo", "--json"]).await.expect(0).json();
        assert_eq!(again["created"], 0, "twice is once");

        let groups = site.run(&["conflicts", "--json"]).await.expect(0).json();
        let jobs: usize = groups
            .as_array()
            .expect("an array")
            .iter()
            .map(|one| one["jobs"].as_array().expect("jobs").len())
            .sum();
        assert_eq!((groups.as_array().map(Vec::len), jobs), (Some(3), 8));
        let table = site.run(&["conflicts"]).await.expect(0).stdout;
        for word in
            ["staging", "prod", "Release v0.1 – staging", "Infra K3s", "8 jobs collide", "Europe/Paris"]
        {
            assert!(table.contains(word), "no {word} in\n{table}");
        }
        let none = site.run(&["conflicts", "--from", "2031-01-01", "--to", "2031-02-01"]).await.expect(0);
        assert_eq!(none.stdout.trim(), "Nothing collides.");
        site.run(&["conflicts", "--from", "2031-01-02", "--to", "2031-01-01"]).await.expect(1);

        let report = site.run(&["report", "--json"]).await.expect(0).json();
        assert_eq!(report["projects"].as_array().map(Vec::len), Some(4), "{report}");
        let one = site.run(&["report", "--project", "Infra K3s"]).await.expect(0).stdout;
        assert!(one.contains("Infra K3s") && !one.contains("Monitoring"), "{one}");
        site.run(&["report", "--project", "Nothing"]).await.expect(1);
        // Somebody who reads only the beginning is no failure.
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &format!("{} conflicts | head -1", uhub_tests::env::binary().display())]);
        command.env("UHUB_DATABASE", &site.database.url).env("UHUB_DATA_DIR", site.data());
        let piped = uhub_tests::Output::of(command, "").await.expect(0);
        assert!(!piped.stderr.contains("panicked"), "{piped:?}");
    }
}

#[tokio::test]
async fn a_synthetic_hub_is_large_sound_and_the_same_each_time() {
    let site = Site::sqlite();
    site.run(&["seed", "synthetic", "--jobs", "3000", "--seed", "7"]).await.expect(0);
    let mut connection = site.database.open_sqlite().await;
    let jobs: i64 =
        sqlx::query_scalar("SELECT count(*) FROM jobs").fetch_one(&mut connection).await.expect("it answers");
    assert_eq!(jobs, 3000);
    site.database.check_integrity().await;
    let verified = site.run(&["audit", "verify", "--json"]).await.expect(0).json();
    assert_eq!(verified["ok"], true, "{verified}");
    let other = Site::sqlite();
    other.run(&["seed", "synthetic", "--jobs", "3000", "--seed", "7"]).await.expect(0);
    let mut twin = other.database.open_sqlite().await;
    let titles = "SELECT title FROM jobs ORDER BY planned_start, title";
    let one: Vec<String> = sqlx::query_scalar(titles).fetch_all(&mut connection).await.expect("it answers");
    let same: Vec<String> = sqlx::query_scalar(titles).fetch_all(&mut twin).await.expect("it answers");
    assert!(one == same, "the same seed makes the same hub");
}

#[tokio::test]
async fn the_document_is_the_one_that_the_server_serves() {
    let site = Site::sqlite();
    let printed = site.run(&["openapi"]).await.expect(0).json();
    let server = site.serve(&["--no-worker"]).await;
    let served = server.anyone().get("/openapi.json").await.expect(200);
    assert_eq!(printed, served);
    let docs = server.anyone().get("/docs/").await;
    assert_eq!(docs.status, 200);
    assert!(docs.header("content-type").starts_with("text/html"), "{docs:?}");
}

/// `migrate` makes the database; other commands say what is missing where there is none.
#[tokio::test]
async fn a_database_is_made_by_migrate_and_not_by_reading() {
    let site = Site::postgres().await;
    for args in [&["conflicts"][..], &["user", "list"], &["audit", "verify"], &["report"]] {
        let output = site.run(args).await.expect(1);
        assert!(output.stderr.starts_with("uhub: "), "{output:?}");
    }
    site.run(&["migrate"]).await.expect(0);
    site.run(&["migrate"]).await.expect(0);
    assert_eq!(site.run(&["user", "list", "--json"]).await.expect(0).json(), json!([]));
    assert_eq!(site.run(&["audit", "verify", "--json"]).await.expect(0).json()["entries"], 0);
}

/// Titles are other people's: they must not steer the terminal of who reads the table.
#[tokio::test]
async fn r43_tables_are_inert() {
    let site = Site::sqlite();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    let project = plan::id(&admin.all("/projects").await[0]);
    for n in 0..2 {
        let title = format!("<script>alert({n})</script> | $(id) `id` ;");
        let mut job = plan::job(&project, &title, "ops", Some("staging"), &plan::in_seconds(86_400 * 20));
        job["planned_end"] = json!(plan::in_seconds(86_400 * 20 + 3600));
        admin.post("/jobs", &job).await.expect(201);
    }
    let table = site.run(&["conflicts"]).await.expect(0).stdout;
    assert!(table.contains("alert(0)"), "{table}");
    assert!(!table.chars().any(|c| c.is_control() && c != '\n'), "{table:?}");
}
