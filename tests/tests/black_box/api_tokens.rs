//! Service accounts and API tokens, as a CI uses them.

use serde_json::{Value, json};
use uhub_tests::{Client, Kind, Server, Site, audit, canary, env, plan, wait::secs};

async fn server(site: &Site) -> Server {
    site.serve(&["--demo", "--no-worker"]).await
}

async fn service(admin: &Client, username: &str, role: &str) -> String {
    let new = json!({
        "username": username, "kind": "service", "role": role, "display_name": "CI", "email": "ci@uhub.local",
    });
    let made = admin.post("/users", &new).await.expect(201);
    assert_eq!(made["kind"], "service", "{made}");
    plan::id(&made)
}

async fn token(by: &Client, user: &str, scopes: &[&str]) -> (String, String) {
    let new = json!({ "name": "ci", "scopes": scopes });
    let made = by.post(&format!("/users/{user}/tokens"), &new).await.expect(201);
    (plan::id(&made), made["token"].as_str().expect("a token").to_owned())
}

#[tokio::test]
async fn r25_a_token_is_shown_once_and_nowhere_else() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::on(kind).await.variable("UHUB_LOG", "trace");
        let mut server = server(&site).await;
        let admin = server.admin().await;
        let bot = service(&admin, "ci-bot", "ops").await;
        let (id, secret) = token(&admin, &bot, &["read", "plan", "run"]).await;
        let ci = server.anyone().with_token(&secret);
        let me = ci.get("/auth/me").await.expect(200);
        assert_eq!((&me["username"], &me["scopes"]), (&json!("ci-bot"), &json!(["read", "plan", "run"])));
        assert_eq!(me["permissions"]["run_launch.staging"], "allow");
        assert_eq!(me["permissions"]["audit_read"], "deny");
        assert_eq!(admin.get("/auth/me").await.expect(200)["scopes"], Value::Null);

        let project = plan::id(&ci.all("/projects").await[0]);
        let job = plan::job(&project, "by a machine", "ops", Some("staging"), &plan::hour(200));
        ci.post("/jobs", &job).await.expect(201);
        let mut said = ci.post("/users", &json!({})).await.text();
        said += &ci
            .post(&format!("/users/{bot}/tokens"), &json!({ "name": "x", "scopes": ["read"] }))
            .await
            .text();
        let listed = admin.all(&format!("/users/{bot}/tokens")).await;
        let prefix = listed[0]["prefix"].as_str().expect("a prefix");
        assert!(secret.starts_with(prefix) && prefix.len() == 13, "{prefix}");
        assert!(listed[0]["last_used_at"].is_string(), "{listed:?}");

        let path = format!("/users/{bot}/tokens/{id}");
        admin.delete(&path).await.expect(204);
        said += &ci.get("/auth/me").await.text();
        let audited = json!(audit::entries(&admin).await).to_string();
        for what in ["token.create", "token.revoke", "token.use", &format!("ci-bot ({prefix})")] {
            assert!(audited.contains(what), "{what} is not in the audit");
        }
        said += &json!([listed, me]).to_string();
        assert_eq!(server.process.stop(secs(30)).await.code(), Some(0));
        let log = server.process.log();
        assert!(log.contains(&format!("ci-bot ({prefix})")), "the log says who");
        let rest = &secret[13..];
        let hash = {
            use sha2::Digest as _;
            hex::encode(sha2::Sha256::digest(secret.as_bytes()))
        };
        canary::absent("answers", said.as_bytes(), &[rest, &hash]);
        canary::absent("audit", audited.as_bytes(), &[rest, &hash]);
        canary::absent("server's log", log.as_bytes(), &[rest, &hash]);
        canary::absent("database and files", &canary::stored(&site).await, &[rest]);
    }
}

#[tokio::test]
async fn a_token_is_refused_beyond_its_scopes_and_never_gives_what_the_role_does_not() {
    let site = Site::sqlite();
    let server = server(&site).await;
    let admin = server.admin().await;
    let own = plan::user_id(&admin, "demo-admin").await;
    let (_, secret) = token(&admin, &own, &["read"]).await;
    let reader = server.anyone().with_token(&secret);
    let project = plan::id(&reader.all("/projects").await[0]);
    let job = plan::job(&project, "x", "ops", Some("staging"), &plan::hour(200));
    reader.post("/jobs", &job).await.expect_denied("token.scope.plan");
    reader.get("/audit").await.expect_denied("token.scope.admin");
    reader.get("/metrics").await.expect_denied("token.scope.admin");
    reader.post("/admin/seeds/demo", &json!({})).await.expect_denied("token.scope.admin");
    reader.delete("/auth/session?everywhere=true").await.expect_denied("token.scope.admin");

    // The same calendar, asked for by one who may drag and by a token that may not.
    let day =
        |days| (chrono::Utc::now() + chrono::TimeDelta::days(days)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let path = format!("/calendar/events?start={}&end={}", day(0), day(10));
    let editable = |events: Value| {
        events.as_array().expect("events").iter().filter(|event| event["editable"] == json!(true)).count()
    };
    assert!(editable(admin.get(&path).await.expect(200)) > 0);
    assert_eq!(editable(reader.get(&path).await.expect(200)), 0);

    let (_, secret) = token(&admin, &own, &["read", "plan", "run", "approve", "admin"]).await;
    let all = server.anyone().with_token(&secret);
    all.get("/audit").await.expect(200);
    let credentials = "token.credentials";
    let new = json!({ "name": "x", "scopes": ["read"] });
    all.post(&format!("/users/{own}/tokens"), &new).await.expect_denied(credentials);
    all.post("/auth/calendar-token", &json!({})).await.expect_denied(credentials);
    let password = json!({ "password": "long enough", "current_password": "demo-admin" });
    all.patch(&format!("/users/{own}"), &password).await.expect_denied(credentials);
    all.post("/admin/seeds/demo", &json!({})).await.expect_denied(credentials);

    let dev = server.user("demo-dev").await;
    let dev_id = plan::user_id(&admin, "demo-dev").await;
    let (_, secret) = token(&dev, &dev_id, &["read", "plan", "run", "approve", "admin"]).await;
    let by_dev = server.anyone().with_token(&secret);
    by_dev.post("/admin/seeds/demo", &json!({})).await.expect_denied("rbac.hub.manage.dev");
    by_dev.post("/jobs", &job).await.expect_denied("rbac.job.ops.dev");
}

#[tokio::test]
async fn r28_revoked_expired_and_closed_are_refused_alike_from_the_next_request_on() {
    let site = Site::sqlite();
    let server = server(&site).await;
    let admin = server.admin().await;
    let bot = service(&admin, "ci-bot", "dev").await;
    let (id, revoked) = token(&admin, &bot, &["read"]).await;
    let (_, closed) = token(&admin, &bot, &["read"]).await;
    let soon = chrono::Utc::now() + chrono::TimeDelta::milliseconds(1500);
    let new = json!({ "name": "short", "scopes": ["read"], "expires_at": soon });
    let short = admin.post(&format!("/users/{bot}/tokens"), &new).await.expect(201);
    let by = |secret: &str| server.anyone().with_token(secret);
    let short = by(short["token"].as_str().expect("a token"));
    let (revoked, closed) = (by(&revoked), by(&closed));
    for one in [&revoked, &closed, &short] {
        one.get("/auth/me").await.expect(200);
    }
    let mut stream = revoked.events("/events", None).await;
    admin.delete(&format!("/users/{bot}/tokens/{id}")).await.expect(204);
    let mut refusals = vec![revoked.get("/jobs").await.expect(401)];
    stream.to_end(secs(20)).await;
    closed.get("/auth/me").await.expect(200);
    tokio::time::sleep(std::time::Duration::from_millis(1600)).await;
    refusals.push(short.get("/jobs").await.expect(401));
    admin.patch(&format!("/users/{bot}"), &json!({ "is_active": false })).await.expect(200);
    refusals.push(closed.get("/jobs").await.expect(401));
    refusals.push(by(&format!("uhub_{}", "0".repeat(64))).get("/jobs").await.expect(401));
    refusals.push(by("uhub_").get("/jobs").await.expect(401));
    for refusal in &refusals {
        assert_eq!(refusal, &refusals[0], "nobody learns what is wrong with it");
    }
}

#[tokio::test]
async fn r32_tokens_are_ones_own_or_for_admins() {
    let site = Site::sqlite();
    let server = server(&site).await;
    let admin = server.admin().await;
    let dev = server.user("demo-dev").await;
    let (dev_id, ops_id) = (plan::user_id(&admin, "demo-dev").await, plan::user_id(&admin, "demo-ops").await);
    let (own, secret) = token(&dev, &dev_id, &["read"]).await;
    let bot = service(&admin, "ci-bot", "dev").await;
    let (bots, _) = token(&admin, &bot, &["read"]).await;
    let new = json!({ "name": "x", "scopes": ["read"] });
    for other in [&ops_id, &bot] {
        let manage = "rbac.user.manage.dev";
        dev.get(&format!("/users/{other}/tokens")).await.expect_denied(manage);
        dev.post(&format!("/users/{other}/tokens"), &new).await.expect_denied(manage);
        dev.delete(&format!("/users/{other}/tokens/{bots}")).await.expect_denied(manage);
    }
    let elsewhere = dev.delete(&format!("/users/{dev_id}/tokens/{bots}")).await.expect(404);
    let nowhere = dev.delete(&format!("/users/{dev_id}/tokens/{}", env::random_id())).await.expect(404);
    assert_eq!(elsewhere, nowhere, "another's token is none");
    // Nobody acts as somebody else, not even an admin; but an admin ends what leaked.
    admin.post(&format!("/users/{dev_id}/tokens"), &new).await.expect_denied("token.own");
    assert_eq!(admin.all(&format!("/users/{dev_id}/tokens")).await.len(), 1);
    admin.delete(&format!("/users/{dev_id}/tokens/{own}")).await.expect(204);
    server.anyone().with_token(&secret).get("/auth/me").await.expect(401);
}

#[tokio::test]
async fn r33_what_an_account_is_never_changes_and_machines_have_no_password() {
    let site = Site::sqlite();
    let server = server(&site).await;
    let admin = server.admin().await;
    let bot = service(&admin, "ci-bot", "admin").await;
    let path = format!("/users/{bot}");
    admin.patch(&path, &json!({ "kind": "person" })).await.expect_field(422, "kind");
    admin.patch(&path, &json!({ "password": "long enough" })).await.expect_field(422, "password");
    let new = json!({
        "username": "bot-2", "kind": "service", "password": "long enough", "role": "dev",
        "display_name": "CI", "email": "ci@uhub.local",
    });
    admin.post("/users", &new).await.expect_field(422, "password");
    for password in ["ci-bot", "long enough"] {
        let refused = server.anyone().try_sign_in("ci-bot", password).await.expect(400);
        assert_eq!(refused["error"], "invalid_grant");
    }
    let dev = server.user("demo-dev").await;
    let own = format!("/users/{}", plan::user_id(&admin, "demo-dev").await);
    dev.patch(&own, &json!({ "kind": "service" })).await.expect_field(422, "kind");
    let close = json!({ "is_active": false });
    let own = format!("/users/{}", plan::user_id(&admin, "demo-admin").await);
    admin.patch(&own, &close).await.expect_denied("account.last_admin");
    let new = json!({ "name": "x", "scopes": ["approve"] });
    admin.post(&format!("{path}/tokens"), &new).await.expect_field(422, "scopes");
}

#[tokio::test]
async fn r36_what_a_machine_asks_for_is_decided_by_somebody_who_holds_no_token_of_it() {
    let site = Site::sqlite();
    let server = server(&site).await;
    let admin = server.admin().await;
    let bot = service(&admin, "ci-bot", "admin").await;
    let (_, secret) = token(&admin, &bot, &["read", "plan", "run"]).await;
    let ci = server.anyone().with_token(&secret);
    let project = plan::id(&admin.all("/projects").await[0]);
    let mut job = plan::job(&project, "deploy", "ops", Some("prod"), &plan::hour(300));
    job["execution"] = json!({ "backend": "docker", "image": "busybox", "command": ["true"] });
    job["auto_start"] = json!(false);
    let job = plan::id(&ci.post("/jobs", &job).await.expect(201));
    let asked = ci.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(202);
    let path = format!("/approvals/{}/approve", plan::id(&asked["approval"]));
    ci.post(&path, &json!({})).await.expect_denied("account.service");
    admin.post(&path, &json!({})).await.expect_denied("approval.second_person");
    server.user("demo-projets").await.post(&path, &json!({})).await.expect(200);
}

#[tokio::test]
async fn tokens_are_managed_by_the_command_line_on_both_databases() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::on(kind).await;
        let add = ["user", "add", "ci", "--service", "--role", "ops", "--email", "ci@uhub.local", "--json"];
        let made = site.run(&add).await.expect(0).json();
        assert_eq!((&made["kind"], &made["role"]), (&json!("service"), &json!("ops")));
        let bob = ["user", "add", "bob", "--role", "dev", "--email", "b@uhub.local", "--password-stdin"];
        site.run_with_input(&bob, "correct horse\n").await.expect(0);

        let create = ["token", "create", "ci", "--name", "gitlab", "--scope", "read", "--scope", "run"];
        let output = site.run(&create).await.expect(0);
        let secret = output.stdout.trim();
        assert!(secret.len() == 69 && secret.starts_with("uhub_"), "the token alone: {:?}", output.stdout);
        let json = [create.as_slice(), &["--days", "30", "--json"]].concat();
        let second = site.run(&json).await.expect(0).json();
        assert!(second["token"].is_string() && second["expires_at"].is_string(), "{second}");
        for wrong in [
            ["token", "create", "bob", "--scope", "read"],
            ["token", "create", "ci", "--scope", "approve"],
            ["token", "create", "nobody", "--scope", "read"],
        ] {
            site.run(&wrong).await.expect(1);
        }
        site.run(&["token", "create", "ci", "--scope", "everything"]).await.expect(2);
        site.run(&["token", "create", "ci"]).await.expect(2);

        let listed = site.run(&["token", "list", "ci", "--json"]).await.expect(0);
        assert!(!listed.stdout.contains(&secret[13..]), "{listed:?}");
        assert_eq!(listed.json().as_array().map(Vec::len), Some(2));
        let table = site.run(&["token", "list", "ci"]).await.expect(0).stdout;
        assert!(table.contains("gitlab") && table.contains("read run") && table.contains("good"), "{table}");

        let server = site.serve(&["--no-worker"]).await;
        let ci = server.anyone().with_token(secret);
        assert_eq!(ci.get("/auth/me").await.expect(200)["scopes"], json!(["read", "run"]));
        site.run(&["token", "revoke", "ci", &secret[..13]]).await.expect(0);
        ci.get("/auth/me").await.expect(401);
        site.run(&["token", "revoke", "bob", second["id"].as_str().expect("an id")]).await.expect(1);
    }
}
