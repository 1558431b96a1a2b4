//! Finished calendars: what has not changed is served again without asking the database for its data.

use axum::body::Bytes;
use moka::sync::Cache;
use uhub_core::{
    model::{Role, Scopes, UserId},
    ports::store::Revision,
};

/// For whom, and what was asked. Whether an event is editable depends on the caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The caller.
    pub(crate) user: UserId,
    /// In this role.
    pub(crate) role: Role,
    /// By a token that is good for this.
    pub(crate) scopes: Option<Scopes>,
    /// The canonical query.
    pub(crate) query: String,
}

/// A calendar as it goes over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    /// The JSON.
    pub(crate) body: Bytes,
    /// Its entity tag, in quotes.
    pub(crate) etag: String,
}

/// Finished calendars by caller and query, each true for one [`Revision`]; at most so many bytes of them.
#[derive(Debug)]
pub(crate) struct CalendarCache(Cache<Key, (Revision, Finished)>);

impl CalendarCache {
    /// At most `bytes`.
    pub(crate) fn new(bytes: u64) -> Self {
        let weigh = |key: &Key, (revision, finished): &(Revision, Finished)| {
            let size = 256 + key.query.len() + revision.0.len() + finished.body.len();
            u32::try_from(size).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(bytes).weigher(weigh).build())
    }

    /// The calendar, if it is still that of `revision`.
    pub(crate) fn get(&self, key: &Key, revision: &Revision) -> Option<Finished> {
        self.0.get(key).filter(|(at, _)| at == revision).map(|(_, finished)| finished)
    }

    /// Keeps a calendar that was read after `revision` was known.
    pub(crate) fn put(&self, key: Key, revision: Revision, body: Bytes) -> Finished {
        use sha2::{Digest as _, Sha256};

        let digest = Sha256::digest(&body);
        let etag = format!("\"{}\"", hex::encode(digest.get(..16).unwrap_or_default()));
        let finished = Finished { body, etag };
        self.0.insert(key, (revision, finished.clone()));
        finished
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key(query: &str) -> Key {
        Key { user: UserId(Uuid::from_u128(1)), role: Role::Dev, scopes: None, query: query.to_owned() }
    }

    #[test]
    fn a_calendar_holds_for_its_revision_only() {
        let cache = CalendarCache::new(1 << 20);
        let (one, two) = (Revision("1".into()), Revision("2".into()));
        let put = cache.put(key("a"), one.clone(), Bytes::from_static(b"[]"));
        assert_eq!(cache.get(&key("a"), &one).map(|found| found.etag), Some(put.etag));
        assert!(cache.get(&key("a"), &two).is_none(), "something was written");
        assert!(cache.get(&key("b"), &one).is_none());
        let other = Key { role: Role::Admin, ..key("a") };
        assert!(cache.get(&other, &one).is_none(), "another role sees other decisions");
        let other = Key { scopes: Some(Scopes::NONE), ..key("a") };
        assert!(cache.get(&other, &one).is_none(), "and so does a token");
    }

    #[test]
    fn its_size_is_bounded() {
        let cache = CalendarCache::new(10_000);
        for n in 0..1000 {
            cache.put(key(&n.to_string()), Revision("1".into()), Bytes::from(vec![b' '; 1000]));
        }
        cache.0.run_pending_tasks();
        assert!(cache.0.weighted_size() <= 10_000, "{}", cache.0.weighted_size());
    }
}
