//! Tokens by which machines act: what one is, and what it is good for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{TokenId, UserId, words};

words! {
    /// What a token is good for. Which scope an action needs is said by [`rbac`](crate::rbac); a scope never gives what the
    /// user's role does not.
    pub enum Scope {
        /// Look at calendar, jobs, runs, logs.
        Read = "read",
        /// Create and change jobs and projects.
        Plan = "plan",
        /// Launch and cancel runs.
        Run = "run",
        /// Approve and reject.
        Approve = "approve",
        /// Users, profiles, policies, freeze windows, the audit, the hub.
        Admin = "admin",
    }
}

/// A set of scopes, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scopes(u8);

impl Scopes {
    /// None.
    pub const NONE: Self = Self(0);

    /// With one more.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | 1 << scope as u8)
    }

    /// Whether it is among them.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl std::fmt::Display for Scopes {
    /// The words with spaces between, as RFC 6749 §3.3 writes scopes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<_> = self.iter().map(Scope::as_str).collect();
        f.pad(&words.join(" "))
    }
}

impl std::str::FromStr for Scopes {
    type Err = super::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_ascii_whitespace().map(str::parse::<Scope>).collect()
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Scope>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// A token as it is listed. The token itself is shown once, when it is made; what a store keeps of it is its hash, which
/// no question gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiToken {
    /// Identifier.
    pub id: TokenId,
    /// Who acts by it.
    pub user_id: UserId,
    /// What it is for, in its maker's words.
    pub name: String,
    /// How it begins: enough to know it again, too little to guess the rest.
    pub prefix: String,
    /// What it is good for.
    pub scopes: Scopes,
    /// Who made it, and so has seen it; nobody where the machine's administrator did.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// From when on it is worth nothing; never, where it does not say.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to some ten minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it is worth nothing.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiToken {
    /// Whether it is worth anything at `now`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
