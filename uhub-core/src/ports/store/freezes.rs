//! Freeze windows, as a store keeps them.

use async_trait::async_trait;

use super::{Page, Result};
use crate::model::{Freeze, FreezeId, Slot};

/// Looks freeze windows up.
#[async_trait]
pub trait FreezeReads {
    /// By id.
    async fn freeze(&mut self, id: FreezeId) -> Result<Option<Freeze>>;
    /// Those that overlap `window`, by start, then id.
    async fn freezes(&mut self, window: Slot) -> Result<Vec<Freeze>>;
    /// All, in the order of creation.
    async fn list_freezes(&mut self, page: Page) -> Result<Vec<Freeze>>;
}

/// Changes freeze windows.
#[async_trait]
pub trait FreezeWrites {
    /// Adds one.
    async fn insert_freeze(&mut self, freeze: &Freeze) -> Result<()>;
    /// Removes one; false where there is none.
    async fn delete_freeze(&mut self, id: FreezeId) -> Result<bool>;
}
