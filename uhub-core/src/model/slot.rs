//! Slots: half-open spans of UTC instants (DOMAIN §1).

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::conflict::Span;

#[expect(clippy::expect_used, reason = "constants: the compiler would refuse them")]
const fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("in range")
}

/// The first instant a slot may touch, 2000-01-01T00:00:00Z.
pub const EARLIEST: DateTime<Utc> = instant(946_684_800);
/// The instant before which a slot ends, 2200-01-01T00:00:00Z.
pub const LATEST: DateTime<Utc> = instant(7_258_118_400);

/// A half-open interval `[start, end)` of UTC instants, in whole microseconds, within years 2000–2199.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Slot {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// Why two instants make no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// `end` is not after `start`.
    #[error("the slot is empty or negative: its end must come after its start")]
    Empty,
    /// Outside the years that the calendar covers.
    #[error("outside the years 2000 to 2199")]
    OutOfRange,
}

impl Slot {
    /// The slot from `start` to `end`, both cut to whole microseconds.
    ///
    /// # Errors
    /// [`SlotError`] when it is empty, negative, or outside years 2000–2199.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, SlotError> {
        if start < EARLIEST || end > LATEST || start >= LATEST || end <= EARLIEST {
            return Err(SlotError::OutOfRange);
        }
        let (start, end) = (whole_micros(start), whole_micros(end));
        if start >= end {
            return Err(SlotError::Empty);
        }
        Ok(Self { start, end })
    }

    /// Its first instant.
    pub const fn start(self) -> DateTime<Utc> {
        self.start
    }

    /// The instant at which it is over.
    pub const fn end(self) -> DateTime<Utc> {
        self.end
    }

    /// Its length.
    pub fn length(self) -> TimeDelta {
        self.end - self.start
    }

    /// Whether both share an instant. Touching ends do not overlap (DOMAIN §6).
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The same as microseconds since the Unix epoch, as the conflict engine counts.
    pub fn span(self) -> Span {
        // A slot is never empty and far within a span's reach.
        Span::between(self.start, self.end).unwrap_or(Span::EVERYTHING)
    }

    /// Back from the conflict engine's microseconds.
    ///
    /// # Errors
    /// As [`Slot::new`].
    pub fn from_span(span: Span) -> Result<Self, SlotError> {
        let at = |micros| DateTime::from_timestamp_micros(micros).ok_or(SlotError::OutOfRange);
        Self::new(at(span.start())?, at(span.end())?)
    }
}

/// Databases keep microseconds; a finer instant would not compare equal to itself once stored.
pub(crate) fn whole_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        EARLIEST + TimeDelta::hours(hour)
    }

    #[test]
    fn touching_ends_do_not_overlap() {
        let early = Slot::new(at(0), at(1)).unwrap();
        let late = Slot::new(at(1), at(2)).unwrap();
        assert!(!early.overlaps(late) && !late.overlaps(early));
        assert!(early.overlaps(Slot::new(at(0), at(2)).unwrap()));
    }

    #[test]
    fn r12_the_ends_of_time_are_refused() {
        assert_eq!(Slot::new(at(1), at(1)), Err(SlotError::Empty));
        assert_eq!(Slot::new(at(2), at(1)), Err(SlotError::Empty));
        assert_eq!(Slot::new(DateTime::<Utc>::MIN_UTC, at(1)), Err(SlotError::OutOfRange));
        assert_eq!(Slot::new(at(1), DateTime::<Utc>::MAX_UTC), Err(SlotError::OutOfRange));
        assert!(Slot::new(EARLIEST, LATEST).is_ok());
        assert_eq!(Slot::new(EARLIEST, LATEST + TimeDelta::microseconds(1)), Err(SlotError::OutOfRange));
        assert_eq!(
            Slot::new(at(1), at(1) + TimeDelta::nanoseconds(900)),
            Err(SlotError::Empty),
            "less than a microsecond is nothing"
        );
    }
}
