//! API tokens, as a store keeps them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Page, Result};
use crate::model::{ApiToken, TokenId, UserId};

/// What is noted of a token when somebody comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// It was good: [`ApiToken::last_used_at`].
    Accepted,
    /// It was revoked or over, or its user's account closed.
    Refused,
}

/// Looks tokens up.
#[async_trait]
pub trait TokenReads {
    /// By id.
    async fn token(&mut self, id: TokenId) -> Result<Option<ApiToken>>;
    /// By the token's SHA-256, in hex.
    async fn token_by_hash(&mut self, hash: &str) -> Result<Option<ApiToken>>;
    /// Those of a user, revoked ones too, in the order of creation.
    async fn tokens(&mut self, user: UserId, page: Page) -> Result<Vec<ApiToken>>;
    /// Who has ever made a token of one of these users, each once, in any order.
    async fn token_makers(&mut self, users: &[UserId]) -> Result<Vec<UserId>>;
}

/// Changes tokens. None is ever deleted: the audit names them.
#[async_trait]
pub trait TokenWrites {
    /// Adds one. [`StoreError::Duplicate`](super::StoreError::Duplicate) `token` where the hash is there already.
    async fn insert_token(&mut self, token: &ApiToken, hash: &str) -> Result<()>;
    /// Revokes one at `at`; false where it was revoked before, or is not there.
    async fn revoke_token(&mut self, id: TokenId, at: DateTime<Utc>) -> Result<bool>;
    /// Notes a use of that kind at `at`; false, and nothing written, where one was noted after `since` already, or there is
    /// no such token.
    async fn note_token(
        &mut self,
        id: TokenId,
        what: TokenUse,
        at: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<bool>;
}
