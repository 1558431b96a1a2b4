//! Building an index at once.

#![expect(clippy::indexing_slicing, reason = "the shares cut the very lists that they index")]

use super::column::{INNER, Key};
use super::node::{Inner, LEAF, Leaf, comfortable};
use super::{PoolIndex, Span};
use std::ops::Range;

/// Cuts `0..len` into equal ranges of at most three quarters of a node (so none is sparse unless it
/// is the only one).
fn shares(len: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
    let parts = len.div_ceil(comfortable(width));
    (0..parts).map(move |part| part * len / parts..(part + 1) * len / parts)
}

/// Builds a tree at most three quarters full in one sort, several times faster than inserting one by one.
impl<Id: Copy + Ord> FromIterator<(Id, Span)> for PoolIndex<Id> {
    fn from_iter<I: IntoIterator<Item = (Id, Span)>>(slots: I) -> Self {
        let mut keys: Vec<Key<Id>> = slots.into_iter().map(|(id, slot)| Key { slot, id }).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut index = Self { len: keys.len(), ..Self::default() };
        index.leaves = shares(keys.len(), LEAF).map(|share| Leaf::of(&keys[share])).collect();
        let mut nodes: Vec<u32> = (0..index.leaves.len() as u32).collect();
        while nodes.len() > 1 {
            let level = index.height;
            let summary = |child| (index.first_key(child, level), index.max_end(child, level), child);
            let parents: Vec<Inner<Id>> = shares(nodes.len(), INNER)
                .map(|share| {
                    let (key, end, child) = summary(nodes[share.start]);
                    let mut parent = Inner::one(key, end, child);
                    for &child in &nodes[share.start + 1..share.end] {
                        let (key, end, child) = summary(child);
                        parent.insert_at(parent.len, key, end, child);
                    }
                    parent
                })
                .collect();
            let first = index.inners.len() as u32;
            nodes = (first..first + parents.len() as u32).collect();
            index.inners.extend(parents);
            index.height += 1;
        }
        index.root = nodes.first().copied().unwrap_or(0);
        index
    }
}
