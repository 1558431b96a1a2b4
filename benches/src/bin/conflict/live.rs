//! One structure holding a million slots that is asked, and changed, one slot at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use superintervals::IntervalMap;
use uhub_benches::measure::{each, head, human, median, row, time};
use uhub_core::conflict::{PoolIndex, Span};

use crate::crates::{Seconds, superintervals_of};
use crate::shapes::{self, SECOND, Shape};

const ROUNDS: usize = 5;
const ASKED: usize = 200_000;

/// A structure under test: our index, a B-tree by (start, id), or a crate's map.
trait Live {
    /// A digest of the ids that overlap each slot.
    fn query(&self, asked: &[Span]) -> u64;
    /// How many of the slots overlap anything.
    fn any(&self, asked: &[Span]) -> usize;
    /// Inserts `asked` with ids from `first` on.
    fn insert(&mut self, first: u64, asked: &[Span]);
    /// Takes them out again.
    fn remove(&mut self, first: u64, asked: &[Span]);
}

pub fn run(count: usize) {
    for shape in &shapes::ONE_POOL {
        // More slots than are kept: the surplus is asked for and inserted.
        let mut slots: Vec<Span> = shape.slots(count + ASKED).into_iter().map(|slot| slot.span).collect();
        let asked = slots.split_off(count);
        compare(shape, &slots, &asked);
    }
}

fn compare(shape: &Shape, slots: &[Span], asked: &[Span]) {
    let numbered = || slots.iter().enumerate().map(|(id, &slot)| (id as u64, slot));
    let mut index: PoolIndex<u64> = numbered().collect();
    let mut tree = Tree {
        slots: numbered().map(|(id, slot)| ((slot.start(), id), slot.end())).collect(),
        longest: slots.iter().chain(asked).map(|slot| slot.len()).max().unwrap_or(0),
    };
    let hits: usize = asked.iter().map(|&slot| index.overlapping(slot).count()).sum();
    let title = format!(
        "One structure of {} slots, {}: {:.1} hits a query",
        slots.len(),
        shape.name,
        hits as f64 / asked.len() as f64
    );
    head(&title, &["structure", "overlapping", "overlaps any?", "insert", "remove"]);

    // By start alone a tree has to look as far back as the longest slot: then fewer questions must do.
    let few = if tree.longest > 24 * 3600 * SECOND { &asked[..asked.len() / 100] } else { asked };
    assert_eq!(tree.query(few), index.query(few));
    assert_eq!(tree.any(few), index.any(few));
    let mut times: [Vec<[Duration; 4]>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..=ROUNDS {
        times[0].push(round(&mut index, slots.len() as u64, asked, asked));
        times[1].push(round(&mut tree, slots.len() as u64, asked, few));
    }
    report("`PoolIndex`", &times[0][1..], asked.len(), asked.len());
    report("`BTreeMap` by start", &times[1][1..], few.len(), asked.len());
    if shape.seconds {
        against_superintervals(&index, slots, asked);
    }
}

fn round(live: &mut impl Live, first: u64, asked: &[Span], questions: &[Span]) -> [Duration; 4] {
    [
        time(|| live.query(questions)),
        time(|| live.any(questions)),
        time(|| live.insert(first, asked)),
        time(|| live.remove(first, asked)),
    ]
}

fn report(name: &str, rounds: &[[Duration; 4]], questions: usize, changes: usize) {
    let middle = |column: usize| median(rounds.iter().map(|round| round[column]).collect());
    row(&[
        name.to_owned(),
        each(middle(0), questions),
        each(middle(1), questions),
        each(middle(2), changes),
        each(middle(3), changes),
    ]);
}

/// It has no insertion: `build` sorts and links everything again, which is what its one change costs.
fn against_superintervals(index: &PoolIndex<u64>, slots: &[Span], asked: &[Span]) {
    let first = slots.iter().chain(asked).map(|slot| slot.start()).min().unwrap_or(0);
    let second = |instant: i64| i32::try_from((instant - first) / SECOND).unwrap_or(i32::MAX - 1);
    let in_seconds = |spans: &[Span]| -> Vec<Seconds> {
        let seconds = |(slot, position): (&Span, u32)| Seconds {
            pool: 0,
            start: second(slot.start()),
            end: second(slot.end()),
            position,
        };
        spans.iter().zip(0..).map(seconds).collect()
    };
    let mut map = superintervals_of(&in_seconds(slots));
    let questions = in_seconds(asked);
    assert_eq!(query_superintervals(&map, &questions), index.query(asked));
    let (mut query, mut any, mut change) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..=ROUNDS {
        query.push(time(|| query_superintervals(&map, &questions)));
        any.push(time(|| questions.iter().filter(|slot| map.has_overlaps(slot.start, slot.end - 1)).count()));
    }
    for &Seconds { start, end, position, .. } in &questions[..ROUNDS] {
        change.push(time(|| {
            map.add(start, end - 1, position);
            map.build();
        }));
    }
    row(&[
        "superintervals".to_owned(),
        each(median(query), questions.len()),
        each(median(any), questions.len()),
        format!("{} (rebuilt)", human(median(change))),
        "–".to_owned(),
    ]);
}

fn query_superintervals(map: &IntervalMap<u32>, questions: &[Seconds]) -> u64 {
    let mut found = Vec::new();
    let mut digest = 0;
    for &Seconds { start, end, .. } in questions {
        found.clear();
        map.search_values(start, end - 1, &mut found);
        digest += found.iter().map(|&id| digest_of(u64::from(id))).sum::<u64>();
    }
    digest
}

fn digest_of(id: u64) -> u64 {
    id % 8 + 1
}

impl Live for PoolIndex<u64> {
    fn query(&self, asked: &[Span]) -> u64 {
        asked.iter().map(|&slot| self.overlapping(slot).map(|(id, _)| digest_of(id)).sum::<u64>()).sum()
    }

    fn any(&self, asked: &[Span]) -> usize {
        asked.iter().filter(|slot| self.overlaps_any(**slot)).count()
    }

    fn insert(&mut self, first: u64, asked: &[Span]) {
        (first..).zip(asked).for_each(|(id, &slot)| assert!(PoolIndex::insert(self, id, slot)));
    }

    fn remove(&mut self, first: u64, asked: &[Span]) {
        (first..).zip(asked).for_each(|(id, &slot)| assert!(PoolIndex::remove(self, id, slot)));
    }
}

/// What one would write first: a B-tree by start that looks back by the longest slot.
struct Tree {
    slots: BTreeMap<(i64, u64), i64>,
    longest: i64,
}

impl Tree {
    fn overlapping(&self, slot: &Span) -> impl Iterator<Item = u64> {
        let from = slot.start();
        self.slots
            .range((from - self.longest, 0)..(slot.end(), 0))
            .filter(move |(_, end)| **end > from)
            .map(|((_, id), _)| *id)
    }
}

impl Live for Tree {
    fn query(&self, asked: &[Span]) -> u64 {
        asked.iter().map(|slot| self.overlapping(slot).map(digest_of).sum::<u64>()).sum()
    }

    fn any(&self, asked: &[Span]) -> usize {
        asked.iter().filter(|slot| self.overlapping(slot).next().is_some()).count()
    }

    fn insert(&mut self, first: u64, asked: &[Span]) {
        for (id, slot) in (first..).zip(asked) {
            self.slots.insert((slot.start(), id), slot.end());
        }
    }

    fn remove(&mut self, first: u64, asked: &[Span]) {
        for (id, slot) in (first..).zip(asked) {
            self.slots.remove(&(slot.start(), id));
        }
    }
}
