//! What is wished for, in small numbers that shrink well, and how a wish becomes a step on the things there are.

use chrono::TimeDelta;
use proptest::prelude::*;
use uhub_core::{model::*, workflow::Tracked};

use super::step::Step;
use crate::{
    bed::Bed,
    samples::{self, at, execution, place, slot},
};

/// What is wished for in one session, and whether that is committed.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) wishes: Vec<Wish>,
    pub(super) commit: bool,
}

/// The fields of a job that matter to its indexes.
#[derive(Debug, Clone)]
pub(super) struct JobWish {
    environment: Option<usize>,
    job_type: usize,
    start: i64,
    length: usize,
    status: usize,
    critical: Option<bool>,
    executes: bool,
    auto_start: bool,
    launched: bool,
    title: usize,
    assigned: bool,
}

/// What is done to the environments of a project.
#[derive(Debug, Clone)]
pub(super) enum Rebuild {
    Nothing,
    Rename(usize, usize),
    Repool(usize, usize),
    Add(usize, usize),
    Remove(usize),
    Swap,
}

/// Numbers name things by their place among those there are, round and round.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    InsertUser { name: usize, role: usize },
    UpdateUser { which: usize, name: usize, role: usize, active: bool, skip: i64 },
    InsertProject { name: usize, owner: usize },
    UpdateProject { which: usize, name: usize, owner: usize, rebuild: Rebuild, skip: i64 },
    InsertJob { project: usize, job: JobWish },
    UpdateJob { which: usize, job: JobWish, skip: i64 },
    InsertRun { job: usize, due: i64, backend: usize, approval: Option<usize> },
    UpdateRun { which: usize, status: usize, lease: Option<i64>, fence: i64, stale: bool },
    Heartbeat { which: usize, stale: bool, lease: i64 },
    AppendLog { which: usize, stale: bool, first: i64, count: i64 },
    InsertApproval { job: usize, kind: usize, state: usize, end: i64 },
    UpdateApproval { which: usize, state: usize, stale: bool },
    InsertFreeze { project: Option<usize>, start: i64, length: usize },
    DeleteFreeze { which: usize },
    AppendAudit { count: usize, project: Option<usize>, actor: Option<usize> },
    Seal { limit: u32 },
    Remember { user: usize, key: usize, at: i64 },
    Forget { before: i64 },
    Look { from: i64, length: usize, limit: u32, tier: Option<usize> },
}

fn job() -> impl Strategy<Value = JobWish> {
    let place = (prop::option::weighted(0.8, 0..4_usize), 0..5_usize, -3..12_i64, 0..6_usize);
    let state = (prop_oneof![3 => Just(0_usize), 2 => 0..9_usize], prop::option::of(any::<bool>()));
    let flags = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.2), any::<bool>());
    (place, state, flags, 0..4_usize).prop_map(
        |((environment, job_type, start, length), (status, critical), flags, title)| {
            let (executes, auto_start, launched, assigned) = flags;
            JobWish {
                environment,
                job_type,
                start,
                length,
                status,
                critical,
                executes,
                auto_start,
                launched,
                title,
                assigned,
            }
        },
    )
}

fn rebuild() -> impl Strategy<Value = Rebuild> {
    prop_oneof![
        Just(Rebuild::Nothing),
        (0..4_usize, 0..4_usize).prop_map(|(which, name)| Rebuild::Rename(which, name)),
        (0..4_usize, 0..3_usize).prop_map(|(which, pool)| Rebuild::Repool(which, pool)),
        (0..4_usize, 0..3_usize).prop_map(|(name, tier)| Rebuild::Add(name, tier)),
        (0..4_usize).prop_map(Rebuild::Remove),
        Just(Rebuild::Swap),
    ]
}

/// A version that follows, but now and then one that does not.
fn skip() -> impl Strategy<Value = i64> {
    prop_oneof![8 => Just(1_i64), 1 => Just(0_i64), 1 => Just(2_i64)]
}

fn people() -> impl Strategy<Value = Wish> {
    let which = 0..6_usize;
    prop_oneof![
        3 => (0..5_usize, 0..4_usize).prop_map(|(name, role)| Wish::InsertUser { name, role }),
        2 => (which.clone(), 0..5_usize, 0..4_usize, any::<bool>(), skip()).prop_map(
            |(which, name, role, active, skip)| Wish::UpdateUser { which, name, role, active, skip }
        ),
        3 => (0..3_usize, which.clone()).prop_map(|(name, owner)| Wish::InsertProject { name, owner }),
        3 => (which.clone(), 0..3_usize, which.clone(), rebuild(), skip()).prop_map(
            |(which, name, owner, rebuild, skip)| Wish::UpdateProject { which, name, owner, rebuild, skip }
        ),
        1 => (which, 0..3_usize, -2..3_i64).prop_map(|(user, key, at)| Wish::Remember { user, key, at }),
        1 => (-2..3_i64).prop_map(|before| Wish::Forget { before }),
    ]
}

fn work() -> impl Strategy<Value = Wish> {
    let which = 0..8_usize;
    let stale = prop::bool::weighted(0.15);
    // Mostly running: only then do heartbeats and logs find a run.
    let status = prop_oneof![2 => Just(1_usize), 1 => 0..7_usize];
    prop_oneof![
        6 => (which.clone(), job()).prop_map(|(project, job)| Wish::InsertJob { project, job }),
        4 => (which.clone(), job(), skip()).prop_map(|(which, job, skip)| Wish::UpdateJob { which, job, skip }),
        4 => (which.clone(), -2..3_i64, 0..6_usize, prop::option::of(which.clone())).prop_map(
            |(job, due, backend, approval)| Wish::InsertRun { job, due, backend, approval }
        ),
        4 => (which.clone(), status, prop::option::of(-2..3_i64), 0..3_i64, stale).prop_map(
            |(which, status, lease, fence, stale)| Wish::UpdateRun { which, status, lease, fence, stale }
        ),
        1 => (which.clone(), stale, -2..3_i64)
            .prop_map(|(which, stale, lease)| Wish::Heartbeat { which, stale, lease }),
        2 => (which.clone(), stale, 1..4_i64, 0..4_i64)
            .prop_map(|(which, stale, first, count)| Wish::AppendLog { which, stale, first, count }),
        3 => (which.clone(), 0..5_usize, 0..6_usize, -2..3_i64)
            .prop_map(|(job, kind, state, end)| Wish::InsertApproval { job, kind, state, end }),
        2 => (which, 0..6_usize, stale)
            .prop_map(|(which, state, stale)| Wish::UpdateApproval { which, state, stale }),
    ]
}

fn rest() -> impl Strategy<Value = Wish> {
    let which = 0..4_usize;
    prop_oneof![
        2 => (prop::option::of(which.clone()), -3..12_i64, 0..6_usize)
            .prop_map(|(project, start, length)| Wish::InsertFreeze { project, start, length }),
        1 => which.clone().prop_map(|which| Wish::DeleteFreeze { which }),
        2 => (0..4_usize, prop::option::of(which.clone()), prop::option::of(which))
            .prop_map(|(count, project, actor)| Wish::AppendAudit { count, project, actor }),
        1 => (0..6_u32).prop_map(|limit| Wish::Seal { limit }),
        5 => (-4..14_i64, 0..6_usize, 1..5_u32, prop::option::of(0..3_usize))
            .prop_map(|(from, length, limit, tier)| Wish::Look { from, length, limit, tier }),
    ]
}

/// About thirty wishes, after two that make the others likely to mean something.
pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    let wish = prop_oneof![2 => people(), 6 => work(), 3 => rest()];
    let act = (prop::collection::vec(wish, 1..6), prop::bool::weighted(0.9))
        .prop_map(|(wishes, commit)| Act { wishes, commit });
    prop::collection::vec(act, 6..15).prop_map(|mut acts| {
        let wishes = vec![Wish::InsertUser { name: 0, role: 0 }, Wish::InsertProject { name: 0, owner: 0 }];
        acts.insert(0, Act { wishes, commit: true });
        acts
    })
}

const NAMES: [&str; 5] = ["alice", "ALICE", "bob", "élise", "scope"];
const PROJECTS: [&str; 3] = ["app-x", "app-y", "App-x"];
const PLACES: [&str; 4] = ["dev", "staging", "prod", "prod-eu"];
const POOLS: [&str; 3] = ["dev", "shared", "Zone"];
const TITLES: [&str; 4] = ["Deploy", "deploy 100%", "Réunion", "a_b"];
const HOURS: [i64; 6] = [1, 2, 26, 27, 24 * 41, 24 * 400];

/// What is stored, as far as the steps tell.
#[derive(Clone)]
pub(super) struct Known {
    bed: Bed,
    users: Vec<User>,
    projects: Vec<Project>,
    jobs: Vec<Job>,
    runs: Vec<Run>,
    approvals: Vec<Approval>,
    freezes: Vec<Freeze>,
}

fn nth<T: Clone>(things: &[T], number: usize) -> Option<T> {
    things.get(number.checked_rem(things.len())?).cloned()
}

fn put<T: Clone>(things: &mut Vec<T>, thing: &T, is_it: impl Fn(&T) -> bool) {
    match things.iter_mut().find(|old| is_it(old)) {
        Some(old) => *old = thing.clone(),
        None => things.push(thing.clone()),
    }
}

impl Known {
    pub(super) fn new(bed: &Bed) -> Self {
        Self {
            bed: bed.clone(),
            users: vec![],
            projects: vec![],
            jobs: vec![],
            runs: vec![],
            approvals: vec![],
            freezes: vec![],
        }
    }

    /// Takes note of a step that was done.
    pub(super) fn learn(&mut self, step: &Step) {
        match step {
            Step::InsertUser(user) | Step::UpdateUser(user) => {
                put(&mut self.users, user, |old| old.id == user.id);
            }
            Step::InsertProject(project) | Step::UpdateProject(project) => {
                put(&mut self.projects, project, |old| old.id == project.id);
            }
            Step::InsertJob(job) | Step::UpdateJob(job) => put(&mut self.jobs, job, |old| old.id == job.id),
            Step::InsertRun(run) | Step::UpdateRun(run, _) => {
                put(&mut self.runs, run, |old| old.id == run.id);
            }
            Step::InsertApproval(approval) | Step::UpdateApproval(approval, _) => {
                put(&mut self.approvals, approval, |old| old.id == approval.id);
            }
            Step::InsertFreeze(freeze) => self.freezes.push(freeze.clone()),
            _ => {}
        }
    }

    fn job(&self, wish: &JobWish, project: &Project, before: Job) -> Job {
        let slot = slot(wish.start, wish.start + HOURS[wish.length]);
        let named = wish.environment.and_then(|number| nth(&project.environments, number));
        Job {
            project_id: project.id,
            title: TITLES[wish.title].to_owned(),
            job_type: JobType::ALL[wish.job_type],
            environment: named.and_then(|environment| place(project, &environment.name)),
            slot,
            assignee_id: self.users.first().filter(|_| wish.assigned).map(|user| user.id),
            critical: wish.critical,
            execution: wish.executes.then(execution),
            auto_start: wish.auto_start,
            status: Tracked::restore(JobStatus::ALL[wish.status]),
            auto_started_for: wish.launched.then_some(slot.start()),
            ..before
        }
    }

    fn rebuilt(&self, mut project: Project, rebuild: &Rebuild) -> Project {
        let places = project.environments.len().max(1);
        match *rebuild {
            Rebuild::Nothing => {}
            Rebuild::Rename(which, name) => {
                let is_free = !project.environments.iter().any(|place| place.name == PLACES[name]);
                if let Some(place) = project.environments.get_mut(which % places)
                    && is_free
                {
                    place.name = PLACES[name].to_owned();
                }
            }
            Rebuild::Repool(which, pool) => {
                if let Some(place) = project.environments.get_mut(which % places) {
                    place.pool = POOLS[pool].to_owned();
                }
            }
            Rebuild::Add(name, tier) => {
                if !project.environments.iter().any(|place| place.name == PLACES[name]) {
                    let added = samples::environment(&self.bed, PLACES[name], Tier::ALL[tier], PLACES[name]);
                    project.environments.push(added);
                }
            }
            Rebuild::Remove(which) => {
                if !project.environments.is_empty() {
                    project.environments.remove(which % places);
                }
            }
            Rebuild::Swap => {
                if let [one, two, ..] = &mut project.environments[..] {
                    std::mem::swap(&mut one.name, &mut two.name);
                }
            }
        }
        project
    }

    /// The step that a wish means now, after `before` in the same session; none where there is nothing to do it to.
    pub(super) fn plan(&self, wish: &Wish, before: &[Step]) -> Option<Step> {
        let bed = &self.bed;
        if matches!(wish, Wish::Seal { .. }) && before.iter().any(|step| matches!(step, Step::AppendAudit(_)))
        {
            // A sequencer appends nothing: whether it would see its own entries is nobody's concern.
            return None;
        }
        Some(match *wish {
            Wish::InsertUser { name, role } => {
                Step::InsertUser(samples::user(bed, NAMES[name], Role::ALL[role]))
            }
            Wish::UpdateUser { which, name, role, active, skip } => {
                let before = nth(&self.users, which)?;
                Step::UpdateUser(User {
                    username: NAMES[name].to_owned(),
                    role: Role::ALL[role],
                    is_active: active,
                    version: before.version + skip,
                    ..before
                })
            }
            Wish::InsertProject { name, owner } => {
                Step::InsertProject(samples::project(bed, PROJECTS[name], nth(&self.users, owner)?.id))
            }
            Wish::UpdateProject { which, name, owner, ref rebuild, skip } => {
                let before = nth(&self.projects, which)?;
                let after = Project {
                    name: PROJECTS[name].to_owned(),
                    owner_id: nth(&self.users, owner)?.id,
                    version: before.version + skip,
                    ..before
                };
                Step::UpdateProject(self.rebuilt(after, rebuild))
            }
            Wish::InsertJob { project, ref job } => {
                let project = nth(&self.projects, project)?;
                let world = samples::World { owner: nth(&self.users, 0)?, project };
                let new = world.job(bed, 0);
                Step::InsertJob(self.job(job, &world.project, new))
            }
            Wish::UpdateJob { which, ref job, skip } => {
                let before = nth(&self.jobs, which)?;
                let project = self.projects.iter().find(|project| project.id == before.project_id)?;
                let version = before.version + skip;
                Step::UpdateJob(Job { version, ..self.job(job, project, before) })
            }
            Wish::InsertRun { job, due, backend, approval } => {
                let run = samples::run_of(bed, &nth(&self.jobs, job)?);
                let approval_id =
                    approval.and_then(|number| nth(&self.approvals, number)).map(|found| found.id);
                let backend = BackendKind::ALL[backend];
                Step::InsertRun(Run { due_at: at(due), backend, approval_id, ..run })
            }
            Wish::UpdateRun { which, status, lease, fence, stale } => {
                let before = nth(&self.runs, which)?;
                let expected = (before.status.get(), before.fence + i64::from(stale));
                let status = Tracked::restore(RunStatus::ALL[status]);
                let fence = before.fence + fence;
                let lease_until = lease.map(at);
                Step::UpdateRun(Run { status, fence, lease_until, ..before }, expected)
            }
            Wish::Heartbeat { which, stale, lease } => {
                let run = nth(&self.runs, which)?;
                Step::Heartbeat(run.id, run.fence + i64::from(stale), at(lease))
            }
            Wish::AppendLog { which, stale, first, count } => {
                let run = nth(&self.runs, which)?;
                let chunk = |seq: i64| LogChunk {
                    seq,
                    stream: Stream::Stderr,
                    at: at(seq),
                    bytes: bed.id().as_bytes().to_vec(),
                    upto: u64::try_from(seq).unwrap() * 16,
                };
                let chunks = (first..first + count).map(chunk).collect();
                Step::AppendLog(run.id, run.fence + i64::from(stale), chunks)
            }
            Wish::InsertApproval { job, kind, state, end } => {
                let (kind, state) = (ApprovalKind::ALL[kind], ApprovalState::ALL[state]);
                let approval = samples::approval(bed, &nth(&self.jobs, job)?, kind, state);
                Step::InsertApproval(Approval { expires_at: at(end), ..approval })
            }
            Wish::UpdateApproval { which, state, stale } => {
                let before = nth(&self.approvals, which)?;
                let expected = if stale { ApprovalState::Consumed } else { before.state };
                let state = ApprovalState::ALL[state];
                Step::UpdateApproval(Approval { state, decided_at: Some(at(1)), ..before }, expected)
            }
            Wish::InsertFreeze { project, start, length } => {
                let freeze = samples::freeze(bed, slot(start, start + HOURS[length]));
                let project = project.and_then(|number| nth(&self.projects, number));
                Step::InsertFreeze(Freeze { project_id: project.map(|project| project.id), ..freeze })
            }
            Wish::DeleteFreeze { which } => Step::DeleteFreeze(nth(&self.freezes, which)?.id),
            Wish::AppendAudit { count, project, actor } => {
                let project_id = project.and_then(|n| nth(&self.projects, n)).map(|project| project.id);
                let actor_id = actor.and_then(|n| nth(&self.users, n)).map(|user| user.id);
                let object_id = nth(&self.jobs, count).map(|job| job.id.0);
                let entry = |_| uhub_core::audit::AuditEntry {
                    actor_id,
                    project_id,
                    object_id,
                    ..samples::entry(bed, "job.move")
                };
                Step::AppendAudit((0..count).map(entry).collect())
            }
            Wish::Seal { limit } => Step::Seal(limit),
            Wish::Remember { user, key, at: hour } => {
                Step::Remember(nth(&self.users, user)?.id, TITLES[key].to_owned(), bed.id(), at(hour))
            }
            Wish::Forget { before } => Step::Forget(at(before)),
            Wish::Look { from, length, limit, tier } => Step::Look {
                window: slot(from, from + HOURS[length]),
                now: at(from) + TimeDelta::microseconds(1),
                limit,
                tier: tier.map(|number| Tier::ALL[number]),
            },
        })
    }
}
