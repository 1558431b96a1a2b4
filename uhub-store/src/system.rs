//! The machine's own time and randomness, for hubs that run for real.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use uhub_core::ports::clock::{Clock, Ids, uuid_v7};
use uuid::Uuid;

/// The system's clock, in whole microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        micros(Utc::now())
    }
}

/// Cut to whole microseconds: what databases keep.
pub(crate) fn micros(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

/// Identifiers of the system's randomness. Within a process each is greater than the one before, even of one
/// millisecond or when the clock steps back, so that lists sorted by id are in the order of creation.
#[derive(Debug, Default)]
pub struct RandomIds {
    last: Mutex<u128>,
}

/// # Panics
/// When the system has no randomness to give: an id or a secret that can be foretold must not be made.
#[expect(clippy::panic, reason = "there is no safe way on")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the system gives no random numbers: {error}");
    }
    bytes
}

impl Ids for RandomIds {
    fn next(&self, now: DateTime<Utc>) -> Uuid {
        let bytes: [u8; 10] = random();
        let [.., a, b, c, d] = bytes;
        let fresh = uuid_v7(now, bytes).as_u128();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = if fresh > *last { fresh } else { successor(*last, u32::from_be_bytes([a, b, c, d])) };
        Uuid::from_u128(*last)
    }

    fn secret(&self) -> [u8; 32] {
        random()
    }
}

/// A UUIDv7 a random step behind `last`: the 62 random bits of its tail counted up, version and variant untouched.
fn successor(last: u128, step: u32) -> u128 {
    const TAIL: u128 = (1 << 62) - 1;
    // The twelve bits of `rand_a` and the 48 of the time lie above the version's four bits.
    let tail = (last & TAIL) + u128::from(step) + 1;
    let carried = last & !TAIL;
    if tail <= TAIL {
        return carried | tail;
    }
    let rand_a = (last >> 64) & 0xfff;
    let time = last >> 80;
    let (rand_a, time) = if rand_a == 0xfff { (0, time + 1) } else { (rand_a + 1, time) };
    (time << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | (tail & TAIL)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn ids_only_grow() {
        let ids = RandomIds::default();
        let now = Utc::now();
        let mut last = ids.next(now);
        for i in 0..20_000 {
            // The clock steps back now and then.
            let id = ids.next(now - TimeDelta::milliseconds(i % 7));
            assert!(
                id > last && id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122,
                "{last} {id}"
            );
            last = id;
        }
    }

    #[test]
    fn secrets_differ() {
        let ids = RandomIds::default();
        assert_ne!(ids.secret(), ids.secret());
    }

    #[test]
    fn a_full_tail_carries_over() {
        let full = uuid_v7(DateTime::from_timestamp(1_000, 0).unwrap(), [0xff; 10]).as_u128();
        let next = Uuid::from_u128(successor(full, 0));
        assert!(next.as_u128() > full);
        assert_eq!((next.get_version_num(), next.get_variant()), (7, uuid::Variant::RFC4122));
    }

    #[test]
    fn the_clock_keeps_to_microseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000, 0);
    }
}
