#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use proptest::prelude::*;

fn span(start: i64, len: i64) -> Span {
    Span::new(start, start + len).unwrap()
}

/// Every way to place `jobs` from `at` on, keeping the best by (total shift, moved jobs, starts).
fn search(
    jobs: &[(u32, Span)],
    obstacles: &[Span],
    bounds: Span,
    starts: &mut Vec<i64>,
    best: &mut Option<Best>,
) {
    let Some((_, job)) = jobs.get(starts.len()) else {
        let shifts = || jobs.iter().zip(&*starts).map(|((_, job), start)| (start - job.start()).abs());
        let this = (shifts().sum(), shifts().filter(|&shift| shift != 0).count(), starts.clone());
        if best.as_ref().is_none_or(|best| this < *best) {
            *best = Some(this);
        }
        return;
    };
    let from = starts.last().map_or(bounds.start(), |last| last + jobs[starts.len() - 1].1.len());
    for start in from..=bounds.end() - job.len() {
        if !obstacles.iter().any(|obstacle| obstacle.overlaps(span(start, job.len()))) {
            starts.push(start);
            search(jobs, obstacles, bounds, starts, best);
            starts.pop();
        }
    }
}

type Best = (i64, usize, Vec<i64>);

/// What must hold of any answer, whether all could be placed or not.
fn check(movable: &[(u32, Span)], fixed: &[Span], bounds: Span, found: &Resolution<u32>) {
    let place =
        |id: u32, from: Span| found.moves.iter().find(|moved| moved.id == id).map_or(from, |moved| moved.to);
    let slots: Vec<(u32, Span)> = movable.iter().map(|&(id, from)| (id, place(id, from))).collect();
    let mut total = 0;
    for moved in &found.moves {
        let from = movable.iter().find(|(id, _)| *id == moved.id).unwrap().1;
        assert!(from == moved.from && moved.to.len() == from.len() && moved.shift() != 0);
        assert!(bounds.encloses(moved.from) && bounds.encloses(moved.to));
        total += moved.shift().unsigned_abs();
    }
    assert_eq!(found.total_shift, u128::from(total));
    assert!(found.moves.is_sorted_by_key(|moved| (moved.from, moved.id)));
    for (at, &(id, slot)) in slots.iter().enumerate() {
        let others = slots
            .iter()
            .enumerate()
            .filter(|&(other, _)| other != at)
            .map(|(_, &(id, slot))| (Some(id), slot));
        let hit =
            others.chain(fixed.iter().map(|&slot| (None, slot))).find(|(_, other)| other.overlaps(slot));
        let moved = found.moves.iter().any(|moved| moved.id == id);
        assert_eq!(hit.is_some(), found.unresolved.contains(&id), "{id} at {slot:?} overlaps {hit:?}");
        assert!(!(moved && hit.is_some()));
    }
}

fn case() -> impl Strategy<Value = (Vec<(u32, Span)>, Vec<Span>, Span)> {
    (
        prop::collection::vec((0_i64..12, 1_i64..5), 0..5),
        prop::collection::vec((-1_i64..15, 1_i64..4), 0..4),
        (0_i64..2, 12_i64..16),
        any::<[u32; 5]>(),
    )
        .prop_map(|(jobs, fixed, (low, len), ids)| {
            // Ids in no order, yet distinct.
            let id = |at: usize| ids[at] / 8 * 8 + at as u32;
            let jobs =
                jobs.into_iter().enumerate().map(|(at, (start, len))| (id(at), span(start, len))).collect();
            (jobs, fixed.into_iter().map(|(start, len)| span(start, len)).collect(), span(low, len))
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn is_the_best_of_every_possible_placement((movable, fixed, bounds) in case()) {
        let found = resolve(&movable, fixed.iter().copied(), bounds);
        check(&movable, &fixed, bounds, &found);

        let (mut inside, outside): (Vec<_>, Vec<_>) = movable.iter().copied().partition(|(_, job)| bounds.encloses(*job));
        inside.sort_by_key(|&(id, job)| (job.start(), job.end(), id));
        let obstacles: Vec<Span> = fixed.iter().copied().chain(outside.iter().map(|&(_, job)| job)).collect();
        let mut best = None;
        search(&inside, &obstacles, bounds, &mut Vec::new(), &mut best);
        match best {
            Some((total, moved, starts)) => {
                let found_starts: Vec<i64> = inside
                    .iter()
                    .map(|&(id, job)| found.moves.iter().find(|moved| moved.id == id).map_or(job.start(), |moved| moved.to.start()))
                    .collect();
                prop_assert_eq!((found.total_shift, found.moves.len()), (total as u128, moved));
                prop_assert_eq!(found_starts, starts);
                prop_assert!(found.unresolved.iter().all(|id| outside.iter().any(|(other, _)| other == id)));
            }
            None => {
                // Given up at least one; whether it ends in a conflict depends on who moved away.
                prop_assert!(inside.len() > 1 || !found.unresolved.is_empty());
            }
        }
        let mut backwards = movable;
        backwards.reverse();
        prop_assert_eq!(resolve(&backwards, fixed, bounds), found);
    }

    #[test]
    fn cutting_into_groups_changes_nothing(
        jobs in prop::collection::vec((0_i64..400, 1_i64..25), 0..40),
        fixed in prop::collection::vec((0_i64..400, 1_i64..30), 0..8),
    ) {
        let mut spans: Vec<Span> = jobs.iter().map(|&(start, len)| span(start, len)).collect();
        spans.sort_unstable();
        let rooms = subtract(&[span(-300, 1200)], &merge(fixed.into_iter().map(|(start, len)| span(start, len))));
        let whole = place(&spans, &rooms);
        prop_assert_eq!(whole.len(), spans.len());
        prop_assert_eq!(place_all(&spans, &rooms), whole);
    }
}

#[test]
fn neighbours_give_way_where_that_is_cheaper() {
    // Two jobs on one hour, a free quarter before, a third job right after.
    let jobs = [(1, span(60, 60)), (2, span(60, 60)), (3, span(120, 10))];
    let found = resolve(&jobs, [span(0, 45)], span(0, 1000));
    // 1 can go back by 15 only: that saves 2 and 3 as much each.
    assert_eq!(
        found.moves.iter().map(|moved| (moved.id, moved.shift())).collect::<Vec<_>>(),
        [(1, -15), (2, 45), (3, 45)]
    );
    assert_eq!((found.total_shift, found.unresolved.len()), (105, 0));
}

#[test]
fn of_equal_totals_the_fewest_jobs_move_then_the_earliest_wins() {
    // Either one moves by 10, or both share it.
    let found = resolve(&[(1, span(100, 10)), (2, span(100, 10))], [], span(0, 1000));
    assert_eq!(found.moves, [Move { id: 1, from: span(100, 10), to: span(90, 10) }]);
    // No conflict, no move, whatever lies around.
    let found = resolve(&[(1, span(5, 5)), (2, span(10, 5))], [span(0, 5), span(15, 2)], span(0, 50));
    assert_eq!(found, Resolution { moves: vec![], total_shift: 0, unresolved: vec![] });
    let nothing = resolve::<u32>(&[], [], span(0, 50));
    assert_eq!(nothing, Resolution { moves: vec![], total_shift: 0, unresolved: vec![] });
}

#[test]
fn what_finds_no_room_is_named_and_the_rest_is_solved() {
    // Room for one of the two.
    let jobs = [(1, span(0, 10)), (2, span(2, 10)), (3, span(40, 5)), (4, span(42, 5))];
    let found = resolve(&jobs, [span(12, 28)], span(0, 100));
    assert_eq!(found.moves.iter().map(|moved| moved.id).collect::<Vec<_>>(), [2, 3, 4]);
    check(&jobs, &[span(12, 28)], span(0, 100), &found);
    // Longer than any room.
    let found = resolve(&[(7, span(0, 90)), (8, span(3, 2))], [span(50, 1)], span(0, 100));
    assert_eq!((found.moves.len(), found.unresolved), (1, vec![7]));
    // A job that reaches out of the range stays, and what overlaps it gives way.
    let found = resolve(&[(1, span(-5, 10)), (2, span(4, 10))], [], span(0, 100));
    assert_eq!(found.moves, [Move { id: 2, from: span(4, 10), to: span(5, 10) }]);
    assert!(found.unresolved.is_empty());
}

#[test]
fn r12_extreme_spans_do_not_overflow() {
    let third = Span::LIMIT / 3 * 2;
    let jobs: Vec<(u32, Span)> = (0..3).map(|id| (id, span(-Span::LIMIT + i64::from(id), third))).collect();
    let found = resolve(&jobs, [], Span::EVERYTHING);
    check(&jobs, &[], Span::EVERYTHING, &found);
    assert!(found.unresolved.is_empty() && found.moves.len() == 2);
    let all = [(1, Span::EVERYTHING), (2, Span::EVERYTHING)];
    let found = resolve(&all, [span(0, 1)], Span::EVERYTHING);
    assert_eq!((found.moves.len(), found.unresolved), (0, vec![1, 2]));
}

/// Thousands on one instant, with and without obstacles: a hostile import must not hang the hub.
#[test]
fn r12_a_pile_of_jobs_is_resolved_in_reasonable_time() {
    let pile: Vec<(u32, Span)> = (0..400).map(|id| (id, span(1_000_000, 30 + i64::from(id % 7)))).collect();
    let posts: Vec<Span> = (0..2000).map(|at| span(at * 1000, 3)).collect();
    for fixed in [vec![], posts] {
        let found = resolve(&pile, fixed.iter().copied(), span(0, 2_000_000));
        check(&pile, &fixed, span(0, 2_000_000), &found);
        assert!(found.unresolved.is_empty());
    }
}
