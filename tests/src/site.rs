//! A hub's site: its database and data directory, and the servers and workers on it.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    client::Client,
    database::{Database, Kind},
    env,
    process::Process,
};

/// How long a program of the hub may take to be ready, on a machine with much else to do.
pub const READY: Duration = Duration::from_secs(30);

/// What one hub consists of, whether or not anything runs on it.
#[derive(Debug)]
pub struct Site {
    /// Its database.
    pub database: Database,
    directory: TempDir,
    variables: Vec<(String, String)>,
}

impl Site {
    /// On a SQLite file.
    pub fn sqlite() -> Self {
        let directory = directory();
        Self::new(Database::sqlite(directory.path()), directory)
    }

    /// On a PostgreSQL database.
    pub async fn postgres() -> Self {
        Self::new(Database::postgres().await, directory())
    }

    /// On a database of that kind.
    pub async fn on(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::sqlite(),
            Kind::Postgres => Self::postgres().await,
        }
    }

    /// On this database.
    pub fn with_database(database: Database) -> Self {
        Self::new(database, directory())
    }

    /// On a SQLite file in a directory that the test provides.
    pub fn in_directory(directory: TempDir) -> Self {
        Self::new(Database::sqlite(directory.path()), directory)
    }

    fn new(database: Database, directory: TempDir) -> Self {
        let work = directory.path().join("work");
        std::fs::create_dir_all(&work).expect("a directory can be made");
        let variables = [("UHUB_LOCAL_ROOT", work.display().to_string())];
        Self {
            database,
            directory,
            variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    /// With a variable for every program of this site.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With these programs on the whitelist.
    #[must_use]
    pub fn programs(self, programs: &[&str]) -> Self {
        self.variable("UHUB_LOCAL_PROGRAM", &programs.join(","))
    }

    /// With leases of so many seconds in the place of 15.
    #[must_use]
    pub fn lease(self, seconds: u32) -> Self {
        self.variable("UHUB_LEASE_SECONDS", &seconds.to_string())
    }

    /// With limits on sign-ins that no test comes near.
    #[must_use]
    pub fn many_logins(self) -> Self {
        self.variable("UHUB_LOGINS_PER_ACCOUNT", "100000").variable("UHUB_LOGINS_PER_PEER", "100000")
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Where local programs work.
    pub fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    /// Where everything of the site lies.
    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    /// `uhub` with these arguments, knowing where this site is and nothing else of the environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env::binary());
        command
            .args(args)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.directory.path())
            .env("RUST_BACKTRACE", "1")
            .env("UHUB_DATABASE", &self.database.url)
            .env("UHUB_DATA_DIR", self.data())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.directory.path());
        command
    }

    /// A server on a free port, ready. `more` are more arguments for `uhub serve`.
    ///
    /// # Panics
    /// When it does not get ready.
    pub async fn serve(&self, more: &[&str]) -> Server {
        self.serve_on("127.0.0.1:0", more).await
    }

    /// A server at this address, ready.
    ///
    /// # Panics
    /// When it does not get ready.
    pub async fn serve_on(&self, listen: &str, more: &[&str]) -> Server {
        let mut args = vec!["serve", "--listen", listen];
        args.extend(more);
        let mut process = Process::start("uhub serve", &mut self.command(&args));
        let line = process.line("listening on http://", READY).await;
        let at = line.find("http://").expect("it was looked for");
        let url =
            line[at..].split_whitespace().next().expect("something follows").trim_end_matches('/').to_owned();
        Server { process, url }
    }

    /// Servers of the demo for many requests at once. No lock within one process could tell those on PostgreSQL apart:
    /// they come by two.
    ///
    /// # Panics
    /// When one does not get ready.
    pub async fn serve_racers(&self) -> Vec<Server> {
        let mut servers = vec![self.serve(&["--demo", "--no-worker"]).await];
        if self.database.kind == Kind::Postgres {
            servers.push(self.serve(&["--no-worker"]).await);
        }
        servers
    }

    /// A server with the demo's users, projects and jobs, and a worker inside.
    pub async fn demo(&self) -> Server {
        self.serve(&["--demo"]).await
    }

    /// A worker by itself.
    pub async fn worker(&self) -> Process {
        let mut process = Process::start("uhub worker", &mut self.command(&["worker"]));
        process.line("working as ", READY).await;
        process
    }

    /// Runs a command to its end.
    pub async fn run(&self, args: &[&str]) -> Output {
        self.run_with_input(args, "").await
    }

    /// Runs a command to its end, with something on its standard input.
    ///
    /// # Panics
    /// When it takes longer than a minute.
    pub async fn run_with_input(&self, args: &[&str], input: &str) -> Output {
        Output::of(self.command(args), input).await
    }
}

fn directory() -> TempDir {
    tempfile::Builder::new().prefix("uhub-test-").tempdir().expect("a temporary directory can be made")
}

/// A command that has ended.
#[derive(Debug)]
pub struct Output {
    /// How.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it said besides.
    pub stderr: String,
}

impl Output {
    /// Runs any command to its end.
    ///
    /// # Panics
    /// When it takes longer than a minute.
    pub async fn of(command: Command, input: &str) -> Self {
        Self::within(command, input, Duration::from_secs(60)).await
    }

    /// Runs any command to its end.
    ///
    /// # Panics
    /// When it takes longer than `limit`.
    pub async fn within(command: Command, input: &str, limit: Duration) -> Self {
        use tokio::io::AsyncWriteExt as _;

        let mut command = tokio::process::Command::from(command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("it can be started");
        let mut stdin = child.stdin.take().expect("piped");
        // A program that does not read closes its end.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = tokio::time::timeout(limit, child.wait_with_output());
        let output = output.await.unwrap_or_else(|_| panic!("it does not end within {limit:?}"));
        let output = output.expect("it can be waited for");
        Self {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Checks how it ended.
    ///
    /// # Panics
    /// When it ended otherwise; with what it said.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// What it printed, as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// Its process.
    pub process: Process,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Server {
    /// Somebody not signed in.
    pub fn anyone(&self) -> Client {
        Client::new(&self.url)
    }

    /// A demo user, signed in.
    pub async fn user(&self, username: &str) -> Client {
        self.anyone().sign_in(username, username).await
    }

    /// `demo-admin`, signed in.
    pub async fn admin(&self) -> Client {
        self.user("demo-admin").await
    }
}
