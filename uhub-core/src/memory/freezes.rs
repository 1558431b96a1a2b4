//! Freeze windows in memory.

use std::sync::Arc;

use async_trait::async_trait;
use imbl::OrdMap;

use super::{
    ascending, dangling,
    session::{Session, Writing},
    slots::SlotIndex,
};
use crate::{
    model::{Freeze, FreezeId, Slot},
    ports::store::{FreezeReads, FreezeWrites, Page, Result, StoreError},
};

#[derive(Debug, Clone, Default)]
pub(super) struct Freezes {
    by_id: OrdMap<FreezeId, Arc<Freeze>>,
    by_slot: SlotIndex<Arc<Freeze>>,
}

impl Freezes {
    fn insert(&mut self, freeze: &Freeze) -> Result<()> {
        if self.by_id.contains_key(&freeze.id) {
            return Err(StoreError::Duplicate("id"));
        }
        let freeze = Arc::new(freeze.clone());
        self.by_slot.insert(freeze.slot, freeze.id.0, freeze.clone());
        self.by_id.insert(freeze.id, freeze);
        Ok(())
    }

    fn delete(&mut self, id: FreezeId) -> bool {
        let Some(freeze) = self.by_id.remove(&id) else { return false };
        self.by_slot.remove(freeze.slot, id.0);
        true
    }
}

#[async_trait]
impl<M: Send> FreezeReads for Session<M> {
    async fn freeze(&mut self, id: FreezeId) -> Result<Option<Freeze>> {
        Ok(self.see("freeze")?.freezes.by_id.get(&id).map(|freeze| Freeze::clone(freeze)))
    }

    async fn freezes(&mut self, window: Slot) -> Result<Vec<Freeze>> {
        let freezes = &self.see("freezes")?.freezes;
        Ok(freezes.by_slot.overlapping(window).map(|freeze| Freeze::clone(freeze)).collect())
    }

    async fn list_freezes(&mut self, page: Page) -> Result<Vec<Freeze>> {
        let freezes = &self.see("list_freezes")?.freezes;
        Ok(ascending(&freezes.by_id, page, FreezeId).map(|freeze| Freeze::clone(freeze)).collect())
    }
}

#[async_trait]
impl FreezeWrites for Session<Writing> {
    async fn insert_freeze(&mut self, freeze: &Freeze) -> Result<()> {
        self.change("insert_freeze", |state| match freeze.project_id {
            Some(project) if !state.projects.contains(project) => Err(dangling("project", project.0)),
            _ => state.freezes.insert(freeze),
        })
    }

    async fn delete_freeze(&mut self, id: FreezeId) -> Result<bool> {
        self.change("delete_freeze", |state| Ok(state.freezes.delete(id)))
    }
}
