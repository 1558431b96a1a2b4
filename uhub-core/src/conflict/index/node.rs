//! The nodes of the index: sorted columns of at most [`WIDTH`] entries.

#![expect(clippy::indexing_slicing, reason = "positions are below `len`, which never exceeds WIDTH")]

use super::super::span::Span;

/// Entries of a node: as many as a `u64` has bits.
pub(super) const WIDTH: usize = 64;
/// Below this a node is merged with a neighbour or refilled from it.
pub(super) const MIN_LEN: usize = WIDTH / 4;
/// Two neighbours merge up to this, leaving room before the next split.
const MERGED_LEN: usize = WIDTH / 4 * 3;

/// What the index sorts by: (start, end, id).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<Id> {
    pub(super) slot: Span,
    pub(super) id: Id,
}

/// Sorted keys, column by column: searches read nothing but starts, filters nothing but ends.
/// What lies beyond the node's length is stale.
#[derive(Clone)]
struct Keys<Id> {
    starts: [i64; WIDTH],
    ends: [i64; WIDTH],
    ids: [Id; WIDTH],
}

impl<Id: Copy + Ord> Keys<Id> {
    fn filled(key: Key<Id>) -> Self {
        Self { starts: [key.slot.start(); WIDTH], ends: [key.slot.end(); WIDTH], ids: [key.id; WIDTH] }
    }

    fn get(&self, at: usize) -> Key<Id> {
        Key { slot: Span::kept(self.starts[at], self.ends[at]), id: self.ids[at] }
    }

    fn set(&mut self, at: usize, key: Key<Id>) {
        self.starts[at] = key.slot.start();
        self.ends[at] = key.slot.end();
        self.ids[at] = key.id;
    }

    /// Where `key` is, or would go, among the first `len`.
    fn find(&self, len: usize, key: Key<Id>) -> Result<usize, usize> {
        let starts = &self.starts[..len];
        let mut at = starts.partition_point(|&start| start < key.slot.start());
        // Equal starts are few as a rule; where they are many, halve them as well.
        if at < len && starts[at] == key.slot.start() {
            let ties = starts[at..].partition_point(|&start| start == key.slot.start());
            let (ends, ids) = (&self.ends[at..at + ties], &self.ids[at..at + ties]);
            let wanted = (key.slot.end(), key.id);
            let (mut low, mut high) = (0, ties);
            while low < high {
                let middle = usize::midpoint(low, high);
                if (ends[middle], ids[middle]) < wanted { low = middle + 1 } else { high = middle }
            }
            at += low;
            if low < ties && (ends[low], ids[low]) == wanted {
                return Ok(at);
            }
        }
        Err(at)
    }

    fn open(&mut self, len: usize, at: usize, key: Key<Id>) {
        self.starts.copy_within(at..len, at + 1);
        self.ends.copy_within(at..len, at + 1);
        self.ids.copy_within(at..len, at + 1);
        self.set(at, key);
    }

    fn close(&mut self, len: usize, at: usize) {
        self.starts.copy_within(at + 1..len, at);
        self.ends.copy_within(at + 1..len, at);
        self.ids.copy_within(at + 1..len, at);
    }

    fn copy_from(&mut self, to: usize, other: &Self, from: std::ops::Range<usize>) {
        let to = to..to + from.len();
        self.starts[to.clone()].copy_from_slice(&other.starts[from.clone()]);
        self.ends[to.clone()].copy_from_slice(&other.ends[from.clone()]);
        self.ids[to].copy_from_slice(&other.ids[from]);
    }
}

/// The bits of those of `ends` that lie after `start`.
fn later_than(ends: &[i64], start: i64) -> u64 {
    ends.iter().enumerate().fold(0, |bits, (at, &end)| bits | (u64::from(end > start) << at))
}

/// Where to split a full node to make way for what goes in at `at`: in the middle, or near the end
/// when it goes to the end, so that slots arriving in order leave full nodes behind.
fn split_point(at: usize) -> usize {
    if at == WIDTH { WIDTH / 8 * 7 } else { WIDTH / 2 }
}

/// The slots themselves.
#[derive(Clone)]
pub(super) struct Leaf<Id> {
    pub(super) len: usize,
    keys: Keys<Id>,
}

impl<Id: Copy + Ord> Leaf<Id> {
    pub(super) fn one(key: Key<Id>) -> Self {
        Self { len: 1, keys: Keys::filled(key) }
    }

    /// A leaf of the given keys, sorted and at most [`WIDTH`] but at least one.
    pub(super) fn of(sorted: &[Key<Id>]) -> Self {
        let mut leaf = Self { len: sorted.len(), keys: Keys::filled(sorted[0]) };
        for (at, &key) in sorted.iter().enumerate() {
            leaf.keys.set(at, key);
        }
        leaf
    }

    pub(super) fn key(&self, at: usize) -> Key<Id> {
        self.keys.get(at)
    }

    pub(super) fn find(&self, key: Key<Id>) -> Result<usize, usize> {
        self.keys.find(self.len, key)
    }

    pub(super) fn max_end(&self) -> i64 {
        latest(&self.keys.ends[..self.len])
    }

    pub(super) fn hits(&self, slot: Span) -> u64 {
        let before = self.keys.starts[..self.len].partition_point(|&start| start < slot.end());
        later_than(&self.keys.ends[..before], slot.start())
    }

    pub(super) fn insert(&mut self, key: Key<Id>) -> bool {
        let Err(at) = self.find(key) else { return false };
        self.keys.open(self.len, at, key);
        self.len += 1;
        true
    }

    pub(super) fn remove(&mut self, key: Key<Id>) -> bool {
        let Ok(at) = self.find(key) else { return false };
        self.keys.close(self.len, at);
        self.len -= 1;
        true
    }

    /// Takes the upper part away as a new leaf.
    pub(super) fn split_off(&mut self, key: Key<Id>) -> Self {
        let at = split_point(self.find(key).unwrap_or_else(|at| at));
        let mut right = self.clone();
        right.keys.copy_from(0, &self.keys, at..self.len);
        right.len = self.len - at;
        self.len = at;
        right
    }

    /// Takes everything over from the leaf to the right and answers `true`, or if that is too much
    /// shares evenly with it.
    pub(super) fn balance(&mut self, right: &mut Self) -> bool {
        let (total, old) = (self.len + right.len, right.len);
        if total <= MERGED_LEN {
            self.keys.copy_from(self.len, &right.keys, 0..old);
            self.len = total;
            return true;
        }
        let half = total / 2;
        let before = right.clone();
        if self.len < half {
            let taken = half - self.len;
            self.keys.copy_from(self.len, &before.keys, 0..taken);
            right.keys.copy_from(0, &before.keys, taken..old);
        } else {
            let given = self.len - half;
            right.keys.copy_from(given, &before.keys, 0..old);
            right.keys.copy_from(0, &self.keys, half..self.len);
        }
        self.len = half;
        right.len = total - half;
        false
    }
}

/// Children with, for each, a key not above any of its own (the first one is exact or lower) and
/// the latest end below it.
#[derive(Clone)]
pub(super) struct Inner<Id> {
    pub(super) len: usize,
    keys: Keys<Id>,
    pub(super) max_ends: [i64; WIDTH],
    pub(super) children: [u32; WIDTH],
}

impl<Id: Copy + Ord> Inner<Id> {
    pub(super) fn one(key: Key<Id>, max_end: i64, child: u32) -> Self {
        Self { len: 1, keys: Keys::filled(key), max_ends: [max_end; WIDTH], children: [child; WIDTH] }
    }

    pub(super) fn key(&self, at: usize) -> Key<Id> {
        self.keys.get(at)
    }

    pub(super) fn max_end(&self) -> i64 {
        latest(&self.max_ends[..self.len])
    }

    /// How many children may hold something that starts before `end`.
    pub(super) fn starting_before(&self, end: i64) -> usize {
        self.keys.starts[..self.len].partition_point(|&start| start < end)
    }

    pub(super) fn hits(&self, slot: Span) -> u64 {
        later_than(&self.max_ends[..self.starting_before(slot.end())], slot.start())
    }

    /// The child where `key` is or would go.
    pub(super) fn child_for(&self, key: Key<Id>) -> usize {
        match self.keys.find(self.len, key) {
            Ok(at) => at,
            Err(at) => at.saturating_sub(1),
        }
    }

    /// Keeps the first key a lower bound when something below all of them is inserted.
    pub(super) fn lower_first(&mut self, key: Key<Id>) {
        if key < self.keys.get(0) {
            self.keys.set(0, key);
        }
    }

    pub(super) fn insert_at(&mut self, at: usize, key: Key<Id>, max_end: i64, child: u32) {
        self.keys.open(self.len, at, key);
        self.max_ends.copy_within(at..self.len, at + 1);
        self.children.copy_within(at..self.len, at + 1);
        self.max_ends[at] = max_end;
        self.children[at] = child;
        self.len += 1;
    }

    pub(super) fn remove_at(&mut self, at: usize) {
        self.keys.close(self.len, at);
        self.max_ends.copy_within(at + 1..self.len, at);
        self.children.copy_within(at + 1..self.len, at);
        self.len -= 1;
    }

    pub(super) fn replace(&mut self, at: usize, key: Key<Id>, max_end: i64) {
        self.keys.set(at, key);
        self.max_ends[at] = max_end;
    }

    fn copy_from(&mut self, to: usize, other: &Self, from: std::ops::Range<usize>) {
        self.keys.copy_from(to, &other.keys, from.clone());
        let to = to..to + from.len();
        self.max_ends[to.clone()].copy_from_slice(&other.max_ends[from.clone()]);
        self.children[to].copy_from_slice(&other.children[from]);
    }

    /// See [`Leaf::split_off`].
    pub(super) fn split_off(&mut self, key: Key<Id>) -> Self {
        let at = split_point(self.keys.find(self.len, key).unwrap_or_else(|at| at));
        let mut right = self.clone();
        right.copy_from(0, self, at..self.len);
        right.len = self.len - at;
        self.len = at;
        right
    }

    /// See [`Leaf::balance`].
    pub(super) fn balance(&mut self, right: &mut Self) -> bool {
        let (total, old) = (self.len + right.len, right.len);
        if total <= MERGED_LEN {
            self.copy_from(self.len, right, 0..old);
            self.len = total;
            return true;
        }
        let half = total / 2;
        let before = right.clone();
        if self.len < half {
            let taken = half - self.len;
            self.copy_from(self.len, &before, 0..taken);
            right.copy_from(0, &before, taken..old);
        } else {
            let given = self.len - half;
            right.copy_from(given, &before, 0..old);
            right.copy_from(0, self, half..self.len);
        }
        self.len = half;
        right.len = total - half;
        false
    }
}

fn latest(ends: &[i64]) -> i64 {
    ends.iter().copied().fold(i64::MIN, i64::max)
}
