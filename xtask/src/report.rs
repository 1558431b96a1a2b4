//! The steps of one run: each announced, timed, and listed at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::interrupt;

/// What the steps have come to so far.
#[derive(Debug, Default)]
pub struct Report {
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: &'static str,
    took: Duration,
    error: Option<anyhow::Error>,
}

impl Report {
    /// Runs a step that the following ones need.
    ///
    /// # Errors
    /// The step's own, after the list of steps is printed.
    pub fn require<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        let (took, outcome) = timed(name, step);
        match outcome {
            Ok(value) => {
                self.steps.push(Step { name, took, error: None });
                Ok(value)
            }
            Err(error) => {
                self.steps.push(Step { name, took, error: Some(error) });
                self.print();
                bail!("the rest cannot run without `{name}`")
            }
        }
    }

    /// Runs a step whose failure does not keep the following ones from telling something useful too.
    ///
    /// # Errors
    /// Only when the user interrupted it.
    pub fn attempt(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) -> Result<()> {
        let (took, outcome) = timed(name, step);
        if interrupt::requested() {
            bail!("interrupted");
        }
        if let Err(error) = &outcome {
            eprintln!("xtask: {error:#}");
        }
        self.steps.push(Step { name, took, error: outcome.err() });
        Ok(())
    }

    /// Whether every step so far succeeded.
    pub fn is_clean(&self) -> bool {
        self.steps.iter().all(|step| step.error.is_none())
    }

    /// Lists the steps with their durations and errors.
    pub fn print(&self) {
        eprintln!();
        for Step { name, took, error } in &self.steps {
            let mark = if error.is_some() { "FAILED" } else { "ok" };
            eprintln!("{mark:>6}  {:>7.1} s  {name}", took.as_secs_f64());
        }
        for Step { name, error, .. } in &self.steps {
            if let Some(error) = error {
                eprintln!("\n{name}: {error:#}");
            }
        }
    }
}

fn timed<T>(name: &str, step: impl FnOnce() -> Result<T>) -> (Duration, Result<T>) {
    eprintln!("\n==> {name}");
    let start = Instant::now();
    let outcome = step();
    let took = start.elapsed();
    let mark = if outcome.is_ok() { "done" } else { "failed" };
    eprintln!("<== {name}: {mark} in {:.1} s", took.as_secs_f64());
    (took, outcome)
}
