//! A whole hub from one seed: people, workers, schedulers and the world outside, over a store in memory, with clocks that
//! differ and jump, processes that die or sleep anywhere between two transactions, transactions that fail, and answers
//! that get lost after the commit. After every step all of DOMAIN §3 to §5 that must always hold is looked at.
//!
//! `UHUB_SIM_SEED=n` lives one history and tells its story; `UHUB_SIM_HISTORIES=n` lives more of them, or fewer.

mod chance;
mod check;
mod defects;
mod held;
mod history;
mod keeper;
mod outside;
mod scene;
mod store;
mod worker;

use std::{
    any::Any,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use self::{defects::Defect, history::History};

/// Seeds of histories that once found something. They mean the same as long as nobody draws another number before.
///
/// 5717, 8134: the store's clock was set forward between a worker's record of a handle and its start; another one found
/// that nothing had started, and both started it.
const KEPT: &[u64] = &[5717, 8134];

/// How many histories a run of the tests lives.
const HISTORIES: u64 = 10_000;

/// What went wrong, and how it came to that.
struct Wrong {
    seed: u64,
    what: String,
    story: Vec<String>,
}

/// Lives the history of `seed`; gives how often what was met.
fn live(seed: u64, defect: Option<Defect>) -> Result<BTreeMap<&'static str, u32>, Wrong> {
    let lived = |told: bool| {
        let mut history = History::new(seed, defect, told);
        let outcome = catch_unwind(AssertUnwindSafe(|| history.live()));
        (outcome.map_err(|panic| said(&*panic)), history)
    };
    match lived(false) {
        (Ok(()), history) => Ok(history.scene.check.met),
        // The same once more, for its story.
        (Err(what), _) => Err(Wrong { seed, what, story: lived(true).1.scene.story() }),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

impl Wrong {
    fn tell(&self) -> String {
        let Self { seed, what, story } = self;
        format!(
            "history {seed}: {what}\nit alone: UHUB_SIM_SEED={seed} cargo nextest run --workspace -E 'test(simulation)'\n{}",
            story.join("\n")
        )
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is told by its environment which histories to live")]
fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

/// Ten thousand histories, and what they must have come to so that they prove something.
#[test]
fn in_every_history_what_must_hold_holds() {
    if let Some(seed) = from_environment("UHUB_SIM_SEED") {
        let outcome = live(seed, None);
        assert!(outcome.is_ok(), "{}", outcome.err().map(|wrong| wrong.tell()).unwrap_or_default());
        return;
    }
    let histories = from_environment("UHUB_SIM_HISTORIES").unwrap_or(HISTORIES);
    let (next, met, wrong) = (AtomicU64::new(0), Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    let seeds = || {
        let n = next.fetch_add(1, Ordering::Relaxed);
        (n < histories).then_some(n)
    };
    let work = || {
        while let Some(seed) = seeds() {
            match live(seed, None) {
                Ok(its) => {
                    let mut met = met.lock().unwrap();
                    for (what, times) in its {
                        *met.entry(what).or_insert(0) += times;
                    }
                }
                Err(found) => {
                    let mut wrong = wrong.lock().unwrap();
                    wrong.push(found);
                    if wrong.len() >= 3 {
                        next.store(histories, Ordering::Relaxed);
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.iter().map(Wrong::tell).collect::<Vec<_>>().join("\n\n"));
    let met = met.into_inner().unwrap();
    println!("{histories} histories: {met:?}");
    let must = [
        "begun with an approval",
        "log chunks",
        "lost",
        "missed",
        "requeued",
        "stale word refused",
        "started by itself",
        "taken over",
        "tried again",
    ];
    for what in must {
        let times = u64::from(met.get(what).copied().unwrap_or(0));
        assert!(times >= histories / 100, "{what} is too rare: {met:?}");
    }
}

#[test]
fn histories_that_once_found_something_find_nothing_any_more() {
    for seed in KEPT {
        let outcome = live(*seed, None);
        assert!(outcome.is_ok(), "{}", outcome.err().map(|wrong| wrong.tell()).unwrap_or_default());
    }
}

/// The same seed lives the same history: else none could be looked at again.
#[test]
fn a_seed_tells_its_whole_history() {
    for seed in 0..20 {
        let story = || {
            let mut history = History::new(seed, None, true);
            history.live();
            let everything = history.scene.acted.world.everything();
            (history.scene.story(), everything)
        };
        assert_eq!(story(), story());
    }
}

/// A checker that finds nothing proves nothing: each of these faults it must find, for what it is.
#[test]
fn faults_made_on_purpose_are_found() {
    for (defect, words) in defects::ALL {
        let found = (0..3000).find_map(|seed| live(seed, Some(defect)).err());
        let found = found.unwrap_or_else(|| panic!("{defect:?} is not found"));
        assert!(found.what.contains(words), "{defect:?} is found as {}", found.tell());
    }
}
