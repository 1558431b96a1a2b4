//! What the operator allows the local backend to do.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// What the local backend may run, where, as whom. The default allows nothing (DOMAIN §3.2).
#[derive(Debug, Clone)]
pub struct LocalConfig {
    /// The programs that may be run, as absolute paths. Links are followed once, when the backend is made: what they lead
    /// to then is what may run.
    pub programs: Vec<PathBuf>,
    /// Programs run in one of these directories, or below.
    pub working_roots: Vec<PathBuf>,
    /// Where programs run whose job names no directory; the first of the roots where it is `None`.
    pub default_working_dir: Option<PathBuf>,
    /// As whom programs run: `user`, `user:group`, or numbers in the place of either. Needs a worker that runs as root.
    /// `None` = as the worker itself.
    pub user: Option<String>,
    /// Variables that every program gets. Unlike a job's own they may be any, `PATH` included.
    pub base_env: BTreeMap<String, String>,
    /// How long a program may go on after it was asked to end (SIGTERM), before everything is killed.
    pub grace: Duration,
    /// The time limit of runs that have none of their own.
    pub default_timeout: Duration,
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self {
            programs: Vec::new(),
            working_roots: Vec::new(),
            default_working_dir: None,
            user: None,
            base_env: BTreeMap::new(),
            grace: Duration::from_secs(5),
            default_timeout: Duration::from_secs(3600),
        }
    }
}

/// Why a [`LocalConfig`] cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A program of the whitelist.
    #[error("program {}: {reason}", path.display())]
    Program {
        /// As it was configured.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A working directory.
    #[error("working directory {}: {reason}", path.display())]
    WorkingDir {
        /// As it was configured.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The user that programs run as.
    #[error("user {user}: {reason}")]
    User {
        /// As it was configured.
        user: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable of the base environment.
    #[error("variable {name}: {reason}")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}
