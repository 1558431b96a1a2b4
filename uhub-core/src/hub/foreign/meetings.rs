//! Events of other calendars, as meetings.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    ForeignEvent, ImportedEvents,
    plan::{Known, Plan, Planned, own_id},
};
use crate::{
    error::Result,
    hub::{
        Acting, JobPatch, JobUpdate, NewJob,
        series::describe_laid,
        tx::{Object, Tx, enforce},
        views::{JobFacts, decide_job},
    },
    model::{Job, JobId, JobType, Occurrence, Project, ProjectId, SeriesId},
    ports::store::Topic,
    rbac::{Action, Actor, Decision},
};

/// Where meetings are made, for their identifiers.
pub(super) fn place_of(project: ProjectId) -> String {
    format!("meetings of {project}")
}

/// Which job an event stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// One that an event became, or would become.
    Foreign(JobId),
    /// One that this hub exported. What its event describes is where it stands, not the job's description.
    Own(JobId),
    /// An occurrence of a series of this hub that no job stands for yet: the hub lays it out by itself.
    Ahead,
}

impl Target {
    const fn job(self) -> Option<JobId> {
        match self {
            Self::Foreign(id) | Self::Own(id) => Some(id),
            Self::Ahead => None,
        }
    }
}

impl Acting {
    /// What the hub knows of the events by their UIDs.
    pub(super) async fn known_events(&self, events: &[ForeignEvent], project_id: ProjectId) -> Result<Known> {
        let mut session = self.hub.store.read().await?;
        let (mut own, mut others) = (BTreeSet::new(), Vec::new());
        for uid in events.iter().map(|event| &event.uid).collect::<BTreeSet<_>>() {
            let is_own = match own_id(uid) {
                Some(id) => {
                    let job = session.job(JobId(id)).await?.map(|job| job.project_id);
                    let series = session.series(SeriesId(id)).await?.map(|series| series.project_id);
                    [job, series].contains(&Some(project_id))
                }
                None => false,
            };
            if is_own {
                own.insert(uid.clone());
            } else {
                others.push(uid.clone());
            }
        }
        let series = session.series_from(project_id, &others).await?;
        let series = series.into_iter().filter_map(|series| series.source).collect();
        Ok(Known { zone: self.hub.settings.timezone, own, series })
    }

    pub(super) async fn import_meetings(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        plan: &Plan,
        project_id: ProjectId,
    ) -> Result<ImportedEvents> {
        tx.on(Object { kind: "job", id: None, project: Some(project_id) });
        let project = tx.project(project_id).await?;
        let place = place_of(project_id);
        let mut targets = Vec::with_capacity(plan.single.len());
        let mut series = BTreeMap::new();
        for planned in &plan.single {
            // An event that this hub exported is the job that it was.
            let own = match planned.own() {
                Some(id) => own_target(tx, project_id, id, planned.occurrence, &mut series).await?,
                None => None,
            };
            targets.push(own.unwrap_or_else(|| Target::Foreign(JobId(planned.id(&place)))));
        }
        let ids: Vec<_> = targets.iter().filter_map(|target| target.job()).collect();
        let held = tx.hold_events(plan, project_id, &ids).await?;

        let done = ImportedEvents::default();
        let mut import = Import { acting: self, actor, project: &project, place, done };
        for repeats in &plan.repeating {
            import.series(tx, repeats, held.get(&repeats.uid)).await?;
        }
        for planned in &plan.loose {
            import.loose(tx, planned, held.get(&planned.uid)).await?;
        }
        let there: BTreeMap<JobId, Job> =
            tx.s.jobs_by_ids(&ids).await?.into_iter().map(|job| (job.id, job)).collect();
        for (planned, target) in plan.single.iter().zip(targets) {
            let Some(id) = target.job() else {
                import.done.unchanged += 1;
                continue;
            };
            match there.get(&id) {
                Some(job) => import.change(tx, planned, job, target == Target::Own(id)).await?,
                None if planned.cancelled => import.done.unchanged += 1,
                None => import.create(tx, planned, id, None).await?,
            }
        }
        Ok(import.done)
    }
}

/// An import of meetings that goes on.
pub(super) struct Import<'a> {
    pub(super) acting: &'a Acting,
    pub(super) actor: &'a Actor,
    pub(super) project: &'a Project,
    pub(super) place: String,
    pub(super) done: ImportedEvents,
}

impl Import<'_> {
    /// Makes a meeting what the file says.
    pub(super) async fn change(
        &mut self,
        tx: &mut Tx,
        planned: &Planned,
        job: &Job,
        is_own: bool,
    ) -> Result<()> {
        let Self { acting, project, ref mut done, .. } = *self;
        if job.project_id != project.id || job.job_type != JobType::Meeting {
            return Err(planned.refuse(format!("job {} is no meeting of this project", job.id)));
        }
        if !job.status.get().is_alive() {
            done.past += 1;
        } else if planned.cancelled {
            acting.cancel_in(tx, job.id, None).await?;
            done.cancelled += 1;
        } else if is_as(job, planned, is_own) {
            done.unchanged += 1;
        } else {
            let patch = JobPatch {
                title: Some(planned.title.clone()),
                description: (!is_own).then(|| planned.description.clone()),
                planned_start: Some(planned.slot.start()),
                planned_end: Some(Some(planned.slot.end())),
                all_day: Some(planned.all_day),
                ..JobPatch::default()
            };
            acting.update_in(tx, job.id, &patch, JobUpdate::default()).await?;
            done.updated += 1;
        }
        Ok(())
    }

    /// Makes a meeting of it.
    pub(super) async fn create(
        &mut self,
        tx: &mut Tx,
        planned: &Planned,
        id: JobId,
        occurrence: Option<Occurrence>,
    ) -> Result<()> {
        let Self { acting, actor, project, .. } = *self;
        let new = NewJob {
            project_id: project.id,
            title: planned.title.clone(),
            description: Some(planned.description.clone()),
            job_type: JobType::Meeting,
            environment: None,
            planned_start: planned.slot.start(),
            planned_end: Some(planned.slot.end()),
            all_day: planned.all_day,
            assignee_id: None,
            critical: None,
            execution: None,
            auto_start: None,
        };
        let job = acting.hub.draft(&new, project, actor.id).map_err(|error| planned.refuse(error))?;
        let job = Job { id, occurrence, ..job };
        let decision = self.may_create(&job)?;
        tx.s.insert_job(&job).await?;
        tx.announce(Topic::Job, job.id.0);
        tx.log_decision("job.create", &job, decision, describe_laid(&job));
        self.done.created += 1;
        Ok(())
    }

    /// Lets pass who may create such a meeting. As for any job: who creates it owns it by that alone.
    pub(super) fn may_create(&self, job: &Job) -> Result<Decision> {
        let backend = self.acting.hub.backend_of(self.project, None);
        let facts = JobFacts { own_job: false, ..JobFacts::of(job, self.actor, backend) };
        let decision = decide_job(self.actor, Action::JobCreate, self.project, &facts);
        enforce(decision)?;
        Ok(decision)
    }
}

/// The jobs of a series that this hub exported, by the starts that its rule gave them; `None` for what is no series of the
/// project.
type OwnSeries = BTreeMap<Uuid, Option<BTreeMap<DateTime<Utc>, JobId>>>;

/// What an event with this identifier of the hub's own stands for; `None` where it is not this project's.
async fn own_target(
    tx: &mut Tx,
    project_id: ProjectId,
    id: Uuid,
    occurrence: Option<DateTime<Utc>>,
    known: &mut OwnSeries,
) -> Result<Option<Target>> {
    if let Some(job) = tx.s.job(JobId(id)).await?
        && job.project_id == project_id
    {
        return Ok(Some(Target::Own(job.id)));
    }
    let jobs = match known.entry(id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => {
            let series = tx.s.series(SeriesId(id)).await?.filter(|series| series.project_id == project_id);
            let jobs = match series {
                Some(series) => Some(tx.s.occurrences(series.id, crate::model::EARLIEST).await?),
                None => None,
            };
            unknown.insert(
                jobs.map(|jobs| jobs.iter().filter_map(|job| Some((job.occurrence?.at, job.id))).collect()),
            )
        }
    };
    let found = |jobs: &BTreeMap<_, _>| occurrence.and_then(|at| jobs.get(&at)).copied();
    Ok(jobs.as_ref().map(|jobs| found(jobs).map_or(Target::Ahead, Target::Own)))
}

fn is_as(job: &Job, planned: &Planned, is_own: bool) -> bool {
    job.title == planned.title
        && (is_own || job.description == planned.description)
        && job.slot == planned.slot
        && job.all_day == planned.all_day
}
