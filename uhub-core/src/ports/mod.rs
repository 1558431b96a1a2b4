//! What the core asks of the world outside: the traits that adapters implement.

pub mod clock;
pub mod exec;
pub mod passwords;
pub mod secrets;
pub mod store;
