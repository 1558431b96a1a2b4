//! The calendar: what is planned, what collides, who may move it (DOMAIN §6).

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use super::{
    Acting,
    views::{JobFacts, decide_job, projects_of, rbac_read, widen},
};
use crate::{
    conflict,
    error::Result,
    guardrail,
    model::{ApprovalKind, ApprovalState, CalendarEntry, Freeze, FreezeId, JobId, Slot},
    ports::store::{JobFilter, ReadSession},
    rbac::{Action, Decision, Effect, Rule},
    workflow::{JobEvent, State as _},
};

/// At most so many others are named per job: a thousand jobs on one slot would name a million.
const MOST_NAMED: usize = 50;

/// A job on the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarItem {
    /// The job.
    pub entry: CalendarEntry,
    /// Its project's name.
    pub project_name: String,
    /// Its project's colour.
    pub project_color: String,
    /// Whether it collides with a job or a freeze window.
    pub conflict: bool,
    /// With which jobs; at most 50 are named.
    pub conflicts_with: Vec<JobId>,
    /// With which freeze window.
    pub frozen_by: Option<FreezeId>,
    /// Whether the caller may move it. Denied too where its state forbids it to anybody.
    pub editable: Decision,
    /// Whether its state lets anybody move it.
    pub movable: bool,
    /// Where it would go, if a second person agrees.
    pub pending_move: Option<Slot>,
}

/// Jobs that hang together by overlaps in one pool, or a freeze window with what lies in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictGroup {
    /// Where.
    pub pool: String,
    /// From the first start to the last end.
    pub slot: Slot,
    /// By start.
    pub jobs: Vec<CalendarEntry>,
    /// The freeze window that they lie in.
    pub freeze: Option<Freeze>,
}

/// What contends around some entries, laid out for the sweep.
pub(crate) struct Contention {
    pub(crate) entries: Vec<CalendarEntry>,
    pub(crate) slots: Vec<conflict::Slot>,
    pub(crate) pools: Vec<String>,
}

impl Contention {
    /// Reads what contends in the pools of `entries`, over all the time that these take: conflicts are then exact also
    /// for jobs that reach beyond what is shown.
    pub(crate) async fn around<S: ReadSession + ?Sized>(
        session: &mut S,
        entries: &[CalendarEntry],
    ) -> Result<Self> {
        let contending = || entries.iter().filter(|entry| entry.contends());
        let pools: Vec<String> = contending()
            .filter_map(|entry| entry.pool())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let hull = contending().map(|entry| entry.slot).reduce(widen);
        let entries = match hull {
            Some(hull) => session.contenders(&pools, hull).await?,
            None => Vec::new(),
        };
        Ok(Self::of(entries))
    }

    pub(crate) fn of(entries: Vec<CalendarEntry>) -> Self {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        for entry in &entries {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            numbers.entry(entry.pool().unwrap_or_default()).or_insert(next);
        }
        let slots = entries
            .iter()
            .map(|entry| conflict::Slot {
                pool: numbers.get(entry.pool().unwrap_or_default()).copied().unwrap_or_default(),
                span: entry.slot.span(),
            })
            .collect();
        let mut pools = vec![String::new(); numbers.len()];
        for (pool, number) in numbers {
            if let Some(name) = pools.get_mut(number as usize) {
                pool.clone_into(name);
            }
        }
        Self { entries, slots, pools }
    }

    /// For each job that collides, with which others; at most [`MOST_NAMED`] each.
    fn named(&self) -> BTreeMap<JobId, Vec<JobId>> {
        let mut named: BTreeMap<JobId, Vec<JobId>> = BTreeMap::new();
        // Dense clusters have more pairs than anybody reads. Flags are exact whatever is cut here.
        let mut left = self.slots.len().saturating_mul(MOST_NAMED).max(10_000);
        let walked = conflict::for_each_pair(&self.slots, |one, other| {
            let (Some(one), Some(other)) = (self.entries.get(one), self.entries.get(other)) else {
                return ControlFlow::Continue(());
            };
            for (from, to) in [(one.id, other.id), (other.id, one.id)] {
                let others = named.entry(from).or_default();
                if others.len() < MOST_NAMED {
                    others.push(to);
                }
            }
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if walked.is_break() {
            for (entry, flagged) in self.entries.iter().zip(conflict::flags(&self.slots)) {
                if flagged {
                    named.entry(entry.id).or_default();
                }
            }
        }
        named
    }
}

impl Acting {
    /// What the calendar shows of jobs that overlap `window` and match `filter`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn calendar(&self, window: Slot, filter: &JobFilter) -> Result<Vec<CalendarItem>> {
        rbac_read(self)?;
        let mut session = self.hub.store.read().await?;
        let entries = session.calendar(window, filter).await?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let contention = Contention::around(&mut *session, &entries).await?;
        let mut named = contention.named();
        let projects = projects_of(&mut *session, entries.iter().map(|entry| entry.project_id)).await?;
        let freezes = match entries
            .iter()
            .filter(|entry| entry.status.is_alive())
            .map(|entry| entry.slot)
            .reduce(widen)
        {
            Some(hull) => session.freezes(hull).await?,
            None => Vec::new(),
        };
        let mut pending: BTreeMap<JobId, Slot> = BTreeMap::new();
        // Jobs of any tier: one may wait to go into prod.
        let ids: Vec<JobId> = entries.iter().map(|entry| entry.id).collect();
        for approval in session.open_approvals(&ids).await? {
            if approval.kind == ApprovalKind::Edit
                && approval.state == ApprovalState::Pending
                && let Some((slot, _)) = approval.change.as_ref().and_then(|change| change.slot)
            {
                pending.insert(approval.job_id, slot);
            }
        }
        drop(session);

        let actor = self.actor();
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(project) = projects.get(&entry.project_id) else { continue };
            let frozen_by = if entry.status.is_alive() {
                let environment = entry.environment.as_ref();
                guardrail::frozen(&freezes, entry.project_id, entry.job_type, environment, entry.slot)
                    .map(|freeze| freeze.id)
            } else {
                None
            };
            let collides = named.remove(&entry.id);
            let facts = JobFacts {
                job_type: entry.job_type,
                tier: entry.tier(),
                own_job: entry.is_own(actor.id),
                backend: self.hub.settings.default_backend,
            };
            let editable = decide_job(&actor, Action::JobMove, project, &facts);
            items.push(CalendarItem {
                project_name: project.name.clone(),
                project_color: project.color.clone(),
                conflict: collides.is_some() || frozen_by.is_some(),
                conflicts_with: collides.unwrap_or_default(),
                frozen_by,
                editable,
                movable: can_move(&entry),
                pending_move: pending.get(&entry.id).copied(),
                entry,
            });
        }
        Ok(items)
    }

    /// The clusters of jobs that collide within `window`, and the freeze windows with what lies in them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn conflicts(&self, window: Slot) -> Result<Vec<ConflictGroup>> {
        rbac_read(self)?;
        let mut session = self.hub.store.read().await?;
        let entries = session.calendar(window, &JobFilter::default()).await?;
        let contention = Contention::around(&mut *session, &entries).await?;
        let freezes = session.freezes(window).await?;
        drop(session);

        let mut groups = Vec::new();
        for group in conflict::groups(&contention.slots) {
            let Ok(slot) = Slot::from_span(group.span) else { continue };
            if !slot.overlaps(window) {
                continue;
            }
            groups.push(ConflictGroup {
                pool: contention.pools.get(group.pool as usize).cloned().unwrap_or_default(),
                slot,
                jobs: group.members.iter().filter_map(|at| contention.entries.get(*at).cloned()).collect(),
                freeze: None,
            });
        }
        for freeze in freezes {
            let mut by_pool: BTreeMap<String, Vec<CalendarEntry>> = BTreeMap::new();
            for entry in
                entries.iter().filter(|entry| entry.status.is_alive() && entry.slot.overlaps(freeze.slot))
            {
                if freeze.concerns(entry.project_id, entry.job_type, entry.environment.as_ref()) {
                    by_pool
                        .entry(entry.pool().unwrap_or_default().to_owned())
                        .or_default()
                        .push(entry.clone());
                }
            }
            groups.extend(by_pool.into_iter().map(|(pool, jobs)| ConflictGroup {
                pool,
                slot: freeze.slot,
                jobs,
                freeze: Some(freeze.clone()),
            }));
        }
        groups.sort_by(|one, other| (one.slot, &one.pool).cmp(&(other.slot, &other.pool)));
        Ok(groups)
    }
}

/// Whether a job's state lets anybody move it: not while it is queued or running, nor once it has succeeded.
fn can_move(entry: &CalendarEntry) -> bool {
    !entry.status.is_fixed() && (entry.status.is_alive() || entry.status.next(JobEvent::Replan).is_some())
}

impl CalendarItem {
    /// Whether the caller may drag it: allowed, or allowed once a second person agrees.
    pub fn can_drag(&self) -> bool {
        self.movable && self.editable.effect != Effect::Deny
    }

    /// The rule that decided.
    pub const fn rule(&self) -> Rule {
        self.editable.rule
    }
}
