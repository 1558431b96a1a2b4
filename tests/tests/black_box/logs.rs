//! r18: logs of any size, in bounded memory, read live without a gap and without a repeat.

use serde_json::{Value, json};
use uhub_tests::{Client, Kind, Process, Server, Site, plan, wait, wait::secs};

/// The most memory that servers and workers may have used at any time, together.
const MOST_KB: u64 = 256 * 1024;

async fn launch(admin: &Client, title: &str, command: &[&str]) -> String {
    let owner = plan::user_id(admin, "demo-admin").await;
    let project = plan::id(&plan::project(admin, title, &owner, &Value::Null, false).await);
    let mut job = plan::job(&project, title, "dev", Some("dev"), &plan::hour(1));
    job["execution"] = json!({ "backend": "local", "command": command });
    job["auto_start"] = json!(false);
    let job = plan::id(&admin.post("/jobs", &job).await.expect(201));
    plan::id(&admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.json())
}

async fn ended(admin: &Client, run: &str) -> Value {
    let path = format!("/runs/{run}");
    wait::until(secs(300), "the run ends", || async {
        let run = admin.get(&path).await.expect(200);
        (!run["ended_at"].is_null()).then_some(run)
    })
    .await
}

/// A server without a worker, and a worker.
async fn apart(kind: Kind, programs: &[&str]) -> (Site, Server, Process) {
    let site = Site::on(kind).await.programs(programs);
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let worker = site.worker().await;
    (site, server, worker)
}

#[tokio::test]
async fn r18_a_million_lines_are_read_live_without_gap_or_repeat() {
    let (_site, server, worker) = apart(Kind::Postgres, &["/usr/bin/seq"]).await;
    let admin = server.admin().await;
    let run = launch(&admin, "million lines", &["/usr/bin/seq", "1", "1000000"]).await;
    let path = format!("/runs/{run}/logs");
    // A reader whose connection breaks again and again, at first while the program still writes.
    let (mut text, mut last, mut connections) = (String::new(), None::<String>, 0);
    'whole: loop {
        let mut events = admin.events(&path, last.as_deref()).await;
        connections += 1;
        for _ in 0..17 {
            let Some(event) = events.next(secs(120)).await else { break };
            if event.name == "end" {
                assert_eq!(event.json()["status"], "succeeded", "{event:?}");
                break 'whole;
            }
            let number: i64 = event.id.parse().expect("a number");
            assert_eq!(number, last.map_or(0, |last| last.parse::<i64>().expect("a number")) + 1);
            last = Some(event.id.clone());
            assert_eq!(event.json()["stream"], "stdout");
            text += event.json()["text"].as_str().expect("text");
        }
    }
    assert!(connections > 3, "{connections} connections");
    let mut lines = 0;
    for (line, number) in text.lines().zip(1..) {
        assert_eq!(line, number.to_string());
        lines = number;
    }
    assert_eq!((lines, text.len()), (1_000_000, 6_888_896));
    // Whole and at once, it is the same.
    assert!(admin.get(&path).await.text() == text);
    let used = server.process.memory_kb("VmHWM") + worker.memory_kb("VmHWM");
    assert!(used < MOST_KB, "{used} kB");
}

#[tokio::test]
async fn r18_a_gigabyte_without_a_newline_is_cut_on_sqlite() {
    gigabyte(Kind::Sqlite).await;
}

#[tokio::test]
async fn r18_a_gigabyte_without_a_newline_is_cut_on_postgres() {
    gigabyte(Kind::Postgres).await;
}

async fn gigabyte(kind: Kind) {
    let (_site, server, worker) = apart(kind, &["/bin/sh"]).await;
    let admin = server.admin().await;
    let script = "head -c 1000000000 /dev/zero | tr '\\0' x";
    let run = launch(&admin, "gigabyte", &["/bin/sh", "-c", script]).await;
    let path = format!("/runs/{run}/logs");
    let mut events = admin.events(&path, None).await;
    let (mut kept, mut system) = (0, String::new());
    while let Some(event) = events.next(secs(120)).await {
        if event.name == "end" {
            break;
        }
        let data = event.json();
        let text = data["text"].as_str().expect("text");
        if data["stream"] == "system" {
            system += text;
        } else {
            assert!(text.bytes().all(|byte| byte == b'x'));
            kept += text.len();
        }
    }
    // The program was not stopped for it.
    let run = ended(&admin, &run).await;
    assert_eq!((&run["status"], &run["exit_code"]), (&json!("succeeded"), &json!(0)), "{run}");
    assert_eq!(kept, 64 * 1024 * 1024);
    assert_eq!(
        system,
        "uhub: the log is cut here, after 67108864 bytes; the rest of the output is not kept\n"
    );
    let used = server.process.memory_kb("VmHWM") + worker.memory_kb("VmHWM");
    assert!(used < MOST_KB, "{used} kB");
}

#[tokio::test]
async fn r43_control_characters_are_kept_and_inert() {
    let site = Site::sqlite().programs(&["/usr/bin/printf"]);
    let server = site.demo().await;
    let admin = server.admin().await;
    let odd = r"\033[2J\033]0;title\007 \r back\b \0 \302\233 \342\200\256 \377 end\n";
    let run = launch(&admin, "odd", &["/usr/bin/printf", odd]).await;
    ended(&admin, &run).await;
    let path = format!("/runs/{run}/logs");
    let plain = admin.get(&path).await.text();
    assert!(plain.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')), "{plain:?}");
    assert!(plain.contains("\u{241b}[2J") && plain.contains("end\n"), "{plain:?}");
    // As JSON they are escaped, line ends of the stream's own form included.
    let mut events = admin.events(&path, None).await;
    let event = events.next(secs(30)).await.expect("an event");
    assert!(!event.data.chars().any(|c| c.is_control() || c == '\u{202e}'), "{:?}", event.data);
    let text = event.json()["text"].as_str().expect("text").to_owned();
    assert!(text.starts_with("\u{1b}[2J\u{1b}]0;title\u{7} \r back\u{8} \0 \u{9b} \u{202e}"), "{text:?}");
}
