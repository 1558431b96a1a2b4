//! The optimal places of one group of jobs.

use super::super::span::Span;
use super::curve::{Cost, Curve, MICROSECOND};

/// Curves kept at a time: a large group is solved once to keep every so-many-th curve, then again
/// from those, block by block. Twice the time, a fraction of the memory.
const LEAST_BLOCK: usize = 64;

/// The optimal starts of `jobs`, in order, within `rooms`, by the rules of the module above. Empty if
/// there is no room for all of them.
pub(super) fn place(jobs: &[Span], rooms: &[Span]) -> Vec<i64> {
    if let [job] = jobs
        && rooms
            .get(rooms.partition_point(|room| room.end() < job.end()))
            .is_some_and(|room| room.encloses(*job))
    {
        return vec![job.start()];
    }
    let Some(limit) = affordable(jobs, rooms) else { return Vec::new() };
    let block = jobs.len().isqrt().max(LEAST_BLOCK);
    let blocks: Vec<&[Span]> = jobs.chunks(block).collect();

    // The cost of all jobs after each block, by when they may begin.
    let mut after = vec![Curve::nothing()];
    for jobs in blocks.iter().skip(1).rev() {
        let mut cost = after.last().cloned().unwrap_or_default();
        for &job in jobs.iter().rev() {
            cost = Curve::of_start(job, &cost, rooms, limit).least_later();
        }
        after.push(cost);
    }

    let mut starts = Vec::with_capacity(jobs.len());
    let mut free_from = -Span::LIMIT;
    for (jobs, mut cost) in blocks.into_iter().zip(after.into_iter().rev()) {
        let mut by_start = Vec::with_capacity(jobs.len());
        for &job in jobs.iter().rev() {
            let curve = Curve::of_start(job, &cost, rooms, limit);
            cost = curve.least_later();
            by_start.push(curve);
        }
        for (job, curve) in jobs.iter().zip(by_start.iter().rev()) {
            let Some(start) = curve.cheapest_from(free_from) else { return Vec::new() };
            starts.push(start);
            free_from = start + job.len();
        }
    }
    starts
}

/// The cost of some placement, as low as a few simple rules get it: nothing above it need be looked
/// at. `None` if there is no room for all.
fn affordable(jobs: &[Span], rooms: &[Span]) -> Option<Cost> {
    let mut least = None;
    let mut consider = |starts: &[i64]| {
        if starts.len() == jobs.len() {
            let cost: Cost = jobs.iter().zip(starts).map(|(job, &start)| shift_cost(*job, start)).sum();
            least = Some(least.map_or(cost, |least: Cost| least.min(cost)));
        }
    };
    // Later where need be.
    consider(&first_fits(jobs, rooms, |job| job.start()));
    // Earlier where need be: the same in a mirror.
    let (mirrored_jobs, mirrored_rooms) = (mirrored(jobs), mirrored(rooms));
    let mut back = first_fits(&mirrored_jobs, &mirrored_rooms, |job| job.start());
    back.reverse();
    let ends: Vec<i64> = back.iter().map(|start| -start).collect();
    consider(&ends.iter().zip(jobs).map(|(end, job)| end - job.len()).collect::<Vec<_>>());
    // All as early as possible: this one exists if any does.
    consider(&first_fits(jobs, rooms, |_| -Span::LIMIT));
    least
}

fn shift_cost(job: Span, start: i64) -> Cost {
    Cost::from((start - job.start()).unsigned_abs()) * MICROSECOND + Cost::from(start != job.start())
}

/// The same spans with time running backwards, in order again.
fn mirrored(spans: &[Span]) -> Vec<Span> {
    spans.iter().rev().filter_map(|span| Span::new(-span.end(), -span.start())).collect()
}

/// Places jobs in order, each at the first start that is free and no earlier than `from` says. Ends
/// early with the first job that finds no place.
pub(super) fn first_fits(jobs: &[Span], rooms: &[Span], from: impl Fn(Span) -> i64) -> Vec<i64> {
    let mut starts = Vec::with_capacity(jobs.len());
    let mut rooms = rooms;
    let mut free_from = -Span::LIMIT;
    for &job in jobs {
        let wanted = free_from.max(from(job));
        // Later jobs start later still: what is too early or too small for this one is behind them.
        let skipped =
            rooms.iter().take_while(|room| wanted.max(room.start()) > room.end() - job.len()).count();
        rooms = rooms.get(skipped..).unwrap_or_default();
        let Some(room) = rooms.first() else { break };
        let start = wanted.max(room.start());
        starts.push(start);
        free_from = start + job.len();
    }
    starts
}
