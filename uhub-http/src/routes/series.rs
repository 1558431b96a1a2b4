//! Series: jobs that repeat. They are created, changed and called off by their jobs.

use axum::{Json, response::Response};
use uhub_core::model::{self, SeriesId};

use super::versioned;
use crate::{
    extract::{Caller, Id, Query},
    problem::Result,
    wire::{List, Series, SeriesQuery},
};

/// All series, or those of a project, in the order of creation.
#[utoipa::path(
    get, path = "/series", tag = "jobs", operation_id = "series_list", params(SeriesQuery),
    responses((status = 200, description = "Series", body = List<Series>))
)]
pub(crate) async fn list(caller: Caller, Query(query): Query<SeriesQuery>) -> Result<Json<List<Series>>> {
    let (project, paged) = query.read()?;
    let all = caller.hub().list_series(project, paged.page()).await?;
    Ok(Json(paged.list(all, |series: &model::Series| (0, series.id.0), Into::into)))
}

/// One series.
#[utoipa::path(
    get, path = "/series/{id}", tag = "jobs", operation_id = "series_get",
    params(("id" = uuid::Uuid, Path, description = "The series' id")),
    responses((status = 200, description = "The series", body = Series))
)]
pub(crate) async fn get(caller: Caller, Id(id): Id) -> Result<Response> {
    let series = Series::from(caller.hub().series(SeriesId(id)).await?);
    Ok(versioned(series.version(), series))
}
