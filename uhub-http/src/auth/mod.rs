//! Who is calling: passwords, tokens, and the limits on guessing them.

pub mod cookie;
pub mod passwords;
pub mod peer;
pub mod secret;
pub mod site;
pub mod throttle;
pub mod tokens;
mod users;

pub use users::Users;
