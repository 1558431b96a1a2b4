//! What is left to chance, all of it from one seed.

use proptest::{
    prelude::*,
    strategy::{BoxedStrategy, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::super::machine::step::{Step, people};

pub(super) struct Chance {
    runner: TestRunner,
    people: BoxedStrategy<Step>,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let config = Config { failure_persistence: None, ..Config::default() };
        Self { runner: TestRunner::new_with_rng(config, rng), people: people().boxed() }
    }

    /// From 0, below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.runner.rng().random_range(0..end.max(1))
    }

    /// From `from`, at most `to`.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        self.runner.rng().random_range(from..=to)
    }

    /// Yes, once in so many times.
    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// What somebody does next.
    pub(super) fn step(&mut self) -> Step {
        self.people.new_tree(&mut self.runner).expect("every step can be made").current()
    }
}
