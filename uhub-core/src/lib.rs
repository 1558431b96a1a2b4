#![doc = include_str!("../README.md")]

pub mod approval;
pub mod audit;
pub mod conflict;
pub mod error;
pub mod guardrail;
pub mod hub;
#[cfg(feature = "memory")]
pub mod memory;
pub mod model;
pub mod ports;
pub mod rbac;
pub mod recurrence;
pub mod signature;
pub mod text;
pub mod transfer;
pub mod workflow;
pub mod zone;

pub use error::{Error, Result};
pub use hub::Hub;
