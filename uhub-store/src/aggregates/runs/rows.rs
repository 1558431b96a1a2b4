//! Runs and pieces of their logs as rows.

use uhub_core::{
    model::{
        ApprovalId, BackendKind, ExecutionSpec, JobId, LogChunk, ProjectId, Run, RunId, RunOrigin, RunStatus,
        Stream, UserId,
    },
    workflow::Tracked,
};
use uuid::Uuid;

use super::super::projects::json;
use crate::{
    error::{Result, corrupt},
    sql::{Fields, Shape, row},
    values::{At, Doc, Word},
};

row! {
    pub(super) struct RunRow {
        id: Uuid,
        job_id: Uuid,
        project_id: Uuid,
        attempt: i64,
        backend: Word<BackendKind>,
        execution: Doc<ExecutionSpec>,
        status: Word<RunStatus>,
        fence: i64,
        origin: Word<RunOrigin>,
        requested_by: Uuid,
        reason: Option<String>,
        approval_id: Option<Uuid>,
        approved_by: Option<Uuid>,
        due_at: At,
        worker: Option<String>,
        handle: Option<String>,
        log_from: i64,
        lease_until: Option<At>,
        cancel_requested_at: Option<At>,
        exit_code: Option<i64>,
        outcome: Option<String>,
        created_at: At,
        started_at: Option<At>,
        ended_at: Option<At>,
    }
}

impl Shape for RunRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = Run;

    fn model(self) -> Result<Run> {
        Ok(Run {
            id: RunId(self.id),
            job_id: JobId(self.job_id),
            project_id: ProjectId(self.project_id),
            attempt: u32::try_from(self.attempt).map_err(|error| corrupt("attempt", error))?,
            backend: self.backend.0,
            execution: self.execution.0,
            status: Tracked::restore(self.status.0),
            fence: self.fence,
            origin: self.origin.0,
            requested_by: UserId(self.requested_by),
            reason: self.reason,
            approval_id: self.approval_id.map(ApprovalId),
            approved_by: self.approved_by.map(UserId),
            due_at: self.due_at.0,
            worker: self.worker,
            handle: self.handle,
            log_from: self.log_from,
            lease_until: self.lease_until.map(|At(at)| at),
            cancel_requested_at: self.cancel_requested_at.map(|At(at)| at),
            exit_code: self
                .exit_code
                .map(i32::try_from)
                .transpose()
                .map_err(|error| corrupt("exit code", error))?,
            outcome: self.outcome,
            created_at: self.created_at.0,
            started_at: self.started_at.map(|At(at)| at),
            ended_at: self.ended_at.map(|At(at)| at),
        })
    }
}

/// All columns but the id.
pub(in super::super) fn fields(run: &Run) -> Result<Fields> {
    Ok(vec![
        ("job_id", run.job_id.0.into()),
        ("project_id", run.project_id.0.into()),
        ("attempt", run.attempt.into()),
        ("backend", run.backend.as_str().into()),
        ("execution", json(&run.execution)?.into()),
        ("status", run.status.get().as_str().into()),
        ("fence", run.fence.into()),
        ("origin", run.origin.as_str().into()),
        ("requested_by", run.requested_by.0.into()),
        ("reason", run.reason.as_deref().into()),
        ("approval_id", run.approval_id.map(|approval| approval.0).into()),
        ("approved_by", run.approved_by.map(|user| user.0).into()),
        ("due_at", run.due_at.into()),
        ("worker", run.worker.as_deref().into()),
        ("handle", run.handle.as_deref().into()),
        ("log_from", run.log_from.into()),
        ("priority", run.execution.priority.into()),
        ("lease_until", run.lease_until.into()),
        ("cancel_requested_at", run.cancel_requested_at.into()),
        ("exit_code", run.exit_code.into()),
        ("outcome", run.outcome.as_deref().into()),
        ("created_at", run.created_at.into()),
        ("started_at", run.started_at.into()),
        ("ended_at", run.ended_at.into()),
    ])
}

/// What the work of a worker changes. By which handle it went on is left as it is where it has ended.
pub(super) fn progress(run: &Run) -> Fields {
    let mut fields: Fields = vec![
        ("attempt", run.attempt.into()),
        ("status", run.status.get().as_str().into()),
        ("fence", run.fence.into()),
        ("due_at", run.due_at.into()),
        ("worker", run.worker.as_deref().into()),
        ("lease_until", run.lease_until.into()),
        ("exit_code", run.exit_code.into()),
        ("outcome", run.outcome.as_deref().into()),
        ("started_at", run.started_at.into()),
        ("ended_at", run.ended_at.into()),
    ];
    if !run.status.get().is_terminal() {
        fields.extend([("handle", run.handle.as_deref().into()), ("log_from", run.log_from.into())]);
    }
    fields
}

row! {
    pub(super) struct LogRow {
        seq: i64,
        stream: Word<Stream>,
        at: At,
        bytes: Vec<u8>,
        upto: i64,
    }
}

impl Shape for LogRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = LogChunk;

    fn model(self) -> Result<LogChunk> {
        Ok(LogChunk {
            seq: self.seq,
            stream: self.stream.0,
            at: self.at.0,
            bytes: self.bytes,
            upto: u64::try_from(self.upto).map_err(|error| corrupt("place in the output", error))?,
        })
    }
}

/// All columns of a chunk.
pub(in super::super) fn log_fields(run: RunId, chunk: &LogChunk) -> Fields {
    vec![
        ("run_id", run.0.into()),
        ("seq", chunk.seq.into()),
        ("stream", chunk.stream.as_str().into()),
        ("at", chunk.at.into()),
        ("bytes", chunk.bytes.clone().into()),
        ("upto", i64::try_from(chunk.upto).unwrap_or(i64::MAX).into()),
    ]
}
