//! All automation of the project: `cargo xtask --help`.

mod interrupt;
mod packages;
mod project;
mod services;

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
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    interrupt::listen()?;
    // Asked for before any step can build this program anew, which would make the answer "(deleted)".
    let xtask = &std::env::current_exe()?;
    match cli.command {
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
    }
}
