//! Claiming runs: every rule is checked again, in the transaction that hands the run out (DOMAIN §3, §4).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    ClaimedRun, Hub,
    room::Room,
    tx::{Moved, Tx, Who, enforce, transact},
    views::{JobFacts, decide_job},
};
use crate::{
    approval::check_use,
    error::{Error, Result},
    guardrail::{self, Guardrail},
    model::{
        Approval, ApprovalId, ApprovalKind, ApprovalState, BackendConfig, BackendKind, Freeze, Job, JobId,
        JobStatus, Limits, Project, ProjectId, Run, RunId, RunStatus, Tier, UserId,
    },
    ports::{
        exec::Handle,
        store::{Beat, Grounds, GroundsOf, LockKey, Outlook, Topic, Wanted},
    },
    rbac::{Action, Actor},
    workflow::{JobEvent, RunEvent},
};

/// All that the second look at a run goes by.
struct Claim<'a> {
    run: &'a Run,
    job: &'a Job,
    project: &'a Project,
    launcher: Option<Actor>,
    approval: Option<&'a Approval>,
    approver: Option<Actor>,
    freezes: &'a [Freeze],
}

/// Why a run is not handed out, and what its job makes of that.
struct Refusal {
    error: Error,
    then: JobEvent,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, then: JobEvent::Cancel }
    }
}

impl Hub {
    /// Hands up to `limit` due runs of these backends to `worker`. A run that the rules no longer allow ends as
    /// `cancelled`, with the rule.
    ///
    /// # Errors
    /// When the store fails; nothing is claimed then.
    pub async fn claim(&self, worker: &str, kinds: &[BackendKind], limit: u32) -> Result<Vec<ClaimedRun>> {
        if limit == 0 || kinds.is_empty() {
            return Ok(Vec::new());
        }
        let hub_id = self.id().await?;
        let who = Who::named(format!("worker {worker}"));
        // A window that is made meanwhile either is seen here, or finds the run started.
        transact!(self, &who, "run.claim", &[LockKey::FreezesShared], |tx| {
            let outlook = tx.s.outlook(kinds, tx.now).await?;
            let mut room = tx.room(outlook).await?;
            let runs = tx.wanted(kinds, limit, &room, outlook).await?;
            if runs.is_empty() {
                return Ok(Vec::new());
            }
            let facts = tx.facts(&runs).await?;
            let mut moved = Moved::default();
            let mut claimed = Vec::with_capacity(runs.len());
            for run in runs {
                let (Some(job), Some(project)) =
                    (facts.jobs.get(&run.job_id), facts.projects.get(&run.project_id))
                else {
                    continue;
                };
                let (run, limits) = if run.status.get() == RunStatus::Running {
                    let limits = self.limits_of(&run, project).unwrap_or(self.settings.limits);
                    (tx.take_over(run, worker, self.settings.lease, &mut moved), limits)
                } else {
                    if !room.take(&run, job) {
                        continue;
                    }
                    let claim = facts.of(&run, job, project);
                    let approval = claim.approval.cloned();
                    match self.recheck(&claim, tx.now) {
                        Ok(limits) => {
                            let run =
                                tx.take(run, job, approval, worker, self.settings.lease, &mut moved).await?;
                            (run, limits)
                        }
                        Err(refusal) => {
                            tx.refuse_claim(run, job, approval, &refusal).await?;
                            continue;
                        }
                    }
                };
                claimed.push(ClaimedRun {
                    job: job.clone(),
                    project: project.name.clone(),
                    limits,
                    config: project.execution_backend_config.clone().unwrap_or_default(),
                    hub_id: hub_id.clone(),
                    limited: room.is_limited(),
                    run,
                });
            }
            let moved = tx.write(moved).await?;
            let mut jobs: BTreeMap<_, _> = moved.jobs.into_iter().map(|job| (job.id, job)).collect();
            for claimed in &mut claimed {
                if let Some(job) = jobs.remove(&claimed.job.id) {
                    claimed.job = job;
                }
            }
            Ok(claimed)
        })
    }

    /// The second look. Pure: what it goes by was read in the claiming transaction.
    fn recheck(&self, claim: &Claim<'_>, now: chrono::DateTime<chrono::Utc>) -> Result<Limits, Refusal> {
        let Claim { run, job, project, launcher, approval, approver, freezes } = claim;
        if run.cancel_requested_at.is_some() {
            return Err(Error::Unfit("cancelled before it started".to_owned()).into());
        }
        if job.status.get() != JobStatus::Queued {
            return Err(Error::Unfit(format!("the job is {}", job.status.get())).into());
        }
        if run.is_missed_with_its_slot() && job.slot.end() <= now {
            return Err(Refusal { error: Error::Unfit(MISSED.to_owned()), then: JobEvent::Miss });
        }
        let launcher = launcher.as_ref().ok_or(Error::NotFound { what: "user" })?;
        let facts = JobFacts::of(job, launcher, run.backend);
        let mut needs_approval = enforce(decide_job(launcher, Action::RunLaunch, project, &facts))?;
        guardrail::check_backend(launcher.role, job.tier(), run.backend, &project.policy)?;
        self.check_execution(run.backend, &run.execution, job, project)?;

        let environment = job.environment.as_ref();
        if let Some(freeze) = guardrail::frozen_at(freezes, job.project_id, job.job_type, environment, now) {
            let broken = approval.is_some_and(|approval| approval.kind == ApprovalKind::BreakGlass);
            // Who breaks glass must still be an admin, as when it was asked for.
            if !broken || !launcher.may_break_glass() {
                return Err(guardrail::refuse_frozen(freeze).into());
            }
            needs_approval = true;
        }
        // No policy and no role widens this (DOMAIN §3.1).
        needs_approval |= job.tier() == Tier::Prod || run.approval_id.is_some();
        if needs_approval {
            let Some(approval) = approval else { return Err(Guardrail::ProdApproval.refuse("").into()) };
            let used_by_this =
                approval.state == ApprovalState::Consumed && approval.run_id == Some(run.id) && run.fence > 0;
            let checked = Approval {
                // Another attempt of the run that used it is what it permitted, and so is the first one where it turned
                // out that nothing had started.
                state: if used_by_this { ApprovalState::Approved } else { approval.state },
                expires_at: if used_by_this {
                    chrono::DateTime::<chrono::Utc>::MAX_UTC
                } else {
                    approval.expires_at
                },
                ..(*approval).clone()
            };
            // "Rejected, voided or expired approval: back to planned" (DOMAIN §5), and so where its approver may no
            // longer approve.
            check_use(&checked, job, Some(run.backend), approver.as_ref(), Some(run.requested_by), now)
                .map_err(|error| Refusal { error, then: JobEvent::Unapprove })?;
        }
        Ok(self.limits_of(run, project)?)
    }

    fn limits_of(&self, run: &Run, project: &Project) -> Result<Limits> {
        let limits = guardrail::effective_limits(
            &self.settings.limits,
            project.execution_backend_config.as_ref().map(BackendConfig::limits).as_ref(),
            &run.execution.asked(),
        )?;
        Ok(Limits {
            timeout_seconds: limits.timeout_seconds.or(Some(self.settings.default_timeout_seconds)),
            ..limits
        })
    }

    /// Extends the leases of the runs that a worker holds. A held run that the answer does not name is another's now.
    ///
    /// # Errors
    /// When the store fails: the leases run on as they are.
    pub async fn heartbeat(&self, held: &[(RunId, i64)]) -> Result<Vec<Beat>> {
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let mut session = self.store.write().await?;
        let until = session.now().await? + self.settings.lease;
        let beats = session.heartbeat(held, until).await?;
        session.commit().await?;
        Ok(beats)
    }

    /// Keeps what the backend needs to find the execution again, and behind which chunk of the log its output begins.
    ///
    /// # Errors
    /// [`Error::StaleFence`] where the run is another's now.
    pub async fn record_handle(&self, claimed: &ClaimedRun, handle: &Handle, log_from: i64) -> Result<()> {
        let mut tx = Tx::begin(self, &Who::named("worker")).await?;
        let mut run = tx.hold_run(claimed.id()).await?;
        run.handle = Some(handle.0.clone());
        run.log_from = log_from;
        let expected = (RunStatus::Running, claimed.fence());
        if !tx.s.move_runs(&[(run, expected)]).await? {
            return Err(Error::StaleFence);
        }
        tx.commit().await
    }
}

/// How often an execution is taken over before its run is lost: one that ends each of its workers must not end all.
const MOST_TAKEOVERS: i64 = 10;

/// Whether another worker may still take over what this run's worker left.
pub(crate) fn may_adopt(run: &Run) -> bool {
    run.handle.is_some() && run.fence - i64::from(run.attempt) < MOST_TAKEOVERS
}

/// Why a run that started by itself is not handed out any more.
pub(crate) const MISSED: &str = "its slot has ended";

/// What the second looks at a batch of runs go by, as it is now.
struct Facts {
    jobs: BTreeMap<JobId, Job>,
    projects: BTreeMap<ProjectId, Project>,
    users: BTreeMap<UserId, Actor>,
    approvals: BTreeMap<ApprovalId, Approval>,
    freezes: Vec<Freeze>,
}

impl Facts {
    fn of<'a>(&'a self, run: &'a Run, job: &'a Job, project: &'a Project) -> Claim<'a> {
        let approval = run.approval_id.and_then(|id| self.approvals.get(&id));
        let approver = approval.and_then(|approval| approval.decided_by);
        Claim {
            run,
            job,
            project,
            launcher: self.users.get(&run.requested_by).copied(),
            approval,
            approver: approver.and_then(|id| self.users.get(&id).copied()),
            freezes: &self.freezes,
        }
    }
}

impl Tx {
    /// The runs to be handed out: first what goes on outside without a worker, since its output waits, and maybe
    /// somebody's cancelling.
    async fn wanted(
        &mut self,
        kinds: &[BackendKind],
        limit: u32,
        room: &Room,
        outlook: Outlook,
    ) -> Result<Vec<Run>> {
        let mut runs =
            if outlook.adoptable { self.s.adoptable(kinds, self.now, limit).await? } else { Vec::new() };
        runs.retain(may_adopt);
        let free = limit.saturating_sub(u32::try_from(runs.len()).unwrap_or(limit));
        let wanted = Wanted {
            kinds: &room.open_kinds(kinds),
            now: self.now,
            limit: free,
            full_projects: &room.full_projects(),
            full_environments: &room.full_environments(),
        };
        runs.extend(self.s.claimable(wanted).await?);
        Ok(runs)
    }

    /// How many more may go on at once. Where anything is limited, claims follow one another from here on.
    async fn room(&mut self, outlook: Outlook) -> Result<Room> {
        let backends = self.hub().settings.max_concurrent.clone();
        if !outlook.limited && backends.is_empty() {
            return Ok(Room::default());
        }
        self.s.lock(&[LockKey::Claims]).await?;
        self.by_store_time().await?;
        let mut room = Room::of(&backends, &self.s.projects_with_room().await?);
        room.fill(&self.s.running_by_place().await?);
        Ok(room)
    }

    /// Reads all that the second looks go by, each kind of thing once.
    async fn facts(&mut self, runs: &[Run]) -> Result<Facts> {
        let jobs: Vec<_> = runs.iter().map(|run| run.job_id).collect();
        let jobs = self.s.hold_jobs(&jobs).await?.into_iter().map(|job| (job.id, job)).collect();
        let projects: BTreeSet<_> = runs.iter().map(|run| run.project_id).collect();
        let projects: Vec<_> = projects.into_iter().collect();
        let approvals: Vec<_> = runs.iter().filter_map(|run| run.approval_id).collect();
        let approvals =
            if approvals.is_empty() { Vec::new() } else { self.s.approvals_by_ids(&approvals).await? };
        let deciders = approvals.iter().filter_map(|approval| approval.decided_by);
        let mut users: Vec<_> = runs.iter().map(|run| run.requested_by).chain(deciders).collect();
        users.sort_unstable();
        users.dedup();
        let asked = GroundsOf { projects: &projects, users: &users, jobs: &[], at: self.now };
        let Grounds { projects, users, freezes, .. } = self.s.grounds(asked).await?;
        Ok(Facts {
            jobs,
            projects: projects.into_iter().map(|project| (project.id, project)).collect(),
            users: users.iter().map(|user| (user.id, Actor::from(user))).collect(),
            approvals: approvals.into_iter().map(|approval| (approval.id, approval)).collect(),
            freezes,
        })
    }

    async fn take(
        &mut self,
        mut run: Run,
        job: &Job,
        approval: Option<Approval>,
        worker: &str,
        lease: chrono::TimeDelta,
        moved: &mut Moved,
    ) -> Result<Run> {
        let expected = (run.status.get(), run.fence);
        run.status.apply(RunEvent::Start)?;
        run.fence += 1;
        run.worker = Some(worker.to_owned());
        run.lease_until = Some(self.now + lease);
        run.started_at = Some(self.now);
        if let Some(mut approval) = approval
            && approval.state == ApprovalState::Approved
        {
            approval.run_id = Some(run.id);
            self.consume(&mut approval).await?;
        }
        let mut job = job.clone();
        job.status.apply(JobEvent::Start)?;
        self.log(
            "run.claim",
            &run,
            crate::rbac::Effect::Allow,
            json!({ "worker": worker, "attempt": run.attempt, "fence": run.fence, "approval_id": run.approval_id }),
        );
        moved.runs.push((run.clone(), expected));
        moved.jobs.push(job);
        Ok(run)
    }

    /// Hands what goes on outside to another worker. It was allowed when it started, and nothing starts now: no rule is
    /// asked again.
    fn take_over(&mut self, mut run: Run, worker: &str, lease: chrono::TimeDelta, moved: &mut Moved) -> Run {
        let expected = (run.status.get(), run.fence);
        let before = run.worker.replace(worker.to_owned());
        run.fence += 1;
        run.lease_until = Some(self.now + lease);
        self.log(
            "run.take_over",
            &run,
            crate::rbac::Effect::Allow,
            json!({ "worker": worker, "from": before, "attempt": run.attempt, "fence": run.fence }),
        );
        moved.runs.push((run.clone(), expected));
        run
    }

    async fn refuse_claim(
        &mut self,
        mut run: Run,
        job: &Job,
        approval: Option<Approval>,
        refusal: &Refusal,
    ) -> Result<()> {
        let Refusal { error, then } = refusal;
        if let Error::Store(error) = error {
            return Err(error.clone().into());
        }
        let expected = (run.status.get(), run.fence);
        run.status.apply(RunEvent::Cancel)?;
        run.outcome = Some(match error.rule() {
            Some(rule) => format!("refused by {rule}: {error}"),
            None => error.to_string(),
        });
        run.ended_at = Some(self.now);
        self.save_run(&run, expected).await?;
        self.log_refusal("run.claim", &run, error);
        if let Some(approval) = approval
            && approval.state.is_open()
        {
            self.set_closed(approval, ApprovalState::Void).await?;
        }
        if job.status.get() == JobStatus::Queued {
            let mut job = job.clone();
            job.status.apply(*then)?;
            self.save_job(&mut job).await?;
            if !job.status.get().is_alive() {
                self.void_of_ended(&[job.id]).await?;
            }
        }
        self.announce(Topic::Run, run.id.0);
        Ok(())
    }
}
