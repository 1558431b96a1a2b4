//! The live indexes of all pools.

use super::index::PoolIndex;
use super::span::Span;
use std::collections::BTreeMap;

/// One [`PoolIndex`] per pool. Two slots can collide only in the same pool (DOMAIN §1).
#[derive(Debug, Clone)]
pub struct ConflictIndex<Pool, Id: Copy + Ord> {
    pools: BTreeMap<Pool, PoolIndex<Id>>,
    len: usize,
}

impl<Pool, Id: Copy + Ord> Default for ConflictIndex<Pool, Id> {
    fn default() -> Self {
        Self { pools: BTreeMap::new(), len: 0 }
    }
}

impl<Pool: Ord, Id: Copy + Ord> ConflictIndex<Pool, Id> {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many slots are kept in all pools.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no slot is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The index of one pool; `None` while it holds nothing.
    #[must_use]
    pub fn pool(&self, pool: &Pool) -> Option<&PoolIndex<Id>> {
        self.pools.get(pool)
    }

    /// Every pool that holds something, in order.
    pub fn pools(&self) -> impl Iterator<Item = (&Pool, &PoolIndex<Id>)> {
        self.pools.iter()
    }

    /// Adds a slot. `false` if that very slot of that id was there already. O(log n).
    pub fn insert(&mut self, pool: Pool, id: Id, slot: Span) -> bool {
        let added = self.pools.entry(pool).or_default().insert(id, slot);
        self.len += usize::from(added);
        added
    }

    /// Removes a slot. `false` if it was not there. O(log n).
    pub fn remove(&mut self, pool: &Pool, id: Id, slot: Span) -> bool {
        let Some(index) = self.pools.get_mut(pool) else { return false };
        let removed = index.remove(id, slot);
        // A hub sees many short-lived pools; an empty one is not worth keeping.
        if index.is_empty() {
            self.pools.remove(pool);
        }
        self.len -= usize::from(removed);
        removed
    }

    /// Every slot of `pool` that overlaps `slot`, in the order (start, end, id).
    pub fn overlapping(&self, pool: &Pool, slot: Span) -> impl Iterator<Item = (Id, Span)> {
        self.pools.get(pool).into_iter().flat_map(move |index| index.overlapping(slot))
    }

    /// Whether anything in `pool` overlaps `slot`. O(log n), however many do.
    #[must_use]
    pub fn overlaps_any(&self, pool: &Pool, slot: Span) -> bool {
        self.pools.get(pool).is_some_and(|index| index.overlaps_any(slot))
    }

    /// What `id` would conflict with at `slot` in `pool`, itself left out.
    pub fn conflicts_of(&self, pool: &Pool, id: Id, slot: Span) -> impl Iterator<Item = (Id, Span)> {
        self.overlapping(pool, slot).filter(move |&(other, _)| other != id)
    }
}

/// Sorts each pool once, several times faster than inserting one by one.
impl<Pool: Ord, Id: Copy + Ord> FromIterator<(Pool, Id, Span)> for ConflictIndex<Pool, Id> {
    fn from_iter<I: IntoIterator<Item = (Pool, Id, Span)>>(slots: I) -> Self {
        let mut by_pool: BTreeMap<Pool, Vec<(Id, Span)>> = BTreeMap::new();
        for (pool, id, slot) in slots {
            by_pool.entry(pool).or_default().push((id, slot));
        }
        let pools: BTreeMap<Pool, PoolIndex<Id>> =
            by_pool.into_iter().map(|(pool, slots)| (pool, slots.into_iter().collect())).collect();
        let len = pools.values().map(PoolIndex::len).sum();
        Self { pools, len }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(start: i64, end: i64) -> Span {
        Span::new(start, end).unwrap_or(Span::EVERYTHING)
    }

    #[test]
    fn pools_do_not_see_each_other() {
        let mut index = ConflictIndex::new();
        assert!(index.insert("staging", 1, slot(0, 10)));
        assert!(index.insert("prod", 2, slot(0, 10)));
        assert!(!index.insert("prod", 2, slot(0, 10)));
        assert_eq!(index.len(), 2);
        assert!(index.overlaps_any(&"prod", slot(5, 6)) && !index.overlaps_any(&"dev", slot(5, 6)));
        assert_eq!(index.conflicts_of(&"prod", 2, slot(5, 15)).count(), 0);
        assert_eq!(index.conflicts_of(&"prod", 1, slot(5, 15)).collect::<Vec<_>>(), [(2, slot(0, 10))]);
        assert!(!index.remove(&"staging", 2, slot(0, 10)));
        assert!(index.remove(&"staging", 1, slot(0, 10)));
        assert!(index.pool(&"staging").is_none() && index.len() == 1);
        let built: ConflictIndex<_, _> =
            [("b", 1, slot(0, 2)), ("a", 2, slot(1, 3)), ("b", 1, slot(0, 2))].into_iter().collect();
        assert_eq!((built.len(), built.pools().count()), (2, 2));
    }
}
