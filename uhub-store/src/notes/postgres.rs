//! Other processes on the same server, by LISTEN and NOTIFY.
//!
//! NOTIFY within a transaction makes its commit hold a lock of the whole database while it waits for the disk, so that
//! commits with notes would follow one another. Notes are sent right behind the commit instead, in the same round trip.

use std::{sync::Weak, time::Duration};

use sqlx::{Executor as _, PgPool, postgres::PgListener};
use tokio::sync::watch;
use uhub_core::ports::store::ChangeNote;
use uuid::Uuid;

use super::{Listeners, NOTE_LENGTH, decode, encode};

/// A payload must be shorter than 8,000 bytes; the sender's id leads it.
const NOTES_AT_ONCE: usize = (7_900 - ORIGIN_LENGTH) / NOTE_LENGTH;
const ORIGIN_LENGTH: usize = 32;

/// After so long without a word the connection is tried.
const SILENCE: Duration = Duration::from_secs(15);

/// What follows a commit: statements that send `notes`, as `me`, on `channel`, which is a plain word or two.
pub(crate) fn telling(channel: &str, me: Uuid, notes: &[ChangeNote]) -> String {
    let mut text = String::new();
    for notes in notes.chunks(NOTES_AT_ONCE) {
        text.push_str(&format!("; SELECT pg_notify('{channel}', '{}{}')", me.simple(), encode(notes)));
    }
    text
}

/// Begins to listen on `channel`.
///
/// # Errors
/// When the server cannot be reached.
pub(crate) async fn listen(pool: &PgPool, channel: &str) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(channel).await?;
    Ok(listener)
}

/// Tells `listeners` what others than `me` send, until the sender of `gone` is. A lost connection is made anew.
pub(crate) async fn watch(
    pool: PgPool,
    channel: String,
    mut listener: Option<PgListener>,
    me: Uuid,
    listeners: Weak<Listeners>,
    mut gone: watch::Receiver<()>,
) {
    let work = async {
        loop {
            let error = match &mut listener {
                Some(listener) => hear(listener, me, &listeners).await,
                None => match listen(&pool, &channel).await {
                    Ok(fresh) => {
                        listener = Some(fresh);
                        continue;
                    }
                    Err(error) => error,
                },
            };
            if pool.is_closed() {
                return;
            }
            tracing::warn!(%error, "cannot hear of changes by other processes, trying again");
            listener = None;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        () = work => {}
        // Nothing is ever sent: it only ends.
        _ = gone.changed() => {}
    }
}

/// Listens until the connection fails, and says why it did.
async fn hear(listener: &mut PgListener, me: Uuid, listeners: &Weak<Listeners>) -> sqlx::Error {
    loop {
        match tokio::time::timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                if let Some((origin, notes)) = notification.payload().split_at_checked(ORIGIN_LENGTH)
                    && Uuid::try_parse(origin).is_ok_and(|origin| origin != me)
                    && let Some(listeners) = listeners.upgrade()
                {
                    listeners.tell(&decode(notes));
                }
            }
            Ok(Ok(None)) => tracing::warn!("the connection that tells of changes was lost and made anew"),
            Ok(Err(error)) => return error,
            // A connection whose other end vanished is as silent as one on which nothing happens.
            Err(_) => match tokio::time::timeout(SILENCE, listener.execute("SELECT 1")).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error,
                Err(_) => return sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()),
            },
        }
    }
}
