//! The plainest handler: one query, its rows as JSON.

use anyhow::Result;
use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

#[derive(Deserialize)]
struct Window {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[derive(Serialize, sqlx::FromRow)]
struct Event {
    id: Uuid,
    project_id: Uuid,
    title: String,
    job_type: String,
    status: String,
    pool: Option<String>,
    #[serde(rename = "start")]
    planned_start: DateTime<Utc>,
    #[serde(rename = "end")]
    planned_end: DateTime<Utc>,
}

const QUERY: &str = "SELECT id, project_id, title, job_type, status, pool, planned_start, planned_end FROM jobs \
                     WHERE planned_start >= $1 AND planned_start < $2 ORDER BY planned_start";

pub fn serve(database: &str) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(16).connect(database).await?;
        // Its best chance: the index that this very query wants.
        sqlx::raw_sql("CREATE INDEX bare_start ON jobs (planned_start)").execute(&pool).await?;
        let app = Router::new().route("/calendar/events", get(events)).with_state(pool);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        axum::serve(listener, app).await?;
        Ok(())
    })
}

async fn events(
    State(pool): State<PgPool>,
    Query(window): Query<Window>,
) -> Result<Json<Vec<Event>>, StatusCode> {
    let rows = sqlx::query_as(QUERY).bind(window.start).bind(window.end).fetch_all(&pool).await;
    rows.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
