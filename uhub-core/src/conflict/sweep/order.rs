//! The order (pool, start) of slots, faster than a comparison sort.
//!
//! Each slot becomes one word: as many of the leading bits of its (pool, start) as fit above its
//! position. Bits that all slots share are left out first, so that the words say as much as they
//! can. The words are sorted by radix; the few that agree in all kept bits are put right by
//! comparing the slots themselves. That is a handful of sequential passes over 8 bytes a slot.

#![expect(clippy::indexing_slicing, reason = "positions come from the input's length, digits are masked")]

use super::Slot;

/// Bits of a digit: 2048 counters and write streams stay within the first-level caches.
const DIGIT: u32 = 11;
const BUCKETS: usize = 1 << DIGIT;
/// Below this the counters cost more than comparing.
const FEW: usize = 2048;

/// The positions of slots ordered by (pool, start, position).
pub(super) struct Order {
    words: Vec<u64>,
    position_mask: u64,
}

/// What turns a slot into its word.
struct Packing {
    first_pool: u32,
    first_start: i64,
    /// Low bits that all starts share.
    shared_bits: u32,
    start_bits: u32,
    /// Low bits of (pool, start) that did not fit.
    dropped_bits: u32,
    key_bits: u32,
    position_bits: u32,
}

impl Order {
    pub(super) fn of(slots: &[Slot]) -> Self {
        let Some(packing) = Packing::of(slots) else {
            return Self { words: Vec::new(), position_mask: 0 };
        };
        let mut words: Vec<u64> =
            slots.iter().enumerate().map(|(position, slot)| packing.word(position, slot)).collect();
        if words.len() < FEW {
            words.sort_unstable();
        } else {
            radix_sort(&mut words, packing.position_bits, packing.key_bits);
        }
        if packing.dropped_bits > 0 {
            put_ties_right(&mut words, packing.position_bits, slots);
        }
        Self { words, position_mask: mask(packing.position_bits) }
    }

    pub(super) fn positions(&self) -> impl Iterator<Item = usize> {
        self.words.iter().map(|word| (word & self.position_mask) as usize)
    }
}

impl Packing {
    fn of(slots: &[Slot]) -> Option<Self> {
        let first = slots.first()?;
        let (mut pools, mut starts) = ((first.pool, first.pool), (first.span.start(), first.span.start()));
        let mut differing = 0;
        for slot in slots {
            let start = slot.span.start();
            pools = (pools.0.min(slot.pool), pools.1.max(slot.pool));
            starts = (starts.0.min(start), starts.1.max(start));
            differing |= start ^ first.span.start();
        }
        let shared_bits = if differing == 0 { 0 } else { differing.trailing_zeros() };
        // A span's limits keep the difference within an i64.
        let start_bits = width((starts.1 - starts.0) as u64 >> shared_bits);
        let position_bits = width(slots.len() as u64 - 1).max(1);
        let bits = width(u64::from(pools.1 - pools.0)) + start_bits;
        let dropped_bits = (bits + position_bits).saturating_sub(u64::BITS);
        Some(Self {
            first_pool: pools.0,
            first_start: starts.0,
            shared_bits,
            start_bits,
            dropped_bits,
            key_bits: bits - dropped_bits,
            position_bits,
        })
    }

    fn word(&self, position: usize, slot: &Slot) -> u64 {
        let start = (slot.span.start() - self.first_start) as u64 >> self.shared_bits;
        let pool = u64::from(slot.pool - self.first_pool);
        let key = if self.dropped_bits <= self.start_bits {
            pool << (self.start_bits - self.dropped_bits) | start >> self.dropped_bits
        } else {
            pool >> (self.dropped_bits - self.start_bits)
        };
        key << self.position_bits | position as u64
    }
}

/// Sorts by the `key_bits` above the lowest `position_bits`, least significant digit first.
fn radix_sort(words: &mut Vec<u64>, position_bits: u32, key_bits: u32) {
    let digits = key_bits.div_ceil(DIGIT) as usize;
    let mut counts = vec![[0_usize; BUCKETS]; digits];
    for &word in words.iter() {
        let mut key = word >> position_bits;
        for count in &mut counts {
            count[key as usize % BUCKETS] += 1;
            key >>= DIGIT;
        }
    }
    let mut sorted = vec![0; words.len()];
    let mut shift = position_bits;
    for count in &mut counts {
        // A digit in which all agree moves nothing.
        if !count.contains(&words.len()) {
            let mut next = 0;
            for bucket in count.iter_mut() {
                next += std::mem::replace(bucket, next);
            }
            for &word in words.iter() {
                let bucket = &mut count[(word >> shift) as usize % BUCKETS];
                sorted[*bucket] = word;
                *bucket += 1;
            }
            std::mem::swap(words, &mut sorted);
        }
        shift += DIGIT;
    }
}

/// Sorts each run of equal kept bits by the slots themselves.
fn put_ties_right(words: &mut [u64], position_bits: u32, slots: &[Slot]) {
    let position_mask = mask(position_bits);
    for tied in words.chunk_by_mut(|a, b| a >> position_bits == b >> position_bits) {
        if tied.len() > 1 {
            tied.sort_unstable_by_key(|word| {
                let position = (word & position_mask) as usize;
                (slots[position].pool, slots[position].span.start(), position)
            });
        }
    }
}

/// Bits needed to write `value`.
fn width(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

/// The lowest `bits`, fewer than 64.
fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}
