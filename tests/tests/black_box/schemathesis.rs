//! A run of schemathesis over `/openapi.json`, with all of its checks on: whatever the document allows or forbids, the
//! server behaves as it says.

use std::process::Command;

use uhub_tests::{Output, Site, env};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing_with_all_checks_on() {
    let program = env::schemathesis();
    let site = Site::sqlite().many_logins();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    // What a schema cannot say (an end after its start, a version that is the present one) is told as 422 and 412, and a
    // conflict as 409: good data of the schema may meet them.
    let accepted = r#"["2xx", "401", "403", "404", "409", "412", "422", "429"]"#;
    let config = site.root().join("schemathesis.toml");
    std::fs::write(&config, format!("[checks.positive_data_acceptance]\nexpected-statuses = {accepted}\n"))
        .unwrap();
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(config)
        .arg("run")
        .arg(format!("{}/openapi.json", server.url))
        .args(["--header", &format!("Authorization: Bearer {}", admin.token())])
        .args(["--checks", "all"])
        .args(["--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--max-examples", &env::count("UHUB_TEST_EXAMPLES", 10).to_string()])
        .args(["--seed", "20260301", "--workers", "2", "--request-timeout", "20"])
        .args(["--suppress-health-check", "all", "--no-color"])
        // Event streams do not end; their own tests follow them.
        .args(["--exclude-path", "/events"])
        .current_dir(site.root());
    let output = Output::within(command, "", std::time::Duration::from_secs(560)).await;
    let tail: Vec<&str> = output.stdout.lines().rev().take(400).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    assert_eq!(output.status.code(), Some(0), "{}\n{}", tail.join("\n"), output.stderr);
    // The server is alive and its books are in order after all that.
    admin.get("/healthz").await.expect(200);
    uhub_tests::audit::verify(&admin).await;
    assert!(!server.process.log().contains("panicked"), "a handler panicked");
}
