//! Users, and how they sign in.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uhub_core::{
    hub::{self, Permissions},
    model::{self, Role, Scope, Scopes, Theme, UserKind},
    rbac::Effect,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{present, text, words};
use crate::auth::tokens::Issued;

/// A user. Never a hash.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct User {
    id: Uuid,
    username: String,
    display_name: String,
    email: String,
    /// A person, or a machine that acts by API tokens.
    #[schema(value_type = words::UserKind)]
    kind: UserKind,
    #[schema(value_type = words::Role)]
    role: Role,
    #[schema(value_type = words::Theme)]
    theme: Theme,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl From<model::User> for User {
    fn from(user: model::User) -> Self {
        let model::User {
            id,
            username,
            display_name,
            email,
            kind,
            role,
            theme,
            is_active,
            // Of no use to anybody but the server.
            tokens_valid_from: _,
            created_at,
            updated_at,
            version,
        } = user;
        Self {
            id: id.0,
            username,
            display_name,
            email,
            kind,
            role,
            theme,
            is_active,
            created_at,
            updated_at,
            version,
        }
    }
}

/// The caller, with what a user interface may offer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Me {
    #[serde(flatten)]
    user: User,
    /// What the role, and the token's scopes, allow, per action (`user_manage`), for jobs per type and tier (`job_create.ops.prod`), for runs per
    /// tier (`run_launch.staging`), and whether one may ask to break a freeze window (`break_glass`). What depends on owning something counts as not
    /// owned here.
    #[schema(value_type = BTreeMap<String, words::Effect>)]
    permissions: BTreeMap<String, Effect>,
    /// What the API token is good for by which the caller acts; `null` for who signed in.
    #[schema(required, value_type = Option<Vec<words::Scope>>)]
    scopes: Option<Vec<Scope>>,
}

impl Me {
    /// The caller's own page.
    pub(crate) fn new(user: model::User, permissions: Permissions, scopes: Option<Scopes>) -> Self {
        let scopes = scopes.map(|scopes| scopes.iter().collect());
        Self { user: user.into(), permissions: permissions.0, scopes }
    }
}

/// A user to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    #[schema(value_type = text::Username)]
    username: String,
    /// Without one the user cannot sign in by password. A service account has none.
    #[schema(value_type = Option<text::NewPassword>)]
    password: Option<String>,
    #[schema(value_type = text::Email)]
    email: String,
    #[schema(value_type = text::Name)]
    display_name: String,
    /// A person where it is not said; a service account acts by API tokens. It never changes.
    #[schema(value_type = Option<words::UserKind>)]
    kind: Option<UserKind>,
    #[schema(value_type = words::Role)]
    role: Role,
    #[schema(value_type = Option<words::Theme>)]
    theme: Option<Theme>,
}

impl From<CreateUser> for hub::NewUser {
    fn from(new: CreateUser) -> Self {
        let CreateUser { username, password, email, display_name, kind, role, theme } = new;
        let kind = kind.unwrap_or(UserKind::Person);
        Self { username, password, email, display_name, kind, role, theme }
    }
}

/// What to change of a user.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchUser {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = text::Username, required = false)]
    username: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = text::Name, required = false)]
    display_name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = text::Email, required = false)]
    email: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = words::Role, required = false)]
    role: Option<Role>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = words::Theme, required = false)]
    theme: Option<Theme>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    is_active: Option<bool>,
    /// A new password. One's own needs `current_password` with it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = text::NewPassword, required = false)]
    password: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 1024)]
    current_password: Option<String>,
}

impl From<PatchUser> for hub::UserPatch {
    fn from(patch: PatchUser) -> Self {
        let PatchUser { username, display_name, email, role, theme, is_active, password, current_password } =
            patch;
        Self { username, display_name, email, role, theme, is_active, password, current_password }
    }
}

/// The first admin.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    #[schema(value_type = text::Username)]
    username: String,
    #[schema(value_type = text::NewPassword)]
    password: String,
    #[schema(value_type = text::Email)]
    email: String,
    #[schema(value_type = text::Name)]
    display_name: String,
    /// The token that the server printed when it started; not asked of who is on the same machine.
    #[schema(max_length = 200)]
    bootstrap_token: Option<String>,
}

impl Bootstrap {
    /// The token that came along.
    pub fn token(&self) -> Option<&str> {
        self.bootstrap_token.as_deref()
    }
}

impl From<Bootstrap> for hub::NewUser {
    fn from(new: Bootstrap) -> Self {
        let Bootstrap { username, password, email, display_name, bootstrap_token: _ } = new;
        let (kind, role) = (UserKind::Person, Role::Admin);
        Self { username, password: Some(password), email, display_name, kind, role, theme: None }
    }
}

/// What a token is asked with (RFC 6749 §4.3.2). Parameters that are not known are ignored (§3.2).
#[derive(Clone, Deserialize, ToSchema)]
pub(crate) struct TokenForm {
    /// `password`
    #[serde(default)]
    #[schema(required = true, pattern = "^password$")]
    pub grant_type: String,
    /// The name to sign in with.
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 1024)]
    pub username: String,
    /// The password.
    #[serde(default)]
    #[schema(required = true, format = Password, min_length = 1, max_length = 1024)]
    pub password: String,
    /// Accepted and ignored: what a user may do follows from the role.
    #[serde(default)]
    #[schema(required = false)]
    #[expect(dead_code, reason = "ignored")]
    pub scope: String,
    /// Accepted and ignored, as common clients send it.
    #[serde(default)]
    #[schema(required = false)]
    #[expect(dead_code, reason = "ignored")]
    pub client_id: String,
    /// Accepted and ignored, as common clients send it.
    #[serde(default)]
    #[schema(required = false)]
    #[expect(dead_code, reason = "ignored")]
    pub client_secret: String,
}

impl std::fmt::Debug for TokenForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenForm").field("username", &self.username).finish_non_exhaustive()
    }
}

/// An access token (RFC 6749 §5.1).
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct TokenAnswer {
    /// To be sent as `Authorization: Bearer …`.
    pub access_token: String,
    /// `bearer`
    #[schema(value_type = String, pattern = "^bearer$")]
    pub token_type: &'static str,
    /// Seconds.
    #[schema(minimum = 1)]
    pub expires_in: i64,
}

impl From<Issued> for TokenAnswer {
    fn from(issued: Issued) -> Self {
        let Issued { token, expires_in } = issued;
        Self { access_token: token, token_type: "bearer", expires_in }
    }
}

impl std::fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenAnswer").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Why there is no token (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenErrorCode {
    /// The request is malformed.
    InvalidRequest,
    /// Unknown user, wrong password or closed account: one answer for all.
    InvalidGrant,
    /// Only `password` is offered.
    UnsupportedGrantType,
    /// Too many attempts, or the server is busy.
    TemporarilyUnavailable,
}

/// A refusal of the token endpoint (RFC 6749 §5.2).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TokenError {
    /// Why.
    pub error: TokenErrorCode,
    /// Why, for people.
    pub error_description: String,
}

/// Which sessions end.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SignOutQuery {
    /// All sessions of the user and their tokens, wherever they are, in place of this browser's. API tokens stay.
    #[serde(default)]
    #[param(required = false, value_type = bool)]
    pub everywhere: bool,
}

/// The address of one's own calendar feed. Shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CalendarToken {
    /// For `GET /calendar.ics?token=…`.
    pub token: String,
    /// The path with the token, to be put behind this server's address.
    pub path: String,
}
