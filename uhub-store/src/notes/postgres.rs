//! Other processes on the same server, by LISTEN and NOTIFY.
//!
//! NOTIFY within a transaction makes its commit hold a lock of the whole database while it waits for the disk, so that
//! commits with notes would follow one another. Notes are sent right after the commit instead, by one task that puts what
//! piled up meanwhile into one message; the commit waits for it, so that a process that ends then has told everyone.

use std::{sync::Weak, time::Duration};

use sqlx::{Executor as _, PgPool, postgres::PgListener};
use tokio::sync::{mpsc, oneshot, watch};
use uhub_core::ports::store::ChangeNote;
use uuid::Uuid;

use super::{Listeners, NOTE_LENGTH, decode, encode};

/// A payload must be shorter than 8,000 bytes; the sender's id leads it.
const NOTES_AT_ONCE: usize = (7_900 - ORIGIN_LENGTH) / NOTE_LENGTH;
const ORIGIN_LENGTH: usize = 32;

/// For so long a commit waits for its notes to be sent.
const PATIENCE: Duration = Duration::from_millis(250);

/// After so long without a word the connection is tried.
const SILENCE: Duration = Duration::from_secs(15);

/// What a commit hands over.
type Parcel = (Vec<ChangeNote>, oneshot::Sender<()>);

/// Sends the notes of commits.
#[derive(Debug, Clone)]
pub(crate) struct Sender(mpsc::UnboundedSender<Parcel>);

impl Sender {
    /// Starts the task that sends, as `me`, on `channel`. It ends with the last sender.
    pub(crate) fn start(pool: PgPool, channel: String, me: Uuid) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(send_all(pool, channel, me, receiver));
        Self(sender)
    }

    /// Sends notes, and waits a little until they are on their way.
    pub(crate) async fn send(&self, notes: Vec<ChangeNote>) {
        let (done, sent) = oneshot::channel();
        if self.0.send((notes, done)).is_ok() {
            // Late or lost, either way: the commit stands, and who listens looks for itself too.
            let _ = tokio::time::timeout(PATIENCE, sent).await;
        }
    }
}

async fn send_all(pool: PgPool, channel: String, me: Uuid, mut parcels: mpsc::UnboundedReceiver<Parcel>) {
    let mut batch = Vec::new();
    while parcels.recv_many(&mut batch, 1_000).await > 0 {
        let mut notes: Vec<ChangeNote> = Vec::new();
        let mut waiting = Vec::with_capacity(batch.len());
        for (more, done) in batch.drain(..) {
            notes.extend(more);
            waiting.push(done);
        }
        if let Err(error) = notify(&pool, &channel, me, &notes).await {
            tracing::warn!(%error, "cannot tell other processes what changed");
        }
        drop(waiting);
    }
}

async fn notify(pool: &PgPool, channel: &str, me: Uuid, notes: &[ChangeNote]) -> sqlx::Result<()> {
    let payloads: Vec<String> =
        notes.chunks(NOTES_AT_ONCE).map(|notes| format!("{}{}", me.simple(), encode(notes))).collect();
    sqlx::query("SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload")
        .bind(channel)
        .bind(payloads)
        .execute(pool)
        .await
        .map(drop)
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
