//! `cargo xtask ui`: the web app in `uhub-http/ui`. What it builds there, the next build of `uhub` takes in.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::packages;
use crate::project::{self, command, output, root, run};
use crate::test::{Count, counted, results};

/// What the build's own tools ask for.
const NODE: (u32, u32) = (20, 19);

/// What lies in the app's directory and has no part in what is built: results, and what only tests read.
const NO_INPUT: [&str; 7] =
    ["node_modules", "dist", "e2e", "test-results", "playwright-report", "openapi.json", "README.md"];

fn dir() -> PathBuf {
    root().join("uhub-http/ui")
}

/// Where the built app lies.
fn dist() -> PathBuf {
    dir().join("dist")
}

/// A program run from the app's directory.
fn tool(program: impl AsRef<OsStr>, args: &[&str]) -> Command {
    let mut command = command(program);
    // Nothing is asked, nothing is told to anybody.
    command.current_dir(dir()).args(args).env("NO_UPDATE_NOTIFIER", "1").env("npm_config_fund", "false");
    command
}

/// A program that the app's packages brought along.
fn own(program: &str, args: &[&str]) -> Command {
    tool(dir().join("node_modules/.bin").join(program), args)
}

/// Builds the app, if what it is built from has changed since.
///
/// # Errors
/// When Node or the packages cannot be installed, or the build fails.
pub fn build() -> Result<()> {
    let kept = dir().join("node_modules/.uhub-built");
    if fs::read_to_string(&kept).is_ok_and(|text| stamp().is_ok_and(|stamp| text == stamp)) {
        return Ok(());
    }
    install()?;
    eprintln!("xtask: building the web app");
    run(&mut tool("npm", &["run", "--silent", "build"]))?;
    fs::write(&kept, stamp()?).with_context(|| format!("cannot write {}", kept.display()))
}

/// Installs the app's packages, if their list has changed since, and Node where it is missing.
///
/// # Errors
/// When that fails.
pub fn install() -> Result<()> {
    let lock = dir().join("package-lock.json");
    let lock = fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let node = node()?;
    let wanted = format!("{node} {:016x}", hash(&lock));
    let kept = dir().join("node_modules/.uhub-installed");
    if fs::read_to_string(&kept).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    eprintln!("xtask: installing the web app's packages");
    // Exactly what the lock names, and none of their own programs run on the way.
    run(&mut tool("npm", &["ci", "--ignore-scripts", "--no-audit", "--loglevel", "error"]))?;
    fs::write(&kept, wanted).with_context(|| format!("cannot write {}", kept.display()))
}

/// The version of Node, which is installed where it is missing.
fn node() -> Result<String> {
    if project::on_path("node").is_none() || project::on_path("npm").is_none() {
        packages::apt(&["nodejs", "npm"], "the web app is built with Node.js")?;
    }
    let version = output(&mut tool("node", &["--version"]))?.trim().to_owned();
    let (major, minor) = NODE;
    if !is_new_enough(&version) {
        bail!(
            "the web app needs Node.js {major}.{minor} or newer, and `node` is {version}: install a newer one"
        );
    }
    Ok(version)
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= NODE,
        _ => false,
    }
}

/// Checks the app's types.
///
/// # Errors
/// When they do not fit.
pub fn types() -> Result<()> {
    install()?;
    run(&mut own("vue-tsc", &["--noEmit"]))
}

/// The types of the API as the app's client knows them, made from the document that `uhub openapi` printed.
///
/// # Errors
/// When they cannot be made.
pub fn schema(document: &str) -> Result<String> {
    install()?;
    let scratch = tempfile::tempdir().context("cannot make a temporary directory")?;
    let (from, to) = (scratch.path().join("openapi.json"), scratch.path().join("schema.d.ts"));
    fs::write(&from, document).with_context(|| format!("cannot write {}", from.display()))?;
    run(tool("node", &["build/types.mjs"]).arg(&from).arg(&to))?;
    fs::read_to_string(&to).with_context(|| format!("cannot read {}", to.display()))
}

/// Tests the app's logic.
///
/// # Errors
/// When a test fails, or none can be run.
pub fn unit_tests(count: &mut Count) -> Result<()> {
    let results = results("vitest.xml")?;
    let to = format!("--outputFile.junit={}", results.display());
    let outcome = run(&mut own("vitest", &["run", "--reporter=default", "--reporter=junit", &to]));
    counted(&results, outcome, count)
}

/// Tests the app in a browser, against the binary that `env` names.
///
/// # Errors
/// When a test fails, or none can be run.
pub fn browser_tests(env: &BTreeMap<String, String>, uhub: &Path, count: &mut Count) -> Result<()> {
    let results = results("playwright.xml")?;
    let mut playwright = own("playwright", &["test", "--reporter=list,junit", "--pass-with-no-tests"]);
    playwright.envs(env).env("UHUB_BIN", uhub).env("PLAYWRIGHT_JUNIT_OUTPUT_FILE", &results);
    counted(&results, run(&mut playwright), count)
}

/// What the app is built from, and what was built: one changes with the other, or a build is due.
fn stamp() -> Result<String> {
    let mut inputs = Vec::new();
    files(&dir(), &mut inputs)?;
    let mut hasher = DefaultHasher::new();
    for path in inputs {
        let name = path.strip_prefix(dir()).unwrap_or(&path);
        if NO_INPUT.iter().any(|none| name.starts_with(none)) || is_test(name) {
            continue;
        }
        name.hash(&mut hasher);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?.hash(&mut hasher);
    }
    let from = hasher.finish();
    // The build puts hashes of the contents into the names.
    let mut built = Vec::new();
    files(&dist(), &mut built)?;
    Ok(format!("{from:016x} {:016x}", hash(&built)))
}

fn is_test(name: &Path) -> bool {
    name.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".test.ts"))
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// All files below `dir`, in order; packages aside, of which there are too many.
fn files(dir: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if !path.is_dir() {
            found.push(path);
        } else if !path.ends_with("node_modules") {
            files(&path, found)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn knows_which_node_will_do() {
        for version in ["v20.19.0", "v20.19.2", "v22.1.0", "v24.0.0"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["v20.18.9", "v18.20.4", "v0.10.0", "", "node", "v20"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
