//! Where settings come from, where data goes, and where the server refuses to listen.

use std::{fs, os::unix::fs::PermissionsExt as _};

use uhub_tests::{Process, Site, site::READY, wait::secs};

/// The zone that `uhub conflicts` names tells which setting has won.
async fn zone(site: &Site, config: Option<&str>, variable: Option<&str>, flag: Option<&str>) -> String {
    let mut args = vec!["conflicts"];
    let file = site.root().join("uhub.toml");
    if let Some(config) = config {
        fs::write(&file, config).expect("it can be written");
        args.extend(["--config", file.to_str().expect("a plain path")]);
    }
    if let Some(flag) = flag {
        args.extend(["--timezone", flag]);
    }
    let mut command = site.command(&args);
    if let Some(variable) = variable {
        command.env("UHUB_TIMEZONE", variable);
    }
    let output = uhub_tests::Output::of(command, "").await.expect(0).stdout;
    let zone = output.trim().rsplit(' ').next().unwrap_or_default();
    zone.trim_end_matches('.').to_owned()
}

#[tokio::test]
async fn a_flag_goes_before_its_variable_the_variable_before_the_file_the_file_before_the_default() {
    let site = Site::sqlite();
    site.run(&["seed", "demo"]).await.expect(0);
    let file = Some("timezone = \"Asia/Tokyo\"\n");
    assert_eq!(zone(&site, None, None, None).await, "Europe/Paris");
    assert_eq!(zone(&site, file, None, None).await, "Asia/Tokyo");
    assert_eq!(zone(&site, file, Some("America/Lima"), None).await, "America/Lima");
    assert_eq!(zone(&site, file, Some("America/Lima"), Some("UTC")).await, "UTC");
    for (text, named) in [
        ("time_zone = \"UTC\"", "time_zone"),
        ("timezone = ", "1"),
        ("timezone = [1, 2]", "timezone"),
        ("\nlisten_to = 1", "2"),
    ] {
        let path = site.root().join("wrong.toml");
        fs::write(&path, text).expect("it can be written");
        let output =
            site.run(&["conflicts", "--config", path.to_str().expect("a plain path")]).await.expect(2);
        assert!(
            output.stderr.contains("wrong.toml") && output.stderr.contains(named),
            "{text:?}: {output:?}"
        );
    }
    site.run(&["conflicts", "--config", "/nowhere/uhub.toml"]).await.expect(2);
}

/// What is in the data directory is nobody else's business.
#[tokio::test]
async fn the_key_and_the_database_are_for_their_owner_only() {
    let site = Site::sqlite();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let mode = |path: &std::path::Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let key = site.data().join("token.key");
    assert_eq!(mode(&key), 0o600);
    assert_eq!(mode(&site.data()), 0o700);
    assert_eq!(mode(&site.database.file()), 0o600);
    let first = fs::read(&key).expect("readable");
    let token = server.admin().await;
    drop(server);
    // Made once: tokens outlive a restart.
    let server = site.serve(&["--no-worker"]).await;
    assert_eq!(fs::read(&key).expect("readable"), first);
    token.at(&server.url).get("/auth/me").await.expect(200);
    drop(server);
    // A key that others can read is refused, not used.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("it can be changed");
    let output = site.run(&["serve", "--listen", "127.0.0.1:0"]).await.expect(1);
    assert!(output.stderr.contains("token.key"), "{output:?}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("it can be changed");
    fs::write(&key, "short").expect("it can be written");
    site.run(&["serve", "--listen", "127.0.0.1:0"]).await.expect(1);
    let weak = Site::sqlite().variable("UHUB_JWT_SECRET", "too short");
    weak.run(&["serve", "--listen", "127.0.0.1:0"]).await.expect(1);
}

/// Demo passwords are public (DOMAIN §10).
#[tokio::test]
async fn with_open_demo_accounts_the_server_stays_on_loopback_unless_told() {
    let site = Site::sqlite();
    let public = ["serve", "--listen", "0.0.0.0:0", "--no-worker"];
    for _ in 0..2 {
        let mut args = public.to_vec();
        args.push("--demo");
        let output = site.run(&args).await.expect(1);
        assert!(output.stderr.contains("demo-admin") && !output.stdout.contains("listening"), "{output:?}");
    }
    // Not only with --demo: they are in the database now.
    let output = site.run(&public).await.expect(1);
    assert!(output.stderr.contains("--allow-demo-on-public-address"), "{output:?}");

    let mut args = public.to_vec();
    args.push("--allow-demo-on-public-address");
    let mut server = Process::start("uhub serve", &mut site.command(&args));
    server.line("listening on http://", READY).await;
    server.line("demo accounts can sign in", secs(10)).await;
    assert_eq!(server.stop(secs(10)).await.code(), Some(0));

    // With other passwords they are accounts like any.
    for name in uhub_tests::demo::USERS {
        site.run_with_input(&["user", "passwd", name, "--password-stdin"], "not the name\n").await.expect(0);
    }
    let mut server = Process::start("uhub serve", &mut site.command(&public));
    server.line("listening on http://", READY).await;
    assert_eq!(server.stop(secs(10)).await.code(), Some(0));
}

/// Where others can reach the server, the first admin needs what it printed.
#[tokio::test]
async fn from_elsewhere_the_first_admin_needs_the_token_that_was_printed() {
    let site = Site::sqlite();
    let mut process =
        Process::start("uhub serve", &mut site.command(&["serve", "--listen", "0.0.0.0:0", "--no-worker"]));
    let line = process.line("listening on http://", READY).await;
    let port = line.rsplit(':').next().expect("a port").trim();
    let told = process.line("bootstrap_token", secs(5)).await;
    let token = told.rsplit(' ').next().expect("a word").to_owned();
    let anyone = uhub_tests::Client::new(&format!("http://127.0.0.1:{port}"));
    let mut body = serde_json::json!({
        "username": "root", "password": "correct horse", "email": "root@uhub.local", "display_name": "Root",
    });
    anyone.post("/bootstrap/admin", &body).await.expect_denied("bootstrap.token");
    for wrong in ["", "x", &token[1..], &format!("{token}x")] {
        body["bootstrap_token"] = serde_json::json!(wrong);
        anyone.post("/bootstrap/admin", &body).await.expect_denied("bootstrap.token");
    }
    body["bootstrap_token"] = serde_json::json!(token);
    anyone.post("/bootstrap/admin", &body).await.expect(201);
    anyone.post("/bootstrap/admin", &body).await.expect(409);
}

/// A port that is taken, a directory that cannot be made: said in one line.
#[tokio::test]
async fn what_keeps_a_server_from_starting_is_said_in_one_line() {
    let site = Site::sqlite();
    let server = site.serve(&["--no-worker"]).await;
    let address = server.url.trim_start_matches("http://");
    let other = Site::sqlite();
    for (args, named) in [
        (vec!["serve", "--listen", address], address),
        (vec!["serve", "--data-dir", "/proc/nowhere"], "/proc/nowhere"),
        (vec!["migrate", "--database", "mysql://x"], "sqlite:PATH"),
        (vec!["migrate", "--database", "sqlite:/proc/nowhere/x"], "/proc/nowhere/x"),
        (vec!["serve", "--local-program", "relative"], "relative"),
    ] {
        let output = other.run(&args).await.expect(1);
        assert!(output.stderr.contains(named), "{args:?}: {output:?}");
        assert_eq!(output.stderr.lines().filter(|line| line.starts_with("uhub: ")).count(), 1, "{output:?}");
        assert!(!output.stderr.contains("panicked"), "{output:?}");
    }
}
