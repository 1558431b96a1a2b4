//! Faults of the kind that the checker is there to find, to see that it does.

use chrono::TimeDelta;
use serde_json::json;

use super::{super::world::go, scene::Scene};
use crate::{
    audit::AuditEntry,
    model::{ApprovalState, AuditId, Job, JobStatus, RunOrigin, RunStatus},
    ports::store::{Store as _, WriteSession},
    workflow::Tracked,
};

/// What is wrong, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    /// A late worker's word is taken: it carries the fence of whoever holds the run now.
    ForgedFence,
    /// Dead workers are looked for without a look at their leases.
    NoLease,
    /// What goes on already is started anew instead of taken over.
    SecondStart,
    /// A worker that slept through its lease starts what it was about to start.
    LateStart,
    /// Whoever takes a run over stores its output from the beginning.
    RepeatedLog,
    /// A number of the log is left out.
    LogGap,
    /// A used approval can be used again.
    ReusedApproval,
    /// A run that has ended goes on.
    SecondEnd,
    /// A fence goes back.
    LowerFence,
    /// A change that the audit does not know.
    Untold,
    /// A job is missed while its slot lasts.
    EarlyMiss,
    /// A job forgets that it has started by itself.
    ForgottenStart,
}

/// Each with what the checker must say of it.
pub(super) const ALL: [(Defect, &str); 12] = [
    (Defect::ForgedFence, "the word of one who does not hold the run was taken"),
    (Defect::NoLease, "a run is taken from a worker whose lease holds"),
    (Defect::SecondStart, "started"),
    (Defect::LateStart, "started"),
    (Defect::RepeatedLog, "the log repeats or leaves out what was written"),
    (Defect::LogGap, "the log has a gap"),
    (Defect::ReusedApproval, "an approval has one end"),
    (Defect::SecondEnd, "a run has one end"),
    (Defect::LowerFence, "run.fence >= before.fence"),
    (Defect::Untold, "nothing tells of"),
    (Defect::EarlyMiss, "it is missed before its slot has ended"),
    (Defect::ForgottenStart, "it starts by itself twice in one slot"),
];

impl Defect {
    /// Spoils what is stored, where it finds something to spoil.
    pub(super) fn spoil(self, scene: &mut Scene) {
        let (world, seen) = (&scene.acted.world, &scene.acted.watch.seen);
        let at = world.now();
        let ended = seen.runs.values().find(|run| run.status.get().is_terminal());
        let change = async {
            let mut session = world.store.write().await?;
            match self {
                Self::ReusedApproval => {
                    let used = seen.approvals.values().find(|one| one.state == ApprovalState::Consumed);
                    let Some(used) = used else { return Ok(false) };
                    let again = crate::model::Approval { state: ApprovalState::Approved, ..used.clone() };
                    session.update_approval(&again, used.state).await?;
                }
                Self::SecondEnd => {
                    let Some(ended) = ended else { return Ok(false) };
                    let status = match ended.status.get() {
                        RunStatus::Succeeded => RunStatus::Failed,
                        _ => RunStatus::Succeeded,
                    };
                    let other = crate::model::Run { status: Tracked::restore(status), ..ended.clone() };
                    session.update_run(&other, (ended.status.get(), ended.fence)).await?;
                }
                Self::LowerFence => {
                    let running = seen.runs.values().find(|run| run.status.get() == RunStatus::Running);
                    let Some(run) = running else { return Ok(false) };
                    let lower = crate::model::Run { fence: run.fence - 1, ..run.clone() };
                    session.update_run(&lower, (run.status.get(), run.fence)).await?;
                }
                Self::Untold | Self::EarlyMiss => {
                    let planned = |job: &&Job| job.status.get() == JobStatus::Planned && job.slot.end() > at;
                    let Some(job) = seen.jobs.values().find(planned) else { return Ok(false) };
                    let status = if self == Self::Untold { JobStatus::Cancelled } else { JobStatus::Missed };
                    restate(&mut *session, job, status, self != Self::Untold, scene).await?;
                }
                Self::ForgottenStart => {
                    let ended = seen.runs.values().filter(|run| run.status.get().is_terminal());
                    let mut by_itself = ended.filter(|run| run.origin == RunOrigin::AutoStart);
                    let Some(run) = by_itself.next() else { return Ok(false) };
                    let job = &seen.jobs[&run.job_id];
                    if job.status.get().is_alive() || job.slot.end() <= at + TimeDelta::minutes(1) {
                        return Ok(false);
                    }
                    let job = Job { auto_started_for: None, ..job.clone() };
                    restate(&mut *session, &job, JobStatus::Planned, true, scene).await?;
                }
                // These are in how workers and schedulers behave.
                _ => return Ok(false),
            }
            session.commit().await?;
            Ok::<_, crate::Error>(true)
        };
        if go(change).expect("the store is well") {
            scene.tell(|| format!("spoilt: {self:?}"));
            scene.look(&[], false);
        }
    }
}

async fn restate(
    session: &mut dyn WriteSession,
    job: &Job,
    status: JobStatus,
    told: bool,
    scene: &Scene,
) -> crate::Result<()> {
    let job = Job { status: Tracked::restore(status), version: job.version + 1, ..job.clone() };
    session.update_job(&job).await?;
    if told {
        let hub = &scene.acted.world.hub;
        let entry = AuditEntry {
            id: AuditId(hub.new_id()),
            at: hub.now(),
            actor_id: None,
            actor: "a fault".to_owned(),
            action: "job.spoil".to_owned(),
            object_kind: "job".to_owned(),
            object_id: Some(job.id.0),
            project_id: Some(job.project_id),
            decision: "allow".to_owned(),
            rule: None,
            detail: json!({}),
        };
        session.append_audit(&[entry]).await?;
    }
    Ok(())
}
