//! The conflict engine against sorting, a B-tree and three interval crates.
//!
//! `conflict [slots]`; a million slots by default. Prints Markdown tables.

mod batch;
mod crates;
mod live;
mod moves;
mod rules;
mod shapes;

fn main() -> anyhow::Result<()> {
    let slots = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    batch::run(slots);
    live::run(slots);
    moves::run();
    rules::run();
    Ok(())
}
