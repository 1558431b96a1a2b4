//! Processes that the benches measure.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::http::Client;

/// A program of this workspace that listens, stopped when it is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Server {
    /// Starts `command`, which prints `listening on http://ADDRESS` once it is ready.
    ///
    /// # Errors
    /// When it ends before.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        for line in &mut lines {
            if let Some(address) = line?.strip_prefix("listening on http://") {
                let address = address.trim().to_owned();
                // Somebody has to read on, or the program would stop at a full pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, address });
            }
        }
        let _ = child.wait();
        bail!("the server ended before it listened")
    }

    /// Its resident memory, in bytes.
    ///
    /// # Errors
    /// When it has ended.
    pub fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kilobytes * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The `uhub` program, built like the benches.
///
/// # Errors
/// Without `UHUB_TEST_BIN`, which `cargo xtask bench` sets.
pub fn uhub() -> Result<PathBuf> {
    std::env::var_os("UHUB_TEST_BIN")
        .map(PathBuf::from)
        .context("UHUB_TEST_BIN is not set: run `cargo xtask bench`")
}

/// `uhub` with these arguments, on this database and directory.
///
/// # Errors
/// As [`uhub`].
pub fn command(database: &str, data_dir: &Path, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(uhub()?);
    command.args(arguments).env("UHUB_DATABASE", database).env("UHUB_DATA_DIR", data_dir);
    command.env("UHUB_LOG", "error").stderr(Stdio::inherit());
    Ok(command)
}

/// Runs `uhub` to its end.
///
/// # Errors
/// When it fails.
pub fn run(command: &mut Command, input: &str) -> Result<()> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    child.stdin.take().context("no input")?.write_all(input.as_bytes())?;
    let status = child.wait()?;
    if !status.success() {
        bail!("{command:?}: {status}");
    }
    Ok(())
}

/// Waits until `path` answers 200. Gives the time that passed since `began`.
///
/// # Errors
/// After ten seconds.
pub fn ready(address: &str, path: &str, began: Instant) -> Result<Duration> {
    while began.elapsed() < Duration::from_secs(10) {
        if let Ok(mut client) = Client::connect(address, path, None)
            && client.get().is_ok_and(|(status, _)| status == 200)
        {
            return Ok(began.elapsed());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    bail!("{path} was never ready")
}
