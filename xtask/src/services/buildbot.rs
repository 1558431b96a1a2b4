//! Buildbot: a CI that nobody here wrote, with a builder that a hub's webhooks start.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::{Instance, Service, free_port, remove_dir};
use crate::packages;
use crate::project::run;

/// The variable under which tests look for it.
pub const VARIABLE: &str = "UHUB_TEST_BUILDBOT";
/// The key that it expects webhooks to be signed with.
const KEY: &str = "UHUB_TEST_BUILDBOT_KEY";

const CONFIG: &str = include_str!("buildbot/master.cfg");

pub struct Buildbot;

impl Service for Buildbot {
    fn install(&self) -> Result<()> {
        packages::buildbot().map(|_| ())
    }

    fn start(&self) -> Result<Instance> {
        let venv = packages::buildbot()?;
        let dir = tempfile::Builder::new().prefix("uhub-buildbot-").tempdir()?;
        let master = dir.path();
        let mut create = Command::new(venv.join("bin/buildbot"));
        create.args(["create-master", "--quiet", "--relocatable"]).arg(master);
        run(create.stdout(Stdio::null()))?;
        fs::write(master.join("master.cfg"), CONFIG).context("master.cfg")?;
        // Known to this run only, as an operator's would be.
        let key = fs::read_to_string("/proc/sys/kernel/random/uuid").context("no random id")?;
        let key = key.trim().to_owned();
        let mut failure = None;
        // Somebody may be quicker to take the port that was free.
        for _ in 0..3 {
            let port = free_port()?;
            match start_on(&venv, master, port, &key) {
                Ok(child) => {
                    let pid = i32::try_from(child.id())?;
                    let env = BTreeMap::from([
                        (VARIABLE.to_owned(), format!("http://127.0.0.1:{port}")),
                        (KEY.to_owned(), key),
                    ]);
                    return Ok(Instance { dir: dir.keep(), pid, env });
                }
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| anyhow::anyhow!("Buildbot does not start")))
    }

    fn is_up(&self, instance: &Instance) -> bool {
        // An id in an old file may be a stranger's by now.
        let directory = fs::read_link(format!("/proc/{}/cwd", instance.pid));
        directory.is_ok_and(|directory| directory == instance.dir)
    }

    fn stop(&self, instance: &Instance) -> Result<()> {
        if self.is_up(instance) {
            // With its builds; what it keeps is removed below.
            let _ = killpg(Pid::from_raw(instance.pid), Signal::SIGKILL);
        }
        remove_dir(&instance.dir)
    }
}

fn start_on(venv: &Path, master: &Path, port: u16, key: &str) -> Result<Child> {
    let log = master.join("log");
    let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new(venv.join("bin/twistd"));
    command
        .args(["--nodaemon", "--pidfile=", "--python", "buildbot.tac"])
        .current_dir(master)
        .env("HOME", master)
        .env("UHUB_KEY", key)
        .env("UHUB_PORT", port.to_string())
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0);
    let mut child = command.spawn().context("cannot start Buildbot")?;
    let begin = Instant::now();
    while !is_ready(port) {
        if child.try_wait()?.is_some() || begin.elapsed() > Duration::from_secs(120) {
            let _ = child.kill();
            child.wait()?;
            let log = fs::read_to_string(master.join("twistd.log"));
            bail!("Buildbot does not start; its log:\n{}", log.unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(child)
}

/// Whether its worker is there to build.
fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /api/v2/workers HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains("\"connected_to\": [\n"))
}
