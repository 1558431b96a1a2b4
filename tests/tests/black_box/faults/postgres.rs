//! PostgreSQL is stopped, killed, or no longer answers.

use serde_json::json;
use uhub_tests::{
    Database, Site, audit,
    database::{Cluster, Proxy},
    plan, wait,
    wait::secs,
};

use super::{not_ready, plan_job, ready_again};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r06_a_stopped_postgres_is_503_within_seconds_and_nothing_acknowledged_is_lost() {
    let cluster = Cluster::start();
    let site = Site::with_database(Database::at(cluster.url())).programs(&["/bin/sh"]).many_logins();
    // A slow machine may take longer for both outages than the usual lease.
    let mut server = site.serve(&["--demo", "--lease-seconds", "120"]).await;
    let admin = server.admin().await;
    let project = plan::id(&admin.all("/projects").await[0]);
    let body = |n: i64| plan::job(&project, &format!("job {n}"), "dev", Some("dev"), &plan::hour(n));
    let mut acknowledged = Vec::new();
    // A run that outlives the outage, which is shorter than its lease.
    let mut long = body(0);
    long["auto_start"] = json!(false);
    long["execution"] = json!({ "backend": "local", "command": ["/bin/sh", "-c", "sleep 4; echo through"] });
    let long = plan::id(&admin.post("/jobs", &long).await.expect(201));
    let run = plan::id(&admin.post(&format!("/jobs/{long}/runs"), &json!({})).await.expect(201));

    for (round, mode) in ["fast", "immediate"].into_iter().enumerate() {
        let base = i64::try_from(round).expect("small") * 100;
        for n in 1..10 {
            acknowledged.push(plan::id(&admin.post("/jobs", &body(base + n)).await.expect(201)));
        }
        cluster.stop(mode);
        let took = not_ready(&admin, secs(10)).await;
        assert!(took < secs(10), "{took:?}");
        let refused = plan_job(&admin, &body(base + 50)).await;
        refused.expect(503);
        assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
        admin.get("/healthz").await.expect(200);
        cluster.resume();
        ready_again(&admin, secs(20)).await;
        admin.post("/jobs", &body(base + 60)).await.expect(201);
    }
    for id in &acknowledged {
        admin.get(&format!("/jobs/{id}")).await.expect(200);
    }
    assert_eq!(admin.all("/jobs?q=job%2050").await.len() + admin.all("/jobs?q=job%20150").await.len(), 0);
    wait::until(secs(30), "the run ends", || async {
        let run = admin.get(&format!("/runs/{run}")).await.expect(200);
        (!run["ended_at"].is_null()).then(|| assert_eq!(run["status"], "succeeded", "{run}"))
    })
    .await;
    assert_eq!(admin.get(&format!("/runs/{run}/logs")).await.text(), "through\n");
    audit::verify(&admin).await;
    assert_eq!(server.process.stop(secs(20)).await.code(), Some(0), "{}", server.process.log());
}

/// r07: connections that stay open and say nothing. The server gives up waiting, and goes on when they work again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r07_a_database_behind_a_dead_line_is_503_and_comes_back() {
    let database = Database::postgres().await;
    let proxy = Proxy::to(&database.url).await;
    let site = Site::with_database(Database::at(proxy.url(&database.url)));
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    let project = plan::id(&admin.all("/projects").await[0]);
    let body = plan::job(&project, "before", "dev", Some("dev"), &plan::hour(0));
    admin.post("/jobs", &body).await.expect(201);

    proxy.hold();
    let begin = std::time::Instant::now();
    let refused =
        plan_job(&admin, &plan::job(&project, "meanwhile", "dev", Some("dev"), &plan::hour(1))).await;
    refused.expect(503);
    assert!(begin.elapsed() < secs(35), "{:?}", begin.elapsed());
    not_ready(&admin, secs(35)).await;
    admin.get("/healthz").await.expect(200);
    proxy.forward();
    ready_again(&admin, secs(35)).await;
    admin.post("/jobs", &plan::job(&project, "after", "dev", Some("dev"), &plan::hour(2))).await.expect(201);
    audit::verify(&admin).await;
}

/// A server that starts while its database is not there says why, and does not start half.
#[tokio::test]
async fn a_server_without_its_database_does_not_start() {
    let site = Site::with_database(Database::at("postgres://nobody@127.0.0.1:1/nothing".to_owned()));
    let output = site.run(&["serve", "--listen", "127.0.0.1:0"]).await.expect(1);
    assert!(!output.stdout.contains("listening"), "{output:?}");
    assert!(!output.stderr.is_empty());
}
