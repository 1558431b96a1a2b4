//! The words of the domain as types (DOMAIN §1). Plain values: no rule is decided here, beyond what a value may be.

mod approval;
mod backend_config;
mod callback;
mod execution;
mod freeze;
mod ids;
mod job;
mod occurrence;
mod policy;
mod project;
mod run;
#[cfg(feature = "recurrence")]
mod series;
mod slot;
mod token;
mod user;

pub use approval::{Approval, ApprovalKind, ApprovalState, Change};
pub use backend_config::{
    BackendConfig, DockerConfig, Mount, PullPolicy, WebhookConfig, WebhookFollow, WebhookPreset,
};
pub use callback::{Callback, CallbackStatus};
pub use execution::{BackendKind, ExecutionSpec, Limits, ResourceLimits};
pub use freeze::Freeze;
pub use ids::{
    ApprovalId, AuditId, EnvironmentId, FreezeId, JobId, ProjectId, RunId, SeriesId, TokenId, UserId,
};
pub use job::{CalendarEntry, Job, JobEnvironment, JobStatus, JobType};
pub use occurrence::Occurrence;
pub use policy::{OnConflict, Policy, ProdChange};
pub use project::{Environment, Project, Tier};
pub use run::{LogChunk, Run, RunOrigin, RunStatus, Stream};
#[cfg(feature = "recurrence")]
pub use series::{Series, Skipped};
#[cfg(feature = "hub")]
pub(crate) use slot::whole_micros;
pub use slot::{EARLIEST, LATEST, Slot, SlotError};
pub use token::{ApiToken, Scope, Scopes};
pub use user::{Role, Theme, User, UserKind};

/// Gives an enum its wire word, `ALL` values in order, `Display`, `FromStr` and serde by that word.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $(#[$meta])*
        $vis enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::model::UnknownWord {
                        word: word.chars().take(64).collect(),
                        known: &[$($word),+],
                    }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use words;

/// A word that is none of an enum's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of {}", known.join(", "))]
pub struct UnknownWord {
    /// What was given, cut to 64 characters.
    pub word: String,
    /// What is accepted.
    pub known: &'static [&'static str],
}
