//! The hub, as a sign-in page needs to know it.

use serde::Serialize;
use uhub_core::model::{self, Role};
use utoipa::ToSchema;

use super::words;

/// What anybody may know of the hub before signing in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct HubInfo {
    /// The program's version.
    pub version: String,
    /// The zone of whole days and working hours, as `Europe/Paris`.
    pub time_zone: String,
    /// Nobody is there yet: `POST /bootstrap/admin` makes the first user.
    pub needs_admin: bool,
    /// For which the caller needs the token that the server printed when it started.
    pub needs_bootstrap_token: bool,
    /// On a demo hub, the accounts whose password is their name.
    pub demo_accounts: Vec<DemoAccount>,
}

/// An account to try the hub with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DemoAccount {
    username: String,
    display_name: String,
    #[schema(value_type = words::Role)]
    role: Role,
}

impl From<model::User> for DemoAccount {
    fn from(user: model::User) -> Self {
        let model::User { username, display_name, role, .. } = user;
        Self { username, display_name, role }
    }
}
