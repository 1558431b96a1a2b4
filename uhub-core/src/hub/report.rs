//! The week of a project: what the demo's reports print (DOMAIN §10).

use chrono::{Datelike as _, Days};
use serde::Serialize;

use super::{Hub, Operator};
use crate::{
    conflict,
    error::{Error, Result},
    model::{JobStatus, Project, ProjectId, Slot},
    ports::store::{JobFilter, Page},
    zone,
};

/// A project's week in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportLine {
    /// Which project.
    pub project_id: ProjectId,
    /// Its name.
    pub project: String,
    /// Jobs whose slot lies in the week, whatever became of them, without cancelled ones.
    pub planned: usize,
    /// Of these, those that succeeded.
    pub done: usize,
    /// Of these, those that failed.
    pub failed: usize,
    /// Of these, those that were missed.
    pub missed: usize,
    /// Of these, those that collide with another job.
    pub conflicts: usize,
}

/// The week, Monday to Sunday in the hub's zone, that holds the present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// From Monday 00:00 to the next.
    pub week: Slot,
    /// By project, in the order of creation.
    pub projects: Vec<ReportLine>,
}

impl Operator {
    /// The week of one project by name, or of all.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn week_report(&self, project: Option<&str>) -> Result<Report> {
        self.hub.week_report(project).await
    }
}

impl Hub {
    async fn week_report(&self, name: Option<&str>) -> Result<Report> {
        let zone = self.settings.timezone;
        let today = zone::local_date(zone, self.now());
        let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
        let span =
            zone::all_day_slot(zone, monday, 7).ok_or_else(|| Error::invalid("week", "is out of range"))?;
        let week = Slot::from_span(span).map_err(|error| Error::invalid("week", error.to_string()))?;

        let mut session = self.store.read().await?;
        let projects: Vec<Project> = match name {
            Some(name) => {
                vec![session.project_by_name(name).await?.ok_or(Error::NotFound { what: "project" })?]
            }
            None => session.projects(Page::first(500)).await?,
        };
        let entries = session.calendar(week, &JobFilter::default()).await?;
        let contention = super::calendar::Contention::around(&mut *session, &entries).await?;
        let colliding: std::collections::BTreeSet<_> = contention
            .entries
            .iter()
            .zip(conflict::flags(&contention.slots))
            .filter(|(_, flagged)| *flagged)
            .map(|(entry, _)| entry.id)
            .collect();
        let lines = projects
            .into_iter()
            .map(|project| {
                let own = || {
                    entries.iter().filter(|entry| {
                        entry.project_id == project.id && entry.status != JobStatus::Cancelled
                    })
                };
                let count = |status| own().filter(|entry| entry.status == status).count();
                ReportLine {
                    project_id: project.id,
                    planned: own().count(),
                    done: count(JobStatus::Succeeded),
                    failed: count(JobStatus::Failed),
                    missed: count(JobStatus::Missed),
                    conflicts: own().filter(|entry| colliding.contains(&entry.id)).count(),
                    project: project.name,
                }
            })
            .collect();
        Ok(Report { week, projects: lines })
    }
}
