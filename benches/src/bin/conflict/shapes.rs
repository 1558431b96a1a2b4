//! The slots that are measured. All starts and ends are whole seconds, because two of the crates hold no
//! more than an `i32`; only `odd microseconds` asks for what they cannot.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use uhub_core::conflict::{Slot, Span};

pub const POOLS: u32 = 50;
pub const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
/// 2010-01-01T00:00:00Z.
const FIRST: i64 = 1_262_304_000;
const YEARS: i64 = 25;

/// Pool, start and length, in seconds or microseconds.
type Raw = (u32, i64, i64);

pub struct Shape {
    pub name: &'static str,
    pub what: &'static str,
    /// Whether every start and end is a whole second.
    pub seconds: bool,
    make: fn(&mut StdRng, usize) -> Vec<Raw>,
}

impl Shape {
    pub fn slots(&self, count: usize) -> Vec<Slot> {
        let mut random = StdRng::seed_from_u64(20_260_101);
        let unit = if self.seconds { SECOND } else { 1 };
        (self.make)(&mut random, count)
            .into_iter()
            .filter_map(|(pool, start, length)| {
                Some(Slot { pool, span: Span::new(start * unit, (start + length) * unit)? })
            })
            .collect()
    }
}

pub const ALL: [Shape; 8] = [
    Shape {
        name: "calendar",
        what: "twenty-five years of office days, five-minute steps, busy and quiet pools, 15 min to 4 h, 1 % a day, 0.1 % a week",
        seconds: true,
        make: calendar,
    },
    Shape {
        name: "calendar, in order",
        what: "the same, sorted",
        seconds: true,
        make: |random, count| sorted(calendar(random, count)),
    },
    Shape {
        name: "calendar, reversed",
        what: "the same, sorted backwards",
        seconds: true,
        make: |random, count| reversed(calendar(random, count)),
    },
    Shape {
        name: "calendar, nearly in order",
        what: "sorted, then one in a hundred out of place",
        seconds: true,
        make: nearly,
    },
    Shape {
        name: "uniform",
        what: "any second of twenty-five years, any pool, up to 30 min",
        seconds: true,
        make: uniform,
    },
    Shape {
        name: "odd microseconds",
        what: "any microsecond of twenty-five years, up to 30 min",
        seconds: false,
        make: microseconds,
    },
    Shape { name: "clusters", what: "heaps of 200 on the same hour", seconds: true, make: clusters },
    Shape {
        name: "long among short",
        what: "uniform, and 1 % of them last a month",
        seconds: true,
        make: long,
    },
];

/// A million slots in one pool need more room: sixty-five years, all that an `i32` of seconds holds.
pub const ONE_POOL: [Shape; 3] = [
    Shape {
        name: "one pool, to the second",
        what: "any second of sixty-five years, 15 min to 1 h",
        seconds: true,
        make: |random, count| crowded(random, count, 1),
    },
    Shape {
        name: "one pool, to the microsecond",
        what: "the same, any microsecond",
        seconds: false,
        make: |random, count| crowded(random, count, SECOND),
    },
    Shape {
        name: "one pool, one in a thousand a month long",
        what: "the first with long slots among the short",
        seconds: true,
        make: months,
    },
];

fn crowded(random: &mut StdRng, count: usize, second: i64) -> Vec<Raw> {
    let start = 946_684_800 * second..(946_684_800 + 65 * 365 * DAY) * second;
    let length = 15 * MINUTE * second..HOUR * second;
    (0..count).map(|_| (0, random.random_range(start.clone()), random.random_range(length.clone()))).collect()
}

fn months(random: &mut StdRng, count: usize) -> Vec<Raw> {
    let mut slots = crowded(random, count, 1);
    for slot in slots.iter_mut().step_by(1000) {
        slot.2 = 30 * DAY;
    }
    slots
}

fn calendar(random: &mut StdRng, count: usize) -> Vec<Raw> {
    (0..count)
        .map(|_| {
            // The product of two shares crowds the low numbers: busy pools and quiet ones.
            let pool = (random.random::<f64>() * random.random::<f64>() * f64::from(POOLS)) as u32;
            let day = loop {
                let day = random.random_range(0..YEARS * 365);
                // 2010 began on a Friday.
                if (day + 4) % 7 < 5 || random.random_ratio(1, 10) {
                    break day;
                }
            };
            let minute = if random.random_ratio(9, 10) {
                random.random_range(8 * 12..19 * 12)
            } else {
                random.random_range(0..24 * 12)
            };
            let start = FIRST + day * DAY + minute * 5 * MINUTE;
            match random.random_range(0..1000) {
                0 => (pool, FIRST + day * DAY, 7 * DAY),
                1..11 => (pool, FIRST + day * DAY, DAY),
                _ => (pool, start, 15 * MINUTE * (1 << random.random_range(0..5))),
            }
        })
        .collect()
}

fn sorted(mut slots: Vec<Raw>) -> Vec<Raw> {
    slots.sort_unstable();
    slots
}

fn reversed(slots: Vec<Raw>) -> Vec<Raw> {
    let mut slots = sorted(slots);
    slots.reverse();
    slots
}

fn nearly(random: &mut StdRng, count: usize) -> Vec<Raw> {
    let mut slots = sorted(calendar(random, count));
    for _ in 0..count / 200 {
        let (a, b) = (random.random_range(0..count), random.random_range(0..count));
        slots.swap(a, b);
    }
    slots
}

fn uniform(random: &mut StdRng, count: usize) -> Vec<Raw> {
    let range = FIRST..FIRST + YEARS * 365 * DAY;
    (0..count)
        .map(|_| {
            (
                random.random_range(0..POOLS),
                random.random_range(range.clone()),
                random.random_range(1..HOUR / 2),
            )
        })
        .collect()
}

fn microseconds(random: &mut StdRng, count: usize) -> Vec<Raw> {
    uniform(random, count)
        .into_iter()
        .map(|(pool, start, length)| {
            (
                pool,
                start * SECOND + random.random_range(0..SECOND),
                length * SECOND + random.random_range(0..SECOND),
            )
        })
        .collect()
}

fn clusters(random: &mut StdRng, count: usize) -> Vec<Raw> {
    let mut slots: Vec<_> = (0..count)
        .map(|at| {
            let heap = (at / 200) as i64;
            let start = FIRST + heap * 4 * HOUR;
            ((heap % i64::from(POOLS)) as u32, start, random.random_range(1..5) * HOUR / 2)
        })
        .collect();
    slots.shuffle(random);
    slots
}

fn long(random: &mut StdRng, count: usize) -> Vec<Raw> {
    let mut slots = uniform(random, count);
    for slot in slots.iter_mut().step_by(100) {
        slot.2 = 30 * DAY;
    }
    slots
}
