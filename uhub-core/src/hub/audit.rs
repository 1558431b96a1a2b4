//! Reading, sealing and verifying the audit (DOMAIN §9).

use super::{Acting, Hub, Operator, tx::enforce};
use crate::{
    audit::{Head, Sealed, Verification, Verifier, seal},
    error::{Error, Result},
    ports::store::{AuditFilter, AuditRow, LockKey, Page},
    rbac::{Action, Context, Effect},
};

/// How many entries one read takes.
const BATCH: u32 = 1000;

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
        let seals: Vec<_> = seal(&head, entries)
            .into_iter()
            .map(|sealed| (sealed.entry.id, sealed.seq, sealed.hash))
            .collect();
        session.seal_audit(&seals).await?;
        session.commit().await?;
        Ok(seals.len())
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
