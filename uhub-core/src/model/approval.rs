//! Approvals: one decision by a second person (DOMAIN §4).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    ApprovalId, EnvironmentId, ExecutionSpec, JobId, JobType, ProjectId, RunId, Slot, UserId, words,
};

words! {
    /// What an approval permits.
    pub enum ApprovalKind {
        /// A job, created by somebody whose plans for prod need a second person.
        Create = "create",
        /// A change of a job: its slot, its words, its execution.
        Edit = "edit",
        /// Calling a job off.
        Cancel = "cancel",
        /// One run of a job.
        Run = "run",
        /// One run of a job inside a freeze window, asked for by an admin with a reason.
        BreakGlass = "break_glass",
    }
}

impl ApprovalKind {
    /// Whether a run uses it, not a change.
    pub const fn is_of_run(self) -> bool {
        matches!(self, Self::Run | Self::BreakGlass)
    }
}

words! {
    /// Where an approval stands.
    pub enum ApprovalState {
        /// Waits for a decision.
        Pending = "pending",
        /// Given, not yet used.
        Approved = "approved",
        /// Refused, with a comment.
        Rejected = "rejected",
        /// What was asked has changed since: it must be asked for again.
        Void = "void",
        /// Nobody decided, or nobody used it, in time.
        Expired = "expired",
        /// Used, by exactly one run or change.
        Consumed = "consumed",
    }
}

impl ApprovalState {
    /// Whether it may still lead to something.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Approved)
    }
}

/// What an edit would change: `None` leaves as it is, `Some(None)` clears. In JSON what stays is left out, and `null`
/// clears: a store that keeps JSON gives back what it was given, and the two have different digests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// New title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// New description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// New type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// New environment, of the same project.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub environment: Option<Option<EnvironmentId>>,
    /// New slot, with whether it is whole days.
    #[serde(skip_serializing_if = "Option::is_none", with = "slot_words")]
    pub slot: Option<(Slot, bool)>,
    /// New assignee.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub assignee_id: Option<Option<UserId>>,
    /// New word on being critical.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub critical: Option<Option<bool>>,
    /// New execution.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub execution: Option<Option<ExecutionSpec>>,
    /// New word on starting by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_start: Option<bool>,
    /// It goes into a freeze window, asked for by an admin with a reason (DOMAIN §3.4).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub break_glass: bool,
}

/// What is there was given, `null` too.
fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Change {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it only moves the job to another slot.
    pub fn is_move(&self) -> bool {
        self.slot.is_some() && Self { slot: None, break_glass: false, ..self.clone() }.is_empty()
    }
}

/// A slot in JSON is `{start, end, all_day}`; reading it goes through [`Slot::new`] again.
mod slot_words {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::Slot;

    #[derive(Serialize, Deserialize)]
    struct Words {
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        all_day: bool,
    }

    pub(super) fn serialize<S: Serializer>(
        value: &Option<(Slot, bool)>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value
            .map(|(slot, all_day)| Words { start: slot.start(), end: slot.end(), all_day })
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<(Slot, bool)>, D::Error> {
        Option::<Words>::deserialize(deserializer)?
            .map(|words| Ok((Slot::new(words.start, words.end).map_err(Error::custom)?, words.all_day)))
            .transpose()
    }
}

/// One decision by a second person, bound to the digest of exactly what it permits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Identifier.
    pub id: ApprovalId,
    /// What it permits.
    pub kind: ApprovalKind,
    /// On which job.
    pub job_id: JobId,
    /// Of which project.
    pub project_id: ProjectId,
    /// The run that waits for it, or that used it.
    pub run_id: Option<RunId>,
    /// For [`ApprovalKind::Edit`]: what would change.
    pub change: Option<Change>,
    /// SHA-256 over what it permits, in hex; see [`approval::digest`](crate::approval::digest).
    pub digest: String,
    /// Why it is asked for: the rule that said so.
    pub rule: String,
    /// Why, in the requester's words.
    pub reason: Option<String>,
    /// Where it stands.
    pub state: ApprovalState,
    /// Who asked. Never the one who decides.
    pub requested_by: UserId,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// From when on it is worth nothing.
    pub expires_at: DateTime<Utc>,
    /// Who decided.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// What was said with it.
    pub comment: Option<String>,
}
