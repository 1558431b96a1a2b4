//! Small things about the hub itself, as a store keeps them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Result;
use crate::model::UserId;

/// What an idempotency key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// SHA-256 of the request, in hex.
    pub request: String,
    /// What it made.
    pub object_id: Uuid,
}

/// Looks up small things about the hub itself.
#[async_trait]
pub trait MetaReads {
    /// A setting of the hub, such as its id.
    async fn meta(&mut self, key: &str) -> Result<Option<String>>;
    /// What `user`'s idempotency key stands for.
    async fn remembered(&mut self, user: UserId, key: &str) -> Result<Option<Remembered>>;
}

/// Changes small things about the hub itself.
#[async_trait]
pub trait MetaWrites {
    /// Sets a setting.
    async fn set_meta(&mut self, key: &str, value: &str) -> Result<()>;
    /// Remembers an idempotency key; [`StoreError::Contended`](super::StoreError::Contended) where another session just did.
    async fn remember(
        &mut self,
        user: UserId,
        key: &str,
        entry: &Remembered,
        at: DateTime<Utc>,
    ) -> Result<()>;
    /// Forgets the keys remembered before `before`.
    async fn forget_before(&mut self, before: DateTime<Utc>) -> Result<u64>;
}
