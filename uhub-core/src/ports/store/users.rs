//! Users, as a store keeps them.

use async_trait::async_trait;

use super::{Page, Result};
use crate::model::{User, UserId};

/// Looks users up.
#[async_trait]
pub trait UserReads {
    /// By id.
    async fn user(&mut self, id: UserId) -> Result<Option<User>>;
    /// By [`text::username_key`](crate::text::username_key).
    async fn user_by_key(&mut self, username_key: &str) -> Result<Option<User>>;
    /// All, in the order of creation.
    async fn users(&mut self, page: Page) -> Result<Vec<User>>;
    /// Those of these ids that exist, in any order.
    async fn users_by_ids(&mut self, ids: &[UserId]) -> Result<Vec<User>>;
    /// Whether there is any user.
    async fn has_users(&mut self) -> Result<bool>;
    /// How many active admins there are, service accounts not counted.
    async fn count_active_admins(&mut self) -> Result<u64>;
    /// The PHC string of the user's password.
    async fn password_hash(&mut self, id: UserId) -> Result<Option<String>>;
    /// Whose calendar token has this SHA-256, in hex.
    async fn user_by_calendar_token(&mut self, token_hash: &str) -> Result<Option<User>>;
}

/// Changes users.
#[async_trait]
pub trait UserWrites {
    /// Adds one. [`StoreError::Duplicate`](super::StoreError::Duplicate) `username` where the key is taken.
    async fn insert_user(&mut self, user: &User, password_hash: Option<&str>) -> Result<()>;
    /// Writes all fields; false where the stored version is not `user.version - 1`.
    async fn update_user(&mut self, user: &User) -> Result<bool>;
    /// Replaces the password.
    async fn set_password_hash(&mut self, id: UserId, password_hash: &str) -> Result<()>;
    /// Replaces or revokes the calendar token, by its SHA-256 in hex.
    async fn set_calendar_token(&mut self, id: UserId, token_hash: Option<&str>) -> Result<()>;
}
