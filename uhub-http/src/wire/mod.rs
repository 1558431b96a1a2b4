//! What goes over the wire: one type per shape of API.md, with its schema, and conversions that name every field, so that
//! a new field of the core does not slip out or get lost unnoticed.

mod approval;
mod audit;
mod calendar;
mod execution;
mod freeze;
mod job;
mod page;
mod project;
mod run;
mod seed;
pub(crate) mod text;
mod time;
mod user;
pub(crate) mod words;

pub use approval::{Approval, ApprovalQuery, Approve, Change, Reject};
pub use audit::{AuditItem, AuditQuery, Head, Verification};
pub use calendar::{
    CalendarEvent, CalendarQuery, CalendarRead, ColorBy, ConflictGroup, EventProps, PendingMove, Resolve,
    Resolved, ResolvedMove, Span, WindowQuery,
};
pub use execution::{Execution, Limits, ResourceLimits};
pub use freeze::{Freeze, FreezeOutcome, NewFreeze};
pub use job::{
    Conflict, ConflictKind, CreateJob, Decision, DryRun, Job, JobBrief, JobEnvironment, JobOutcome, JobQuery,
    PatchJob, Suggestion, SuggestionQuery,
};
pub use page::{List, PageQuery, Paged};
pub use project::{
    CreateProject, Environment, EnvironmentInput, NamedEnvironment, PatchProject, Policy, PolicyInput,
    Project,
};
pub use run::{EndEvent, Launch, LaunchOutcome, LogEvent, LogQuery, Run, RunQuery};
pub use seed::SeedReport;
pub use time::At;
pub use user::{
    Bootstrap, CalendarToken, CreateUser, Me, PatchUser, TokenAnswer, TokenError, TokenErrorCode, TokenForm,
    User,
};

use serde::{Deserialize, Deserializer};

/// For patches: a field that is there has a value. `null` is no way of leaving it as it is.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// For patches: `null` clears, leaving out leaves as it is.
pub(crate) fn clearable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
