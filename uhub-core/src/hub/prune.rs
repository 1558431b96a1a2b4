//! Retention: logs are kept as long as there is room and time for them, what happened is kept for ever.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    Operator,
    tx::{Object, transact},
};
use crate::{error::Result, rbac::Effect};

/// How many runs one transaction takes.
const AT_ONCE: u32 = 100;

/// What to keep of logs. Nothing is removed by a bound that is not given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Those of runs that ended no longer ago.
    pub age: Option<TimeDelta>,
    /// The newest, as many as have so many bytes together.
    pub bytes: Option<u64>,
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Of how many runs.
    pub runs: u64,
    /// How many bytes of logs.
    pub bytes: u64,
}

impl Operator {
    /// Removes the logs of ended runs that `retention` does not keep, the oldest first. Runs, jobs and the audit stay.
    ///
    /// # Errors
    /// When the store fails; what was removed until then stays removed.
    pub async fn prune(&self, retention: Retention) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        let now = self.hub.now();
        if let Some(age) = retention.age {
            while self.prune_some(now - age, AT_ONCE, &mut pruned).await? {}
        }
        if let Some(most) = retention.bytes {
            loop {
                let bytes = self.hub.store.read().await?.log_bytes().await?;
                // A few at a time, so that no more goes than must.
                if bytes <= most || !self.prune_some(now, AT_ONCE / 10, &mut pruned).await? {
                    break;
                }
            }
        }
        Ok(pruned)
    }

    /// Removes the logs of a few runs that ended before then; false where there is none.
    async fn prune_some(
        &self,
        ended_before: chrono::DateTime<chrono::Utc>,
        limit: u32,
        pruned: &mut Pruned,
    ) -> Result<bool> {
        let (runs, bytes) = transact!(&self.hub, &self.who, "log.prune", |tx| {
            let (runs, bytes) = tx.s.prune_logs(ended_before, limit).await?;
            if runs > 0 {
                let detail = json!({ "runs": runs, "bytes": bytes, "ended_before": ended_before });
                tx.log("log.prune", Object { kind: "log", ..Object::default() }, Effect::Allow, detail);
            }
            Ok((runs, bytes))
        })?;
        pruned.runs += u64::from(runs);
        pruned.bytes += bytes;
        Ok(runs > 0)
    }
}
