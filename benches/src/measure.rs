//! Medians of interleaved rounds.

use std::hint::black_box;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Contenders on one question.
#[derive(Default)]
pub struct Contest<'a> {
    contenders: Vec<(String, Contender<'a>)>,
}

type Contender<'a> = Box<dyn FnMut() -> Duration + 'a>;

impl<'a> Contest<'a> {
    /// Adds a contender that times itself, so that it can leave its preparations out.
    pub fn timed(&mut self, name: impl Into<String>, run: impl FnMut() -> Duration + 'a) -> &mut Self {
        self.contenders.push((name.into(), Box::new(run)));
        self
    }

    /// Adds a contender that is timed as a whole.
    pub fn add<T>(&mut self, name: impl Into<String>, mut run: impl FnMut() -> T + 'a) -> &mut Self {
        self.timed(name, move || time(&mut run))
    }

    /// Runs everybody once a round and returns the medians in the order added. One more round, not
    /// counted, goes first.
    pub fn medians(&mut self, rounds: usize) -> Vec<(String, Duration)> {
        let mut times = vec![Vec::with_capacity(rounds); self.contenders.len()];
        for round in 0..=rounds {
            for ((_, run), times) in self.contenders.iter_mut().zip(&mut times) {
                let took = run();
                if round > 0 {
                    times.push(took);
                }
            }
        }
        let names = self.contenders.iter().map(|(name, _)| name.clone());
        names.zip(times.into_iter().map(median)).collect()
    }
}

/// How long `run` takes; its result is neither skipped nor freed within that time.
pub fn time<T>(run: impl FnOnce() -> T) -> Duration {
    let started = on_processor();
    let result = black_box(run());
    let took = on_processor().saturating_sub(started);
    drop(result);
    took
}

/// The processor time of this thread so far: what else the machine does meanwhile does not count, save
/// for the caches that it takes. For work that neither waits nor leaves its thread.
fn on_processor() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

/// The middle of some times, zero of none.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A duration in the unit that reads best.
pub fn human(took: Duration) -> String {
    let nanos = took.as_nanos() as f64;
    match nanos {
        ..1e3 => format!("{nanos:.0} ns"),
        ..1e6 => format!("{:.1} µs", nanos / 1e3),
        ..1e9 => format!("{:.1} ms", nanos / 1e6),
        _ => format!("{:.2} s", nanos / 1e9),
    }
}

/// The time for one of `count` in a time for all of them, to a tenth of a nanosecond.
pub fn each(took: Duration, count: usize) -> String {
    let nanos = took.as_nanos() as f64 / count as f64;
    if nanos < 100.0 { format!("{nanos:.1} ns") } else { human(Duration::from_nanos(nanos as u64)) }
}

/// `took` as a multiple of `other`.
pub fn ratio(took: Duration, other: Duration) -> String {
    format!("{:.2} ×", took.as_secs_f64() / other.as_secs_f64().max(1e-12))
}

/// Prints one line of a Markdown table.
pub fn row<S: AsRef<str>>(cells: &[S]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    println!("| {} |", cells.join(" | "));
}

/// Prints a title and the head of a Markdown table.
pub fn head(title: &str, columns: &[&str]) {
    println!("\n### {title}\n");
    row(columns);
    row(&vec!["---"; columns.len()]);
}
