//! `cargo xtask storm`: everything dies again and again, and what must hold is counted.

use anyhow::{Context as _, Result};

use crate::project::{self, command, run};
use crate::services;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// How long things go wrong; what follows takes a minute or two more
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
}

/// Builds the hub and the storm, and lets it loose on a PostgreSQL of its own. Its last line has the figures.
///
/// # Errors
/// When something that must hold does not, or the build fails.
pub fn storm(options: &Options) -> Result<()> {
    services::install(services::Name::Postgres)?;
    run(project::build_for_tests().args(["--bin", "uhub", "--bin", "storm"]))?;
    let built = project::built_dir()?.join("debug");
    let seconds = (options.minutes * 60.0).round().clamp(1.0, 86_400.0);
    let mut storm = command(built.join("storm"));
    storm.env("UHUB_TEST_BIN", built.join("uhub")).env("UHUB_STORM_SECONDS", format!("{seconds}"));
    run(&mut storm).context("something did not hold")
}
