//! People and their roles.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{UserId, words};

words! {
    /// What a user may do follows from exactly one role (DOMAIN §2).
    pub enum Role {
        /// Runs the hub.
        Admin = "admin",
        /// Owns projects and approves.
        Projets = "projets",
        /// Operates staging and prod.
        Ops = "ops",
        /// Develops, outside prod.
        Dev = "dev",
    }
}

words! {
    /// The colour mode that a user chose.
    pub enum Theme {
        /// Light on black, the default.
        Dark = "dark",
        /// Dark on white.
        Light = "light",
    }
}

words! {
    /// Who is behind an account. It never changes.
    pub enum UserKind {
        /// Somebody, who signs in.
        Person = "person",
        /// A machine, which acts by tokens: it has no password, and is no second person.
        Service = "service",
    }
}

/// A person, or a machine that acts by itself. The password's hash is never part of it: it stays behind
/// `UserReads::password_hash` of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// The name to sign in with, as it was written. Unique by [`text::username_key`](crate::text::username_key).
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// Mail address.
    pub email: String,
    /// Whether a person or a machine.
    pub kind: UserKind,
    /// What the user may do.
    pub role: Role,
    /// Colour mode.
    pub theme: Theme,
    /// A deactivated user can do nothing, from the next request on.
    pub is_active: bool,
    /// What a sign-in before gave is no longer accepted (a changed password ends older sessions). API tokens stay.
    pub tokens_valid_from: DateTime<Utc>,
    /// When the user was created.
    pub created_at: DateTime<Utc>,
    /// When the user was last changed.
    pub updated_at: DateTime<Utc>,
    /// Grows by one with each change.
    pub version: i64,
}
