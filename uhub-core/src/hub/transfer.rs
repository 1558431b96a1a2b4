//! Copies of a whole hub: exports, and imports into an empty one. Whoever administers the machine makes them; they hold
//! the hashes of all passwords.

use std::io::{BufRead, Seek, SeekFrom, Write};

use serde_json::json;

use super::{
    Operator,
    finish::Ending,
    tx::{Moved, Object, Tx, transact},
};
use crate::{
    error::{Error, Result},
    model::RunStatus,
    ports::store::{LockKey, Page, RunFilter},
    rbac::Effect,
    transfer::{self, Summary},
    workflow::RunEvent,
};

/// How runs end that an import may not go on with.
const UNFINISHED: &str = "had not ended when the hub was exported";

/// What an import does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Import {
    /// The hub moves here: the one that was exported has stopped for good. Runs that have not ended go on; otherwise they
    /// come to an end with the import (queued ones `cancelled`, running ones `lost`), since what drives them may still be there.
    pub moves: bool,
    /// Check only.
    pub dry_run: bool,
}

impl Operator {
    /// Writes the whole hub to `out`, as it is at one moment. `progress` is called with how many records have been written.
    /// The audit tells of it first, so that no copy of the hashes leaves without a trace.
    ///
    /// # Errors
    /// [`Error::Unfit`] where it cannot be written, or the audit's chain is broken. When the store fails.
    pub async fn export(
        &self,
        out: &mut (dyn Write + Send),
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Summary> {
        self.hub.id().await?;
        transact!(&self.hub, &self.who, "hub.export", |tx| {
            tx.log("hub.export", hub(), Effect::Allow, json!({}));
            Ok(())
        })?;
        let mut session = self.hub.store.read().await?;
        transfer::export(&mut *session, self.hub.now(), out, progress).await
    }

    /// Fills an empty hub with what was exported: all of it, or nothing. The whole file is checked before, see
    /// [`transfer::check`]; `progress` is called with how many records have been checked, then again from 1 with how many have
    /// been written.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the line that is not sound, [`Error::Unfit`] where the hub is not empty or the file cannot be
    /// read. When the store fails. Nothing was changed then.
    pub async fn import(
        &self,
        file: &mut (impl BufRead + Seek + Send),
        what: Import,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Summary> {
        let checked = transfer::check(&mut *file, progress)?;
        transact!(&self.hub, &self.who, "hub.import", |tx| {
            // Nobody else begins to fill it, or to seal what it holds.
            tx.s.lock(&[LockKey::Admins, LockKey::Freezes, LockKey::Claims, LockKey::Sequencer]).await?;
            transfer::refuse_filled(&mut *tx.s).await?;
            if what.dry_run {
                return Ok(());
            }
            let rewound = file.seek(SeekFrom::Start(0));
            rewound.map_err(|error| Error::Unfit(format!("the file cannot be read: {error}")))?;
            transfer::load(&mut *tx.s, &mut *file, &checked, progress).await?;
            if !what.moves {
                tx.end_unfinished().await?;
            }
            let detail = json!({
                "hub_id": checked.hub_id,
                "exported_at": checked.exported_at,
                "records": checked.count(),
                "sha256": checked.sha256,
                "audit_head": checked.audit_head,
                "moves": what.moves,
            });
            tx.log("hub.import", hub(), Effect::Allow, detail);
            Ok(())
        })?;
        Ok(checked)
    }
}

fn hub() -> Object {
    Object { kind: "hub", ..Object::default() }
}

impl Tx {
    /// Ends every run that has not: no worker of this hub may go on with what one of another hub may be doing.
    async fn end_unfinished(&mut self) -> Result<()> {
        for status in [RunStatus::Queued, RunStatus::Running] {
            let filter = RunFilter { status: Some(status), ..RunFilter::default() };
            loop {
                // Each of them leaves the list.
                let some = self.s.runs(&filter, Page::first(200)).await?;
                if some.is_empty() {
                    break;
                }
                for run in some {
                    let job = self.s.job(run.job_id).await?.ok_or(Error::NotFound { what: "job" })?;
                    if status == RunStatus::Running {
                        let mut moved = Moved::default();
                        let ending = Ending {
                            event: RunEvent::Lose,
                            exit_code: None,
                            outcome: Some(UNFINISHED.to_owned()),
                            may_retry: false,
                        };
                        self.end_run(run, job, ending, &mut moved)?;
                        self.write(moved).await?;
                    } else {
                        self.call_off_queued(run, job, UNFINISHED).await?;
                    }
                }
            }
        }
        Ok(())
    }
}
