//! Batch answers over many slots at once: which conflict, which pairs, which clusters.
//!
//! All three put the slots in the order (pool, start) and pass over them once. In that order a slot
//! overlaps something exactly if it starts before the latest end seen so far in its pool, or if the
//! next one starts before it ends; so flagging costs one sort and reads every slot once.

mod order;
#[cfg(test)]
mod tests;

use super::span::Span;
use order::Order;
use std::ops::ControlFlow;

/// A slot in a pool. Pools are numbered by the caller, best from 0 without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// What is physically shared: slots of different pools never conflict (DOMAIN §1).
    pub pool: u32,
    /// When.
    pub span: Span,
}

/// A cluster of slots that hang together by overlaps, though its first and last need not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The pool that they share.
    pub pool: u32,
    /// From the first start to the last end, busy throughout.
    pub span: Span,
    /// Positions in the input of at least two slots, by start (of equal starts by position).
    pub members: Vec<usize>,
}

/// For each slot, whether it overlaps another one of its pool.
///
/// Takes the time of a sort of the slots or less; slots already in order, or in reverse, are
/// passed over once.
#[must_use]
pub fn flags(slots: &[Slot]) -> Vec<bool> {
    let mut flags = vec![false; slots.len()];
    if flag_in_order(slots, 0..slots.len(), &mut flags) {
        return flags;
    }
    flags.fill(false);
    if flag_in_order(slots, (0..slots.len()).rev(), &mut flags) {
        return flags;
    }
    flags.fill(false);
    flag_in_order(slots, Order::of(slots).positions(), &mut flags);
    flags
}

/// Flags in one pass over `positions`, or gives up with `false` at the first one out of order.
#[expect(clippy::indexing_slicing, reason = "positions are a permutation of the slots' own")]
fn flag_in_order(slots: &[Slot], positions: impl Iterator<Item = usize>, flags: &mut [bool]) -> bool {
    // The slot of this pool that ends last so far; only that one can still overlap what follows
    // without having been flagged by what came before.
    let mut latest: Option<(Slot, usize)> = None;
    let mut previous = (0, i64::MIN);
    for position in positions {
        let slot = slots[position];
        let key = (slot.pool, slot.span.start());
        if key < previous {
            return false;
        }
        previous = key;
        match latest {
            Some((open, at)) if open.pool == slot.pool => {
                if slot.span.start() < open.span.end() {
                    flags[position] = true;
                    flags[at] = true;
                }
                if slot.span.end() > open.span.end() {
                    latest = Some((slot, position));
                }
            }
            _ => latest = Some((slot, position)),
        }
    }
    true
}

/// Calls `visit` with every conflicting pair of positions, the one that starts first in front (of
/// equal starts the smaller position), until it breaks.
///
/// Pairs come by pool, then by the start of the second. One sort, then O(n + pairs visited): what is
/// looked at is either reported or over for good.
///
/// # Errors
///
/// Breaks with what `visit` broke with.
#[expect(clippy::indexing_slicing, reason = "positions are a permutation of the slots' own")]
pub fn for_each_pair<B>(
    slots: &[Slot],
    mut visit: impl FnMut(usize, usize) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut open: Vec<(i64, usize)> = Vec::new();
    let mut pool = None;
    for position in Order::of(slots).positions() {
        let slot = slots[position];
        if pool != Some(slot.pool) {
            pool = Some(slot.pool);
            open.clear();
        }
        let mut kept = 0;
        for at in 0..open.len() {
            let (end, earlier) = open[at];
            if end > slot.span.start() {
                open[kept] = (end, earlier);
                kept += 1;
                visit(earlier, position)?;
            }
        }
        open.truncate(kept);
        open.push((slot.span.end(), position));
    }
    ControlFlow::Continue(())
}

/// Every conflicting pair of positions, ordered as by [`for_each_pair`].
///
/// n slots on one instant are n²/2 pairs: where that can happen, count while visiting instead.
#[must_use]
pub fn pairs(slots: &[Slot]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let ControlFlow::Continue(()) = for_each_pair::<std::convert::Infallible>(slots, |earlier, later| {
        pairs.push((earlier, later));
        ControlFlow::Continue(())
    });
    pairs
}

/// The clusters of conflicting slots, by pool and start. One sort, then O(n).
#[must_use]
#[expect(clippy::indexing_slicing, reason = "positions are a permutation of the slots' own")]
pub fn groups(slots: &[Slot]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut current: Option<Group> = None;
    for position in Order::of(slots).positions() {
        let slot = slots[position];
        match &mut current {
            Some(group) if group.pool == slot.pool && slot.span.start() < group.span.end() => {
                group.span = group.span.until_at_least(slot.span.end());
                group.members.push(position);
            }
            _ => {
                let next = Group { pool: slot.pool, span: slot.span, members: vec![position] };
                groups.extend(current.replace(next).filter(|group| group.members.len() > 1));
            }
        }
    }
    groups.extend(current.filter(|group| group.members.len() > 1));
    groups
}
