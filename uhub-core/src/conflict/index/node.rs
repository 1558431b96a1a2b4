//! The nodes of the index.

#![expect(clippy::indexing_slicing, reason = "positions are below `len`, which never exceeds the width")]

use super::super::span::Span;
use super::column::{INNER, Key, Keys, Latest};

/// Slots of a leaf, as many as a `u64` has bits.
pub(super) const LEAF: usize = 64;
/// Slots of a group within a leaf: a query looks at whole groups.
const GROUP: usize = 8;

/// How full nodes are to be: below `sparse` one is merged with a neighbour or refilled from it, and
/// two merge up to `comfortable`, which leaves room before the next split.
pub(super) const fn sparse(width: usize) -> usize {
    width / 4
}

pub(super) const fn comfortable(width: usize) -> usize {
    width / 4 * 3
}

/// Where to split a full node to make way for what goes in at `at`: in the middle, or near the end
/// when it goes to the end, so that slots arriving in order leave full nodes behind.
fn split_point(width: usize, at: usize) -> usize {
    if at == width { width / 8 * 7 } else { width / 2 }
}

/// The slots themselves, in groups. The two lines of numbers in front say which groups a query must look
/// into; of those it fetches all at once, both ends and the id together. Wide leaves that are read in
/// few places cost fewer misses than narrow ones: there are fewer inner nodes to keep at hand.
#[derive(Clone)]
#[repr(C, align(64))]
pub(super) struct Leaf<Id> {
    /// The first start of each group, `i64::MAX` of an empty one.
    firsts: [i64; LEAF / GROUP],
    /// The latest end up to and including each group, `i64::MAX` from the first empty one on.
    latest: [i64; LEAF / GROUP],
    /// Sorted; beyond the length they overlap nothing and come after everything.
    entries: [Key<Id>; LEAF],
    pub(super) len: usize,
}

impl<Id: Copy + Ord> Leaf<Id> {
    /// A leaf of the given keys, sorted and at most [`LEAF`] but at least one.
    pub(super) fn of(sorted: &[Key<Id>]) -> Self {
        let mut leaf = Self {
            firsts: [i64::MAX; LEAF / GROUP],
            latest: [i64::MAX; LEAF / GROUP],
            entries: [Key::last(sorted[0].id); LEAF],
            len: sorted.len(),
        };
        leaf.entries[..sorted.len()].copy_from_slice(sorted);
        leaf.sum_up(0);
        leaf
    }

    /// Renews what is said in front about the entries from `at` on.
    fn sum_up(&mut self, at: usize) {
        let (groups, _) = self.entries.as_chunks::<GROUP>();
        let from = at / GROUP;
        let mut latest = if from == 0 { i64::MIN } else { self.latest[from - 1] };
        for (group, entries) in groups.iter().enumerate().skip(from) {
            self.firsts[group] = entries[0].slot.start();
            latest = entries.iter().fold(latest, |latest, entry| latest.max(entry.slot.end()));
            self.latest[group] = if group * GROUP < self.len { latest } else { i64::MAX };
        }
    }

    pub(super) fn key(&self, at: usize) -> Key<Id> {
        self.entries[at]
    }

    /// Where `key` is, or would go.
    pub(super) fn find(&self, key: Key<Id>) -> Result<usize, usize> {
        let start = key.slot.start();
        // In the last group that begins before it, if any; equal starts may go on into the next ones.
        let group = count(&self.firsts, |first| first < start).saturating_sub(1);
        let rest = &self.entries[group * GROUP..self.len];
        let at = group * GROUP + rest.iter().take_while(|entry| **entry < key).count();
        if at < self.len && self.entries[at] == key { Ok(at) } else { Err(at) }
    }

    /// Of an empty leaf the earliest instant there is.
    pub(super) fn max_end(&self) -> i64 {
        if self.len == 0 { i64::MIN } else { self.latest[(self.len - 1) / GROUP] }
    }

    /// The bits of the slots that overlap `slot`.
    pub(super) fn hits(&self, slot: Span) -> u64 {
        // From the first group where anything ends late enough to the last that starts early enough.
        let from = count(&self.latest, |latest| latest <= slot.start());
        let to = count(&self.firsts, |first| first < slot.end());
        let (groups, _) = self.entries.as_chunks::<GROUP>();
        (from..to).fold(0, |bits, group| bits | (hits(&groups[group], slot) << (group * GROUP)))
    }

    pub(super) fn insert(&mut self, key: Key<Id>) -> bool {
        let Err(at) = self.find(key) else { return false };
        self.entries.copy_within(at..self.len, at + 1);
        self.entries[at] = key;
        self.len += 1;
        self.sum_up(at);
        true
    }

    pub(super) fn remove(&mut self, key: Key<Id>) -> bool {
        let Ok(at) = self.find(key) else { return false };
        self.entries.copy_within(at + 1..self.len, at);
        self.len -= 1;
        self.entries[self.len] = Key::last(key.id);
        self.sum_up(at);
        true
    }

    /// Takes the upper part away as a new leaf.
    pub(super) fn split_off(&mut self, key: Key<Id>) -> Self {
        let at = split_point(LEAF, self.find(key).unwrap_or_else(|at| at));
        let right = Self::of(&self.entries[at..self.len]);
        *self = Self::of(&self.entries[..at]);
        right
    }

    /// Takes everything over from the leaf to the right and answers `true`, or if that is too much
    /// shares evenly with it.
    pub(super) fn balance(&mut self, right: &mut Self) -> bool {
        let all = [&self.entries[..self.len], &right.entries[..right.len]].concat();
        if all.len() <= comfortable(LEAF) {
            *self = Self::of(&all);
            return true;
        }
        let (left, rest) = all.split_at(all.len() / 2);
        (*self, *right) = (Self::of(left), Self::of(rest));
        false
    }
}

fn count(numbers: &[i64; LEAF / GROUP], which: impl Fn(i64) -> bool) -> usize {
    numbers.iter().map(|&number| usize::from(which(number))).sum()
}

/// The bits of a group's slots that overlap `slot`.
fn hits<Id>(group: &[Key<Id>; GROUP], slot: Span) -> u64 {
    group.iter().enumerate().fold(0, |bits, (at, entry)| {
        // Both comparisons, always: no branch to guess.
        let hit = (entry.slot.start() < slot.end()) & (entry.slot.end() > slot.start());
        bits | (u64::from(hit) << at)
    })
}

/// Children with, for each, a key not above any of its own (the first one is exact or lower) and
/// the latest end below it.
#[derive(Clone)]
#[repr(C)]
pub(super) struct Inner<Id> {
    latest: Latest,
    keys: Keys<Id>,
    max_ends: [i64; INNER],
    pub(super) children: [u32; INNER],
    pub(super) len: usize,
}

impl<Id: Copy + Ord> Inner<Id> {
    pub(super) fn one(key: Key<Id>, max_end: i64, child: u32) -> Self {
        Self {
            len: 1,
            keys: Keys::one(key),
            max_ends: [max_end; INNER],
            latest: Latest::of(&[max_end]),
            children: [child; INNER],
        }
    }

    pub(super) fn key(&self, at: usize) -> Key<Id> {
        self.keys.get(at)
    }

    pub(super) fn max_end(&self) -> i64 {
        self.latest.of_all(self.len)
    }

    pub(super) fn max_end_of(&self, at: usize) -> i64 {
        self.max_ends[at]
    }

    /// The bits of the children that a query for `slot` must look into.
    pub(super) fn candidates(&self, slot: Span) -> u64 {
        // From the first one where anything ends late enough to the last that starts early enough. The two
        // searches do not wait for each other.
        let (from, to) = (self.latest.over_by(slot.start()), self.keys.starts.below(slot.end()));
        // The first candidate is one for certain: up to the one before, nothing ends late enough.
        let first = u64::from(from < to) << (from % INNER);
        (from + 1..to).fold(first, |bits, at| bits | (u64::from(self.max_ends[at] > slot.start()) << at))
    }

    /// Whether anything below certainly overlaps `slot`; or else the one child where something may.
    pub(super) fn overlaps_any(&self, slot: Span) -> Result<bool, u32> {
        // The first child with something that ends late enough, and how many start early enough. All but
        // the last of these start early enough as a whole.
        let (first, starting) = (self.latest.over_by(slot.start()), self.keys.starts.below(slot.end()));
        if first + 1 == starting { Err(self.children[first]) } else { Ok(first < starting) }
    }

    /// The child where `key` is or would go.
    pub(super) fn child_for(&self, key: Key<Id>) -> usize {
        match self.keys.find(key) {
            Ok(at) => at,
            Err(at) => at.saturating_sub(1),
        }
    }

    /// Prepares for `key` going into the child `at`: its end counts, and the first key stays a lower bound.
    pub(super) fn admit(&mut self, at: usize, key: Key<Id>) {
        let end = key.slot.end();
        if self.max_ends[at] < end {
            self.max_ends[at] = end;
            self.latest.raise(at, end);
        }
        if key < self.keys.get(0) {
            self.keys.set(0, key);
        }
    }

    /// The latest end below the child `at` has become `max_end`.
    pub(super) fn set_max_end(&mut self, at: usize, max_end: i64) {
        self.max_ends[at] = max_end;
        self.latest.renew(&self.max_ends[..self.len], at);
    }

    pub(super) fn insert_at(&mut self, at: usize, key: Key<Id>, max_end: i64, child: u32) {
        self.keys.open(self.len, at, key);
        self.max_ends.copy_within(at..self.len, at + 1);
        self.children.copy_within(at..self.len, at + 1);
        self.max_ends[at] = max_end;
        self.children[at] = child;
        self.len += 1;
        self.latest.renew(&self.max_ends[..self.len], at);
    }

    pub(super) fn remove_at(&mut self, at: usize) {
        self.keys.close(self.len, at);
        self.max_ends.copy_within(at + 1..self.len, at);
        self.children.copy_within(at + 1..self.len, at);
        self.len -= 1;
        self.latest.renew(&self.max_ends[..self.len], at);
    }

    pub(super) fn replace(&mut self, at: usize, key: Key<Id>, max_end: i64) {
        self.keys.set(at, key);
        self.set_max_end(at, max_end);
    }

    fn copy_from(&mut self, to: usize, other: &Self, from: std::ops::Range<usize>) {
        self.keys.copy_from(to, &other.keys, from.clone());
        let to = to..to + from.len();
        self.max_ends[to.clone()].copy_from_slice(&other.max_ends[from.clone()]);
        self.children[to].copy_from_slice(&other.children[from]);
    }

    fn settle(&mut self, len: usize) {
        self.len = len;
        self.keys.cut(len);
        self.latest = Latest::of(&self.max_ends[..len]);
    }

    /// See [`Leaf::split_off`].
    pub(super) fn split_off(&mut self, key: Key<Id>) -> Self {
        let (at, len) = (split_point(INNER, self.keys.find(key).unwrap_or_else(|at| at)), self.len);
        let mut right = self.clone();
        right.copy_from(0, self, at..len);
        right.settle(len - at);
        self.settle(at);
        right
    }

    /// See [`Leaf::balance`].
    pub(super) fn balance(&mut self, right: &mut Self) -> bool {
        let (left_len, right_len) = (self.len, right.len);
        let total = left_len + right_len;
        if total <= comfortable(INNER) {
            self.copy_from(left_len, right, 0..right_len);
            self.settle(total);
            return true;
        }
        let half = total / 2;
        let before = right.clone();
        if left_len < half {
            let taken = half - left_len;
            self.copy_from(left_len, &before, 0..taken);
            right.copy_from(0, &before, taken..right_len);
        } else {
            right.copy_from(left_len - half, &before, 0..right_len);
            right.copy_from(0, self, half..left_len);
        }
        self.settle(half);
        right.settle(total - half);
        false
    }
}
