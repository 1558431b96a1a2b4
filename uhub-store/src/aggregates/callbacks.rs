//! What outside CIs told of runs, in a database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    model::{Callback, CallbackStatus, RunId},
    ports::store::{CallbackReads, CallbackWrites},
};
use uuid::Uuid;

use crate::{
    error::{Result, corrupt},
    session::Session,
    sql::{Fields, Shape, Sql, row},
    values::{At, Word},
};

row! {
    pub(super) struct CallbackRow {
        run_id: Uuid,
        attempt: i64,
        seq: i64,
        at: At,
        signature: String,
        status: Word<CallbackStatus>,
        exit_code: Option<i64>,
        message: Option<String>,
        log: Option<String>,
    }
}

impl Shape for CallbackRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = Callback;

    fn model(self) -> Result<Callback> {
        Ok(Callback {
            run_id: RunId(self.run_id),
            attempt: u32::try_from(self.attempt).map_err(|error| corrupt("attempt", error))?,
            seq: self.seq,
            at: self.at.0,
            signature: self.signature,
            status: self.status.0,
            exit_code: self
                .exit_code
                .map(i32::try_from)
                .transpose()
                .map_err(|error| corrupt("exit_code", error))?,
            message: self.message,
            log: self.log,
        })
    }
}

/// All columns.
pub(super) fn fields(callback: &Callback) -> Fields {
    vec![
        ("run_id", callback.run_id.0.into()),
        ("attempt", callback.attempt.into()),
        ("seq", callback.seq.into()),
        ("at", callback.at.into()),
        ("signature", callback.signature.as_str().into()),
        ("status", callback.status.as_str().into()),
        ("exit_code", callback.exit_code.into()),
        ("message", callback.message.as_deref().into()),
        ("log", callback.log.as_deref().into()),
    ]
}

#[async_trait]
impl CallbackReads for Session {
    async fn callbacks(&mut self, run: RunId, attempt: u32, after: i64, limit: u32) -> Result<Vec<Callback>> {
        let mut sql =
            Sql::select::<CallbackRow>("FROM callbacks WHERE run_id = $1 AND attempt = $2 AND seq > $3")
                .bind(run.0)
                .bind(attempt)
                .bind(after);
        sql.ordered("seq", limit);
        self.all::<CallbackRow>(sql).await
    }

    async fn last_callback(&mut self, run: RunId, attempt: u32) -> Result<Option<Callback>> {
        let mut sql = Sql::select::<CallbackRow>("FROM callbacks WHERE run_id = $1 AND attempt = $2")
            .bind(run.0)
            .bind(attempt);
        sql.ordered("seq DESC", 1);
        self.first::<CallbackRow>(sql).await
    }
}

#[async_trait]
impl CallbackWrites for Session {
    async fn insert_callback(&mut self, callback: &Callback) -> Result<bool> {
        let mut sql = Sql::insert("callbacks", fields(callback));
        sql.push(" ON CONFLICT (run_id, signature) DO NOTHING");
        Ok(self.execute(sql).await? == 1)
    }

    async fn forget_callbacks(&mut self, before: DateTime<Utc>) -> Result<u64> {
        let sql = Sql::new(
            "DELETE FROM callbacks WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM runs \
             WHERE runs.id = callbacks.run_id AND runs.status IN ('queued', 'running'))",
        );
        self.execute(sql.bind(before).slow()).await
    }
}
