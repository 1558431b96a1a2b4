//! A whole hub as a file, to keep and to move: `uhub export` and `uhub import`.
//!
//! The file is JSON, one object a line, each ended by a line feed:
//!
//! 1. a [`Header`]: `{"format":"uhub-export","version":1,"hub_id":…,"exported_at":…}`;
//! 2. the records, each `{"record":"user",…}`, the kinds in the order of [`Kind`], so that whatever a record refers to comes
//!    before it (but for the approvals, which runs and approvals name of each other);
//! 3. a [`Footer`]: `{"footer":{"records":{"user":{"count":…,"sha256":…},…},"sha256":…}}`: of each kind how many, and the
//!    SHA-256 of its lines; and the SHA-256 of all lines before it.
//!
//! Two hubs of which a kind has the same count and digest have the same records of it, in whatever stores they are.
//!
//! To add a kind of record: a type in [`records`] that mirrors the model's (all of it: what is forgotten does not compile), a
//! line in `records!` below, what holds of it in `check.rs`, what it is read by in `export.rs` and written by in `load.rs`.
//! Each of these is one `match` without a rest.

mod check;
mod export;
mod lines;
mod load;
pub mod records;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use self::load::refuse_filled;
use self::records as r;
pub use self::{check::check, export::export, load::load};

/// The first field of every file.
pub const FORMAT: &str = "uhub-export";
/// The version of the format that is written, and read.
pub const VERSION: u32 = 1;
/// No line is longer, in bytes.
pub const MAX_LINE: usize = 32 * 1024 * 1024;

/// Declares what can be on a line.
macro_rules! records {
    ($($(#[$meta:meta])* $name:ident($type:ty) = $word:literal),+ $(,)?) => {
        crate::model::words! {
            /// What kind of record, in the order of the file.
            pub enum Kind { $($(#[$meta])* $name = $word),+ }
        }

        /// A line between the first and the last.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "record")]
        pub enum Record { $($(#[$meta])* #[serde(rename = $word)] $name($type)),+ }

        impl Record {
            /// Its kind.
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name),+ }
            }
        }

        $(impl From<$type> for Record {
            fn from(record: $type) -> Self {
                Self::$name(record)
            }
        })+
    };
}

records! {
    /// Something about the hub itself, such as its id.
    Setting(r::Setting) = "setting",
    /// A user.
    User(r::User) = "user",
    /// How a user is known: hashes of the password and of the calendar's token.
    Credential(r::Credential) = "credential",
    /// A token by which a machine acts.
    Token(r::Token) = "token",
    /// A project with its environments.
    Project(r::Project) = "project",
    /// A plan that repeats.
    Series(r::Series) = "series",
    /// A job.
    Job(r::Job) = "job",
    /// A run.
    Run(r::Run) = "run",
    /// A piece of a run's log.
    Log(r::Log) = "log",
    /// What an outside CI told of a run.
    Callback(r::Callback) = "callback",
    /// An approval.
    Approval(r::Approval) = "approval",
    /// A freeze window.
    Freeze(r::Freeze) = "freeze",
    /// An idempotency key and what it stands for.
    Remembered(r::Remembered) = "remembered",
    /// An entry of the audit, with its place in the chain.
    Audit(r::Audit) = "audit",
    /// An entry of the audit that is not sealed yet.
    Unsealed(r::Unsealed) = "unsealed",
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// Of which hub; one that never needed an id has none.
    pub hub_id: Option<String>,
    /// When.
    pub exported_at: DateTime<Utc>,
}

/// How many, and what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// How many records.
    pub count: u64,
    /// SHA-256 of their lines, in hex.
    pub sha256: String,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LastLine {
    footer: Footer,
}

impl LastLine {
    /// How it begins, and no record does.
    const START: &str = "{\"footer\":";
}

/// How many records there are, and their digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Footer {
    /// Of every kind.
    pub records: BTreeMap<Kind, Tally>,
    /// SHA-256 of all lines before it, in hex.
    pub sha256: String,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Of which hub.
    pub hub_id: Option<String>,
    /// When it was exported.
    pub exported_at: DateTime<Utc>,
    /// Of every kind.
    pub records: BTreeMap<Kind, Tally>,
    /// SHA-256 of all lines but the last, in hex.
    pub sha256: String,
    /// The end of the audit's chain.
    pub audit_head: crate::audit::Head,
    /// Runs that had not ended.
    pub unfinished_runs: u64,
}

impl Summary {
    /// How many records.
    pub fn count(&self) -> u64 {
        self.records.values().map(|tally| tally.count).sum()
    }
}
