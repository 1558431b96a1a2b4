//! Who is calling: passwords, tokens, and the limits on guessing them.

pub(crate) mod cookie;
pub(crate) mod passwords;
pub(crate) mod peer;
pub(crate) mod secret;
pub(crate) mod site;
pub(crate) mod throttle;
pub(crate) mod tokens;
mod users;

pub(crate) use users::Users;
