//! The call from Rust on the very slots that another program asks about, for the bench of the Python package.

use std::{
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use uhub_core::conflict::{Slot, Span, flags};

/// Reads starts, ends (int64, microseconds) and pools (uint32), one column after the other, and prints how many slots
/// overlap another and the median of `rounds` calls, in seconds; one call more, first, does not count.
pub(crate) fn run(path: &str, rounds: usize) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    ensure!(bytes.len() % 20 == 0, "{path}: no columns of 8, 8 and 4 bytes");
    let count = bytes.len() / 20;
    let (starts, rest) = bytes.split_at(8 * count);
    let (ends, pools) = rest.split_at(8 * count);
    let (starts, _) = starts.as_chunks::<8>();
    let (ends, _) = ends.as_chunks::<8>();
    let (pools, _) = pools.as_chunks::<4>();
    let slots = starts.iter().zip(ends).zip(pools).map(|((start, end), pool)| {
        let span = Span::new(i64::from_ne_bytes(*start), i64::from_ne_bytes(*end));
        Ok(Slot { pool: u32::from_ne_bytes(*pool), span: span.context("a slot ends before it starts")? })
    });
    let slots = slots.collect::<Result<Vec<_>>>()?;

    let mut found = 0;
    let mut took = Vec::with_capacity(rounds);
    for round in 0..=rounds {
        let began = Instant::now();
        let flags = black_box(flags(&slots));
        if round > 0 {
            took.push(began.elapsed());
        }
        found = flags.iter().filter(|flag| **flag).count();
    }
    took.sort_unstable();
    let median = took.get(rounds / 2).map_or(0.0, Duration::as_secs_f64);
    println!("{found} {median}");
    Ok(())
}
