//! Flags, variables and one file, in this order of weight. A flag's variable and key follow from its name, and the file's
//! values become the flags' defaults: each option is described, typed and checked in one place.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, Command, CommandFactory as _, FromArgMatches as _};
use toml::de::{DeTable, DeValue};

use super::args::Cli;

/// Why the command line cannot be followed.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// It is wrong itself, or asks for help.
    Usage(clap::Error),
    /// The configuration file is wrong; the text says where.
    File(String),
}

/// What a file sets: values by key.
type Values = BTreeMap<String, Vec<String>>;

/// Variables that are not named after their flag.
const VARIABLES: [(&str, &str); 1] = [("demo", "UHUB_SEED_DEMO")];

/// What only makes sense on the command line itself.
const ONLY_FLAGS: [&str; 3] = ["help", "version", "config"];

/// Reads the command line of `args`, the variables and the file.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, Wrong> {
    let args: Vec<OsString> = args.into_iter().collect();
    let command = with_variables(Cli::command());
    let values = match config_path(&args) {
        Some(path) => read(&path, &command)?,
        None => Values::new(),
    };
    let matches = with_defaults(command, &values).try_get_matches_from(args).map_err(Wrong::Usage)?;
    Cli::from_arg_matches(&matches).map_err(Wrong::Usage)
}

/// The key of a flag: its name, with underscores.
fn key(arg: &Arg) -> Option<String> {
    let long = arg.get_long()?;
    (!ONLY_FLAGS.contains(&long)).then(|| long.replace('-', "_"))
}

fn with_variables(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let variable = match (arg.get_long(), key(&arg)) {
                (Some("config"), _) => Some("UHUB_CONFIG".to_owned()),
                (Some(long), Some(key)) => {
                    Some(VARIABLES.iter().find(|(flag, _)| *flag == long).map_or_else(
                        || format!("UHUB_{}", key.to_ascii_uppercase()),
                        |(_, name)| (*name).to_owned(),
                    ))
                }
                _ => None,
            };
            match variable {
                Some(name) => arg.env(leak(name)),
                None => arg,
            }
        })
        .mut_subcommands(with_variables)
}

fn with_defaults(command: Command, values: &Values) -> Command {
    command
        .mut_args(|arg| match key(&arg).and_then(|key| values.get(&key)) {
            Some(values) => {
                // Whatever the file gives, the flag need not be given.
                let values: Vec<&'static str> = values.iter().cloned().map(leak).collect();
                arg.required(false).default_values(values)
            }
            None => arg,
        })
        .mut_subcommands(|command| with_defaults(command, values))
}

/// The definition of the command line lives as long as the program.
fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Where the file is: needed before the command line can be read as a whole.
fn config_path(args: &[OsString]) -> Option<PathBuf> {
    let mut args = args.iter().take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        if arg == "--config" {
            return args.next().map(PathBuf::from);
        }
        if let Some(path) = arg.to_str().and_then(|arg| arg.strip_prefix("--config=")) {
            return Some(PathBuf::from(path));
        }
    }
    std::env::var_os("UHUB_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn read(path: &Path, command: &Command) -> Result<Values, Wrong> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Wrong::File(format!("{shown}: {error}")))?;
    values(&text, command).map_err(|(line, reason)| Wrong::File(format!("{shown}:{line}: {reason}")))
}

/// The values of a file, or the line that is wrong and why.
fn values(text: &str, command: &Command) -> Result<Values, (usize, String)> {
    let line = |offset: usize| text.get(..offset).map_or(1, |head| head.matches('\n').count() + 1);
    let table = DeTable::parse(text).map_err(|error| {
        (error.span().map_or(1, |span| line(span.start)), error.message().replace('\n', ", "))
    })?;
    let mut known = BTreeMap::new();
    gather(command, &mut known);
    let mut values = Values::new();
    for (name, value) in table.get_ref() {
        let at = line(name.span().start);
        let key: &str = name.get_ref();
        let Some(takes) = known.get(key) else {
            return Err((at, format!("unknown key `{key}`{}", nearest(key, known.keys()))));
        };
        let list = strings(value.get_ref()).ok_or_else(|| {
            (at, format!("`{key}` must be a word, a number, true or false, or a list of such"))
        })?;
        if *takes == Takes::Switch && !matches!(list.as_slice(), [one] if one == "true" || one == "false") {
            return Err((at, format!("`{key}` must be true or false")));
        }
        if *takes == Takes::One && list.len() != 1 {
            return Err((at, format!("`{key}` takes one value")));
        }
        values.insert(key.to_owned(), list);
    }
    Ok(values)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Switch,
    One,
    Many,
}

fn gather(command: &Command, known: &mut BTreeMap<String, Takes>) {
    for arg in command.get_arguments() {
        if let Some(key) = key(arg) {
            let takes = match arg.get_action() {
                ArgAction::SetTrue | ArgAction::SetFalse => Takes::Switch,
                ArgAction::Append => Takes::Many,
                _ => Takes::One,
            };
            known.insert(key, takes);
        }
    }
    command.get_subcommands().for_each(|command| gather(command, known));
}

fn strings(value: &DeValue<'_>) -> Option<Vec<String>> {
    Some(match value {
        DeValue::String(text) => vec![text.to_string()],
        DeValue::Integer(number) => {
            vec![i128::from_str_radix(number.as_str(), number.radix()).ok()?.to_string()]
        }
        DeValue::Float(number) => vec![number.as_str().to_owned()],
        DeValue::Boolean(flag) => vec![flag.to_string()],
        DeValue::Datetime(at) => vec![at.to_string()],
        DeValue::Array(items) => {
            let mut all = Vec::new();
            for item in items.iter() {
                match item.get_ref() {
                    DeValue::Array(_) | DeValue::Table(_) => return None,
                    scalar => all.extend(strings(scalar)?),
                }
            }
            all
        }
        DeValue::Table(_) => return None,
    })
}

/// A hint for who mistyped.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a String>) -> String {
    let letters: BTreeSet<char> = word.chars().collect();
    let distance = |other: &str| letters.symmetric_difference(&other.chars().collect()).count();
    known
        .map(|known| (distance(known), known))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map_or_else(String::new, |(_, known)| format!(": did you mean `{known}`?"))
}

#[cfg(test)]
mod tests;
