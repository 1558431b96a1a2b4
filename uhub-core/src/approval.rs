//! What an approval is bound to, and who may decide it (DOMAIN §4).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    error::{Error, Result},
    model::{Approval, ApprovalKind, ApprovalState, BackendKind, Change, Job, Slot, UserId},
    rbac::{self, Action, Actor, Context, Effect, Rule},
};

/// Everything that an approval permits. The order of the fields is part of the digest.
#[derive(Serialize)]
struct Permitted<'a> {
    format: u8,
    kind: ApprovalKind,
    job_id: crate::model::JobId,
    title: &'a str,
    job_type: crate::model::JobType,
    environment: Option<&'a crate::model::JobEnvironment>,
    slot: Slot,
    all_day: bool,
    execution: Option<&'a crate::model::ExecutionSpec>,
    backend: Option<BackendKind>,
    change: Option<&'a Change>,
}

/// SHA-256, in hex, over exactly what is asked: the job's identity and version-relevant content (title, type,
/// environment, slot, whole execution), for an edit what would change, and for a run the backend that it goes to. Equal
/// digests permit the same.
pub fn digest(
    kind: ApprovalKind,
    job: &Job,
    change: Option<&Change>,
    backend: Option<BackendKind>,
) -> String {
    let permitted = Permitted {
        format: 1,
        kind,
        job_id: job.id,
        title: &job.title,
        job_type: job.job_type,
        environment: job.environment.as_ref(),
        slot: job.slot,
        all_day: job.all_day,
        execution: job.execution.as_ref(),
        backend,
        change,
    };
    // Through a Value first: maps of a payload come out sorted, so that the text is the same each time.
    let value = serde_json::to_value(&permitted).unwrap_or_default();
    hex(&Sha256::digest(canonical(&value).as_bytes()))
}

/// JSON with sorted keys and no spaces, whatever order a map keeps.
pub(crate) fn canonical(value: &serde_json::Value) -> String {
    use serde_json::Value;

    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<_, _> = map.iter().collect();
            let members: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Checks that `actor` may decide: by the table, and as a second person.
///
/// # Errors
/// [`Error::Denied`] for a role that may not approve, the requester, the launcher of the waiting run, or who last
/// edited the execution.
pub fn check_decider(actor: &Actor, approval: &Approval, job: &Job, launcher: Option<UserId>) -> Result<()> {
    let decision = rbac::decide(actor, Action::Approve, &Context::default());
    if decision.effect != Effect::Allow {
        return Err(Error::Denied { rule: decision.rule, reason: decision.explain() });
    }
    let edited_execution = job.execution.is_some() && job.execution_edited_by == actor.id;
    if approval.requested_by == actor.id || launcher == Some(actor.id) || edited_execution {
        return Err(Error::Denied { rule: Rule::SecondPerson, reason: Rule::SecondPerson.explain() });
    }
    Ok(())
}

/// Checks that `actor` has made no token of an account that must not decide: with a service account's token in hand, one
/// could ask by it and approve as oneself.
///
/// # Errors
/// [`Error::Denied`] where `makers` names the actor.
pub fn check_hands(actor: &Actor, makers: &[UserId]) -> Result<()> {
    if makers.contains(&actor.id) {
        return Err(Error::Denied { rule: Rule::SecondPerson, reason: Rule::SecondPerson.explain() });
    }
    Ok(())
}

/// Checks, at the moment of use, that an approval still permits what is about to be done (DOMAIN §4): it was given, by
/// somebody who still may, in time, for exactly this.
///
/// # Errors
/// [`Error::ApprovalClosed`] where it is not usable, [`Error::Denied`] where the approver no longer may approve.
pub fn check_use(
    approval: &Approval,
    job: &Job,
    backend: Option<BackendKind>,
    decider: Option<&Actor>,
    launcher: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<()> {
    if approval.state != ApprovalState::Approved {
        return Err(Error::ApprovalClosed { state: approval.state });
    }
    if approval.expires_at <= now {
        return Err(Error::ApprovalClosed { state: ApprovalState::Expired });
    }
    if approval.digest != digest(approval.kind, job, approval.change.as_ref(), backend) {
        return Err(Error::ApprovalClosed { state: ApprovalState::Void });
    }
    match decider {
        Some(decider) => check_decider(decider, approval, job, launcher),
        None => Err(Error::ApprovalClosed { state: ApprovalState::Void }),
    }
}

#[cfg(test)]
mod tests;
