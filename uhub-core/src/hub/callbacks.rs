//! Signed messages of outside CIs about the runs that a webhook started (DOMAIN §7).

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

use super::{
    Hub,
    tx::{Who, transact},
};
use crate::{
    error::{Error, Result},
    model::{BackendKind, Callback, CallbackStatus, RunId},
    ports::store::{LockKey, Topic},
    rbac::Effect,
    signature,
};

/// How far a message's time may be from the hub's.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// How many messages of an attempt are kept that do not end it.
const MOST: i64 = 1000;
/// The longest line for people, in characters.
const LINE: usize = 500;

/// What the keys of all runs follow from: the same on servers, which check messages, and on workers, which give the keys
/// out. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct CallbackSecret(Vec<u8>);

impl std::fmt::Debug for CallbackSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallbackSecret(***)")
    }
}

impl CallbackSecret {
    /// The fewest bytes that a secret may have.
    pub const SHORTEST: usize = 32;

    /// A secret of at least [`Self::SHORTEST`] bytes that nobody can guess.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() >= Self::SHORTEST).then_some(Self(bytes))
    }

    /// The key with which the outside signs what it tells of this attempt; it is worth nothing for any other.
    pub fn key(&self, run: RunId, attempt: u32) -> String {
        signature::derive(&self.0, &format!("uhub callback 1 {run} {attempt}"))
    }
}

/// A message as it came, not believed yet.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// About which run.
    pub run: RunId,
    /// About which attempt.
    pub attempt: u32,
    /// Unix seconds, as they were written.
    pub timestamp: &'a str,
    /// [`signature::sign`] of the timestamp and the body.
    pub signature: &'a str,
    /// The raw body.
    pub body: &'a [u8],
}

/// A body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    status: CallbackStatus,
    exit_code: Option<i32>,
    message: Option<String>,
    log: Option<String>,
}

impl Body {
    fn read(body: &[u8]) -> Result<Self> {
        let wrong = |error: serde_json::Error| Error::invalid("", error.to_string());
        let mut read: Self = serde_json::from_slice(body).map_err(wrong)?;
        if read.status == CallbackStatus::Running && read.exit_code.is_some() {
            return Err(Error::invalid("exit_code", "is there only when it has ended"));
        }
        if read.status == CallbackStatus::Succeeded && read.exit_code.is_some_and(|code| code != 0) {
            return Err(Error::invalid("exit_code", "must be 0 where it succeeded"));
        }
        read.message = read.message.map(|message| {
            message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LINE).collect()
        });
        Ok(read)
    }
}

impl Hub {
    /// Takes in a message about a run that goes on: rightly signed for its attempt, of this time, and never seen before.
    /// Whoever follows the run is told.
    ///
    /// # Errors
    /// [`Error::NotFound`] for whatever is wrong about who sent it, when, or about what: whoever lacks the key learns
    /// nothing, not even whether there is such a run. [`Error::Invalid`] only for those who have it.
    pub async fn accept_callback(&self, secret: &CallbackSecret, delivery: &Delivery<'_>) -> Result<()> {
        const NO: Error = Error::NotFound { what: "run" };
        let key = secret.key(delivery.run, delivery.attempt);
        let timestamp = delivery.timestamp.parse::<i64>().ok();
        // Computed whatever the time is, so that an answer takes as long.
        let is_signed = signature::is_signed(
            key.as_bytes(),
            timestamp.unwrap_or_default(),
            delivery.body,
            delivery.signature,
        );
        let is_now = timestamp.is_some_and(|timestamp| {
            let off = i128::from(timestamp) - i128::from(self.now().timestamp());
            off.abs() <= i128::from(TOLERANCE.num_seconds())
        });
        if !is_signed || !is_now {
            return Err(NO);
        }
        let Body { status, exit_code, message, log } = Body::read(delivery.body)?;
        transact!(self, &Who::named("callback"), "run.callback", |tx| {
            let seen = tx.s.run(delivery.run).await?.ok_or(NO)?;
            tx.s.lock(&[LockKey::Job(seen.job_id)]).await?;
            let run = tx.s.run(delivery.run).await?.ok_or(NO)?;
            let is_ours = run.backend == BackendKind::Webhook && run.attempt == delivery.attempt;
            if !is_ours || run.status.get().is_terminal() {
                return Err(NO);
            }
            let last = tx.s.last_callback(run.id, run.attempt).await?;
            let seq = last.as_ref().map_or(0, |last| last.seq) + 1;
            let is_over = last.is_some_and(|last| last.status != CallbackStatus::Running);
            if is_over || (status == CallbackStatus::Running && seq > MOST) {
                return Err(NO);
            }
            let callback = Callback {
                run_id: run.id,
                attempt: run.attempt,
                seq,
                at: tx.now,
                signature: delivery.signature.to_owned(),
                status,
                exit_code,
                message: message.clone(),
                log: log.clone(),
            };
            if !tx.s.insert_callback(&callback).await? {
                return Err(NO);
            }
            if status != CallbackStatus::Running {
                let detail = json!({ "status": status, "attempt": run.attempt, "exit_code": exit_code });
                tx.log("run.callback", &run, Effect::Allow, detail);
            }
            tx.announce(Topic::Callback, run.id.0);
            Ok(())
        })
    }

    /// What was told of an attempt, from behind message number `after`, in order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn callbacks(&self, run: RunId, attempt: u32, after: i64) -> Result<Vec<Callback>> {
        Ok(self.store.read().await?.callbacks(run, attempt, after, 100).await?)
    }
}
