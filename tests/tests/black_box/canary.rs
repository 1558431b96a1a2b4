//! r25: a secret that a run was given is found nowhere but in that run, however the program spreads it: not in the database's
//! files or rows, not in logs, event streams, the audit and errors, not in what servers say however talkative, and not in
//! the arguments of any process.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use uhub_tests::{Client, Kind, Server, Site, Vault, audit, canary, env, plan, wait, wait::secs};

const PYTHON: &str = "/usr/bin/python3";

/// Prints what it was given in every way, whole and in pieces.
const SPREAD: &str = r#"
import base64, html, json, os, shlex, sys, time, urllib.parse
token, key = os.environ["TOKEN"], os.environ["KEY"]
for value in (token, key):
    raw = value.encode()
    print(value, repr(value), json.dumps(value), json.dumps(value, ensure_ascii=False), shlex.quote(value))
    print(urllib.parse.quote(value), urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value))
    print(html.escape(value), html.escape(value, quote=False), raw.hex(), raw.hex().upper())
    for before in (b"", b"x", b"xy"):
        print(base64.b64encode(before + raw + b"z").decode(), base64.urlsafe_b64encode(before + raw).decode())
    print(base64.encodebytes(raw).decode())
    for line in value.splitlines():
        print("  |", line)
    sys.stdout.flush()
    for byte in raw:
        os.write(1, bytes([byte]))
        os.write(2, bytes([byte]))
        time.sleep(0.003)
    os.write(1, b"\n")
    sys.stderr.write(f"Traceback: cannot connect with {value!r}\n")
print("spread")
sys.exit(7)
"#;

struct Scene {
    site: Site,
    server: Server,
    vault: Vault,
    mount: String,
    project: String,
    secrets: Vec<String>,
}

impl Scene {
    async fn new(kind: Kind) -> Self {
        let vault = Vault::shared();
        let mark = env::random_id();
        let mount = format!("canary-{mark}");
        let token = format!("canary+{mark}/é\"<&>'\\ $x");
        let key =
            format!("-----BEGIN CANARY-----\nfirst/{mark}+line\n\tsecond {mark}\n-----END CANARY-----\n");
        vault.engine(&mount).await;
        vault.put(&mount, "app", json!({ "token": token, "key": key, "short": "abc" })).await;
        let reader = vault.reader(&mount).await;
        let site = Site::on(kind)
            .await
            .programs(&[PYTHON])
            .variable("UHUB_LOG", "trace")
            .variable("UHUB_VAULT_ADDR", &vault.url)
            .variable("UHUB_VAULT_TOKEN", &reader)
            .variable("UHUB_VAULT_MOUNT", &mount);
        let server = site.demo().await;
        let admin = server.admin().await;
        let owner = plan::user_id(&admin, "demo-admin").await;
        let project = plan::project(&admin, "Canary", &owner, &Value::Null, false).await;
        let secrets = vec![token, key, reader];
        Self { site, server, vault, mount, project: plan::id(&project), secrets }
    }

    fn secrets(&self) -> Vec<&str> {
        self.secrets.iter().map(String::as_str).collect()
    }

    fn execution(&self, script: &str) -> Value {
        let reference = |field: &str| format!("vault:{}/app#{field}", self.mount);
        json!({
            "backend": "local", "command": [PYTHON, "-c", script],
            "secrets": { "TOKEN": reference("token"), "KEY": reference("key") },
        })
    }

    /// Launches a job, follows it live, and returns its run's id and all that was said of it.
    async fn run(&self, admin: &Client, title: &str, execution: Value) -> (Value, String) {
        let mut job = plan::job(&self.project, title, "dev", Some("dev"), &plan::hour(1));
        job["execution"] = execution;
        job["auto_start"] = json!(false);
        let job = plan::id(&admin.post("/jobs", &job).await.expect(201));
        let launched = admin.post(&format!("/jobs/{job}/runs"), &json!({})).await;
        let mut said = launched.text();
        let run = plan::id(&launched.json());
        let mut live = admin.events(&format!("/runs/{run}/logs"), None).await;
        for event in live.to_end(secs(60)).await {
            said += &format!("{event:?}\n{}\n", event.data);
            if event.name == "log" {
                // As a reader would see it, not as JSON has it.
                said += event.json()["text"].as_str().unwrap_or_default();
            }
        }
        said += &admin.get(&format!("/runs/{run}/logs")).await.text();
        let ended = admin.get(&format!("/runs/{run}")).await.expect(200);
        said += &ended.to_string();
        said += &admin.get(&format!("/jobs/{job}")).await.text();
        (ended, said)
    }
}

/// Looks at the arguments of all processes until it is told to stop; returns them all.
fn watch_arguments(stop: &Arc<AtomicBool>) -> std::thread::JoinHandle<Vec<u8>> {
    let stop = Arc::clone(stop);
    std::thread::spawn(move || {
        let mut seen = std::collections::BTreeSet::new();
        while !stop.load(Ordering::Relaxed) {
            for entry in fs::read_dir("/proc").expect("there is a /proc").flatten() {
                if let Ok(arguments) = fs::read(entry.path().join("cmdline")) {
                    seen.insert(arguments);
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        seen.into_iter().flatten().collect()
    })
}

#[tokio::test]
async fn r25_a_secret_is_found_nowhere_on_sqlite() {
    spread_and_look(Kind::Sqlite).await;
}

#[tokio::test]
async fn r25_a_secret_is_found_nowhere_on_postgres() {
    spread_and_look(Kind::Postgres).await;
}

async fn spread_and_look(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    let admin = scene.server.admin().await;
    let stop = Arc::new(AtomicBool::new(false));
    let arguments = watch_arguments(&stop);

    let (ended, mut said) = scene.run(&admin, "spread", scene.execution(SPREAD)).await;
    assert_eq!((&ended["status"], &ended["exit_code"]), (&json!("failed"), &json!(7)), "{ended}");
    assert!(
        said.contains("***") && said.contains("spread") && said.contains("cannot connect with"),
        "{said}"
    );

    // What cannot be read names what it is, and starts nothing.
    for (field, reason) in [("gone", "no such field"), ("short", "too short to be masked")] {
        let mut execution = scene.execution("print('started')");
        execution["secrets"]["OTHER"] = json!(format!("vault:{}/app#{field}", scene.mount));
        let (ended, more) = scene.run(&admin, field, execution).await;
        let outcome = ended["outcome"].as_str().expect("an outcome");
        assert!(outcome.contains(reason) && outcome.contains(&format!("app#{field}")), "{outcome}");
        assert!(!more.contains("started\n"), "{more}");
        said += &more;
    }
    // A program that is killed in the middle of it.
    let mut slow = scene.execution(
        "import os,sys,time\nfor b in os.environ['TOKEN'].encode()[:-3]: os.write(1, bytes([b]))\ntime.sleep(600)",
    );
    slow["timeout_seconds"] = json!(1);
    let (ended, more) = scene.run(&admin, "slow", slow).await;
    assert_eq!(ended["status"], "timed_out", "{ended}");
    assert!(!more.contains("canary+"), "{more}");
    said += &more;

    stop.store(true, Ordering::Relaxed);
    let arguments = arguments.join().expect("it looks");
    assert!(arguments.windows(8).any(|window| window == b"uhub\0serv"[..8].as_ref()), "it saw processes");
    wait::until(secs(30), "the runs' tokens are revoked", || async {
        (scene.vault.run_tokens(&scene.mount).await == 0).then_some(())
    })
    .await;
    audit::verify(&admin).await;
    let audited = json!(audit::entries(&admin).await).to_string();
    assert!(audited.contains("run.finish"));
    said += &admin.get("/metrics").await.text();
    assert_eq!(scene.server.process.stop(secs(30)).await.code(), Some(0));
    let log = scene.server.process.log();
    assert!(log.contains("run ended") && log.contains("TRACE"), "it is talkative");

    let secrets = scene.secrets();
    canary::absent("arguments of processes", &arguments, &secrets);
    canary::absent("answers and event streams", said.as_bytes(), &secrets);
    canary::absent("audit", audited.as_bytes(), &secrets);
    canary::absent("server's log", log.as_bytes(), &secrets);
    canary::absent("database and files", &canary::stored(&scene.site).await, &secrets);
}

/// What looks for secrets finds them.
#[test]
#[should_panic(expected = "is in the control")]
fn r25_the_search_finds_what_is_there() {
    let text = "rows \\x70617373776f7264 and more";
    canary::absent("nothing", b"no such thing", &["password"]);
    canary::absent("control", text.as_bytes(), &["password"]);
}
