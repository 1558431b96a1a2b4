//! From what a caller writes to a job that is sound: words, slot, environment, execution.

use chrono::{DateTime, Days, Utc};

use super::{Hub, NewRecurrence};
use crate::{
    error::{Error, Result},
    guardrail,
    model::{
        BackendConfig, BackendKind, Change, EnvironmentId, ExecutionSpec, Job, JobEnvironment, JobId,
        JobStatus, JobType, Project, ProjectId, Slot, SlotError, UserId, whole_micros,
    },
    text,
    workflow::Tracked,
    zone,
};

/// A job to create.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Of which project.
    pub project_id: ProjectId,
    /// One line.
    pub title: String,
    /// Free text.
    pub description: Option<String>,
    /// What kind of work.
    pub job_type: JobType,
    /// The name of an environment of the project.
    pub environment: Option<String>,
    /// When it starts; with `all_day`, any instant of the first day.
    pub planned_start: DateTime<Utc>,
    /// When it ends; by default after the length usual for its type. With `all_day`, the midnight after the last day,
    /// or any instant of that day.
    pub planned_end: Option<DateTime<Utc>>,
    /// Whole days in the hub's zone.
    pub all_day: bool,
    /// Who does it.
    pub assignee_id: Option<UserId>,
    /// Whether it is critical; unset, its type and environment tell.
    pub critical: Option<bool>,
    /// What to execute.
    pub execution: Option<ExecutionSpec>,
    /// Whether it launches by itself; by default where there is an execution.
    pub auto_start: Option<bool>,
}

/// What to change of a job; `None` leaves as it is, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobPatch {
    /// New title.
    pub title: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New type.
    pub job_type: Option<JobType>,
    /// New environment, by name.
    pub environment: Option<Option<String>>,
    /// New start. Without a new end the length stays.
    pub planned_start: Option<DateTime<Utc>>,
    /// New end; cleared, the usual length of its type.
    pub planned_end: Option<Option<DateTime<Utc>>>,
    /// Whole days or not.
    pub all_day: Option<bool>,
    /// New assignee.
    pub assignee_id: Option<Option<UserId>>,
    /// New word on being critical.
    pub critical: Option<Option<bool>>,
    /// New execution.
    pub execution: Option<Option<ExecutionSpec>>,
    /// New word on starting by itself.
    pub auto_start: Option<bool>,
    /// Into a freeze window: for admins, with a reason, and a second person approves (DOMAIN §3.4).
    pub break_glass: bool,
    /// Why.
    pub reason: Option<String>,
    /// To repeat, or to repeat otherwise.
    pub recurrence: Option<NewRecurrence>,
}

impl JobPatch {
    /// Whether it only names another slot.
    pub(crate) fn is_move(&self) -> bool {
        let words = Self { break_glass: false, reason: None, ..self.clone() };
        let slot = Self { planned_start: None, planned_end: None, all_day: None, ..words.clone() };
        slot == Self::default() && words != slot
    }
}

impl Hub {
    /// The slot that these words mean.
    pub(crate) fn slot(
        &self,
        start: DateTime<Utc>,
        end: Option<DateTime<Utc>>,
        all_day: bool,
        job_type: JobType,
    ) -> Result<Slot> {
        // Checked before any arithmetic: the ends of time must not overflow.
        in_years("planned_start", start)?;
        if let Some(end) = end {
            in_years("planned_end", end)?;
            if end <= start {
                return Err(Error::invalid("planned_end", SlotError::Empty.to_string()));
            }
        }
        let (start, end) = if all_day {
            let zone = self.settings.timezone;
            let first = zone::local_date(zone, start);
            // The end is exclusive: midnight belongs to the day before.
            let last =
                end.map_or(first, |end| zone::local_date(zone, end - chrono::TimeDelta::microseconds(1)));
            let after = last.succ_opt().unwrap_or(last);
            (zone::local_midnight(zone, first), zone::local_midnight(zone, after))
        } else {
            (start, end.unwrap_or_else(|| start + job_type.default_length()))
        };
        Slot::new(start, end).map_err(|error| match error {
            SlotError::Empty => Error::invalid("planned_end", error.to_string()),
            SlotError::OutOfRange => Error::invalid("planned_start", error.to_string()),
        })
    }

    /// A new job of `project`, sound in itself. Whether it may be created is not decided here.
    pub(crate) fn draft(&self, new: &NewJob, project: &Project, author: UserId) -> Result<Job> {
        let now = self.now();
        let environment = match &new.environment {
            Some(name) => Some(environment_of(project, name)?),
            None => None,
        };
        let job = Job {
            id: JobId(self.new_id()),
            project_id: project.id,
            title: text::line("title", &new.title, 200)?,
            description: text::prose("description", new.description.as_deref().unwrap_or_default(), 10_000)?,
            job_type: new.job_type,
            environment,
            slot: self.slot(new.planned_start, new.planned_end, new.all_day, new.job_type)?,
            all_day: new.all_day,
            assignee_id: new.assignee_id,
            critical: new.critical,
            execution: new.execution.clone(),
            auto_start: new.auto_start.unwrap_or(new.execution.is_some()),
            status: Tracked::restore(JobStatus::Planned),
            created_by: author,
            edited_by: author,
            execution_edited_by: author,
            auto_started_for: None,
            occurrence: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        self.check_plan(&job, project)?;
        Ok(job)
    }

    /// What `patch` would change of `job`; what is so already is left out.
    pub(crate) fn change(&self, job: &Job, patch: &JobPatch, project: &Project) -> Result<Change> {
        let mut change = Change {
            title: differs(
                patch.title.as_deref().map(|title| text::line("title", title, 200)).transpose()?,
                &job.title,
            ),
            description: differs(
                patch
                    .description
                    .as_deref()
                    .map(|text| text::prose("description", text, 10_000))
                    .transpose()?,
                &job.description,
            ),
            job_type: differs(patch.job_type, &job.job_type),
            assignee_id: differs(patch.assignee_id, &job.assignee_id),
            critical: differs(patch.critical, &job.critical),
            execution: differs(patch.execution.clone(), &job.execution),
            auto_start: differs(patch.auto_start, &job.auto_start),
            ..Change::default()
        };
        if let Some(name) = &patch.environment {
            let id = match name {
                Some(name) => Some(environment_of(project, name)?.id),
                None => None,
            };
            change.environment =
                differs(Some(id), &job.environment.as_ref().map(|environment| environment.id));
        }
        if patch.planned_start.is_some() || patch.planned_end.is_some() || patch.all_day.is_some() {
            let all_day = patch.all_day.unwrap_or(job.all_day);
            let start = patch.planned_start.unwrap_or_else(|| job.slot.start());
            let end = match patch.planned_end {
                Some(end) => end,
                // A dragged job keeps its length; one that changes between days and hours takes the usual one.
                None if all_day != job.all_day => None,
                None if all_day => Some(self.same_days(job, start)?),
                None => start.checked_add_signed(job.slot.length()),
            };
            let job_type = patch.job_type.unwrap_or(job.job_type);
            let slot = self.slot(start, end, all_day, job_type)?;
            change.slot = differs(Some((slot, all_day)), &(job.slot, job.all_day));
        }
        Ok(change)
    }

    /// Where as many whole days as `job` has end when they begin at `start`. Days have 23, 24 or 25 hours: they are
    /// counted, not measured.
    fn same_days(&self, job: &Job, start: DateTime<Utc>) -> Result<DateTime<Utc>> {
        in_years("planned_start", start)?;
        let zone = self.settings.timezone;
        let first = zone::local_date(zone, job.slot.start());
        let after = zone::local_date(zone, job.slot.end());
        let days = u64::try_from((after - first).num_days()).unwrap_or(1).max(1);
        let last = zone::local_date(zone, start) + Days::new(days);
        Ok(zone::local_midnight(zone, last))
    }

    /// `job` with `change` applied, sound in itself. Neither version nor author are touched.
    pub(crate) fn changed(&self, job: &Job, change: &Change, project: &Project) -> Result<Job> {
        let mut job = job.clone();
        let Change {
            title,
            description,
            job_type,
            environment,
            slot,
            assignee_id,
            critical,
            execution,
            auto_start,
            break_glass: _,
        } = change.clone();
        job.title = title.unwrap_or(job.title);
        job.description = description.unwrap_or(job.description);
        job.job_type = job_type.unwrap_or(job.job_type);
        if let Some(id) = environment {
            job.environment = match id {
                Some(id) => Some(environment_by_id(project, id)?),
                None => None,
            };
        }
        (job.slot, job.all_day) = slot.unwrap_or((job.slot, job.all_day));
        job.assignee_id = assignee_id.unwrap_or(job.assignee_id);
        job.critical = critical.unwrap_or(job.critical);
        job.execution = execution.unwrap_or(job.execution);
        job.auto_start = auto_start.unwrap_or(job.auto_start);
        self.check_plan(&job, project)?;
        Ok(job)
    }

    /// The guardrails that hold for a plan, whoever made it (DOMAIN §3): they are checked again at the claim.
    pub(crate) fn check_plan(&self, job: &Job, project: &Project) -> Result<()> {
        if job.job_type == JobType::Meeting {
            if job.environment.is_some() {
                return Err(Error::invalid("environment", "a meeting has no environment"));
            }
            if job.execution.is_some() {
                return Err(Error::invalid("execution", "a meeting executes nothing"));
            }
        }
        match &job.execution {
            Some(spec) => {
                let backend = self.backend_of(project, spec.backend);
                self.check_execution(backend, spec, job, project)
            }
            None if job.auto_start => {
                Err(Error::invalid("auto_start", "there is nothing to start: the job has no execution"))
            }
            None => Ok(()),
        }
    }

    pub(crate) fn check_execution(
        &self,
        backend: BackendKind,
        spec: &ExecutionSpec,
        job: &Job,
        project: &Project,
    ) -> Result<()> {
        guardrail::check_execution(backend, spec)?;
        guardrail::check_tier_backend(job.tier(), backend, &project.policy)?;
        guardrail::check_secret_sources(job.tier(), spec, &self.settings.prod_secret_sources)?;
        guardrail::effective_limits(
            &self.settings.limits,
            project.execution_backend_config.as_ref().map(BackendConfig::limits).as_ref(),
            &spec.asked(),
        )?;
        self.check_with_backend(backend, spec, project)
    }
}

fn in_years(field: &str, at: DateTime<Utc>) -> Result<()> {
    if (crate::model::EARLIEST..=crate::model::LATEST).contains(&whole_micros(at)) {
        Ok(())
    } else {
        Err(Error::invalid(field, SlotError::OutOfRange.to_string()))
    }
}

fn differs<T: PartialEq>(new: Option<T>, old: &T) -> Option<T> {
    new.filter(|new| new != old)
}

fn environment_of(project: &Project, name: &str) -> Result<JobEnvironment> {
    project
        .environment(name)
        .map(job_environment)
        .ok_or_else(|| Error::invalid("environment", "the project has no environment of this name"))
}

pub(crate) fn environment_by_id(project: &Project, id: EnvironmentId) -> Result<JobEnvironment> {
    project
        .environments
        .iter()
        .find(|environment| environment.id == id)
        .map(job_environment)
        .ok_or_else(|| Error::invalid("environment", "the project no longer has this environment"))
}

fn job_environment(environment: &crate::model::Environment) -> JobEnvironment {
    let crate::model::Environment { id, name, tier, pool } = environment.clone();
    JobEnvironment { id, name, tier, pool }
}
