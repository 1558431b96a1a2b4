//! Approvals in memory.

use std::{cmp::Reverse, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use imbl::{OrdMap, OrdSet};
use uuid::Uuid;

use super::{
    dangling,
    session::{Session, Writing},
    up_to,
};
use crate::{
    model::{Approval, ApprovalId, ApprovalKind, ApprovalState, JobId},
    ports::store::{ApprovalReads, ApprovalWrites, Page, Result, StoreError},
};

/// The newest comes first: the greatest id.
type Newest = Reverse<ApprovalId>;

#[derive(Debug, Clone, Default)]
pub(super) struct Approvals {
    by_id: OrdMap<ApprovalId, Arc<Approval>>,
    by_rank: OrdSet<(i64, Newest)>,
    by_state: OrdSet<(ApprovalState, Newest)>,
    open_by_job: OrdSet<(JobId, ApprovalId)>,
    /// By when they end, in microseconds.
    open_by_end: OrdSet<(i64, ApprovalId)>,
}

/// The sort key of lists: pending ones first.
const fn rank(state: ApprovalState) -> i64 {
    match state {
        ApprovalState::Pending => 0,
        _ => 1,
    }
}

impl Approvals {
    fn get(&self, id: ApprovalId) -> Option<&Approval> {
        self.by_id.get(&id).map(Arc::as_ref)
    }

    pub(super) fn is_pending(&self, id: ApprovalId) -> bool {
        self.get(id).is_some_and(|approval| approval.state == ApprovalState::Pending)
    }

    /// Whether the job waits for the approval of its own creation.
    pub(super) fn awaits_plan(&self, job: JobId) -> bool {
        self.open_of(job)
            .any(|approval| approval.kind == ApprovalKind::Create && approval.state == ApprovalState::Pending)
    }

    fn open_of(&self, job: JobId) -> impl Iterator<Item = &Approval> {
        self.open_by_job
            .range((job, ApprovalId(Uuid::nil()))..=(job, ApprovalId(Uuid::max())))
            .filter_map(|(_, id)| self.get(*id))
    }

    fn index(&mut self, approval: Approval) {
        let (id, state) = (approval.id, approval.state);
        self.by_rank.insert((rank(state), Reverse(id)));
        self.by_state.insert((state, Reverse(id)));
        if state.is_open() {
            self.open_by_job.insert((approval.job_id, id));
            self.open_by_end.insert((approval.expires_at.timestamp_micros(), id));
        }
        self.by_id.insert(id, Arc::new(approval));
    }

    pub(super) fn insert(&mut self, approval: &Approval) -> Result<()> {
        if self.by_id.contains_key(&approval.id) {
            return Err(StoreError::Duplicate("id"));
        }
        self.index(approval.clone());
        Ok(())
    }

    fn unindex(&mut self, id: ApprovalId) {
        let Some(approval) = self.by_id.remove(&id) else { return };
        self.by_rank.remove(&(rank(approval.state), Reverse(id)));
        self.by_state.remove(&(approval.state, Reverse(id)));
        self.open_by_job.remove(&(approval.job_id, id));
        self.open_by_end.remove(&(approval.expires_at.timestamp_micros(), id));
    }

    fn update(&mut self, approval: &Approval, expected: ApprovalState) -> bool {
        if self.get(approval.id).is_none_or(|before| before.state != expected) {
            return false;
        }
        self.unindex(approval.id);
        self.index(approval.clone());
        true
    }

    fn list(&self, state: Option<ApprovalState>, page: Page) -> Vec<Approval> {
        use std::ops::Bound::{Excluded, Included, Unbounded};

        let limit = up_to(page.limit);
        let found = |id: &Newest| self.get(id.0).cloned();
        let Some(state) = state else {
            let after =
                page.after.map_or(Unbounded, |cursor| Excluded((cursor.key, Reverse(ApprovalId(cursor.id)))));
            let behind = self.by_rank.range((after, Unbounded));
            return behind.filter_map(|(_, id)| found(id)).take(limit).collect();
        };
        let first = (state, Reverse(ApprovalId(Uuid::max())));
        let last = (state, Reverse(ApprovalId(Uuid::nil())));
        let after = match page.after {
            // All of one state have one key: theirs lies wholly before or behind the cursor's, or is it.
            Some(cursor) if cursor.key > rank(state) => return Vec::new(),
            Some(cursor) if cursor.key == rank(state) => Excluded((state, Reverse(ApprovalId(cursor.id)))),
            _ => Included(first),
        };
        self.by_state.range((after, Included(last))).filter_map(|(_, id)| found(id)).take(limit).collect()
    }
}

#[async_trait]
impl<M: Send> ApprovalReads for Session<M> {
    async fn approval(&mut self, id: ApprovalId) -> Result<Option<Approval>> {
        Ok(self.see("approval")?.approvals.get(id).cloned())
    }

    async fn approvals_by_ids(&mut self, ids: &[ApprovalId]) -> Result<Vec<Approval>> {
        let approvals = &self.see("approvals_by_ids")?.approvals;
        let ids: OrdSet<_> = ids.iter().copied().collect();
        Ok(ids.into_iter().filter_map(|id| approvals.get(id).cloned()).collect())
    }

    async fn approvals(&mut self, state: Option<ApprovalState>, page: Page) -> Result<Vec<Approval>> {
        Ok(self.see("approvals")?.approvals.list(state, page))
    }

    async fn open_approvals(&mut self, jobs: &[JobId]) -> Result<Vec<Approval>> {
        let approvals = &self.see("open_approvals")?.approvals;
        let jobs: OrdSet<_> = jobs.iter().copied().collect();
        Ok(jobs.into_iter().flat_map(|job| approvals.open_of(job).cloned().collect::<Vec<_>>()).collect())
    }

    async fn expired_approvals(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Approval>> {
        let approvals = &self.see("expired_approvals")?.approvals;
        Ok(approvals
            .open_by_end
            .range(..=(now.timestamp_micros(), ApprovalId(Uuid::max())))
            .filter_map(|(_, id)| approvals.get(*id).cloned())
            .take(up_to(limit))
            .collect())
    }
}

#[async_trait]
impl ApprovalWrites for Session<Writing> {
    async fn insert_approval(&mut self, approval: &Approval) -> Result<()> {
        self.change("insert_approval", |state| {
            if !state.jobs.contains(approval.job_id) {
                return Err(dangling("job", approval.job_id.0));
            }
            state.approvals.insert(approval)
        })
    }

    async fn update_approval(&mut self, approval: &Approval, expected: ApprovalState) -> Result<bool> {
        self.change("update_approval", |state| Ok(state.approvals.update(approval, expected)))
    }
}
