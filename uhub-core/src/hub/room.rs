//! How many runs may go on at once: on the hub by backend, and in a project, and in each of its environments.

use std::collections::{BTreeMap, HashMap};

use crate::{
    model::{BackendKind, EnvironmentId, Job, Project, ProjectId, Run},
    ports::store::Place,
};

/// What is left of each limit. Things without a limit have no entry.
#[derive(Debug, Default)]
pub(super) struct Room {
    backends: BTreeMap<BackendKind, u32>,
    projects: HashMap<ProjectId, u32>,
    environments: HashMap<EnvironmentId, u32>,
}

impl Room {
    /// The limits as they are, with nothing going on.
    pub(super) fn of(backends: &BTreeMap<BackendKind, u32>, projects: &[Project]) -> Self {
        let mut room = Self { backends: backends.clone(), ..Self::default() };
        for project in projects {
            let Some(config) = &project.execution_backend_config else { continue };
            if let Some(most) = config.max_concurrent {
                room.projects.insert(project.id, most);
            }
            for environment in &project.environments {
                if let Some(most) = config.max_concurrent_by_environment.get(&environment.name) {
                    room.environments.insert(environment.id, *most);
                }
            }
        }
        room
    }

    /// Whether anything is limited.
    pub(super) fn is_limited(&self) -> bool {
        !(self.backends.is_empty() && self.projects.is_empty() && self.environments.is_empty())
    }

    /// Takes what goes on already away.
    pub(super) fn fill(&mut self, running: &[(Place, u32)]) {
        for (place, count) in running {
            let environment = place.environment_id.and_then(|id| self.environments.get_mut(&id));
            let limits = [
                self.backends.get_mut(&place.backend),
                self.projects.get_mut(&place.project_id),
                environment,
            ];
            for left in limits.into_iter().flatten() {
                *left = left.saturating_sub(*count);
            }
        }
    }

    /// Takes the room of one more run; false, and nothing taken, where there is none.
    pub(super) fn take(&mut self, run: &Run, job: &Job) -> bool {
        let environment =
            job.environment.as_ref().and_then(|environment| self.environments.get_mut(&environment.id));
        let mut limits =
            [self.backends.get_mut(&run.backend), self.projects.get_mut(&run.project_id), environment];
        if limits.iter().flatten().any(|left| **left == 0) {
            return false;
        }
        for left in limits.iter_mut().flatten() {
            **left -= 1;
        }
        true
    }

    /// Those of `kinds` that have room.
    pub(super) fn open_kinds(&self, kinds: &[BackendKind]) -> Vec<BackendKind> {
        kinds.iter().copied().filter(|kind| self.backends.get(kind) != Some(&0)).collect()
    }

    /// Projects without room.
    pub(super) fn full_projects(&self) -> Vec<ProjectId> {
        full(&self.projects)
    }

    /// Environments without room.
    pub(super) fn full_environments(&self) -> Vec<EnvironmentId> {
        full(&self.environments)
    }
}

fn full<K: Copy + Ord>(limits: &HashMap<K, u32>) -> Vec<K> {
    let mut full: Vec<K> = limits.iter().filter(|(_, left)| **left == 0).map(|(key, _)| *key).collect();
    full.sort_unstable();
    full
}
