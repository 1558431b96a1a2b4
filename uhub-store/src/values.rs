//! How the model's values lie in columns, where sqlx's own way is not the same in both databases.

use std::{fmt::Display, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};
#[cfg(feature = "postgres")]
use sqlx::Postgres;
#[cfg(feature = "sqlite")]
use sqlx::Sqlite;
use sqlx::{Database, Decode, Type, error::BoxDynError};

/// An instant: TIMESTAMPTZ in PostgreSQL, INTEGER microseconds since the Unix epoch in SQLite. As text it would take four
/// times the room in every index, and calendars would spend most of their time parsing it.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct At(pub(crate) DateTime<Utc>);

#[cfg(feature = "sqlite")]
impl Type<Sqlite> for At {
    fn type_info() -> <Sqlite as Database>::TypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(ty: &<Sqlite as Database>::TypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(ty)
    }
}

#[cfg(feature = "sqlite")]
impl<'r> Decode<'r, Sqlite> for At {
    fn decode(value: <Sqlite as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let micros = <i64 as Decode<'r, Sqlite>>::decode(value)?;
        DateTime::from_timestamp_micros(micros).map(Self).ok_or_else(|| "no such instant".into())
    }
}

#[cfg(feature = "postgres")]
impl Type<Postgres> for At {
    fn type_info() -> <Postgres as Database>::TypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

#[cfg(feature = "postgres")]
impl<'r> Decode<'r, Postgres> for At {
    fn decode(value: <Postgres as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <DateTime<Utc> as Decode<'r, Postgres>>::decode(value).map(Self)
    }
}

/// Every instant that both databases keep. What a filter asks for beyond it is as far away as can be.
pub(crate) fn in_reach(at: DateTime<Utc>) -> DateTime<Utc> {
    // Years 1 and 9999.
    let first = DateTime::from_timestamp(-62_135_596_800, 0).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let last = DateTime::from_timestamp(253_402_300_799, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    at.clamp(first, last)
}

/// A word of one of the model's enums, as TEXT.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<T>(pub(crate) T);

/// JSON as TEXT in both: what the audit seals must come back to the letter.
#[derive(Debug, Clone)]
pub(crate) struct Doc<T>(pub(crate) T);

// Out of rows that come as JSON.
impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map(Self).map_err(D::Error::custom)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Doc<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map(Self).map_err(D::Error::custom)
    }
}

macro_rules! as_text {
    ($database:ty) => {
        impl<T> Type<$database> for Word<T> {
            fn type_info() -> <$database as Database>::TypeInfo {
                <String as Type<$database>>::type_info()
            }

            fn compatible(ty: &<$database as Database>::TypeInfo) -> bool {
                <String as Type<$database>>::compatible(ty)
            }
        }

        impl<'r, T: FromStr<Err: Display>> Decode<'r, $database> for Word<T> {
            fn decode(value: <$database as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let word = <&str as Decode<'r, $database>>::decode(value)?;
                word.parse().map(Self).map_err(|error: T::Err| error.to_string().into())
            }
        }

        impl<T> Type<$database> for Doc<T> {
            fn type_info() -> <$database as Database>::TypeInfo {
                <String as Type<$database>>::type_info()
            }

            fn compatible(ty: &<$database as Database>::TypeInfo) -> bool {
                <String as Type<$database>>::compatible(ty)
            }
        }

        impl<'r, T: DeserializeOwned> Decode<'r, $database> for Doc<T> {
            fn decode(value: <$database as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let text = <&str as Decode<'r, $database>>::decode(value)?;
                Ok(Self(serde_json::from_str(text)?))
            }
        }
    };
}

#[cfg(feature = "sqlite")]
as_text!(Sqlite);
#[cfg(feature = "postgres")]
as_text!(Postgres);
