#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;
mod fake;
mod leases;
mod log;
mod masks;
mod runs;
mod stop;
