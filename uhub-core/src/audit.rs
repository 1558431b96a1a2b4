//! The audit's entries and their hash chain (DOMAIN §9).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    approval::{canonical, hex},
    model::{AuditId, ProjectId, UserId},
};

/// The hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Who did, or tried, what on what, and which rule decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Identifier.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; nobody where the hub itself acted, or an unknown user tried to sign in.
    pub actor_id: Option<UserId>,
    /// The name under which that user was known then; `worker …` for workers.
    pub actor: String,
    /// What: `job.move`, `run.claim`, `auth.login`, …
    pub action: String,
    /// On what kind of thing: `job`, `run`, `user`, …
    pub object_kind: String,
    /// On which.
    pub object_id: Option<Uuid>,
    /// In which project; an owner reads these.
    pub project_id: Option<ProjectId>,
    /// `allow`, `needs_approval`, `deny`, or `error`.
    pub decision: String,
    /// The rule that decided, where one did.
    pub rule: Option<String>,
    /// What changed, or why not. Never a secret.
    pub detail: serde_json::Value,
}

/// An entry with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// From 1, without a gap.
    pub seq: i64,
    /// SHA-256 over the hash before, the sequence number and the entry, in hex.
    pub hash: String,
    /// The entry.
    pub entry: AuditEntry,
}

/// The end of the chain. Kept outside, it proves that the tail was not cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the last sealed entry; 0 where there is none.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl std::str::FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seq, hash) = text.split_once(':').ok_or("a head is NUMBER:HASH")?;
        let seq = seq.parse().map_err(|_| "a head starts with the number of its entry")?;
        if hash.len() != 64 || !hash.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err("a head ends with 64 hexadecimal digits");
        }
        Ok(Self { seq, hash: hash.to_ascii_lowercase() })
    }
}

impl Head {
    /// The head after `entry`.
    pub fn next(&self, entry: &AuditEntry) -> Self {
        let seq = self.seq.saturating_add(1);
        Self { seq, hash: link(&self.hash, seq, entry) }
    }
}

/// Lays entries, in their order, behind `head`.
pub fn seal(head: &Head, entries: impl IntoIterator<Item = AuditEntry>) -> Vec<Sealed> {
    let mut head = head.clone();
    entries
        .into_iter()
        .map(|entry| {
            head = head.next(&entry);
            Sealed { seq: head.seq, hash: head.hash.clone(), entry }
        })
        .collect()
}

fn link(before: &str, seq: i64, entry: &AuditEntry) -> String {
    // A change of this text's form would break every chain: it is versioned by the leading word.
    let value = serde_json::to_value(entry).unwrap_or_default();
    let mut hasher = Sha256::new();
    hasher.update(b"uhub-audit-1\n");
    hasher.update(before.as_bytes());
    hasher.update(format!("\n{seq}\n").as_bytes());
    hasher.update(canonical(&value).as_bytes());
    hex(&hasher.finalize())
}

/// Walks a chain entry by entry.
#[derive(Debug, Clone, Default)]
pub struct Verifier {
    head: Head,
    first_bad: Option<i64>,
    entries: i64,
    outside: Option<Head>,
    outside_seen: bool,
}

impl Verifier {
    /// Walks what follows `start`. `outside` is a head that was kept elsewhere: with it, a cut tail is found too.
    pub fn new(start: Head, outside: Option<Head>) -> Self {
        let outside_seen = outside.as_ref().is_none_or(|outside| *outside == start || outside.seq == 0);
        Self { head: start, first_bad: None, entries: 0, outside, outside_seen }
    }

    /// Takes the next entry, in the order of `seq`. Returns whether all has been well so far.
    pub fn take(&mut self, sealed: &Sealed) -> bool {
        self.entries += 1;
        if self.first_bad.is_none() {
            let expected = self.head.next(&sealed.entry);
            if expected.seq == sealed.seq && expected.hash == sealed.hash {
                self.outside_seen |= self.outside.as_ref() == Some(&expected);
                self.head = expected;
            } else {
                // A gap names the first one that is missing, an edit the one that was edited.
                self.first_bad = Some(expected.seq.min(sealed.seq));
            }
        }
        self.first_bad.is_none()
    }

    /// The end of what has been taken and is sound.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The number of the first entry that is edited, missing or out of order.
    pub const fn first_bad(&self) -> Option<i64> {
        self.first_bad
    }

    /// How many entries have been taken.
    pub const fn entries(&self) -> i64 {
        self.entries
    }

    /// What was found. `stored` is the end that the store itself remembers, where there is a store.
    pub fn end(self, unsealed: i64, stored: Option<&Head>) -> Verification {
        let Self { head, mut first_bad, entries, outside, outside_seen } = self;
        let behind = head.seq.saturating_add(1);
        if first_bad.is_none() && !outside_seen {
            // All that is there hangs together, but it does not hold what was kept outside.
            first_bad = outside.map(|outside| outside.seq.min(behind));
        }
        if first_bad.is_none()
            && let Some(stored) = stored.filter(|stored| **stored != head)
        {
            // The store itself remembers another end: entries were cut off, or added past the sequencer.
            first_bad = Some(stored.seq.saturating_add(1).min(behind));
        }
        Verification { ok: first_bad.is_none(), entries, unsealed, head, first_bad }
    }
}

/// What `audit verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Nothing edited, deleted, reordered, and the tail is there as far as a head from outside tells.
    pub ok: bool,
    /// How many sealed entries were read.
    pub entries: i64,
    /// How many are not sealed yet.
    pub unsealed: i64,
    /// The end of the sound part, to be kept outside.
    pub head: Head,
    /// The first entry that is not sound.
    pub first_bad: Option<i64>,
}

#[cfg(test)]
mod tests;
