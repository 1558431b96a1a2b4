//! Jobs as people see them: with what they collide with, what waits, and what the caller may do.

use std::collections::{BTreeMap, BTreeSet};

use super::Acting;
use crate::{
    error::{Error, Result},
    guardrail,
    model::{
        Approval, BackendKind, CalendarEntry, Freeze, Job, JobId, JobType, Project, ProjectId, Slot, Tier,
    },
    ports::store::{JobFilter, Page, ReadSession},
    rbac::{self, Action, Actor, Context, Decision, Effect},
};

/// What a job collides with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// Another job.
    Job(CalendarEntry),
    /// A freeze window.
    Freeze(Freeze),
}

/// A job with what surrounds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobView {
    /// The job.
    pub job: Job,
    /// What it collides with; empty where it does not.
    pub conflicts: Vec<Conflict>,
    /// Its open approvals: what waits for a second person, or was given and not used yet.
    pub pending: Vec<Approval>,
    /// Whether the caller may move it.
    pub editable: Decision,
    /// Whether the caller may launch it.
    pub can_launch: Decision,
}

/// What a decision on a job goes by.
pub(crate) struct JobFacts {
    pub(crate) job_type: JobType,
    pub(crate) tier: Tier,
    pub(crate) own_job: bool,
    pub(crate) backend: BackendKind,
}

impl JobFacts {
    pub(crate) fn of(job: &Job, actor: &Actor, backend: BackendKind) -> Self {
        Self { job_type: job.job_type, tier: job.tier(), own_job: job.is_own(actor.id), backend }
    }
}

/// The one place where a job's context is laid before the table.
pub(crate) fn decide_job(actor: &Actor, action: Action, project: &Project, facts: &JobFacts) -> Decision {
    rbac::decide(
        actor,
        action,
        &Context {
            tier: facts.tier,
            job_type: facts.job_type,
            own_project: project.owner_id == actor.id,
            own_job: facts.own_job,
            own_run: false,
            backend: facts.backend,
            prod_change: project.policy.prod_change,
        },
    )
}

/// The stricter of two decisions; a change must be allowed where the job is and where it goes.
pub(crate) fn stricter(one: Decision, other: Decision) -> Decision {
    let weight = |decision: &Decision| match decision.effect {
        Effect::Allow => 0,
        Effect::NeedsApproval => 1,
        Effect::Deny => 2,
    };
    if weight(&other) > weight(&one) { other } else { one }
}

/// What `job` collides with, in its slot.
pub(crate) async fn conflicts_of<S: ReadSession + ?Sized>(
    session: &mut S,
    job: &Job,
) -> Result<Vec<Conflict>> {
    let mut found = Vec::new();
    if job.contends()
        && let Some(pool) = job.pool()
    {
        let others = session.contenders(&[pool.to_owned()], job.slot).await?;
        found.extend(others.into_iter().filter(|other| other.id != job.id).map(Conflict::Job));
    }
    if job.status.get().is_alive() {
        let freezes = session.freezes(job.slot).await?;
        found.extend(
            freezes
                .into_iter()
                .filter(|freeze| freeze.concerns(job.project_id, job.job_type, job.environment.as_ref()))
                .map(Conflict::Freeze),
        );
    }
    Ok(found)
}

/// The ids of the jobs among `conflicts`.
pub(crate) fn job_ids(conflicts: &[Conflict]) -> Vec<JobId> {
    conflicts
        .iter()
        .filter_map(|conflict| match conflict {
            Conflict::Job(entry) => Some(entry.id),
            Conflict::Freeze(_) => None,
        })
        .collect()
}

impl Acting {
    /// The view of one job within a session; `job` need not be stored as it is.
    pub(crate) async fn view<S: ReadSession + ?Sized>(
        &self,
        session: &mut S,
        job: Job,
        project: &Project,
    ) -> Result<JobView> {
        let conflicts = conflicts_of(session, &job).await?;
        let pending = session.open_approvals(&[job.id]).await?;
        Ok(self.assemble(job, project, conflicts, pending))
    }

    fn assemble(
        &self,
        job: Job,
        project: &Project,
        conflicts: Vec<Conflict>,
        pending: Vec<Approval>,
    ) -> JobView {
        let actor = self.actor();
        let backend =
            self.hub.backend_of(project, job.execution.as_ref().and_then(|execution| execution.backend));
        let facts = JobFacts::of(&job, &actor, backend);
        JobView {
            editable: decide_job(&actor, Action::JobMove, project, &facts),
            can_launch: decide_job(&actor, Action::RunLaunch, project, &facts),
            job,
            conflicts,
            pending,
        }
    }

    /// One job.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn job(&self, id: JobId) -> Result<JobView> {
        rbac_read(self)?;
        let mut session = self.hub.store.read().await?;
        let job = session.job(id).await?.ok_or(Error::NotFound { what: "job" })?;
        let project = session.project(job.project_id).await?.ok_or(Error::NotFound { what: "project" })?;
        self.view(&mut *session, job, &project).await
    }

    /// Jobs that match, by start.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn jobs(&self, filter: &JobFilter, page: Page) -> Result<Vec<JobView>> {
        rbac_read(self)?;
        let mut session = self.hub.store.read().await?;
        let jobs = session.jobs(filter, page).await?;
        let projects = projects_of(&mut *session, jobs.iter().map(|job| job.project_id)).await?;
        let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
        let mut pending: BTreeMap<JobId, Vec<Approval>> = BTreeMap::new();
        for approval in session.open_approvals(&ids).await? {
            pending.entry(approval.job_id).or_default().push(approval);
        }

        // Jobs of a page lie close together: one look at what their pools hold around them serves all.
        let hull = jobs.iter().filter(|job| job.status.get().is_alive()).map(|job| job.slot).reduce(widen);
        let (mut contenders, mut freezes) = (Vec::new(), Vec::new());
        if let Some(hull) = hull {
            let pools: BTreeSet<String> = jobs
                .iter()
                .filter(|job| job.contends())
                .filter_map(|job| job.pool().map(str::to_owned))
                .collect();
            if !pools.is_empty() {
                contenders = session.contenders(&pools.into_iter().collect::<Vec<_>>(), hull).await?;
            }
            freezes = session.freezes(hull).await?;
        }
        let mut by_pool: BTreeMap<&str, Vec<&CalendarEntry>> = BTreeMap::new();
        for entry in &contenders {
            by_pool.entry(entry.pool().unwrap_or_default()).or_default().push(entry);
        }

        let mut views = Vec::with_capacity(jobs.len());
        for job in jobs {
            let Some(project) = projects.get(&job.project_id) else { continue };
            let mut conflicts = Vec::new();
            if job.contends()
                && let Some(others) = job.pool().and_then(|pool| by_pool.get(pool))
            {
                let overlapping =
                    others.iter().filter(|other| other.id != job.id && other.slot.overlaps(job.slot));
                conflicts.extend(overlapping.map(|other| Conflict::Job((*other).clone())));
            }
            if job.status.get().is_alive()
                && let Some(freeze) = guardrail::frozen(
                    &freezes,
                    job.project_id,
                    job.job_type,
                    job.environment.as_ref(),
                    job.slot,
                )
            {
                conflicts.push(Conflict::Freeze(freeze.clone()));
            }
            let waiting = pending.remove(&job.id).unwrap_or_default();
            views.push(self.assemble(job, project, conflicts, waiting));
        }
        Ok(views)
    }
}

pub(crate) fn rbac_read(acting: &Acting) -> Result<()> {
    super::tx::allow(acting.decide(Action::Read, &Context::default()))
}

/// The smallest slot that holds both.
pub(crate) fn widen(one: Slot, other: Slot) -> Slot {
    Slot::new(one.start().min(other.start()), one.end().max(other.end())).unwrap_or(one)
}

pub(crate) async fn projects_of<S: ReadSession + ?Sized>(
    session: &mut S,
    ids: impl Iterator<Item = ProjectId>,
) -> Result<BTreeMap<ProjectId, Project>> {
    let ids: Vec<ProjectId> = ids.collect::<BTreeSet<_>>().into_iter().collect();
    let projects = session.projects_by_ids(&ids).await?;
    Ok(projects.into_iter().map(|project| (project.id, project)).collect())
}
