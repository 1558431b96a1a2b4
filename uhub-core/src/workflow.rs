//! The two state machines (DOMAIN §5): what may follow what, as tables, and nothing else.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::{JobStatus, RunStatus, words};

words! {
    /// What can happen to a job.
    pub enum JobEvent {
        /// It needs a second person's word before it may run.
        AskApproval = "ask_approval",
        /// The run was approved.
        Approve = "approve",
        /// The plan itself was approved: it was created by somebody who needs a second person for that.
        AcceptPlan = "accept_plan",
        /// Its approval was rejected, voided, or expired.
        Unapprove = "unapprove",
        /// A run of it was put into the queue.
        Queue = "queue",
        /// A worker started its run.
        Start = "start",
        /// Its run goes back into the queue for another attempt.
        Retry = "retry",
        /// Its run ended well.
        Succeed = "succeed",
        /// Somebody did it by hand.
        Done = "done",
        /// Its run ended badly.
        Fail = "fail",
        /// It was called off.
        Cancel = "cancel",
        /// Its slot ended before it could run.
        Miss = "miss",
        /// It is planned again.
        Replan = "replan",
    }
}

words! {
    /// What can happen to a run.
    pub enum RunEvent {
        /// A worker claimed it.
        Start = "start",
        /// Another attempt follows.
        Retry = "retry",
        /// It ended well.
        Succeed = "succeed",
        /// It ended badly.
        Fail = "fail",
        /// It took too long.
        TimeOut = "time_out",
        /// It was called off.
        Cancel = "cancel",
        /// Its worker died.
        Lose = "lose",
    }
}

/// A status that moves by events.
pub trait State: Copy + fmt::Display + PartialEq + fmt::Debug {
    /// What can happen to it.
    type Event: Copy + fmt::Display + fmt::Debug;

    /// `job` or `run`, for errors.
    const WHAT: &'static str;

    /// Where `event` leads from here; `None` where it may not happen.
    fn next(self, event: Self::Event) -> Option<Self>;
}

#[rustfmt::skip]
impl State for JobStatus {
    type Event = JobEvent;
    const WHAT: &'static str = "job";

    fn next(self, event: JobEvent) -> Option<Self> {
        use JobEvent::*;
        Some(match (self, event) {
            (Self::Planned,          AskApproval) => Self::AwaitingApproval,
            (Self::AwaitingApproval, Approve)     => Self::Approved,
            (Self::AwaitingApproval, AcceptPlan)  => Self::Planned,
            (Self::AwaitingApproval | Self::Approved
                | Self::Queued,      Unapprove)   => Self::Planned,
            (Self::Planned
                | Self::Approved,    Queue)       => Self::Queued,
            (Self::Queued,           Start)       => Self::Running,
            (Self::Running,          Retry)       => Self::Queued,
            (Self::Running,          Succeed)     => Self::Succeeded,
            (Self::Running,          Fail)        => Self::Failed,
            (Self::Planned,          Done)        => Self::Succeeded,
            (Self::Planned | Self::AwaitingApproval | Self::Approved
                | Self::Queued | Self::Running,
                                     Cancel)      => Self::Cancelled,
            (Self::Planned | Self::AwaitingApproval | Self::Approved
                | Self::Queued,      Miss)        => Self::Missed,
            (Self::Failed | Self::Cancelled
                | Self::Missed,      Replan)      => Self::Planned,
            _ => return None,
        })
    }
}

#[rustfmt::skip]
impl State for RunStatus {
    type Event = RunEvent;
    const WHAT: &'static str = "run";

    fn next(self, event: RunEvent) -> Option<Self> {
        use RunEvent::*;
        Some(match (self, event) {
            (Self::Queued,                 Start)   => Self::Running,
            (Self::Running,                Retry)   => Self::Queued,
            (Self::Running,                Succeed) => Self::Succeeded,
            (Self::Running,                Fail)    => Self::Failed,
            (Self::Running,                TimeOut) => Self::TimedOut,
            (Self::Queued | Self::Running, Cancel)  => Self::Cancelled,
            (Self::Running,                Lose)    => Self::Lost,
            _ => return None,
        })
    }
}

/// What may not happen, with both names (DOMAIN §5).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {from}: it cannot {event}")]
pub struct IllegalTransition {
    /// `job`, `run` or `approval`.
    pub what: &'static str,
    /// Where it stands.
    pub from: String,
    /// What was tried.
    pub event: String,
}

/// A status whose only writer is [`Tracked::apply`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracked<S>(S);

impl<S: State> Tracked<S> {
    /// A status as it was read from a store, or of something new.
    pub const fn restore(status: S) -> Self {
        Self(status)
    }

    /// Where it stands.
    pub const fn get(self) -> S {
        self.0
    }

    /// Moves on by `event`.
    ///
    /// # Errors
    /// [`IllegalTransition`] when `event` may not happen now; the status stays.
    pub fn apply(&mut self, event: S::Event) -> Result<S, IllegalTransition> {
        self.0 = self.0.next(event).ok_or_else(|| IllegalTransition {
            what: S::WHAT,
            from: self.0.to_string(),
            event: event.to_string(),
        })?;
        Ok(self.0)
    }
}

impl<S: Serialize> Serialize for Tracked<S> {
    fn serialize<Ser: Serializer>(&self, serializer: Ser) -> Result<Ser::Ok, Ser::Error> {
        self.0.serialize(serializer)
    }
}

/// A Mermaid state diagram of `S`, generated from its table.
pub fn diagram<S: State + 'static>(states: &[S], events: &[S::Event], initial: S) -> String {
    let mut lines = vec!["stateDiagram-v2".to_owned(), format!("    [*] --> {initial}")];
    for from in states {
        let mut leaves = false;
        for event in events {
            if let Some(to) = from.next(*event) {
                leaves = true;
                lines.push(format!("    {from} --> {to}: {event}"));
            }
        }
        if !leaves {
            lines.push(format!("    {from} --> [*]"));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests;
