#![doc = include_str!("../README.md")]

mod aggregates;
mod dialect;
mod error;
mod migrate;
mod notes;
mod options;
mod pool;
mod room;
mod session;
mod sql;
mod store;
pub mod system;
mod values;

pub use options::SqlOptions;
pub use store::SqlStore;

#[cfg(test)]
mod tests;
