//! API tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uhub_core::{
    hub,
    model::{self, Scope},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{At, text, words};

/// An API token as it is listed. Never the token, never its hash.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ApiToken {
    id: Uuid,
    /// Who acts by it.
    user_id: Uuid,
    /// What it is for.
    name: String,
    /// How it begins.
    prefix: String,
    #[schema(value_type = Vec<words::Scope>)]
    scopes: Vec<Scope>,
    /// Who made it; `null` where the machine's administrator did.
    #[schema(required)]
    created_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    /// From when on it is worth nothing; `null` for never.
    #[schema(required)]
    expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to some ten minutes.
    #[schema(required)]
    last_used_at: Option<DateTime<Utc>>,
    /// Since when it is worth nothing.
    #[schema(required)]
    revoked_at: Option<DateTime<Utc>>,
}

impl From<model::ApiToken> for ApiToken {
    fn from(token: model::ApiToken) -> Self {
        let model::ApiToken {
            id,
            user_id,
            name,
            prefix,
            scopes,
            created_by,
            created_at,
            expires_at,
            last_used_at,
            revoked_at,
        } = token;
        Self {
            id: id.0,
            user_id: user_id.0,
            name,
            prefix,
            scopes: scopes.iter().collect(),
            created_by: created_by.map(|user| user.0),
            created_at,
            expires_at,
            last_used_at,
            revoked_at,
        }
    }
}

/// An API token that was just made.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct NewApiToken {
    #[serde(flatten)]
    listed: ApiToken,
    /// To be sent as `Authorization: Bearer …`. It is shown once.
    token: String,
}

impl From<hub::MadeToken> for NewApiToken {
    fn from(made: hub::MadeToken) -> Self {
        let hub::MadeToken { token, secret } = made;
        Self { listed: token.into(), token: secret }
    }
}

impl std::fmt::Debug for NewApiToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewApiToken").field("listed", &self.listed).finish_non_exhaustive()
    }
}

/// An API token to make.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for.
    #[schema(value_type = text::Name)]
    name: String,
    /// What it is good for, within what the user's role allows.
    #[schema(value_type = Vec<words::Scope>, min_items = 1)]
    scopes: Vec<Scope>,
    /// When it ends; never, where it does not say.
    #[schema(value_type = Option<At>)]
    expires_at: Option<At>,
}

impl From<CreateToken> for hub::NewToken {
    fn from(new: CreateToken) -> Self {
        let CreateToken { name, scopes, expires_at } = new;
        Self { name, scopes: scopes.into_iter().collect(), expires_at: expires_at.map(|At(at)| at) }
    }
}
