//! OpenBao, which speaks Vault's API: a development server, in memory, unsealed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Instance, Service, free_port, remove_dir};
use crate::packages;

/// The variable under which tests look for a server that they share.
pub const VARIABLE: &str = "UHUB_TEST_OPENBAO";
/// Its root token.
const TOKEN: &str = "UHUB_TEST_OPENBAO_TOKEN";
/// The program, for tests that need a server to seal, stop or break.
const PROGRAM: &str = "UHUB_TEST_OPENBAO_BIN";

/// Not guessed by who else is on the machine.
fn root_token() -> Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/uuid").context("no random id")?.trim().to_owned())
}

pub struct Openbao;

impl Service for Openbao {
    fn install(&self) -> Result<()> {
        packages::openbao().map(|_| ())
    }

    fn start(&self) -> Result<Instance> {
        let program = packages::openbao()?;
        let dir = tempfile::Builder::new().prefix("uhub-openbao-").tempdir()?;
        let token = root_token()?;
        let mut failure = None;
        // Somebody may be quicker to take the port that was free.
        for _ in 0..3 {
            let port = free_port()?;
            match start_on(&program, dir.path(), port, &token) {
                Ok(child) => {
                    let pid = i32::try_from(child.id())?;
                    let env = BTreeMap::from([
                        (VARIABLE.to_owned(), format!("http://127.0.0.1:{port}")),
                        (TOKEN.to_owned(), token),
                        (PROGRAM.to_owned(), program.display().to_string()),
                    ]);
                    return Ok(Instance { dir: dir.keep(), pid, env });
                }
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| anyhow::anyhow!("OpenBao does not start")))
    }

    fn is_up(&self, instance: &Instance) -> bool {
        // An id in an old file may be a stranger's by now.
        let directory = fs::read_link(format!("/proc/{}/cwd", instance.pid));
        directory.is_ok_and(|directory| directory == instance.dir)
    }

    fn stop(&self, instance: &Instance) -> Result<()> {
        if self.is_up(instance) {
            // It keeps nothing.
            let _ = kill(Pid::from_raw(instance.pid), Signal::SIGKILL);
        }
        remove_dir(&instance.dir)
    }
}

fn start_on(program: &Path, dir: &Path, port: u16, token: &str) -> Result<Child> {
    let log = dir.join("log");
    let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new(program);
    command
        .args(["server", "-dev", "-dev-no-store-token"])
        .arg(format!("-dev-root-token-id={token}"))
        .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
        .current_dir(dir)
        .env("HOME", dir)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0);
    let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
    let begin = Instant::now();
    while !is_healthy(port) {
        if child.try_wait()?.is_some() || begin.elapsed() > Duration::from_secs(60) {
            let _ = child.kill();
            child.wait()?;
            bail!("OpenBao does not start; its log:\n{}", fs::read_to_string(&log).unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(child)
}

/// Whether it answers that it is initialised, unsealed and active.
fn is_healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /v1/sys/health HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.split_whitespace().nth(1) == Some("200"))
}
