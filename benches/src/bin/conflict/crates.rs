//! The interval crates, each used as its documentation shows: one structure per pool (as they do per
//! chromosome), built once, then asked for every slot. Two of them hold `i32` coordinates with both ends
//! included, so they are given whole seconds since the first slot.

use coitrees::{COITree, Interval as CoiInterval, IntervalTree};
use rust_lapper::{Interval as LapperInterval, Lapper};
use superintervals::IntervalMap;
use uhub_core::conflict::Slot;

use crate::shapes::{POOLS, SECOND};

/// A slot as the crates take it, in seconds from the first.
#[derive(Clone, Copy)]
pub struct Seconds {
    pub pool: u32,
    pub start: i32,
    pub end: i32,
    pub position: u32,
}

/// Not timed: each crate gets its own kind of number for free. Sorting out the pools is timed, as it is
/// for ours.
pub fn in_seconds(slots: &[Slot]) -> Vec<Seconds> {
    let first = slots.iter().map(|slot| slot.span.start()).min().unwrap_or(0);
    let second = |instant: i64| i32::try_from((instant - first) / SECOND).unwrap_or(i32::MAX - 1);
    slots
        .iter()
        .zip(0..)
        .map(|(slot, position)| Seconds {
            pool: slot.pool,
            start: second(slot.span.start()),
            end: second(slot.span.end()),
            position,
        })
        .collect()
}

/// One list per pool; asking pool by pool then suits the caches better than in the order of the input.
fn by_pool(slots: &[Seconds]) -> Vec<Vec<Seconds>> {
    let mut pools = vec![Vec::new(); POOLS as usize];
    for slot in slots {
        pools[slot.pool as usize].push(*slot);
    }
    pools
}

pub fn superintervals_flags(slots: &[Seconds]) -> Vec<bool> {
    let mut flags = vec![false; slots.len()];
    for pool in &by_pool(slots) {
        let map = superintervals_of(pool);
        for &Seconds { start, end, position, .. } in pool {
            flags[position as usize] = map.count(start, end - 1) > 1;
        }
    }
    flags
}

pub fn superintervals_pairs(slots: &[Seconds]) -> u64 {
    let mut pairs = 0;
    let mut found = Vec::new();
    for pool in &by_pool(slots) {
        let map = superintervals_of(pool);
        for &Seconds { start, end, position, .. } in pool {
            found.clear();
            map.search_values(start, end - 1, &mut found);
            pairs += found.iter().filter(|&&other| other < position).count() as u64;
        }
    }
    pairs
}

pub fn superintervals_of(pool: &[Seconds]) -> IntervalMap<u32> {
    let mut map = IntervalMap::new();
    map.reserve(pool.len());
    for &Seconds { start, end, position, .. } in pool {
        map.add(start, end - 1, position);
    }
    map.build();
    map
}

pub fn lapper_flags(slots: &[Seconds]) -> Vec<bool> {
    let mut flags = vec![false; slots.len()];
    for pool in &by_pool(slots) {
        let lapper = lapper_of(pool);
        for &Seconds { start, end, position, .. } in pool {
            flags[position as usize] = lapper.count(start as u32, end as u32) > 1;
        }
    }
    flags
}

/// Its documentation's advice for queries in order: `seek` with a cursor over its own intervals.
pub fn lapper_seek_flags(slots: &[Seconds]) -> Vec<bool> {
    let mut flags = vec![false; slots.len()];
    for pool in &by_pool(slots) {
        let lapper = lapper_of(pool);
        let mut cursor = 0;
        for own in lapper.iter() {
            flags[own.val as usize] = lapper.seek(own.start, own.stop, &mut cursor).nth(1).is_some();
        }
    }
    flags
}

pub fn lapper_pairs(slots: &[Seconds]) -> u64 {
    let mut pairs = 0;
    for pool in &by_pool(slots) {
        let lapper = lapper_of(pool);
        let mut cursor = 0;
        for own in lapper.iter() {
            let found = lapper.seek(own.start, own.stop, &mut cursor);
            pairs += found.filter(|other| other.val < own.val).count() as u64;
        }
    }
    pairs
}

fn lapper_of(pool: &[Seconds]) -> Lapper<u32, u32> {
    Lapper::new(
        pool.iter()
            .map(|slot| LapperInterval {
                start: slot.start as u32,
                stop: slot.end as u32,
                val: slot.position,
            })
            .collect(),
    )
}

pub fn coitrees_flags(slots: &[Seconds]) -> Vec<bool> {
    let mut flags = vec![false; slots.len()];
    for pool in &by_pool(slots) {
        let tree = coitree_of(pool);
        for &Seconds { start, end, position, .. } in pool {
            flags[position as usize] = tree.query_count(start, end - 1) > 1;
        }
    }
    flags
}

pub fn coitrees_pairs(slots: &[Seconds]) -> u64 {
    let mut pairs = 0;
    for pool in &by_pool(slots) {
        let tree = coitree_of(pool);
        for &Seconds { start, end, position, .. } in pool {
            tree.query(start, end - 1, |other| pairs += u64::from(position_of(other) < position));
        }
    }
    pairs
}

fn position_of<'a, I: coitrees::GenericInterval<u32> + 'a>(interval: &'a I) -> u32 {
    *interval.metadata()
}

fn coitree_of(pool: &[Seconds]) -> COITree<u32, u32> {
    let intervals: Vec<CoiInterval<u32>> =
        pool.iter().map(|slot| CoiInterval::new(slot.start, slot.end - 1, slot.position)).collect();
    COITree::new(&intervals)
}
