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

pub(crate) use approval::{Approval, ApprovalQuery, Approve, Reject};
pub(crate) use audit::{AuditItem, AuditQuery, Verification};
pub(crate) use calendar::window;
pub(crate) use calendar::{
    CalendarEvent, CalendarQuery, CalendarRead, ConflictGroup, Resolve, Resolved, WindowQuery,
};
pub(crate) use execution::{BackendConfig, Execution};
pub(crate) use freeze::{Freeze, FreezeOutcome, NewFreeze};
pub(crate) use hub::HubInfo;
pub(crate) use ics::{ImportEvents, ImportedEvents};
pub(crate) use job::{
    ChangeQuery, CreateJob, Decision, DryRun, Job, JobBrief, JobOutcome, JobQuery, PatchJob, ScopeQuery,
    Suggestion, SuggestionQuery,
};
pub(crate) use page::{List, PageQuery, Paged};
pub(crate) use project::{CreateProject, PatchProject, Project};
pub(crate) use run::{EndEvent, Launch, LaunchOutcome, LogEvent, LogQuery, Run, RunQuery};
pub(crate) use seed::SeedReport;
pub(crate) use series::{NewRecurrence, Series, SeriesQuery};
pub(crate) use time::At;
pub(crate) use token::{ApiToken, CreateToken, NewApiToken};
pub(crate) use user::{
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
