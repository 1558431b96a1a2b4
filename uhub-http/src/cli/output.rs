//! What is written where: answers to standard output, complaints and progress to standard error.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Writes a line of answer.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes an answer for programs.
pub(crate) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(print(&serde_json::to_string_pretty(value)?)?)
}

/// Writes one line of complaint.
pub(crate) fn complain(text: &str) {
    let line: String = text.chars().map(|c| if c == '\n' { ' ' } else { c }).collect();
    // Nobody to tell when that fails, too.
    let _ = writeln!(io::stderr(), "uhub: {line}");
}

/// Writes something for the operator that is no answer.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Whether the reader of the answer went away (`| head`).
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A bar on long work, where somebody looks.
pub(crate) fn progress(length: Option<u64>, what: &'static str, forced: bool) -> ProgressBar {
    if !forced && !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, form) = match length {
        Some(length) => {
            (ProgressBar::new(length), "{msg} [{bar:30}] {human_pos}/{human_len} {per_sec} {eta}")
        }
        None => (ProgressBar::new_spinner(), "{msg} {human_pos} {per_sec}"),
    };
    let bar = bar.with_message(what);
    match ProgressStyle::with_template(form) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

/// Text for a cell of a table: nothing that could steer a terminal.
pub(crate) fn inert(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
