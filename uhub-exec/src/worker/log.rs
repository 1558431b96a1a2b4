//! A run's log on its way into the store: numbered, in pieces worth a transaction.

use std::time::Duration;

use tokio::time::Instant;
use uhub_core::{
    Error, Hub,
    hub::ClaimedRun,
    model::{LogChunk, Stream},
    ports::{exec::LogPosition, store::LogEnd},
};

use super::retry::Backoff;

/// Stored at once when so much waits; also the largest chunk.
const FULL: usize = 64 * 1024;
/// How long the store may refuse the log alone, while it extends the lease: a run must end, if need be with a gap.
const PATIENCE: Duration = Duration::from_secs(30);

/// Collects a run's output.
#[derive(Debug)]
pub(super) struct Log<'a> {
    hub: &'a Hub,
    claimed: &'a ClaimedRun,
    delay: Duration,
    next: i64,
    /// Behind which chunk the present execution's output begins.
    from: i64,
    position: LogPosition,
    waiting: Vec<LogChunk>,
    bytes: usize,
    since: Option<Instant>,
    given_up: bool,
}

impl<'a> Log<'a> {
    /// Goes on behind `end`.
    pub(super) const fn new(hub: &'a Hub, claimed: &'a ClaimedRun, end: LogEnd, delay: Duration) -> Self {
        Self {
            hub,
            claimed,
            delay,
            next: end.seq + 1,
            from: claimed.log_from(),
            position: end.position,
            waiting: Vec::new(),
            bytes: 0,
            since: None,
            given_up: false,
        }
    }

    /// An execution begins: what comes from now on is its output.
    pub(super) const fn begin(&mut self) {
        self.from = self.next - 1;
        self.position = LogPosition { stdout: 0, stderr: 0 };
    }

    /// Behind which chunk the present execution's output begins.
    pub(super) const fn from(&self) -> i64 {
        self.from
    }

    /// Takes a piece in; true where it is time to [`Self::flush`].
    pub(super) fn push(&mut self, stream: Stream, bytes: Vec<u8>) -> bool {
        if self.given_up || bytes.is_empty() {
            return false;
        }
        self.bytes += bytes.len();
        let upto = match stream {
            Stream::Stdout => &mut self.position.stdout,
            Stream::Stderr => &mut self.position.stderr,
            Stream::System => &mut 0,
        };
        if stream != Stream::System {
            *upto += bytes.len() as u64;
        }
        let upto = *upto;
        match self.waiting.last_mut() {
            Some(last) if last.stream == stream && last.bytes.len() + bytes.len() <= FULL => {
                last.bytes.extend_from_slice(&bytes);
                last.upto = upto;
            }
            _ => {
                let at = self.hub.now();
                self.waiting.push(LogChunk { seq: self.next, stream, at, bytes, upto });
                self.next += 1;
            }
        }
        self.since.get_or_insert_with(Instant::now);
        self.bytes >= FULL
    }

    /// When what waits is to be stored at the latest.
    pub(super) fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + self.delay)
    }

    /// Stores what waits, however often that takes. Nothing may be pushed after it was dropped halfway: what is stored
    /// already must not grow.
    ///
    /// # Errors
    /// [`Error::StaleFence`] where the run is another's.
    pub(super) async fn flush(&mut self) -> uhub_core::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let (started, mut backoff) = (Instant::now(), Backoff::new());
        while let Err(error) =
            self.hub.append_log(self.claimed.id(), self.claimed.fence(), &self.waiting).await
        {
            if matches!(error, Error::StaleFence) {
                return Err(error);
            }
            tracing::warn!(%error, "storing the log failed; it is tried again");
            if started.elapsed() > PATIENCE {
                tracing::error!("the rest of the log is given up");
                self.given_up = true;
                break;
            }
            backoff.wait().await;
        }
        self.waiting.clear();
        (self.bytes, self.since) = (0, None);
        Ok(())
    }
}
