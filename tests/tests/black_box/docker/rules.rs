//! What may be planned, what may run, and what is seen of it (r21, r25).

use uhub_tests::canary;

use super::*;

#[tokio::test]
async fn docker_a_prod_run_waits_for_its_approval_and_succeeds() {
    let site = Site::sqlite().variable("UHUB_DOCKER", "true").variable("UHUB_DOCKER_HOST", &env::docker());
    let server = site.demo().await;
    let scene = Scene::on(site, server).await;
    let mut local = scene.job("on local", "prod", "true");
    local["execution"] = json!({ "backend": "local", "command": ["/bin/true"] });
    scene.admin.post("/jobs", &local).await.expect_denied("guardrail.prod_backend");

    let job = plan::id(
        &scene.admin.post("/jobs", &scene.job("release", "prod", "echo released; id -u")).await.expect(201),
    );
    let asked = scene.admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(202);
    let run = plan::id(&asked["run"]);
    assert!(containers(&format!("uhub.run={run}")).await.is_empty());
    let approval = plan::id(&asked["approval"]);
    let projets = scene.server.user("demo-projets").await;
    projets.post(&format!("/approvals/{approval}/approve"), &json!({})).await.expect(200);
    let ended = scene.ended(&run).await;
    assert_eq!((&ended["status"], &ended["backend"]), (&json!("succeeded"), &json!("docker")), "{ended}");
    assert_eq!(scene.log(&run).await, "released\n65534\n");
    // Which image that was is on record.
    let said = scene.admin.get(&format!("/runs/{run}/logs")).await.text();
    let id = docker(&["image", "inspect", "--format", "{{.Id}}", IMAGE]).await;
    assert!(said.contains(id.trim()), "{said}");
    scene.gone(&run).await;
}

#[tokio::test]
async fn r21_docker_what_is_too_much_is_refused_when_it_is_planned() {
    let site = Site::sqlite()
        .variable("UHUB_DOCKER", "true")
        .variable("UHUB_DOCKER_HOST", &env::docker())
        .variable("UHUB_DOCKER_ALLOW_IMAGE", "busybox:*");
    let server = site.demo().await;
    let scene = Scene::on(site, server).await;
    let admin = &scene.admin;
    let path = format!("/projects/{}", scene.project);
    // The form of what a project says is checked where it is said, and only admins say it.
    for (config, field) in [
        (json!({ "network": "host" }), "execution_backend_config.docker.network"),
        (json!({ "network": "container:1" }), "execution_backend_config.docker.network"),
        (json!({ "user": "0" }), "execution_backend_config.docker.user"),
        (json!({ "user": "root" }), "execution_backend_config.docker.user"),
        (
            json!({ "mounts": [{ "source": "etc", "target": "/x" }] }),
            "execution_backend_config.docker.mounts",
        ),
    ] {
        let body = json!({ "execution_backend_config": { "docker": config } });
        admin.patch(&path, &body).await.expect_field(422, field);
    }
    for unknown in
        [json!({ "privileged": true }), json!({ "devices": ["/dev/sda"] }), json!({ "pid": "host" })]
    {
        let body = json!({ "execution_backend_config": { "docker": unknown } });
        assert_eq!(admin.patch(&path, &body).await.status, 422);
    }
    let projets = scene.server.user("demo-projets").await;
    let body = json!({ "execution_backend_config": { "docker": { "tmpfs_mb": 1 } } });
    assert_eq!(projets.patch(&path, &body).await.status, 403);
    // What the worker's machine does not allow, when a job is planned on it.
    let refused = |execution: Value, field: &'static str, reason: &'static str| {
        let mut job = scene.job("refused", "dev", "true");
        for (name, value) in execution.as_object().into_iter().flatten() {
            job["execution"][name] = value.clone();
        }
        async move {
            let problem = admin.post("/jobs", &job).await.expect_field(422, field);
            let detail = problem["detail"].as_str().unwrap_or_default().to_owned();
            assert!(detail.contains(reason), "{detail}");
        }
    };
    refused(json!({ "image": null }), "execution.image", "is needed").await;
    refused(json!({ "image": "evil.example.org/busybox:1" }), "execution", "does not allow the image").await;
    refused(json!({ "image": "--privileged" }), "execution", "is not an image").await;
    refused(json!({ "url": "https://example.org" }), "execution.url", "is not used").await;
    for source in ["/", "/etc", "/var/run", "/root"] {
        let mounts = json!([{ "source": source, "target": "/x" }]);
        let body = json!({ "execution_backend_config": { "docker": { "mounts": mounts } } });
        admin.patch(&path, &body).await.expect(200);
        refused(json!({}), "execution", "allows no mounts").await;
    }
}

#[tokio::test]
async fn r17_docker_a_memory_hog_is_told_as_such() {
    let scene = Scene::new(Kind::Sqlite, |site| site).await;
    let _worker = scene.worker().await;
    let mut job = scene.job("hog", "dev", "tail /dev/zero");
    job["execution"]["limits"] = json!({ "memory_mb": 32 });
    let run = scene.launch_job(&job).await;
    let ended = scene.ended(&run).await;
    assert_eq!((&ended["status"], &ended["outcome"]), (&json!("failed"), &json!("oom_killed")), "{ended}");
    scene.gone(&run).await;
}

#[tokio::test]
async fn r25_docker_a_secret_is_in_its_file_and_nowhere_else() {
    let secret = format!("canary+{}/é", env::random_id());
    let scene = Scene::new(Kind::Sqlite, |site| {
        site.variable("UHUB_SECRET_ENV_PREFIX", "CANARY_")
            .variable("CANARY_TOKEN", &secret)
            .variable("UHUB_LOG", "trace")
    })
    .await;
    let mut worker = scene.worker().await;
    let mut job =
        scene.job("secret", "dev", "cat $TOKEN_FILE; echo; wc -c < $TOKEN_FILE; env; echo there; sleep 600");
    job["execution"]["secrets"] = json!({ "TOKEN": "env:TOKEN" });
    let run = scene.launch_job(&job).await;
    let log = wait::until(secs(60), "it has printed it", || async {
        let log = scene.log(&run).await;
        log.contains("there").then_some(log)
    })
    .await;
    assert!(log.contains(&format!("\n{}\n", secret.len())) && log.contains("***"), "{log}");
    let id = containers(&format!("uhub.run={run}")).await.remove(0);
    let inspected = docker(&["inspect", &id]).await;
    assert!(inspected.contains("TOKEN_FILE=/run/secrets/TOKEN"), "{inspected}");
    scene.admin.post(&format!("/runs/{run}/cancel"), &json!({})).await.expect(202);
    let ended = scene.ended(&run).await;
    assert_eq!(ended["status"], "cancelled", "{ended}");
    scene.gone(&run).await;
    assert_eq!(worker.stop(secs(30)).await.code(), Some(0));
    for (place, text) in [
        ("docker inspect", inspected),
        ("log", log),
        ("run", ended.to_string()),
        ("worker's log", worker.log()),
    ] {
        canary::absent(place, text.as_bytes(), &[&secret]);
    }
    canary::absent("database and files", &canary::stored(&scene.site).await, &[&secret]);
}
