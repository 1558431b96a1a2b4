//! What people and workers try.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{super::world::*, watch::Watch};
use crate::{
    error::Error,
    hub::{ClaimedRun, JobPatch, Launch, NewJob, Settings},
    model::{
        ApprovalState, BackendKind, JobId, JobType, OnConflict, Policy, ProdChange, Role, RunStatus, Tier,
        User,
    },
    ports::{
        exec::{Finish, StartError},
        store::{JobFilter, Page, RunFilter},
    },
    rbac::Rule,
};

/// What somebody tries. Numbers choose among what there is.
#[derive(Debug, Clone)]
pub(in crate::hub::tests) enum Step {
    Create { who: usize, place: usize, hour: i64, auto: bool, attempts: u32, idempotent: bool, local: bool },
    Move { who: usize, job: usize, hour: i64 },
    Edit { who: usize, job: usize, what: usize },
    Cancel { who: usize, job: usize },
    Done { who: usize, job: usize },
    Launch { who: usize, job: usize, backend: Option<BackendKind>, glass: bool },
    Decide { who: usize, approval: usize, yes: bool },
    CancelRun { who: usize, run: usize },
    Claim,
    Finish { held: usize, how: usize },
    Heartbeat,
    Tick,
    Wait { minutes: i64 },
    Role { who: usize, role: Role },
    Active { who: usize, active: bool },
    Freeze { tier: Tier, hours: i64 },
    Thaw,
    Rename,
    Policy { ttl: bool, deny: bool, block: bool, k8s: bool },
}

/// What people do.
pub(in crate::hub::tests) fn people() -> impl Strategy<Value = Step> {
    let who = || 0_usize..8;
    let some = || 0_usize..64;
    let hour = || -2_i64..8;
    prop_oneof![
        6 => (who(), 0_usize..5, hour(), any::<bool>(), 1_u32..4, any::<bool>(), prop::bool::weighted(0.15)).prop_map(
            |(who, place, hour, auto, attempts, idempotent, local)| {
                Step::Create { who, place, hour, auto, attempts, idempotent, local }
            }
        ),
        4 => (who(), some(), hour()).prop_map(|(who, job, hour)| Step::Move { who, job, hour }),
        4 => (who(), some(), some()).prop_map(|(who, job, what)| Step::Edit { who, job, what }),
        2 => (who(), some()).prop_map(|(who, job)| Step::Cancel { who, job }),
        1 => (who(), some()).prop_map(|(who, job)| Step::Done { who, job }),
        8 => (
            who(),
            some(),
            prop::option::weighted(0.2, prop::sample::select(BackendKind::ALL.to_vec())),
            prop::bool::weighted(0.5),
        ).prop_map(|(who, job, backend, glass)| Step::Launch { who, job, backend, glass }),
        10 => (who(), some(), prop::bool::weighted(0.75)).prop_map(|(who, approval, yes)| Step::Decide { who, approval, yes }),
        2 => (who(), some()).prop_map(|(who, run)| Step::CancelRun { who, run }),
        1 => (who(), prop::sample::select(Role::ALL.to_vec())).prop_map(|(who, role)| Step::Role { who, role }),
        1 => (who(), any::<bool>()).prop_map(|(who, active)| Step::Active { who, active }),
        2 => (prop::sample::select(Tier::ALL.to_vec()), 2_i64..24).prop_map(|(tier, hours)| Step::Freeze { tier, hours }),
        1 => Just(Step::Thaw),
        1 => Just(Step::Rename),
        1 => (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(ttl, deny, block, k8s)| Step::Policy { ttl, deny, block, k8s }),
    ]
}

/// What people do, and what happens by itself meanwhile.
pub(in crate::hub::tests) fn step() -> impl Strategy<Value = Step> {
    let some = || 0_usize..64;
    prop_oneof![
        44 => people(),
        6 => Just(Step::Claim),
        6 => (some(), 0_usize..8).prop_map(|(held, how)| Step::Finish { held, how }),
        2 => Just(Step::Heartbeat),
        6 => Just(Step::Tick),
        6 => prop_oneof![3 => 0_i64..90, 1 => 600_i64..4800].prop_map(|minutes| Step::Wait { minutes }),
    ]
}

/// Whether nothing may differ after a step that ended so. An approval that turns out to be void or expired is closed.
pub(in crate::hub::tests) fn changed_nothing(result: &crate::Result<()>) -> bool {
    match result {
        Ok(()) => false,
        Err(error) => {
            !matches!(error, Error::ApprovalClosed { state: ApprovalState::Void | ApprovalState::Expired })
        }
    }
}

/// A world that is acted on by steps.
pub(in crate::hub::tests) struct Acted {
    pub(in crate::hub::tests) world: World,
    pub(in crate::hub::tests) watch: Watch,
    held: Vec<ClaimedRun>,
}

impl Acted {
    /// `seed` is that of the ids.
    pub(in crate::hub::tests) fn new(seed: u64) -> Self {
        let world =
            World::seeded(seed, Settings { default_backend: BackendKind::Docker, ..Settings::default() });
        let watch = Watch::new(&world);
        Self { world, watch, held: Vec::new() }
    }

    fn user(&self, who: usize) -> &User {
        let w = &self.world;
        [&w.admin, &w.admin2, &w.owner, &w.projets, &w.ops, &w.ops2, &w.dev, &w.dev2][who]
    }

    fn job(&self, n: usize) -> Option<JobId> {
        let jobs = go(async {
            self.world.hub.store().read().await?.jobs(&JobFilter::default(), Page::first(1000)).await
        })
        .unwrap();
        jobs.get(n % jobs.len().max(1)).map(|job| job.id)
    }

    /// Takes one step. Refusals are fine; whatever else goes wrong is not.
    pub(in crate::hub::tests) fn take(&mut self, step: &Step) {
        let result = self.act(step);
        if let Err(Error::Store(error)) = &result {
            panic!("{step:?}: {error}");
        }
        let Self { world, watch, .. } = self;
        watch.look(world, changed_nothing(&result));
    }

    pub(in crate::hub::tests) fn act(&mut self, step: &Step) -> crate::Result<()> {
        let world = &self.world;
        match *step {
            Step::Create { who, place, hour, auto, attempts, idempotent, local: is_local } => {
                let place = ["dev", "staging", "prod", "prod", "prod-eu"][place % 5];
                let mut spec = if is_local { local() } else { docker("registry.example/app:1") };
                (spec.max_attempts, spec.idempotent) = (Some(attempts), idempotent);
                // Relative to now, so that slots keep up with the time that has passed.
                let start = world.now() + TimeDelta::hours(hour);
                let new = NewJob {
                    execution: Some(spec),
                    auto_start: Some(auto),
                    planned_start: start,
                    planned_end: Some(start + TimeDelta::hours(3)),
                    title: format!("deploy {hour}"),
                    ..world.new_deploy(place, 0)
                };
                go(world.by(self.user(who)).create_job(new, None)).map(drop)
            }
            Step::Move { who, job, hour } => {
                let Some(job) = self.job(job) else { return Ok(()) };
                let start = world.now() + TimeDelta::hours(hour);
                let patch = JobPatch { planned_start: Some(start), ..JobPatch::default() };
                world.edit(self.user(who), job, patch).map(drop)
            }
            Step::Edit { who, job, what } => {
                let Some(job) = self.job(job) else { return Ok(()) };
                let patch = match what % 7 {
                    0 => JobPatch { title: Some(format!("title {what}")), ..JobPatch::default() },
                    1 => JobPatch { description: Some(format!("words {what}")), ..JobPatch::default() },
                    2 => JobPatch {
                        execution: Some(Some(docker(&format!("registry.example/app:{what}")))),
                        ..JobPatch::default()
                    },
                    3 => JobPatch {
                        environment: Some(Some(["staging", "prod", "prod-eu", "dev"][what % 4].to_owned())),
                        ..JobPatch::default()
                    },
                    4 => JobPatch { auto_start: Some(what % 2 == 0), ..JobPatch::default() },
                    5 => JobPatch { job_type: Some(JobType::ALL[what % 5]), ..JobPatch::default() },
                    _ => JobPatch { execution: Some(None), auto_start: Some(false), ..JobPatch::default() },
                };
                world.edit(self.user(who), job, patch).map(drop)
            }
            Step::Cancel { who, job } => {
                let Some(job) = self.job(job) else { return Ok(()) };
                go(world.by(self.user(who)).cancel_job(job, None)).map(drop)
            }
            Step::Done { who, job } => {
                let Some(job) = self.job(job) else { return Ok(()) };
                go(world.by(self.user(who)).mark_done(job)).map(drop)
            }
            Step::Launch { who, job, backend, glass } => {
                let Some(job) = self.job(job) else { return Ok(()) };
                let launch = Launch { backend, break_glass: glass, reason: glass.then(|| "now".to_owned()) };
                go(world.by(self.user(who)).launch(job, launch, None)).map(drop)
            }
            Step::Decide { who, approval, yes } => {
                let all = self.watch.approvals();
                let pending: Vec<_> = all.iter().filter(|one| one.state == ApprovalState::Pending).collect();
                // Mostly one that waits; now and then any, to try what is over.
                let chosen = if approval % 8 == 0 || pending.is_empty() {
                    all.get(approval % all.len().max(1))
                } else {
                    pending.get(approval % pending.len()).copied()
                };
                let Some(chosen) = chosen.map(|one| one.id) else { return Ok(()) };
                let acting = world.by(self.user(who));
                if yes {
                    go(acting.approve(chosen, None)).map(drop)
                } else {
                    go(acting.reject(chosen, "no".to_owned())).map(drop)
                }
            }
            Step::CancelRun { who, run } => {
                let runs = go(async {
                    world.hub.store().read().await?.runs(&RunFilter::default(), Page::first(1000)).await
                })
                .unwrap();
                let Some(run) = runs.get(run % runs.len().max(1)).map(|run| run.id) else { return Ok(()) };
                go(world.by(self.user(who)).cancel_run(run)).map(drop)
            }
            Step::Claim => {
                let claimed = go(world.hub.claim("w", BackendKind::ALL, 3))?;
                self.held.extend(claimed);
                Ok(())
            }
            Step::Finish { held, how } => {
                if self.held.is_empty() {
                    return Ok(());
                }
                // It stays with the worker, so that it may be ended again.
                let claimed = &self.held[held % self.held.len()];
                let ended = match how {
                    0..=2 => go(world.hub.finish(claimed, &Finish::Exited(0))),
                    3 | 4 => go(world.hub.finish(claimed, &Finish::Exited(1))),
                    5 => go(world.hub.finish(claimed, &Finish::TimedOut)),
                    6 => go(world.hub.finish(claimed, &Finish::Cancelled)),
                    _ => go(world.hub.refuse_start(claimed, &StartError::Failed("no".to_owned()))),
                };
                ended.map(|status| assert!(status.is_terminal() || status == RunStatus::Queued))
            }
            Step::Heartbeat => {
                let held: Vec<_> = self.held.iter().map(|claimed| (claimed.id(), claimed.fence())).collect();
                go(world.hub.heartbeat(&held)).map(drop)
            }
            Step::Tick => go(world.hub.tick(100)).map(drop),
            Step::Wait { minutes } => {
                world.clock.advance(TimeDelta::minutes(minutes));
                Ok(())
            }
            Step::Role { who, role } => {
                let patch = crate::hub::UserPatch { role: Some(role), ..Default::default() };
                self.as_some_admin(|admin| go(admin.update_user(self.user(who).id, patch, None)).map(drop))
            }
            Step::Active { who, active } => {
                let patch = crate::hub::UserPatch { is_active: Some(active), ..Default::default() };
                self.as_some_admin(|admin| go(admin.update_user(self.user(who).id, patch, None)).map(drop))
            }
            Step::Freeze { tier, hours } => {
                let new = crate::hub::NewFreeze {
                    start: world.now(),
                    end: world.now() + TimeDelta::hours(hours),
                    ..world.new_freeze(&[tier], 0, 1)
                };
                self.as_some_admin(|admin| go(admin.create_freeze(new, false)).map(drop))
            }
            Step::Thaw => self.as_some_admin(|admin| match go(admin.freezes(Page::first(1)))?.first() {
                Some(freeze) => go(admin.delete_freeze(freeze.id)),
                None => Ok(()),
            }),
            Step::Rename => self.as_some_admin(|admin| {
                let project = go(admin.project(world.app.id))?;
                let environments = project.environments.into_iter().map(|one| crate::hub::NewEnvironment {
                    id: Some(one.id),
                    name: match one.name.as_str() {
                        "prod" => "production".to_owned(),
                        "production" => "prod".to_owned(),
                        _ => one.name,
                    },
                    tier: None,
                    pool: None,
                });
                let patch = crate::hub::ProjectPatch {
                    environments: Some(environments.collect()),
                    ..Default::default()
                };
                go(admin.update_project(world.app.id, patch, None)).map(drop)
            }),
            Step::Policy { ttl, deny, block, k8s } => {
                let policy = Policy {
                    approval_ttl_seconds: if ttl { 3600 } else { 72 * 3600 },
                    prod_change: if deny { ProdChange::Deny } else { ProdChange::Approval },
                    on_conflict: block.then_some((Tier::Prod, OnConflict::Block)).into_iter().collect(),
                    allowed_backends: k8s.then(|| (Tier::Prod, vec![BackendKind::K8s])).into_iter().collect(),
                };
                let patch = crate::hub::ProjectPatch { policy: Some(policy), ..Default::default() };
                self.as_some_admin(|admin| go(admin.update_project(world.app.id, patch, None)).map(drop))
            }
        }
    }

    /// As whoever is admin just now: there is always one.
    fn as_some_admin(&self, act: impl FnOnce(crate::hub::Acting) -> crate::Result<()>) -> crate::Result<()> {
        let users = self.watch.users();
        let admin = users
            .iter()
            .find(|user| user.role == Role::Admin && user.is_active)
            .expect("there is always one");
        match act(self.world.hub.acting_as(admin)) {
            Err(Error::Denied { rule, .. }) => {
                assert_eq!(rule, Rule::LastAdmin, "an admin may do all of this");
                Err(Error::Unfit("the last admin stays".to_owned()))
            }
            other => other,
        }
    }
}
