//! Copies of a whole hub, in memory.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    dangling,
    session::{Session, Writing},
    up_to,
};
use crate::{
    audit::AuditEntry,
    model::{Approval, AuditId, Callback, LogChunk, Run, RunId, TokenId, UserId},
    ports::store::{Remembered, Result, TransferReads, TransferWrites},
};

#[async_trait]
impl<M: Send> TransferReads for Session<M> {
    async fn all_settings(&mut self) -> Result<Vec<(String, String)>> {
        Ok(self.see("all_settings")?.meta.settings())
    }

    async fn calendar_token_hash(&mut self, id: UserId) -> Result<Option<String>> {
        Ok(self.see("calendar_token_hash")?.users.token(id).cloned())
    }

    async fn token_hash(&mut self, id: TokenId) -> Result<Option<String>> {
        Ok(self.see("token_hash")?.tokens.hash(id).cloned())
    }

    async fn all_logs(&mut self, after: Option<(RunId, i64)>, limit: u32) -> Result<Vec<(RunId, LogChunk)>> {
        let logs = self.see("all_logs")?.runs.logs(after);
        Ok(logs.take(up_to(limit)).map(|(run, chunk)| (run, chunk.clone())).collect())
    }

    async fn all_callbacks(&mut self, after: Option<(RunId, u32, i64)>, limit: u32) -> Result<Vec<Callback>> {
        Ok(self.see("all_callbacks")?.callbacks.behind(after).take(up_to(limit)).cloned().collect())
    }

    async fn all_remembered(&mut self, user: UserId) -> Result<Vec<(String, Remembered, DateTime<Utc>)>> {
        Ok(self.see("all_remembered")?.meta.remembered_of(user))
    }

    async fn all_unsealed(&mut self, after: Option<AuditId>, limit: u32) -> Result<Vec<AuditEntry>> {
        Ok(self.see("all_unsealed")?.audit.waiting(after).take(up_to(limit)).cloned().collect())
    }
}

#[async_trait]
impl TransferWrites for Session<Writing> {
    async fn insert_runs(&mut self, runs: &[Run]) -> Result<()> {
        self.change("insert_runs", |state| {
            for run in runs {
                if !state.jobs.contains(run.job_id) {
                    return Err(dangling("job", run.job_id.0));
                }
                state.runs.insert(run)?;
            }
            Ok(())
        })
    }

    async fn insert_logs(&mut self, chunks: &[(RunId, LogChunk)]) -> Result<()> {
        self.change("insert_logs", |state| {
            for (run, chunk) in chunks {
                if state.runs.get(*run).is_none() {
                    return Err(dangling("run", run.0));
                }
                state.runs.insert_log(*run, chunk);
            }
            Ok(())
        })
    }

    async fn insert_callbacks(&mut self, callbacks: &[Callback]) -> Result<()> {
        self.change("insert_callbacks", |state| {
            for callback in callbacks {
                if state.runs.get(callback.run_id).is_none() {
                    return Err(dangling("run", callback.run_id.0));
                }
                state.callbacks.insert(callback)?;
            }
            Ok(())
        })
    }

    async fn insert_approvals(&mut self, approvals: &[Approval]) -> Result<()> {
        self.change("insert_approvals", |state| {
            for approval in approvals {
                if !state.jobs.contains(approval.job_id) {
                    return Err(dangling("job", approval.job_id.0));
                }
                state.approvals.insert(approval)?;
            }
            Ok(())
        })
    }
}
