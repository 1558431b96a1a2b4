//! A PostgreSQL server of one's own, for tests that stop it.

use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use nix::unistd::{Uid, User};
use tempfile::TempDir;

/// A throwaway cluster. Dropping it stops and removes it.
#[derive(Debug)]
pub struct Cluster {
    directory: TempDir,
    bin: PathBuf,
    port: u16,
    owner: Option<(u32, u32)>,
}

impl Cluster {
    /// Makes and starts one.
    ///
    /// # Panics
    /// When the machine has no PostgreSQL, or it does not start.
    pub fn start() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("uhub-cluster-")
            .permissions(Permissions::from_mode(0o711))
            .tempdir()
            .expect("a directory can be made");
        // PostgreSQL refuses to run as root.
        let owner = Uid::effective().is_root().then(|| {
            let user =
                User::from_name("postgres").ok().flatten().expect("Debian's package makes the user postgres");
            (user.uid.as_raw(), user.gid.as_raw())
        });
        if let Some((uid, gid)) = owner {
            chown(directory.path(), Some(uid), Some(gid)).expect("root may give it away");
        }
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let cluster = Self { directory, bin: binaries(), port, owner };
        let data = cluster.data();
        cluster.must(
            "initdb",
            &["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"],
            &data,
        );
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nmax_connections = 100\n"
        );
        fs::write(data.join("postgresql.auto.conf"), settings).expect("root may write there");
        cluster.resume();
        cluster
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The address of its one database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it: `fast` ends sessions, `immediate` is a crash.
    pub fn stop(&self, mode: &str) {
        self.must("pg_ctl", &["stop", "--wait", "--silent", &format!("--mode={mode}")], &self.data());
    }

    /// Starts it again.
    pub fn resume(&self) {
        let log = self.directory.path().join("log");
        let log = log.to_str().expect("a plain path");
        self.must("pg_ctl", &["start", "--wait", "--silent", "--log", log], &self.data());
    }

    fn command(&self, program: &str, args: &[&str], data: &Path) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.args(args).arg("--pgdata").arg(data).current_dir(self.directory.path());
        if let Some((uid, gid)) = self.owner {
            command.uid(uid).gid(gid);
        }
        // What the server inherits it holds open for as long as it runs.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn must(&self, program: &str, args: &[&str], data: &Path) {
        let status = self.command(program, args, data).status().expect("it can be started");
        let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        assert!(status.success(), "{program} {args:?}: {status}\n{log}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may be stopped already.
        let _ = self.command("pg_ctl", &["stop", "--wait", "--mode=immediate"], &self.data()).status();
    }
}

/// The newest PostgreSQL of the machine, where Debian puts them; else that of `PATH`.
fn binaries() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version: u32 = path.file_name()?.to_str()?.parse().ok()?;
            let bin = path.join("bin");
            bin.join("initdb").is_file().then_some((version, bin))
        })
        .max();
    if let Some((_, bin)) = newest {
        return bin;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).find(|dir| dir.join("initdb").is_file());
    found.expect("PostgreSQL's initdb is needed: `cargo xtask test` installs it")
}
