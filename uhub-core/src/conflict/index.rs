//! The live index of one pool: what overlaps this slot?
//!
//! A B+tree in two arenas, ordered by (start, end, id), whose inner nodes also keep the latest end
//! below each child. A query follows a child only if something starts in it before the asked end
//! and something in it ends after the asked start. Of those children only the last can be a false
//! lead: everything in the others starts before the asked end, so the one that ends latest is a
//! hit. So at each of the few levels a query visits at most one node without a hit, however long some
//! slots are; an index by start alone would have to look back by the longest one.
//!
//! An inner node also keeps the latest end up to each child. That never falls, so where the candidates
//! begin is found as where they end is, by a search; and "does anything overlap?" needs no more.
//! Leaves are wide and read in few places: with a million slots it is waiting for memory that takes the
//! time, and so the inner nodes stay in the caches and a leaf costs one or two waits.

#![expect(clippy::indexing_slicing, reason = "arena links and lengths are kept by this module alone")]

mod build;
mod column;
mod node;
mod overlaps;
#[cfg(test)]
mod tests;

use super::span::Span;
use column::{INNER, Key};
use node::{Inner, LEAF, Leaf, sparse};
pub use overlaps::Overlaps;

/// Levels above the leaves. An inner node has at least 8 children (the root 2), and links are 32 bits:
/// 2 * 8^10 leaves are still too few to fill them, and 2 * 8^11 too many.
const MAX_HEIGHT: usize = 11;

/// The slots of one pool, with insert and removal in O(log n) and overlap queries in O(log n + k).
///
/// A set of `(id, slot)` pairs: an id may hold several slots (recurrences), the same pair is kept
/// once. Answers come in the order (start, end, id).
///
/// ```
/// use uhub_core::conflict::{PoolIndex, Span};
///
/// let slot = |start, end| Span::new(start, end).expect("not empty");
/// let mut staging = PoolIndex::new();
/// staging.insert(1, slot(0, 100));
/// staging.insert(2, slot(10, 20));
/// let hits: Vec<i32> = staging.overlapping(slot(20, 30)).map(|(id, _)| id).collect();
/// assert_eq!(hits, [1]); // 2 only touches
/// ```
#[derive(Clone)]
pub struct PoolIndex<Id> {
    leaves: Vec<Leaf<Id>>,
    inners: Vec<Inner<Id>>,
    free_leaves: Vec<u32>,
    free_inners: Vec<u32>,
    root: u32,
    /// Levels above the leaves; 0 means that the root is a leaf (or nothing, while empty).
    height: usize,
    len: usize,
}

impl<Id> Default for PoolIndex<Id> {
    fn default() -> Self {
        Self {
            leaves: Vec::new(),
            inners: Vec::new(),
            free_leaves: Vec::new(),
            free_inners: Vec::new(),
            root: 0,
            height: 0,
            len: 0,
        }
    }
}

impl<Id: Copy + Ord> PoolIndex<Id> {
    /// An empty index. Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many slots are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no slot is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a slot. `false` if that very pair was there already. O(log n).
    pub fn insert(&mut self, id: Id, slot: Span) -> bool {
        let key = Key { slot, id };
        if self.len == 0 {
            self.clear();
            self.leaves.push(Leaf::of(&[key]));
            self.len = 1;
            return true;
        }
        if self.is_full(self.root, self.height) {
            let top = Inner::one(
                self.first_key(self.root, self.height),
                self.max_end(self.root, self.height),
                self.root,
            );
            self.root = self.keep_inner(top);
            self.height += 1;
            self.split_child(self.root, 0, self.height - 1, key);
        }
        let mut node = self.root;
        for level in (0..self.height).rev() {
            let mut at = self.inners[node as usize].child_for(key);
            if self.is_full(self.inners[node as usize].children[at], level) {
                self.split_child(node, at, level, key);
                at = self.inners[node as usize].child_for(key);
            }
            let parent = &mut self.inners[node as usize];
            // Harmless if the pair turns out to be there: then its end already counts.
            parent.admit(at, key);
            node = parent.children[at];
        }
        let added = self.leaves[node as usize].insert(key);
        self.len += usize::from(added);
        added
    }

    /// Removes a slot. `false` if that very pair was not there. O(log n).
    pub fn remove(&mut self, id: Id, slot: Span) -> bool {
        if self.len == 0 || !self.remove_below(self.root, self.height, Key { slot, id }) {
            return false;
        }
        self.len -= 1;
        while self.height > 0 && self.inners[self.root as usize].len == 1 {
            self.free_inners.push(self.root);
            self.root = self.inners[self.root as usize].children[0];
            self.height -= 1;
        }
        if self.len == 0 {
            self.clear();
        }
        true
    }

    /// Whether that very pair is kept. O(log n).
    #[must_use]
    pub fn contains(&self, id: Id, slot: Span) -> bool {
        if self.len == 0 {
            return false;
        }
        let key = Key { slot, id };
        let mut node = self.root;
        for _ in 0..self.height {
            let inner = &self.inners[node as usize];
            node = inner.children[inner.child_for(key)];
        }
        self.leaves[node as usize].find(key).is_ok()
    }

    /// Forgets every slot and gives the memory back.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Every slot that overlaps `slot`, in order. The slot of the job that asks is among them if it
    /// is kept. O(log n + k) over the whole iteration.
    #[must_use]
    pub fn overlapping(&self, slot: Span) -> Overlaps<'_, Id> {
        let mut pending = [(0, 0); MAX_HEIGHT + 1];
        if self.len > 0 {
            pending[self.height] = (self.root, self.candidates(self.root, self.height, slot));
        }
        Overlaps { index: self, slot, pending, level: self.height }
    }

    /// Whether anything overlaps `slot`. O(log n), however many do.
    #[must_use]
    pub fn overlaps_any(&self, slot: Span) -> bool {
        if self.len == 0 {
            return false;
        }
        let mut node = self.root;
        for _ in 0..self.height {
            match self.inners[node as usize].overlaps_any(slot) {
                Ok(answer) => return answer,
                Err(child) => node = child,
            }
        }
        self.leaves[node as usize].hits(slot) != 0
    }

    /// Every slot, in order.
    #[must_use]
    pub fn iter(&self) -> Overlaps<'_, Id> {
        self.overlapping(Span::EVERYTHING)
    }

    /// The bits of the children (or entries) of a node that a query for `slot` must look into.
    fn candidates(&self, node: u32, level: usize, slot: Span) -> u64 {
        if level == 0 {
            self.leaves[node as usize].hits(slot)
        } else {
            self.inners[node as usize].candidates(slot)
        }
    }

    fn is_full(&self, node: u32, level: usize) -> bool {
        self.len_of(node, level) == width(level)
    }

    fn len_of(&self, node: u32, level: usize) -> usize {
        if level == 0 { self.leaves[node as usize].len } else { self.inners[node as usize].len }
    }

    fn first_key(&self, node: u32, level: usize) -> Key<Id> {
        if level == 0 { self.leaves[node as usize].key(0) } else { self.inners[node as usize].key(0) }
    }

    fn max_end(&self, node: u32, level: usize) -> i64 {
        if level == 0 { self.leaves[node as usize].max_end() } else { self.inners[node as usize].max_end() }
    }

    fn keep_leaf(&mut self, leaf: Leaf<Id>) -> u32 {
        keep(&mut self.leaves, &mut self.free_leaves, leaf)
    }

    fn keep_inner(&mut self, inner: Inner<Id>) -> u32 {
        keep(&mut self.inners, &mut self.free_inners, inner)
    }

    /// Splits the full child `at` of `parent` (which has room) to make way for `key`.
    fn split_child(&mut self, parent: u32, at: usize, level: usize, key: Key<Id>) {
        let child = self.inners[parent as usize].children[at];
        let right = if level == 0 {
            let right = self.leaves[child as usize].split_off(key);
            self.keep_leaf(right)
        } else {
            let right = self.inners[child as usize].split_off(key);
            self.keep_inner(right)
        };
        let (left_max, right_max) = (self.max_end(child, level), self.max_end(right, level));
        let separator = self.first_key(right, level);
        let parent = &mut self.inners[parent as usize];
        parent.set_max_end(at, left_max);
        parent.insert_at(at + 1, separator, right_max, right);
    }

    fn remove_below(&mut self, node: u32, level: usize, key: Key<Id>) -> bool {
        if level == 0 {
            return self.leaves[node as usize].remove(key);
        }
        let inner = &self.inners[node as usize];
        let at = inner.child_for(key);
        let child = inner.children[at];
        if !self.remove_below(child, level - 1, key) {
            return false;
        }
        if self.len_of(child, level - 1) < sparse(width(level - 1)) {
            self.refill(node, at, level - 1);
        } else if self.inners[node as usize].max_end_of(at) == key.slot.end() {
            let max_end = self.max_end(child, level - 1);
            self.inners[node as usize].set_max_end(at, max_end);
        }
        true
    }

    /// Merges the sparse child `at` of `parent` with a neighbour, or evens the two out.
    fn refill(&mut self, parent: u32, at: usize, level: usize) {
        let holder = &self.inners[parent as usize];
        // There is a neighbour: an inner node that is left with one child is merged by its own parent
        // at once, or if it is the root gives way to that child.
        let left_at = if at + 1 < holder.len { at } else { at - 1 };
        let (left, right) = (holder.children[left_at], holder.children[left_at + 1]);
        let merged = if level == 0 {
            let mut moved = self.leaves[right as usize].clone();
            let merged = self.leaves[left as usize].balance(&mut moved);
            self.leaves[right as usize] = moved;
            merged
        } else {
            let mut moved = self.inners[right as usize].clone();
            let merged = self.inners[left as usize].balance(&mut moved);
            self.inners[right as usize] = moved;
            merged
        };
        let max_end = self.max_end(left, level);
        self.inners[parent as usize].set_max_end(left_at, max_end);
        if merged {
            self.inners[parent as usize].remove_at(left_at + 1);
            if level == 0 { self.free_leaves.push(right) } else { self.free_inners.push(right) }
        } else {
            let (separator, max_end) = (self.first_key(right, level), self.max_end(right, level));
            self.inners[parent as usize].replace(left_at + 1, separator, max_end);
        }
    }
}

/// The entries that a node at this level has room for.
fn width(level: usize) -> usize {
    if level == 0 { LEAF } else { INNER }
}

fn keep<N>(arena: &mut Vec<N>, free: &mut Vec<u32>, node: N) -> u32 {
    if let Some(at) = free.pop() {
        arena[at as usize] = node;
        return at;
    }
    arena.push(node);
    // A node takes more than a KiB: memory ends long before 2^32 of them.
    (arena.len() - 1) as u32
}
