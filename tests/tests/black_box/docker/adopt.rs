//! r01, r05: workers die, containers go on, and nothing is left in the end.

use uhub_tests::audit;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r01_docker_a_run_outlives_its_workers_on_sqlite() {
    outlives(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r01_docker_a_run_outlives_its_workers_on_postgres() {
    outlives(Kind::Postgres).await;
}

/// Numbered lines on both outputs while one worker after the other is killed.
async fn outlives(kind: Kind) {
    const LINES: usize = 200;
    let scene = Scene::new(kind, |site| site).await;
    let script = format!(
        "i=0; while [ $i -lt {LINES} ]; do i=$((i+1)); echo out $i; echo err $i >&2; sleep 0.1; done; exit 3"
    );
    let run = scene.launch("outlives", &script).await;
    let mut fences = Vec::new();
    for _ in 0..3 {
        let before = scene.log(&run).await.len();
        let mut worker = scene.worker().await;
        wait::until(secs(60), "the log goes on", || async {
            (scene.log(&run).await.len() > before + 100).then_some(())
        })
        .await;
        assert_eq!(containers(&format!("uhub.run={run}")).await.len(), 1);
        fences.push(scene.admin.get(&format!("/runs/{run}")).await.expect(200)["fence"].as_i64());
        worker.kill_alone();
    }
    let _last = scene.worker().await;
    let ended = scene.ended(&run).await;
    assert_eq!(
        (&ended["status"], &ended["exit_code"], &ended["attempt"]),
        (&json!("failed"), &json!(3), &json!(1)),
        "{ended}"
    );
    assert!(fences.windows(2).all(|pair| pair[0] < pair[1]), "each takeover has a new fence: {fences:?}");
    let log = scene.log(&run).await;
    for output in ["out", "err"] {
        let numbers: Vec<usize> =
            log.lines().filter_map(|line| line.strip_prefix(output)?.trim().parse().ok()).collect();
        assert_eq!(numbers, (1..=LINES).collect::<Vec<_>>(), "{output} has a gap or a repeat:\n{log}");
    }
    scene.gone(&run).await;
    audit::verify(&scene.admin).await;
}

#[tokio::test]
async fn r05_docker_what_a_dead_worker_left_is_removed_by_the_next() {
    let scene = Scene::new(Kind::Sqlite, |site| site).await;
    let mut worker = scene.worker().await;
    let run = scene.launch("left", "echo up; sleep 600").await;
    wait::until(secs(60), "it runs", || async { scene.log(&run).await.contains("up").then_some(()) }).await;
    worker.kill_alone();
    // Nobody follows it now: cancelled, it is ended by whoever takes it over.
    scene.admin.post(&format!("/runs/{run}/cancel"), &json!({})).await.expect(202);
    // And one that was made by a worker that died before it could say so, of a run that has ended meanwhile.
    let id = containers(&format!("uhub.run={run}")).await.remove(0);
    let hub = docker(&["inspect", "--format", "{{index .Config.Labels \"uhub.hub\"}}", &id]).await;
    let label = |name: &str, value: &str| format!("--label=uhub.{name}={}", value.trim());
    let orphan = docker(&[
        "create",
        &label("hub", &hub),
        &label("run", &run),
        &label("attempt", "0"),
        &label("fence", "1"),
        IMAGE,
        "true",
    ])
    .await;
    // Of a stranger to this hub, and of a run that it does not know.
    let unknown = docker(&[
        "create",
        &label("hub", &hub),
        &label("run", &env::random_id()),
        &label("attempt", "1"),
        IMAGE,
        "true",
    ])
    .await;
    let _next = scene.worker().await;
    assert_eq!(scene.ended(&run).await["status"], "cancelled");
    scene.gone(&run).await;
    let all = docker(&["ps", "--all", "--quiet", "--no-trunc"]).await;
    assert!(!all.contains(orphan.trim()) && all.contains(unknown.trim()), "{all}");
    docker(&["rm", "--force", unknown.trim()]).await;
}

/// A worker that wakes up after its run was taken over disturbs nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r02_docker_a_worker_that_wakes_late_leaves_the_container_alone() {
    let scene = Scene::new(Kind::Postgres, |site| site).await;
    let mut late = scene.worker().await;
    let run =
        scene.launch("late", "i=0; while [ $i -lt 120 ]; do i=$((i+1)); echo line $i; sleep 0.1; done").await;
    wait::until(secs(60), "it runs", || async { scene.log(&run).await.contains("line 3\n").then_some(()) })
        .await;
    late.signal(nix::sys::signal::Signal::SIGSTOP);
    let before = scene.log(&run).await.len();
    let _next = scene.worker().await;
    wait::until(secs(60), "it is taken over", || async {
        (scene.log(&run).await.len() > before + 60).then_some(())
    })
    .await;
    late.signal(nix::sys::signal::Signal::SIGCONT);
    let ended = scene.ended(&run).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let want: String = (1..=120).map(|n| format!("line {n}\n")).collect();
    assert_eq!(scene.log(&run).await, want);
    scene.gone(&run).await;
    assert_eq!(late.stop(secs(20)).await.code(), Some(0));
}
