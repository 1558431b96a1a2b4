//! The use cases that adapters call: decide → check → store → audit, in one transaction each.

mod claimed;

pub use claimed::ClaimedRun;

/// A hub.
#[derive(Debug)]
pub struct Hub;
