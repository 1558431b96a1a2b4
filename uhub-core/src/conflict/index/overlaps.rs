//! Walking the index.

#![expect(clippy::indexing_slicing, reason = "arena links and levels are kept by the index")]

use super::{MAX_HEIGHT, PoolIndex, Span};
use std::fmt;

impl<'a, Id: Copy + Ord> IntoIterator for &'a PoolIndex<Id> {
    type Item = (Id, Span);
    type IntoIter = Overlaps<'a, Id>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<Id: Copy + Ord + fmt::Debug> fmt::Debug for PoolIndex<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// The answer of [`PoolIndex::overlapping`]: ids and slots in the order (start, end, id).
#[derive(Clone)]
pub struct Overlaps<'a, Id> {
    pub(super) index: &'a PoolIndex<Id>,
    pub(super) slot: Span,
    /// By level, the node being walked and the bits of what is left to look at in it.
    pub(super) pending: [(u32, u64); MAX_HEIGHT + 1],
    pub(super) level: usize,
}

impl<Id: Copy + Ord> Iterator for Overlaps<'_, Id> {
    type Item = (Id, Span);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (node, left) = &mut self.pending[self.level];
            if *left == 0 {
                if self.level >= self.index.height {
                    return None;
                }
                self.level += 1;
                continue;
            }
            let at = left.trailing_zeros() as usize;
            *left &= *left - 1;
            if self.level == 0 {
                let key = self.index.leaves[*node as usize].key(at);
                return Some((key.id, key.slot));
            }
            let child = self.index.inners[*node as usize].children[at];
            self.level -= 1;
            self.pending[self.level] = (child, self.index.candidates(child, self.level, self.slot));
        }
    }
}

impl<Id: Copy + Ord> std::iter::FusedIterator for Overlaps<'_, Id> {}

impl<Id: Copy + Ord + fmt::Debug> fmt::Debug for Overlaps<'_, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
