//! Telling listeners what changed: those of this store directly after the commit, those of other processes through the
//! database.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use uhub_core::ports::store::{ChangeNote, Listener, Topic};
use uuid::Uuid;

/// SQLite: for so long a note stays: several ticks of even a busy process.
pub(crate) const KEPT: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// Who listens.
#[derive(Default)]
pub(crate) struct Listeners(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    next: u64,
    by_number: BTreeMap<u64, Arc<Listener>>,
    /// A task looks for what other processes changed.
    watched: bool,
}

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What it guards changes in one step each: a panic elsewhere leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one. Tells its number, and whether somebody must begin to watch other processes.
    pub(crate) fn add(&self, listener: Listener) -> (u64, bool) {
        let mut inner = self.lock();
        let number = inner.next;
        inner.next += 1;
        inner.by_number.insert(number, Arc::new(listener));
        (number, !std::mem::replace(&mut inner.watched, true))
    }

    /// Removes one.
    pub(crate) fn remove(&self, number: u64) {
        let ended = self.lock().by_number.remove(&number);
        // Dropped without the lock: what the listener owns may end other subscriptions.
        drop(ended);
    }

    /// Whether the watcher may go home: nobody listens. Then the next listener starts another.
    fn dismiss(&self) -> bool {
        let mut inner = self.lock();
        let idle = inner.by_number.is_empty();
        if idle {
            inner.watched = false;
        }
        idle
    }

    /// Tells everyone, in the order of the notes. No lock is held meanwhile: a listener may end its own subscription.
    pub(crate) fn tell(&self, notes: &[ChangeNote]) {
        if notes.is_empty() {
            return;
        }
        let listeners: Vec<_> = self.lock().by_number.values().cloned().collect();
        for note in notes {
            for listener in &listeners {
                listener(*note);
            }
        }
    }
}

impl std::fmt::Debug for Listeners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Listeners").field(&self.lock().by_number.len()).finish()
    }
}

/// Length of a note in [`encode`]'s text: a letter and 32 digits.
const NOTE_LENGTH: usize = 33;

const LETTERS: [(Topic, char); 10] = [
    (Topic::User, 'u'),
    (Topic::Project, 'p'),
    (Topic::Job, 'j'),
    (Topic::Run, 'r'),
    (Topic::Queue, 'q'),
    (Topic::Log, 'l'),
    (Topic::Cancel, 'c'),
    (Topic::Approval, 'a'),
    (Topic::Freeze, 'f'),
    (Topic::Callback, 'k'),
];

/// Notes as a compact text.
pub(crate) fn encode(notes: &[ChangeNote]) -> String {
    let mut text = String::with_capacity(notes.len() * NOTE_LENGTH);
    for note in notes {
        if let Some((_, letter)) = LETTERS.iter().find(|(topic, _)| *topic == note.topic) {
            text.push(*letter);
            text.push_str(note.id.simple().encode_lower(&mut Uuid::encode_buffer()));
        }
    }
    text
}

/// The notes of [`encode`]'s text. What another version wrote and this one does not know is left out.
pub(crate) fn decode(text: &str) -> Vec<ChangeNote> {
    text.as_bytes()
        .chunks(NOTE_LENGTH)
        .filter_map(|note| {
            let (letter, id) = note.split_first()?;
            let (topic, _) = LETTERS.iter().find(|(_, known)| *known == char::from(*letter))?;
            Some(ChangeNote { topic: *topic, id: Uuid::try_parse_ascii(id).ok()? })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_travel_as_text() {
        let notes: Vec<ChangeNote> = LETTERS
            .iter()
            .enumerate()
            .map(|(i, (topic, _))| ChangeNote { topic: *topic, id: Uuid::from_u128(i as u128) })
            .collect();
        assert_eq!(decode(&encode(&notes)), notes);
        assert_eq!(decode(""), []);
        let known = encode(&notes).replace('u', "?");
        assert_eq!(decode(&known), notes.get(1..).unwrap_or_default(), "an unknown topic is left out");
        assert_eq!(decode("j123"), []);
    }
}
