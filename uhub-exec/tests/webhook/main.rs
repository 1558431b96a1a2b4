//! Webhooks through a whole worker: a hub in memory, and servers on this machine that stand for CIs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;
mod callbacks;
mod generic;
mod github;
mod gitlab;
mod jenkins;
mod outside;
mod takeover;
