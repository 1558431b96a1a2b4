//! What the examples have in common, so that each shows one thing.

#[cfg(test)]
mod readme;

use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use uhub_core::{
    Hub,
    hub::{Acting, NewEnvironment, NewJob, NewProject, NewUser},
    model::{ExecutionSpec, JobType, ProjectId, Role, Run, RunId, Tier, User, UserId, UserKind},
};

/// The hub's first user, an admin without a password.
///
/// # Errors
/// When there is one already.
pub async fn boss(hub: &Hub) -> Result<(Acting, User)> {
    let boss = NewUser {
        username: "boss".into(),
        password: None,
        email: "boss@example.org".into(),
        display_name: "Alice BOSS".into(),
        kind: UserKind::Person,
        role: Role::Admin,
        theme: None,
    };
    let boss = hub.bootstrap_admin(boss).await?;
    Ok((hub.acting_as(&boss), boss))
}

/// A project with one environment, of tier dev.
pub fn project(name: &str, owner_id: UserId) -> NewProject {
    let dev = NewEnvironment { id: None, name: "dev".into(), tier: Some(Tier::Dev), pool: None };
    NewProject {
        name: name.into(),
        color: "#00cc88".into(),
        owner_id,
        environments: vec![dev],
        execution_backend: None,
        execution_backend_config: None,
        policy: None,
    }
}

/// A job of that environment that does not start by itself.
pub fn release(project_id: ProjectId, at: DateTime<Utc>, execution: ExecutionSpec) -> NewJob {
    NewJob {
        project_id,
        title: "Release".into(),
        description: None,
        job_type: JobType::Ops,
        environment: Some("dev".into()),
        planned_start: at,
        planned_end: None,
        all_day: false,
        assignee_id: None,
        critical: None,
        execution: Some(execution),
        auto_start: Some(false),
    }
}

/// Waits for a run's end, and then says `stop`.
///
/// # Errors
/// When the hub cannot be asked.
pub async fn ended(acting: &Acting, run: RunId, stop: &CancellationToken) -> Result<Run> {
    loop {
        let now = acting.run(run).await?;
        if now.ended_at.is_some() {
            stop.cancel();
            return Ok(now);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
