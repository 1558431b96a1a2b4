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
use std::convert::Infallible;
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
    let numbered = || slots.iter().copied().zip(0..slots.len());
    if flag_all(numbered(), &mut flags).is_none() && flag_all(numbered().rev(), &mut flags).is_none() {
        let mut sweep = Sweep::default();
        let ControlFlow::Continue(()) = Order::of(slots).visit::<Infallible>(slots, |slot, position| {
            sweep.pass(slot, position, &mut flags);
            ControlFlow::Continue(())
        });
        sweep.finish(&mut flags);
    }
    flags
}

/// Flags slots that come in order, or gives up at the first one out of order.
fn flag_all(slots: impl Iterator<Item = (Slot, usize)>, flags: &mut [bool]) -> Option<()> {
    let mut sweep = Sweep::default();
    for (slot, position) in slots {
        if (slot.pool, slot.span.start()) < (sweep.pool, sweep.start) {
            return None;
        }
        sweep.pass(slot, position, flags);
    }
    sweep.finish(flags);
    Some(())
}

/// A pass over slots in order. A slot's flag is settled by what came before and by the next one, so
/// each is written once, and nothing here is a branch for the processor to guess.
struct Sweep {
    pool: u32,
    start: i64,
    end: i64,
    /// The latest end in this pool so far.
    latest_end: i64,
    position: usize,
    flag: bool,
}

impl Default for Sweep {
    /// As if after a slot long before all others; it is the first one's flag that it writes to.
    fn default() -> Self {
        Self { pool: 0, start: i64::MIN, end: i64::MIN, latest_end: i64::MIN, position: 0, flag: false }
    }
}

impl Sweep {
    fn pass(&mut self, slot: Slot, position: usize, flags: &mut [bool]) {
        let (start, end) = (slot.span.start(), slot.span.end());
        let same_pool = slot.pool == self.pool;
        self.settle(same_pool & (start < self.end), flags);
        self.flag = same_pool & (start < self.latest_end);
        self.latest_end = if same_pool { self.latest_end.max(end) } else { end };
        (self.pool, self.start, self.end, self.position) = (slot.pool, start, end, position);
    }

    fn finish(&self, flags: &mut [bool]) {
        self.settle(false, flags);
    }

    fn settle(&self, overlaps_next: bool, flags: &mut [bool]) {
        if let Some(flag) = flags.get_mut(self.position) {
            *flag = self.flag | overlaps_next;
        }
    }
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
pub fn for_each_pair<B>(
    slots: &[Slot],
    mut visit: impl FnMut(usize, usize) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut open: Vec<(i64, usize)> = Vec::new();
    let mut pool = None;
    Order::of(slots).visit(slots, |slot, position| {
        if pool != Some(slot.pool) {
            pool = Some(slot.pool);
            open.clear();
        }
        open.retain(|&(end, _)| end > slot.span.start());
        for &(_, earlier) in &open {
            visit(earlier, position)?;
        }
        open.push((slot.span.end(), position));
        ControlFlow::Continue(())
    })
}

/// Every conflicting pair of positions, ordered as by [`for_each_pair`].
///
/// n slots on one instant are n²/2 pairs: where that can happen, count while visiting instead.
#[must_use]
pub fn pairs(slots: &[Slot]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let ControlFlow::Continue(()) = for_each_pair::<Infallible>(slots, |earlier, later| {
        pairs.push((earlier, later));
        ControlFlow::Continue(())
    });
    pairs
}

/// The clusters of conflicting slots, by pool and start. One sort, then O(n).
#[must_use]
pub fn groups(slots: &[Slot]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut members = Vec::new();
    let mut current: Option<Slot> = None;
    let mut close = |cluster: Option<Slot>, members: &mut Vec<usize>| {
        if let Some(Slot { pool, span }) = cluster
            && members.len() > 1
        {
            groups.push(Group { pool, span, members: members.clone() });
        }
        members.clear();
    };
    let ControlFlow::Continue(()) = Order::of(slots).visit::<Infallible>(slots, |slot, position| {
        match &mut current {
            Some(cluster) if cluster.pool == slot.pool && slot.span.start() < cluster.span.end() => {
                cluster.span = cluster.span.until_at_least(slot.span.end());
            }
            _ => close(current.replace(slot), &mut members),
        }
        members.push(position);
        ControlFlow::Continue(())
    });
    close(current, &mut members);
    groups
}
