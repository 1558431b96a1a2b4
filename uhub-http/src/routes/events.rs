//! What changes, as it changes, for live screens.

use std::{convert::Infallible, time::Duration};

use async_stream::stream;
use axum::{
    extract::State,
    response::{
        Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use uhub_core::{
    ports::store::{ChangeNote, Topic},
    rbac::Action,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::logs::no_buffering;
use crate::{extract::Caller, problem::Result, state::AppState};

/// How often a stream checks that its caller may go on, beside the moments when a user changes.
const CHECK_EVERY: Duration = Duration::from_secs(15);

/// The data of a change: read the thing again to see how it is now.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct ChangeEvent {
    /// Which one.
    id: Uuid,
}

/// Changes of jobs, runs, approvals, projects, users and freeze windows, and of conflicts, by id. `event: reset` says that
/// some were lost: read everything again. It is also the first event.
#[utoipa::path(
    get, path = "/events", tag = "calendar", operation_id = "changes",
    responses((status = 200, description = "Changes, until the token ends", body = String, content_type = "text/event-stream"))
)]
pub(crate) async fn events(State(state): State<AppState>, caller: Caller) -> Result<Response> {
    caller.hub().authorize(Action::Read).await?;
    let mut changes = state.changes().listen();
    let open = state.metrics().stream();
    let events = stream! {
        let _open = open;
        // What happened before this moment has not been told.
        yield Ok::<_, Infallible>(reset());
        loop {
            let note = tokio::select! {
                () = state.shutdown().cancelled() => break,
                note = changes.recv() => note.map(Some),
                () = tokio::time::sleep(CHECK_EVERY) => Ok(None),
            };
            if matches!(note, Ok(None | Some(ChangeNote { topic: Topic::User, .. })))
                && !caller.may_go_on().await
            {
                break;
            }
            match note {
                Ok(Some(note)) => for name in names(note.topic) {
                    yield Ok(Event::default().event(*name).json_data(ChangeEvent { id: note.id }).unwrap_or_default());
                },
                Ok(None) => {}
                Err(RecvError::Lagged(_)) => yield Ok(reset()),
                Err(RecvError::Closed) => break,
            }
        }
    };
    Ok(no_buffering(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))))
}

fn reset() -> Event {
    Event::default().event("reset").data("{}")
}

/// The events that a change is told by. Logs have streams of their own; queue, cancel and callbacks are for workers.
const fn names(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::User => &["user"],
        Topic::Project => &["project", "conflict"],
        Topic::Job => &["job", "conflict"],
        Topic::Run => &["run"],
        Topic::Approval => &["approval"],
        Topic::Freeze => &["freeze", "conflict"],
        Topic::Queue | Topic::Log | Topic::Cancel | Topic::Callback => &[],
    }
}
