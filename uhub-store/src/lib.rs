#![doc = include_str!("../README.md")]
// What differs between the databases stands side by side: a build for one of them does not use all of it.
#![cfg_attr(
    not(all(feature = "sqlite", feature = "postgres")),
    allow(dead_code, unused_variables, unused_imports, irrefutable_let_patterns)
)]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("uhub-store needs a database: its feature `sqlite`, or `postgres`, or both");

mod aggregates;
mod dialect;
mod error;
mod migrate;
mod notes;
mod options;
mod pool;
#[cfg(feature = "sqlite")]
mod room;
mod session;
mod sql;
mod store;
pub mod system;
mod values;

pub use options::SqlOptions;
pub use store::SqlStore;

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests;
