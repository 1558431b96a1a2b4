//! Time and identifiers come from outside: every rule can be tested at any date, and a whole hub be simulated from one
//! seed.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Tells the time, in whole microseconds.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// Makes identifiers.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// A UUIDv7 of the instant `now`, never the same twice.
    fn next(&self, now: DateTime<Utc>) -> Uuid;

    /// 256 bits that nobody can guess, for tokens.
    fn secret(&self) -> [u8; 32];
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that stands at `now`.
    pub const fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it on by `step`.
    pub fn advance(&self, step: TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += step;
    }

    /// Sets it to `now`, backwards too.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Identifiers that follow from a seed: the same sequence each time. For tests and simulations only, since they can be
/// foretold.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    count: AtomicU64,
}

impl SeededIds {
    /// The sequence of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { seed, count: AtomicU64::new(0) }
    }
}

impl Ids for SeededIds {
    fn next(&self, now: DateTime<Utc>) -> Uuid {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // The counter leads, so that ids of one millisecond keep their order.
        let [_, _, c2, c3, c4, c5, c6, c7] = count.to_be_bytes();
        let [s0, s1, s2, s3, ..] = self.seed.to_be_bytes();
        uuid_v7(now, [c2, c3, c4, c5, c6, c7, s0, s1, s2, s3])
    }

    fn secret(&self) -> [u8; 32] {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        Sha256::digest([self.seed.to_be_bytes(), count.to_be_bytes()].concat()).into()
    }
}

/// The UUIDv7 of the instant `now` with these random bits.
pub fn uuid_v7(now: DateTime<Utc>, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
