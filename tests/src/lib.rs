//! The harness of the black-box tests: a hub's [`Site`], [`Server`]s and workers on it, and a [`Client`] that checks every
//! answer for form. It panics where a test cannot go on; that is how a test fails.

pub mod audit;
pub mod canary;
pub mod client;
pub mod database;
pub mod demo;
pub mod env;
pub mod plan;
pub mod process;
pub mod raw;
pub mod site;
pub mod sse;
pub mod vault;
pub mod wait;

pub use client::{Answer, Client, Request};
pub use database::{Database, Kind};
pub use process::Process;
pub use site::{Output, Server, Site};
pub use vault::Vault;
