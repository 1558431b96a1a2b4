//! What `uhub_core::ports::store` promises, tried on every store alike.
//!
//! Each behaviour is one async function over a [`Bed`](bed::Bed); `conformance!` makes a test of it per store. PostgreSQL
//! is found by `UHUB_TEST_POSTGRES` (`eval "$(cargo xtask services up postgres)"`), and is not optional.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::needless_pass_by_value, reason = "behaviours own their bed, so that they can be spawned")]

/// Makes a module with a test per store of each behaviour.
macro_rules! conformance {
    ($($behaviour:ident),+ $(,)?) => {$(
        mod $behaviour {
            #[test]
            fn memory() {
                crate::bed::run(crate::bed::Kind::Memory, super::$behaviour);
            }

            #[test]
            fn sqlite() {
                crate::bed::run(crate::bed::Kind::Sqlite, super::$behaviour);
            }

            #[test]
            fn postgres() {
                crate::bed::run(crate::bed::Kind::Postgres, super::$behaviour);
            }
        }
    )+};
}

mod approvals;
mod audit;
mod bed;
mod calendar;
mod callbacks;
mod claims;
mod due;
mod freezes;
mod grounds;
mod jobs;
mod locks;
mod logs;
mod meta;
mod news;
mod progress;
mod projects;
mod runs;
mod samples;
mod sequences;
mod series;
mod sessions;
mod tokens;
mod transfer;
mod users;
