#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn slot(pool: u32, start: i64, len: i64) -> Slot {
    Slot { pool, span: Span::new(start, start + len).unwrap() }
}

fn slots() -> impl Strategy<Value = Vec<Slot>> {
    // From crowded to sparse, with coarse and odd starts, near and far pools.
    (1_i64..300, prop_oneof![Just(1_i64), Just(60_000_000), Just(7)], prop_oneof![Just(1_u32), Just(1 << 29)])
        .prop_flat_map(|(range, unit, apart)| {
            let one = (0_u32..4, 0..range, 1_i64..12)
                .prop_map(move |(pool, start, len)| slot(pool * apart, start * unit, len * unit));
            prop::collection::vec(one, 0..60)
        })
}

fn naive_pairs(slots: &[Slot]) -> BTreeSet<(usize, usize)> {
    let overlap =
        |a: usize, b: usize| slots[a].pool == slots[b].pool && slots[a].span.overlaps(slots[b].span);
    (0..slots.len())
        .flat_map(|a| (a + 1..slots.len()).map(move |b| (a, b)))
        .filter(|&(a, b)| overlap(a, b))
        .collect()
}

/// The order that the pairs are promised in: (start, position) of the earlier in front.
fn in_promised_order(slots: &[Slot], pairs: BTreeSet<(usize, usize)>) -> Vec<(usize, usize)> {
    let rank = |at: usize| (slots[at].pool, slots[at].span.start(), at);
    let mut pairs: Vec<_> =
        pairs.into_iter().map(|(a, b)| if rank(a) < rank(b) { (a, b) } else { (b, a) }).collect();
    pairs.sort_by_key(|&(a, b)| (rank(b), rank(a)));
    pairs
}

/// Clusters by joining overlapping pairs until nothing changes.
fn naive_groups(slots: &[Slot]) -> Vec<Group> {
    let mut label: Vec<usize> = (0..slots.len()).collect();
    for (a, b) in naive_pairs(slots) {
        let (from, to) = (label[b], label[a]);
        label.iter_mut().filter(|of| **of == from).for_each(|of| *of = to);
    }
    let mut groups: Vec<Group> = Vec::new();
    for wanted in label.iter().copied().collect::<BTreeSet<_>>() {
        let mut members: Vec<usize> = (0..slots.len()).filter(|&at| label[at] == wanted).collect();
        members.sort_by_key(|&at| (slots[at].span.start(), at));
        let start = members.iter().map(|&at| slots[at].span.start()).min().unwrap();
        let end = members.iter().map(|&at| slots[at].span.end()).max().unwrap();
        groups.push(Group { pool: slots[members[0]].pool, span: Span::new(start, end).unwrap(), members });
    }
    groups.retain(|group| group.members.len() > 1);
    groups.sort_by_key(|group| (group.pool, group.span));
    groups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn agrees_with_comparing_every_slot_with_every_other(slots in slots()) {
        let expected = naive_pairs(&slots);
        let flagged: BTreeSet<usize> = expected.iter().flat_map(|&(a, b)| [a, b]).collect();
        let found = flags(&slots);
        prop_assert_eq!(found.len(), slots.len());
        prop_assert!(found.iter().enumerate().all(|(at, &flag)| flag == flagged.contains(&at)));
        prop_assert_eq!(pairs(&slots), in_promised_order(&slots, expected));
        prop_assert_eq!(groups(&slots), naive_groups(&slots));

        // The fast ways through sorted and reversed input.
        let mut sorted = slots;
        sorted.sort_unstable();
        let mut reversed = sorted.clone();
        reversed.reverse();
        let mut backwards = flags(&reversed);
        backwards.reverse();
        prop_assert_eq!(flags(&sorted), backwards);
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
fn large_orders_are_those_of_a_comparison_sort() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    // (pools, factor between pools, range of starts, unit): what fits a word, what does not, what is
    // nothing but ties, and pools so far apart that hardly a bit of the starts is kept.
    let shapes = [
        (50, 1, 1 << 20, 60_000_000_i64),
        (50, 1, 1 << 53, 1),
        (3, 1_400_000_000, 1 << 60, 1),
        (3, 1_400_000_000, 40, 1),
        (1, 1, 1, 1),
        (1, 1, 3, 1 << 50),
    ];
    for (pools, apart, range, unit) in shapes {
        for len in [2047, 2048, 7000] {
            let slots: Vec<Slot> = (0..len)
                .map(|_| {
                    let pool = (noise(&mut state) % pools) as u32 * apart;
                    let start = (noise(&mut state) % range) as i64 * unit - Span::LIMIT / 2;
                    slot(pool, start.min(Span::LIMIT - 9), 1 + (noise(&mut state) % 7) as i64)
                })
                .collect();
            let mut expected: Vec<usize> = (0..slots.len()).collect();
            expected.sort_by_key(|&at| (slots[at].pool, slots[at].span.start(), at));
            let mut found = Vec::new();
            let ControlFlow::Continue(()) =
                Order::of(&slots).visit::<Infallible>(&slots, |slot, position| {
                    assert_eq!(slot, slots[position]);
                    found.push(position);
                    ControlFlow::Continue(())
                });
            assert!(found == expected, "{pools} {apart} {range} {unit} {len}");
        }
    }
}

#[test]
fn flags_and_pairs_agree_on_many_slots() {
    let mut state = 77;
    let slots: Vec<Slot> = (0..20_000)
        .map(|_| {
            let long = if noise(&mut state).is_multiple_of(500) { 4000 } else { 60 };
            let start = noise(&mut state) % 2_000_000;
            slot((noise(&mut state) % 7) as u32, start as i64, 1 + (noise(&mut state) % long) as i64)
        })
        .collect();
    let mut flagged = vec![false; slots.len()];
    for (a, b) in pairs(&slots) {
        assert!(slots[a].pool == slots[b].pool && slots[a].span.overlaps(slots[b].span));
        flagged[a] = true;
        flagged[b] = true;
    }
    assert_eq!(flags(&slots), flagged);
    let mut grouped = vec![false; slots.len()];
    for group in groups(&slots) {
        group.members.iter().for_each(|&at| grouped[at] = true);
    }
    assert_eq!(grouped, flagged);
}

#[test]
fn visiting_can_stop() {
    let slots = [slot(0, 0, 5), slot(0, 1, 5), slot(0, 2, 5)];
    let mut seen = Vec::new();
    let stopped = for_each_pair(&slots, |a, b| {
        seen.push((a, b));
        if seen.len() == 2 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
    });
    assert_eq!((stopped, seen), (ControlFlow::Break("enough"), vec![(0, 1), (0, 2)]));
}

#[test]
fn nothing_to_compare() {
    assert!(flags(&[]).is_empty() && pairs(&[]).is_empty() && groups(&[]).is_empty());
    assert_eq!(flags(&[slot(9, 0, 1)]), [false]);
    // Touching ends and other pools do not conflict.
    let apart = [slot(0, 0, 5), slot(0, 5, 5), slot(1, 0, 5)];
    assert_eq!(flags(&apart), [false; 3]);
    assert!(groups(&apart).is_empty());
}
