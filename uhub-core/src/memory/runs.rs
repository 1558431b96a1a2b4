//! Runs and their logs in memory.

mod table;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub(super) use self::table::Runs;
use super::{
    dangling,
    session::{Session, Writing},
};
use crate::{
    model::{BackendKind, JobId, LogChunk, Run, RunId, RunStatus},
    ports::store::{Beat, LogEnd, Page, Place, Result, RunFilter, RunReads, RunWrites, Wanted},
};

#[async_trait]
impl<M: Send> RunReads for Session<M> {
    async fn run(&mut self, id: RunId) -> Result<Option<Run>> {
        Ok(self.see("run")?.runs.get(id).cloned())
    }

    async fn runs(&mut self, filter: &RunFilter, page: Page) -> Result<Vec<Run>> {
        Ok(self.see("runs")?.runs.list(filter, page))
    }

    async fn active_run(&mut self, job: JobId) -> Result<Option<Run>> {
        Ok(self.see("active_run")?.runs.active(job).cloned())
    }

    async fn next_queued(&mut self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.see("next_queued")?.runs.next_queued(now))
    }

    async fn run_log(&mut self, id: RunId, after: i64, limit: u32) -> Result<Vec<LogChunk>> {
        Ok(self.see("run_log")?.runs.log(id, after, limit))
    }

    async fn log_end(&mut self, id: RunId, from: i64) -> Result<LogEnd> {
        Ok(self.see("log_end")?.runs.log_end(id, from))
    }

    async fn log_bytes(&mut self) -> Result<u64> {
        Ok(self.see("log_bytes")?.runs.log_bytes())
    }

    async fn running_by_place(&mut self) -> Result<Vec<(Place, u32)>> {
        let state = self.see("running_by_place")?;
        let mut count = std::collections::BTreeMap::new();
        for run in state.runs.running() {
            let job = state.jobs.get(run.job_id);
            let environment = job.and_then(|job| job.environment.as_ref());
            let place = Place {
                backend: run.backend,
                project_id: run.project_id,
                environment_id: environment.map(|environment| environment.id),
            };
            *count.entry(place).or_default() += 1;
        }
        Ok(count.into_iter().collect())
    }

    async fn count_runs(&mut self) -> Result<Vec<(RunStatus, u64)>> {
        Ok(self.see("count_runs")?.runs.count())
    }
}

#[async_trait]
impl RunWrites for Session<Writing> {
    async fn insert_run(&mut self, run: &Run) -> Result<()> {
        self.change("insert_run", |state| {
            if !state.jobs.contains(run.job_id) {
                return Err(dangling("job", run.job_id.0));
            }
            state.runs.insert(run)
        })
    }

    async fn claimable(&mut self, wanted: Wanted<'_>) -> Result<Vec<Run>> {
        let state = self.see("claimable")?;
        let is_free = |run: &Run| {
            let environment = state.jobs.get(run.job_id).and_then(|job| job.environment.as_ref());
            run.approval_id.is_none_or(|approval| !state.approvals.is_pending(approval))
                && !wanted.full_projects.contains(&run.project_id)
                && environment.is_none_or(|environment| !wanted.full_environments.contains(&environment.id))
        };
        Ok(state.runs.claimable(wanted, is_free))
    }

    async fn hold_runs(&mut self, ids: &[RunId]) -> Result<Vec<Run>> {
        let runs = &self.see("hold_runs")?.runs;
        let ids: imbl::OrdSet<_> = ids.iter().copied().collect();
        Ok(ids.into_iter().filter_map(|id| runs.get(id).cloned()).collect())
    }

    async fn move_runs(&mut self, runs: &[(Run, (RunStatus, i64))]) -> Result<bool> {
        self.change("move_runs", |state| {
            for (run, expected) in runs {
                let Some(before) = state.runs.get(run.id).cloned() else { return Ok(false) };
                let (handle, log_from) = if run.status.get().is_terminal() {
                    (before.handle, before.log_from)
                } else {
                    (run.handle.clone(), run.log_from)
                };
                let moved = Run {
                    handle,
                    log_from,
                    requested_by: before.requested_by,
                    cancel_requested_at: before.cancel_requested_at,
                    approval_id: before.approval_id,
                    approved_by: before.approved_by,
                    execution: before.execution,
                    reason: before.reason,
                    ..run.clone()
                };
                if !state.runs.update(&moved, *expected)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    async fn update_run(&mut self, run: &Run, expected: (RunStatus, i64)) -> Result<bool> {
        self.change("update_run", |state| state.runs.update(run, expected))
    }

    async fn heartbeat(&mut self, held: &[(RunId, i64)], lease_until: DateTime<Utc>) -> Result<Vec<Beat>> {
        self.change("heartbeat", |state| Ok(state.runs.heartbeat(held, lease_until)))
    }

    async fn expired_leases(
        &mut self,
        now: DateTime<Utc>,
        adoptable_since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Run>> {
        let is_over =
            |run: &Run| run.handle.is_none() || run.lease_until.is_some_and(|until| until <= adoptable_since);
        Ok(self.see("expired_leases")?.runs.expired(now, limit, is_over))
    }

    async fn adoptable(&mut self, kinds: &[BackendKind], now: DateTime<Utc>, limit: u32) -> Result<Vec<Run>> {
        let is_adoptable = |run: &Run| run.handle.is_some() && kinds.contains(&run.backend);
        Ok(self.see("adoptable")?.runs.expired(now, limit, is_adoptable))
    }

    async fn prune_logs(&mut self, ended_before: DateTime<Utc>, limit: u32) -> Result<(u32, u64)> {
        self.change("prune_logs", |state| Ok(state.runs.prune_logs(ended_before, limit)))
    }

    async fn append_log(&mut self, id: RunId, fence: i64, chunks: &[LogChunk]) -> Result<bool> {
        self.change("append_log", |state| Ok(state.runs.append_log(id, fence, chunks)))
    }
}
