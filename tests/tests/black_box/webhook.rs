//! Webhooks from the real binary: to a server of this test's own, in prod, with an approval; and to a real Buildbot.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use uhub_core::signature;
use uhub_tests::{Answer, Client, Site, audit, env, plan, process::Process, wait, wait::secs};

/// A request: its head, with names in lower case, and its body.
type Sent = (String, Vec<u8>);

/// Takes every request in, and answers 202.
struct Receiver {
    url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Receiver {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/deploy", listener.local_addr().expect("an address"));
        let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
        let kept = Arc::clone(&sent);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let request = read(stream).await;
                kept.lock().expect("nobody panics").push(request);
            }
        });
        Self { url, sent }
    }

    fn sent(&self) -> Vec<Sent> {
        self.sent.lock().expect("nobody panics").clone()
    }
}

async fn read(mut stream: TcpStream) -> Sent {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.expect("it sends");
        assert!(count > 0, "it breaks off");
        bytes.extend_from_slice(&piece[..count]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length: usize = header(&head, "content-length").parse().expect("a length");
        if bytes.len() >= end + 4 + length {
            stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await.expect("it reads");
            return (head, bytes.split_off(end + 4));
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
}

/// What another server than the hub's answers: the harness' client checks headers that are the hub's own.
async fn get_json(base: &str, path: &str) -> Value {
    let host = base.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// A project whose jobs are executed by webhooks, owned by `demo-projets`.
async fn project(admin: &Client) -> String {
    let owner = plan::user_id(admin, "demo-projets").await;
    let id = plan::id(&plan::project(admin, "Outside", &owner, &Value::Null, false).await);
    let config = json!({
        "execution_backend": "webhook", "execution_backend_config": { "webhook": { "follow": "callback" } },
    });
    admin.patch(&format!("/projects/{id}"), &config).await.expect(200);
    id
}

fn job(project: &str, environment: &str, url: &str, payload: &Value) -> Value {
    let mut job = plan::job(project, "Outside", "ops", Some(environment), &plan::hour(0));
    job["auto_start"] = json!(false);
    job["execution"] = json!({ "url": url, "payload": payload, "secrets": { "SIGNING_KEY": "env:KEY" } });
    job
}

async fn ended(client: &Client, run: &str) -> Value {
    let path = format!("/runs/{run}");
    wait::until(secs(60), "the run ends", || async {
        let run = client.get(&path).await.expect(200);
        (!run["ended_at"].is_null()).then_some(run)
    })
    .await
}

/// A site whose workers may send webhooks to this machine, signed with `key`.
fn outgoing(site: Site, key: &str) -> Site {
    site.variable("UHUB_WEBHOOK_ALLOW", "127.0.0.1")
        .variable("UHUB_SECRET_ENV_PREFIX", "OFFERED_")
        .variable("UHUB_PROD_SECRET_SOURCE", "env")
        .variable("OFFERED_KEY", key)
}

#[tokio::test]
async fn r40_a_prod_job_is_approved_sent_signed_and_ended_by_a_callback() {
    const KEY: &str = "the key of this test";
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = free.local_addr().expect("an address").to_string();
    drop(free);
    let site = outgoing(Site::sqlite(), KEY).variable("UHUB_PUBLIC_URL", &format!("http://{listen}"));
    let server = site.serve_on(&listen, &["--demo"]).await;
    let (admin, projets) = (server.admin().await, server.user("demo-projets").await);
    let receiver = Receiver::new().await;
    let job = job(&project(&admin).await, "prod", &receiver.url, &json!({ "version": 7 }));
    let job = plan::id(&projets.post("/jobs", &job).await.expect(201));

    let waiting = projets.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(202);
    let (run, approval) = (plan::id(&waiting["run"]), plan::id(&waiting["approval"]));
    projets.post(&format!("/approvals/{approval}/approve"), &json!({})).await.expect(403);
    assert_eq!(receiver.sent(), [], "nothing is sent without an approval");
    admin.post(&format!("/approvals/{approval}/approve"), &json!({})).await.expect(200);
    let (head, body) = wait::until(secs(30), "it is sent", || async { receiver.sent().pop() }).await;

    let at: i64 = header(&head, "x-uhub-timestamp").parse().expect("a time");
    assert!((chrono::Utc::now().timestamp() - at).abs() < 60);
    assert!(signature::is_signed(KEY.as_bytes(), at, &body, header(&head, "x-uhub-signature")), "{head}");
    assert_eq!(header(&head, "idempotency-key"), format!("{run}-1"));
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((&body["version"], &body["uhub"]["tier"]), (&json!(7), &json!("prod")));
    let offer = &body["uhub"]["callback"];
    let path = offer["url"].as_str().and_then(|url| url.strip_prefix(&server.url)).expect("its own address");
    let key = offer["key"].as_str().expect("a key");

    let anyone = server.anyone();
    let tell = async |key: &str, at: i64, told: &Value| -> Answer {
        let told = told.to_string();
        let signature = signature::sign(key.as_bytes(), at, told.as_bytes());
        let request = anyone.request(reqwest::Method::POST, path).header("x-uhub-timestamp", &at.to_string());
        request.header("x-uhub-signature", &signature).body("application/json", told).send().await
    };
    let end = json!({ "status": "succeeded", "message": "version 7 is out", "log": "out\n" });
    let refused = anyone.post(path, &end).await.expect(404);
    assert_eq!(tell(KEY, at, &end).await.expect(404), refused, "another key");
    assert_eq!(tell(key, at - 400, &end).await.expect(404), refused, "another time");
    assert_eq!(tell(key, at, &end).await.status, 202);
    assert_eq!(tell(key, at, &end).await.expect(404), refused, "a replay");
    let run = ended(&projets, &run).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(receiver.sent().len(), 1, "sent once");
    let log = projets.get(&format!("/runs/{}/logs", plan::id(&run))).await.text();
    assert!(log.contains("out\n") && log.contains("version 7 is out"), "{log}");
    assert!(!log.contains(key) && !server.process.log().contains(key));
    audit::verify(&admin).await;
}

/// Server and worker apart: what they share is the database and the secret of callbacks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_buildbot_builds_green_and_red() {
    let (buildbot, key) = env::buildbot();
    let site = outgoing(Site::postgres().await, &key).variable("UHUB_CALLBACK_SECRET", &env::random_id());
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let site = site.variable("UHUB_PUBLIC_URL", &server.url);
    let worker: Process = site.worker().await;
    let admin = server.admin().await;
    let project = project(&admin).await;
    let url = format!("{buildbot}/change_hook/base");
    for (script, status, outcome) in [
        ("echo green; exit 0", "succeeded", None),
        ("echo red; exit 3", "failed", Some("Buildbot says failed")),
    ] {
        let job = job(&project, "staging", &url, &json!({ "script": script }));
        let job = plan::id(&admin.post("/jobs", &job).await.expect(201));
        let run = plan::id(&admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(201));
        let run = ended(&admin, &run).await;
        let log = admin.get(&format!("/runs/{}/logs", plan::id(&run))).await.text();
        assert_eq!(run["status"], status, "{run} {log} {}", worker.log());
        assert_eq!(run["outcome"].as_str(), outcome, "{run}");
        assert!(log.contains("built by Buildbot") && log.contains("accepted with 200"), "{log}");

        // Buildbot itself has built it, once, with that result.
        let path = "/api/v2/builds?property=script&property=revision";
        let key = format!("{}-1", plan::id(&run));
        let built = wait::until(secs(60), "the build is complete", || async {
            let builds = get_json(&buildbot, path).await;
            let all = builds["builds"].as_array().cloned().unwrap_or_default();
            let ours: Vec<Value> =
                all.into_iter().filter(|build| build["properties"]["revision"][0] == key).collect();
            ours.iter().all(|build| build["complete"] == true).then_some(ours)
        })
        .await;
        let [built] = built.as_slice() else { panic!("built once: {built:?}") };
        assert_eq!(built["properties"]["script"][0], script);
        assert_eq!(built["results"] == 0, status == "succeeded", "{built}");
    }
}
