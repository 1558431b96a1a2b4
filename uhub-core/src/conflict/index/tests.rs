#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn slot(start: i64, len: i64) -> Span {
    Span::new(start, start + len).unwrap()
}

/// What the tree promises about itself; returns how many slots lie below `node`.
fn check_node(
    index: &PoolIndex<u32>,
    node: u32,
    level: usize,
    low: Option<Key<u32>>,
    high: Option<Key<u32>>,
) -> usize {
    let len = index.len_of(node, level);
    let is_root = level == index.height;
    assert!(len <= width(level) && (is_root || len >= width(level) / 8), "a node of {len} at level {level}");
    let keys: Vec<Key<u32>> = (0..len)
        .map(|at| {
            if level == 0 { index.leaves[node as usize].key(at) } else { index.inners[node as usize].key(at) }
        })
        .collect();
    assert!(keys.windows(2).all(|two| two[0] < two[1]));
    assert!(keys.iter().all(|key| low.is_none_or(|low| low <= *key) && high.is_none_or(|high| *key < high)));
    if level == 0 {
        return len;
    }
    assert!(!is_root || len >= 2);
    let inner = &index.inners[node as usize];
    (0..len)
        .map(|at| {
            let child = inner.children[at];
            assert_eq!(inner.max_end_of(at), index.max_end(child, level - 1));
            check_node(index, child, level - 1, Some(keys[at]), keys.get(at + 1).copied().or(high))
        })
        .sum()
}

fn check(index: &PoolIndex<u32>, expected: &BTreeSet<(Span, u32)>) {
    assert_eq!(index.len(), expected.len());
    assert_eq!(index.is_empty(), expected.is_empty());
    if !index.is_empty() {
        assert_eq!(check_node(index, index.root, index.height, None, None), index.len());
        let live = |free: &Vec<u32>, all: usize| all - free.len();
        let nodes = live(&index.free_leaves, index.leaves.len());
        assert!(nodes <= index.len().div_ceil(LEAF / 8), "{nodes} leaves for {} slots", index.len());
    }
    assert!(index.iter().eq(expected.iter().map(|&(slot, id)| (id, slot))));
}

fn ask(index: &PoolIndex<u32>, expected: &BTreeSet<(Span, u32)>, asked: Span) {
    let naive: Vec<(u32, Span)> =
        expected.iter().filter(|(slot, _)| slot.overlaps(asked)).map(|&(slot, id)| (id, slot)).collect();
    assert_eq!(index.overlapping(asked).collect::<Vec<_>>(), naive);
    assert_eq!(index.overlaps_any(asked), !naive.is_empty());
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u32, Span),
    Remove(u32, Span),
    /// Removes what a scan would find at this position, so that removals hit.
    RemoveNth(usize),
    Ask(Span),
}

fn steps(starts: i64) -> impl Strategy<Value = Vec<Step>> {
    // Mostly short slots, some very long ones among them.
    let length = prop_oneof![4 => 1_i64..6, 1 => 1_i64..400];
    let span = (0..starts, length).prop_map(|(start, len)| slot(start, len));
    let step = prop_oneof![
        5 => (0_u32..4, span.clone()).prop_map(|(id, span)| Step::Insert(id, span)),
        1 => (0_u32..4, span.clone()).prop_map(|(id, span)| Step::Remove(id, span)),
        3 => (0_usize..1000).prop_map(Step::RemoveNth),
        2 => span.prop_map(Step::Ask),
    ];
    prop::collection::vec(step, 0..1200)
}

fn run(steps: Vec<Step>) {
    let (mut index, mut expected) = (PoolIndex::new(), BTreeSet::new());
    for step in steps {
        match step {
            Step::Insert(id, span) => assert_eq!(index.insert(id, span), expected.insert((span, id))),
            Step::Remove(id, span) => assert_eq!(index.remove(id, span), expected.remove(&(span, id))),
            Step::RemoveNth(nth) => {
                let found = expected.iter().nth(nth % expected.len().max(1)).copied();
                if let Some((span, id)) = found {
                    assert!(index.contains(id, span));
                    assert!(index.remove(id, span) && expected.remove(&(span, id)));
                    assert!(!index.contains(id, span));
                }
            }
            Step::Ask(span) => ask(&index, &expected, span),
        }
    }
    check(&index, &expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn agrees_with_a_scan_where_everything_collides(steps in steps(12)) {
        run(steps);
    }

    #[test]
    fn agrees_with_a_scan_where_slots_spread(steps in steps(900)) {
        run(steps);
    }

    #[test]
    fn built_at_once_or_one_by_one_is_the_same(
        slots in prop::collection::vec((0_u32..40, 0_i64..300, 1_i64..30), 0..700),
    ) {
        let slots: Vec<(u32, Span)> = slots.into_iter().map(|(id, start, len)| (id, slot(start, len))).collect();
        let expected: BTreeSet<(Span, u32)> = slots.iter().map(|&(id, span)| (span, id)).collect();
        let built: PoolIndex<u32> = slots.iter().copied().collect();
        check(&built, &expected);
        for start in (0..330).step_by(11) {
            ask(&built, &expected, slot(start, 7));
        }
    }
}

/// A small generator, so that the long tests need no crate and never change.
fn noise(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn grows_and_shrinks_through_three_levels_in_any_order() {
    for order in 0..3 {
        let (mut index, mut expected, mut state) = (PoolIndex::new(), BTreeSet::new(), 0x9e37_79b9_u64);
        let mut slots: Vec<(u32, Span)> =
            (0..9000_u32).map(|n| (n, slot(i64::from(n) * 3, 1 + (noise(&mut state) % 9) as i64))).collect();
        match order {
            0 => {}
            1 => slots.reverse(),
            _ => slots.sort_by_cached_key(|_| noise(&mut state)),
        }
        for &(id, span) in &slots {
            assert!(index.insert(id, span) && expected.insert((span, id)));
        }
        assert!(index.height >= 2, "height {}", index.height);
        check(&index, &expected);
        for asked in (0..27_000).step_by(1301) {
            ask(&index, &expected, slot(asked, 40));
        }
        slots.sort_by_cached_key(|_| noise(&mut state));
        for (done, &(id, span)) in slots.iter().enumerate() {
            assert!(index.remove(id, span) && expected.remove(&(span, id)));
            if done % 1000 == 7 {
                check(&index, &expected);
            }
        }
        check(&index, &expected);
        assert!(index.insert(1, slot(5, 5)) && index.overlaps_any(slot(9, 1)));
    }
}

#[test]
fn a_year_long_slot_among_short_ones_is_found_and_costs_no_scan() {
    let mut index: PoolIndex<u32> = (0..20_000_u32).map(|n| (n, slot(i64::from(n) * 10, 5))).collect();
    let year = slot(-1, 200_002);
    assert!(index.insert(99_999, year));
    // Between two short slots only the long one is there.
    for start in [5, 99_995, 199_995] {
        assert_eq!(index.overlapping(slot(start, 5)).collect::<Vec<_>>(), [(99_999, year)]);
        // Each level contributes its straddling node and the way to the long slot: a handful of
        // nodes, however far back the long one starts.
        let mut walk = index.overlapping(slot(start, 5));
        let mut looked_into = 0;
        loop {
            let before = walk.level;
            looked_into += walk.pending[walk.level].1.count_ones();
            if walk.next().is_none() && before == walk.level {
                break;
            }
        }
        assert!(looked_into < 12, "{looked_into}");
    }
    assert!(index.remove(99_999, year) && !index.overlaps_any(slot(5, 5)));
}

#[test]
fn many_slots_at_one_instant() {
    let mut index = PoolIndex::new();
    let mut expected = BTreeSet::new();
    for n in 0..1000_u32 {
        let span = slot(7, 1 + i64::from(n % 3));
        assert!(index.insert(n, span) && expected.insert((span, n)));
        assert!(!index.insert(n, span));
    }
    check(&index, &expected);
    ask(&index, &expected, slot(8, 1));
    for n in (0..1000_u32).rev() {
        let span = slot(7, 1 + i64::from(n % 3));
        assert!(index.remove(n, span) && expected.remove(&(span, n)));
    }
    check(&index, &expected);
}

#[test]
fn an_empty_index_answers_and_prints() {
    let mut index: PoolIndex<u32> = PoolIndex::new();
    assert!(!index.overlaps_any(slot(0, 1)) && index.overlapping(slot(0, 1)).next().is_none());
    assert!(!index.remove(1, slot(0, 1)) && !index.contains(1, slot(0, 1)));
    assert_eq!(PoolIndex::<u32>::from_iter([]).len(), 0);
    index.insert(3, slot(0, 1));
    assert_eq!(format!("{index:?}"), "[(3, Span { start: 0, end: 1 })]");
}
