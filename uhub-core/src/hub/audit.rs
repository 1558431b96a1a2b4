//! Reading, sealing and verifying the audit (DOMAIN §9).

use std::time::Duration;

use super::{Acting, Hub, Operator, tx::enforce};
use crate::{
    audit::{AuditEntry, Head, Sealed, Verification, Verifier, seal},
    error::{Error, Result},
    ports::store::{AuditFilter, AuditRow, LockKey, Page, WriteSession},
    rbac::{Action, Context, Effect},
};

/// How many entries one read takes.
const BATCH: u32 = 1000;

/// From so many entries on, a transaction seals its own: fewer are cheaper left to the next who seals.
pub(super) const SEALED_AT_ONCE: usize = 32;

/// For so long it waits for others who seal, some of whom may have stopped.
const SEALING: Duration = Duration::from_millis(20);

/// Writes the entries of a transaction that is about to be committed: sealed where they are many and nobody else is at it for
/// long, else to be sealed later.
pub(super) async fn lay_down(session: &mut dyn WriteSession, entries: Vec<AuditEntry>) -> Result<()> {
    if entries.len() < SEALED_AT_ONCE || !session.lock_within(LockKey::Sequencer, SEALING).await? {
        return Ok(session.append_audit(&entries).await?);
    }
    // What was laid down before comes before in the chain. Up to as many again as are added: the others do not wait for more.
    let limit = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let waiting = session.unsealed(limit.saturating_add(1)).await?;
    if waiting.len() > entries.len() {
        return Ok(session.append_audit(&entries).await?);
    }
    let head = session.audit_head().await?;
    let head = put_behind(session, &head, waiting).await?;
    Ok(session.append_sealed(&seal(&head, entries)).await?)
}

/// Seals entries that were laid down before. Gives the chain's new end.
async fn put_behind(session: &mut dyn WriteSession, head: &Head, entries: Vec<AuditEntry>) -> Result<Head> {
    let sealed = seal(head, entries);
    let end = sealed.last().map(|last| Head { seq: last.seq, hash: last.hash.clone() });
    let seals: Vec<_> = sealed.into_iter().map(|sealed| (sealed.entry.id, sealed.seq, sealed.hash)).collect();
    session.seal_audit(&seals).await?;
    Ok(end.unwrap_or_else(|| head.clone()))
}

impl Hub {
    /// Seals up to `limit` committed entries into the chain. Safe to call from many places at once: one does it.
    ///
    /// # Errors
    /// When the store fails; nothing is sealed then.
    pub async fn seal_audit(&self, limit: u32) -> Result<usize> {
        if !self.store.read().await?.has_unsealed().await? {
            return Ok(0);
        }
        let mut session = self.store.write().await?;
        session.lock(&[LockKey::Sequencer]).await?;
        let head = session.audit_head().await?;
        let entries = session.unsealed(limit).await?;
        if entries.is_empty() {
            return Ok(0);
        }
        let count = entries.len();
        put_behind(&mut *session, &head, entries).await?;
        session.commit().await?;
        Ok(count)
    }

    /// Sealed entries behind number `after`, in order, for exports.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sealed_audit(&self, after: i64, limit: u32) -> Result<Vec<Sealed>> {
        Ok(self.store.read().await?.sealed(after, limit).await?)
    }

    /// The end of the chain, to be kept outside: with it, a cut tail is found.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_head(&self) -> Result<Head> {
        Ok(self.store.read().await?.audit_head().await?)
    }

    /// Walks the whole chain. `outside` is a head that was kept elsewhere: with it, a cut tail is found too. `progress` is
    /// called with how many entries have been read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn verify_audit(
        &self,
        outside: Option<&Head>,
        progress: &mut (dyn FnMut(i64) + Send),
    ) -> Result<Verification> {
        let mut verifier = Verifier::new(Head::default(), outside.cloned());
        let mut after = 0;
        loop {
            // Counted before the read that may be the last: what is sealed in between is read, and counted once.
            let mut session = self.store.read().await?;
            let unsealed = session.count_unsealed().await?;
            let batch = session.sealed(after, BATCH).await?;
            let Some(last) = batch.last() else {
                // Of the same state of the store as the read that found no more.
                return Ok(verifier.end(unsealed, Some(&session.audit_head().await?)));
            };
            after = last.seq;
            for sealed in &batch {
                verifier.take(sealed);
            }
            progress(verifier.entries());
        }
    }
}

impl Acting {
    /// Entries that match, the newest first: all for an admin, those of own projects for role projets.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn audit(&self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRow>> {
        let filter = AuditFilter { owner: self.audit_scope().await?, ..filter.clone() };
        Ok(self.hub.store.read().await?.audit(&filter, page).await?)
    }

    /// Verifies the chain.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn verify_audit(&self) -> Result<Verification> {
        self.audit_scope().await?;
        self.hub.verify_audit(None, &mut |_| {}).await
    }

    /// Whose projects the caller may read the audit of; `None` for all.
    async fn audit_scope(&self) -> Result<Option<crate::model::UserId>> {
        if self.decide(Action::AuditRead, &Context::default()).effect == Effect::Allow {
            return Ok(None);
        }
        let own = Context { own_project: true, ..Context::default() };
        match enforce(self.decide(Action::AuditRead, &own)) {
            Ok(_) => Ok(Some(self.user.id)),
            Err(error) => {
                let tx = super::tx::Tx::begin(&self.hub, &self.who).await?;
                tx.end::<()>("audit.read", Err(error.clone()))
                    .await
                    .map_or_else(|error: Error| Err(error), |()| Err(error))
            }
        }
    }
}

impl Operator {
    /// As [`Hub::verify_audit`].
    ///
    /// # Errors
    /// When the store fails.
    pub async fn verify_audit(
        &self,
        outside: Option<&Head>,
        progress: &mut (dyn FnMut(i64) + Send),
    ) -> Result<Verification> {
        self.hub.verify_audit(outside, progress).await
    }
}
