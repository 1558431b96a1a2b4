//! `cargo xtask bench`: builds the benches with all optimisations and runs them one after the other.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::project::{self, cargo, command, run};
use crate::python;
use crate::services::{self, Held};

/// That of the Python package, which is no binary.
const PYTHON: &str = "python";

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Run only the benches whose name contains one of these
    names: Vec<String>,
    /// Only list the names
    #[arg(long)]
    list: bool,
    /// Arguments for each bench
    #[arg(last = true)]
    args: Vec<String>,
}

/// That of the queue, which also compares containers.
const QUEUE: &str = "queue";

/// Runs the binaries of the package `uhub-benches`. They find a PostgreSQL in `UHUB_TEST_POSTGRES`, that of the queue a
/// Docker engine in `UHUB_TEST_DOCKER`, and the server, built likewise, in `UHUB_TEST_BIN`. `xtask` is the path of this
/// program.
///
/// # Errors
/// When no bench has such a name, the build fails, or a bench fails; the others still run.
pub fn bench(options: &Options, xtask: &Path) -> Result<()> {
    let metadata = project::metadata()?;
    let mut all = binaries(&metadata, "uhub-benches");
    all.push(PYTHON);
    let mut chosen = chosen(all, &options.names);
    if options.list {
        chosen.iter().for_each(|name| println!("{name}"));
        return Ok(());
    }
    if chosen.is_empty() {
        bail!("uhub-benches has no bench of such a name; `cargo xtask bench --list` shows them all");
    }
    let has_python = chosen.last() == Some(&PYTHON);
    if has_python {
        chosen.pop();
    }
    if chosen.is_empty() {
        return python::bench();
    }
    let build = ["build", "--profile", "bench", "--package", "uhub-benches", "--package", "uhub-http"];
    run(cargo(build).args(["--bins", "--locked"]))?;

    // Cargo's `bench` profile shares the directory of `release`.
    let built = project::built_dir()?.join("release");
    let postgres = Held::start(services::Name::Postgres, xtask)?;
    let docker =
        if chosen.contains(&QUEUE) { Some(Held::start(services::Name::Docker, xtask)?) } else { None };
    let mut failed = Vec::new();
    for name in &chosen {
        eprintln!("\n==> {name}");
        let mut bench = command(built.join(name));
        bench.args(&options.args).envs(postgres.env()).env("UHUB_TEST_BIN", built.join("uhub"));
        if let Some(docker) = docker.as_ref().filter(|_| *name == QUEUE) {
            bench.envs(docker.env());
        }
        if let Err(error) = run(&mut bench) {
            if crate::interrupt::requested() {
                return Err(error);
            }
            eprintln!("xtask: {error:#}");
            failed.push(*name);
        }
    }
    postgres.stop()?;
    if let Some(docker) = docker {
        docker.stop()?;
    }
    if has_python {
        eprintln!("\n==> {PYTHON}");
        python::bench()?;
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

fn binaries<'a>(metadata: &'a Value, package: &str) -> Vec<&'a str> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.filter(|p| p["name"] == package).flat_map(|p| p["targets"].as_array()).flatten();
    let is_binary =
        |target: &&Value| target["kind"].as_array().is_some_and(|kinds| kinds.contains(&"bin".into()));
    targets.filter(is_binary).filter_map(|target| target["name"].as_str()).collect()
}

fn chosen<'a>(all: Vec<&'a str>, names: &[String]) -> Vec<&'a str> {
    let is_chosen = |bench: &&str| names.is_empty() || names.iter().any(|name| bench.contains(name.as_str()));
    all.into_iter().filter(is_chosen).collect()
}

#[cfg(test)]
mod tests {
    use super::{binaries, chosen};

    #[test]
    fn takes_the_binaries_of_the_package() {
        let metadata = serde_json::json!({"packages": [
            {"name": "other", "targets": [{"name": "x", "kind": ["bin"]}]},
            {"name": "uhub-benches", "targets": [
                {"name": "uhub_benches", "kind": ["lib"]},
                {"name": "conflicts", "kind": ["bin"]},
                {"name": "calendar", "kind": ["bin"]},
            ]},
        ]});
        assert_eq!(binaries(&metadata, "uhub-benches"), ["conflicts", "calendar"]);
    }

    #[test]
    fn filters_by_part_of_the_name() {
        assert_eq!(chosen(vec!["conflicts", "calendar"], &[]), ["conflicts", "calendar"]);
        assert_eq!(chosen(vec!["conflicts", "calendar"], &["cal".into()]), ["calendar"]);
        assert!(chosen(vec!["conflicts"], &["x".into()]).is_empty());
    }
}
