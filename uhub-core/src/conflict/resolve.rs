//! Resolve all: the moves that free every conflict of a pool with the least total shift (DOMAIN §6).
//!
//! The jobs that may move keep their order (by start, then end, then id). What may not move (fixed
//! jobs, freezes) is an obstacle; between obstacles lie free rooms, and a job may pass an obstacle to
//! a better room. Of all placements the one with the least sum of |shift| is returned, exact to the microsecond; of several such, the
//! one that moves the fewest jobs; of several such, the one whose first job starts earliest, then
//! the second, and so on. So the answer depends on nothing but the question.
//!
//! **Decomposition.** The ordered jobs are cut into groups that are placed optimally as if the
//! others did not exist; where two neighbours then collide they become one group. Dropping the rules
//! between groups can only lower the optimum, so once no two groups collide the whole is optimal.
//! Nothing far from a conflict is ever looked at twice, and however groups are merged the answer
//! stays the same.
//!
//! **A group** is placed by dynamic programming over its jobs from last to first, the state being
//! the earliest instant that a job may start at. Its cost as a function of that instant is piecewise
//! linear and is kept as such (`curve`), so nothing depends on how fine a microsecond is.

mod curve;
mod place;
#[cfg(test)]
mod tests;

use super::span::{Span, merge, subtract};
use super::sweep::{Slot, flags};
use place::{first_fits, place};
use std::ops::Range;

/// One job's way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Move<Id> {
    /// Which job.
    pub id: Id,
    /// Where it is.
    pub from: Span,
    /// Where it goes; never the same.
    pub to: Span,
}

impl<Id> Move<Id> {
    /// Microseconds later, negative if earlier; never 0.
    #[must_use]
    pub fn shift(&self) -> i64 {
        self.to.start() - self.from.start()
    }
}

/// The answer of [`resolve`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution<Id> {
    /// What moves, in the order (start, end, id) of where it was.
    pub moves: Vec<Move<Id>>,
    /// Sum of |shift| in microseconds.
    pub total_shift: u128,
    /// Jobs that still conflict after the moves: there is no room for them. In the same order.
    pub unresolved: Vec<Id>,
}

/// The moves that free every conflict of one pool with the least total shift.
///
/// - `movable`: the jobs that may move, in any order, each id once. Those in no conflict belong
///   here too: shifting one of them a little can be cheaper than jumping over it.
/// - `fixed`: what may not move and must not be overlapped: running and approved jobs, freezes.
/// - `bounds`: where jobs may be moved to. A movable job that does not lie wholly inside stays where
///   it is, as an obstacle.
///
/// If there is no room for all, jobs are given up until there is for the rest: first those longer
/// than any free room, then always the longest of the jobs up to the first that finds no place (of
/// equal ones the last), which leaves the most others resolvable. A job given up stays where it is,
/// as an obstacle; it is `unresolved` if it still overlaps something there.
///
/// n jobs that conflict with none but each other take O(n²) at worst, and in the presence of
/// obstacles some more; jobs away from any conflict take O(log n).
#[must_use]
pub fn resolve<Id: Copy + Ord>(
    movable: &[(Id, Span)],
    fixed: impl IntoIterator<Item = Span>,
    bounds: Span,
) -> Resolution<Id> {
    let mut jobs: Vec<(Span, Id)> = movable.iter().map(|&(id, span)| (span, id)).collect();
    jobs.sort_unstable();
    let fixed = merge(fixed);
    let (mut inside, mut kept): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|&(span, _)| bounds.encloses(span));
    let rooms = make_room(&mut inside, &mut kept, &fixed, bounds);

    let spans: Vec<Span> = inside.iter().map(|&(span, _)| span).collect();
    let starts = place_all(&spans, &rooms);
    let moves: Vec<Move<Id>> = inside
        .iter()
        .zip(starts)
        .filter(|((from, _), start)| from.start() != *start)
        .filter_map(|(&(from, id), start)| Some(Move { id, from, to: from.moved_to(start)? }))
        .collect();
    let total_shift = moves.iter().map(|moved| u128::from(moved.shift().unsigned_abs())).sum();
    Resolution { moves, total_shift, unresolved: still_in_conflict(&kept, &fixed) }
}

/// Gives up jobs (from `inside` to `kept`) until all the others have a place, and returns what is
/// free for them.
fn make_room<Id: Copy + Ord>(
    inside: &mut Vec<(Span, Id)>,
    kept: &mut Vec<(Span, Id)>,
    fixed: &[Span],
    bounds: Span,
) -> Vec<Span> {
    loop {
        let obstacles = merge(fixed.iter().copied().chain(kept.iter().map(|&(span, _)| span)));
        let rooms = subtract(&[bounds], &obstacles);
        let widest = rooms.iter().map(|room| room.len()).max().unwrap_or(0);
        let before = inside.len();
        kept.extend(inside.extract_if(.., |(span, _)| span.len() > widest));
        if inside.len() < before {
            continue;
        }
        let spans: Vec<Span> = inside.iter().map(|&(span, _)| span).collect();
        let placed = first_fits(&spans, &rooms, |_| bounds.start()).len();
        if placed == spans.len() {
            return rooms;
        }
        let longest = spans.iter().take(placed + 1).enumerate().max_by_key(|(_, span)| span.len());
        let given_up = longest.map_or(placed, |(at, _)| at);
        kept.push(inside.remove(given_up));
    }
}

/// Neighbouring jobs, placed as if there were no others.
struct Group {
    jobs: Range<usize>,
    starts: Vec<i64>,
}

/// The optimal starts of jobs in order, all of which have a place.
fn place_all(jobs: &[Span], rooms: &[Span]) -> Vec<i64> {
    let solve = |range: Range<usize>| {
        let starts = jobs.get(range.clone()).map_or_else(Vec::new, |members| place(members, rooms));
        Group { jobs: range, starts }
    };
    let mut groups: Vec<Group> = (0..jobs.len()).map(|job| solve(job..job + 1)).collect();
    for round in 0.. {
        let mut joined: Vec<bool> =
            groups.array_windows().map(|[left, right]| collide(jobs, left, right)).collect();
        if !joined.contains(&true) {
            break;
        }
        // A group that keeps growing by one neighbour a round would be solved over and over.
        if round >= 3 {
            widen(&groups, &mut joined);
        }
        let mut next: Vec<Group> = Vec::with_capacity(groups.len());
        let mut stale = Vec::new();
        let joins = std::iter::once(false).chain(joined);
        for (group, joins_left) in groups.into_iter().zip(joins) {
            match next.last_mut() {
                Some(left) if joins_left => {
                    left.jobs.end = group.jobs.end;
                    if stale.last() != Some(&(next.len() - 1)) {
                        stale.push(next.len() - 1);
                    }
                }
                _ => next.push(group),
            }
        }
        for at in stale {
            if let Some(group) = next.get_mut(at) {
                *group = solve(group.jobs.clone());
            }
        }
        groups = next;
    }
    groups.into_iter().flat_map(|group| group.starts).collect()
}

/// Whether the last job of `left` reaches into the first of `right`, or has even passed it.
fn collide(jobs: &[Span], left: &Group, right: &Group) -> bool {
    let last = jobs.get(left.jobs.end - 1).zip(left.starts.last());
    last.zip(right.starts.first()).is_some_and(|((job, start), next)| start + job.len() > *next)
}

/// Lets each chain of colliding groups take in half as many jobs again on either side.
fn widen(groups: &[Group], joined: &mut [bool]) {
    let chains: Vec<(usize, usize)> = {
        let mut at = 0;
        joined
            .chunk_by(|a, b| a == b)
            .filter_map(|chain| {
                let from = at;
                at += chain.len();
                chain.contains(&true).then_some((from, at))
            })
            .collect()
    };
    for (from, to) in chains {
        // Join number i lies between groups i and i + 1.
        let members: usize = groups.iter().take(to + 1).skip(from).map(|group| group.jobs.len()).sum();
        let after = groups.iter().skip(to + 1).zip(joined.iter_mut().skip(to));
        take_in(members / 2, after);
        let before = groups.iter().take(from).zip(joined.iter_mut()).rev();
        take_in(members / 2, before);
    }
}

fn take_in<'a>(mut wanted: usize, neighbours: impl Iterator<Item = (&'a Group, &'a mut bool)>) {
    for (group, join) in neighbours {
        if wanted == 0 {
            return;
        }
        *join = true;
        wanted = wanted.saturating_sub(group.jobs.len());
    }
}

/// The ids of those jobs that stayed where they are and overlap an obstacle or each other there.
fn still_in_conflict<Id: Copy + Ord>(kept: &[(Span, Id)], fixed: &[Span]) -> Vec<Id> {
    let mut kept = kept.to_vec();
    kept.sort_unstable();
    let slots: Vec<Slot> = kept.iter().map(|&(span, _)| Slot { pool: 0, span }).collect();
    let overlaps_fixed = |span: Span| {
        let at = fixed.partition_point(|obstacle| obstacle.end() <= span.start());
        fixed.get(at).is_some_and(|obstacle| obstacle.overlaps(span))
    };
    kept.iter()
        .zip(flags(&slots))
        .filter(|&(&(span, _), flagged)| flagged || overlaps_fixed(span))
        .map(|(&(_, id), _)| id)
        .collect()
}
