//! Tests of the whole hub from outside. One binary: it is linked once, and `cargo nextest` still runs each test in a
//! process of its own.

mod api_tokens;
mod approvals;
mod bad_input;
mod canary;
mod cli;
mod cluster;
mod crash;
mod demo;
mod docker;
mod faults;
mod foreign_ids;
mod ics;
mod logs;
mod rbac_walk;
mod schemathesis;
mod secrets_in_logs;
mod sign_in;
mod tokens;
mod ui_files;
mod ui_session;
mod webhook;
