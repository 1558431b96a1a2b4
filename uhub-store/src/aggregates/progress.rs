//! What is written together where runs get on, and what claims look at besides the queue.

use chrono::{DateTime, Utc};
use uhub_core::{
    model::BackendKind,
    ports::store::{Outlook, Progress},
};

use super::{audit, jobs, runs};
use crate::{dialect::Dialect, error::Result, session::Session, sql::Sql};

/// Whether any run may be taken over, and whether any project limits how many of its runs go on.
fn outlook(dialect: Dialect, kinds: &[BackendKind], now: DateTime<Utc>) -> Sql {
    let mut sql = Sql::new("SELECT EXISTS (SELECT 1 ");
    runs::adoptable_ones(&mut sql, dialect, kinds, now);
    sql.push("), EXISTS (SELECT 1 FROM projects WHERE limits_runs)");
    sql
}

impl Session {
    pub(crate) async fn look_out(&mut self, kinds: &[BackendKind], now: DateTime<Utc>) -> Result<Outlook> {
        let found = self.row::<(bool, bool)>(outlook(self.dialect(), kinds, now)).await?;
        let (adoptable, limited) = found.unwrap_or_default();
        Ok(Outlook { adoptable, limited })
    }

    /// Writes it in one round trip where each kind of thing is one. SQLite has no round trips to spare.
    pub(crate) async fn progress(&mut self, progress: Progress<'_>) -> Result<bool> {
        let Progress { queued, runs, jobs, entries } = progress;
        let counts = [queued.len(), runs.len(), jobs.len(), entries.len()];
        if self.dialect() == Dialect::Sqlite || counts.into_iter().any(|count| count > 1) {
            return progress.write_one_by_one(self).await;
        }
        let mut statements = Vec::with_capacity(counts.len());
        for run in queued {
            statements.push(runs::insert(run)?);
        }
        statements.extend(runs.iter().map(|(run, expected)| runs::move_one(run, *expected)));
        statements.extend(jobs.iter().map(jobs::move_one));
        for entry in entries {
            statements.push(audit::append(entry)?);
        }
        if statements.is_empty() {
            return Ok(true);
        }
        let rows = i64::try_from(statements.len());
        let changed: i64 = self.value(Sql::together(statements)).await?;
        self.appended.extend(entries.iter().map(|entry| entry.id.0));
        Ok(rows == Ok(changed))
    }
}
