//! Events of other calendars, as meetings or as freeze windows.
//!
//! Nothing is stored about where they came from: the identifier of what is made follows from the event's UID, so that the
//! same event finds it again, whatever has become of it.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Acting, JobPatch, JobUpdate, NewJob,
    freezes::{checked_scope, stopped},
    jobs::describe,
    tx::{Object, Tx, allow, enforce, transact},
    views::{JobFacts, decide_job},
};
use crate::{
    error::{Error, Result},
    model::{Freeze, FreezeId, Job, JobId, JobType, Project, ProjectId, SeriesId, Slot, Tier, UserId},
    ports::{
        clock::uuid_v7,
        store::{LockKey, Topic},
    },
    rbac::{self, Action, Actor, Context},
    recurrence::Recurrence,
    text, zone,
};

/// How far ahead of now something that repeats is laid out.
const HORIZON: TimeDelta = TimeDelta::days(400);
/// At most so many events are taken at once.
const MAX_EVENTS: usize = 1_000;
/// At most so many meetings or freeze windows come of them.
const MAX_OCCURRENCES: usize = 2_000;

/// An event of another calendar. Where an instant stands, whoever read the event has asked its zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignEvent {
    /// The line where it begins, for refusals.
    pub line: u64,
    /// What identifies it, in whatever calendar it is.
    pub uid: String,
    /// Of something that repeats: the start of the occurrence whose place it takes.
    pub replaces: Option<DateTime<Utc>>,
    /// One line.
    pub title: String,
    /// Free text, may be empty.
    pub description: String,
    /// The zone on whose clocks it takes place; of whole days, the hub's.
    pub zone: Tz,
    /// When it starts, on those clocks; of whole days, midnight.
    pub start: NaiveDateTime,
    /// How long it lasts; of whole days, 24 hours for each. Some events do not say.
    pub length: Option<TimeDelta>,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// An RFC 5545 recurrence rule.
    pub rule: Option<String>,
    /// More starts.
    pub more: Vec<DateTime<Utc>>,
    /// Starts that are left out.
    pub exceptions: Vec<DateTime<Utc>>,
    /// It was called off.
    pub cancelled: bool,
}

/// What becomes of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportAs {
    /// Meetings of a project.
    Meetings {
        /// Which one.
        project_id: ProjectId,
    },
    /// Freeze windows.
    Freezes {
        /// Every environment of these tiers.
        tiers: Vec<Tier>,
        /// And the environments of these names.
        environments: Vec<String>,
        /// Only of this project.
        project_id: Option<ProjectId>,
    },
}

/// What came of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ImportedEvents {
    /// Made.
    pub created: u32,
    /// Changed to what the file says.
    pub updated: u32,
    /// As the file says already.
    pub unchanged: u32,
    /// Called off, or lifted, since the file says so.
    pub cancelled: u32,
    /// Over, and left as they are or not made.
    pub past: u32,
}

/// One meeting or window that an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Planned {
    line: u64,
    uid: String,
    /// Of something that repeats: which occurrence.
    occurrence: Option<DateTime<Utc>>,
    title: String,
    description: String,
    slot: Slot,
    all_day: bool,
    cancelled: bool,
}

impl Planned {
    fn refuse(&self, reason: impl std::fmt::Display) -> Error {
        refuse(self.line, &self.uid, reason)
    }

    /// The identifier of what it becomes in that place: the same each time, and nobody else's. It has no time in it, since the
    /// event's may change.
    fn id(&self, place: &str) -> Uuid {
        let occurrence = self.occurrence.map(|at| at.timestamp_micros().to_string()).unwrap_or_default();
        let digest = Sha256::new()
            .chain_update(format!("uhub-event-1\n{place}\n{}\n{occurrence}\n", self.uid.len()))
            .chain_update(&self.uid)
            .finalize();
        let mut random = [0; 10];
        random.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        uuid_v7(DateTime::UNIX_EPOCH, random)
    }

    /// Of what a hub has exported: the job's identifier, or that of the series.
    fn own(&self) -> Option<Uuid> {
        self.uid.strip_suffix("@uhub")?.parse().ok()
    }
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

fn refuse(line: u64, uid: &str, reason: impl std::fmt::Display) -> Error {
    let uid: String = uid.chars().filter(|c| !c.is_control()).take(100).collect();
    Error::invalid("ics", format!("line {line}, UID {uid}: {reason}"))
}

/// What the events ask for, from `now` to [`HORIZON`] where they repeat, in the order of the file.
fn lay_out(
    events: &[ForeignEvent],
    default_length: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> Result<Vec<Planned>> {
    if events.len() > MAX_EVENTS {
        return Err(Error::invalid("ics", format!("has {} events, at most {MAX_EVENTS}", events.len())));
    }
    let mut masters: BTreeMap<&str, &ForeignEvent> = BTreeMap::new();
    let mut replaced: BTreeSet<(&str, DateTime<Utc>)> = BTreeSet::new();
    for event in events {
        let is_new = match event.replaces {
            None => masters.insert(&event.uid, event).is_none(),
            Some(at) => replaced.insert((&event.uid, at)),
        };
        if !is_new {
            return Err(refuse(event.line, &event.uid, "is there twice"));
        }
    }
    let mut all = Vec::new();
    for event in events {
        let starts = match event.replaces {
            Some(at) => vec![(event.start, Some(at))],
            None if event.rule.is_none() && event.more.is_empty() => vec![(event.start, None)],
            None => {
                let starts =
                    occurrences(event, now).map_err(|reason| refuse(event.line, &event.uid, reason))?;
                let kept = |at: &DateTime<Utc>| !replaced.contains(&(event.uid.as_str(), *at));
                starts.into_iter().filter(kept).map(|at| (zone::shown(event.zone, at), Some(at))).collect()
            }
        };
        if all.len() + starts.len() > MAX_OCCURRENCES {
            let reason = format!("makes more than {MAX_OCCURRENCES} of all together");
            return Err(refuse(event.line, &event.uid, reason));
        }
        for (start, occurrence) in starts {
            all.push(planned(event, start, occurrence, default_length)?);
        }
    }
    Ok(all)
}

fn planned(
    event: &ForeignEvent,
    start: NaiveDateTime,
    occurrence: Option<DateTime<Utc>>,
    default_length: Option<TimeDelta>,
) -> Result<Planned> {
    let wrong = |reason: &dyn std::fmt::Display| refuse(event.line, &event.uid, reason);
    let length =
        event.length.or(default_length).ok_or_else(|| wrong(&"says neither its end nor its length"))?;
    let from = zone::local_instant(event.zone, start);
    let to = if event.all_day {
        start.checked_add_signed(length).map(|end| zone::local_midnight(event.zone, end.date()))
    } else {
        from.checked_add_signed(length)
    };
    let slot = to.ok_or(crate::model::SlotError::OutOfRange).and_then(|to| Slot::new(from, to));
    Ok(Planned {
        line: event.line,
        uid: event.uid.clone(),
        occurrence,
        title: text::line("SUMMARY", &event.title, 200).map_err(|error| wrong(&error))?,
        description: text::prose("DESCRIPTION", &event.description, 10_000).map_err(|error| wrong(&error))?,
        slot: slot.map_err(|error| wrong(&error))?,
        all_day: event.all_day,
        cancelled: event.cancelled,
    })
}

/// The starts of what repeats, from now on.
fn occurrences(event: &ForeignEvent, now: DateTime<Utc>) -> Result<BTreeSet<DateTime<Utc>>, String> {
    let until = now + HORIZON;
    let mut starts: BTreeSet<DateTime<Utc>> = event.more.iter().copied().collect();
    match &event.rule {
        None => {
            starts.insert(zone::local_instant(event.zone, event.start));
        }
        Some(rule) => {
            let repeats = Recurrence::new(rule, event.zone, event.start, Vec::new());
            let repeats = repeats.map_err(|error| format!("RRULE {error}"))?;
            // What goes on now began before.
            let since = now.checked_sub_signed(event.length.unwrap_or_default()).unwrap_or(now);
            let (from, to) = (repeats.local(since), repeats.local(until));
            let found = repeats.occurrences(from, to, MAX_OCCURRENCES + 1);
            starts.extend(found.into_iter().map(|at| repeats.instant(at)));
        }
    }
    if starts.len() > MAX_OCCURRENCES {
        return Err(format!("takes place more than {MAX_OCCURRENCES} times in {} days", HORIZON.num_days()));
    }
    let left_out: BTreeSet<_> = event.exceptions.iter().copied().collect();
    starts.retain(|at| !left_out.contains(at) && *at < until);
    Ok(starts)
}

impl Acting {
    /// Takes in events of another calendar: all of them, or none. What is there already is changed to what the file says, what
    /// has ended stays as it is, and what the file no longer names stays too. With `dry_run` it only tells what would come of
    /// it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the line and the UID, [`Error::Denied`], [`Error::NotFound`] for the project.
    pub async fn import_events(
        &self,
        events: &[ForeignEvent],
        what: &ImportAs,
        dry_run: bool,
    ) -> Result<ImportedEvents> {
        let length = match what {
            ImportAs::Meetings { .. } => Some(JobType::Meeting.default_length()),
            ImportAs::Freezes { .. } => None,
        };
        let plan = lay_out(events, length, self.hub.now())?;
        if dry_run {
            // The same code, in a transaction that is dropped.
            let mut tx = Tx::begin(&self.hub, &self.who).await?;
            return self.import_events_in(&mut tx, &plan, what).await;
        }
        transact!(&self.hub, &self.who, "calendar.import", |tx| {
            let done = self.import_events_in(tx, &plan, what).await?;
            tx.log(
                "calendar.import",
                Object { kind: "hub", ..Object::default() },
                rbac::Effect::Allow,
                json!(done),
            );
            Ok(done)
        })
    }

    async fn import_events_in(
        &self,
        tx: &mut Tx,
        plan: &[Planned],
        what: &ImportAs,
    ) -> Result<ImportedEvents> {
        let actor = tx.actor(self.user.id).await?;
        match what {
            ImportAs::Meetings { project_id } => self.import_meetings(tx, &actor, plan, *project_id).await,
            ImportAs::Freezes { tiers, environments, project_id } => {
                let (tiers, environments) = checked_scope(tiers, environments)?;
                let scope = Scope { tiers, environments, project_id: *project_id, by: actor.id };
                import_freezes(tx, &actor, plan, &scope).await
            }
        }
    }

    async fn import_meetings(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        plan: &[Planned],
        project_id: ProjectId,
    ) -> Result<ImportedEvents> {
        tx.on(Object { kind: "job", id: None, project: Some(project_id) });
        let project = tx.project(project_id).await?;
        let place = format!("meetings of {project_id}");
        let mut done = ImportedEvents::default();
        let mut targets = Vec::with_capacity(plan.len());
        let mut series = BTreeMap::new();
        for planned in plan {
            // An event that this hub exported is the job that it was.
            let own = match planned.own() {
                Some(id) => own_target(tx, project_id, id, planned.occurrence, &mut series).await?,
                None => None,
            };
            targets.push(own.unwrap_or_else(|| Target::Foreign(JobId(planned.id(&place)))));
        }
        let ids: Vec<_> = targets.iter().filter_map(|target| target.job()).collect();
        // All at once, in one order.
        let mut keys: Vec<_> =
            ids.iter().copied().map(LockKey::Job).chain([LockKey::FreezesShared]).collect();
        keys.sort();
        keys.dedup();
        tx.s.lock(&keys).await?;
        let there: BTreeMap<JobId, Job> =
            tx.s.jobs_by_ids(&ids).await?.into_iter().map(|job| (job.id, job)).collect();
        for (planned, target) in plan.iter().zip(targets) {
            let Some(id) = target.job() else {
                done.unchanged += 1;
                continue;
            };
            let is_own = target == Target::Own(id);
            match there.get(&id) {
                None if planned.cancelled => done.unchanged += 1,
                None => {
                    self.create_meeting(tx, actor, &project, planned, id).await?;
                    done.created += 1;
                }
                Some(job) if job.project_id != project_id || job.job_type != JobType::Meeting => {
                    return Err(planned.refuse(format!("job {id} is no meeting of this project")));
                }
                Some(job) if !job.status.get().is_alive() => done.past += 1,
                Some(job) if planned.cancelled => {
                    let facts = JobFacts::of(job, actor, self.hub.backend_of(&project, None));
                    let decision = decide_job(actor, Action::JobCancel, &project, &facts);
                    enforce(decision)?;
                    tx.log_decision("job.cancel", job, decision, json!({ "from": job.status }));
                    tx.cancel_job(&mut job.clone(), actor.id).await?;
                    done.cancelled += 1;
                }
                Some(job) if is_as(job, planned, is_own) => done.unchanged += 1,
                Some(_) => {
                    let patch = JobPatch {
                        title: Some(planned.title.clone()),
                        description: (!is_own).then(|| planned.description.clone()),
                        planned_start: Some(planned.slot.start()),
                        planned_end: Some(Some(planned.slot.end())),
                        all_day: Some(planned.all_day),
                        ..JobPatch::default()
                    };
                    self.update_in(tx, id, &patch, JobUpdate::default()).await?;
                    done.updated += 1;
                }
            }
        }
        Ok(done)
    }

    async fn create_meeting(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        project: &Project,
        planned: &Planned,
        id: JobId,
    ) -> Result<()> {
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
        let job = self.hub.draft(&new, project, actor.id).map_err(|error| planned.refuse(error))?;
        let job = Job { id, ..job };
        // As for any job: who creates it owns it by that alone.
        let facts =
            JobFacts { own_job: false, ..JobFacts::of(&job, actor, self.hub.backend_of(project, None)) };
        let decision = decide_job(actor, Action::JobCreate, project, &facts);
        enforce(decision)?;
        tx.s.insert_job(&job).await?;
        tx.announce(Topic::Job, job.id.0);
        tx.log_decision("job.create", &job, decision, describe(&job));
        Ok(())
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

/// What windows hold for, and by whom.
struct Scope {
    tiers: Vec<Tier>,
    environments: Vec<String>,
    project_id: Option<ProjectId>,
    by: UserId,
}

async fn import_freezes(
    tx: &mut Tx,
    actor: &Actor,
    plan: &[Planned],
    scope: &Scope,
) -> Result<ImportedEvents> {
    tx.on(Object { kind: "freeze", id: None, project: scope.project_id });
    let decision = rbac::decide(actor, Action::ProjectPolicy, &Context::default());
    allow(decision)?;
    if let Some(id) = scope.project_id {
        tx.project(id).await?;
    }
    // Alone, as with any change of them.
    tx.s.lock(&[LockKey::Freezes]).await?;
    let place = format!("freezes of {:?} {:?} {:?}", scope.project_id, scope.tiers, scope.environments);
    let mut done = ImportedEvents::default();
    for planned in plan {
        let id = FreezeId(planned.id(&place));
        let there = tx.s.freeze(id).await?;
        let wanted = Freeze {
            id,
            slot: planned.slot,
            tiers: scope.tiers.clone(),
            environments: scope.environments.clone(),
            project_id: scope.project_id,
            reason: planned.title.clone(),
            created_by: there.as_ref().map_or(scope.by, |there| there.created_by),
            created_at: there.as_ref().map_or(tx.now, |there| there.created_at),
        };
        let is_over = planned.slot.end() <= tx.now;
        match &there {
            Some(there) if *there == wanted && !planned.cancelled => {
                done.unchanged += 1;
                continue;
            }
            None if planned.cancelled => {
                done.unchanged += 1;
                continue;
            }
            None if is_over => {
                done.past += 1;
                continue;
            }
            Some(_) if planned.cancelled => done.cancelled += 1,
            Some(_) => done.updated += 1,
            None => done.created += 1,
        }
        if let Some(there) = there {
            tx.s.delete_freeze(id).await?;
            tx.log_decision("freeze.delete", &there, decision, json!({ "freeze": there }));
        }
        if !planned.cancelled {
            tx.s.insert_freeze(&wanted).await?;
            let stops = stopped(&mut *tx.s, &wanted).await?.len();
            tx.log_decision("freeze.create", &wanted, decision, json!({ "freeze": wanted, "stops": stops }));
        }
        tx.announce(Topic::Freeze, id.0);
    }
    Ok(done)
}
