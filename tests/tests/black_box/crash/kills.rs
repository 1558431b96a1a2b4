//! Kill after kill, with runs in flight, and one look at the end.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::json;
use uhub_tests::{Client, Kind, Process, Site, env, plan, process, wait::secs};

use super::{ends, moment, prepared, project, random, shell};

/// Jobs that are launched before each kill.
const IN_FLIGHT: usize = 4;

/// Half of all the kills of one kind fall on each database.
fn rounds() -> usize {
    env::count("UHUB_TEST_CRASHES", 50).div_ceil(2)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Victim {
    Worker,
    Server,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r01_kill_9_of_the_worker_on_sqlite() {
    storm(Kind::Sqlite, Victim::Worker).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r01_kill_9_of_the_worker_on_postgres() {
    storm(Kind::Postgres, Victim::Worker).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r01_r09_kill_9_of_the_server_on_sqlite() {
    storm(Kind::Sqlite, Victim::Server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r01_kill_9_of_the_server_on_postgres() {
    storm(Kind::Postgres, Victim::Server).await;
}

/// A program that says in a file when it began and when it was done.
fn script(site: &Site, name: &str) -> String {
    let file = site.work().join(name);
    format!("echo began >> {0}; sleep 0.{1}; echo done >> {0}", file.display(), random(30))
}

async fn launch_some(site: &Site, admin: &Client, project: &str, mark: &str, round: usize) -> Vec<String> {
    let mut runs = Vec::new();
    for n in 0..IN_FLIGHT {
        let name = format!("job-{round}-{n}");
        let mut job = shell(project, &name, mark, &script(site, &name));
        if n % 2 == 1 {
            job["execution"]["idempotent"] = json!(true);
            job["execution"]["max_attempts"] = json!(10);
        }
        let job = plan::id(&admin.post("/jobs", &job).await.expect(201));
        let run = admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(201);
        runs.push(plan::id(&run));
    }
    runs
}

async fn storm(kind: Kind, victim: Victim) {
    let site = prepared(Site::on(kind).await);
    let with_worker: &[&str] = match victim {
        Victim::Worker => &["--demo", "--no-worker"],
        Victim::Server => &["--demo"],
    };
    let mut server = site.serve(with_worker).await;
    let mut admin = server.admin().await;
    let project = project(&server, &admin).await;
    let mark = env::random_id();
    let mut launched = Vec::new();
    let mut worker = None::<Process>;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));

    for round in 0..rounds() {
        if victim == Victim::Worker {
            worker = Some(site.worker().await);
        }
        launched.extend(launch_some(&site, &admin, &project, &mark, round).await);
        match victim {
            Victim::Worker => {
                moment(250).await;
                worker.take().expect("it was started").kill_alone();
            }
            Victim::Server => {
                let writing = Writing::start(&admin, &project, round, &acknowledged);
                moment(250).await;
                server.process.kill_alone();
                writing.stop().await;
            }
        }
        // Whatever the dead one had started dies with it, long before its lease ends.
        process::none_marked(&mark, secs(5)).await;
        if victim == Victim::Server {
            site.database.check_integrity().await;
            server = site.serve(&[]).await;
            admin = admin.at(&server.url);
        }
    }
    let _last = site.worker().await;
    let counts = ends::check(&admin, &launched).await;
    assert!(counts.get("succeeded").is_some_and(|n| *n > 0), "{counts:?}");
    // With this many kills, some must have hit a run: else this shows nothing.
    if rounds() >= 20 {
        assert!(counts.get("lost").is_some_and(|n| *n > 0), "{counts:?}");
    }
    let written = acknowledged.lock().expect("nobody panicked").clone();
    acknowledged_is_there(&admin, &written).await;
    executed_as_often_as_told(&site, &admin).await;
    process::none_marked(&mark, secs(5)).await;
    server.process.stop(secs(20)).await;
    site.database.check_integrity().await;
}

/// The title of a job, and its id where the server told one.
type Written = (String, Option<String>);

/// Somebody who plans jobs without pause while the server dies, and tries again what was left open (r06).
struct Writing {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Writing {
    fn start(admin: &Client, project: &str, round: usize, acknowledged: &Arc<Mutex<Vec<Written>>>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (client, project) = (admin.clone(), project.to_owned());
        let (stopped, acknowledged) = (Arc::clone(&stop), Arc::clone(acknowledged));
        let task = tokio::spawn(async move {
            for n in 0.. {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let title = format!("written-{round}-{n}");
                let job = plan::job(&project, &title, "dev", Some("dev"), &plan::hour(500));
                let request = client
                    .request(reqwest::Method::POST, "/jobs")
                    .header("idempotency-key", &title)
                    .json(&job);
                match request.may_fail().try_send().await {
                    Ok(answer) if answer.status == 201 => {
                        let id = plan::id(&answer.json());
                        acknowledged.lock().expect("nobody panicked").push((title, Some(id)));
                    }
                    Ok(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
                    // The answer was lost: it may or may not be done.
                    Err(_) => acknowledged.lock().expect("nobody panicked").push((title, None)),
                }
            }
        });
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.expect("the writer does not panic");
    }
}

/// What was acknowledged is there; what was left open is there once after it is asked for again with its key.
async fn acknowledged_is_there(admin: &Client, written: &[Written]) {
    let mut open: Vec<&str> = Vec::new();
    for (title, id) in written {
        match id {
            Some(id) => assert_eq!(admin.get(&format!("/jobs/{id}")).await.expect(200)["title"], **title),
            None => open.push(title),
        }
    }
    // Refused connections leave many open; a few of each kind tell enough.
    open.dedup();
    for title in open.into_iter().step_by(7).take(40) {
        let project =
            admin.all("/projects").await.into_iter().find(|one| one["name"] == "Crash").expect("it is there");
        let job = plan::job(&plan::id(&project), title, "dev", Some("dev"), &plan::hour(500));
        let request =
            admin.request(reqwest::Method::POST, "/jobs").header("idempotency-key", title).json(&job);
        request.send().await.expect(201);
        assert_eq!(
            admin.all(&format!("/jobs?q={title}")).await.iter().filter(|job| job["title"] == title).count(),
            1
        );
    }
}

/// What the programs themselves wrote: one that succeeded at its first attempt began once and was done once; none began more
/// often than it was handed out.
async fn executed_as_often_as_told(site: &Site, admin: &Client) {
    let jobs = admin.all("/jobs").await;
    for run in admin.all("/runs").await {
        let job = jobs.iter().find(|job| job["id"] == run["job_id"]).expect("its job is there");
        let file = site.work().join(job["title"].as_str().expect("a title"));
        let text = fs::read_to_string(file).unwrap_or_default();
        let count = |word: &str| text.lines().filter(|line| *line == word).count();
        let attempts = run["attempt"].as_u64().expect("a number") as usize;
        assert!(count("began") <= attempts, "{run}: {text}");
        match run["status"].as_str() {
            Some("succeeded") => assert!(count("done") >= 1 && count("began") >= 1, "{run}: {text}"),
            Some("lost") => assert_eq!(attempts, 1, "only what may not be repeated is lost: {run}"),
            _ => panic!("nothing here fails by itself: {run}"),
        }
    }
}
