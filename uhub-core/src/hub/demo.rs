//! The demo's users, projects and jobs (DOMAIN §10). Importing twice is importing once.

use std::collections::BTreeMap;

use chrono::Days;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Acting, Hub, NewEnvironment, NewJob, NewUser, Operator,
    jobs::describe,
    tx::{Object, Tx, Who, allow, transact},
    users::PreparedUser,
};
use crate::{
    error::{Error, Result},
    model::{ExecutionSpec, JobType, Policy, Project, ProjectId, Role, Theme, User, UserId, UserKind},
    ports::store::Topic,
    rbac::{self, Action, Context, Decision, Effect},
    text, zone,
};

/// A user of the demo, as `seeds/users.json` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoUser {
    /// The name to sign in with.
    pub username: String,
    /// The same again.
    pub password: String,
    /// What the user may do.
    pub role: Role,
    /// The name to show.
    pub display_name: String,
    /// Mail address.
    pub email: String,
    /// Colour mode.
    pub theme: Theme,
    /// Whether the account is open.
    pub is_active: bool,
}

/// A project of the demo, as `seeds/projects-with-jobs.json` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoProject {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: String,
    /// Who owns it.
    pub owner_username: String,
    /// Names of environments.
    pub environments: Vec<String>,
    /// Its jobs.
    pub jobs: Vec<DemoJob>,
}

/// A job of the demo.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoJob {
    /// Its title.
    pub title: String,
    /// What kind of work.
    pub job_type: JobType,
    /// Where.
    #[serde(default)]
    pub environment: Option<String>,
    /// `+Nd`: N days after today, at 09:00 in the hub's zone.
    pub planned_start: String,
    /// A whole day.
    #[serde(default)]
    pub all_day: bool,
}

/// All of the demo.
#[derive(Debug, Clone, Default)]
pub struct DemoData {
    /// Users.
    pub users: Vec<DemoUser>,
    /// Projects with their jobs.
    pub projects: Vec<DemoProject>,
    /// What the jobs of these titles execute.
    pub executions: BTreeMap<String, ExecutionSpec>,
}

/// What an import found and made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SeedReport {
    /// Users of the demo.
    pub users: usize,
    /// Projects of the demo.
    pub projects: usize,
    /// Jobs of the demo.
    pub jobs: usize,
    /// How many of all these were not there before.
    pub created: usize,
}

impl Acting {
    /// Imports the demo.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`] where the data is not sound.
    pub async fn import_demo(&self, data: &DemoData) -> Result<SeedReport> {
        self.authorize(Action::HubManage).await?;
        self.hub.import_demo(&self.who, Some(self.user.id), data).await
    }
}

impl Operator {
    /// Imports the demo.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the data is not sound.
    pub async fn import_demo(&self, data: &DemoData) -> Result<SeedReport> {
        self.hub.import_demo(&self.who, None, data).await
    }
}

impl Hub {
    async fn import_demo(&self, who: &Who, user: Option<UserId>, data: &DemoData) -> Result<SeedReport> {
        // Hashing takes its time: before the transaction, and only for those who are not there.
        let mut new_users = BTreeMap::new();
        for user in &data.users {
            let key = text::username_key(&user.username);
            if self.store.read().await?.user_by_key(&key).await?.is_none() {
                let mut prepared = self
                    .prepare_user(&NewUser {
                        username: user.username.clone(),
                        password: Some(user.password.clone()),
                        email: user.email.clone(),
                        display_name: user.display_name.clone(),
                        kind: UserKind::Person,
                        role: user.role,
                        theme: Some(user.theme),
                    })
                    .await?;
                prepared.user.is_active = user.is_active;
                new_users.insert(key, prepared);
            }
        }
        transact!(self, who, "seed.demo", |tx| {
            let decision = match user {
                Some(id) => {
                    let actor = tx.actor(id).await?;
                    let decision = rbac::decide(&actor, Action::HubManage, &Context::default());
                    allow(decision)?;
                    // Its accounts come with passwords that everybody knows.
                    allow(rbac::decide(&actor, Action::Credentials, &Context::default()))?;
                    Some(decision)
                }
                None => None,
            };
            tx.import_demo(data, &new_users, decision).await
        })
    }

    /// The instant that `+Nd` means today.
    fn demo_start(&self, words: &str) -> Result<chrono::DateTime<chrono::Utc>> {
        let days = words
            .strip_prefix('+')
            .and_then(|rest| rest.strip_suffix('d'))
            .and_then(|digits| digits.parse::<u16>().ok())
            .ok_or_else(|| Error::invalid("planned_start", "must be +Nd"))?;
        let zone = self.settings.timezone;
        let day = zone::local_date(zone, self.now()) + Days::new(u64::from(days));
        zone::local_time(zone, day, 9, 0).ok_or_else(|| Error::invalid("planned_start", "is no time"))
    }
}

impl Tx {
    async fn import_demo(
        &mut self,
        data: &DemoData,
        new: &BTreeMap<String, PreparedUser>,
        decision: Option<Decision>,
    ) -> Result<SeedReport> {
        let mut report =
            SeedReport { users: data.users.len(), projects: data.projects.len(), jobs: 0, created: 0 };
        let mut users: BTreeMap<&str, User> = BTreeMap::new();
        let mut admin = None;
        for demo in &data.users {
            let key = text::username_key(&demo.username);
            let user = match self.s.user_by_key(&key).await? {
                Some(user) => user,
                None => {
                    report.created += 1;
                    let prepared =
                        new.get(&key).ok_or(Error::Store(crate::ports::store::StoreError::Contended))?;
                    self.insert_user(prepared, "user.create").await?
                }
            };
            if user.role == Role::Admin {
                admin = Some(user.id);
            }
            users.insert(&demo.username, user);
        }
        for demo in &data.projects {
            let owner = users
                .get(demo.owner_username.as_str())
                .ok_or_else(|| Error::invalid("owner_username", "is no user of the demo"))?
                .id;
            let project = match self.s.project_by_name(&demo.name).await? {
                Some(project) => project,
                None => {
                    report.created += 1;
                    let project = self.demo_project(demo, owner)?;
                    self.s.insert_project(&project).await?;
                    self.announce(Topic::Project, project.id.0);
                    self.log_import("project.create", &project, decision, json!({ "name": project.name }));
                    project
                }
            };
            for job in &demo.jobs {
                report.jobs += 1;
                if self.s.job_by_title(project.id, &job.title).await?.is_some() {
                    continue;
                }
                report.created += 1;
                let execution = data.executions.get(&job.title).cloned();
                let new = NewJob {
                    project_id: project.id,
                    title: job.title.clone(),
                    description: None,
                    job_type: job.job_type,
                    environment: job.environment.clone(),
                    planned_start: self.hub().demo_start(&job.planned_start)?,
                    planned_end: None,
                    all_day: job.all_day,
                    assignee_id: None,
                    critical: None,
                    execution,
                    auto_start: None,
                };
                let mut job = self.hub().draft(&new, &project, owner)?;
                // Importing is the admin's act; what starts by itself starts on the admin's authority.
                job.edited_by = admin.unwrap_or(owner);
                job.execution_edited_by = job.edited_by;
                self.s.insert_job(&job).await?;
                self.announce(Topic::Job, job.id.0);
                self.log_import("job.create", &job, decision, describe(&job));
            }
        }
        if report.created > 0 {
            self.log_import("seed.demo", Object::default(), decision, json!(report));
        }
        Ok(report)
    }

    /// By the rule that let a user import, or by nobody's where the machine's administrator did.
    fn log_import(
        &mut self,
        action: &str,
        object: impl Into<Object>,
        decision: Option<Decision>,
        detail: serde_json::Value,
    ) {
        match decision {
            Some(decision) => self.log_decision(action, object, decision, detail),
            None => self.log(action, object, Effect::Allow, detail),
        }
    }

    fn demo_project(&self, demo: &DemoProject, owner: crate::model::UserId) -> Result<Project> {
        let wanted: Vec<NewEnvironment> = demo
            .environments
            .iter()
            .map(|name| NewEnvironment { id: None, name: name.clone(), tier: None, pool: None })
            .collect();
        Ok(Project {
            id: ProjectId(self.hub().new_id()),
            name: text::line("name", &demo.name, 100)?,
            color: text::color(&demo.color)?,
            owner_id: owner,
            environments: self.hub().environments(&wanted, &[])?,
            execution_backend: None,
            execution_backend_config: None,
            policy: Policy::default(),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
        })
    }
}
