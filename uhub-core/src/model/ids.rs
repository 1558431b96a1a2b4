//! Typed identifiers. All are UUIDv7, so that their order is the order of creation.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A [`User`](super::User).
    UserId,
    /// A [`Project`](super::Project).
    ProjectId,
    /// An [`Environment`](super::Environment) of a project.
    EnvironmentId,
    /// A [`Job`](super::Job).
    JobId,
    /// A `Series` of jobs.
    SeriesId,
    /// A [`Run`](super::Run).
    RunId,
    /// An [`Approval`](super::Approval).
    ApprovalId,
    /// A [`Freeze`](super::Freeze) window.
    FreezeId,
    /// An audit entry.
    AuditId,
    /// An [`ApiToken`](super::ApiToken).
    TokenId,
}
