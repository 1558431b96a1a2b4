#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod isolation;
mod kill;
mod output;
mod worker_dies;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use futures_util::StreamExt as _;
use uhub_core::{
    model::Stream,
    ports::exec::{ExecEvent, Finish},
};
use uuid::Uuid;

use super::*;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A backend that may run these programs in a directory of its own.
struct Bench {
    backend: LocalBackend,
    dir: tempfile::TempDir,
}

impl Bench {
    fn new(programs: &[&str]) -> Self {
        Self::with(programs, |_| {})
    }

    fn with(programs: &[&str], change: impl FnOnce(&mut LocalConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = LocalConfig {
            programs: programs.iter().map(PathBuf::from).collect(),
            working_roots: vec![dir.path().to_owned()],
            grace: Duration::from_millis(300),
            ..LocalConfig::default()
        };
        change(&mut config);
        Self { backend: LocalBackend::new(config).unwrap(), dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn start(&self, spec: &ExecutionSpec, timeout: Duration) -> Result<Started, StartError> {
        self.backend.run(spec, facts(), &BTreeMap::new(), timeout).await
    }

    /// Starts a command that must start.
    async fn begin(&self, command: &[&str], timeout: Duration) -> Started {
        self.start(&spec(command), timeout).await.unwrap()
    }

    /// Runs a command to its end.
    async fn run(&self, command: &[&str]) -> Ran {
        self.run_spec(&spec(command)).await
    }

    async fn run_spec(&self, spec: &ExecutionSpec) -> Ran {
        follow(self.start(spec, PATIENCE).await.unwrap()).await
    }
}

/// What came of a program.
#[derive(Debug)]
struct Ran {
    out: Vec<u8>,
    err: Vec<u8>,
    system: String,
    finish: Finish,
}

impl Ran {
    fn out(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }
}

fn facts() -> Facts {
    Facts { run: RunId(Uuid::from_u128(7)), job: JobId(Uuid::from_u128(8)), attempt: 2, fence: 3 }
}

fn spec(command: &[&str]) -> ExecutionSpec {
    ExecutionSpec {
        command: Some(command.iter().map(|arg| (*arg).to_owned()).collect()),
        ..ExecutionSpec::default()
    }
}

async fn follow(mut started: Started) -> Ran {
    let mut ran = Ran { out: vec![], err: vec![], system: String::new(), finish: Finish::Cancelled };
    tokio::time::timeout(PATIENCE, async {
        while let Some(event) = started.events.next().await {
            match event {
                ExecEvent::Log { stream: Stream::Stdout, bytes } => ran.out.extend(bytes),
                ExecEvent::Log { stream: Stream::Stderr, bytes } => ran.err.extend(bytes),
                ExecEvent::Log { stream: Stream::System, bytes } => {
                    ran.system.push_str(&String::from_utf8(bytes).unwrap());
                }
                ExecEvent::Progress(_) | ExecEvent::Handle(_) => panic!("programs tell neither"),
                ExecEvent::Finished(finish) => {
                    ran.finish = finish;
                    return ran;
                }
            }
        }
        panic!("the events ended without an end of the program");
    })
    .await
    .expect("the program goes on")
}

/// Reads output until `text` has come.
async fn until(started: &mut Started, text: &str) {
    let mut seen = String::new();
    tokio::time::timeout(PATIENCE, async {
        while !seen.contains(text) {
            match started.events.next().await {
                Some(ExecEvent::Log { bytes, .. }) => seen.push_str(&String::from_utf8_lossy(&bytes)),
                other => panic!("{other:?} before {text:?}; so far: {seen:?}"),
            }
        }
    })
    .await
    .expect("the text does not come");
}

/// A number of seconds that no other process on the machine sleeps for.
fn marker() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("90{}.{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The living processes with `marker` among their arguments, this one excepted.
fn alive(marker: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        if pid != std::process::id() && command.contains(marker) {
            found.push(format!("{pid}: {command}"));
        }
    }
    found
}

/// Waits for `condition`.
async fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "{what} does not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn executable(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn programs_run_one_after_the_other_and_side_by_side() {
    let bench = Bench::new(&["/bin/sh"]);
    for code in [0, 3, 255] {
        let ran = bench.run(&["/bin/sh", "-c", &format!("echo out; echo err >&2; exit {code}")]).await;
        assert_eq!(ran.finish, Finish::Exited(code));
        assert_eq!((ran.out(), ran.err.as_slice(), ran.system.as_str()), ("out\n", &b"err\n"[..], ""));
    }
    let many = (0..20).map(|n| {
        let bench = &bench;
        async move {
            let ran = bench.run(&["/bin/sh", "-c", &format!("sleep 0.1; echo {n}; exit {n}")]).await;
            assert_eq!((ran.finish, ran.out.as_slice()), (Finish::Exited(n), format!("{n}\n").as_bytes()));
        }
    });
    futures_util::future::join_all(many).await;
    assert!(bench.backend.running().is_empty(), "handles of ended runs are kept");
}

#[tokio::test]
async fn an_end_by_a_signal_is_told_by_its_name() {
    let bench = Bench::new(&["/bin/sh"]);
    let ran = bench.run(&["/bin/sh", "-c", "kill -SEGV $$"]).await;
    assert_eq!(ran.finish, Finish::Failed("killed by signal 11 (SIGSEGV)".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_executed_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let (broken, orphan) = (dir.path().join("broken"), dir.path().join("orphan"));
    executable(&broken, "this is no program\n");
    executable(&orphan, "#!/no/such/interpreter\n");
    let paths = [broken.to_str().unwrap(), orphan.to_str().unwrap()];
    let bench = Bench::new(&paths);
    for (path, reason) in paths.iter().zip(["Exec format error", "No such file"]) {
        let error = bench.start(&spec(&[path]), PATIENCE).await.unwrap_err();
        let StartError::Failed(text) = error else { panic!("{error:?}") };
        assert!(text.contains("it cannot be executed") && text.contains(reason), "{text}");
    }
    let error = bench.start(&spec(&[paths[0], &"x".repeat(200_000)]), PATIENCE).await.unwrap_err();
    assert!(error.to_string().contains("larger than 128 KiB"), "{error}");
}

/// How many programs a second, beside the same program by `std::process`. Run with `--release --ignored --nocapture`.
#[tokio::test]
#[ignore = "a measurement"]
async fn rate_of_short_programs() {
    let bench = Bench::new(&["/bin/true"]);
    bench.run(&["/bin/true"]).await;
    for _ in 0..3 {
        let started = Instant::now();
        for _ in 0..500 {
            assert_eq!(bench.run(&["/bin/true"]).await.finish, Finish::Exited(0));
        }
        let ours = 500.0 / started.elapsed().as_secs_f64();
        let started = Instant::now();
        for _ in 0..500 {
            assert!(std::process::Command::new("/bin/true").status().unwrap().success());
        }
        let bare = 500.0 / started.elapsed().as_secs_f64();
        eprintln!("{ours:.0}/s, bare {bare:.0}/s: {:.2}", ours / bare);
    }
}
