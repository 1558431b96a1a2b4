//! The proof that a run was claimed and checked.

use chrono::{DateTime, Utc};

use crate::model::{
    BackendConfig, BackendKind, ExecutionSpec, Job, JobId, Limits, ProjectId, Run, RunId, Tier,
};

/// A run that this worker holds: every rule was checked again in the transaction that claimed it. Only
/// [`Hub::claim`](crate::hub::Hub::claim) makes one, and a backend accepts nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedRun {
    pub(super) run: Run,
    /// As the claim left it.
    pub(super) job: Job,
    pub(super) project: String,
    pub(super) limits: Limits,
    pub(super) config: BackendConfig,
    pub(super) hub_id: String,
    /// Something limits how many runs go on at once: another may wait for this one's end.
    pub(super) limited: bool,
}

impl ClaimedRun {
    /// The run.
    pub const fn id(&self) -> RunId {
        self.run.id
    }

    /// Its job.
    pub const fn job_id(&self) -> JobId {
        self.run.job_id
    }

    /// Its project.
    pub const fn project_id(&self) -> ProjectId {
        self.run.project_id
    }

    /// Its attempt, from 1.
    pub const fn attempt(&self) -> u32 {
        self.run.attempt
    }

    /// What every write must carry.
    pub const fn fence(&self) -> i64 {
        self.run.fence
    }

    /// With which backend.
    pub const fn backend(&self) -> BackendKind {
        self.run.backend
    }

    /// What to execute.
    pub const fn execution(&self) -> &ExecutionSpec {
        &self.run.execution
    }

    /// What it may use: hub, project and job merged.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What the project says of how its jobs are executed; its limits are in [`Self::limits`] already.
    pub const fn config(&self) -> &BackendConfig {
        &self.config
    }

    /// The job's title.
    pub fn title(&self) -> &str {
        &self.job.title
    }

    /// The project's name.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The tier that it works on.
    pub fn tier(&self) -> Tier {
        self.job.tier()
    }

    /// The environment's name.
    pub fn environment(&self) -> Option<&str> {
        self.job.environment.as_ref().map(|environment| environment.name.as_str())
    }

    /// The hub that it belongs to, for labels on what it creates outside.
    pub fn hub_id(&self) -> &str {
        &self.hub_id
    }

    /// Until when the claim holds without a heartbeat.
    pub const fn lease_until(&self) -> Option<DateTime<Utc>> {
        self.run.lease_until
    }

    /// Somebody asked to cancel it already.
    pub const fn is_cancelled(&self) -> bool {
        self.run.cancel_requested_at.is_some()
    }

    /// Behind which chunk of the log the output of what goes on begins.
    pub const fn log_from(&self) -> i64 {
        self.run.log_from
    }

    /// What an earlier worker left of this very attempt, to be adopted.
    pub fn handle(&self) -> Option<&str> {
        self.run.handle.as_deref()
    }
}
