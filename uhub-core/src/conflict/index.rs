//! The live index of one pool: what overlaps this slot?
//!
//! A B+tree in two arenas, ordered by (start, end, id), whose inner nodes also keep the latest end
//! below each child. A query follows a child only if something starts in it before the asked end
//! and something in it ends after the asked start. Of those children only the last can be a false
//! lead (everything in the others starts before the asked end, so the one that ends latest is a
//! hit), hence at most one fruitless node a level: O(log n + k), also with year-long slots among
//! short ones, where an index by start alone degrades to a scan.
//!
//! Nodes hold their columns as plain arrays, 64 wide: a node's candidates are one comparison loop
//! into the bits of a `u64`, and a million slots are three levels deep.

#![expect(clippy::indexing_slicing, reason = "arena links and lengths are kept by this module alone")]

mod node;
#[cfg(test)]
mod tests;

use super::span::Span;
use node::{Inner, Key, Leaf, MIN_LEN, WIDTH};
use std::fmt;
use std::ops::Range;

/// Levels above the leaves. A node holds at least 8 entries (see `Leaf::split_off`), save on the
/// right edge, and links are 32 bits: 8^11 exceeds them.
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
            self.leaves.push(Leaf::one(key));
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
            parent.max_ends[at] = parent.max_ends[at].max(slot.end());
            parent.lower_first(key);
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
            let inner = &self.inners[node as usize];
            let starting_before = inner.starting_before(slot.end());
            let Some(last) = starting_before.checked_sub(1) else { return false };
            if inner.max_ends[..last].iter().any(|&end| end > slot.start()) {
                return true;
            }
            if inner.max_ends[last] <= slot.start() {
                return false;
            }
            node = inner.children[last];
        }
        self.candidates(node, 0, slot) != 0
    }

    /// Every slot, in order.
    #[must_use]
    pub fn iter(&self) -> Overlaps<'_, Id> {
        self.overlapping(Span::EVERYTHING)
    }

    /// The bits of the children (or entries) of a node that a query for `slot` must look into.
    fn candidates(&self, node: u32, level: usize, slot: Span) -> u64 {
        if level == 0 { self.leaves[node as usize].hits(slot) } else { self.inners[node as usize].hits(slot) }
    }

    fn is_full(&self, node: u32, level: usize) -> bool {
        self.len_of(node, level) == WIDTH
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
        parent.max_ends[at] = left_max;
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
        if self.len_of(child, level - 1) < MIN_LEN {
            self.refill(node, at, level - 1);
        } else if self.inners[node as usize].max_ends[at] == key.slot.end() {
            self.inners[node as usize].max_ends[at] = self.max_end(child, level - 1);
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
        self.inners[parent as usize].max_ends[left_at] = self.max_end(left, level);
        if merged {
            self.inners[parent as usize].remove_at(left_at + 1);
            if level == 0 { self.free_leaves.push(right) } else { self.free_inners.push(right) }
        } else {
            let (separator, max_end) = (self.first_key(right, level), self.max_end(right, level));
            self.inners[parent as usize].replace(left_at + 1, separator, max_end);
        }
    }
}

fn keep<N>(arena: &mut Vec<N>, free: &mut Vec<u32>, node: N) -> u32 {
    if let Some(at) = free.pop() {
        arena[at as usize] = node;
        return at;
    }
    arena.push(node);
    // A node takes more than 2 KiB: memory ends long before 2^32 of them.
    (arena.len() - 1) as u32
}

/// Cuts `0..len` into equal ranges of at most three quarters of a node (so none is sparse unless it
/// is the only one).
fn shares(len: usize) -> impl Iterator<Item = Range<usize>> {
    let parts = len.div_ceil(WIDTH / 4 * 3);
    (0..parts).map(move |part| part * len / parts..(part + 1) * len / parts)
}

/// Builds a tree at most three quarters full in one sort, several times faster than inserting one by one.
impl<Id: Copy + Ord> FromIterator<(Id, Span)> for PoolIndex<Id> {
    fn from_iter<I: IntoIterator<Item = (Id, Span)>>(slots: I) -> Self {
        let mut keys: Vec<Key<Id>> = slots.into_iter().map(|(id, slot)| Key { slot, id }).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut index = Self { len: keys.len(), ..Self::default() };
        index.leaves = shares(keys.len()).map(|share| Leaf::of(&keys[share])).collect();
        let mut nodes: Vec<u32> = (0..index.leaves.len() as u32).collect();
        while nodes.len() > 1 {
            let level = index.height;
            let summary = |child| (index.first_key(child, level), index.max_end(child, level), child);
            let parents: Vec<Inner<Id>> = shares(nodes.len())
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
    index: &'a PoolIndex<Id>,
    slot: Span,
    /// By level, the node being walked and the bits of what is left to look at in it.
    pending: [(u32, u64); MAX_HEIGHT + 1],
    level: usize,
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
