//! Lines, one at a time, with digests of what has gone by.

use std::{
    collections::BTreeMap,
    io::{BufRead, Read as _},
};

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::{Kind, MAX_LINE, Tally};
use crate::{
    approval::hex,
    error::{Error, Result},
};

/// Counts and digests of the lines of a file.
#[derive(Debug, Default)]
pub(super) struct Digests {
    all: Sha256,
    kinds: BTreeMap<Kind, (u64, Sha256)>,
}

impl Digests {
    /// Takes in a line, without its line feed.
    pub(super) fn take(&mut self, kind: Option<Kind>, line: &str) {
        self.all.update(line.as_bytes());
        self.all.update(b"\n");
        if let Some(kind) = kind {
            let (count, sha) = self.kinds.entry(kind).or_default();
            *count += 1;
            sha.update(line.as_bytes());
            sha.update(b"\n");
        }
    }

    /// Of every kind, also of those of which there was none; and of all lines.
    pub(super) fn end(&self) -> (BTreeMap<Kind, Tally>, String) {
        let tally = |kind: &Kind| {
            let (count, sha) = self.kinds.get(kind).cloned().unwrap_or_default();
            (*kind, Tally { count, sha256: hex(&sha.finalize()) })
        };
        (Kind::ALL.iter().map(tally).collect(), hex(&self.all.clone().finalize()))
    }
}

/// Reads lines of bounded length.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(source: R) -> Self {
        Self { source, number: 0, line: Vec::new() }
    }

    /// The next line, without its line feed.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the line, where it is too long, not UTF-8 or cut off.
    pub(super) fn next(&mut self) -> Result<Option<&str>> {
        self.line.clear();
        self.number += 1;
        let most = u64::try_from(MAX_LINE).unwrap_or(u64::MAX).saturating_add(1);
        let read = self.source.by_ref().take(most).read_until(b'\n', &mut self.line);
        read.map_err(|error| Error::Unfit(format!("the file cannot be read: {error}")))?;
        if self.line.is_empty() {
            return Ok(None);
        }
        if self.line.pop() != Some(b'\n') {
            let cut = self.line.len() < MAX_LINE;
            let reason = if cut { "is cut off: it has no end" } else { "is longer than any line may be" };
            return Err(self.refuse(reason));
        }
        match std::str::from_utf8(&self.line) {
            Ok(line) => Ok(Some(line)),
            Err(_) => Err(refuse(self.number, "is not UTF-8")),
        }
    }

    /// The number of the line that was read last, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// What is wrong with that line.
    pub(super) fn refuse(&self, reason: impl Into<String>) -> Error {
        refuse(self.number, reason)
    }
}

/// What is wrong with a line.
pub(super) fn refuse(number: u64, reason: impl Into<String>) -> Error {
    Error::invalid(format!("line {number}"), reason)
}

/// What a line says, and nothing else: fields that are not known, given twice, or written otherwise than uHub writes them are
/// refused, so that what is imported is exported again as it was.
///
/// # Errors
/// [`Error::Invalid`] with the line.
pub(super) fn parse<T: Serialize + DeserializeOwned>(number: u64, line: &str) -> Result<T> {
    let read: T = serde_json::from_str(line).map_err(|error| refuse(number, told(&error)))?;
    if write(&read)? != line {
        return Err(refuse(
            number,
            "is not as uHub writes it: a field is unknown, twice, or out of its place",
        ));
    }
    Ok(read)
}

/// What is wrong, without the parser's own line, which is always the first.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line 1 column ") {
        Some((reason, column)) => format!("{reason} (column {column})"),
        None => text,
    }
}

/// The line of something.
///
/// # Errors
/// [`Error::Unfit`] where it cannot be JSON.
pub(super) fn write<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Unfit(format!("cannot be written as JSON: {error}")))
}
