//! Which slots overlap a window, without looking at all of them.

use std::{
    iter::Peekable,
    ops::Bound::{Excluded, Included, Unbounded},
};

use imbl::{OrdMap, ordmap::RangedIter, shared_ptr::DefaultSharedPtr};
use uuid::Uuid;

use crate::model::Slot;

const HOUR: i64 = 3_600_000_000;

/// The longest slot of each class, in microseconds: a day with its longest shift of the clock, more than any month, and
/// all others. A slot of a class that overlaps a window starts at most that long before it, so that the few long ones
/// do not make every look-up a scan.
const LONGEST: [i64; 3] = [26 * HOUR, 40 * 24 * HOUR, i64::MAX];

/// Start in microseconds, then id.
type Key = (i64, Uuid);

/// Values by their slot, in the order of start, then id.
#[derive(Debug, Clone)]
pub(super) struct SlotIndex<V>([OrdMap<Key, (i64, V)>; LONGEST.len()]);

impl<V> Default for SlotIndex<V> {
    fn default() -> Self {
        Self(Default::default())
    }
}

const fn micros(slot: Slot) -> (i64, i64) {
    (slot.start().timestamp_micros(), slot.end().timestamp_micros())
}

impl<V: Clone> SlotIndex<V> {
    fn class(&mut self, (start, end): (i64, i64)) -> Option<&mut OrdMap<Key, (i64, V)>> {
        let length = end.saturating_sub(start);
        LONGEST.into_iter().zip(&mut self.0).find(|(longest, _)| length <= *longest).map(|(_, class)| class)
    }

    pub(super) fn insert(&mut self, slot: Slot, id: Uuid, value: V) {
        let (start, end) = micros(slot);
        if let Some(class) = self.class((start, end)) {
            class.insert((start, id), (end, value));
        }
    }

    pub(super) fn remove(&mut self, slot: Slot, id: Uuid) {
        let (start, end) = micros(slot);
        if let Some(class) = self.class((start, end)) {
            class.remove(&(start, id));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(OrdMap::is_empty)
    }

    /// Those that end after `from` and start before `to`, behind the one with the key `after`.
    pub(super) fn range(&self, from: Option<i64>, to: Option<i64>, after: Option<Key>) -> Range<'_, V> {
        let classes = std::array::from_fn(|number| {
            let (class, longest) = self.0.get(number).zip(LONGEST.get(number))?;
            // A slot that starts here ends at `from` at the latest.
            let start = from.map(|from| (from.saturating_sub(*longest), Uuid::nil()));
            let lower = match (start, after) {
                (Some(start), Some(after)) if start > after => Included(start),
                (_, Some(after)) => Excluded(after),
                (Some(start), None) => Included(start),
                (None, None) => Unbounded,
            };
            let upper = to.map(|to| (to, Uuid::nil()));
            let is_empty = match (lower, upper) {
                (Included(lower) | Excluded(lower), Some(upper)) => lower >= upper,
                _ => false,
            };
            if is_empty {
                return None;
            }
            Some(class.range((lower, upper.map_or(Unbounded, Excluded))).peekable())
        });
        Range { classes, from }
    }

    /// Those that overlap `window`.
    pub(super) fn overlapping(&self, window: Slot) -> Range<'_, V> {
        let (start, end) = micros(window);
        self.range(Some(start), Some(end), None)
    }

    /// Those whose slot holds the instant `at`, in microseconds.
    pub(super) fn around(&self, at: i64) -> Range<'_, V> {
        self.range(Some(at), Some(at.saturating_add(1)), None)
    }

    /// The first start after `at`, both in microseconds.
    pub(super) fn next_start(&self, at: i64) -> Option<i64> {
        let lower = (at.saturating_add(1), Uuid::nil());
        self.0.iter().filter_map(|class| class.range(lower..).next()).map(|((start, _), _)| *start).min()
    }
}

type InClass<'a, V> = Peekable<RangedIter<'a, Key, (i64, V), DefaultSharedPtr>>;

/// Values in the order of start, then id: the classes merged as they are read.
pub(super) struct Range<'a, V> {
    classes: [Option<InClass<'a, V>>; LONGEST.len()],
    from: Option<i64>,
}

impl<'a, V: Clone> Iterator for Range<'a, V> {
    type Item = &'a V;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let next = self
                .classes
                .iter_mut()
                .flatten()
                .filter_map(|class| {
                    let key = *class.peek()?.0;
                    Some((key, class))
                })
                .min_by_key(|(key, _)| *key)
                .and_then(|(_, class)| class.next());
            let (_, (end, value)) = next?;
            if self.from.is_none_or(|from| *end > from) {
                return Some(value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
