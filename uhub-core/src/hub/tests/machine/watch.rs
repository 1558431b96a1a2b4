//! What must always hold, told from two looks at a store.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::super::world::*;
use crate::{
    audit::AuditEntry,
    model::{
        Approval, ApprovalId, ApprovalKind, ApprovalState, AuditId, Freeze, Job, JobId, JobStatus, LATEST,
        Project, Role, Run, RunId, RunStatus, Tier, User, UserId,
    },
    ports::store::{AuditFilter, Cursor, JobFilter, Page, RunFilter, Store as _},
};

/// Everything but the audit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::hub::tests) struct Seen {
    pub(in crate::hub::tests) users: BTreeMap<UserId, User>,
    pub(in crate::hub::tests) project: Option<Project>,
    pub(in crate::hub::tests) jobs: BTreeMap<JobId, Job>,
    pub(in crate::hub::tests) runs: BTreeMap<RunId, Run>,
    pub(in crate::hub::tests) approvals: BTreeMap<ApprovalId, Approval>,
    pub(in crate::hub::tests) freezes: Vec<Freeze>,
}

pub(in crate::hub::tests) struct Watch {
    pub(in crate::hub::tests) seen: Seen,
    entries: BTreeSet<AuditId>,
    /// What has happened at all: a machine that never gets anywhere proves nothing.
    pub(in crate::hub::tests) reached: BTreeSet<String>,
}

impl Watch {
    pub(in crate::hub::tests) fn new(world: &World) -> Self {
        let mut entries = BTreeSet::new();
        let (seen, _) = look(world, &mut entries);
        Self { seen, entries, reached: BTreeSet::new() }
    }

    pub(super) fn users(&self) -> Vec<User> {
        self.seen.users.values().cloned().collect()
    }

    pub(super) fn approvals(&self) -> Vec<Approval> {
        self.seen.approvals.values().cloned().collect()
    }

    /// Looks again after a step; `refused` ones must have changed nothing. Gives what was seen before.
    pub(in crate::hub::tests) fn look(&mut self, world: &World, refused: bool) -> Seen {
        let (now, new) = look(world, &mut self.entries);
        if refused {
            assert_eq!(now, self.seen, "a refusal changes nothing");
        }
        self.only_forward(&now);
        self.told(&now, &new);
        one_run_at_a_time(&now);
        statuses_agree(&now);
        self.note(&now, &new);
        for (id, run) in &now.runs {
            let before = self.seen.runs.get(id);
            let begins = run.status.get() == RunStatus::Running
                && before.is_none_or(|before| before.status.get() != RunStatus::Running);
            if begins {
                self.may_begin(world, &now, run);
            }
        }
        approvals_are_used_once(&now);
        let admins = now.users.values().filter(|user| user.role == Role::Admin && user.is_active);
        assert!(admins.count() > 0, "there is always an admin");
        std::mem::replace(&mut self.seen, now)
    }

    fn note(&mut self, now: &Seen, new: &[AuditEntry]) {
        for job in now.jobs.values() {
            self.reached.insert(format!("{} job {}", job.tier(), job.status.get()));
        }
        for run in now.runs.values() {
            self.reached.insert(format!("run {}", run.status.get()));
        }
        for approval in now.approvals.values() {
            self.reached.insert(format!("{} {}", approval.kind, approval.state));
        }
        for entry in new.iter().filter(|entry| entry.decision == "deny") {
            self.reached.insert(format!("{} by {}", entry.action, entry.rule.as_deref().unwrap_or("-")));
        }
    }

    /// Versions, fences and attempts grow, and what has ended stays as it ended.
    fn only_forward(&self, now: &Seen) {
        for (id, before) in &self.seen.jobs {
            // A renamed environment shows on its jobs, and is the project's change.
            let job = Job { environment: before.environment.clone(), ..now.jobs[id].clone() };
            let place = |job: &Job| job.environment.as_ref().map(|environment| environment.id);
            assert!(place(before) == place(&now.jobs[id]) || now.jobs[id].version > before.version);
            assert!(job == *before || job.version > before.version, "{before:?} -> {job:?}");
        }
        for (id, before) in &self.seen.runs {
            let run = &now.runs[id];
            if before.status.get().is_terminal() {
                assert_eq!(run, before, "a run has one end");
            }
            assert!(run.fence >= before.fence && run.attempt >= before.attempt);
            assert!(run.attempt <= run.execution.attempts(), "{run:?}");
            assert_eq!(run.execution, before.execution, "what runs is what was asked for");
        }
        for (id, before) in &self.seen.approvals {
            let approval = &now.approvals[id];
            if !before.state.is_open() {
                assert_eq!(approval, before, "an approval has one end");
            }
            assert_eq!((&approval.digest, &approval.change), (&before.digest, &before.change));
        }
    }

    /// Each change of a status is in the audit.
    fn told(&self, now: &Seen, new: &[AuditEntry]) {
        let told: BTreeSet<Uuid> = new.iter().filter_map(|entry| entry.object_id).collect();
        for (id, job) in &now.jobs {
            if self.seen.jobs.get(id).map(|before| before.status) == Some(job.status) {
                continue;
            }
            let runs = now.runs.values().filter(|run| run.job_id == *id).map(|run| run.id.0);
            let approvals = now.approvals.values().filter(|one| one.job_id == *id).map(|one| one.id.0);
            let about = [id.0].into_iter().chain(runs).chain(approvals).any(|object| told.contains(&object));
            assert!(about, "nothing tells of {job:?}: {new:?}");
        }
        for (id, run) in &now.runs {
            let before = self.seen.runs.get(id);
            if before.map(|before| (before.status, before.fence)) != Some((run.status, run.fence)) {
                assert!(told.contains(&id.0), "nothing tells of {run:?}: {new:?}");
            }
        }
        for (id, approval) in &now.approvals {
            let before = self.seen.approvals.get(id).map(|before| before.state);
            // One that is used by a run is named by the entry of its claim.
            let named = || new.iter().any(|entry| entry.detail["approval_id"] == serde_json::json!(id));
            assert!(
                before == Some(approval.state) || told.contains(&id.0) || named(),
                "nothing tells of {approval:?}"
            );
        }
    }

    /// A run begins: everything that it needs is there at this moment.
    fn may_begin(&self, world: &World, now: &Seen, run: &Run) {
        let job = &now.jobs[&run.job_id];
        let project = now.project.as_ref().unwrap();
        assert_eq!(Some(&run.execution), job.execution.as_ref(), "what runs is what the job says");
        let launcher = &now.users[&run.requested_by];
        assert!(launcher.is_active, "on a closed account's authority: {run:?}");
        let may = match launcher.role {
            Role::Admin => true,
            Role::Projets => project.owner_id == launcher.id,
            Role::Ops => job.tier() != Tier::Dev,
            Role::Dev => job.tier() != Tier::Prod,
        };
        assert!(may, "{launcher:?} may not launch {job:?}");
        assert!(
            project.policy.allowed_backends.get(&job.tier()).is_none_or(|only| only.contains(&run.backend))
        );
        let remote = ["docker", "k8s", "webhook"].contains(&run.backend.as_str());
        assert!(
            remote || job.tier() == Tier::Dev || (job.tier() == Tier::Staging && launcher.role != Role::Ops)
        );

        let approval = run.approval_id.map(|id| &now.approvals[&id]);
        let frozen = now.freezes.iter().any(|freeze| {
            freeze.slot.start() <= world.now()
                && world.now() < freeze.slot.end()
                && freeze.tiers.contains(&job.tier())
        });
        if frozen {
            let approval = approval.expect("nothing begins inside a freeze window");
            assert_eq!(approval.kind, ApprovalKind::BreakGlass);
            assert_eq!(launcher.role, Role::Admin, "glass is broken by admins");
        }
        if job.tier() == Tier::Prod || frozen {
            let approval = approval.expect("nothing begins in prod without an approval");
            assert_eq!((approval.state, approval.run_id), (ApprovalState::Consumed, Some(run.id)));
            assert_eq!((approval.job_id, run.approved_by), (job.id, approval.decided_by));
            let approver = &now.users[&approval.decided_by.unwrap()];
            assert!(
                approver.is_active && matches!(approver.role, Role::Admin | Role::Projets),
                "{approver:?}"
            );
            let others = [approval.requested_by, run.requested_by, job.execution_edited_by];
            assert!(!others.contains(&approver.id), "a second person");
            let first = run.fence == 1;
            assert!(!first || approval.expires_at > world.now(), "in time");
            assert!(approval.decided_at.is_some());
        }
    }
}

/// Everything as it is now, and the audit's entries that are not among those `known` yet, the oldest first.
fn look(world: &World, known: &mut BTreeSet<AuditId>) -> (Seen, Vec<AuditEntry>) {
    let all = Page::first(100_000);
    go(async {
        let mut session = world.store.read().await.unwrap();
        let seen = Seen {
            users: by_id(session.users(all).await.unwrap(), |one| one.id),
            project: session.project(world.app.id).await.unwrap(),
            jobs: by_id(session.jobs(&JobFilter::default(), all).await.unwrap(), |one| one.id),
            runs: by_id(session.runs(&RunFilter::default(), all).await.unwrap(), |one| one.id),
            approvals: by_id(session.approvals(None, all).await.unwrap(), |one| one.id),
            freezes: session.list_freezes(all).await.unwrap(),
        };
        let sealed = session.audit_head().await.unwrap().seq;
        let total = usize::try_from(sealed + session.count_unsealed().await.unwrap()).unwrap();
        assert!(total >= known.len(), "an entry of the audit is gone");
        let (mut new, mut page) = (Vec::new(), Page::first(8));
        while known.len() < total {
            let rows = session.audit(&AuditFilter::default(), page).await.unwrap();
            let last = rows.last().expect("the audit has as many entries as it counts").entry.id.0;
            page.after = Some(Cursor { key: 0, id: last });
            new.extend(rows.into_iter().map(|row| row.entry).filter(|entry| known.insert(entry.id)));
        }
        new.reverse();
        (seen, new)
    })
}

fn by_id<K: Ord, V>(all: Vec<V>, id: impl Fn(&V) -> K) -> BTreeMap<K, V> {
    all.into_iter().map(|one| (id(&one), one)).collect()
}

fn one_run_at_a_time(now: &Seen) {
    let mut active = BTreeSet::new();
    for run in now.runs.values().filter(|run| !run.status.get().is_terminal()) {
        assert!(active.insert(run.job_id), "two active runs of one job");
    }
    for job in now.jobs.values() {
        assert!(job.slot.start() >= crate::model::EARLIEST && job.slot.end() <= LATEST);
    }
}

/// A job's status is what its run and its approvals say.
fn statuses_agree(now: &Seen) {
    for job in now.jobs.values() {
        let run = now.runs.values().find(|run| run.job_id == job.id && !run.status.get().is_terminal());
        let open: Vec<&Approval> =
            now.approvals.values().filter(|one| one.job_id == job.id && one.state.is_open()).collect();
        let of_run: Vec<&&Approval> = open
            .iter()
            .filter(|one| matches!(one.kind, ApprovalKind::Run | ApprovalKind::BreakGlass))
            .collect();
        let plan = open.iter().filter(|one| one.kind == ApprovalKind::Create).count();
        assert!(of_run.len() + plan <= 1, "one word is waited for at a time: {open:?}");
        let its = of_run.first();
        let context = || format!("{job:?}\n{run:?}\n{open:?}");
        match job.status.get() {
            JobStatus::AwaitingApproval => {
                assert!(
                    plan == 1 || its.is_some_and(|one| one.state == ApprovalState::Pending),
                    "{}",
                    context()
                );
                if let Some(run) = run {
                    assert_eq!(run.approval_id, its.map(|one| one.id), "{}", context());
                }
            }
            JobStatus::Approved => {
                assert!(run.is_none(), "{}", context());
                let its = its.unwrap_or_else(|| panic!("{}", context()));
                assert_eq!((its.state, its.run_id), (ApprovalState::Approved, None), "{}", context());
            }
            JobStatus::Queued => {
                let run = run.unwrap_or_else(|| panic!("{}", context()));
                assert_eq!(run.status.get(), RunStatus::Queued, "{}", context());
                assert!(its.is_none_or(|one| one.state == ApprovalState::Approved), "{}", context());
            }
            JobStatus::Running => {
                let run = run.unwrap_or_else(|| panic!("{}", context()));
                assert_eq!(run.status.get(), RunStatus::Running, "{}", context());
                assert!(its.is_none(), "{}", context());
            }
            JobStatus::Planned
            | JobStatus::Succeeded
            | JobStatus::Failed
            | JobStatus::Cancelled
            | JobStatus::Missed => {
                assert!(run.is_none() && its.is_none() && plan == 0, "{}", context());
            }
        }
    }
}

fn approvals_are_used_once(now: &Seen) {
    let mut used = BTreeSet::new();
    for run in now.runs.values() {
        if let Some(id) = run.approval_id {
            assert!(used.insert(id), "one approval for two runs");
            assert_eq!(now.approvals[&id].run_id, Some(run.id));
        }
    }
}
