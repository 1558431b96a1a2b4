//! Masking one output as it comes.

use std::{collections::VecDeque, fmt, ops::Range, sync::Arc};

use aho_corasick::{
    Anchored,
    automaton::{Automaton as _, StateID},
    nfa::contiguous::NFA,
};

use super::{MASK, Masks, SHORTEST};

/// One output on its way through a [`Redactor`](super::Redactor). What could be the beginning of a secret is held back, at
/// most [`MOST_HELD`](Self::MOST_HELD) bytes, until more has come or the output has ended.
///
/// Where secrets overlap, one mask stands for all that they cover; where they only touch, each has its own. So what is
/// masked does not depend on where the output is cut into pieces, nor on where reading it anew begins, as long as that is
/// at a [`position`](Self::position).
#[derive(Clone)]
pub struct RedactedStream {
    pub(super) search: Option<Search>,
    /// Nothing may be told.
    is_dumb: bool,
    /// How many bytes have come.
    read: u64,
    /// Up to where the output is wholly told.
    told: u64,
}

#[derive(Clone)]
pub(super) struct Search {
    automaton: Arc<NFA>,
    state: StateID,
    start: StateID,
    /// The last bytes that came, which could be the beginning of a secret.
    pub(super) held: Vec<u8>,
    /// What is to be masked and not wholly told yet, by place in the output; in order, without overlaps.
    pub(super) masks: VecDeque<Range<u64>>,
}

impl RedactedStream {
    /// The most bytes that are held back.
    pub const MOST_HELD: usize = super::forms::PIECE - 1;

    pub(super) fn new(masks: &Masks) -> Self {
        let search = match masks {
            Masks::Nothing | Masks::Everything => None,
            // It has starts of both kinds, whatever it is made of.
            Masks::Secrets(automaton) => automaton.start_state(Anchored::No).ok().map(|start| Search {
                automaton: Arc::clone(automaton),
                state: start,
                start,
                held: Vec::new(),
                masks: VecDeque::new(),
            }),
        };
        let is_dumb = search.is_none() && !matches!(masks, Masks::Nothing);
        Self { search, is_dumb, read: 0, told: 0 }
    }

    /// Takes in the next piece, and returns what can be told by now. Without secrets that is the piece itself.
    pub fn push(&mut self, piece: Vec<u8>) -> Vec<u8> {
        let Some(search) = &mut self.search else {
            self.read += piece.len() as u64;
            if self.is_dumb {
                return Vec::new();
            }
            self.told = self.read;
            return piece;
        };
        search.scan(&piece, self.read);
        self.read += piece.len() as u64;
        let mut bytes = std::mem::take(&mut search.held);
        let waiting = if bytes.is_empty() {
            bytes = piece;
            search.pending(&bytes)
        } else {
            bytes.extend_from_slice(&piece);
            search.pending(&bytes)
        };
        search.held = bytes.split_off(bytes.len() - waiting);
        self.tell(bytes, waiting)
    }

    /// The output has ended: the rest of it. What looks like the beginning of a secret, 4 bytes at least, is masked: a program
    /// may have been stopped while it printed one.
    pub fn finish(&mut self) -> Vec<u8> {
        let Some(search) = &mut self.search else { return Vec::new() };
        let bytes = std::mem::take(&mut search.held);
        search.state = search.start;
        if bytes.len() >= SHORTEST {
            search.mask(self.read - bytes.len() as u64..self.read);
        }
        self.tell(bytes, 0)
    }

    /// How many bytes of the output are wholly told. Read anew from there by a fresh stream, the rest of the output gives the
    /// rest of what this one tells.
    pub const fn position(&self) -> u64 {
        self.told
    }

    /// Tells `bytes`, which are followed by so many that still wait.
    fn tell(&mut self, bytes: Vec<u8>, waiting: usize) -> Vec<u8> {
        let end = self.read - waiting as u64;
        self.told = end;
        let Some(search) = &mut self.search else { return bytes };
        if search.masks.front().is_none_or(|mask| mask.start >= end) {
            return bytes;
        }
        let begin = end - bytes.len() as u64;
        let piece = |from: u64, to: u64| {
            let place = |at: u64| usize::try_from(at.saturating_sub(begin)).unwrap_or(usize::MAX);
            bytes.get(place(from)..place(to)).unwrap_or_default()
        };
        let mut shown = Vec::with_capacity(bytes.len());
        let mut at = begin;
        while let Some(mask) = search.masks.front().filter(|mask| mask.start < end) {
            shown.extend_from_slice(piece(at, mask.start));
            if mask.end > end {
                // It may still grow; its bytes need not be kept for that.
                self.told = mask.start;
                return shown;
            }
            shown.extend_from_slice(MASK.as_bytes());
            at = mask.end;
            search.masks.pop_front();
        }
        shown.extend_from_slice(piece(at, end));
        shown
    }
}

impl Search {
    /// Looks through the next piece, which begins at `at`.
    fn scan(&mut self, piece: &[u8], at: u64) {
        for (byte, end) in piece.iter().zip(at + 1..) {
            self.state = self.automaton.next_state(Anchored::No, self.state, *byte);
            if self.automaton.is_special(self.state) && self.automaton.is_match(self.state) {
                let lengths = (0..self.automaton.match_len(self.state))
                    .map(|n| self.automaton.pattern_len(self.automaton.match_pattern(self.state, n)));
                // Shorter ones that end here lie within the longest.
                let longest = lengths.max().unwrap_or_default() as u64;
                self.mask(end - longest..end);
            }
        }
    }

    /// Adds what ends behind all others.
    fn mask(&mut self, mut mask: Range<u64>) {
        while let Some(last) = self.masks.pop_back_if(|last| last.end > mask.start) {
            mask.start = mask.start.min(last.start);
        }
        self.masks.push_back(mask);
    }

    /// How many bytes at the end of `bytes` are the beginning of something that could go on.
    fn pending(&self, bytes: &[u8]) -> usize {
        if self.state == self.start {
            return 0;
        }
        let most = self.automaton.max_pattern_len().saturating_sub(1).min(bytes.len());
        (1..=most).rev().find(|length| self.could_go_on(bytes, *length)).unwrap_or_default()
    }

    fn could_go_on(&self, bytes: &[u8], length: usize) -> bool {
        let Ok(mut state) = self.automaton.start_state(Anchored::Yes) else { return false };
        for byte in bytes.iter().skip(bytes.len() - length) {
            state = self.automaton.next_state(Anchored::Yes, state, *byte);
            if self.automaton.is_dead(state) {
                return false;
            }
        }
        // Where one ends, another may go on.
        !self.automaton.is_match(state)
            || (0..=u8::MAX)
                .any(|next| !self.automaton.is_dead(self.automaton.next_state(Anchored::Yes, state, next)))
    }
}

/// Shows no more than how far it is: what is held back may be a part of a secret.
impl fmt::Debug for RedactedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactedStream")
            .field("read", &self.read)
            .field("told", &self.told)
            .finish_non_exhaustive()
    }
}
