//! A Docker engine of the machine's own packages, apart from any other: its own state, socket and containers.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Instance, Service, remove_dir};
use crate::packages;
use crate::project::{on_path, output, quietly};

/// The variable under which tests and benches look for an engine where they may do as they like.
pub const VARIABLE: &str = "UHUB_TEST_DOCKER";

/// How long the engine may take to be ready, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// Images that the tests find in it; no registry is asked. The second has a place where it wants to write.
const IMAGES: [(&str, &[&str]); 2] = [
    ("busybox:latest", &["ENV PATH=/bin", "CMD [\"/bin/sh\"]"]),
    ("uhub-test-volume:latest", &["ENV PATH=/bin", "VOLUME /data"]),
];

pub struct Docker;

impl Service for Docker {
    fn install(&self) -> Result<()> {
        let engine = ["dockerd", "containerd", "runc", "docker-init"];
        if engine.iter().any(|program| on_path(program).is_none()) {
            packages::apt(&["docker.io"], "the tests need a Docker engine")?;
        }
        if on_path("busybox").is_none() {
            packages::apt(&["busybox-static"], "the tests need a program to put into images")?;
        }
        Ok(())
    }

    fn start(&self) -> Result<Instance> {
        let dir = tempfile::Builder::new()
            .prefix("uhub-docker-")
            .tempdir()
            .context("cannot make a temporary directory")?;
        let socket = dir.path().join("docker.sock");
        let mut engine = spawn(dir.path(), &socket)?;
        if let Err(error) = wait_until_ready(&mut engine, &socket).and_then(|()| import(dir.path(), &socket))
        {
            let log = fs::read_to_string(dir.path().join("log")).unwrap_or_default();
            let tail: Vec<_> = log.lines().rev().take(20).collect();
            let tail: Vec<_> = tail.into_iter().rev().collect();
            stop(i32::try_from(engine.id())?, dir.path())?;
            return Err(
                error.context(format!("the Docker engine does not start; its log:\n{}", tail.join("\n")))
            );
        }
        let env = BTreeMap::from([(VARIABLE.to_owned(), format!("unix://{}", socket.display()))]);
        Ok(Instance { pid: i32::try_from(engine.id())?, dir: dir.keep(), env })
    }

    fn is_up(&self, instance: &Instance) -> bool {
        is_ours(instance.pid, &instance.dir)
    }

    fn stop(&self, instance: &Instance) -> Result<()> {
        stop(instance.pid, &instance.dir)?;
        remove_dir(&instance.dir)
    }
}

fn spawn(dir: &Path, socket: &Path) -> Result<Child> {
    let log = fs::File::create(dir.join("log")).context("cannot write the engine's log")?;
    // What the machine's own configuration says is of another engine.
    let config = dir.join("config.json");
    fs::write(&config, "{}").context("cannot write the engine's configuration")?;
    // No bridge and no packet filter of its own: tests make the networks that they need, none of which leads outside.
    Command::new(on_path("dockerd").context("dockerd is not to be found")?)
        .args(["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"])
        .arg(format!("--host=unix://{}", socket.display()))
        .arg("--data-root")
        .arg(dir.join("data"))
        .arg("--exec-root")
        .arg(dir.join("exec"))
        .arg("--pidfile")
        .arg(dir.join("pid"))
        .arg("--config-file")
        .arg(config)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // Ctrl-C is for whoever holds it, who stops it in order.
        .process_group(0)
        .spawn()
        .context("cannot start dockerd")
}

fn wait_until_ready(engine: &mut Child, socket: &Path) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        if quietly(docker(socket).arg("version")).is_ok() {
            return Ok(());
        }
        if let Some(status) = engine.try_wait()? {
            bail!("dockerd ended: {status}");
        }
        if Instant::now() > end {
            bail!("it is not ready after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn docker(socket: &Path) -> Command {
    let mut docker = Command::new("docker");
    docker.arg("--host").arg(format!("unix://{}", socket.display()));
    docker
}

/// Makes the images out of the machine's busybox.
fn import(dir: &Path, socket: &Path) -> Result<()> {
    let root = dir.join("image");
    for name in ["bin", "etc", "tmp", "data"] {
        fs::create_dir_all(root.join(name))?;
    }
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777))?;
    let busybox = on_path("busybox").context("busybox is not to be found")?;
    fs::copy(&busybox, root.join("bin/busybox"))?;
    for applet in output(Command::new(&busybox).arg("--list"))?.lines().filter(|name| *name != "busybox") {
        symlink("busybox", root.join("bin").join(applet))?;
    }
    fs::write(root.join("etc/passwd"), "root:x:0:0:root:/:/bin/sh\n")?;
    fs::write(root.join("etc/group"), "root:x:0:\n")?;
    let archive = dir.join("image.tar");
    quietly(Command::new("tar").arg("-C").arg(&root).arg("-cf").arg(&archive).arg("."))?;
    for (name, changes) in IMAGES {
        let mut import = docker(socket);
        import.arg("import");
        for change in changes {
            import.args(["--change", change]);
        }
        quietly(import.arg(&archive).arg(name))?;
    }
    fs::remove_dir_all(&root)?;
    fs::remove_file(&archive).context("cannot remove the image's archive")
}

/// Stops the engine, with all that runs in it.
fn stop(pid: i32, dir: &Path) -> Result<()> {
    let socket = dir.join("docker.sock");
    if is_ours(pid, dir) {
        // Its own stop would wait for each program in turn.
        if let Ok(running) = output(docker(&socket).args(["ps", "--all", "--quiet", "--no-trunc"])) {
            let ids: Vec<_> = running.lines().collect();
            if !ids.is_empty() {
                let _removed_with_its_files = quietly(docker(&socket).args(["rm", "--force"]).args(ids));
            }
        }
        for signal in [Signal::SIGTERM, Signal::SIGKILL] {
            let _ended_just_now = kill(Pid::from_raw(pid), signal);
            let end = Instant::now() + PATIENCE;
            while is_ours(pid, dir) && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
    unmount(dir)
}

/// An engine that was killed leaves mounts behind, and what is mounted must not be removed with the directory.
fn unmount(dir: &Path) -> Result<()> {
    let mounts = fs::read_to_string("/proc/self/mounts").context("cannot read the mounts")?;
    let ours = mounts
        .lines()
        .rev()
        .filter_map(|line| line.split(' ').nth(1))
        .filter(|at| at.starts_with(&*dir.to_string_lossy()));
    for at in ours {
        nix::mount::umount2(at, nix::mount::MntFlags::MNT_DETACH)
            .with_context(|| format!("cannot unmount {at}"))?;
    }
    Ok(())
}

/// Whether the process is an engine of this directory: an id in an old file may be a stranger's by now, and one that has
/// ended and that nobody has waited for is none.
fn is_ours(pid: i32, dir: &Path) -> bool {
    let cmdline = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&cmdline).contains(&*dir.to_string_lossy())
}
