//! What can go wrong, by what the caller can do about it. The core knows no HTTP.

#[cfg(feature = "hub")]
use crate::ports::{passwords::PasswordError, store::StoreError};
use crate::{
    model::{ApprovalState, JobId},
    rbac::Rule,
    workflow::IllegalTransition,
};

/// The core's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which field, as the caller named it.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The rules refuse it.
    #[error("{reason}")]
    Denied {
        /// The rule that decided.
        rule: Rule,
        /// The rule in words.
        reason: String,
    },
    /// There is no such thing, or it is none of the caller's business.
    #[error("there is no such {what}")]
    NotFound {
        /// `job`, `run`, …
        what: &'static str,
    },
    /// It is not the time for it.
    #[error(transparent)]
    Transition(#[from] IllegalTransition),
    /// The project's policy blocks slots that collide.
    #[error("the slot is taken: policy on_conflict is block")]
    Conflict {
        /// The jobs that hold it.
        jobs: Vec<JobId>,
    },
    /// Something of that name exists already.
    #[error("{field}: is taken already")]
    Exists {
        /// Which field.
        field: &'static str,
    },
    /// It has changed since the caller read it.
    #[error("it has changed meanwhile: version {actual} now, {expected} was expected")]
    Stale {
        /// What the caller had.
        expected: i64,
        /// What it is.
        actual: i64,
    },
    /// The approval is no longer open.
    #[error("the approval is {state} already")]
    ApprovalClosed {
        /// Where it stands.
        state: ApprovalState,
    },
    /// The job has a run that has not ended.
    #[error("the job has a run that has not ended")]
    RunActive,
    /// The same idempotency key came with another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// It cannot be done as things are; the text says why.
    #[error("{0}")]
    Unfit(String),
    /// A worker that is no longer in charge wrote.
    #[error("the fence is stale: another attempt is in charge")]
    StaleFence,
    /// Username or password is wrong, or the account is closed.
    #[error("unknown user or wrong password")]
    Unauthenticated,
    /// Too many passwords are being checked at once; try again.
    #[error("too many sign-ins at once, try again")]
    Busy,
    /// The store failed.
    #[cfg(feature = "hub")]
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(feature = "hub")]
impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            PasswordError::Unsupported => Self::Unfit(error.to_string()),
            PasswordError::Failed => Self::Store(StoreError::Failed(error.to_string())),
        }
    }
}

impl Error {
    /// Whether the rules refused it: such attempts are audited (DOMAIN §9).
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Denied { .. } | Self::Conflict { .. } | Self::ApprovalClosed { .. })
    }

    /// The rule that refused it.
    pub fn rule(&self) -> Option<String> {
        match self {
            Self::Denied { rule, .. } => Some(rule.to_string()),
            Self::Conflict { .. } => Some("policy.on_conflict".to_owned()),
            _ => None,
        }
    }

    /// [`Error::Invalid`].
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }
}
