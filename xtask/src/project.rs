//! Where the project lies, and how its commands are run.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::interrupt;

/// The root of the workspace. Cargo tells it to what it runs; the compiled-in path serves a copied binary.
pub fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let manifest = PathBuf::from(manifest);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// Where cargo builds: `CARGO_TARGET_DIR`, else `target` under the root.
pub fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Where cargo puts what it builds, by cargo's own word: a configuration file may say otherwise than the environment.
///
/// # Errors
/// When `cargo metadata` fails.
pub fn built_dir() -> Result<PathBuf> {
    let metadata = metadata()?;
    let dir = metadata.get("target_directory").and_then(serde_json::Value::as_str);
    Ok(dir.context("cargo metadata names no target directory")?.into())
}

/// `cargo build` of the whole workspace as the tests have it, so that nothing is compiled once more with other features or
/// by another profile. What it builds lies in `debug`.
pub fn build_for_tests() -> Command {
    cargo(["build", "--workspace", "--profile", "test", "--locked"])
}

/// `cargo metadata` of the workspace, without dependencies.
///
/// # Errors
/// When it fails.
pub fn metadata() -> Result<serde_json::Value> {
    let text = output(&mut cargo(["metadata", "--no-deps", "--format-version", "1", "--locked"]))?;
    serde_json::from_str(&text).context("cargo metadata is not JSON")
}

/// Where xtask keeps what outlives one call: service states, the virtual environment of PyPI tools.
///
/// # Errors
/// When the directory cannot be made.
pub fn state_dir() -> Result<PathBuf> {
    let dir = target_dir().join("xtask");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(dir)
}

/// A program run from the root of the project.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// `cargo` with these arguments, as if typed in a shell.
pub fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut cargo = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_xtask(&mut cargo).args(args);
    cargo
}

/// Removes the variables that `cargo run` sets for xtask itself: build scripts that watch them (ring's does) would
/// otherwise be run again at each change between `cargo build` and `cargo xtask`.
pub fn forget_xtask(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_xtask = text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_");
        if of_xtask || matches!(&*text, "CARGO_BIN_NAME" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs the command to its end with its output on the terminal.
///
/// # Errors
/// When it cannot be started, was interrupted, or ends with anything but success; the message shows the command.
pub fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    let child = command.spawn().with_context(|| format!("cannot start `{line}`"))?;
    let status = interrupt::wait(child).with_context(|| format!("cannot wait for `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Runs the command to its end and returns what it printed on stdout; stderr stays on the terminal.
///
/// # Errors
/// As [`run`].
pub fn output(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed: {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed something that is not UTF-8"))
}

/// Runs the command in silence; what it printed is shown only in the error.
///
/// # Errors
/// As [`run`].
pub fn quietly(command: &mut Command) -> Result<()> {
    let line = shown(command);
    let output = command.output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{line}` failed: {}\n{stdout}{stderr}", output.status);
    }
    Ok(())
}

/// The first executable of this name on `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}
