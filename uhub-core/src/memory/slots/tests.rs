#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::model::{EARLIEST, LATEST};

fn at(minutes: i64) -> DateTime<Utc> {
    EARLIEST + TimeDelta::days(400) + TimeDelta::minutes(minutes)
}

const DAY: i64 = 24 * 60;

/// Slots of every class, many of them with the same start.
fn slots() -> impl Strategy<Value = Vec<Slot>> {
    let length = prop_oneof![
        1_i64..120,
        Just(26 * 60),
        Just(26 * 60 + 1),
        Just(40 * DAY),
        Just(40 * DAY + 1),
        Just(3000 * DAY)
    ];
    let slot = (-90_i64..90, length).prop_map(|(day, length)| {
        let start = at(day * DAY);
        Slot::new(start, start + TimeDelta::minutes(length)).unwrap()
    });
    prop::collection::vec(slot, 0..40)
}

proptest! {
    #[test]
    fn ranges_are_those_of_a_scan(
        slots in slots(),
        from in prop::option::of(-120_i64..120),
        to in prop::option::of(-120_i64..120),
        after in prop::option::of((-100_i64..100, 0_u128..40)),
        removed in 0_usize..20,
    ) {
        let micros = |day: i64| at(day * DAY).timestamp_micros();
        let (from, to) = (from.map(micros), to.map(micros));
        let after = after.map(|(day, id)| (micros(day), Uuid::from_u128(id)));
        let mut index = SlotIndex::default();
        let mut scan: Vec<_> =
            slots.iter().enumerate().map(|(id, slot)| (*slot, Uuid::from_u128(id as u128))).collect();
        for (slot, id) in &scan {
            index.insert(*slot, *id, *id);
        }
        for (slot, id) in scan.drain(..removed.min(slots.len())) {
            index.remove(slot, id);
        }
        prop_assert_eq!(index.is_empty(), scan.is_empty());
        scan.sort_by_key(|(slot, id)| (slot.start(), *id));
        let expected: Vec<_> = scan
            .iter()
            .filter(|(slot, id)| {
                let (start, end) = (slot.start().timestamp_micros(), slot.end().timestamp_micros());
                from.is_none_or(|from| end > from)
                    && to.is_none_or(|to| start < to)
                    && after.is_none_or(|after| (start, *id) > after)
            })
            .map(|(_, id)| *id)
            .collect();
        prop_assert_eq!(index.range(from, to, after).copied().collect::<Vec<_>>(), expected);

        let now = micros(0);
        let next = scan.iter().map(|(slot, _)| slot.start().timestamp_micros()).filter(|s| *s > now).min();
        prop_assert_eq!(index.next_start(now), next);
        let around: Vec<_> = scan
            .iter()
            .filter(|(slot, _)| slot.start() <= at(0) && slot.end() > at(0))
            .map(|(_, id)| *id)
            .collect();
        prop_assert_eq!(index.around(now).copied().collect::<Vec<_>>(), around);
    }
}

#[test]
fn the_whole_calendar_is_one_slot() {
    let mut index = SlotIndex::default();
    let whole = Slot::new(EARLIEST, LATEST).unwrap();
    index.insert(whole, Uuid::nil(), ());
    assert_eq!(index.overlapping(whole).count(), 1);
    assert_eq!(index.overlapping(Slot::new(at(0), at(1)).unwrap()).count(), 1);
    index.remove(whole, Uuid::nil());
    assert!(index.is_empty());
}
