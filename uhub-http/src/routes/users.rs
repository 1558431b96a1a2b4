//! Users.

use axum::{Json, response::Response};
use uhub_core::model::UserId;

use super::{created, versioned};
use crate::{
    extract::{self, Caller, Id, IfMatch, Query},
    problem::Result,
    wire::{CreateUser, List, PageQuery, PatchUser, User, text::EntityTag},
};

/// All users.
#[utoipa::path(
    get, path = "/users", tag = "users", params(PageQuery),
    responses((status = 200, description = "Users, in the order of creation", body = List<User>))
)]
pub(crate) async fn list(caller: Caller, Query(query): Query<PageQuery>) -> Result<Json<List<User>>> {
    let paged = query.read()?;
    let users = caller.hub().users(paged.page()).await?;
    Ok(Json(paged.list(users, |user| (0, user.id.0), Into::into)))
}

/// Creates a user.
#[utoipa::path(
    post, path = "/users", tag = "users", request_body = CreateUser,
    responses((status = 201, description = "The user", body = User))
)]
pub(crate) async fn create(
    caller: Caller,
    extract::Json(new): extract::Json<CreateUser>,
) -> Result<Response> {
    let user = caller.hub().create_user(new.into()).await?;
    Ok(created(format!("/users/{}", user.id), User::from(user)))
}

/// One user.
#[utoipa::path(
    get, path = "/users/{id}", tag = "users", params(("id" = uuid::Uuid, Path, description = "The user's id")),
    responses((status = 200, description = "The user", body = User))
)]
pub(crate) async fn get(caller: Caller, Id(id): Id) -> Result<Response> {
    let user = caller.hub().user(UserId(id)).await?;
    Ok(versioned(user.version, User::from(user)))
}

/// Changes a user. One's own profile needs no right; one's own password needs `current_password`.
#[utoipa::path(
    patch, path = "/users/{id}", tag = "users", request_body = PatchUser,
    params(
        ("id" = uuid::Uuid, Path, description = "The user's id"),
        ("If-Match" = Option<EntityTag>, Header, description = "The ETag that was read"),
    ),
    responses((status = 200, description = "The user", body = User))
)]
pub(crate) async fn patch(
    caller: Caller,
    Id(id): Id,
    IfMatch(version): IfMatch,
    extract::Json(patch): extract::Json<PatchUser>,
) -> Result<Response> {
    let user = caller.hub().update_user(UserId(id), patch.into(), version).await?;
    Ok(versioned(user.version, User::from(user)))
}
