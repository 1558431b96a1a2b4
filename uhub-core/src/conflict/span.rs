//! Half-open spans of time.

use chrono::{DateTime, Utc};

/// A half-open interval `[start, end)` of microseconds since the Unix epoch (UTC), never empty.
///
/// Both ends lie within ±[`Span::LIMIT`], so the difference of any two instants of any two spans
/// fits an `i64` and no arithmetic in this engine can overflow, whatever a request asks for.
/// Spans order by start, then by end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: i64,
    end: i64,
}

impl Span {
    /// The farthest instant from the epoch that a span may reach: 2^60 µs, some 36,500 years.
    pub const LIMIT: i64 = 1 << 60;

    /// The widest span there is; every other one overlaps it.
    pub const EVERYTHING: Self = Self { start: -Self::LIMIT, end: Self::LIMIT };

    /// `[start, end)` in microseconds, or `None` if it is empty, negative or beyond [`Span::LIMIT`].
    #[must_use]
    pub const fn new(start: i64, end: i64) -> Option<Self> {
        if start < end && start >= -Self::LIMIT && end <= Self::LIMIT {
            Some(Self { start, end })
        } else {
            None
        }
    }

    /// Puts a span together again from its own ends.
    pub(super) const fn kept(start: i64, end: i64) -> Self {
        Self { start, end }
    }

    /// The same start, ending no earlier than `end` (the end of another span, hence within limits).
    pub(super) const fn until_at_least(self, end: i64) -> Self {
        if end > self.end { Self { start: self.start, end } } else { self }
    }

    /// The span between two instants, or `None` if it is empty or negative.
    ///
    /// Instants are cut to whole microseconds, as the stores keep them.
    #[must_use]
    pub fn between(start: DateTime<Utc>, end: DateTime<Utc>) -> Option<Self> {
        Self::new(start.timestamp_micros(), end.timestamp_micros())
    }

    /// First microsecond inside.
    #[must_use]
    pub const fn start(self) -> i64 {
        self.start
    }

    /// First microsecond after.
    #[must_use]
    pub const fn end(self) -> i64 {
        self.end
    }

    /// Length in microseconds, always positive.
    // A span is never empty, so an `is_empty` would have one answer.
    #[allow(clippy::len_without_is_empty, reason = "never empty by construction")]
    #[must_use]
    pub const fn len(self) -> i64 {
        self.end - self.start
    }

    /// The two ends as instants, or `None` beyond what chrono can represent (some 262,000 years,
    /// which [`Span::LIMIT`] never reaches).
    #[must_use]
    pub fn instants(self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        DateTime::from_timestamp_micros(self.start).zip(DateTime::from_timestamp_micros(self.end))
    }

    /// Whether the two share an instant. Touching ends do not overlap (DOMAIN §6).
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `instant` lies inside.
    #[must_use]
    pub const fn contains(self, instant: i64) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether `other` lies wholly inside.
    #[must_use]
    pub const fn encloses(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// What the two share, if anything.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// The same length, `by` microseconds later (earlier if negative); `None` beyond [`Span::LIMIT`].
    #[must_use]
    pub const fn shifted(self, by: i64) -> Option<Self> {
        match (self.start.checked_add(by), self.end.checked_add(by)) {
            (Some(start), Some(end)) => Self::new(start, end),
            _ => None,
        }
    }

    /// The same length starting at `start`; `None` beyond [`Span::LIMIT`].
    #[must_use]
    pub const fn moved_to(self, start: i64) -> Option<Self> {
        match start.checked_add(self.len()) {
            Some(end) => Self::new(start, end),
            None => None,
        }
    }
}

/// The union of `spans` as disjoint spans in order, none touching the next. O(n log n).
#[must_use]
pub fn merge(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.into_iter().collect();
    sorted.sort_unstable();
    sorted.dedup_by(|next, kept| {
        let joined = next.start <= kept.end;
        if joined {
            kept.end = kept.end.max(next.end);
        }
        joined
    });
    sorted
}

/// What `merged` leaves free of `within`. Both must be as [`merge`] returns them; so is the answer.
pub(crate) fn subtract(within: &[Span], merged: &[Span]) -> Vec<Span> {
    let mut free = Vec::with_capacity(within.len() + merged.len());
    let mut obstacles = merged.iter().peekable();
    for room in within {
        let mut from = room.start;
        while let Some(&&obstacle) = obstacles.peek() {
            if obstacle.start >= room.end {
                break;
            }
            free.extend(Span::new(from, obstacle.start.min(room.end)));
            from = from.max(obstacle.end);
            if obstacle.end > room.end {
                // It may reach into the next room as well.
                break;
            }
            obstacles.next();
        }
        free.extend(Span::new(from, room.end));
    }
    free
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    fn span() -> impl Strategy<Value = Span> {
        (-20_i64..20, 1_i64..9).prop_map(|(start, len)| Span::new(start, start + len).unwrap())
    }

    #[test]
    fn refuses_empty_negative_and_absurd() {
        assert_eq!(Span::new(5, 5), None);
        assert_eq!(Span::new(6, 5), None);
        assert_eq!(Span::new(i64::MIN, i64::MAX), None);
        assert_eq!(Span::new(0, Span::LIMIT + 1), None);
        assert!(Span::new(-Span::LIMIT, Span::LIMIT).is_some_and(|widest| widest.len() == 2 * Span::LIMIT));
        let late = Span::new(Span::LIMIT - 1, Span::LIMIT).unwrap();
        assert_eq!(late.shifted(1), None);
        assert_eq!(late.shifted(i64::MAX), None);
        assert_eq!(late.moved_to(i64::MAX), None);
    }

    #[test]
    fn touching_ends_do_not_overlap() {
        let morning = Span::new(9, 12).unwrap();
        assert!(!morning.overlaps(Span::new(12, 13).unwrap()));
        assert!(!morning.overlaps(Span::new(8, 9).unwrap()));
        assert!(morning.overlaps(Span::new(11, 12).unwrap()));
        assert!(!morning.contains(12) && morning.contains(9));
    }

    #[test]
    fn instants_round_trip() {
        let day = Span::new(1_735_689_600_000_000, 1_735_776_000_000_000).unwrap();
        let (start, end) = day.instants().unwrap();
        assert_eq!(start.to_rfc3339(), "2025-01-01T00:00:00+00:00");
        assert_eq!(Span::between(start, end), Some(day));
        assert!(Span::new(-Span::LIMIT, Span::LIMIT).unwrap().instants().is_some());
    }

    proptest! {
        #[test]
        fn relations_agree_with_the_points_inside(a in span(), b in span()) {
            let shared: Vec<i64> = (-40..40).filter(|&t| a.contains(t) && b.contains(t)).collect();
            prop_assert_eq!(a.overlaps(b), !shared.is_empty());
            prop_assert_eq!(a.intersection(b).is_some(), !shared.is_empty());
            if let Some(both) = a.intersection(b) {
                prop_assert_eq!((both.start(), both.end()), (shared[0], shared[shared.len() - 1] + 1));
            }
            prop_assert_eq!(a.encloses(b), (-40..40).all(|t| !b.contains(t) || a.contains(t)));
        }

        #[test]
        fn merging_and_subtracting_agree_with_the_points_inside(
            rooms in prop::collection::vec(span(), 0..6),
            busy in prop::collection::vec(span(), 0..9),
        ) {
            let (rooms, merged) = (merge(rooms.iter().copied()), merge(busy.iter().copied()));
            let free = subtract(&rooms, &merged);
            for spans in [&rooms, &merged, &free] {
                prop_assert!(spans.windows(2).all(|two| two[0].end() < two[1].start()));
            }
            for t in -40..40 {
                let is_busy = busy.iter().any(|b| b.contains(t));
                prop_assert_eq!(merged.iter().any(|b| b.contains(t)), is_busy);
                let expected = !is_busy && rooms.iter().any(|r| r.contains(t));
                prop_assert_eq!(free.iter().any(|f| f.contains(t)), expected);
            }
        }
    }
}
