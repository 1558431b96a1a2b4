//! Projects.

use axum::{Json, response::Response};
use uhub_core::model::ProjectId;

use super::{created, versioned};
use crate::{
    extract::{self, Caller, Id, IfMatch, Query},
    problem::Result,
    wire::{CreateProject, List, PageQuery, PatchProject, Project, text::EntityTag},
};

/// All projects.
#[utoipa::path(
    get, path = "/projects", tag = "projects", params(PageQuery),
    responses((status = 200, description = "Projects, in the order of creation", body = List<Project>))
)]
pub(crate) async fn list(caller: Caller, Query(query): Query<PageQuery>) -> Result<Json<List<Project>>> {
    let paged = query.read()?;
    let projects = caller.hub().projects(paged.page()).await?;
    Ok(Json(paged.list(projects, |project| (0, project.id.0), Into::into)))
}

/// Creates a project.
#[utoipa::path(
    post, path = "/projects", tag = "projects", request_body = CreateProject,
    responses((status = 201, description = "The project", body = Project))
)]
pub(crate) async fn create(
    caller: Caller,
    extract::Json(new): extract::Json<CreateProject>,
) -> Result<Response> {
    let project = caller.hub().create_project(new.into()).await?;
    Ok(created(format!("/projects/{}", project.id), Project::from(project)))
}

/// One project.
#[utoipa::path(
    get, path = "/projects/{id}", tag = "projects",
    params(("id" = uuid::Uuid, Path, description = "The project's id")),
    responses((status = 200, description = "The project", body = Project))
)]
pub(crate) async fn get(caller: Caller, Id(id): Id) -> Result<Response> {
    let project = caller.hub().project(ProjectId(id)).await?;
    Ok(versioned(project.version, Project::from(project)))
}

/// Changes a project. Policy, backend and limits are for admins.
#[utoipa::path(
    patch, path = "/projects/{id}", tag = "projects", request_body = PatchProject,
    params(
        ("id" = uuid::Uuid, Path, description = "The project's id"),
        ("If-Match" = Option<EntityTag>, Header, description = "The ETag that was read"),
    ),
    responses((status = 200, description = "The project", body = Project))
)]
pub(crate) async fn patch(
    caller: Caller,
    Id(id): Id,
    IfMatch(version): IfMatch,
    extract::Json(patch): extract::Json<PatchProject>,
) -> Result<Response> {
    let project = caller.hub().update_project(ProjectId(id), patch.into(), version).await?;
    Ok(versioned(project.version, Project::from(project)))
}
