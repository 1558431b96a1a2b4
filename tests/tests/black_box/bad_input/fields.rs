//! One field wrong at a time: it is named, with the reason.

use serde_json::{Value, json};
use uhub_tests::{env, plan};

use super::{Target, project, user, with};

/// Times that are none, or that no calendar here has.
const NO_TIMES: [&str; 12] = [
    "",
    "tomorrow",
    "0",
    "2026-02-30T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2016-12-31T23:59:60Z",
    "+10000-01-01T00:00:00Z",
    "2026-01-01 00:00",
    "2026-01-01T00:00:00",
    "2026-13-01T00:00:00Z",
    "2026-01-01T00:00:00+25:00",
    "\u{0660}",
];

/// Times at the ends of time, and beyond the years of the calendar (DOMAIN §1).
const FAR_TIMES: [&str; 6] = [
    "0000-01-01T00:00:00Z",
    "1999-12-31T23:59:59.999999Z",
    "2200-01-01T00:00:00.000001Z",
    "9999-12-31T23:59:59.999999999Z",
    "9999-12-31T23:59:59-23:59",
    "0000-01-01T00:00:00+23:59",
];

/// Characters that cannot be seen, or turn the reading direction.
const HIDDEN: [&str; 10] = [
    "a\0b",
    "a\u{202E}b",
    "\u{2066}x",
    "a\u{200B}b",
    "x\u{FEFF}",
    "a\u{1b}[31m",
    "a\nb",
    "\u{E0041}",
    "\u{7f}",
    "a\u{2028}b",
];

#[tokio::test]
async fn r12_slots_at_the_ends_of_time_empty_or_negative_are_refused() {
    let target = Target::new().await;
    let job = target.job();
    let id = plan::id(&target.admin.all("/jobs").await[0]);
    let path = format!("/jobs/{id}");
    for time in NO_TIMES.into_iter().chain(FAR_TIMES) {
        for field in ["planned_start", "planned_end"] {
            let problem = target.admin.post("/jobs", &with(&job, field, json!(time))).await.expect(422);
            assert!(
                ["planned_start", "planned_end"].contains(&problem["field"].as_str().expect("a field")),
                "{time}: {problem}"
            );
            target.admin.patch(&path, &json!({ field: time })).await.expect(422);
        }
        let freeze = json!({ "start": time, "end": plan::hour(1), "tiers": ["prod"], "reason": "x" });
        let field = target.admin.post("/freezes", &freeze).await.expect(422)["field"].clone();
        assert!(field == "start" || field == "end", "{time}: {field}");
        let query = time.replace('+', "%2B").replace(' ', "%20").replace('\u{0660}', "%D9%A0");
        target.admin.get(&format!("/calendar/events?start={query}&end={}", plan::hour(1))).await.expect(422);
        target
            .admin
            .get(&format!("/calendar/conflicts?start={}&end={query}", plan::hour(1)))
            .await
            .expect(422);
        let resolve = json!({ "start": time, "end": plan::hour(1), "apply": true });
        target.admin.post("/calendar/resolve", &resolve).await.expect(422);
    }
    for (start, end) in [(1, 1), (2, 1), (100, -100)] {
        let body = with(
            &with(&job, "planned_start", json!(plan::hour(start))),
            "planned_end",
            json!(plan::hour(end)),
        );
        target.admin.post("/jobs", &body).await.expect_field(422, "planned_end");
        let move_ = json!({ "planned_start": plan::hour(start), "planned_end": plan::hour(end) });
        target.admin.patch(&path, &move_).await.expect_field(422, "planned_end");
        let span = format!("start={}&end={}", plan::hour(start), plan::hour(end));
        target.admin.get(&format!("/calendar/events?{span}")).await.expect_field(422, "end");
    }
    // 2200 begins where the last slot may end, and none may begin.
    target.admin.post("/jobs", &with(&job, "planned_start", json!("2200-01-01T00:00:00Z"))).await.expect(422);
    // All that is sound in itself, but runs over the end when the length is added.
    let last = with(&job, "planned_start", json!("2199-12-31T23:30:00Z"));
    target.admin.post("/jobs", &last).await.expect(422);
    target.admin.patch(&path, &json!({ "planned_start": "2199-12-31T23:59:59.999999Z" })).await.expect(422);
    for number in
        [json!(0), json!(-1), json!(1e308), json!(i64::MAX), json!([]), json!({}), json!(true), json!(null)]
    {
        target
            .admin
            .post("/jobs", &with(&job, "planned_start", number))
            .await
            .expect_field(422, "planned_start");
    }
    target.is_untouched().await;
}

#[tokio::test]
async fn r43_names_hold_nothing_that_cannot_be_seen() {
    let target = Target::new().await;
    let admin_id = plan::user_id(&target.admin, "demo-admin").await;
    let job = target.job();
    for text in HIDDEN {
        let value = json!(text);
        target.admin.post("/jobs", &with(&job, "title", value.clone())).await.expect_field(422, "title");
        target
            .admin
            .post("/projects", &with(&project(&admin_id), "name", value.clone()))
            .await
            .expect_field(422, "name");
        for field in ["display_name", "username", "email"] {
            target.admin.post("/users", &with(&user(), field, value.clone())).await.expect_field(422, field);
        }
        let freeze =
            json!({ "start": plan::hour(0), "end": plan::hour(1), "tiers": ["prod"], "reason": text });
        target.admin.post("/freezes", &freeze).await.expect_field(422, "reason");
    }
    for (field, value) in [
        ("title", json!("")),
        ("title", json!("   ")),
        ("title", json!("x".repeat(201))),
        ("title", json!(7)),
        ("title", json!(null)),
        ("description", json!("a\0b")),
        ("description", json!("x".repeat(10_001))),
        ("job_type", json!("Ops")),
        ("job_type", json!("party")),
        ("environment", json!("nowhere")),
        ("environment", json!("Staging")),
        ("environment", json!("")),
        ("all_day", json!("yes")),
        ("critical", json!(1)),
        ("assignee_id", json!("me")),
        ("auto_start", json!(true)),
        ("project_id", json!("1")),
        ("project_id", json!(1)),
    ] {
        target.admin.post("/jobs", &with(&job, field, value)).await.expect_field(422, field);
    }
    let mut meeting = with(&job, "job_type", json!("meeting"));
    target.admin.post("/jobs", &meeting).await.expect_field(422, "environment");
    meeting.as_object_mut().expect("an object").remove("environment");
    meeting["execution"] = json!({ "command": ["/bin/true"] });
    target.admin.post("/jobs", &meeting).await.expect_field(422, "execution");
    target.is_untouched().await;
}

#[tokio::test]
async fn r31_usernames_that_look_like_another_are_refused() {
    let target = Target::new().await;
    for name in [
        "DEMO-ADMIN",
        "Demo-Admin",
        "ｄｅｍｏ-ａｄｍｉｎ",
        "demo-аdmin",
        "dеmo-admin",
        "demo-admin\u{200B}",
        "demo‐admin",
        "demo-adm\u{131}n",
        "𝐝𝐞𝐦𝐨-𝐚𝐝𝐦𝐢𝐧",
        "demo-admin ",
        " demo-admin",
    ] {
        let answer = target.admin.post("/users", &with(&user(), "username", json!(name))).await;
        assert!(matches!(answer.status, 409 | 422), "{name:?}: {answer:?}");
        assert_eq!(answer.json()["field"], "username", "{name:?}");
    }
    for name in ["", " ", "a b", "a/b", "a\\b", "<b>", "x".repeat(65).as_str(), "..%2f", "a;b"] {
        target
            .admin
            .post("/users", &with(&user(), "username", json!(name)))
            .await
            .expect_field(422, "username");
    }
    for (field, value) in [
        ("email", json!("nobody")),
        ("email", json!("a@b@c")),
        ("email", json!("@x")),
        ("email", json!("a b@c.d")),
        ("password", json!("short")),
        ("password", json!("p".repeat(1025))),
        ("password", json!("long\0enough")),
        ("role", json!("root")),
        ("role", json!("Admin")),
        ("role", json!(["admin"])),
        ("theme", json!("pink")),
        ("display_name", json!("x".repeat(101))),
    ] {
        target.admin.post("/users", &with(&user(), field, value)).await.expect_field(422, field);
    }
    target.is_untouched().await;
}

/// r33: what a caller may not set is no field.
#[tokio::test]
async fn r33_unknown_fields_are_refused_by_name_and_nothing_is_assigned_by_them() {
    let target = Target::new().await;
    let me = plan::user_id(&target.admin, "demo-admin").await;
    for field in [
        "id",
        "status",
        "version",
        "created_by",
        "edited_by",
        "pool",
        "tier",
        "created_at",
        "__proto__",
        "Title",
    ] {
        target.admin.post("/jobs", &with(&target.job(), field, json!("x"))).await.expect_field(422, field);
    }
    let id = plan::id(&target.admin.all("/jobs").await[0]);
    for field in ["status", "project_id", "version", "created_by", "id", "approved_by"] {
        target
            .admin
            .patch(&format!("/jobs/{id}"), &json!({ field: "planned" }))
            .await
            .expect_field(422, field);
    }
    for field in ["id", "is_admin", "password_hash", "tokens_valid_from", "is_active"] {
        target.admin.post("/users", &with(&user(), field, json!(true))).await.expect_field(422, field);
    }
    let dev = target.server.user("demo-dev").await;
    let dev_path = format!("/users/{}", plan::user_id(&target.admin, "demo-dev").await);
    for field in ["password_hash", "id", "version", "permissions", "tokens_valid_from"] {
        dev.patch(&dev_path, &json!({ "theme": "light", field: "x" })).await.expect_field(422, field);
    }
    for change in [
        json!({ "role": "admin" }),
        json!({ "theme": "light", "role": "admin" }),
        json!({ "is_active": true }),
    ] {
        dev.patch(&dev_path, &change).await.expect_denied("rbac.user.manage.dev");
    }
    let seen = target.admin.get(&dev_path).await.expect(200);
    assert_eq!(
        (&seen["role"], &seen["theme"]),
        (&json!("dev"), &json!("dark")),
        "not even the half that was allowed"
    );
    for field in ["id", "version", "created_at", "pool"] {
        target
            .admin
            .post("/projects", &with(&project(&me), field, json!("x")))
            .await
            .expect_field(422, field);
    }
    let nested = with(&target.job(), "execution", json!({ "command": ["/bin/true"], "privileged": true }));
    target.admin.post("/jobs", &nested).await.expect_field(422, "execution.privileged");
    let policy = with(&project(&me), "policy", json!({ "allow_everything": true }));
    target.admin.post("/projects", &policy).await.expect_field(422, "policy.allow_everything");
    for path in
        ["/jobs?nothing=1", "/users?role=admin", "/runs?order=desc", "/audit?sort=id", "/calendar/events?x=1"]
    {
        target.admin.get(path).await.expect(422);
    }
    target.is_untouched().await;
}

/// What each backend does not use is refused, and so are limits that mean nothing.
#[tokio::test]
async fn executions_are_checked_when_they_are_planned() {
    let target = Target::new().await;
    for (execution, field) in [
        (json!({ "backend": "local" }), "execution.command"),
        (json!({ "backend": "local", "command": [] }), "execution.command"),
        (json!({ "backend": "local", "command": [""] }), "execution.command"),
        (json!({ "backend": "local", "command": ["/bin/true"], "image": "x" }), "execution.image"),
        (json!({ "backend": "local", "command": ["/bin/true"], "url": "http://x" }), "execution.url"),
        (
            json!({ "backend": "local", "command": ["/bin/true"], "working_dir": "relative" }),
            "execution.working_dir",
        ),
        (json!({ "backend": "docker", "command": ["true"] }), "execution.image"),
        (json!({ "backend": "docker", "image": "x", "url": "http://x" }), "execution.url"),
        (json!({ "backend": "docker", "image": "x", "limits": { "cpus": 0 } }), "execution.cpus"),
        (json!({ "backend": "docker", "image": "x", "limits": { "cpus": -1 } }), "execution.cpus"),
        (json!({ "backend": "docker", "image": "x", "limits": { "memory_mb": 0 } }), "execution.memory_mb"),
        (json!({ "backend": "webhook" }), "execution.url"),
        (json!({ "backend": "webhook", "url": "http://x", "command": ["x"] }), "execution.command"),
        (json!({ "backend": "webhook", "url": "http://x", "method": "BREW" }), "execution.method"),
        (json!({ "backend": "webhook", "url": "http://x\r\nX: y" }), "execution.url"),
        (json!({ "command": ["/bin/true"], "env": { "A=B": "x" } }), "execution.env.A=B"),
        (json!({ "command": ["/bin/true"], "secrets": { "TOKEN": "in clear" } }), "execution.secrets.TOKEN"),
        (json!({ "command": ["/bin/true"], "timeout_seconds": 0 }), "execution.timeout_seconds"),
        (json!({ "command": ["/bin/true"], "max_attempts": 0 }), "execution.max_attempts"),
    ] {
        let body = with(&target.job(), "execution", execution.clone());
        let problem = target.admin.post("/jobs", &body).await.expect(422);
        assert_eq!(problem["field"], field, "{execution}: {problem}");
    }
    for execution in [
        json!({ "backend": "rocket" }),
        json!({ "command": "rm -rf /" }),
        json!({ "command": [1] }),
        json!({ "backend": "docker", "image": "x", "limits": { "memory_mb": -5 } }),
        json!({ "command": ["/bin/true"], "timeout_seconds": 4_294_967_296_u64 }),
        json!({ "command": ["/bin/true"], "env": { "A": 1 } }),
        json!("x"),
        // Values in the order of the fields are no object.
        json!([]),
        json!(["local", ["/bin/true"]]),
        json!({ "backend": "docker", "image": "x", "limits": [1.0, 64, 10] }),
    ] {
        let problem =
            target.admin.post("/jobs", &with(&target.job(), "execution", execution)).await.expect(422);
        assert!(problem["field"].as_str().is_some_and(|field| field.starts_with("execution")), "{problem}");
    }
    target.is_untouched().await;
}

#[tokio::test]
async fn projects_and_environments_are_checked() {
    let target = Target::new().await;
    let me = plan::user_id(&target.admin, "demo-admin").await;
    for (field, value, named) in [
        ("color", json!("green"), "color"),
        ("color", json!("#00ff0"), "color"),
        ("environments", json!(["prod eu"]), "environments.name"),
        ("environments", json!(["dev", "dev"]), "environments"),
        ("environments", json!([{ "name": "eu" }]), "environments.tier"),
        ("environments", json!([{ "name": "prod", "tier": "dev" }]), "environments.tier"),
        ("environments", json!([{ "name": "x", "tier": "dev", "pool": "a b" }]), "environments.pool"),
        ("owner_id", json!(env::random_id()), "owner_id"),
        ("execution_backend_config", json!({ "cpus": 0 }), "execution_backend_config.cpus"),
        ("policy", json!({ "approval_ttl_seconds": 1 }), "policy.approval_ttl_seconds"),
        ("policy", json!([]), "policy"),
        ("policy", json!({ "on_conflict": ["block"] }), "policy.on_conflict"),
        ("policy", json!({ "allowed_backends": [["local"]] }), "policy.allowed_backends"),
        ("execution_backend_config", json!([1]), "execution_backend_config"),
        ("environments", json!([["x", "dev"]]), "environments[0]"),
    ] {
        let body = with(&project(&me), field, value.clone());
        let problem = target.admin.post("/projects", &body).await.expect(422);
        assert_eq!(problem["field"], named, "{value}: {problem}");
    }
    let taken = target.admin.get(&format!("/projects/{}", target.project)).await.expect(200)["name"].clone();
    target.admin.post("/projects", &with(&project(&me), "name", taken)).await.expect_field(409, "name");
    // r38: a tier never changes; an environment with jobs does not go.
    let path = format!("/projects/{}", target.project);
    let mut environments = target.admin.get(&path).await.expect(200)["environments"].clone();
    for one in environments.as_array_mut().expect("a list") {
        if one["name"] == "prod" {
            one["name"] = json!("innocent");
            one["tier"] = json!("dev");
        }
    }
    target
        .admin
        .patch(&path, &json!({ "environments": environments }))
        .await
        .expect_denied("guardrail.tier_fixed");
    target.admin.patch(&path, &json!({ "environments": ["dev"] })).await.expect(409);
    target.is_untouched().await;
}

/// A version that is no longer so.
#[tokio::test]
async fn stale_versions_are_refused() {
    let target = Target::new().await;
    let job = target.admin.all("/jobs").await.remove(0);
    let path = format!("/jobs/{}", plan::id(&job));
    let read = target.admin.get(&path).await;
    let tag = read.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", job["version"]));
    let patch = |tag: &str, title: &str| {
        target
            .admin
            .request(reqwest::Method::PATCH, &path)
            .header("if-match", tag)
            .json(&json!({ "title": title }))
            .send()
    };
    let changed = patch(&tag, "first").await;
    changed.expect(200);
    assert_ne!(changed.header("etag"), tag);
    patch(&tag, "second").await.expect(412);
    for wrong in ["\"0\"", "\"-1\"", "\"x\"", "W/\"2\"", "\"99999999999999999999\""] {
        patch(wrong, "second").await.expect(412);
    }
    for wrong in ["2", "", "\"1\", \"2\"", "\"", "*, \"2\""] {
        patch(wrong, "second").await.expect_field(422, "If-Match");
    }
    target.admin.request(reqwest::Method::DELETE, &path).header("if-match", &tag).send().await.expect(412);
    assert_eq!(target.admin.get(&path).await.expect(200)["title"], "first");
    patch("*", "third").await.expect(200);
    // Two who read the same version: one wins.
    let tag = target.admin.get(&path).await.header("etag").to_owned();
    let both = futures_util::future::join_all((0..10).map(|n| {
        let (patch, tag) = (&patch, &tag);
        async move { patch(tag, &format!("by {n}")).await.status }
    }))
    .await;
    assert_eq!(both.iter().filter(|status| **status == 200).count(), 1, "{both:?}");
    for (path, body) in
        [("/users/", json!({ "display_name": "X" })), ("/projects/", json!({ "color": "#000000" }))]
    {
        let id = plan::id(&target.admin.all(path.trim_end_matches('/')).await[0]);
        let request = target.admin.request(reqwest::Method::PATCH, &format!("{path}{id}"));
        request.header("if-match", "\"999\"").json(&body).send().await.expect(412);
    }
}

/// r34: what a search or a list is asked with is taken as it is.
#[tokio::test]
async fn r34_wildcards_cursors_and_limits_mean_nothing_special() {
    let target = Target::new().await;
    let all = target.admin.all("/jobs").await.len();
    for (title, hour) in [("100% sure", 0), ("under_score", 10), ("back\\slash", 20), ("quo'te\"s", 30)] {
        target
            .admin
            .post("/jobs", &plan::job(&target.project, title, "meeting", None, &plan::hour(hour)))
            .await
            .expect(201);
    }
    let found = |q: &'static str| {
        let admin = target.admin.clone();
        async move {
            let mut found: Vec<Value> = admin.all(&format!("/jobs?q={q}")).await;
            found.iter_mut().map(|job| job["title"].take()).collect::<Vec<_>>()
        }
    };
    assert_eq!(found("%25").await, [json!("100% sure")]);
    assert_eq!(found("_").await, [json!("under_score")]);
    assert_eq!(found("%5C").await, [json!("back\\slash")]);
    assert_eq!(found("'").await, [json!("quo'te\"s")]);
    assert_eq!(found("SANT%C3%89%20PROJET").await.len(), 1, "case and accents as people write them");
    for none in ["%25%25", "a%25b", "%27%20OR%201=1%20--", "%22;DROP%20TABLE%20jobs", "[a-z]", "*", ".*"] {
        assert_eq!(found(none).await, Vec::<Value>::new(), "{none}");
    }
    assert_eq!(target.admin.all("/jobs").await.len(), all + 4);
    target.admin.get("/jobs?q=a%00b").await.expect_field(422, "q");
    target.admin.get(&format!("/jobs?q={}", "x".repeat(10_000))).await.expect(422);
    for path in ["/jobs", "/users", "/projects", "/runs", "/audit", "/approvals", "/freezes"] {
        for limit in ["0", "-1", "501", "1e3", "x", "99999999999999999999", "", "1.5", "0x5"] {
            target.admin.get(&format!("{path}?limit={limit}")).await.expect_field(422, "limit");
        }
        for cursor in ["x", "", "e30", "bnVsbA", "';--", "AAAA", &"A".repeat(5000), "%00", "eyJrZXkiOjF9"] {
            target.admin.get(&format!("{path}?cursor={cursor}")).await.expect_field(422, "cursor");
        }
    }
    for query in [
        "status=done",
        "tier=Prod",
        "job_type=x",
        "project_id=x",
        "from=x",
        "to=2026",
        "mine=perhaps",
        "status=",
    ] {
        target
            .admin
            .get(&format!("/jobs?{query}"))
            .await
            .expect_field(422, query.split('=').next().expect("a name"));
    }
    for limit in ["0", "-1", "100000", "x"] {
        let id = plan::id(&target.admin.all("/jobs").await[0]);
        target.admin.get(&format!("/jobs/{id}/suggestions?limit={limit}")).await.expect_field(422, "limit");
    }
    // Pages are whole: no gap, no repeat.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = target.admin.get(&format!("/jobs?limit=3{cursor}")).await.expect(200);
        seen.extend(page["items"].as_array().expect("a list").iter().map(plan::id));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut distinct = seen.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (all + 4, all + 4));
}
