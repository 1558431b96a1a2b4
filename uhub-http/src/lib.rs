#![doc = include_str!("../README.md")]

mod app;
mod auth;
mod calendar_cache;
mod changes;
pub mod cli;
pub mod demo;
mod demo_accounts;
mod extract;
mod freshness;
mod ics;
mod identity;
mod metrics;
pub mod openapi;
mod problem;
mod routes;
pub mod server;
mod state;
#[cfg(feature = "ui")]
mod ui;
mod wire;

pub use app::router;
pub use auth::{
    peer::Network,
    secret::{Secret, SecretError},
};
pub use identity::{Identified, Identity};
pub use problem::{Body as ProblemBody, Problem};
pub use state::{AppState, ServerSettings};
