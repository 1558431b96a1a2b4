//! Servers tied to a process.
//!
//! A child of xtask, in a process group of its own, starts the server, then waits for the end of its stdin, which is a
//! pipe from the parent, and stops the server. So it is stopped on success, failure, panic and Ctrl-C, and when xtask
//! is killed with no chance to clean up, as CI systems do to jobs that take too long.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use super::Name;
use crate::project::command;

/// A server that runs as long as this value lives.
#[derive(Debug)]
pub struct Held {
    name: Name,
    holder: Child,
    env: BTreeMap<String, String>,
}

impl Held {
    /// Starts a new instance, installed first if need be, and waits until it is ready. `xtask` is the path of this
    /// program, taken before any step could build it anew.
    ///
    /// # Errors
    /// When it cannot be installed or started; why is on the terminal.
    pub fn start(name: Name, xtask: &Path) -> Result<Self> {
        let mut holder = command(xtask)
            .args(["services", "hold", &name.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", xtask.display()))?;
        let mut line = String::new();
        if let Some(stdout) = holder.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let Ok(env) = serde_json::from_str(&line) else {
            drop(holder.stdin.take());
            holder.wait()?;
            bail!("{name} did not start");
        };
        Ok(Self { name, holder, env })
    }

    /// The variables by which tests find the server.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// Stops the server.
    ///
    /// # Errors
    /// When it did not stop cleanly.
    pub fn stop(mut self) -> Result<()> {
        self.release()
    }

    fn release(&mut self) -> Result<()> {
        if self.holder.stdin.take().is_some() {
            let status = self.holder.wait()?;
            if !status.success() {
                bail!("{} did not stop cleanly: {status}", self.name);
            }
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Err(error) = self.release() {
            eprintln!("xtask: {error:#}");
        }
    }
}

/// The child's side of [`Held`]: starts the server, prints its variables as a line of JSON, and stops it at the end of
/// stdin.
///
/// # Errors
/// When the server cannot be installed, started or stopped.
pub fn hold(name: Name) -> Result<()> {
    let service = name.service();
    service.install()?;
    let instance = service.start()?;
    // A parent that is gone already is seen as the end of stdin, so a failed write is no reason to leave early.
    let _ = writeln!(std::io::stdout(), "{}", serde_json::to_string(&instance.env)?);
    let mut rest = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut rest);
    service.stop(&instance)
}
