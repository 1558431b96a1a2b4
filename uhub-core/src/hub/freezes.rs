//! Freeze windows (DOMAIN §3.4). They are policy: who may change policies may change them.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    Acting,
    tx::{Object, allow, transact},
    views::rbac_read,
};
use crate::{
    error::{Error, Result},
    model::{CalendarEntry, Freeze, FreezeId, ProjectId, Slot, SlotError, Tier},
    ports::store::{JobFilter, LockKey, Page, ReadSession, Topic},
    rbac::{self, Action, Context},
    text,
};

/// A freeze window to create.
#[derive(Debug, Clone)]
pub struct NewFreeze {
    /// From when on.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// Every environment of these tiers.
    pub tiers: Vec<Tier>,
    /// And the environments of these names.
    pub environments: Vec<String>,
    /// Why.
    pub reason: String,
    /// Only of this project.
    pub project_id: Option<ProjectId>,
}

/// A freeze window with the jobs that it stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeOutcome {
    /// The window.
    pub freeze: Freeze,
    /// The jobs that lie in it and are alive, by start.
    pub stops: Vec<CalendarEntry>,
}

impl Acting {
    /// All freeze windows, in the order of creation.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn freezes(&self, page: Page) -> Result<Vec<Freeze>> {
        rbac_read(self)?;
        Ok(self.hub.store.read().await?.list_freezes(page).await?)
    }

    /// Creates a freeze window, or with `dry_run` only tells which jobs it would stop.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::NotFound`] for its project.
    pub async fn create_freeze(&self, new: NewFreeze, dry_run: bool) -> Result<FreezeOutcome> {
        let slot = Slot::new(new.start, new.end).map_err(|error| {
            Error::invalid(if error == SlotError::Empty { "end" } else { "start" }, error.to_string())
        })?;
        let (tiers, environments) = checked_scope(&new.tiers, &new.environments)?;
        let reason = text::line("reason", &new.reason, 500)?;
        let freeze = Freeze {
            id: FreezeId(self.hub.new_id()),
            slot,
            tiers,
            environments,
            project_id: new.project_id,
            reason,
            created_by: self.user.id,
            created_at: self.hub.now(),
        };
        if dry_run {
            self.authorize(Action::ProjectPolicy).await?;
            let mut session = self.hub.store.read().await?;
            if let Some(id) = new.project_id {
                session.project(id).await?.ok_or(Error::NotFound { what: "project" })?;
            }
            let stops = stopped(&mut *session, &freeze).await?;
            return Ok(FreezeOutcome { freeze, stops });
        }
        transact!(&self.hub, &self.who, "freeze.create", |tx| {
            tx.on(Object { kind: "freeze", id: None, project: freeze.project_id });
            let actor = tx.actor(self.user.id).await?;
            let decision = rbac::decide(&actor, Action::ProjectPolicy, &Context::default());
            allow(decision)?;
            if let Some(id) = freeze.project_id {
                tx.project(id).await?;
            }
            // Alone: a move that has looked for windows is saved, and seen below, or looks again.
            tx.s.lock(&[LockKey::Freezes]).await?;
            tx.s.insert_freeze(&freeze).await?;
            let stops = stopped(&mut *tx.s, &freeze).await?;
            tx.announce(Topic::Freeze, freeze.id.0);
            tx.log_decision(
                "freeze.create",
                &freeze,
                decision,
                json!({ "freeze": freeze, "stops": stops.len() }),
            );
            Ok(FreezeOutcome { freeze: freeze.clone(), stops })
        })
    }

    /// Ends a freeze window for good.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::NotFound`].
    pub async fn delete_freeze(&self, id: FreezeId) -> Result<()> {
        transact!(&self.hub, &self.who, "freeze.delete", |tx| {
            let freeze = tx.s.freeze(id).await?.ok_or(Error::NotFound { what: "freeze" })?;
            tx.on(&freeze);
            let actor = tx.actor(self.user.id).await?;
            let decision = rbac::decide(&actor, Action::ProjectPolicy, &Context::default());
            allow(decision)?;
            tx.s.lock(&[LockKey::Freezes]).await?;
            if !tx.s.delete_freeze(id).await? {
                return Err(Error::NotFound { what: "freeze" });
            }
            tx.announce(Topic::Freeze, id.0);
            tx.log_decision("freeze.delete", &freeze, decision, json!({ "freeze": freeze }));
            Ok(())
        })
    }
}

/// What a window holds for, each once and in order.
pub(super) fn checked_scope(tiers: &[Tier], environments: &[String]) -> Result<(Vec<Tier>, Vec<String>)> {
    let mut tiers = tiers.to_vec();
    tiers.sort();
    tiers.dedup();
    let mut environments =
        environments.iter().map(|name| text::identifier("environments", name)).collect::<Result<Vec<_>>>()?;
    environments.sort();
    environments.dedup();
    if tiers.is_empty() && environments.is_empty() {
        return Err(Error::invalid("tiers", "name at least one tier or environment"));
    }
    if environments.len() > 100 {
        return Err(Error::invalid("environments", "has more than 100 names"));
    }
    Ok((tiers, environments))
}

/// The jobs that lie in a window and are alive, by start.
pub(super) async fn stopped<S: ReadSession + ?Sized>(
    session: &mut S,
    freeze: &Freeze,
) -> Result<Vec<CalendarEntry>> {
    let filter = JobFilter { project_id: freeze.project_id, ..JobFilter::default() };
    let mut entries = session.calendar(freeze.slot, &filter).await?;
    entries.retain(|entry| {
        entry.status.is_alive()
            && freeze.concerns(entry.project_id, entry.job_type, entry.environment.as_ref())
    });
    Ok(entries)
}
