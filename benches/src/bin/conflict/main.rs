//! The conflict engine against sorting, a B-tree and three interval crates.
//!
//! `conflict [slots]`; a million slots by default. Prints Markdown tables. `conflict columns FILE ROUNDS` times one call on
//! the slots of a file.

mod batch;
mod columns;
mod crates;
mod live;
mod moves;
mod rules;
mod shapes;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [mode, path, rounds] = arguments.as_slice()
        && mode == "columns"
    {
        return columns::run(path, rounds.parse()?);
    }
    let slots = arguments.first().map_or(Ok(1_000_000), |count| count.parse())?;
    batch::run(slots);
    live::run(slots);
    moves::run();
    rules::run();
    Ok(())
}
