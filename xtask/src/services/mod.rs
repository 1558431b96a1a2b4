//! Real servers for tests and benches: throwaway, on loopback, in a temporary directory.
//!
//! [`up`] and [`down`] manage servers that outlive the command, remembered in a state file. [`hold`] and [`Held`] tie
//! them to a process instead: they are stopped when it ends, however it ends.

mod buildbot;
mod docker;
mod held;
mod openbao;
mod postgres;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub use held::{Held, hold};

use crate::project;

/// A server that xtask can run. A new one is a variant here, and a module that implements [`Service`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// A PostgreSQL cluster with durability on, as in production
    Postgres,
    /// OpenBao, which speaks Vault's API, in memory
    Openbao,
    /// A Docker engine with the images of the tests
    Docker,
    /// Buildbot, with a builder that webhooks start
    Buildbot,
}

impl Name {
    fn service(self) -> &'static dyn Service {
        match self {
            Self::Postgres => &postgres::Postgres,
            Self::Openbao => &openbao::Openbao,
            Self::Docker => &docker::Docker,
            Self::Buildbot => &buildbot::Buildbot,
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to_possible_value() {
            Some(value) => f.pad(value.get_name()),
            None => Ok(()),
        }
    }
}

/// How one kind of server is installed, started and stopped.
trait Service {
    /// Installs what is missing; nothing to do is the usual case and must be quick.
    fn install(&self) -> Result<()>;
    /// Starts a new instance, ready for use on return. Leaves nothing behind when it fails.
    fn start(&self) -> Result<Instance>;
    /// Whether the instance still runs.
    fn is_up(&self, instance: &Instance) -> bool;
    /// Stops the instance if it still runs, and removes its files.
    fn stop(&self, instance: &Instance) -> Result<()>;
}

/// A server that was started: all that is needed to use it and to stop it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Instance {
    /// Everything the server writes lies under it.
    dir: PathBuf,
    pid: i32,
    /// Variables by which tests and benches find it.
    env: BTreeMap<String, String>,
}

/// Starts the servers that are not up yet and prints on stdout, for `eval`, the variables by which to find them.
///
/// # Errors
/// When one cannot be installed or started. Those before it stay up.
pub fn up(names: &[Name]) -> Result<()> {
    for &name in names {
        let state = State::lock(name)?;
        let service = name.service();
        let instance = match state.read()? {
            Some(instance) if service.is_up(&instance) => instance,
            stale => {
                if let Some(stale) = stale {
                    service.stop(&stale)?;
                }
                service.install()?;
                let instance = service.start()?;
                if let Err(error) = state.write(&instance) {
                    service.stop(&instance)?;
                    return Err(error);
                }
                instance
            }
        };
        for (variable, value) in &instance.env {
            println!("export {variable}={value}");
        }
    }
    Ok(())
}

/// Installs what a server needs, without starting one.
///
/// # Errors
/// When it cannot be installed.
pub fn install(name: Name) -> Result<()> {
    name.service().install()
}

/// Stops servers that [`up`] started. One that is not up is no error.
///
/// # Errors
/// When one cannot be stopped.
pub fn down(names: &[Name]) -> Result<()> {
    for &name in names {
        let state = State::lock(name)?;
        match state.read()? {
            Some(instance) => {
                name.service().stop(&instance)?;
                state.forget()?;
                eprintln!("xtask: {name} is stopped");
            }
            None => eprintln!("xtask: {name} was not up"),
        }
    }
    Ok(())
}

/// Runs a command with servers of its own, which are stopped when it ends. `xtask` is the path of this program.
///
/// # Errors
/// When a server does not start or stop, or the command fails.
pub fn run(names: &[Name], command: &[OsString], xtask: &Path) -> Result<()> {
    let servers: Vec<Held> = names.iter().map(|&name| Held::start(name, xtask)).collect::<Result<_>>()?;
    let (program, args) = command.split_first().context("no command to run")?;
    // Typed by a user, so it runs where the user is, not in the root of the project.
    let mut command = std::process::Command::new(program);
    command.args(args).envs(servers.iter().flat_map(Held::env));
    let outcome = project::run(&mut command);
    servers.into_iter().try_for_each(Held::stop)?;
    outcome
}

/// Prints a line for each server.
///
/// # Errors
/// When a state file cannot be read.
pub fn status(names: &[Name]) -> Result<()> {
    for &name in names {
        match State::lock(name)?.read()? {
            Some(instance) if name.service().is_up(&instance) => {
                let env: Vec<_> =
                    instance.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
                println!("{name:<10} up    pid {}  {}", instance.pid, env.join(" "));
            }
            Some(instance) => println!("{name:<10} dead  left {}", instance.dir.display()),
            None => println!("{name:<10} down"),
        }
    }
    Ok(())
}

/// The state file of one service, locked so that two commands cannot start or stop it at once.
struct State {
    file: PathBuf,
    _lock: File,
}

impl State {
    fn lock(name: Name) -> Result<Self> {
        let dir = project::state_dir()?.join("services");
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let path = dir.join(format!("{name}.lock"));
        let lock = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(Self { file: dir.join(format!("{name}.json")), _lock: lock })
    }

    fn read(&self) -> Result<Option<Instance>> {
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.file.display())),
        };
        let instance = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged; remove it after a look", self.file.display()))?;
        Ok(Some(instance))
    }

    fn write(&self, instance: &Instance) -> Result<()> {
        let text = serde_json::to_string_pretty(instance)?;
        fs::write(&self.file, text).with_context(|| format!("cannot write {}", self.file.display()))
    }

    fn forget(&self) -> Result<()> {
        fs::remove_file(&self.file).with_context(|| format!("cannot remove {}", self.file.display()))
    }
}

/// A port that is free on loopback now. Another process may still take it before the server does.
fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("no free port on loopback")?;
    Ok(listener.local_addr()?.port())
}

/// Removes an instance's directory; one that is already gone is fine.
fn remove_dir(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", dir.display()))
        }
        _ => Ok(()),
    }
}
