//! The order (pool, start) of slots, faster than a comparison sort.
//!
//! Each slot becomes one word: the leading bits of its (pool, start) above its position. Bits that
//! all slots share are left out, so that the words say as much as they can, and of the others only so
//! many are kept that ties are rare. The words are sorted by radix in three or four sequential passes
//! over 8 bytes a slot; then the slots are fetched block by block in that order, and the few ties put
//! right by comparing them. Fetching in a loop of its own matters: it lets the processor wait for many
//! slots at once, where the sweep would have it guess at branches on slots that are not there yet.

#![expect(clippy::indexing_slicing, reason = "positions come from the input's length, digits are masked")]

use super::Slot;
use std::ops::ControlFlow;

/// Bits of a digit: 2048 counters and write streams stay within the nearer caches.
const DIGIT: u32 = 11;
const BUCKETS: usize = 1 << DIGIT;
/// Bits kept beyond those that number the slots: spread evenly, one in some thousands ties.
const SPARE_BITS: u32 = 12;
/// Below this the counters cost more than comparing.
const FEW: usize = 2048;
/// Slots fetched at a time: enough to wait for many at once, few enough for the first-level cache.
const BLOCK: usize = 512;

/// The order of slots by (pool, start, position).
pub(super) enum Order {
    /// As they are.
    Given,
    Sorted {
        words: Vec<u64>,
        position_bits: u32,
        ties: bool,
    },
}

/// What turns a slot into its word.
struct Packing {
    first_pool: u32,
    first_start: i64,
    /// Low bits that all starts share.
    shared_bits: u32,
    start_bits: u32,
    /// Low bits of (pool, start) that are not kept.
    dropped_bits: u32,
    key_bits: u32,
    position_bits: u32,
}

impl Order {
    pub(super) fn of(slots: &[Slot]) -> Self {
        let packing = match Packing::of(slots) {
            Some(packing) if !slots.is_sorted_by_key(key) => packing,
            _ => return Self::Given,
        };
        let mut words: Vec<u64> =
            slots.iter().enumerate().map(|(position, slot)| packing.word(position, slot)).collect();
        if words.len() < FEW {
            words.sort_unstable();
        } else {
            radix_sort(&mut words, packing.position_bits, packing.key_bits);
        }
        Self::Sorted { words, position_bits: packing.position_bits, ties: packing.dropped_bits > 0 }
    }

    /// Calls `visit` with every slot and its position, in order, until it breaks.
    pub(super) fn visit<B>(
        &self,
        slots: &[Slot],
        mut visit: impl FnMut(Slot, usize) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let Self::Sorted { words, position_bits, ties } = self else {
            return slots.iter().enumerate().try_for_each(|(position, &slot)| visit(slot, position));
        };
        let position_mask = (1 << position_bits) - 1;
        let tied = |a: &u64, b: &u64| a >> position_bits == b >> position_bits;
        let mut block: Vec<(Slot, usize)> = Vec::with_capacity(BLOCK);
        let mut rest = words.as_slice();
        while !rest.is_empty() {
            // A run of ties stays within one block, however long.
            let cut = rest.len().min(BLOCK);
            let cut = cut + rest[cut..].iter().take_while(|word| tied(word, &rest[cut - 1])).count();
            let (now, later) = rest.split_at(cut);
            rest = later;
            block.clear();
            block.extend(now.iter().map(|word| (word & position_mask) as usize).map(|at| (slots[at], at)));
            if *ties && !block.is_sorted_by_key(|(slot, _)| key(slot)) {
                block.sort_unstable_by_key(|(slot, position)| (key(slot), *position));
            }
            for &(slot, position) in &block {
                visit(slot, position)?;
            }
        }
        ControlFlow::Continue(())
    }
}

fn key(slot: &Slot) -> (u32, i64) {
    (slot.pool, slot.span.start())
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
        let telling_bits = (position_bits + SPARE_BITS).next_multiple_of(DIGIT);
        let key_bits = bits.min(telling_bits).min(u64::BITS - position_bits);
        Some(Self {
            first_pool: pools.0,
            first_start: starts.0,
            shared_bits,
            start_bits,
            dropped_bits: bits - key_bits,
            key_bits,
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

/// Bits needed to write `value`.
fn width(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}
