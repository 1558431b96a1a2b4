//! The runs, and what workers ask of them, as indexes.

use std::{cmp::Reverse, sync::Arc};

use chrono::{DateTime, Utc};
use imbl::{OrdMap, OrdSet};
use uuid::Uuid;

use super::super::{descending, up_to};
use crate::{
    model::{JobId, LogChunk, Run, RunId, RunStatus, Stream},
    ports::store::{Beat, LogEnd, Page, Result, RunFilter, StoreError, Wanted},
};

#[derive(Debug, Clone, Default)]
pub(in super::super) struct Runs {
    by_id: OrdMap<RunId, Arc<Run>>,
    by_job: OrdSet<(JobId, RunId)>,
    by_status: OrdSet<(RunStatus, RunId)>,
    count: OrdMap<RunStatus, u64>,
    active: OrdMap<JobId, RunId>,
    /// Queued runs, the most urgent first, by when they are due, in microseconds.
    queue: OrdSet<(Reverse<i32>, i64, RunId)>,
    /// Running runs by the end of their lease, in microseconds.
    leases: OrdSet<(i64, RunId)>,
    /// Jobs that started by themselves and whose first attempt is queued.
    unclaimed: OrdSet<JobId>,
    logs: OrdMap<RunId, OrdMap<i64, Arc<LogChunk>>>,
}

/// A queued run's place in the queue.
fn place(run: &Run) -> (Reverse<i32>, i64, RunId) {
    (Reverse(run.execution.priority), run.due_at.timestamp_micros(), run.id)
}

impl Runs {
    pub(in crate::memory) fn get(&self, id: RunId) -> Option<&Run> {
        self.by_id.get(&id).map(Arc::as_ref)
    }

    pub(in crate::memory) fn active(&self, job: JobId) -> Option<&Run> {
        self.active.get(&job).and_then(|id| self.get(*id))
    }

    pub(in crate::memory) fn unclaimed(&self) -> impl Iterator<Item = JobId> {
        self.unclaimed.iter().copied()
    }

    pub(in crate::memory) fn insert(&mut self, run: &Run) -> Result<()> {
        if self.by_id.contains_key(&run.id) {
            return Err(StoreError::Duplicate("id"));
        }
        self.check_active(run)?;
        self.index(run.clone());
        Ok(())
    }

    pub(super) fn update(&mut self, run: &Run, expected: (RunStatus, i64)) -> Result<bool> {
        if self.get(run.id).is_none_or(|before| (before.status.get(), before.fence) != expected) {
            return Ok(false);
        }
        self.check_active(run)?;
        self.replace(run.clone());
        Ok(true)
    }

    fn check_active(&self, run: &Run) -> Result<()> {
        let other = self.active.get(&run.job_id).is_some_and(|active| *active != run.id);
        if other && !run.status.get().is_terminal() {
            return Err(StoreError::Duplicate("job_id"));
        }
        Ok(())
    }

    fn replace(&mut self, run: Run) {
        self.unindex(run.id);
        self.index(run);
    }

    fn index(&mut self, run: Run) {
        let status = run.status.get();
        self.by_job.insert((run.job_id, run.id));
        self.by_status.insert((status, run.id));
        *self.count.entry(status).or_default() += 1;
        if !status.is_terminal() {
            self.active.insert(run.job_id, run.id);
        }
        if run.is_missed_with_its_slot() {
            self.unclaimed.insert(run.job_id);
        }
        match (status, run.lease_until) {
            (RunStatus::Queued, _) => {
                self.queue.insert(place(&run));
            }
            (RunStatus::Running, Some(until)) => {
                self.leases.insert((until.timestamp_micros(), run.id));
            }
            _ => {}
        }
        self.by_id.insert(run.id, Arc::new(run));
    }

    fn unindex(&mut self, id: RunId) {
        let Some(run) = self.by_id.remove(&id) else { return };
        let status = run.status.get();
        self.by_job.remove(&(run.job_id, id));
        self.by_status.remove(&(status, id));
        if let Some(count) = self.count.get_mut(&status) {
            *count = count.saturating_sub(1);
        }
        if self.active.get(&run.job_id) == Some(&id) {
            self.active.remove(&run.job_id);
            self.unclaimed.remove(&run.job_id);
        }
        self.queue.remove(&place(&run));
        if let Some(until) = run.lease_until {
            self.leases.remove(&(until.timestamp_micros(), id));
        }
    }

    pub(super) fn list(&self, filter: &RunFilter, page: Page) -> Vec<Run> {
        // The narrowest index that the filter allows; the rest of it is tried run by run.
        let before = page.after.map_or(RunId(Uuid::max()), |cursor| RunId(cursor.id));
        let nil = RunId(Uuid::nil());
        let newest_first: Box<dyn Iterator<Item = &Arc<Run>> + '_> = match (filter.job_id, filter.status) {
            (Some(job), _) => Box::new(
                self.by_job.range((job, nil)..(job, before)).rev().filter_map(|(_, id)| self.by_id.get(id)),
            ),
            (None, Some(status)) => Box::new(
                self.by_status
                    .range((status, nil)..(status, before))
                    .rev()
                    .filter_map(|(_, id)| self.by_id.get(id)),
            ),
            (None, None) => Box::new(descending(&self.by_id, page, RunId)),
        };
        newest_first
            .filter(|run| {
                filter.status.is_none_or(|status| run.status.get() == status)
                    && filter.from.is_none_or(|from| run.created_at >= from)
                    && filter.to.is_none_or(|to| run.created_at < to)
            })
            .take(up_to(page.limit))
            .map(|run| Run::clone(run))
            .collect()
    }

    pub(super) fn count(&self) -> Vec<(RunStatus, u64)> {
        self.count.iter().filter(|(_, count)| **count > 0).map(|(status, count)| (*status, *count)).collect()
    }

    pub(super) fn claimable(&self, wanted: Wanted<'_>, is_free: impl Fn(&Run) -> bool) -> Vec<Run> {
        self.queue
            .iter()
            .filter(|(_, due, _)| *due <= wanted.now.timestamp_micros())
            .filter_map(|(.., id)| self.get(*id))
            .filter(|run| wanted.kinds.contains(&run.backend) && is_free(run))
            .take(up_to(wanted.limit))
            .cloned()
            .collect()
    }

    pub(super) fn next_queued(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due =
            self.queue.iter().map(|(_, due, _)| *due).filter(|due| *due > now.timestamp_micros()).min()?;
        DateTime::from_timestamp_micros(due)
    }

    pub(super) fn expired(&self, now: DateTime<Utc>, limit: u32, which: impl Fn(&Run) -> bool) -> Vec<Run> {
        self.leases
            .range(..=(now.timestamp_micros(), RunId(Uuid::max())))
            .filter_map(|(_, id)| self.get(*id))
            .filter(|run| which(run))
            .take(up_to(limit))
            .cloned()
            .collect()
    }

    pub(super) fn running(&self) -> impl Iterator<Item = &Run> {
        let nil = RunId(Uuid::nil());
        self.by_status
            .range((RunStatus::Running, nil)..=(RunStatus::Running, RunId(Uuid::max())))
            .filter_map(|(_, id)| self.get(*id))
    }

    fn held(&self, id: RunId, fence: i64) -> Option<&Run> {
        self.get(id).filter(|run| run.status.get() == RunStatus::Running && run.fence == fence)
    }

    pub(super) fn heartbeat(&mut self, held: &[(RunId, i64)], lease_until: DateTime<Utc>) -> Vec<Beat> {
        let held: OrdSet<_> = held.iter().copied().collect();
        let mut beats = Vec::with_capacity(held.len());
        for (id, fence) in held {
            let Some(mut run) = self.held(id, fence).cloned() else { continue };
            run.lease_until = Some(lease_until);
            beats.push(Beat { run_id: id, cancel_requested: run.cancel_requested_at.is_some() });
            self.replace(run);
        }
        beats
    }

    pub(super) fn append_log(&mut self, id: RunId, fence: i64, chunks: &[LogChunk]) -> bool {
        if self.held(id, fence).is_none() {
            return false;
        }
        let log = self.logs.entry(id).or_default();
        for chunk in chunks {
            if !log.contains_key(&chunk.seq) {
                log.insert(chunk.seq, Arc::new(chunk.clone()));
            }
        }
        true
    }

    /// Adds to a log, whoever holds the run.
    pub(in crate::memory) fn insert_log(&mut self, id: RunId, chunk: &LogChunk) {
        self.logs.entry(id).or_default().insert(chunk.seq, Arc::new(chunk.clone()));
    }

    /// The pieces of all logs from behind that one.
    pub(in crate::memory) fn logs(
        &self,
        after: Option<(RunId, i64)>,
    ) -> impl Iterator<Item = (RunId, &LogChunk)> {
        let first = after.map_or(RunId(Uuid::nil()), |(run, _)| run);
        let behind = move |run: RunId, seq: i64| after.is_none_or(|after| (run, seq) > after);
        self.logs.range(first..).flat_map(move |(run, log)| {
            let chunks = log.iter().filter(move |(seq, _)| behind(*run, **seq));
            chunks.map(move |(_, chunk)| (*run, &**chunk))
        })
    }

    pub(super) fn log(&self, id: RunId, after: i64, limit: u32) -> Vec<LogChunk> {
        use std::ops::Bound::{Excluded, Unbounded};

        let Some(log) = self.logs.get(&id) else { return Vec::new() };
        log.range((Excluded(after), Unbounded))
            .take(up_to(limit))
            .map(|(_, chunk)| LogChunk::clone(chunk))
            .collect()
    }

    pub(super) fn log_bytes(&self) -> u64 {
        self.logs.values().flat_map(OrdMap::values).map(|chunk| chunk.bytes.len() as u64).sum()
    }

    pub(super) fn prune_logs(&mut self, ended_before: DateTime<Utc>, limit: u32) -> (u32, u64) {
        let is_old =
            |id: &RunId| self.get(*id).and_then(|run| run.ended_at).is_some_and(|ended| ended < ended_before);
        let old: Vec<RunId> = self.logs.keys().filter(|id| is_old(id)).take(up_to(limit)).copied().collect();
        let mut pruned = (0, 0);
        for log in old.iter().filter_map(|id| self.logs.remove(id)) {
            pruned.0 += 1;
            pruned.1 += log.values().map(|chunk| chunk.bytes.len() as u64).sum::<u64>();
        }
        pruned
    }

    pub(super) fn log_end(&self, id: RunId, from: i64) -> LogEnd {
        let mut end = LogEnd::default();
        for chunk in self.logs.get(&id).into_iter().flat_map(OrdMap::values) {
            end.seq = end.seq.max(chunk.seq);
            end.bytes += chunk.bytes.len() as u64;
            let position = match chunk.stream {
                Stream::Stdout => &mut end.position.stdout,
                Stream::Stderr => &mut end.position.stderr,
                Stream::System => continue,
            };
            if chunk.seq > from {
                *position = chunk.upto.max(*position);
            }
        }
        end
    }
}
