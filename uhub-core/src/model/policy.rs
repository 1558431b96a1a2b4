//! What a project may decide for itself. Everything here narrows the hub's rules; nothing widens them (DOMAIN §3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BackendKind, Tier, words};

words! {
    /// What happens to changes of prod jobs by role ops.
    pub enum ProdChange {
        /// They wait for a second person.
        Approval = "approval",
        /// They are refused.
        Deny = "deny",
    }
}

words! {
    /// What happens when a saved slot collides (DOMAIN §6).
    pub enum OnConflict {
        /// Save, and tell.
        Warn = "warn",
        /// Refuse.
        Block = "block",
    }
}

/// A project's policy. Missing fields are the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Changes of prod jobs by role ops.
    pub prod_change: ProdChange,
    /// Per tier; a tier that is not named warns.
    pub on_conflict: BTreeMap<Tier, OnConflict>,
    /// How long an approval may wait, and stay good once given. In seconds, 72 h by default.
    pub approval_ttl_seconds: u32,
    /// Per tier, the only backends allowed. A tier that is not named allows what the hub allows.
    pub allowed_backends: BTreeMap<Tier, Vec<BackendKind>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            prod_change: ProdChange::Approval,
            on_conflict: BTreeMap::new(),
            approval_ttl_seconds: 72 * 3600,
            allowed_backends: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// What this project does about conflicts in `tier`.
    pub fn on_conflict(&self, tier: Tier) -> OnConflict {
        self.on_conflict.get(&tier).copied().unwrap_or(OnConflict::Warn)
    }
}
