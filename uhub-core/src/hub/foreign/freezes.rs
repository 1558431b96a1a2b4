//! Events of other calendars, as freeze windows.

use serde_json::json;

use super::{ImportedEvents, plan::Planned};
use crate::{
    error::Result,
    hub::{
        freezes::stopped,
        tx::{Object, Tx, allow},
    },
    model::{Freeze, FreezeId, ProjectId, Tier, UserId},
    ports::store::{LockKey, Topic},
    rbac::{self, Action, Actor, Context},
};

/// What windows hold for, and by whom.
pub(super) struct Scope {
    pub(super) tiers: Vec<Tier>,
    pub(super) environments: Vec<String>,
    pub(super) project_id: Option<ProjectId>,
    pub(super) by: UserId,
}

pub(super) async fn import_freezes(
    tx: &mut Tx,
    actor: &Actor,
    plan: &[Planned],
    scope: &Scope,
) -> Result<ImportedEvents> {
    tx.on(Object { kind: "freeze", id: None, project: scope.project_id });
    let decision = rbac::decide(actor, Action::ProjectPolicy, &Context::default());
    allow(decision)?;
    if let Some(id) = scope.project_id {
        tx.project(id).await?;
    }
    // Alone, as with any change of them.
    tx.s.lock(&[LockKey::Freezes]).await?;
    let place = format!("freezes of {:?} {:?} {:?}", scope.project_id, scope.tiers, scope.environments);
    let mut done = ImportedEvents::default();
    for planned in plan {
        let id = FreezeId(planned.id(&place));
        let there = tx.s.freeze(id).await?;
        let wanted = Freeze {
            id,
            slot: planned.slot,
            tiers: scope.tiers.clone(),
            environments: scope.environments.clone(),
            project_id: scope.project_id,
            reason: planned.title.clone(),
            created_by: there.as_ref().map_or(scope.by, |there| there.created_by),
            created_at: there.as_ref().map_or(tx.now, |there| there.created_at),
        };
        let is_over = planned.slot.end() <= tx.now;
        match &there {
            Some(there) if *there == wanted && !planned.cancelled => {
                done.unchanged += 1;
                continue;
            }
            None if planned.cancelled => {
                done.unchanged += 1;
                continue;
            }
            None if is_over => {
                done.past += 1;
                continue;
            }
            Some(_) if planned.cancelled => done.cancelled += 1,
            Some(_) => done.updated += 1,
            None => done.created += 1,
        }
        if let Some(there) = there {
            tx.s.delete_freeze(id).await?;
            tx.log_decision("freeze.delete", &there, decision, json!({ "freeze": there }));
        }
        if !planned.cancelled {
            tx.s.insert_freeze(&wanted).await?;
            let stops = stopped(&mut *tx.s, &wanted).await?.len();
            tx.log_decision("freeze.create", &wanted, decision, json!({ "freeze": wanted, "stops": stops }));
        }
        tx.announce(Topic::Freeze, id.0);
    }
    Ok(done)
}
