//! What rules go by, apart from jobs and runs.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::{FreezeReads, ProjectReads, Result, UserReads};
use crate::model::{Freeze, Project, ProjectId, Slot, User, UserId};

/// What rules go by, apart from jobs and runs, as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grounds {
    /// Those that were asked for and exist, in any order.
    pub projects: Vec<Project>,
    /// Those that were asked for and exist, in any order.
    pub users: Vec<User>,
    /// The windows that hold, by start, then id.
    pub freezes: Vec<Freeze>,
}

impl Grounds {
    /// Asks one thing after the other.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn one_by_one<S: ProjectReads + UserReads + FreezeReads + Send + ?Sized>(
        session: &mut S,
        projects: &[ProjectId],
        users: &[UserId],
        at: DateTime<Utc>,
    ) -> Result<Self> {
        let freezes = match Slot::new(at, at + TimeDelta::microseconds(1)) {
            Ok(instant) => session.freezes(instant).await?,
            // No window lies where no slot can.
            Err(_) => Vec::new(),
        };
        let (projects, users) =
            (session.projects_by_ids(projects).await?, session.users_by_ids(users).await?);
        Ok(Self { projects, users, freezes })
    }
}

/// Looks up what rules go by.
#[async_trait]
pub trait GroundReads: ProjectReads + UserReads + FreezeReads + Send {
    /// These projects, these users, and the freeze windows that hold at `at`. A store for which each question is a way to
    /// go and to come back answers all of them at once.
    async fn grounds(
        &mut self,
        projects: &[ProjectId],
        users: &[UserId],
        at: DateTime<Utc>,
    ) -> Result<Grounds> {
        Grounds::one_by_one(self, projects, users, at).await
    }
}
