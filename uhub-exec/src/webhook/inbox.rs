//! What the outside tells of a run by itself, signed: taken in by any server of the hub, kept in its store.

use std::sync::Arc;

use tokio::sync::Notify;
use uhub_core::{
    Hub,
    hub::{CallbackSecret, ClaimedRun},
    model::{Callback, CallbackStatus, RunId},
    ports::{
        exec::{Finish, LogPosition},
        secrets::SecretValue,
        store::{Subscription, Topic},
    },
};
use url::Url;

use super::presets::Offer;
use crate::Redactor;

/// How the outside can call back.
#[derive(Debug, Clone)]
pub struct WebhookCallbacks {
    /// The hub whose servers take messages in.
    pub hub: Hub,
    /// What the keys of runs follow from; the servers' own.
    pub secret: CallbackSecret,
    /// Where the servers are reached from outside, such as `https://uhub.example.org/`.
    pub public_url: Url,
}

impl WebhookCallbacks {
    /// Where and with which key to call back about an attempt.
    pub(super) fn offer(&self, run: RunId, attempt: u32) -> Offer {
        let mut url = self.public_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/hooks/runs/{run}"));
        url.set_query(Some(&format!("attempt={attempt}")));
        Offer { url: url.into(), key: SecretValue::new(self.secret.key(run, attempt)) }
    }

    /// The messages about a claimed run, behind what an earlier worker has told of them already.
    pub(super) fn inbox(&self, claimed: &ClaimedRun, from: LogPosition) -> Inbox {
        let (run, wake) = (claimed.id(), Arc::new(Notify::new()));
        let woken = Arc::clone(&wake);
        let subscription = self.hub.store().subscribe(Box::new(move |note| {
            if note.topic == Topic::Callback && note.id == run.0 {
                woken.notify_one();
            }
        }));
        // The other side may print the key that it signs with.
        let key = SecretValue::new(self.secret.key(run, claimed.attempt()));
        Inbox {
            hub: self.hub.clone(),
            run,
            attempt: claimed.attempt(),
            seen: 0,
            told: from.stdout,
            wake,
            redactor: Redactor::new([&key]).unwrap_or_default(),
            _subscription: subscription,
        }
    }
}

/// The messages about one attempt.
#[derive(Debug)]
pub(super) struct Inbox {
    hub: Hub,
    run: RunId,
    attempt: u32,
    seen: i64,
    /// How much of the output is told already.
    told: u64,
    wake: Arc<Notify>,
    redactor: Redactor,
    _subscription: Subscription,
}

/// A message, as far as it is news.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) log: Vec<u8>,
    pub(super) text: Option<String>,
    pub(super) finish: Option<Finish>,
}

impl Inbox {
    /// Comes back when there may be a message.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The messages that came since.
    pub(super) async fn read(&mut self) -> uhub_core::Result<Vec<Message>> {
        let callbacks = self.hub.callbacks(self.run, self.attempt, self.seen).await?;
        Ok(callbacks.into_iter().map(|callback| self.open(callback)).collect())
    }

    fn open(&mut self, callback: Callback) -> Message {
        self.seen = callback.seq;
        let mut log = self.redactor.text(callback.log.unwrap_or_default()).into_bytes();
        let known = usize::try_from(self.told).unwrap_or(usize::MAX).min(log.len());
        self.told -= known as u64;
        log.drain(..known);
        let text = callback.message.map(|message| self.redactor.text(message));
        let finish = match (callback.status, callback.exit_code) {
            (CallbackStatus::Running, _) => None,
            (CallbackStatus::Succeeded, _) => Some(Finish::Exited(0)),
            (CallbackStatus::Failed, Some(code)) if code != 0 => Some(Finish::Exited(code)),
            (CallbackStatus::Failed, _) => {
                Some(Finish::Failed(text.clone().unwrap_or_else(|| "failed outside".to_owned())))
            }
        };
        Message { log, text, finish }
    }
}
