//! What must hold beyond what [`Watch`](super::super::machine::watch::Watch) looks at: who may speak for a run, that what
//! was approved is what runs, logs without gap or repeat, starts and misses at their time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    super::{
        machine::{step::Acted, watch::Seen},
        world::{World, go},
    },
    scene::{Answer, Task},
};
use crate::{
    approval::digest,
    error::{Error, Result},
    model::{
        Approval, ApprovalId, ApprovalState, BackendKind, ExecutionSpec, Job, JobEnvironment, JobId,
        JobStatus, JobType, Run, RunId, RunOrigin, RunStatus, Slot,
    },
    ports::store::Store as _,
};

/// Exactly what somebody was asked to approve (DOMAIN §4), written down apart from its digest.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    title: String,
    job_type: JobType,
    environment: Option<JobEnvironment>,
    slot: Slot,
    all_day: bool,
    execution: Option<ExecutionSpec>,
    backend: Option<BackendKind>,
}

impl Asked {
    fn of(job: &Job, backend: Option<BackendKind>) -> Self {
        Self {
            title: job.title.clone(),
            job_type: job.job_type,
            environment: job.environment.clone(),
            slot: job.slot,
            all_day: job.all_day,
            execution: job.execution.clone(),
            backend,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Check {
    asked: BTreeMap<ApprovalId, Asked>,
    /// The slots for which jobs started by themselves; a job that gets another slot begins anew.
    started_for: BTreeSet<(JobId, DateTime<Utc>)>,
    /// Attempts that ended by their holder's word, whether or not the answer reached it.
    ended: BTreeSet<(RunId, i64)>,
    /// How often each thing was seen that only rare histories come to.
    pub(super) met: BTreeMap<&'static str, u32>,
}

impl Check {
    fn met(&mut self, what: &'static str) {
        *self.met.entry(what).or_default() += 1;
    }

    /// Somebody got an answer: it must be what the store, as it was before, says of who asked.
    pub(super) fn heard(&mut self, before: &Seen, task: &Task, answer: &Result<Answer>) {
        let holds = |(id, fence): &(RunId, i64)| {
            before
                .runs
                .get(id)
                .is_some_and(|run| run.status.get() == RunStatus::Running && run.fence == *fence)
        };
        match answer {
            Ok(Answer::Beats(beats)) => {
                for words in &task.words {
                    let named = beats.iter().any(|beat| beat.run_id == words.0);
                    assert_eq!(named, holds(words), "a lease is extended for who holds it, and only then");
                }
            }
            Ok(Answer::HandedOver) => {}
            Ok(_) => {
                assert!(task.words.iter().all(holds), "the word of one who does not hold the run was taken");
                if let Ok(Answer::Ended(status)) = answer {
                    assert!(
                        status.is_terminal() || *status == RunStatus::Queued,
                        "an attempt ends as {status}"
                    );
                    self.ended.extend(&task.words);
                    if task.name == "requeues" {
                        self.met("requeued");
                    }
                }
            }
            Err(Error::StaleFence) => {
                self.met("stale word refused");
                assert!(!task.words.iter().any(holds), "the word of one who holds the run was refused");
            }
            Err(_) => {}
        }
    }

    /// Whether this attempt ended by the word of who held it.
    pub(super) fn ended(&self, run: RunId, fence: i64) -> bool {
        self.ended.contains(&(run, fence))
    }

    /// After a change that those who hold `words` may have made.
    pub(super) fn after(&mut self, acted: &Acted, before: &Seen, words: &[(RunId, i64)]) {
        let (now, at) = (&acted.watch.seen, acted.world.now());
        self.leases(before, now, words, at);
        self.approvals(acted, before);
        for run in now.runs.values() {
            let was = before.runs.get(&run.id);
            if was.is_none() && run.origin == RunOrigin::AutoStart {
                let job = &now.jobs[&run.job_id];
                self.met("started by itself");
                assert!(
                    self.started_for.insert((job.id, job.slot.start())),
                    "it starts by itself twice in one slot"
                );
                assert!(job.slot.start() <= at && at < job.slot.end(), "it starts by itself in its slot");
            }
            let runs = |run: &Run| run.status.get() == RunStatus::Running;
            if runs(run) && !was.is_some_and(runs) {
                self.begins(now, run);
            }
        }
        for job in now.jobs.values() {
            let was = before.jobs.get(&job.id);
            if was.is_some_and(|was| was.slot.start() != job.slot.start()) {
                self.started_for.retain(|(id, _)| *id != job.id);
            }
            let missed = job.status.get() == JobStatus::Missed;
            if missed && was.is_none_or(|was| was.status != job.status) {
                self.met("missed");
                assert!(job.slot.end() <= at, "it is missed before its slot has ended");
            }
        }
    }

    /// "No two workers hold a valid lease for one run": nobody but the holder ends an attempt before its lease ends.
    fn leases(&mut self, before: &Seen, now: &Seen, words: &[(RunId, i64)], at: DateTime<Utc>) {
        for was in before.runs.values().filter(|run| run.status.get() == RunStatus::Running) {
            let run = &now.runs[&was.id];
            let by_holder = words.contains(&(was.id, was.fence));
            let still = run.status == was.status && run.fence == was.fence;
            if still {
                assert!(by_holder || run.lease_until == was.lease_until, "a lease is its holder's to extend");
                assert_eq!(
                    (run.attempt, &run.worker),
                    (was.attempt, &was.worker),
                    "an attempt is one worker's"
                );
                continue;
            }
            if by_holder {
                continue;
            }
            let until = was.lease_until.expect("who drives a run has a lease");
            assert!(until <= at, "a run is taken from a worker whose lease holds");
            match run.status.get() {
                RunStatus::Running => {
                    self.met("taken over");
                    assert!(was.handle.is_some(), "only what left a handle is taken over");
                    assert_eq!(
                        (run.attempt, &run.handle, run.log_from),
                        (was.attempt, &was.handle, was.log_from),
                        "what is taken over goes on"
                    );
                }
                RunStatus::Queued => {
                    self.met("tried again");
                    assert!(run.execution.idempotent, "only what may be repeated is");
                    assert_eq!(run.attempt, was.attempt + 1, "what is tried again is another attempt");
                }
                end @ (RunStatus::Lost | RunStatus::Cancelled) => {
                    self.met("lost");
                    assert!(end == RunStatus::Lost || was.cancel_requested_at.is_some());
                }
                end => panic!("a run whose worker is gone is {end}"),
            }
        }
        for run in now.runs.values().filter(|run| run.status.get() == RunStatus::Running) {
            let was = before.runs.get(&run.id);
            assert!(
                was.is_none_or(|was| {
                    (was.status == run.status && was.worker == run.worker) || run.fence > was.fence
                }),
                "each claim raises the fence"
            );
        }
    }

    fn approvals(&mut self, acted: &Acted, before: &Seen) {
        let now = &acted.watch.seen;
        for approval in now.approvals.values() {
            let job = &now.jobs[&approval.job_id];
            self.asked.entry(approval.id).or_insert_with(|| {
                let spec = job.execution.as_ref().and_then(|spec| spec.backend);
                let backend = match approval.run_id.filter(|_| approval.kind.is_of_run()) {
                    Some(run) => Some(now.runs[&run].backend),
                    None if approval.kind.is_of_run() => {
                        now.project.as_ref().map(|project| acted.world.hub.backend_of(project, spec))
                    }
                    None => None,
                };
                Asked::of(job, backend)
            });
            let was = before.approvals.get(&approval.id);
            let used = approval.state == ApprovalState::Consumed
                && was.is_none_or(|was| was.state != ApprovalState::Consumed);
            // What a change does to the job is done already: it must have been as asked just before.
            if used && !approval.kind.is_of_run() {
                let job = &before.jobs[&approval.job_id];
                assert_eq!(
                    self.asked[&approval.id],
                    Asked::of(job, None),
                    "what was approved is what is changed"
                );
                self.second_person(now, approval, job);
            }
        }
    }

    fn begins(&mut self, now: &Seen, run: &Run) {
        self.met("begun");
        let job = &now.jobs[&run.job_id];
        let Some(approval) = run.approval_id.map(|id| &now.approvals[&id]) else { return };
        self.met("begun with an approval");
        let asked = &self.asked[&approval.id];
        assert_eq!(*asked, Asked::of(job, Some(run.backend)), "what was approved is what runs");
        assert_eq!(asked.execution.as_ref(), Some(&run.execution), "what was approved is what runs");
        assert_eq!(
            approval.digest,
            digest(approval.kind, job, approval.change.as_ref(), Some(run.backend)),
            "the digest is that of what runs"
        );
        self.second_person(now, approval, job);
    }

    fn second_person(&self, now: &Seen, approval: &Approval, job: &Job) {
        let approver = approval.decided_by.expect("somebody decided");
        assert_ne!(approver, approval.requested_by, "a second person");
        assert!(job.execution.is_none() || approver != job.execution_edited_by, "a second person");
        assert!(now.users[&approver].is_active, "the approver may approve");
    }

    /// A log is numbered without gap, and holds what was written, in order, once.
    pub(super) fn log_grew(&mut self, world: &World, run: RunId) {
        let log =
            go(async { world.store.read().await?.run_log(run, 0, 100_000).await }).expect("it can be read");
        let mut next: BTreeMap<String, u32> = BTreeMap::new();
        for (chunk, seq) in log.iter().zip(1..) {
            assert_eq!(chunk.seq, seq, "the log has a gap");
            let text = String::from_utf8_lossy(&chunk.bytes);
            let (execution, line) = text.split_once(' ').expect("as it was written");
            let expected = next.entry(execution.to_owned()).or_default();
            assert_eq!(line, expected.to_string(), "the log repeats or leaves out what was written");
            *expected += 1;
        }
        self.met("log chunks");
    }
}
