//! Resolve all: the moves that free every conflict of a range with the least total shift (DOMAIN §6).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Acting, JobPatch,
    jobs::{JobOutcome, JobUpdate},
    views::{JobFacts, decide_job, projects_of, rbac_read},
};
use crate::{
    conflict::{self, Span},
    error::{Error, Result},
    model::{CalendarEntry, JobId, JobStatus, Slot, Tier},
    ports::store::{JobFilter, ReadSession},
    rbac::{Action, Decision, Effect},
};

/// A move that resolves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedMove {
    /// Which job.
    pub job_id: JobId,
    /// Where it is.
    pub from: Slot,
    /// Where it would go.
    pub to: Slot,
    /// How much later, in seconds; negative if earlier.
    pub shift_seconds: i64,
    /// Whether the caller may.
    pub decision: Decision,
    /// Whether it was done.
    pub applied: bool,
    /// Why it was not, where it was tried.
    pub refused: Option<String>,
}

/// The moves that free every conflict that can be freed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// By pool, then by where the job is.
    pub moves: Vec<ResolvedMove>,
    /// The sum of all shifts, in seconds, whichever way.
    pub total_shift_seconds: i64,
    /// Jobs that collide and cannot be moved out of the way within the range.
    pub unresolved: Vec<JobId>,
}

impl Acting {
    /// The moves that free every conflict within `window`, in all pools or the named ones, keeping the order within a
    /// pool. Queued, running and prod-approved jobs stay put, as do whole days, what has begun, and what reaches beyond
    /// the window. A freeze window that concerns any of a pool's jobs is left free by all of them. With `apply`, does
    /// those moves that the caller may, by the same checks as a drop.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resolve(&self, window: Slot, pools: Option<Vec<String>>, apply: bool) -> Result<Resolved> {
        rbac_read(self)?;
        let mut resolved = self.plan_moves(window, pools).await?;
        if apply {
            self.apply_moves(&mut resolved.moves).await?;
        }
        Ok(resolved)
    }

    async fn plan_moves(&self, window: Slot, pools: Option<Vec<String>>) -> Result<Resolved> {
        let mut session = self.hub.store.read().await?;
        let wanted: BTreeSet<String> = match pools {
            Some(pools) => pools.into_iter().collect(),
            None => {
                let entries = session.calendar(window, &JobFilter::default()).await?;
                entries
                    .iter()
                    .filter(|entry| entry.contends())
                    .filter_map(|entry| entry.pool().map(str::to_owned))
                    .collect()
            }
        };
        let contenders = session.contenders(&wanted.into_iter().collect::<Vec<_>>(), window).await?;
        let mut by_pool: BTreeMap<String, Vec<CalendarEntry>> = BTreeMap::new();
        for entry in contenders {
            by_pool.entry(entry.pool().unwrap_or_default().to_owned()).or_default().push(entry);
        }
        let mut resolved = Resolved::default();
        let mut moved: Vec<(CalendarEntry, Slot)> = Vec::new();
        for entries in by_pool.into_values() {
            let (moves, unresolved) = self.resolve_pool(&mut *session, entries, window).await?;
            moved.extend(moves);
            resolved.unresolved.extend(unresolved);
        }
        let projects = projects_of(&mut *session, moved.iter().map(|(entry, _)| entry.project_id)).await?;
        drop(session);

        let actor = self.actor();
        for (entry, to) in moved {
            let Some(project) = projects.get(&entry.project_id) else { continue };
            let facts = JobFacts {
                job_type: entry.job_type,
                tier: entry.tier(),
                own_job: entry.is_own(actor.id),
                backend: self.hub.settings.default_backend,
            };
            let shift = (to.start() - entry.slot.start()).num_seconds();
            resolved.total_shift_seconds += shift.abs();
            resolved.moves.push(ResolvedMove {
                job_id: entry.id,
                from: entry.slot,
                to,
                shift_seconds: shift,
                decision: decide_job(&actor, Action::JobMove, project, &facts),
                applied: false,
                refused: None,
            });
        }
        Ok(resolved)
    }

    async fn resolve_pool<S: ReadSession + ?Sized>(
        &self,
        session: &mut S,
        entries: Vec<CalendarEntry>,
        window: Slot,
    ) -> Result<(Vec<(CalendarEntry, Slot)>, Vec<JobId>)> {
        let freezes = session.freezes(window).await?;
        let mut obstacles: Vec<Span> = freezes
            .iter()
            .filter(|freeze| {
                entries.iter().any(|entry| {
                    freeze.concerns(entry.project_id, entry.job_type, entry.environment.as_ref())
                })
            })
            .map(|freeze| freeze.slot.span())
            .collect();
        let earliest = window.start().max(self.hub.now());
        let (movable, fixed): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| {
            let stays = entry.status.is_fixed()
                || entry.all_day
                || (entry.tier() == Tier::Prod && entry.status == JobStatus::Approved)
                || entry.slot.start() < earliest
                || entry.slot.end() > window.end();
            !stays
        });
        obstacles.extend(fixed.iter().map(|entry| entry.slot.span()));
        let Some(bounds) = Span::between(earliest, window.end()) else {
            return Ok((Vec::new(), Vec::new()));
        };
        let slots: Vec<(JobId, Span)> = movable.iter().map(|entry| (entry.id, entry.slot.span())).collect();
        let resolution = conflict::resolve(&slots, obstacles, bounds);
        let by_id: BTreeMap<JobId, CalendarEntry> =
            movable.into_iter().map(|entry| (entry.id, entry)).collect();
        let mut moves: Vec<(CalendarEntry, Slot)> = resolution
            .moves
            .iter()
            .filter_map(|moved| Some((by_id.get(&moved.id)?.clone(), Slot::from_span(moved.to).ok()?)))
            .collect();
        moves.sort_by_key(|(entry, _)| (entry.slot, entry.id));

        // Two that stay put may collide as well: that is told, not hidden.
        let mut unresolved = resolution.unresolved;
        let stuck: Vec<conflict::Slot> =
            fixed.iter().map(|entry| conflict::Slot { pool: 0, span: entry.slot.span() }).collect();
        unresolved.extend(
            fixed
                .iter()
                .zip(conflict::flags(&stuck))
                .filter(|(_, flagged)| *flagged)
                .map(|(entry, _)| entry.id),
        );
        Ok((moves, unresolved))
    }

    /// In an order in which no move passes through a slot that another one has yet to leave: what goes later starts from
    /// the end, what goes earlier from the start.
    async fn apply_moves(&self, moves: &mut [ResolvedMove]) -> Result<()> {
        let mut order: Vec<usize> = (0..moves.len()).collect();
        order.sort_by_key(|at| {
            moves.get(*at).map(|one| {
                let start = one.from.start().timestamp_micros();
                if one.shift_seconds >= 0 { (0, -start) } else { (1, start) }
            })
        });
        for at in order {
            let Some(one) = moves.get_mut(at) else { continue };
            if one.decision.effect != Effect::Allow {
                continue;
            }
            let patch = JobPatch {
                planned_start: Some(one.to.start()),
                planned_end: Some(Some(one.to.end())),
                ..JobPatch::default()
            };
            match self.update_job(one.job_id, patch, JobUpdate::default()).await {
                Ok(JobOutcome::Done(_)) => one.applied = true,
                Ok(JobOutcome::Waiting { .. }) => one.refused = Some("waits for a second person".to_owned()),
                Err(Error::Store(error)) => return Err(error.into()),
                Err(error) => one.refused = Some(error.to_string()),
            }
        }
        Ok(())
    }
}
