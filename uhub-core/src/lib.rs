#![doc = include_str!("../README.md")]

pub mod approval;
pub mod audit;
pub mod conflict;
pub mod error;
pub mod guardrail;
#[cfg(feature = "hub")]
pub mod hub;
#[cfg(feature = "memory")]
pub mod memory;
pub mod model;
#[cfg(feature = "hub")]
pub mod ports;
pub mod rbac;
#[cfg(feature = "recurrence")]
pub mod recurrence;
#[cfg(feature = "hub")]
pub mod signature;
pub mod text;
#[cfg(feature = "hub")]
pub mod transfer;
pub mod workflow;
#[cfg(feature = "recurrence")]
pub mod zone;

pub use error::{Error, Result};
#[cfg(feature = "hub")]
pub use hub::Hub;
