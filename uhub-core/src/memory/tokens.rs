//! API tokens in memory.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use imbl::{OrdMap, OrdSet};

use super::{
    session::{Session, Writing},
    up_to,
};
use crate::{
    model::{ApiToken, TokenId, UserId},
    ports::store::{Page, Result, StoreError, TokenReads, TokenUse, TokenWrites},
};

#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    by_id: OrdMap<TokenId, Arc<ApiToken>>,
    by_hash: OrdMap<String, TokenId>,
    by_user: OrdSet<(UserId, TokenId)>,
    /// When the last use that was noted was refused.
    refused_at: OrdMap<TokenId, DateTime<Utc>>,
}

impl Tokens {
    fn get(&self, id: TokenId) -> Option<ApiToken> {
        self.by_id.get(&id).map(|token| ApiToken::clone(token))
    }

    /// The token's SHA-256, in hex.
    pub(super) fn hash(&self, id: TokenId) -> Option<&String> {
        self.by_hash.iter().find(|(_, holder)| **holder == id).map(|(hash, _)| hash)
    }

    /// Those of a user behind `after`, in the order of creation.
    fn of(&self, user: UserId, after: Option<TokenId>) -> impl Iterator<Item = &Arc<ApiToken>> {
        use std::ops::Bound::{Excluded, Included, Unbounded};

        let from = after.map_or(Included((user, TokenId(uuid::Uuid::nil()))), |id| Excluded((user, id)));
        self.by_user
            .range((from, Unbounded))
            .take_while(move |(owner, _)| *owner == user)
            .filter_map(|(_, id)| self.by_id.get(id))
    }

    fn insert(&mut self, token: &ApiToken, hash: &str) -> Result<()> {
        if self.by_hash.contains_key(hash) {
            return Err(StoreError::Duplicate("token"));
        }
        if self.by_id.contains_key(&token.id) {
            return Err(StoreError::Duplicate("id"));
        }
        self.by_hash.insert(hash.to_owned(), token.id);
        self.by_user.insert((token.user_id, token.id));
        self.by_id.insert(token.id, Arc::new(token.clone()));
        Ok(())
    }

    fn revoke(&mut self, id: TokenId, at: DateTime<Utc>) -> bool {
        let Some(token) = self.get(id).filter(|token| token.revoked_at.is_none()) else { return false };
        self.by_id.insert(id, Arc::new(ApiToken { revoked_at: Some(at), ..token }));
        true
    }

    fn note(&mut self, id: TokenId, what: TokenUse, at: DateTime<Utc>, since: DateTime<Utc>) -> bool {
        let Some(token) = self.get(id) else { return false };
        let last = match what {
            TokenUse::Accepted => token.last_used_at,
            TokenUse::Refused => self.refused_at.get(&id).copied(),
        };
        if last.is_some_and(|last| last > since) {
            return false;
        }
        match what {
            TokenUse::Accepted => {
                self.by_id.insert(id, Arc::new(ApiToken { last_used_at: Some(at), ..token }));
            }
            TokenUse::Refused => {
                self.refused_at.insert(id, at);
            }
        }
        true
    }
}

#[async_trait]
impl<M: Send> TokenReads for Session<M> {
    async fn token(&mut self, id: TokenId) -> Result<Option<ApiToken>> {
        Ok(self.see("token")?.tokens.get(id))
    }

    async fn token_by_hash(&mut self, hash: &str) -> Result<Option<ApiToken>> {
        let tokens = &self.see("token_by_hash")?.tokens;
        Ok(tokens.by_hash.get(hash).and_then(|id| tokens.get(*id)))
    }

    async fn tokens(&mut self, user: UserId, page: Page) -> Result<Vec<ApiToken>> {
        let tokens = &self.see("tokens")?.tokens;
        let after = page.after.map(|cursor| TokenId(cursor.id));
        Ok(tokens.of(user, after).take(up_to(page.limit)).map(|token| ApiToken::clone(token)).collect())
    }

    async fn token_makers(&mut self, users: &[UserId]) -> Result<Vec<UserId>> {
        let tokens = &self.see("token_makers")?.tokens;
        let makers: OrdSet<UserId> = users
            .iter()
            .flat_map(|user| tokens.of(*user, None))
            .filter_map(|token| token.created_by)
            .collect();
        Ok(makers.into_iter().collect())
    }
}

#[async_trait]
impl TokenWrites for Session<Writing> {
    async fn insert_token(&mut self, token: &ApiToken, hash: &str) -> Result<()> {
        self.change("insert_token", |state| state.tokens.insert(token, hash))
    }

    async fn revoke_token(&mut self, id: TokenId, at: DateTime<Utc>) -> Result<bool> {
        self.change("revoke_token", |state| Ok(state.tokens.revoke(id, at)))
    }

    async fn note_token(
        &mut self,
        id: TokenId,
        what: TokenUse,
        at: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<bool> {
        self.change("note_token", |state| Ok(state.tokens.note(id, what, at, since)))
    }
}
