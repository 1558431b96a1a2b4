//! From arguments to a hub.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::auth::passwords::Argon2Passwords;
use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use uhub_core::{
    Hub,
    hub::{Acting, Settings},
    memory::MemoryStore,
    model::{Limits, Role, Theme, User, UserId, UserKind},
    ports::{clock::Clock, store::Store},
};
use uhub_store::{
    SqlOptions, SqlStore,
    system::{RandomIds, SystemClock},
};
use uuid::Uuid;

use super::args::{ExecutionArgs, StoreArgs};

/// What a path may not hold as it is in a URL of SQLite.
const IN_PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// The database that is gone with the process.
const MEMORY: &str = "memory:";

impl StoreArgs {
    /// The data directory: as given, else the user's, else here.
    pub(crate) fn directory(&self) -> PathBuf {
        let given = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        self.data_dir.clone().unwrap_or_else(|| {
            given("XDG_DATA_HOME")
                .or_else(|| given("HOME").map(|home| home.join(".local/share")))
                .map_or_else(|| PathBuf::from(".uhub"), |data| data.join("uhub"))
        })
    }

    /// The data directory, made for this user only where there is none.
    pub(crate) fn made_directory(&self) -> anyhow::Result<PathBuf> {
        let directory = self.directory();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .and_then(|()| directory.canonicalize())
            .with_context(|| format!("data directory {}", directory.display()))
    }

    /// The database's URL.
    pub(crate) fn url(&self) -> anyhow::Result<String> {
        if let Some(url) = &self.database {
            return Ok(url.clone());
        }
        let path = self.made_directory()?.join("uhub.sqlite");
        let Some(path) = path.to_str() else { bail!("the data directory's name is not UTF-8") };
        Ok(format!("sqlite:{}", utf8_percent_encode(path, IN_PATH)))
    }

    /// The hub's settings.
    pub(crate) fn settings(&self, execution: Option<&ExecutionArgs>) -> Settings {
        let mut settings = Settings { timezone: self.timezone, ..Settings::default() };
        if let Some(execution) = execution {
            let ExecutionArgs {
                default_backend,
                default_timeout,
                max_timeout,
                max_attempts,
                max_cpus,
                max_memory_mb,
                max_pids,
                ref max_concurrent,
                ref prod_secret_source,
                lease_seconds,
                audit_head_file: _,
            } = *execution;
            settings.max_concurrent = max_concurrent.iter().copied().collect();
            settings.prod_secret_sources = prod_secret_source.iter().cloned().collect();
            settings.lease = TimeDelta::seconds(lease_seconds.into());
            settings.default_backend = default_backend;
            settings.default_timeout_seconds = default_timeout;
            settings.limits = Limits {
                cpus: max_cpus,
                memory_mb: max_memory_mb,
                pids: max_pids,
                timeout_seconds: max_timeout,
                max_attempts,
            };
        }
        settings
    }

    /// Opens the hub; its schema is brought up to date first where `migrate` says so.
    pub(crate) async fn open(&self, settings: Settings, migrate: bool) -> anyhow::Result<Hub> {
        let url = self.url()?;
        let clock = Arc::new(SystemClock);
        let store: Arc<dyn Store> = if url == MEMORY {
            Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>))
        } else {
            let schema = self.database_schema.clone();
            let options = SqlOptions { run_migrations: migrate, schema, ..SqlOptions::default() };
            Arc::new(SqlStore::connect(&url, options).await.context("database")?)
        };
        let hub = Hub::new(store, clock, Arc::new(RandomIds::default()), settings);
        Ok(hub.with_passwords(Arc::new(Argon2Passwords::default())))
    }
}

/// Reads for whoever administers the machine: the hub's use cases ask for a user, and this one exists nowhere else.
pub(crate) fn reading(hub: &Hub) -> Acting {
    let now = hub.now();
    hub.acting_as(&User {
        id: UserId(Uuid::nil()),
        username: "operator".to_owned(),
        display_name: "operator".to_owned(),
        email: String::new(),
        kind: UserKind::Person,
        role: Role::Admin,
        theme: Theme::Dark,
        is_active: true,
        tokens_valid_from: now,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

/// A secret: the first line of a file, else a variable.
pub(crate) fn secret(file: Option<&Path>, variable: &str) -> anyhow::Result<Option<String>> {
    let text = match file {
        Some(file) => {
            let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
            Some(text.lines().next().unwrap_or_default().to_owned())
        }
        None => match std::env::var(variable) {
            Ok(text) => Some(text),
            Err(std::env::VarError::NotPresent) => None,
            Err(error @ std::env::VarError::NotUnicode(_)) => bail!("{variable}: {error}"),
        },
    };
    match text {
        Some(text) if text.trim().is_empty() => bail!("{variable}: is empty"),
        text => Ok(text),
    }
}

/// The first line of standard input, or what is typed without being shown.
pub(crate) fn password(from_stdin: bool) -> anyhow::Result<String> {
    let password = if from_stdin {
        let mut line = String::new();
        io::stdin().read_line(&mut line).context("standard input")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        let once = rpassword::prompt_password("Password: ").context("password")?;
        if rpassword::prompt_password("Again: ").context("password")? != once {
            bail!("the two are not the same");
        }
        once
    };
    if password.is_empty() { bail!("the password is empty") } else { Ok(password) }
}
