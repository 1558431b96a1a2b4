//! The store's changes, handed on to event streams.

use tokio::sync::broadcast;
use uhub_core::ports::store::{ChangeNote, Store, Subscription};

/// So many changes may wait for a stream; one that falls further behind is told to look afresh.
const BACKLOG: usize = 1024;

/// Hands each change on to whoever listens. Bounded: a slow reader loses changes, not the server its memory.
#[derive(Debug)]
pub(crate) struct Changes {
    sender: broadcast::Sender<ChangeNote>,
    _subscription: Subscription,
}

impl Changes {
    /// The changes of `store`, from now on.
    pub(crate) fn of(store: &dyn Store) -> Self {
        let (sender, _) = broadcast::channel(BACKLOG);
        let notify = sender.clone();
        let subscription = store.subscribe(Box::new(move |note| {
            // Nobody listening is no failure.
            let _ = notify.send(note);
        }));
        Self { sender, _subscription: subscription }
    }

    /// The changes from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<ChangeNote> {
        self.sender.subscribe()
    }
}
