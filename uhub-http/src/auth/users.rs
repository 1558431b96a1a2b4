//! The user behind a token, as the database has it now, without asking it each time.

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use uhub_core::{
    Error, Hub,
    hub::TokenDigest,
    model::{ApiToken, User, UserId},
    ports::store::Revision,
};

use crate::{extract::refused, freshness::Freshness, problem::Problem};

/// Looks users up. What was found holds as long as the store's revision: users and their API tokens are part of it, so that
/// a deactivated user, a changed role or a revoked token counts from the next request on (DOMAIN §2), on every server.
#[derive(Debug)]
pub(crate) struct Users {
    hub: Hub,
    freshness: Freshness,
    // The time of the sign-in is part of the key: whether it is too long ago for its user is the hub's rule, not ours.
    known: Cache<(UserId, DateTime<Utc>), (Revision, User)>,
    by_token: Cache<TokenDigest, (Revision, User, ApiToken)>,
}

impl Users {
    /// The users of `hub`.
    pub(crate) fn new(hub: Hub, freshness: Freshness) -> Self {
        Self { hub, freshness, known: Cache::new(4096), by_token: Cache::new(4096) }
    }

    /// How the store is asked whether something is still true.
    pub(crate) const fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    /// The user, with the revision at which that was so.
    ///
    /// # Errors
    /// 401 for who may not act, 503 where the store does not answer.
    pub(crate) async fn authenticate(
        &self,
        id: UserId,
        signed_in_at: DateTime<Utc>,
    ) -> Result<(User, Revision), Problem> {
        let revision = self.freshness.revision().await?;
        if let Some((at, user)) = self.known.get(&(id, signed_in_at))
            && at == revision
        {
            return Ok((user, revision));
        }
        // Read after the revision: at least as new as it says.
        let user = self.hub.authenticate(id, signed_in_at).await.map_err(Problem::from)?;
        self.known.insert((id, signed_in_at), (revision.clone(), user.clone()));
        Ok((user, revision))
    }

    /// Who acts by an API token, and the token, with the revision at which that was so.
    ///
    /// # Errors
    /// 401, the same whatever is wrong with it; 503 where the store does not answer.
    pub(crate) async fn authenticate_token(
        &self,
        digest: &TokenDigest,
    ) -> Result<(User, ApiToken, Revision), Problem> {
        let revision = self.freshness.revision().await?;
        if let Some((at, user, token)) = self.by_token.get(digest)
            && at == revision
            // Time passes without a change of the store.
            && token.is_live(self.hub.now())
            && self.hub.is_noted(&token)
        {
            return Ok((user, token, revision));
        }
        let (user, token) = self.hub.authenticate_token(digest).await.map_err(|error| match error {
            Error::Unauthenticated => refused(),
            other => Problem::from(other),
        })?;
        self.by_token.insert(digest.clone(), (revision.clone(), user.clone(), token.clone()));
        Ok((user, token, revision))
    }
}
