//! Events of other calendars, as meetings or as freeze windows.
//!
//! What takes place once becomes a job or a window whose identifier follows from the event's UID, so that the same event finds
//! it again, whatever has become of it. A meeting that repeats becomes a series, which knows the UID that it came from.

mod freezes;
mod meetings;
mod plan;
mod repeating;
mod there;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::json;

use super::{
    Acting,
    freezes::checked_scope,
    tx::{Object, Tx, transact},
};
use crate::{
    error::{Error, Result},
    model::{JobType, ProjectId, Tier},
    rbac,
};

/// At most so many events are taken at once.
const MAX_EVENTS: usize = 1_000;

/// An event of another calendar. Where an instant stands, whoever read the event has asked its zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignEvent {
    /// The line where it begins, for refusals.
    pub line: u64,
    /// What identifies it, in whatever calendar it is.
    pub uid: String,
    /// Of something that repeats: the start of the occurrence whose place it takes.
    pub replaces: Option<DateTime<Utc>>,
    /// One line.
    pub title: String,
    /// Free text, may be empty.
    pub description: String,
    /// The zone on whose clocks it takes place; of whole days, the hub's.
    pub zone: Tz,
    /// When it starts, on those clocks; of whole days, midnight.
    pub start: NaiveDateTime,
    /// How long it lasts; of whole days, 24 hours for each. Some events do not say.
    pub length: Option<TimeDelta>,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// An RFC 5545 recurrence rule.
    pub rule: Option<String>,
    /// More starts.
    pub more: Vec<DateTime<Utc>>,
    /// Starts that are left out.
    pub exceptions: Vec<DateTime<Utc>>,
    /// It was called off.
    pub cancelled: bool,
}

/// What becomes of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportAs {
    /// Meetings of a project.
    Meetings {
        /// Which one.
        project_id: ProjectId,
    },
    /// Freeze windows.
    Freezes {
        /// Every environment of these tiers.
        tiers: Vec<Tier>,
        /// And the environments of these names.
        environments: Vec<String>,
        /// Only of this project.
        project_id: Option<ProjectId>,
    },
}

/// What came of an import, by meetings or windows. Of a meeting that repeats those count that are laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ImportedEvents {
    /// Made.
    pub created: u32,
    /// Changed to what the file says.
    pub updated: u32,
    /// As the file says already.
    pub unchanged: u32,
    /// Called off, or lifted, since the file says so.
    pub cancelled: u32,
    /// Over, and left as they are or not made.
    pub past: u32,
}

fn refuse(line: u64, uid: &str, reason: impl std::fmt::Display) -> Error {
    let uid: String = uid.chars().filter(|c| !c.is_control()).take(100).collect();
    Error::invalid("ics", format!("line {line}, UID {uid}: {reason}"))
}

impl Acting {
    /// Takes in events of another calendar: all of them, or none. What is there already is changed to what the file says, what
    /// has ended stays as it is, and what the file no longer names stays too. With `dry_run` it only tells what would come of
    /// it.
    ///
    /// A meeting that repeats becomes a series, on the clocks of its zone, which the hub goes on laying out; a freeze window
    /// that repeats becomes single windows, 400 days ahead.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the line and the UID, [`Error::Denied`], [`Error::NotFound`] for the project.
    pub async fn import_events(
        &self,
        events: &[ForeignEvent],
        what: &ImportAs,
        dry_run: bool,
    ) -> Result<ImportedEvents> {
        if events.len() > MAX_EVENTS {
            return Err(Error::invalid("ics", format!("has {} events, at most {MAX_EVENTS}", events.len())));
        }
        // Laid out before anything is locked: that may take a while.
        let plan = match what {
            ImportAs::Meetings { project_id } => {
                let known = self.known_events(events, *project_id).await?;
                plan::lay_out(events, Some(JobType::Meeting.default_length()), self.hub.now(), Some(&known))?
            }
            ImportAs::Freezes { .. } => plan::lay_out(events, None, self.hub.now(), None)?,
        };
        if dry_run {
            // The same code, in a transaction that is dropped.
            let mut tx = Tx::begin(&self.hub, &self.who).await?;
            return self.import_events_in(&mut tx, &plan, what).await;
        }
        transact!(&self.hub, &self.who, "calendar.import", |tx| {
            let done = self.import_events_in(tx, &plan, what).await?;
            tx.log(
                "calendar.import",
                Object { kind: "hub", ..Object::default() },
                rbac::Effect::Allow,
                json!(done),
            );
            Ok(done)
        })
    }

    async fn import_events_in(
        &self,
        tx: &mut Tx,
        plan: &plan::Plan,
        what: &ImportAs,
    ) -> Result<ImportedEvents> {
        let actor = tx.actor(self.user.id).await?;
        match what {
            ImportAs::Meetings { project_id } => {
                // Large, and most of the hub's futures are not.
                Box::pin(self.import_meetings(tx, &actor, plan, *project_id)).await
            }
            ImportAs::Freezes { tiers, environments, project_id } => {
                let (tiers, environments) = checked_scope(tiers, environments)?;
                let scope = freezes::Scope { tiers, environments, project_id: *project_id, by: actor.id };
                freezes::import_freezes(tx, &actor, &plan.single, &scope).await
            }
        }
    }
}
