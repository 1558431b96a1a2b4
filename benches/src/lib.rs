//! How the benches measure and print: every contender in turn, round by round, in one process, so that
//! a slower moment of the machine meets all of them; medians; and the result checked before timed.

pub mod http;
pub mod measure;
pub mod server;
