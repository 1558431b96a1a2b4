//! Suggestions and resolve-all, on a pool as a hub has it and on hostile ones.

use uhub_benches::measure::{Contest, head, human, row};
use uhub_core::conflict::{Span, resolve, suggest};

use crate::shapes::{self, SECOND};

const HOUR: i64 = 3600 * SECOND;
const ROUNDS: usize = 5;

pub fn run() {
    head("Moves in one pool", &["question", "time", "answer"]);
    let calendar: Vec<(u64, Span)> = crowded(5000);
    let range = Span::new(calendar[0].1.start() - 1000 * HOUR, calendar[0].1.start() + 30_000 * HOUR)
        .unwrap_or(Span::EVERYTHING);
    let busy: Vec<Span> = calendar.iter().skip(1).map(|&(_, slot)| slot).collect();
    let answer = format!("{} places", suggest(calendar[0].1, busy.iter().copied(), range, None, 10).len());
    measure("suggest 10 places among 5,000 slots", answer, || {
        suggest(calendar[0].1, busy.iter().copied(), range, None, 10)
    });

    resolving("resolve 5,000 slots of two and a half years", &calendar, &[], range);
    let fixed: Vec<Span> = busy.iter().copied().step_by(5).collect();
    let movable: Vec<(u64, Span)> =
        calendar.iter().copied().filter(|(_, slot)| !fixed.contains(slot)).collect();
    resolving("the same, a fifth of them fixed", &movable, &fixed, range);

    let heap: Vec<(u64, Span)> =
        (0..3000).filter_map(|id| Some((id, Span::new(0, HOUR + (id % 50) as i64 * SECOND)?))).collect();
    let wide = Span::new(-10_000 * HOUR, 10_000 * HOUR).unwrap_or(Span::EVERYTHING);
    resolving("resolve 3,000 slots on one hour", &heap, &[], wide);
    let posts: Vec<Span> =
        (-3000..3000).filter_map(|at| Span::new(at * 3 * HOUR, at * 3 * HOUR + HOUR / 7)).collect();
    resolving("the same between 6,000 fixed ones", &heap, &posts, wide);
    let tight = Span::new(-500 * HOUR, 500 * HOUR).unwrap_or(Span::EVERYTHING);
    resolving("the same with room for a third", &heap, &posts, tight);
}

/// One pool, two and a half years of it: the calendar of the other benches at a tenth of its pace, so
/// that 5,000 slots of less than a day meet as often as those of a busy pool do.
fn crowded(count: usize) -> Vec<(u64, Span)> {
    let slots: Vec<Span> = shapes::ALL[0].slots(count).into_iter().map(|slot| slot.span).collect();
    let first = slots.iter().map(|slot| slot.start()).min().unwrap_or(0);
    let mut slots: Vec<Span> = slots
        .into_iter()
        .filter(|slot| slot.len() < 24 * HOUR)
        .filter_map(|slot| slot.moved_to(first + (slot.start() - first) / 10))
        .collect();
    slots.sort_unstable();
    (0..).zip(slots).collect()
}

fn resolving(question: &str, movable: &[(u64, Span)], fixed: &[Span], bounds: Span) {
    let found = resolve(movable, fixed.iter().copied(), bounds);
    let hours = found.total_shift as f64 / HOUR as f64;
    let answer = format!("{} moves, {hours:.0} h, {} unresolved", found.moves.len(), found.unresolved.len());
    measure(question, answer, || resolve(movable, fixed.iter().copied(), bounds));
}

fn measure<T>(question: &str, answer: String, run: impl FnMut() -> T) {
    let mut contest = Contest::default();
    contest.add(question, run);
    for (question, took) in contest.medians(ROUNDS) {
        row(&[question, human(took), answer.clone()]);
    }
}
