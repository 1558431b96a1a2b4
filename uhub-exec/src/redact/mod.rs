//! Masking secrets in what leaves a run (DOMAIN §8).
//!
//! A value is masked as it is and in the forms that programs print values in, see `forms`; each line of a
//! value of several lines is masked by itself as well. Whatever the pieces are in which output comes, the same is masked.
//! What a program computes of a secret in any other way, such as its digest or the value backwards, nobody can find.

mod escapes;
mod forms;
mod stream;

use std::{fmt, sync::Arc};

use aho_corasick::nfa::contiguous::{Builder, NFA};
use uhub_core::ports::secrets::SecretValue;

pub use stream::RedactedStream;

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// The fewest bytes that a secret may have, white space around it not counted: shorter ones would mask half of any text.
pub const SHORTEST: usize = 4;

/// The most bytes that all secrets of a run may have together. The tables to look for a value of this size in all its forms
/// take about 40 MB while the run goes on, so more is refused.
pub const LONGEST: usize = 64 * 1024;

/// Why a value cannot be masked, and is therefore refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmaskable {
    /// Shorter than [`SHORTEST`].
    #[error("is shorter than {SHORTEST} bytes: too short to be masked in logs")]
    TooShort,
    /// With the others, longer than [`LONGEST`].
    #[error("is too long to be masked in logs: the secrets of a run have at most {LONGEST} bytes together")]
    TooLong,
}

/// Masks the secrets of one run. Cheap to clone. By default there are none.
#[derive(Clone, Default)]
pub struct Redactor(Masks);

/// What is masked.
#[derive(Clone, Default)]
enum Masks {
    #[default]
    Nothing,
    Secrets(Arc<NFA>),
    Everything,
}

impl Redactor {
    /// Masks `values` in all their forms.
    ///
    /// # Errors
    /// [`Unmaskable`] where one is too short, or all are too long.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a SecretValue>) -> Result<Self, Unmaskable> {
        let mut patterns = forms::Patterns::default();
        let mut room = LONGEST;
        for value in values {
            let value = value.reveal();
            check(value)?;
            room = room.checked_sub(value.len()).ok_or(Unmaskable::TooLong)?;
            patterns.add(value);
        }
        if patterns.is_empty() {
            return Ok(Self::default());
        }
        let automaton = Builder::new().prefilter(false).build(patterns.iter());
        // It fails for more than two billion states only, far beyond the room that was just counted.
        Ok(Self(Masks::Secrets(Arc::new(automaton.map_err(|_| Unmaskable::TooLong)?))))
    }

    /// Lets nothing through: for what holds secrets that are not known.
    pub const fn of_everything() -> Self {
        Self(Masks::Everything)
    }

    /// Masks one output from its beginning, or from a [`RedactedStream::position`].
    pub fn stream(&self) -> RedactedStream {
        RedactedStream::new(&self.0)
    }

    /// Masks a text that is whole.
    pub fn text(&self, text: String) -> String {
        match self.0 {
            Masks::Nothing => return text,
            Masks::Everything => return MASK.to_owned(),
            Masks::Secrets(_) => {}
        }
        let mut stream = self.stream();
        let mut masked = stream.push(text.into_bytes());
        masked.extend(stream.finish());
        // A mask may begin within a character where only a part of a long secret was there.
        String::from_utf8(masked)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

/// Whether a value can be masked.
///
/// # Errors
/// [`Unmaskable`].
pub(crate) fn check(value: &str) -> Result<(), Unmaskable> {
    match value.trim().len() {
        0..SHORTEST => Err(Unmaskable::TooShort),
        _ if value.len() > LONGEST => Err(Unmaskable::TooLong),
        _ => Ok(()),
    }
}

/// Shows nothing: the automaton's own would show the secrets.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor(***)")
    }
}

#[cfg(test)]
mod tests;
