//! API tokens of users: a person's own, and an admin's those of service accounts.

use axum::{Json, http::StatusCode, response::Response};
use uhub_core::model::{TokenId, UserId};

use super::created;
use crate::{
    extract::{self, Caller, Id, Query, TokenPath},
    problem::Result,
    wire::{ApiToken, CreateToken, List, NewApiToken, PageQuery},
};

/// The tokens of a user, revoked ones too: one's own, or for admins anybody's.
#[utoipa::path(
    get, path = "/users/{id}/tokens", tag = "tokens",
    params(("id" = uuid::Uuid, Path, description = "The user's id"), PageQuery),
    responses((status = 200, description = "Tokens, in the order of creation", body = List<ApiToken>))
)]
pub(crate) async fn list(
    caller: Caller,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<ApiToken>>> {
    let paged = query.read()?;
    let tokens = caller.hub().tokens(UserId(id), paged.page()).await?;
    Ok(Json(paged.list(tokens, |token| (0, token.id.0), Into::into)))
}

/// Makes a token: a person one's own, an admin one of a service account, and nobody by a token.
#[utoipa::path(
    post, path = "/users/{id}/tokens", tag = "tokens", request_body = CreateToken,
    params(("id" = uuid::Uuid, Path, description = "The user's id")),
    responses((status = 201, description = "The token: it is shown once", body = NewApiToken))
)]
pub(crate) async fn create(
    caller: Caller,
    Id(id): Id,
    extract::Json(new): extract::Json<CreateToken>,
) -> Result<Response> {
    let made = caller.hub().create_token(UserId(id), new.into()).await?;
    Ok(created(format!("/users/{id}/tokens"), NewApiToken::from(made)))
}

/// Revokes a token from the next request on: one's own, or for admins anybody's.
#[utoipa::path(
    delete, path = "/users/{id}/tokens/{token_id}", tag = "tokens",
    params(
        ("id" = uuid::Uuid, Path, description = "The user's id"),
        ("token_id" = uuid::Uuid, Path, description = "The token's id"),
    ),
    responses((status = 204, description = "It is worth nothing any more"))
)]
pub(crate) async fn revoke(caller: Caller, TokenPath { user, token }: TokenPath) -> Result<StatusCode> {
    caller.hub().revoke_token(UserId(user), TokenId(token)).await?;
    Ok(StatusCode::NO_CONTENT)
}
