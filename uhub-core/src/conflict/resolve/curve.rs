//! Piecewise linear functions of an instant, the costs of the dynamic program.

use super::super::span::Span;

/// What a cost counts in: a microsecond of shift weighs `MICROSECOND`, a moved job 1. So the number
/// of moved jobs (fewer than 2^32) decides between placements of the same total shift and no others.
/// The sum over 2^32 jobs of the widest shift, 2^61 µs, is below 2^126.
pub(super) type Cost = i128;
pub(super) const MICROSECOND: Cost = 1 << 32;

/// Before and after any instant that a span may contain.
const FOREVER: i64 = 1 << 62;

/// On `[from, to]`, both included: `value` at `from`, then `slope` microseconds' worth per microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    from: i64,
    to: i64,
    value: Cost,
    slope: i64,
}

impl Piece {
    fn at(&self, instant: i64) -> Cost {
        self.value + Cost::from(instant - self.from) * self.gain()
    }

    fn gain(&self) -> Cost {
        Cost::from(self.slope) * MICROSECOND
    }

    /// The same within `[from, to]`, if anything is left.
    fn within(&self, from: i64, to: i64) -> Option<Self> {
        let (from, to) = (self.from.max(from), self.to.min(to));
        (from <= to).then(|| Self { from, to, value: self.at(from), slope: self.slope })
    }

    /// The part that costs at most `limit`.
    fn up_to(&self, limit: Cost) -> Option<Self> {
        let spare = limit - self.value;
        match self.slope {
            0 => (spare >= 0).then_some(*self),
            1.. => {
                let steps = spare.div_euclid(self.gain());
                let to = Cost::from(self.from) + steps;
                // A quotient too big for an i64 lies after the end anyway.
                if steps < 0 { None } else { self.within(self.from, i64::try_from(to).unwrap_or(self.to)) }
            }
            _ if spare >= 0 => Some(*self),
            _ => {
                // Rounded up: the first instant at which it has fallen to the limit.
                let steps = (-spare + -self.gain() - 1).div_euclid(-self.gain());
                let from = Cost::from(self.from) + steps;
                i64::try_from(from).ok().and_then(|from| self.within(from, self.to))
            }
        }
    }
}

/// A function given on disjoint stretches in order; elsewhere it is infinite.
#[derive(Debug, Clone, Default)]
pub(super) struct Curve {
    pieces: Vec<Piece>,
}

impl Curve {
    /// 0 everywhere: after the last job nothing costs anything.
    pub(super) fn nothing() -> Self {
        Self { pieces: vec![Piece { from: -FOREVER, to: FOREVER, value: 0, slope: 0 }] }
    }

    /// What it costs to start `job` at an instant in one of `rooms`, `after` being the cost of all later
    /// jobs by the instant at which it ends. Costs above `limit` are left out as infinite.
    pub(super) fn of_start(job: Span, after: &Self, rooms: &[Span], limit: Cost) -> Self {
        // No single job may shift by more than all of them together.
        let reach = i64::try_from(limit / MICROSECOND).unwrap_or(FOREVER).min(FOREVER);
        let (earliest, latest) = (job.start().saturating_sub(reach), job.start().saturating_add(reach));
        let first = rooms.partition_point(|room| room.end() - job.len() < earliest);
        let mut pieces = Vec::new();
        let mut later = after.pieces.as_slice();
        for room in rooms.iter().skip(first).take_while(|room| room.start() <= latest) {
            let (from, to) = (room.start().max(earliest), (room.end() - job.len()).min(latest));
            for own in own_cost(job.start()) {
                let Some(own) = own.within(from, to) else { continue };
                // Both lists ascend: what ends before this stretch is over for good.
                let over = later.iter().take_while(|piece| piece.to - job.len() < own.from).count();
                later = later.get(over..).unwrap_or_default();
                for piece in later.iter().take_while(|piece| piece.from - job.len() <= own.to) {
                    let both = own.within(piece.from - job.len(), piece.to - job.len()).and_then(|part| {
                        let value = part.value + piece.at(part.from + job.len());
                        Piece { value, slope: part.slope + piece.slope, ..part }.up_to(limit)
                    });
                    pieces.extend(both);
                }
            }
        }
        Self { pieces }
    }

    /// The least cost at an instant or any later one, as a function of that instant.
    pub(super) fn least_later(&self) -> Self {
        let mut found = Vec::with_capacity(self.pieces.len() + 2);
        let mut edge = FOREVER;
        let mut least: Option<Cost> = None;
        for piece in self.pieces.iter().rev() {
            flat(&mut found, piece.to + 1, edge, least);
            edge = piece.from;
            if piece.slope < 0 {
                // Where it falls, its end is what counts.
                let end = piece.at(piece.to);
                least = Some(least.map_or(end, |least| least.min(end)));
                flat(&mut found, piece.from, piece.to + 1, least);
                continue;
            }
            // Where it climbs, waiting pays only once it exceeds what comes later.
            match least.map_or(Some(piece.to), |least| piece.up_to(least).map(|below| below.to)) {
                Some(crossing) => {
                    flat(&mut found, crossing + 1, piece.to + 1, least);
                    join(&mut found, Piece { to: crossing, ..*piece });
                    least = Some(piece.value);
                }
                None => flat(&mut found, piece.from, piece.to + 1, least),
            }
        }
        flat(&mut found, -FOREVER, edge, least);
        found.reverse();
        Self { pieces: found }
    }

    /// The instant from `from` on at which the cost is least; of several the first.
    pub(super) fn cheapest_from(&self, from: i64) -> Option<i64> {
        let past = self.pieces.partition_point(|piece| piece.to < from);
        let mut best: Option<(Cost, i64)> = None;
        for piece in self.pieces.iter().skip(past).filter_map(|piece| piece.within(from, FOREVER)) {
            let at = if piece.slope >= 0 { piece.from } else { piece.to };
            let cost = piece.at(at);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, at));
            }
        }
        best.map(|(_, at)| at)
    }
}

/// What a job's own shift costs by where it starts.
fn own_cost(wanted: i64) -> [Piece; 3] {
    let before = Piece {
        from: -FOREVER,
        to: wanted - 1,
        value: Cost::from(wanted + FOREVER) * MICROSECOND + 1,
        slope: -1,
    };
    let stays = Piece { from: wanted, to: wanted, value: 0, slope: 0 };
    let after = Piece { from: wanted + 1, to: FOREVER, value: MICROSECOND + 1, slope: 1 };
    [before, stays, after]
}

/// Adds a constant stretch `[from, to)` in front, unless it is empty or infinite.
fn flat(found: &mut Vec<Piece>, from: i64, to: i64, value: Option<Cost>) {
    if let Some(value) = value
        && from < to
    {
        join(found, Piece { from, to: to - 1, value, slope: 0 });
    }
}

/// Adds a stretch in front, as one with the one behind it where both are the same line.
fn join(found: &mut Vec<Piece>, piece: Piece) {
    match found.last_mut() {
        Some(behind)
            if behind.from == piece.to + 1
                && behind.slope == piece.slope
                && piece.at(behind.from) == behind.value =>
        {
            *behind = Piece { to: behind.to, ..piece };
        }
        _ => found.push(piece),
    }
}
