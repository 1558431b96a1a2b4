//! Approvals over HTTP (DOMAIN §4): each permits what was asked for, once, by a second person who may.

use serde_json::{Value, json};
use uhub_tests::{Client, Server, Site, audit, plan};

/// A hub whose project "Containers" belongs to `demo-projets`; nothing is executed.
struct Scene {
    // Its files live as long as it does.
    _site: Site,
    server: Server,
    admin: Client,
    owner: Client,
    project: String,
}

impl Scene {
    async fn new() -> Self {
        let site = Site::sqlite().many_logins().variable("UHUB_DOCKER", "true");
        let server = site.serve(&["--demo", "--no-worker"]).await;
        let (admin, owner) = (server.admin().await, server.user("demo-projets").await);
        let id = plan::user_id(&admin, "demo-projets").await;
        let project = plan::id(&plan::project(&admin, "Containers", &id, &Value::Null, false).await);
        Self { _site: site, server, admin, owner, project }
    }

    /// A job in prod, planned by the project's owner.
    async fn job(&self, hour: i64) -> String {
        self.job_by(&self.owner, hour).await
    }

    async fn job_by(&self, planner: &Client, hour: i64) -> String {
        let mut job = plan::job(&self.project, "Release", "ops", Some("prod"), &plan::hour(hour));
        job["auto_start"] = json!(false);
        job["execution"] = json!({
            "backend": "docker", "image": "registry.example/app:1", "command": ["deploy"],
            "secrets": { "PASSWORD": "vault:secret/app#password" },
        });
        plan::id(&planner.post("/jobs", &job).await.expect(201))
    }

    /// Asks for a run of the job: the run's id and the approval's.
    async fn asked(&self, client: &Client, job: &str) -> (String, String) {
        let waiting = client.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(202);
        (plan::id(&waiting["run"]), plan::id(&waiting["approval"]))
    }

    async fn approve(&self, client: &Client, approval: &str) -> u16 {
        client.post(&format!("/approvals/{approval}/approve"), &json!({})).await.status
    }

    async fn state(&self, approval: &str) -> String {
        let approval = self.admin.get(&format!("/approvals/{approval}")).await.expect(200);
        approval["state"].as_str().expect("a state").to_owned()
    }
}

#[tokio::test]
async fn r36_neither_the_requester_nor_the_last_editor_nor_a_role_without_the_right_decides() {
    let scene = Scene::new().await;
    let job = scene.job(0).await;
    let ops = scene.server.user("demo-ops").await;
    let (run, approval) = scene.asked(&ops, &job).await;
    for who in ["demo-ops", "demo-dev", "demo-projets"] {
        let client = scene.server.user(who).await;
        assert_eq!(scene.approve(&client, &approval).await, 403, "{who}");
        client.post(&format!("/approvals/{approval}/reject"), &json!({ "comment": "no" })).await.expect(403);
    }
    let reject = format!("/approvals/{approval}/reject");
    scene.admin.post(&reject, &json!({ "comment": "not today" })).await.expect(200);
    assert_eq!(scene.state(&approval).await, "rejected");
    assert_eq!(scene.owner.get(&format!("/runs/{run}")).await.expect(200)["status"], "cancelled");
    scene.admin.post(&format!("/approvals/{approval}/approve"), &json!({})).await.expect(409);
    audit::verify(&scene.admin).await;
}

#[tokio::test]
async fn r35_what_is_edited_swapped_or_renamed_afterwards_voids_what_was_asked() {
    let scene = Scene::new().await;
    let execution = |image: &str, reference: &str| {
        json!({ "execution": {
            "backend": "docker", "image": image, "command": ["deploy"], "secrets": { "PASSWORD": reference },
        } })
    };
    let (image, reference) = ("registry.example/app:1", "vault:secret/app#password");
    for (hour, patch) in [
        (0, json!({ "title": "Release 2" })),
        (10, execution("registry.example/app:2", reference)),
        (20, execution(image, "vault:secret/app#other")),
        (30, json!({ "planned_start": plan::hour(31) })),
    ] {
        for decided_before in [false, true] {
            let job = scene.job(hour).await;
            let (run, approval) = scene.asked(&scene.owner, &job).await;
            if decided_before {
                assert_eq!(scene.approve(&scene.admin, &approval).await, 200);
            }
            let changed = scene.owner.patch(&format!("/jobs/{job}"), &patch).await;
            if decided_before {
                // A run that was agreed to is queued: its job is fixed until it ends.
                changed.expect(409);
                scene.owner.post(&format!("/runs/{run}/cancel"), &json!({})).await.expect(202);
                scene.admin.delete(&format!("/jobs/{job}")).await;
                continue;
            }
            changed.expect(200);
            assert_eq!(scene.state(&approval).await, "void", "{patch}");
            assert_eq!(scene.approve(&scene.admin, &approval).await, 409);
            scene.owner.delete(&format!("/jobs/{job}")).await;
        }
    }
    // The environment takes another name: what was asked for was another place.
    let job = scene.job(40).await;
    let (_, approval) = scene.asked(&scene.owner, &job).await;
    let path = format!("/projects/{}", scene.project);
    let mut environments = scene.admin.get(&path).await.expect(200)["environments"].clone();
    for environment in environments.as_array_mut().expect("a list") {
        if environment["name"] == "prod" {
            environment["name"] = json!("prod-eu");
        }
    }
    scene.admin.patch(&path, &json!({ "environments": environments })).await.expect(200);
    assert_eq!(scene.approve(&scene.admin, &approval).await, 409);
    assert_eq!(scene.state(&approval).await, "void");
}

#[tokio::test]
async fn r37_an_approval_is_decided_once_and_not_after_the_end() {
    let scene = Scene::new().await;
    let job = scene.job(0).await;
    let (run, approval) = scene.asked(&scene.owner, &job).await;
    let path = format!("/approvals/{approval}/approve");
    let two = server_rush(&scene.admin, &path).await;
    assert_eq!(two.iter().filter(|status| **status == 200).count(), 1, "{two:?}");
    assert!(two.iter().all(|status| [200, 409].contains(status)), "{two:?}");
    assert_eq!(scene.approve(&scene.admin, &approval).await, 409, "a replay");
    scene.owner.post(&format!("/runs/{run}/cancel"), &json!({})).await.expect(202);

    let job = scene.job(10).await;
    let (_, approval) = scene.asked(&scene.owner, &job).await;
    scene.owner.delete(&format!("/jobs/{job}")).await;
    assert_eq!(scene.approve(&scene.admin, &approval).await, 409, "its job was called off");
    let reject = format!("/approvals/{approval}/reject");
    scene.admin.post(&reject, &json!({})).await.expect_field(422, "comment");
}

/// Says yes eight times at once.
async fn server_rush(client: &Client, path: &str) -> Vec<u16> {
    let mut asks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (client, path) = (client.clone(), path.to_owned());
        asks.spawn(async move { client.post(&path, &json!({})).await.status });
    }
    asks.join_all().await
}

#[tokio::test]
async fn a_move_into_a_freeze_window_needs_a_reason_an_admin_and_a_second_person() {
    let scene = Scene::new().await;
    let job = scene.job_by(&scene.admin, 0).await;
    let freeze = json!({
        "start": plan::hour(48), "end": plan::hour(72), "tiers": ["prod"], "reason": "end of the year",
    });
    scene.admin.post("/freezes", &freeze).await.expect(201);
    let path = format!("/jobs/{job}");
    let to = plan::hour(50);
    let plain = json!({ "planned_start": to });
    let glass = json!({ "planned_start": to, "break_glass": true, "reason": "the certificate ends" });
    let stopped = scene.admin.patch(&path, &plain).await.expect(403);
    assert!(stopped["detail"].as_str().is_some_and(|why| why.contains("end of the year")), "{stopped}");
    scene.owner.patch(&path, &glass).await.expect(403);
    scene
        .admin
        .patch(&path, &json!({ "planned_start": to, "break_glass": true }))
        .await
        .expect_field(422, "reason");

    let asked = scene.admin.patch(&path, &glass).await.expect(202);
    assert_eq!(asked["job"]["planned_start"], scene.owner.get(&path).await.expect(200)["planned_start"]);
    let approval = plan::id(&asked["approval"]);
    assert_eq!(scene.approve(&scene.admin, &approval).await, 403, "the one who asked");
    assert_eq!(scene.approve(&scene.owner, &approval).await, 200);
    let moved = scene.owner.get(&path).await.expect(200);
    let instant = |text: &Value| {
        text.as_str().and_then(|text| text.parse::<chrono::DateTime<chrono::Utc>>().ok()).expect("a time")
    };
    assert_eq!(instant(&moved["planned_start"]), instant(&json!(to)), "{moved}");
    audit::verify(&scene.admin).await;
}
