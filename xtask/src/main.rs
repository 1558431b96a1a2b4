//! All automation of the project: `cargo xtask --help`.

mod bench;
mod check;
mod demo;
mod docs;
mod generate;
mod interrupt;
mod packages;
mod project;
mod python;
mod report;
mod services;
mod storm;
mod test;
mod ui;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Automation of the uHub project
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the hub and serve it with demo data on 127.0.0.1:8080
    Demo(demo::Options),
    /// Build the web app, which the next build of the hub takes in
    Ui,
    /// Check everything and run all tests, with what they need installed and started
    Test(test::Options),
    /// Run only the checks that need no server: format, lints, purity of the core, features, packages, documents, generated
    /// files
    Check,
    /// Build the Python wheel, and tell where it is
    Wheel,
    /// Write the files that are generated from the code
    Generate {
        /// Only tell whether they are up to date
        #[arg(long)]
        check: bool,
    },
    /// Run the benches, optimised
    Bench(bench::Options),
    /// Let everything die again and again under load, and count what must hold
    Storm(storm::Options),
    /// Check licences, banned crates and sources of all dependencies
    Deny {
        /// Also known vulnerabilities, for which a database is fetched
        #[arg(long)]
        advisories: bool,
    },
    /// Run throwaway servers for tests: `eval "$(cargo xtask services up postgres)"`
    #[command(subcommand)]
    Services(Services),
}

#[derive(Subcommand)]
enum Services {
    /// Start servers that stay up until `down`; prints the variables by which tests find them
    Up {
        #[arg(required = true)]
        names: Vec<services::Name>,
    },
    /// Stop servers started by `up`
    Down {
        #[arg(required = true)]
        names: Vec<services::Name>,
    },
    /// Run a command with servers that live as long as it does: `services run postgres -- cargo nextest run`
    Run {
        #[arg(required = true)]
        names: Vec<services::Name>,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Tell which servers are up (all of them when none is named)
    Status { names: Vec<services::Name> },
    /// Run a server until the end of stdin
    #[command(hide = true)]
    Hold { name: services::Name },
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            // What shells report for a program that Ctrl-C ended.
            if interrupt::requested() { ExitCode::from(130) } else { ExitCode::FAILURE }
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    interrupt::listen()?;
    // Asked for before any step can build this program anew, which would make the answer "(deleted)".
    let xtask = &std::env::current_exe()?;
    match cli.command {
        Command::Demo(options) => demo::demo(&options),
        Command::Test(options) => return test::test(&options, xtask),
        Command::Ui => ui::build(),
        Command::Check => check::ALL.iter().try_for_each(|(_, check)| check()),
        Command::Wheel => python::wheel().map(|wheel| println!("{}", wheel.display())),
        Command::Generate { check } => generate::generate(check),
        Command::Bench(options) => bench::bench(&options, xtask),
        Command::Storm(options) => storm::storm(&options),
        Command::Deny { advisories } => check::deny(advisories),
        Command::Services(command) => match command {
            Services::Up { names } => services::up(&names),
            Services::Down { names } => services::down(&names),
            Services::Run { names, command } => services::run(&names, &command, xtask),
            Services::Status { names } if names.is_empty() => {
                services::status(<services::Name as clap::ValueEnum>::value_variants())
            }
            Services::Status { names } => services::status(&names),
            Services::Hold { name } => services::hold(name),
        },
    }?;
    Ok(ExitCode::SUCCESS)
}
