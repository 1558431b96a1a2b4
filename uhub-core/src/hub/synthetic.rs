//! A large hub that looks like a real one, made from a seed: for benches and for trying things at size.

use chrono::{Days, TimeDelta};
use serde_json::json;

use super::{
    Hub, NewEnvironment, Operator,
    tx::{Object, transact},
};
use crate::{
    error::{Error, Result},
    model::{
        Environment, Job, JobEnvironment, JobId, JobStatus, JobType, Policy, Project, ProjectId, Role, Slot,
        Theme, User, UserId, UserKind,
    },
    ports::store::Topic,
    rbac::Effect,
    text,
    workflow::Tracked,
    zone,
};

/// How many jobs one transaction writes.
const BATCH: u64 = 2_000;

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Synthetic {
    /// How many jobs.
    pub jobs: u64,
    /// The same seed on the same day makes the same hub.
    pub seed: u64,
    /// Over how many days around today the jobs lie, half of them before; at most 20,000.
    pub days: u32,
}

impl Default for Synthetic {
    /// 100,000 jobs over two years.
    fn default() -> Self {
        Self { jobs: 100_000, seed: 1, days: 730 }
    }
}

/// SplitMix64: small, and good enough to scatter jobs.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.roll() % n }
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(usize::try_from(self.below(items.len() as u64)).unwrap_or_default())
    }
}

impl Operator {
    /// Makes users, projects and jobs: one project per 5,000 jobs (4 to 200), three environments each, 50 pools, over
    /// `days` around today. Past jobs have ended. No passwords: nobody can sign in as one of
    /// these users. `progress` is called with how many jobs have been written.
    ///
    /// # Errors
    /// [`Error::Unfit`] where a synthetic hub is there already, and when the store fails.
    pub async fn import_synthetic(
        &self,
        what: Synthetic,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<u64> {
        let mut dice = Dice(what.seed);
        let count = (what.jobs / 5_000).clamp(4, 200);
        let (users, projects) = transact!(&self.hub, &self.who, "seed.synthetic", |tx| {
            let mut users = Vec::new();
            for number in 1..=count.min(50) {
                let username = format!("synthetic-{number:03}");
                if tx.s.user_by_key(&text::username_key(&username)).await?.is_some() {
                    return Err(Error::Unfit("the hub has synthetic data already".to_owned()));
                }
                let user = User {
                    id: UserId(self.hub.new_id()),
                    display_name: format!("Synthetic {number}"),
                    email: format!("{username}@uhub.local"),
                    username,
                    kind: UserKind::Person,
                    role: if number == 1 { Role::Projets } else { Role::Ops },
                    theme: Theme::Dark,
                    is_active: true,
                    tokens_valid_from: tx.now,
                    created_at: tx.now,
                    updated_at: tx.now,
                    version: 1,
                };
                tx.s.insert_user(&user, None).await?;
                users.push(user.id);
            }
            let mut projects = Vec::new();
            for number in 1..=count {
                let environment = |name: &str, share: u64| NewEnvironment {
                    id: None,
                    name: name.to_owned(),
                    tier: None,
                    pool: Some(format!("{name}-{:02}", number % share)),
                };
                let wanted = [environment("dev", 20), environment("staging", 20), environment("prod", 10)];
                let owner = users.get((number as usize) % users.len().max(1)).copied();
                let project = Project {
                    id: ProjectId(self.hub.new_id()),
                    name: format!("Synthetic {number:03}"),
                    color: format!("#{:06x}", (number.wrapping_mul(2_654_435_761)) & 0x00ff_ffff),
                    owner_id: owner.ok_or(Error::NotFound { what: "user" })?,
                    environments: self.hub.environments(&wanted, &[])?,
                    execution_backend: None,
                    execution_backend_config: None,
                    policy: Policy::default(),
                    created_at: tx.now,
                    updated_at: tx.now,
                    version: 1,
                };
                tx.s.insert_project(&project).await?;
                tx.announce(Topic::Project, project.id.0);
                projects.push(project);
            }
            tx.log(
                "seed.synthetic",
                Object::default(),
                Effect::Allow,
                json!({ "jobs": what.jobs, "seed": what.seed }),
            );
            Ok((users, projects))
        })?;

        let mut written = 0;
        while written < what.jobs {
            let batch: Vec<Job> = (0..BATCH.min(what.jobs - written))
                .filter_map(|_| {
                    self.hub.synthetic_job(&mut dice, what.days.clamp(1, 20_000), &users, &projects)
                })
                .collect();
            let made = batch.len() as u64;
            if made == 0 {
                break;
            }
            let mut session = self.hub.store.write().await?;
            session.insert_jobs(&batch).await?;
            if let Some(job) = batch.first() {
                session.announce(crate::ports::store::ChangeNote { topic: Topic::Job, id: job.id.0 });
            }
            session.commit().await?;
            written += made;
            progress(written);
        }
        Ok(written)
    }
}

impl Hub {
    fn synthetic_job(
        &self,
        dice: &mut Dice,
        days: u32,
        users: &[UserId],
        projects: &[Project],
    ) -> Option<Job> {
        const TYPES: [JobType; 10] = [
            JobType::Ops,
            JobType::Ops,
            JobType::Ops,
            JobType::Maintenance,
            JobType::Maintenance,
            JobType::Infra,
            JobType::Dev,
            JobType::Dev,
            JobType::Dev,
            JobType::Meeting,
        ];
        let now = self.now();
        let zone = self.settings.timezone;
        let project = dice.pick(projects)?;
        let author = *dice.pick(users)?;
        let job_type = *dice.pick(&TYPES)?;
        let environment = (job_type != JobType::Meeting).then(|| dice.pick(&project.environments)).flatten();

        let days = i64::try_from(dice.below(u64::from(days))).ok()? - i64::from(days / 2);
        let day = zone::local_date(zone, now).checked_add_signed(TimeDelta::days(days))?;
        let hour = u32::try_from(6 + dice.below(16)).ok()?;
        let minute = u32::try_from(dice.below(12) * 5).ok()?;
        let all_day = dice.below(100) == 0;
        let (start, end) = if all_day {
            (zone::local_midnight(zone, day), zone::local_midnight(zone, day + Days::new(1)))
        } else {
            let start = zone::local_time(zone, day, hour, minute)?;
            // Mostly quarters of an hour up to four hours; one in five hundred lasts for days.
            let quarters = if dice.below(500) == 0 { 96 + dice.below(960) } else { 1 + dice.below(16) };
            (start, start + TimeDelta::minutes(15 * i64::try_from(quarters).ok()?))
        };
        let slot = Slot::new(start, end).ok()?;
        let status = if slot.end() > now {
            JobStatus::Planned
        } else {
            match dice.below(20) {
                0 => JobStatus::Failed,
                1 => JobStatus::Cancelled,
                2 => JobStatus::Missed,
                _ => JobStatus::Succeeded,
            }
        };
        let number = dice.below(100_000);
        Some(Job {
            id: JobId(self.new_id()),
            project_id: project.id,
            title: format!("{} {number:05}", title(job_type)),
            description: String::new(),
            job_type,
            environment: environment.map(|environment| {
                let Environment { id, name, tier, pool } = environment.clone();
                JobEnvironment { id, name, tier, pool }
            }),
            slot,
            all_day,
            assignee_id: dice.pick(users).copied(),
            critical: None,
            execution: None,
            auto_start: false,
            status: Tracked::restore(status),
            created_by: author,
            edited_by: author,
            execution_edited_by: author,
            auto_started_for: None,
            occurrence: None,
            created_at: now,
            updated_at: now,
            version: 1,
        })
    }
}

const fn title(job_type: JobType) -> &'static str {
    match job_type {
        JobType::Meeting => "Sprint planning",
        JobType::Dev => "Rapport hebdo",
        JobType::Ops => "Release",
        JobType::Maintenance => "Patch sécurité",
        JobType::Infra => "Extension du cluster",
    }
}
