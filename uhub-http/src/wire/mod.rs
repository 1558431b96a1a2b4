//! What goes over the wire: one type per shape of API.md, with its schema, and conversions that name every field, so that
//! a new field of the core does not slip out or get lost unnoticed.

mod approval;
mod audit;
mod calendar;
mod execution;
mod freeze;
mod hub;
mod ics;
mod job;
mod page;
mod project;
mod run;
mod seed;
mod series;
pub(crate) mod text;
mod time;
mod token;
mod user;
pub(crate) mod words;

pub use approval::{Approval, ApprovalQuery, Approve, Change, Reject};
pub use audit::{AuditItem, AuditQuery, Head, Verification};
pub(crate) use calendar::window;
pub use calendar::{
    CalendarEvent, CalendarQuery, CalendarRead, ColorBy, ConflictGroup, EventProps, PendingMove, Resolve,
    Resolved, ResolvedMove, Span, WindowQuery,
};
pub use execution::{BackendConfig, Execution, ResourceLimits};
pub use freeze::{Freeze, FreezeOutcome, NewFreeze};
pub use hub::{DemoAccount, HubInfo};
pub use ics::{ImportEvents, ImportKind, ImportedEvents};
pub use job::{
    ChangeQuery, Conflict, ConflictKind, CreateJob, Decision, DryRun, Job, JobBrief, JobEnvironment,
    JobOutcome, JobQuery, PatchJob, ScopeQuery, Suggestion, SuggestionQuery,
};
pub use page::{List, PageQuery, Paged};
pub use project::{
    CreateProject, Environment, EnvironmentInput, NamedEnvironment, PatchProject, Policy, PolicyInput,
    Project,
};
pub use run::{EndEvent, Launch, LaunchOutcome, LogEvent, LogQuery, Run, RunQuery};
pub use seed::SeedReport;
pub use series::{NewRecurrence, Series, SeriesQuery, Skipped};
pub use time::At;
pub use token::{ApiToken, CreateToken, NewApiToken};
pub use user::{
    Bootstrap, CalendarToken, CreateUser, Me, PatchUser, SignOutQuery, TokenAnswer, TokenError,
    TokenErrorCode, TokenForm, User,
};

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

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

/// A `T` that is read from an object and nothing else. What serde derives takes an array as well, its values in the order
/// of the fields: nobody means that, and the document does not allow it.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// Reads an object that may be missing or `null`.
pub(crate) fn optional_object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(value)| value))
}

/// As [`clearable`], of an object.
pub(crate) fn clearable_object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    optional_object(deserializer).map(Some)
}

/// As [`present`], of an object.
pub(crate) fn present_object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| Some(value))
}

/// Reads an object.
pub(crate) fn just_object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}
