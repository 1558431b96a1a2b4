//! The Python package: its wheel, and the tests of what is in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::packages;
use crate::project::{built_dir, cargo, command, forget_xtask, root, run, state_dir};
use crate::test::{Count, counted, results};

/// What builds and checks the package, and what its examples use; fixed, so that no release turns the tests red.
const TOOLS: &str = "maturin==1.9.4 mypy==1.19.1 numpy==2.2.6 pyarrow==22.0.0 pytest==8.4.2 hypothesis==6.148.2 icalendar==6.3.1 \
    recurring-ical-events==3.8.0 fastapi==0.121.3 httpx==0.28.1 matplotlib==3.10.7 tqdm==4.67.1";

/// What the package is measured beside.
const RIVALS: &str = "maturin==1.9.4 numpy==2.2.6 superintervals==1.0.3 ncls==0.0.71 intervaltree==3.2.1";

fn dir() -> PathBuf {
    root().join("uhub-py")
}

/// Makes what builds and checks the package available, and returns the environment's directory.
///
/// # Errors
/// When Python or the packages cannot be installed.
pub fn tools() -> Result<PathBuf> {
    packages::python("python", TOOLS)
}

/// Builds the wheel and puts it into the environment of the tools. Returns the wheel.
///
/// # Errors
/// When it cannot be built.
pub fn wheel() -> Result<PathBuf> {
    built(&tools()?, "dev", "wheel")
}

/// Measures the package, optimised, beside others.
///
/// # Errors
/// When it cannot be built, or the others not be installed.
pub fn bench() -> Result<()> {
    let venv = packages::python("python-bench", RIVALS)?;
    built(&venv, "release", "wheel-bench")?;
    let build = ["build", "--profile", "bench", "--package", "uhub-benches", "--bin", "conflict", "--locked"];
    run(&mut cargo(build))?;
    let mut script = command(venv.join("bin/python"));
    script.arg("benches/python/rules.py").env("UHUB_BENCH_CONFLICT", built_dir()?.join("release/conflict"));
    run(&mut script)
}

/// Builds the wheel into a directory of this name, and puts it into an environment that has maturin. Returns the wheel.
fn built(venv: &Path, profile: &str, name: &str) -> Result<PathBuf> {
    let out = state_dir()?.join(name);
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("cannot empty {}", out.display()))?;
    }
    let mut maturin = command(venv.join("bin/maturin"));
    maturin.current_dir(dir()).args(["build", "--profile", profile, "--locked", "--out"]).arg(&out);
    run(forget_xtask(&mut maturin))?;
    let mut wheels = fs::read_dir(&out).with_context(|| format!("cannot read {}", out.display()))?;
    let Some(wheel) = wheels.next() else { bail!("maturin left no wheel in {}", out.display()) };
    let wheel = wheel.context("wheel")?.path();
    let pip = ["install", "--quiet", "--no-deps", "--no-index", "--force-reinstall"];
    run(command(venv.join("bin/pip")).args(pip).arg(&wheel))?;
    Ok(wheel)
}

/// A program of the tools, run from the package's directory.
fn tool(program: &str, args: &[&str]) -> Result<Command> {
    let mut command = command(tools()?.join("bin").join(program));
    command.current_dir(dir()).args(args);
    Ok(command)
}

/// Checks that the two faces agree, that the types are sound, and that the stubs say what the module has.
///
/// # Errors
/// When one of it is not so.
pub fn types() -> Result<()> {
    run(&mut tool("python", &["sync.py", "--check"])?)?;
    run(&mut tool("mypy", &["--strict", "python/uhub"])?)?;
    run(&mut tool("stubtest", &["uhub._uhub"])?)
}

/// Uses the wheel as somebody who just installed it, and with nothing else.
///
/// # Errors
/// When it cannot be installed, imported, or its command be run.
pub fn fresh(wheel: &Path) -> Result<()> {
    let scratch = tempfile::tempdir().context("cannot make a temporary directory")?;
    let venv = scratch.path().join("venv");
    run(command("python3").args(["-m", "venv"]).arg(&venv))?;
    run(command(venv.join("bin/pip")).args(["install", "--quiet", "--no-index"]).arg(wheel))?;
    let day = "import uhub; hub = uhub.Hub.open(); hub.import_demo(); \
               assert sum(job.conflict for job in hub.as_user('demo-admin').jobs()) == 8";
    run(command(venv.join("bin/python")).args(["-c", day]).current_dir(scratch.path()))?;
    let told = "from importlib.metadata import files, metadata; assert 'Hub.open' in metadata('uhub').get_payload(); \
                assert {'LICENSE-APACHE', 'LICENSE-MIT'} <= {file.name for file in files('uhub')}";
    run(command(venv.join("bin/python")).args(["-c", told]).current_dir(scratch.path()))?;
    run(command(venv.join("bin/uhub")).arg("--version").current_dir(scratch.path()))
}

/// Tests the package on the stores that `env` names, and runs its examples.
///
/// # Errors
/// When a test fails, or none can be run.
pub fn tests(env: &BTreeMap<String, String>, count: &mut Count) -> Result<()> {
    let results = results("pytest.xml")?;
    let to = format!("--junitxml={}", results.display());
    let examples = root().join("examples/python");
    let mut pytest = tool("pytest", &["-q", "-p", "no:cacheprovider", &to, "tests"])?;
    // It keeps what it has found there, and nothing in the tree.
    let found = state_dir()?.join("hypothesis");
    let outcome = run(pytest.arg(examples).envs(env).env("HYPOTHESIS_STORAGE_DIRECTORY", found));
    counted(&results, outcome, count)
}
