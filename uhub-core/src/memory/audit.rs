//! The audit in memory.

use std::sync::Arc;

use async_trait::async_trait;
use imbl::{OrdMap, OrdSet};
use uuid::Uuid;

use super::{
    descending,
    projects::Projects,
    session::{Session, Writing},
    up_to,
};
use crate::{
    audit::{AuditEntry, Head, Sealed},
    model::AuditId,
    ports::store::{AuditFilter, AuditReads, AuditRow, AuditWrites, Page, Result, StoreError},
};

#[derive(Debug, Clone, Default)]
pub(super) struct Audit {
    rows: OrdMap<AuditId, Arc<AuditRow>>,
    by_object: OrdSet<(Uuid, AuditId)>,
    chain: OrdMap<i64, AuditId>,
    unsealed: OrdSet<AuditId>,
}

impl Audit {
    pub(super) fn append(&mut self, entries: &[AuditEntry]) -> Result<()> {
        for entry in entries {
            if self.rows.contains_key(&entry.id) {
                return Err(StoreError::Duplicate("id"));
            }
            if let Some(object) = entry.object_id {
                self.by_object.insert((object, entry.id));
            }
            self.unsealed.insert(entry.id);
            let row = AuditRow { entry: entry.clone(), seq: None, hash: None };
            self.rows.insert(entry.id, Arc::new(row));
        }
        Ok(())
    }

    /// Those that wait to be sealed, from behind that one.
    pub(super) fn waiting(&self, after: Option<AuditId>) -> impl Iterator<Item = &AuditEntry> {
        use std::ops::Bound::{Excluded, Unbounded};

        let ids = self.unsealed.range((after.map_or(Unbounded, Excluded), Unbounded));
        ids.filter_map(|id| self.rows.get(id)).map(|row| &row.entry)
    }

    pub(super) fn seal(&mut self, seals: &[(AuditId, i64, String)]) -> Result<()> {
        for (id, seq, hash) in seals {
            if self.chain.contains_key(seq) {
                return Err(StoreError::Duplicate("seq"));
            }
            let row = self.rows.get(id).filter(|row| row.seq.is_none());
            let Some(row) = row.cloned() else {
                return Err(StoreError::Failed(format!("the audit has no entry {id} that can be sealed")));
            };
            let row = AuditRow { seq: Some(*seq), hash: Some(hash.clone()), entry: row.entry.clone() };
            self.rows.insert(*id, Arc::new(row));
            self.chain.insert(*seq, *id);
            self.unsealed.remove(id);
        }
        Ok(())
    }

    fn list(&self, filter: &AuditFilter, page: Page, projects: &Projects) -> Vec<AuditRow> {
        let newest_first: Box<dyn Iterator<Item = &Arc<AuditRow>> + '_> = match filter.object_id {
            Some(object) => {
                let before = page.after.map_or(AuditId(Uuid::max()), |cursor| AuditId(cursor.id));
                let of_it = self.by_object.range((object, AuditId(Uuid::nil()))..(object, before));
                Box::new(of_it.rev().filter_map(|(_, id)| self.rows.get(id)))
            }
            None => Box::new(descending(&self.rows, page, AuditId)),
        };
        newest_first
            .filter(|row| matches(filter, &row.entry, projects))
            .take(up_to(page.limit))
            .map(|row| AuditRow::clone(row))
            .collect()
    }

    fn sealed(&self, after: i64, limit: u32) -> Vec<Sealed> {
        use std::ops::Bound::{Excluded, Unbounded};

        self.chain
            .range((Excluded(after), Unbounded))
            .filter_map(|(seq, id)| {
                let row = self.rows.get(id)?;
                Some(Sealed { seq: *seq, hash: row.hash.clone()?, entry: row.entry.clone() })
            })
            .take(up_to(limit))
            .collect()
    }

    fn head(&self) -> Head {
        self.chain
            .get_max()
            .and_then(|(seq, id)| {
                let hash = self.rows.get(id)?.hash.clone()?;
                Some(Head { seq: *seq, hash })
            })
            .unwrap_or_default()
    }
}

fn matches(filter: &AuditFilter, entry: &AuditEntry, projects: &Projects) -> bool {
    filter.actor_id.is_none_or(|actor| entry.actor_id == Some(actor))
        && filter.object_id.is_none_or(|object| entry.object_id == Some(object))
        && filter.action.as_ref().is_none_or(|action| entry.action == *action)
        && filter.from.is_none_or(|from| entry.at >= from)
        && filter.to.is_none_or(|to| entry.at < to)
        && filter.owner.is_none_or(|owner| entry.project_id.is_some_and(|id| projects.is_owned(id, owner)))
}

#[async_trait]
impl<M: Send> AuditReads for Session<M> {
    async fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRow>> {
        let state = self.see("audit")?;
        Ok(state.audit.list(filter, page, &state.projects))
    }

    async fn sealed(&mut self, after: i64, limit: u32) -> Result<Vec<Sealed>> {
        Ok(self.see("sealed")?.audit.sealed(after, limit))
    }

    async fn audit_head(&mut self) -> Result<Head> {
        Ok(self.see("audit_head")?.audit.head())
    }

    async fn has_unsealed(&mut self) -> Result<bool> {
        Ok(!self.see("has_unsealed")?.audit.unsealed.is_empty())
    }

    async fn count_unsealed(&mut self) -> Result<i64> {
        Ok(i64::try_from(self.see("count_unsealed")?.audit.unsealed.len()).unwrap_or(i64::MAX))
    }
}

#[async_trait]
impl AuditWrites for Session<Writing> {
    async fn append_audit(&mut self, entries: &[AuditEntry]) -> Result<()> {
        self.change("append_audit", |state| state.audit.append(entries))
    }

    async fn append_sealed(&mut self, entries: &[Sealed]) -> Result<()> {
        self.change("append_sealed", |state| {
            let audit = &mut state.audit;
            for Sealed { seq, hash, entry } in entries {
                audit.append(std::slice::from_ref(entry))?;
                audit.seal(&[(entry.id, *seq, hash.clone())])?;
            }
            Ok(())
        })
    }

    async fn unsealed(&mut self, limit: u32) -> Result<Vec<AuditEntry>> {
        // What this session appended itself is not committed yet, and what it sealed no longer waits.
        let committed = self.committed();
        let audit = &self.see("unsealed")?.audit;
        Ok(committed
            .audit
            .unsealed
            .iter()
            .filter(|id| audit.unsealed.contains(*id))
            .filter_map(|id| audit.rows.get(id))
            .take(up_to(limit))
            .map(|row| row.entry.clone())
            .collect())
    }

    async fn seal_audit(&mut self, seals: &[(AuditId, i64, String)]) -> Result<()> {
        self.change("seal_audit", |state| state.audit.seal(seals))
    }
}
