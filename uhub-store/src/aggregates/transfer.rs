//! Copies of a whole hub, in a database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    audit::AuditEntry,
    model::{Approval, AuditId, Callback, LogChunk, Run, RunId, TokenId, UserId},
    ports::store::{Remembered, TransferReads, TransferWrites},
};
use uuid::Uuid;

use super::{
    approvals, audit,
    callbacks::{self, CallbackRow},
    runs::rows::{self, log_fields},
};
use crate::{
    error::{Result, corrupt},
    session::Session,
    sql::{Fields, Shape, Sql, row},
    values::{At, Word},
};

row! {
    /// A piece of whichever log.
    struct AnyLogRow {
        run_id: Uuid,
        seq: i64,
        stream: Word<uhub_core::model::Stream>,
        at: At,
        bytes: Vec<u8>,
        upto: i64,
    }
}

impl Shape for AnyLogRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = (RunId, LogChunk);

    fn model(self) -> Result<Self::Model> {
        let chunk = LogChunk {
            seq: self.seq,
            stream: self.stream.0,
            at: self.at.0,
            bytes: self.bytes,
            upto: u64::try_from(self.upto).map_err(|error| corrupt("place in the output", error))?,
        };
        Ok((RunId(self.run_id), chunk))
    }
}

#[async_trait]
impl TransferReads for Session {
    async fn all_settings(&mut self) -> Result<Vec<(String, String)>> {
        self.rows(Sql::new("SELECT key, value FROM meta ORDER BY key")).await
    }

    async fn calendar_token_hash(&mut self, id: UserId) -> Result<Option<String>> {
        let sql = Sql::new("SELECT calendar_token FROM users WHERE id = $1").bind(id.0);
        Ok(self.row::<(Option<String>,)>(sql).await?.and_then(|(hash,)| hash))
    }

    async fn token_hash(&mut self, id: TokenId) -> Result<Option<String>> {
        let sql = Sql::new("SELECT hash FROM api_tokens WHERE id = $1").bind(id.0);
        Ok(self.row::<(String,)>(sql).await?.map(|(hash,)| hash))
    }

    async fn all_logs(&mut self, after: Option<(RunId, i64)>, limit: u32) -> Result<Vec<(RunId, LogChunk)>> {
        let mut sql = Sql::select::<AnyLogRow>("FROM run_logs");
        if let Some((run, seq)) = after {
            sql.push(" WHERE (run_id, seq) > (").arg(run.0).push(", ").arg(seq).push(")");
        }
        sql.ordered("run_id, seq", limit);
        self.all::<AnyLogRow>(sql).await
    }

    async fn all_callbacks(&mut self, after: Option<(RunId, u32, i64)>, limit: u32) -> Result<Vec<Callback>> {
        let mut sql = Sql::select::<CallbackRow>("FROM callbacks");
        if let Some((run, attempt, seq)) = after {
            sql.push(" WHERE (run_id, attempt, seq) > (").arg(run.0);
            sql.push(", ").arg(attempt).push(", ").arg(seq).push(")");
        }
        sql.ordered("run_id, attempt, seq", limit);
        self.all::<CallbackRow>(sql).await
    }

    async fn all_remembered(&mut self, user: UserId) -> Result<Vec<(String, Remembered, DateTime<Utc>)>> {
        let sql =
            Sql::new("SELECT key, request, object_id, at FROM idempotency WHERE user_id = $1 ORDER BY key");
        let rows = self.rows::<(String, String, Uuid, At)>(sql.bind(user.0)).await?;
        let remembered = |(key, request, object_id, At(at))| (key, Remembered { request, object_id }, at);
        Ok(rows.into_iter().map(remembered).collect())
    }

    async fn all_unsealed(&mut self, after: Option<AuditId>, limit: u32) -> Result<Vec<AuditEntry>> {
        let mut sql = audit::select_unsealed();
        if let Some(after) = after {
            sql.push(" WHERE id > ").arg(after.0);
        }
        sql.ordered("id", limit);
        let rows = self.all::<audit::EntryRow>(sql).await?;
        Ok(rows.into_iter().map(|row| row.entry).collect())
    }
}

#[async_trait]
impl TransferWrites for Session {
    async fn insert_runs(&mut self, runs: &[Run]) -> Result<()> {
        let row = |run: &Run| -> Result<Fields> {
            let mut row = rows::fields(run)?;
            row.push(("id", run.id.0.into()));
            Ok(row)
        };
        let rows = runs.iter().map(row).collect::<Result<Vec<_>>>()?;
        self.insert_all("runs", rows, "").await
    }

    async fn insert_logs(&mut self, chunks: &[(RunId, LogChunk)]) -> Result<()> {
        let rows = chunks.iter().map(|(run, chunk)| log_fields(*run, chunk)).collect();
        self.insert_all("run_logs", rows, "").await
    }

    async fn insert_callbacks(&mut self, callbacks: &[Callback]) -> Result<()> {
        let rows = callbacks.iter().map(callbacks::fields).collect();
        self.insert_all("callbacks", rows, "").await
    }

    async fn insert_approvals(&mut self, approvals: &[Approval]) -> Result<()> {
        let row = |approval: &Approval| -> Result<Fields> {
            let mut row = approvals::fields(approval)?;
            row.push(("id", approval.id.0.into()));
            Ok(row)
        };
        let rows = approvals.iter().map(row).collect::<Result<Vec<_>>>()?;
        self.insert_all("approvals", rows, "").await
    }
}
