//! What rules go by.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::{ApprovalReads, FreezeReads, JobReads, ProjectReads, Result, UserReads};
use crate::model::{Approval, Freeze, Job, JobId, Project, ProjectId, Slot, User, UserId};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct GroundsOf<'a> {
    /// These projects.
    pub projects: &'a [ProjectId],
    /// These users.
    pub users: &'a [UserId],
    /// These jobs, and their open approvals.
    pub jobs: &'a [JobId],
    /// The freeze windows that hold then.
    pub at: DateTime<Utc>,
}

/// What rules go by, as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grounds {
    /// Those that were asked for and exist, in any order.
    pub projects: Vec<Project>,
    /// Those that were asked for and exist, in any order.
    pub users: Vec<User>,
    /// Those that were asked for and exist, in any order.
    pub jobs: Vec<Job>,
    /// Those of these jobs that are pending or approved, by job, then id.
    pub approvals: Vec<Approval>,
    /// The windows that hold, by start, then id.
    pub freezes: Vec<Freeze>,
}

impl Grounds {
    /// Asks one thing after the other.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn one_by_one<S>(session: &mut S, asked: GroundsOf<'_>) -> Result<Self>
    where
        S: ProjectReads + UserReads + JobReads + ApprovalReads + FreezeReads + Send + ?Sized,
    {
        let GroundsOf { projects, users, jobs, at } = asked;
        Ok(Self {
            projects: session.projects_by_ids(projects).await?,
            users: session.users_by_ids(users).await?,
            jobs: session.jobs_by_ids(jobs).await?,
            approvals: session.open_approvals(jobs).await?,
            freezes: match Slot::new(at, at + TimeDelta::microseconds(1)) {
                Ok(instant) => session.freezes(instant).await?,
                // No window lies where no slot can.
                Err(_) => Vec::new(),
            },
        })
    }
}

/// Looks up what rules go by.
#[async_trait]
pub trait GroundReads: ProjectReads + UserReads + JobReads + ApprovalReads + FreezeReads + Send {
    /// All that is asked for. A store for which each question is a way to go and to come back answers them at once.
    async fn grounds(&mut self, asked: GroundsOf<'_>) -> Result<Grounds> {
        Grounds::one_by_one(self, asked).await
    }
}
