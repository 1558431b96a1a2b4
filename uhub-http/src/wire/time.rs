//! Instants in requests.

use chrono::{DateTime, Timelike as _, Utc};
use serde::{Deserialize, Deserializer, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// An instant as RFC 3339 writes it, with an offset. The second 60 is refused: no calendar here has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At(pub DateTime<Utc>);

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let shown = || text.chars().take(64).collect::<String>();
        let at = DateTime::parse_from_rfc3339(&text).map_err(|_| {
            Error::custom(format!("`{}` is no time of RFC 3339, such as 2026-01-31T09:00:00Z", shown()))
        })?;
        if at.nanosecond() >= 1_000_000_000 {
            return Err(Error::custom(format!("`{}` is a leap second", shown())));
        }
        Ok(Self(at.to_utc()))
    }
}

impl PartialSchema for At {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for At {
    fn name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(text: &str) -> Result<At, serde_json::Error> {
        serde_json::from_value(serde_json::Value::from(text))
    }

    #[test]
    fn r12_only_rfc_3339_without_leap_seconds() {
        assert_eq!(
            read("2026-03-29T02:30:00+01:00").unwrap().0,
            "2026-03-29T01:30:00Z".parse::<DateTime<Utc>>().unwrap()
        );
        assert!(read("9999-12-31T23:59:59Z").is_ok(), "the slot refuses it, with its reason");
        for bad in [
            "",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2016-12-31T23:59:60Z",
            "10000-01-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "tomorrow",
            "0",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<At>("0").is_err());
    }
}
