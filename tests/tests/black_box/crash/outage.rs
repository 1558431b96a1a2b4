//! Many workers, races of cancel and finish, and times that come while nobody is there.

use futures_util::future::join_all;
use serde_json::json;
use uhub_tests::{Kind, Site, env, plan, process, wait, wait::secs};

use super::{ends, moment, prepared, project, shell};

/// r03: one claimer wins.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r03_many_workers_share_the_queue_and_no_run_is_handed_out_twice() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = prepared(Site::on(kind).await);
        let server = site.serve(&["--demo", "--no-worker"]).await;
        let admin = server.admin().await;
        let project = project(&server, &admin).await;
        let mark = env::random_id();
        let _workers = join_all((0..4).map(|_| site.worker())).await;
        let mut launched = Vec::new();
        for n in 0..40 {
            let title = format!("shared-{n}");
            let script = format!("echo began >> {}", site.work().join(&title).display());
            let job =
                plan::id(&admin.post("/jobs", &shell(&project, &title, &mark, &script)).await.expect(201));
            launched.push(plan::id(&admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(201)));
        }
        let counts = ends::check(&admin, &launched).await;
        assert_eq!(counts.get("succeeded"), Some(&40), "{counts:?}");
        for n in 0..40 {
            let text = std::fs::read_to_string(site.work().join(format!("shared-{n}"))).expect("it ran");
            assert_eq!(text, "began\n", "job {n} ran once");
        }
        process::none_marked(&mark, secs(3)).await;
    }
}

/// r16: cancel, finish and timeout race; states only move forward.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r16_cancel_races_with_the_end_and_each_run_ends_once() {
    let site = prepared(Site::postgres().await);
    let server = site.demo().await;
    let admin = server.admin().await;
    let project = project(&server, &admin).await;
    let mark = env::random_id();
    let mut launched = Vec::new();
    for round in 0..30 {
        let mut job = shell(&project, &format!("race-{round}"), &mark, "sleep 0.05");
        if round % 3 == 0 {
            job["execution"]["command"] = json!(["/bin/sh", "-c", "sleep 1.02", mark]);
            job["execution"]["timeout_seconds"] = json!(1);
        }
        let job = plan::id(&admin.post("/jobs", &job).await.expect(201));
        let run = plan::id(&admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(201));
        launched.push(run.clone());
        if round % 3 != 0 {
            moment(120).await;
            // Several at once, and one more that may come after the end.
            let path = format!("/runs/{run}/cancel");
            let body = json!({});
            for answer in join_all((0..3).map(|_| admin.post(&path, &body))).await {
                assert!(matches!(answer.status, 202 | 409), "{answer:?}");
                if answer.status == 409 {
                    assert!(
                        answer.json()["from"].is_string(),
                        "an illegal transition names the state: {answer:?}"
                    );
                }
            }
        }
    }
    let counts = ends::check(&admin, &launched).await;
    assert!(counts.contains_key("cancelled") && counts.contains_key("succeeded"), "{counts:?}");
    process::none_marked(&mark, secs(3)).await;
}

/// r14: what is due while nothing runs is caught up with while its slot lasts, once, and missed after.
#[tokio::test]
async fn r14_times_that_come_while_the_hub_is_down_are_caught_up_with() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = prepared(Site::on(kind).await);
        let mut server = site.demo().await;
        let mut admin = server.admin().await;
        let project = project(&server, &admin).await;
        let mark = env::random_id();
        let mut ids = Vec::new();
        for (title, end) in [("still on", 3600), ("over", 3)] {
            let mut job = shell(&project, title, &mark, "true");
            job["planned_start"] = json!(plan::in_seconds(2));
            job["planned_end"] = json!(plan::in_seconds(end));
            job["auto_start"] = json!(true);
            ids.push(plan::id(&admin.post("/jobs", &job).await.expect(201)));
        }
        server.process.kill_alone();
        tokio::time::sleep(secs(4)).await;
        server = site.serve(&[]).await;
        admin = admin.at(&server.url);
        for (id, status) in ids.iter().zip(["succeeded", "missed"]) {
            wait::until(secs(15), &format!("the job is {status}"), || async {
                (admin.get(&format!("/jobs/{id}")).await.expect(200)["status"] == status).then_some(())
            })
            .await;
        }
        assert_eq!(admin.all("/runs").await.len(), 1, "caught up with once");
        assert_eq!(admin.all(&format!("/runs?job_id={}", ids[0])).await.len(), 1);
    }
}
