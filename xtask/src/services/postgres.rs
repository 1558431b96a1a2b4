//! PostgreSQL: a throwaway cluster of the machine's own binaries.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::unistd::{Uid, User};

use super::{Instance, Service, free_port, remove_dir};
use crate::packages;
use crate::project::{on_path, quietly};

/// The variable under which tests and benches look for a cluster where they may create databases.
pub const VARIABLE: &str = "UHUB_TEST_POSTGRES";

pub struct Postgres;

impl Service for Postgres {
    fn install(&self) -> Result<()> {
        if binaries().is_none() {
            packages::apt(&["postgresql"], "the tests need PostgreSQL")?;
        }
        Ok(())
    }

    fn start(&self) -> Result<Instance> {
        let bin = binaries().context("PostgreSQL's initdb and pg_ctl are not to be found")?;
        let owner = Owner::find()?;
        let dir = tempfile::Builder::new()
            .prefix("uhub-postgres-")
            .permissions(Permissions::from_mode(0o711))
            .tempdir()
            .context("cannot make a temporary directory")?;
        owner.give(dir.path())?;
        let data = dir.path().join("data");

        // A linguistic collation, as real clusters have: an order that holds only by bytes shows up in the tests.
        quietly(
            owner
                .command(&bin.join("initdb"), dir.path())
                .args(["--username=postgres", "--auth=trust", "--no-sync", "--no-instructions"])
                .args(["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"])
                .arg("--pgdata")
                .arg(&data),
        )
        .context("initdb failed; the cluster needs PostgreSQL 15 or later")?;

        let port = start_on_free_port(&owner, &bin, dir.path(), &data)?;
        let pid = postmaster_pid(&data).context("PostgreSQL started but left no process id")?;
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let env = BTreeMap::from([(VARIABLE.to_owned(), url)]);
        Ok(Instance { dir: dir.keep(), pid, env })
    }

    fn is_up(&self, instance: &Instance) -> bool {
        postmaster_pid(&instance.dir.join("data")) == Some(instance.pid)
            && serves(instance.pid, &instance.dir)
    }

    fn stop(&self, instance: &Instance) -> Result<()> {
        if self.is_up(instance) {
            let bin = binaries().context("PostgreSQL's pg_ctl is not to be found")?;
            // pg_ctl signals the process whose id is in the data directory, and waits for its end.
            let mut pg_ctl = Owner::find()?.command(&bin.join("pg_ctl"), &instance.dir);
            pg_ctl.args(["stop", "--wait", "--mode=fast", "--timeout=30", "--pgdata"]);
            quietly(pg_ctl.arg(instance.dir.join("data")))?;
        }
        remove_dir(&instance.dir)
    }
}

/// Tries again on another port when somebody was quicker to take the one that was free.
fn start_on_free_port(owner: &Owner, bin: &Path, dir: &Path, data: &Path) -> Result<u16> {
    let log = dir.join("log");
    let mut failure = None;
    for _ in 0..3 {
        let port = free_port()?;
        // The last word on each setting wins, so appending serves the second try as well.
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\n\
             fsync = on\nmax_connections = 300\n"
        );
        append(&data.join("postgresql.conf"), &settings)?;
        let mut pg_ctl = owner.command(&bin.join("pg_ctl"), dir);
        pg_ctl.args(["start", "--wait", "--silent", "--timeout=60", "--pgdata"]).arg(data);
        match quietly(pg_ctl.arg("--log").arg(&log)) {
            Ok(()) => return Ok(port),
            Err(error) => {
                let log = fs::read_to_string(&log).unwrap_or_default();
                failure = Some(error.context(format!("PostgreSQL does not start; its log:\n{log}")));
            }
        }
    }
    Err(failure.unwrap_or_else(|| anyhow::anyhow!("PostgreSQL does not start")))
}

fn append(file: &Path, text: &str) -> Result<()> {
    let mut open = fs::OpenOptions::new();
    let mut handle =
        open.append(true).open(file).with_context(|| format!("cannot open {}", file.display()))?;
    std::io::Write::write_all(&mut handle, text.as_bytes())
        .with_context(|| format!("cannot write {}", file.display()))
}

/// The directory of `initdb`, `pg_ctl` and `postgres`: that of `PATH`, else Debian's for the newest version.
fn binaries() -> Option<PathBuf> {
    let complete =
        |dir: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| dir.join(name).is_file());
    let on_path = on_path("initdb").and_then(|initdb| Some(initdb.parent()?.to_path_buf())).filter(complete);
    on_path.or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let versions = versions.filter_map(|entry| {
            let path = entry.ok()?.path();
            let version: u32 = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin"))).filter(|(_, bin)| complete(bin))
        });
        versions.max().map(|(_, bin)| bin)
    })
}

/// The first line of the file that the running server keeps in its data directory.
fn postmaster_pid(data: &Path) -> Option<i32> {
    fs::read_to_string(data.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

/// Whether the process is a server on a data directory under `dir`: an id in an old file may be a stranger's by now.
fn serves(pid: i32, dir: &Path) -> bool {
    let cmdline = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&cmdline).contains(&*dir.to_string_lossy())
}

/// Who runs the server: it refuses to be root, so root hands over to the user that the package made.
struct Owner(Option<User>);

impl Owner {
    fn find() -> Result<Self> {
        if !Uid::effective().is_root() {
            return Ok(Self(None));
        }
        match User::from_name("postgres")? {
            Some(user) => Ok(Self(Some(user))),
            None => bail!("PostgreSQL does not run as root, and there is no user `postgres` to run it as"),
        }
    }

    fn give(&self, dir: &Path) -> Result<()> {
        match &self.0 {
            Some(user) => chown(dir, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .with_context(|| format!("cannot give {} to {}", dir.display(), user.name)),
            None => Ok(()),
        }
    }

    /// A program of the cluster, run by its owner in a directory that the owner can enter.
    fn command(&self, program: &Path, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(dir);
        for (name, _) in std::env::vars_os() {
            // PGDATA, PGPORT and the like are about some other cluster.
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(&name);
            }
        }
        command.env("LC_ALL", "C");
        if let Some(user) = &self.0 {
            // Setting the user makes the standard library drop root's supplementary groups as well.
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }
}
