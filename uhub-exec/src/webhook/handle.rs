//! What is kept of a webhook's run in the database, to find it again outside. Never a secret.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde::{Deserialize, Serialize};
use uhub_core::{hub::ClaimedRun, model::RunId, ports::exec::Handle};

/// Milliseconds of Unix time by this machine's clock.
pub(super) fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ticket {
    /// Of which run.
    pub(super) run: RunId,
    /// Of which attempt.
    pub(super) attempt: u32,
    /// When it was to be sent, in milliseconds of Unix time.
    pub(super) at: i64,
    /// The outside said that it accepted it. Before that nobody can tell whether it was sent at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) accepted: bool,
    /// What it is called outside.
    #[serde(default, skip_serializing_if = "External::is_unknown")]
    pub(super) external: External,
}

/// What a run is called outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct External {
    /// GitHub's run, GitLab's pipeline, Jenkins' build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<u64>,
    /// Jenkins' item in its queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) queue: Option<u64>,
    /// Where its status can be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_url: Option<String>,
    /// Where it can be cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cancel_url: Option<String>,
}

impl External {
    /// Nothing is known of it yet.
    pub(super) fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl Ticket {
    /// That of an attempt that is to be sent now.
    pub(super) fn new(claimed: &ClaimedRun) -> Self {
        Self {
            run: claimed.id(),
            attempt: claimed.attempt(),
            at: now_millis(),
            accepted: false,
            external: External::default(),
        }
    }

    /// The key by which the outside tells a repeat from a new run: the same for each sending of an attempt.
    pub(super) fn key(&self) -> String {
        format!("{}-{}", self.run, self.attempt)
    }

    /// When it was to be sent.
    pub(super) fn sent_at(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(self.at).unwrap_or(0))
    }

    /// From when on to look for it outside, as APIs take it: that clock and this one may differ a little.
    pub(super) fn since(&self) -> String {
        let at = DateTime::from_timestamp_millis(self.at).unwrap_or_default() - TimeDelta::minutes(2);
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    pub(super) fn to_handle(&self) -> Handle {
        // Strings and numbers only: it cannot fail.
        Handle(serde_json::to_string(self).unwrap_or_default())
    }

    pub(super) fn of(handle: &Handle) -> Option<Self> {
        serde_json::from_str(&handle.0).ok()
    }
}
