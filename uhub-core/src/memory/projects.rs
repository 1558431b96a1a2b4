//! Projects in memory.

use std::sync::Arc;

use async_trait::async_trait;
use imbl::{OrdMap, OrdSet};

use super::{
    State, ascending, dangling,
    session::{Session, Writing},
};
use crate::{
    model::{BackendConfig, Environment, EnvironmentId, Job, JobEnvironment, Project, ProjectId, UserId},
    ports::store::{Page, ProjectReads, ProjectWrites, Result, StoreError},
};

#[derive(Debug, Clone, Default)]
pub(super) struct Projects {
    by_id: OrdMap<ProjectId, Arc<Project>>,
    by_name: OrdMap<String, ProjectId>,
}

impl Projects {
    fn get(&self, id: ProjectId) -> Option<Project> {
        self.by_id.get(&id).map(|project| Project::clone(project))
    }

    pub(super) fn is_owned(&self, id: ProjectId, owner: UserId) -> bool {
        self.by_id.get(&id).is_some_and(|project| project.owner_id == owner)
    }

    pub(super) fn contains(&self, id: ProjectId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// The job as its project has its environment now: a job keeps only which one it is.
    pub(super) fn placed(&self, job: &Job) -> Result<Job> {
        let project = self.by_id.get(&job.project_id).ok_or_else(|| dangling("project", job.project_id.0))?;
        let mut job = job.clone();
        if let Some(environment) = &mut job.environment {
            let present = find(&project.environments, environment.id)
                .ok_or_else(|| dangling("environment", environment.id.0))?;
            *environment = of_job(present);
        }
        Ok(job)
    }

    fn check_name(&self, project: &Project) -> Result<()> {
        match self.by_name.get(&project.name) {
            Some(holder) if *holder != project.id => Err(StoreError::Duplicate("name")),
            _ => Ok(()),
        }
    }

    fn put(&mut self, project: Project) {
        self.by_name.insert(project.name.clone(), project.id);
        self.by_id.insert(project.id, Arc::new(project));
    }

    fn insert(&mut self, project: &Project) -> Result<()> {
        self.check_name(project)?;
        if self.by_id.contains_key(&project.id) {
            return Err(StoreError::Duplicate("id"));
        }
        self.put(project.clone());
        Ok(())
    }
}

impl Projects {
    fn with_room(&self) -> Vec<Project> {
        let limits = |project: &Arc<Project>| {
            project.execution_backend_config.as_ref().is_some_and(BackendConfig::limits_runs)
        };
        self.by_id.values().filter(|project| limits(project)).map(|project| Project::clone(project)).collect()
    }
}

fn find(environments: &[Environment], id: EnvironmentId) -> Option<&Environment> {
    environments.iter().find(|environment| environment.id == id)
}

fn of_job(environment: &Environment) -> JobEnvironment {
    JobEnvironment {
        id: environment.id,
        name: environment.name.clone(),
        tier: environment.tier,
        pool: environment.pool.clone(),
    }
}

fn update(state: &mut State, project: &Project) -> Result<bool> {
    let Some(before) = state.projects.by_id.get(&project.id).cloned() else { return Ok(false) };
    if before.version.checked_add(1) != Some(project.version) {
        return Ok(false);
    }
    state.projects.check_name(project)?;
    let mut project = project.clone();
    for old in &before.environments {
        match project.environments.iter_mut().find(|new| new.id == old.id) {
            Some(new) => {
                // An environment keeps its tier (DOMAIN §3.5).
                new.tier = old.tier;
                if new != old {
                    state.jobs.replace_environment(&of_job(new));
                }
            }
            None if state.jobs.any_in(old.id) => return Err(StoreError::Duplicate("environments")),
            None => {}
        }
    }
    state.projects.by_name.remove(&before.name);
    state.projects.put(project);
    Ok(true)
}

#[async_trait]
impl<M: Send> ProjectReads for Session<M> {
    async fn project(&mut self, id: ProjectId) -> Result<Option<Project>> {
        Ok(self.see("project")?.projects.get(id))
    }

    async fn project_by_name(&mut self, name: &str) -> Result<Option<Project>> {
        let projects = &self.see("project_by_name")?.projects;
        Ok(projects.by_name.get(name).and_then(|id| projects.get(*id)))
    }

    async fn projects(&mut self, page: Page) -> Result<Vec<Project>> {
        let projects = &self.see("projects")?.projects;
        Ok(ascending(&projects.by_id, page, ProjectId).map(|project| Project::clone(project)).collect())
    }

    async fn projects_by_ids(&mut self, ids: &[ProjectId]) -> Result<Vec<Project>> {
        let projects = &self.see("projects_by_ids")?.projects;
        let ids: OrdSet<_> = ids.iter().copied().collect();
        Ok(ids.into_iter().filter_map(|id| projects.get(id)).collect())
    }

    async fn projects_with_room(&mut self) -> Result<Vec<Project>> {
        Ok(self.see("projects_with_room")?.projects.with_room())
    }
}

#[async_trait]
impl ProjectWrites for Session<Writing> {
    async fn insert_project(&mut self, project: &Project) -> Result<()> {
        self.change("insert_project", |state| state.projects.insert(project))
    }

    async fn update_project(&mut self, project: &Project) -> Result<bool> {
        self.change("update_project", |state| update(state, project))
    }
}
