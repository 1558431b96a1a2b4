#![doc = include_str!("../README.md")]

pub mod app;
pub mod auth;
mod calendar_cache;
mod changes;
pub mod cli;
pub mod demo;
mod demo_accounts;
pub mod extract;
pub mod freshness;
mod ics;
mod identity;
mod metrics;
pub mod openapi;
pub mod problem;
mod routes;
pub mod server;
pub mod state;
#[cfg(feature = "ui")]
mod ui;
pub mod wire;

pub use app::router;
pub use identity::{Identified, Identity};
pub use problem::Problem;
pub use state::{AppState, ServerSettings};
