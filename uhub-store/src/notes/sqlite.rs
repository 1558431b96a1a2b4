//! Other processes on the same file: each commit with notes leaves them in a row, and whoever has listeners looks for
//! rows of others some times a second.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};
use sqlx::SqlitePool;
use uuid::Uuid;

use super::{Listeners, decode};

const TICK: Duration = Duration::from_millis(200);

/// Tells `listeners` what others than `me` committed from `since` on, until nobody listens or the store is gone.
pub(crate) async fn watch(pool: SqlitePool, me: Uuid, since: DateTime<Utc>, listeners: Weak<Listeners>) {
    let mut last: Option<i64> = None;
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(listeners) = listeners.upgrade() else { return };
        if pool.is_closed() || listeners.dismiss() {
            return;
        }
        if let Err(error) = look(&pool, me, since, &mut last, &listeners).await {
            // Notes may be missed; who listens looks for itself from time to time.
            tracing::warn!(%error, "cannot look for changes by other processes");
        }
    }
}

async fn look(
    pool: &SqlitePool,
    me: Uuid,
    since: DateTime<Utc>,
    last: &mut Option<i64>,
    listeners: &Arc<Listeners>,
) -> sqlx::Result<()> {
    let behind = match *last {
        Some(behind) => behind,
        None => {
            sqlx::query_scalar::<_, i64>("SELECT COALESCE(MAX(id), 0) FROM changes WHERE at < $1")
                .bind(since.timestamp_micros())
                .fetch_one(pool)
                .await?
        }
    };
    *last = Some(behind);
    let rows: Vec<(i64, Uuid, String)> =
        sqlx::query_as("SELECT id, origin, notes FROM changes WHERE id > $1 ORDER BY id")
            .bind(behind)
            .fetch_all(pool)
            .await?;
    for (id, origin, notes) in rows {
        *last = Some(id);
        if origin != me {
            listeners.tell(&decode(&notes));
        }
    }
    Ok(())
}
