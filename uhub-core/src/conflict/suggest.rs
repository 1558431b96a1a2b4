//! The nearest free slots of the same length (DOMAIN §6, "Suggestions").

use super::span::{Span, merge, subtract};

/// Another place for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Suggestion {
    /// Where it would go; as long as the current slot.
    pub slot: Span,
    /// Microseconds later than now, negative if earlier; never 0.
    pub shift: i64,
}

/// The nearest places where a job now at `current` would overlap nothing, nearest first.
///
/// - `busy`: what is in the way, in any order: the slots of the pool's other critical jobs and the
///   freeze windows. Leave the job's own slot out.
/// - `bounds`: no suggestion starts before its start or ends after its end.
/// - `windows`: with `Some`, a suggestion must lie wholly inside the union of these (working hours;
///   touching windows count as one). `None` allows any hour.
///
/// Each free gap (a longest stretch inside bounds and windows with nothing busy in it) that is long
/// enough offers one suggestion: the start in it that is nearest to the current one, exact to the
/// microsecond. More of them from the same gap would be that one shifted by a moment. A gap in
/// which the job lies already offers none, as nothing would be won. Of two at the same distance,
/// one before and one after, the earlier comes first.
///
/// O(n log n) in what is busy and in the windows.
#[must_use]
pub fn suggest(
    current: Span,
    busy: impl IntoIterator<Item = Span>,
    bounds: Span,
    windows: Option<&[Span]>,
    limit: usize,
) -> Vec<Suggestion> {
    let rooms = match windows {
        Some(windows) => merge(windows.iter().filter_map(|window| window.intersection(bounds))),
        None => vec![bounds],
    };
    let busy = merge(busy.into_iter().filter(|span| span.overlaps(bounds)));
    let mut found: Vec<Suggestion> = subtract(&rooms, &busy)
        .into_iter()
        .filter(|gap| gap.len() >= current.len())
        .filter_map(|gap| {
            let start = current.start().clamp(gap.start(), gap.end() - current.len());
            let slot = current.moved_to(start)?;
            Some(Suggestion { slot, shift: start - current.start() })
        })
        .filter(|suggestion| suggestion.shift != 0)
        .collect();
    found.sort_unstable_by_key(|suggestion| (suggestion.shift.abs(), suggestion.shift));
    found.truncate(limit);
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    fn span(start: i64, end: i64) -> Span {
        Span::new(start, end).unwrap()
    }

    fn spans(most: usize) -> impl Strategy<Value = Vec<Span>> {
        prop::collection::vec(
            (-5_i64..45, 1_i64..8).prop_map(|(start, len)| span(start, start + len)),
            0..most,
        )
    }

    fn starts(found: &[Suggestion]) -> Vec<i64> {
        found.iter().map(|suggestion| suggestion.slot.start()).collect()
    }

    /// Every start where the job fits, by trying them all, as maximal runs of neighbours.
    fn runs(len: i64, busy: &[Span], bounds: Span, windows: Option<&[Span]>) -> Vec<(i64, i64)> {
        let free = |t: i64| {
            bounds.contains(t)
                && !busy.iter().any(|span| span.contains(t))
                && windows.is_none_or(|all| all.iter().any(|window| window.contains(t)))
        };
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for start in (-60..110).filter(|&start| (start..start + len).all(free)) {
            match runs.last_mut() {
                Some(run) if run.1 + 1 == start => run.1 = start,
                _ => runs.push((start, start)),
            }
        }
        runs
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn is_the_best_start_of_every_run_of_possible_ones(
            start in 0_i64..40, len in 1_i64..7,
            busy in spans(9),
            bounds in (-10_i64..20, 1_i64..70),
            windows in prop::option::of(spans(7)),
            limit in 0_usize..8,
        ) {
            let (current, bounds) = (span(start, start + len), span(bounds.0, bounds.0 + bounds.1));
            let windows = windows.as_deref();
            let found = suggest(current, busy.iter().copied(), bounds, windows, limit);
            // Runs of starts and gaps are the same unless a gap holds the job in one way only and the
            // next starts a microsecond later, which the busy span between them rules out.
            let mut best: Vec<i64> = runs(len, &busy, bounds, windows)
                .into_iter()
                .filter_map(|(low, high)| (low..=high).min_by_key(|at| (at - start).abs()))
                .filter(|&at| at != start)
                .collect();
            best.sort_by_key(|at| ((at - start).abs(), *at));
            best.truncate(limit);
            prop_assert_eq!(starts(&found), best);
            for suggestion in &found {
                prop_assert_eq!(suggestion.slot.len(), len);
                prop_assert_eq!(suggestion.slot.start() - start, suggestion.shift);
                prop_assert!(bounds.encloses(suggestion.slot));
                prop_assert!(!busy.iter().any(|span| span.overlaps(suggestion.slot)));
            }
        }
    }

    #[test]
    fn before_and_after_and_the_tie_goes_to_the_earlier() {
        let found = suggest(span(10, 12), [span(10, 12), span(4, 6)], span(0, 100), None, 9);
        assert_eq!(starts(&found), [8, 12, 2]);
        assert_eq!(found[0].shift, -2);
    }

    #[test]
    fn stays_within_working_hours() {
        let hours = [span(9, 18), span(33, 42), span(57, 66)];
        // The afternoon has one free hour left: two do not fit, so it is the next morning.
        let found = suggest(span(16, 18), [span(9, 17)], span(10, 100), Some(&hours), 5);
        assert_eq!(starts(&found), [33, 57]);
        // Touching windows are one stretch.
        let found = suggest(span(0, 4), [], span(0, 100), Some(&[span(10, 12), span(12, 14)]), 5);
        assert_eq!(starts(&found), [10]);
    }

    #[test]
    fn nothing_free_nothing_suggested() {
        assert_eq!(suggest(span(0, 5), [span(-10, 200)], span(0, 100), None, 5), []);
        assert_eq!(suggest(span(0, 5), [], span(0, 4), None, 5), []);
        assert_eq!(suggest(span(0, 5), [], span(20, 40), Some(&[]), 5), []);
        // Free where it is.
        assert_eq!(suggest(span(0, 5), [span(5, 9)], span(0, 9), None, 5), []);
    }

    #[test]
    fn extremes_do_not_overflow() {
        let far = span(Span::LIMIT - 10, Span::LIMIT);
        let found = suggest(far, [span(-Span::LIMIT + 10, Span::LIMIT)], Span::EVERYTHING, None, 5);
        assert_eq!(starts(&found), [-Span::LIMIT]);
        assert_eq!(found[0].shift, -(2 * Span::LIMIT - 10));
    }
}
