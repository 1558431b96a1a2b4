//! Projects and their environments.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    Acting, Hub,
    tx::{Object, Tx, allow, transact},
    views::rbac_read,
};
use crate::{
    error::{Error, Result},
    guardrail::{self, Guardrail},
    model::{
        BackendConfig, BackendKind, Environment, EnvironmentId, JobType, Policy, Project, ProjectId, Tier,
        UserId,
    },
    ports::store::{Page, StoreError, Topic},
    rbac::{self, Action, Context},
    text,
};

/// An environment to add or to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEnvironment {
    /// One that is there already, to rename it.
    pub id: Option<EnvironmentId>,
    /// Its name.
    pub name: String,
    /// Its tier; the names `dev`, `staging` and `prod` are their own.
    pub tier: Option<Tier>,
    /// What is physically shared; by default its name.
    pub pool: Option<String>,
}

/// A project to create.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Unique over the hub.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// Who owns it.
    pub owner_id: UserId,
    /// Where its jobs work.
    pub environments: Vec<NewEnvironment>,
    /// The backend of jobs that name none. Policy: for admins.
    pub execution_backend: Option<BackendKind>,
    /// Limits of its jobs. Policy: for admins.
    pub execution_backend_config: Option<BackendConfig>,
    /// For admins.
    pub policy: Option<Policy>,
}

/// What to change of a project; `None` leaves as it is, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProjectPatch {
    /// New name.
    pub name: Option<String>,
    /// New colour.
    pub color: Option<String>,
    /// New owner.
    pub owner_id: Option<UserId>,
    /// All environments that it shall have.
    pub environments: Option<Vec<NewEnvironment>>,
    /// New backend.
    pub execution_backend: Option<Option<BackendKind>>,
    /// New limits.
    pub execution_backend_config: Option<Option<BackendConfig>>,
    /// New policy, whole.
    pub policy: Option<Policy>,
}

impl Hub {
    /// The environments that `wanted` means, given those that are there.
    pub(crate) fn environments(
        &self,
        wanted: &[NewEnvironment],
        present: &[Environment],
    ) -> Result<Vec<Environment>> {
        if wanted.len() > 100 {
            return Err(Error::invalid("environments", "has more than 100 entries"));
        }
        // One that is named by its id is not meant by a name that it gives up.
        let by_id: BTreeSet<EnvironmentId> = wanted.iter().filter_map(|new| new.id).collect();
        if by_id.len() < wanted.iter().filter(|new| new.id.is_some()).count() {
            return Err(Error::invalid("environments", "names one environment twice"));
        }
        let mut names = BTreeSet::new();
        let mut all = Vec::with_capacity(wanted.len());
        for new in wanted {
            let name = text::identifier("environments.name", &new.name)?;
            if !names.insert(name.clone()) {
                return Err(Error::invalid("environments", format!("names {name} twice")));
            }
            let before = match new.id {
                Some(id) => {
                    Some(present.iter().find(|environment| environment.id == id).ok_or_else(|| {
                        Error::invalid("environments.id", "the project has no such environment")
                    })?)
                }
                None => present
                    .iter()
                    .find(|environment| environment.name == name && !by_id.contains(&environment.id)),
            };
            let own_tier = name.parse::<Tier>().ok();
            let tier = new.tier.or(before.map(|before| before.tier)).or(own_tier).ok_or_else(|| {
                Error::invalid("environments.tier", format!("is needed for {name}: dev, staging or prod"))
            })?;
            if own_tier.is_some_and(|own| own != tier) {
                return Err(Error::invalid("environments.tier", format!("{name} is its own tier")));
            }
            if before.is_some_and(|before| before.tier != tier) {
                return Err(Guardrail::TierFixed.refuse(&name));
            }
            let pool = match (&new.pool, before) {
                (Some(pool), _) => text::identifier("environments.pool", pool)?,
                (None, Some(before)) => before.pool.clone(),
                (None, None) => name.clone(),
            };
            let id = before.map_or_else(|| EnvironmentId(self.new_id()), |before| before.id);
            all.push(Environment { id, name, tier, pool });
        }
        Ok(all)
    }
}

pub(crate) fn check_policy(policy: &Policy) -> Result<()> {
    if !(60..=30 * 24 * 3600).contains(&policy.approval_ttl_seconds) {
        return Err(Error::invalid("policy.approval_ttl_seconds", "must be 60 to 2592000 (30 days)"));
    }
    Ok(())
}

impl Tx {
    async fn check_owner(&mut self, owner: UserId) -> Result<()> {
        match self.s.user(owner).await? {
            Some(user) if user.is_active => Ok(()),
            _ => Err(Error::invalid("owner_id", "there is no such active user")),
        }
    }

    pub(crate) async fn insert_project(&mut self, project: &Project, decision: rbac::Decision) -> Result<()> {
        match self.s.insert_project(project).await {
            Err(StoreError::Duplicate(field)) => return Err(Error::Exists { field }),
            other => other?,
        }
        self.announce(Topic::Project, project.id.0);
        self.log_decision("project.create", project, decision, json!({ "name": project.name }));
        Ok(())
    }
}

impl Acting {
    /// All projects, in the order of creation.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn projects(&self, page: Page) -> Result<Vec<Project>> {
        rbac_read(self)?;
        Ok(self.hub.store.read().await?.projects(page).await?)
    }

    /// One project.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn project(&self, id: ProjectId) -> Result<Project> {
        rbac_read(self)?;
        self.hub.store.read().await?.project(id).await?.ok_or(Error::NotFound { what: "project" })
    }

    /// Creates a project.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::Exists`] for a name that is taken.
    pub async fn create_project(&self, new: NewProject) -> Result<Project> {
        let now = self.hub.now();
        let policy = new.policy.clone().unwrap_or_default();
        check_policy(&policy)?;
        if let Some(config) = &new.execution_backend_config {
            guardrail::check_config(&self.hub.settings.limits, config)?;
        }
        let project = Project {
            id: ProjectId(self.hub.new_id()),
            name: text::line("name", &new.name, 100)?,
            color: text::color(&new.color)?,
            owner_id: new.owner_id,
            environments: self.hub.environments(&new.environments, &[])?,
            execution_backend: new.execution_backend,
            execution_backend_config: new.execution_backend_config.clone(),
            policy,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        transact!(&self.hub, &self.who, "project.create", |tx| {
            tx.on(Object { kind: "project", id: None, project: None });
            let actor = tx.actor(self.user.id).await?;
            let decision = rbac::decide(&actor, Action::ProjectCreate, &Context::default());
            allow(decision)?;
            let sets_policy = project.policy != Policy::default()
                || project.execution_backend.is_some()
                || project.execution_backend_config.is_some();
            if sets_policy {
                allow(rbac::decide(&actor, Action::ProjectPolicy, &Context::default()))?;
            }
            tx.check_owner(project.owner_id).await?;
            tx.insert_project(&project, decision).await?;
            Ok(project.clone())
        })
    }

    /// Changes a project.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::NotFound`], [`Error::Stale`], [`Error::Exists`].
    pub async fn update_project(
        &self,
        id: ProjectId,
        patch: ProjectPatch,
        if_version: Option<i64>,
    ) -> Result<Project> {
        transact!(&self.hub, &self.who, "project.edit", |tx| {
            let before = tx.project(id).await?;
            tx.on(&before);
            let actor = tx.actor(self.user.id).await?;
            let context = Context {
                own_project: before.owner_id == actor.id,
                job_type: JobType::Dev,
                ..Context::default()
            };
            let decision = rbac::decide(&actor, Action::ProjectEdit, &context);
            allow(decision)?;
            if let Some(expected) = if_version
                && expected != before.version
            {
                return Err(Error::Stale { expected, actual: before.version });
            }

            let mut after = before.clone();
            if let Some(name) = &patch.name {
                after.name = text::line("name", name, 100)?;
            }
            if let Some(color) = &patch.color {
                after.color = text::color(color)?;
            }
            if let Some(owner) = patch.owner_id
                && owner != before.owner_id
            {
                tx.check_owner(owner).await?;
                after.owner_id = owner;
            }
            if let Some(environments) = &patch.environments {
                after.environments = self.hub.environments(environments, &before.environments)?;
            }
            after.execution_backend = patch.execution_backend.unwrap_or(before.execution_backend);
            if let Some(config) = &patch.execution_backend_config {
                after.execution_backend_config.clone_from(config);
            }
            if let Some(policy) = &patch.policy {
                check_policy(policy)?;
                after.policy = policy.clone();
            }
            if let Some(config) = &after.execution_backend_config {
                guardrail::check_config(&self.hub.settings.limits, config)?;
            }
            let policy_differs = after.policy != before.policy
                || after.execution_backend != before.execution_backend
                || after.execution_backend_config != before.execution_backend_config;
            if policy_differs {
                allow(rbac::decide(&actor, Action::ProjectPolicy, &context))?;
            }
            if after == before {
                return Ok(before);
            }

            // What an environment is called, and with what it shares, is part of what is approved.
            let renamed = before
                .environments
                .iter()
                .any(|old| after.environments.iter().any(|new| new.id == old.id && new != old));
            let approvals = if renamed { tx.hold_open_approvals(id).await? } else { Vec::new() };

            after.version += 1;
            after.updated_at = tx.now;
            match tx.s.update_project(&after).await {
                Ok(true) => {}
                Ok(false) => return Err(StoreError::Contended.into()),
                Err(StoreError::Duplicate("environments")) => {
                    return Err(Error::Unfit("an environment that has jobs cannot be removed".to_owned()));
                }
                Err(StoreError::Duplicate(field)) => return Err(Error::Exists { field }),
                Err(error) => return Err(error.into()),
            }
            tx.announce(Topic::Project, id.0);
            tx.log_decision(
                "project.edit",
                &after,
                decision,
                json!({
                    "name": after.name,
                    "owner_id": after.owner_id,
                    "environments": after.environments,
                    "policy": policy_differs.then_some(&after.policy),
                }),
            );
            for job in approvals {
                tx.void_and_ask(job, &after).await?;
            }
            Ok(after)
        })
    }
}
