//! r02: a worker that stands still past its lease.

use nix::sys::signal::Signal;
use serde_json::json;
use uhub_tests::{Kind, Site, env, plan, process, wait, wait::secs};

use super::{LEASE, ends, prepared, project, shell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r02_a_worker_that_wakes_after_its_lease_writes_nothing_more() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = prepared(Site::on(kind).await);
        let server = site.serve(&["--demo", "--no-worker"]).await;
        let admin = server.admin().await;
        let project = project(&server, &admin).await;
        let mark = env::random_id();
        let mut worker = site.worker().await;
        let script = "echo up; sleep 60; echo late";
        let job =
            plan::id(&admin.post("/jobs", &shell(&project, "stopped", &mark, script)).await.expect(201));
        let run = plan::id(&admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(201));
        let mut log = admin.events(&format!("/runs/{run}/logs"), None).await;
        log.find(secs(20), |event| event.data.contains("up")).await;

        worker.signal(Signal::SIGSTOP);
        // The program is killed by its watchdog before anybody else may believe it gone.
        process::none_marked(&mark, secs(u64::from(LEASE) + 1)).await;
        let path = format!("/runs/{run}");
        let lost = wait::until(secs(20), "the run is lost", || async {
            let run = admin.get(&path).await.expect(200);
            (run["status"] == "lost").then_some(run)
        })
        .await;
        assert!(log.to_end(secs(10)).await.last().is_some_and(|event| event.name == "end"));

        worker.signal(Signal::SIGCONT);
        tokio::time::sleep(secs(1)).await;
        assert_eq!(admin.get(&path).await.expect(200), lost, "nothing is written after the end");
        // The worker itself goes on with what comes.
        let again = plan::id(&admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(201));
        let mut log = admin.events(&format!("/runs/{again}/logs"), None).await;
        log.find(secs(20), |event| event.data.contains("up")).await;
        admin.post(&format!("/runs/{again}/cancel"), &json!({})).await.expect(202);
        let counts = ends::check(&admin, &[run, again]).await;
        assert_eq!((counts.get("lost"), counts.get("cancelled")), (Some(&1), Some(&1)), "{counts:?}");
        assert_eq!(worker.stop(secs(10)).await.code(), Some(0));
        process::none_marked(&mark, secs(3)).await;
    }
}

/// A worker that is asked to end lets its runs finish; so does a server with a worker inside.
#[tokio::test]
async fn a_graceful_stop_lets_runs_finish() {
    let site = prepared(Site::sqlite());
    let mut server = site.demo().await;
    let mut admin = server.admin().await;
    let project = project(&server, &admin).await;
    let mark = env::random_id();
    let job = shell(&project, "graceful", &mark, "echo up; sleep 1.5; echo through");
    let job = plan::id(&admin.post("/jobs", &job).await.expect(201));
    let run = plan::id(&admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(201));
    let mut log = admin.events(&format!("/runs/{run}/logs"), None).await;
    log.find(secs(20), |event| event.data.contains("up")).await;
    assert_eq!(server.process.stop(secs(20)).await.code(), Some(0), "{}", server.process.log());
    process::none_marked(&mark, secs(1)).await;
    site.database.check_integrity().await;

    server = site.serve(&["--no-worker"]).await;
    admin = admin.at(&server.url);
    let run = admin.get(&format!("/runs/{run}")).await.expect(200);
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(admin.get(&format!("/runs/{}/logs", plan::id(&run))).await.text(), "up\nthrough\n");
}
