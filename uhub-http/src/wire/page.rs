//! Lists in pages.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uhub_core::ports::store::{Cursor, Page};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::problem::Problem;

/// Items of a page without a limit.
const DEFAULT: u32 = 50;
/// Items that a page may have.
const MOST: u32 = 500;

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct List<T: ToSchema> {
    /// The items.
    pub items: Vec<T>,
    /// Where it goes on; `null` at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// Which page, alone in a query.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// At most so many items.
    #[param(minimum = 1, maximum = 500, default = 50, nullable = false)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<super::text::PageCursor>, nullable = false)]
    cursor: Option<String>,
}

impl PageQuery {
    /// The page that is meant.
    ///
    /// # Errors
    /// 422 for a limit or cursor that means nothing.
    pub(crate) fn read(&self) -> Result<Paged, Problem> {
        Paged::new(self.limit, self.cursor.as_deref())
    }
}

/// Which part of a list was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paged {
    limit: u32,
    after: Option<Cursor>,
}

impl Paged {
    /// From a query's `limit` and `cursor`.
    ///
    /// # Errors
    /// 422 for a limit outside 1 to 500, or a cursor that no answer gave.
    pub(crate) fn new(limit: Option<u32>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(DEFAULT);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::invalid("limit", format!("must be 1 to {MOST}")));
        }
        let after = cursor
            .map(|text| decode(text).ok_or_else(|| Problem::invalid("cursor", "is none that an answer gave")))
            .transpose()?;
        Ok(Self { limit, after })
    }

    /// What to ask the hub for: one item more, to know whether there is a next page.
    pub(crate) const fn page(&self) -> Page {
        Page { limit: self.limit + 1, after: self.after }
    }

    /// The page made of what the hub gave; `key` is an item's place in the order.
    pub(crate) fn list<C, T: ToSchema>(
        &self,
        mut items: Vec<C>,
        key: impl Fn(&C) -> (i64, Uuid),
        wire: impl FnMut(C) -> T,
    ) -> List<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let goes_on = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| goes_on).map(|last| {
            let (key, id) = key(last);
            encode(&Cursor { key, id })
        });
        List { items: items.into_iter().map(wire).collect(), next_cursor }
    }
}

/// Cursors are opaque: their form may change, and nobody should make one.
fn encode(cursor: &Cursor) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(cursor).unwrap_or_default())
}

fn decode(text: &str) -> Option<Cursor> {
    if text.len() > 200 {
        return None;
    }
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let paged = Paged::new(Some(2), None).unwrap();
        assert_eq!(paged.page().limit, 3);
        let key = |n: &u32| (i64::from(*n), Uuid::from_u128(u128::from(*n)));
        assert_eq!(paged.list(vec![1, 2], key, |n| n).next_cursor, None);
        let list = paged.list(vec![1, 2, 3], key, |n| n);
        assert_eq!(list.items, [1, 2]);
        let next = Paged::new(None, list.next_cursor.as_deref()).unwrap();
        assert_eq!(next.after, Some(Cursor { key: 2, id: Uuid::from_u128(2) }));
    }

    #[test]
    fn r34_limits_and_cursors_are_checked() {
        for limit in [0, 501, u32::MAX] {
            assert_eq!(Paged::new(Some(limit), None).unwrap_err().field.as_deref(), Some("limit"));
        }
        for cursor in ["", "x", "e30", "'; DROP TABLE jobs", &"A".repeat(10_000)] {
            assert_eq!(Paged::new(None, Some(cursor)).unwrap_err().field.as_deref(), Some("cursor"));
        }
    }
}
