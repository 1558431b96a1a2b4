//! The columns of an inner node.

#![expect(
    clippy::indexing_slicing,
    reason = "positions are below the node's length, which never exceeds INNER"
)]

use super::super::span::Span;

/// Children of an inner node, as many as a `u64` has bits.
pub(super) const INNER: usize = 64;

/// Numbers in a cache line.
const LINE: usize = 8;

/// What the index sorts by: (start, end, id).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<Id> {
    pub(super) slot: Span,
    pub(super) id: Id,
}

impl<Id> Key<Id> {
    /// After every other one, and overlapping nothing: what an unused place holds.
    pub(super) fn last(id: Id) -> Self {
        Self { slot: Span::kept(i64::MAX, i64::MIN), id }
    }
}

/// Numbers that never fall from one to the next, followed by `i64::MAX` up to the end of the array, so
/// that a search needs no length.
#[derive(Clone)]
#[repr(C, align(64))]
pub(super) struct Rising {
    /// The last number of each line: one line says which other one to look into.
    tops: [i64; INNER / LINE],
    numbers: [i64; INNER],
}

impl Rising {
    fn of(first: &[i64]) -> Self {
        let mut rising = Self { tops: [i64::MAX; INNER / LINE], numbers: [i64::MAX; INNER] };
        rising.change(|numbers| numbers[..first.len()].copy_from_slice(first));
        rising
    }

    /// How many are below `limit`.
    #[inline]
    pub(super) fn below(&self, limit: i64) -> usize {
        let count =
            |some: &[i64; LINE]| some.iter().map(|&number| usize::from(number < limit)).sum::<usize>();
        let (lines, _) = self.numbers.as_chunks::<LINE>();
        let whole = count(&self.tops);
        // With every line below the limit there is none left to look into.
        whole * LINE + lines.get(whole).map_or(0, count)
    }

    fn change(&mut self, change: impl FnOnce(&mut [i64; INNER])) {
        change(&mut self.numbers);
        let (lines, _) = self.numbers.as_chunks::<LINE>();
        for (top, line) in self.tops.iter_mut().zip(lines) {
            *top = line[LINE - 1];
        }
    }
}

/// For each entry the latest end up to and including it.
#[derive(Clone)]
pub(super) struct Latest(Rising);

impl Latest {
    pub(super) fn of(ends: &[i64]) -> Self {
        let mut latest = Self(Rising::of(&[]));
        latest.renew(ends, 0);
        latest
    }

    /// How many entries there are before the first that ends after `start`.
    #[inline]
    pub(super) fn over_by(&self, start: i64) -> usize {
        self.0.below(start + 1)
    }

    /// The latest of the first `len`.
    pub(super) fn of_all(&self, len: usize) -> i64 {
        self.0.numbers[len - 1]
    }

    /// Works out anew what depends on the ends from `at` on, these being all there are.
    pub(super) fn renew(&mut self, ends: &[i64], at: usize) {
        self.0.change(|numbers| {
            let mut latest = if at == 0 { i64::MIN } else { numbers[at - 1] };
            for (kept, &end) in numbers[at..].iter_mut().zip(&ends[at..]) {
                latest = latest.max(end);
                *kept = latest;
            }
            numbers[ends.len()..].fill(i64::MAX);
        });
    }

    /// The end at `at` has become `end`, which is no earlier than before.
    pub(super) fn raise(&mut self, at: usize, end: i64) {
        self.0.change(|numbers| {
            // They never fall: the first one that is late enough ends it.
            for kept in numbers[at..].iter_mut().take_while(|kept| **kept < end) {
                *kept = end;
            }
        });
    }
}

/// Sorted keys, column by column. Beyond the node's length ends and ids are stale.
#[derive(Clone)]
#[repr(C)]
pub(super) struct Keys<Id> {
    pub(super) starts: Rising,
    pub(super) ends: [i64; INNER],
    ids: [Id; INNER],
}

impl<Id: Copy + Ord> Keys<Id> {
    pub(super) fn one(key: Key<Id>) -> Self {
        Self { starts: Rising::of(&[key.slot.start()]), ends: [key.slot.end(); INNER], ids: [key.id; INNER] }
    }

    pub(super) fn get(&self, at: usize) -> Key<Id> {
        Key { slot: Span::kept(self.starts.numbers[at], self.ends[at]), id: self.ids[at] }
    }

    pub(super) fn set(&mut self, at: usize, key: Key<Id>) {
        self.starts.change(|starts| starts[at] = key.slot.start());
        self.ends[at] = key.slot.end();
        self.ids[at] = key.id;
    }

    /// Where `key` is, or would go.
    pub(super) fn find(&self, key: Key<Id>) -> Result<usize, usize> {
        let at = self.starts.below(key.slot.start());
        // Equal starts are few as a rule; where they are many, halve them.
        if at == INNER || self.starts.numbers[at] != key.slot.start() {
            return Err(at);
        }
        let ties_end = self.starts.below(key.slot.start() + 1);
        let (mut low, mut high) = (at, ties_end);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle) < key { low = middle + 1 } else { high = middle }
        }
        if low < ties_end && self.get(low) == key { Ok(low) } else { Err(low) }
    }

    pub(super) fn open(&mut self, len: usize, at: usize, key: Key<Id>) {
        self.starts.change(|starts| starts.copy_within(at..len, at + 1));
        self.ends.copy_within(at..len, at + 1);
        self.ids.copy_within(at..len, at + 1);
        self.set(at, key);
    }

    pub(super) fn close(&mut self, len: usize, at: usize) {
        self.starts.change(|starts| {
            starts.copy_within(at + 1..len, at);
            starts[len - 1] = i64::MAX;
        });
        self.ends.copy_within(at + 1..len, at);
        self.ids.copy_within(at + 1..len, at);
    }

    /// Forgets what lies from `len` on.
    pub(super) fn cut(&mut self, len: usize) {
        self.starts.change(|starts| starts[len..].fill(i64::MAX));
    }

    pub(super) fn copy_from(&mut self, to: usize, other: &Self, from: std::ops::Range<usize>) {
        let to = to..to + from.len();
        self.starts.change(|starts| starts[to.clone()].copy_from_slice(&other.starts.numbers[from.clone()]));
        self.ends[to.clone()].copy_from_slice(&other.ends[from.clone()]);
        self.ids[to].copy_from_slice(&other.ids[from]);
    }
}
