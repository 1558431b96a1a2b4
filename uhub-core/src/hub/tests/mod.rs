//! The use cases, over a store in memory, with a clock that stands until a test moves it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures
)]

mod approvals;
mod approved;
mod audit;
mod auto_start;
mod calendar;
mod callbacks;
mod claims;
mod conflicts;
mod demo;
mod fences;
mod foreign;
mod foreign_files;
mod foreign_series;
mod freezes;
mod jobs;
mod launches;
mod machine;
mod projects;
mod prune;
mod requests;
mod room;
mod secret_sources;
mod series;
mod simulation;
mod slots;
mod suggestions;
mod threads;
mod tokens;
mod transfer;
mod users;
mod world;
