//! Which of n slots overlap another, and which pairs do.

use std::ops::ControlFlow;
use std::time::Duration;

use uhub_benches::measure::{Contest, head, human, ratio, row, time};
use uhub_core::conflict::{Slot, flags, for_each_pair, groups};

use crate::crates::{self, Seconds};
use crate::shapes;

const ROUNDS: usize = 9;
/// The crates take seconds on some shapes.
const CRATE_ROUNDS: usize = 3;

pub fn run(count: usize) {
    println!("Shapes, {count} slots in {} pools each:\n", shapes::POOLS);
    for shape in &shapes::ALL {
        let slots = shape.slots(count);
        let flagged = flags(&slots).iter().filter(|flag| **flag).count();
        let share = 100.0 * flagged as f64 / count.max(1) as f64;
        println!("- {}: {}; {share:.0} % conflict, {} pairs", shape.name, shape.what, pairs(&slots));
    }

    head(
        "Which of n slots overlap another",
        &["shape", "std sort_unstable", "flags", "flags / sort", "groups", "groups / sort"],
    );
    for shape in &shapes::ALL {
        let slots = shape.slots(count);
        let mut contest = Contest::default();
        contest
            .timed("sort", || sort(&slots))
            .add("flags", || flags(&slots))
            .add("groups", || groups(&slots));
        let medians: Vec<Duration> = contest.medians(ROUNDS).into_iter().map(|(_, took)| took).collect();
        let [sort, flags, groups] = medians[..] else { return };
        row(&[
            shape.name.to_owned(),
            human(sort),
            human(flags),
            ratio(flags, sort),
            human(groups),
            ratio(groups, sort),
        ]);
    }

    flags_against_crates(count);
    pairs_against_crates(count);
}

/// The same slots, sorted as std sorts best; copying them first is not timed.
fn sort(slots: &[Slot]) -> Duration {
    let mut slots = slots.to_vec();
    time(|| slots.sort_unstable())
}

fn pairs(slots: &[Slot]) -> u64 {
    let mut pairs = 0;
    let _ = for_each_pair::<()>(slots, |_, _| {
        pairs += 1;
        ControlFlow::Continue(())
    });
    pairs
}

fn flags_against_crates(count: usize) {
    type Contender = (&'static str, fn(&[Seconds]) -> Vec<bool>);
    const CONTENDERS: [Contender; 4] = [
        ("superintervals `count`", crates::superintervals_flags),
        ("rust-lapper `count`", crates::lapper_flags),
        ("rust-lapper `seek`, in order", crates::lapper_seek_flags),
        ("coitrees `query_count`", crates::coitrees_flags),
    ];
    let names: Vec<&str> = CONTENDERS.iter().map(|(name, _)| *name).collect();
    head("Which of n slots overlap another, against the crates", &[&["shape", "flags"], &names[..]].concat());
    for shape in shapes::ALL.iter().filter(|shape| shape.seconds) {
        let slots = shape.slots(count);
        let given = crates::in_seconds(&slots);
        let expected = flags(&slots);
        let mut contest = Contest::default();
        contest.add("flags", || flags(&slots));
        for (name, run) in CONTENDERS {
            // `seek` scans back by the longest slot: months of it make it minutes.
            if name.contains("seek") && shape.name.contains("long") {
                continue;
            }
            assert!(run(&given) == expected, "{name} disagrees on {}", shape.name);
            let given = &given;
            contest.add(name, move || run(given));
        }
        print(shape.name, &names, &contest.medians(CRATE_ROUNDS));
    }
}

fn pairs_against_crates(count: usize) {
    type Contender = (&'static str, fn(&[Seconds]) -> u64);
    const CONTENDERS: [Contender; 3] = [
        ("superintervals `search_values`", crates::superintervals_pairs),
        ("rust-lapper `seek`, in order", crates::lapper_pairs),
        ("coitrees `query`", crates::coitrees_pairs),
    ];
    let names: Vec<&str> = CONTENDERS.iter().map(|(name, _)| *name).collect();
    head("All pairs", &[&["shape", "for_each_pair"], &names[..]].concat());
    for shape in shapes::ALL.iter().filter(|shape| shape.seconds && !shape.name.contains("order")) {
        let slots = shape.slots(count);
        let given = crates::in_seconds(&slots);
        let expected = pairs(&slots);
        let mut contest = Contest::default();
        contest.add("for_each_pair", || pairs(&slots));
        for (name, run) in CONTENDERS {
            if name.contains("seek") && shape.name.contains("long") {
                continue;
            }
            assert_eq!(run(&given), expected, "{name} disagrees on {}", shape.name);
            let given = &given;
            contest.add(name, move || run(given));
        }
        print(shape.name, &names, &contest.medians(CRATE_ROUNDS));
    }
}

/// One row: our time, then each crate's with how many times ours it is.
fn print(shape: &str, names: &[&str], medians: &[(String, Duration)]) {
    let Some(((_, ours), theirs)) = medians.split_first() else { return };
    let cell = |name: &&str| {
        let found = theirs.iter().find(|(other, _)| other == name);
        found
            .map_or_else(|| "–".to_owned(), |(_, took)| format!("{} ({})", human(*took), ratio(*took, *ours)))
    };
    let cells: Vec<String> =
        [shape.to_owned(), human(*ours)].into_iter().chain(names.iter().map(cell)).collect();
    row(&cells);
}
