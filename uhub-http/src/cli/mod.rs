//! The command line, and the same options for a hub inside another program.

mod args;
mod audit;
mod calendar;
mod config;
mod conflicts;
#[cfg(feature = "docker")]
mod docker;
mod embed;
mod hub;
mod migrate;
mod output;
mod prune;
mod report;
mod secrets;
mod seed;
mod serve;
mod token;
mod transfer;
mod user;
#[cfg(feature = "vault")]
mod vault;
mod webhook;
mod worker;

use std::{ffi::OsString, future::Future, process::ExitCode};

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use args::{Cli, Command, LogFormat};
pub use embed::{Embedded, Serving};

/// It is done.
const DONE: u8 = 0;
/// It was refused, or failed.
const FAILED: u8 = 1;
/// The command line or the configuration is wrong.
const USAGE: u8 = 2;

/// Reads the command line, does what it says, and tells by the exit code how that went.
pub fn main() -> ExitCode {
    ExitCode::from(main_with(std::env::args_os()))
}

/// Does what the command line `args` says, of which the first is the program's name. Gives the exit code: 0 done, 1
/// refused or failed, 2 wrong usage.
pub fn main_with(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match config::parse(args) {
        Ok(cli) => cli,
        Err(config::Wrong::Usage(error)) => {
            let code = if error.use_stderr() { USAGE } else { DONE };
            // Nobody to tell when that fails, too.
            let _ = error.print();
            return code;
        }
        Err(config::Wrong::File(text)) => {
            output::complain(&text);
            return USAGE;
        }
    };
    start_log(&cli);
    match run(cli.command) {
        Ok(true) => DONE,
        Ok(false) => FAILED,
        Err(error) if output::is_broken_pipe(&error) => DONE,
        Err(error) => {
            output::complain(&format!("{error:#}"));
            FAILED
        }
    }
}

/// Whether it went well.
fn run(command: Command) -> anyhow::Result<bool> {
    match command {
        Command::Serve(args) => serve::run(*args),
        Command::Worker(args) => worker::run(&args),
        Command::Migrate(args) => block_on(migrate::run(args)),
        Command::Seed(args) => block_on(seed::run(args)),
        Command::User(args) => block_on(user::run(args)),
        Command::Token(args) => block_on(token::run(args)),
        Command::Conflicts(args) => block_on(conflicts::run(args)),
        Command::Calendar(args) => block_on(calendar::run(args)),
        Command::Report(args) => block_on(report::run(args)),
        Command::Audit(args) => block_on(audit::run(args)),
        Command::Prune(args) => block_on(prune::run(args)),
        Command::Export(args) => block_on(transfer::export(args)),
        Command::Import(args) => block_on(transfer::import(args)),
        Command::Openapi => {
            output::print(&crate::openapi::json())?;
            Ok(true)
        }
    }
}

/// Runs a short command: one thread is enough.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let result = runtime.block_on(work);
    // A prompt that nobody answers must not hold the program.
    runtime.shutdown_background();
    result
}

/// Logs go to standard error: standard output is for answers.
fn start_log(cli: &Cli) {
    // Vault's client tells each failure several times over, and uHub tells it itself.
    let words = cli.log.clone().unwrap_or_else(|| match cli.command {
        Command::Serve(_) | Command::Worker(_) => "info,sqlx=warn,vaultrs=off,rustify=off".to_owned(),
        _ => "warn".to_owned(),
    });
    let filter = EnvFilter::try_new(&words).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    match cli.log_format {
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).init(),
        LogFormat::Text => {
            let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
            registry.with(layer.with_ansi(is_terminal)).init();
        }
    }
}
