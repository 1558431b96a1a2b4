//! A run's log on its way into the store: masked, numbered, in pieces worth a transaction.

use std::time::Duration;

use tokio::time::Instant;
use uhub_core::{
    Error, Hub,
    hub::ClaimedRun,
    model::{LogChunk, Stream},
    ports::{exec::LogPosition, store::LogEnd},
};

use super::{options::WorkerOptions, retry::Backoff};
use crate::redact::{RedactedStream, Redactor};

/// The most that waits to be stored; also the largest chunk.
pub(super) const FULL: usize = 64 * 1024;
/// How long the store may refuse the log alone, while it extends the lease: a run must go on and end, if need be with a gap
/// in its log.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the log is offered again to a store that refused it for so long.
const OFFER_EVERY: Duration = Duration::from_secs(5);

/// Collects a run's output. Whoever pushes waits while the store is slow, so that no more than [`FULL`] is ever held.
#[derive(Debug)]
pub(super) struct Log<'a> {
    hub: &'a Hub,
    claimed: &'a ClaimedRun,
    delay: Duration,
    pub(super) patience: Duration,
    pub(super) offer_every: Duration,
    next: i64,
    /// Behind which chunk the present execution's output begins.
    from: i64,
    redactor: Redactor,
    stdout: Output,
    stderr: Output,
    pub(super) waiting: Vec<LogChunk>,
    /// In `waiting`.
    pub(super) bytes: usize,
    /// So many of `waiting` may be stored already, although the store said nothing: they must not grow.
    tried: usize,
    since: Option<Instant>,
    /// How much more the log may hold.
    room: u64,
    limit: u64,
    /// What came while the store refused everything is not kept: so many bytes.
    refused: Option<u64>,
}

/// One output of the present execution.
#[derive(Debug)]
struct Output {
    stream: RedactedStream,
    /// Where in the output `stream` began.
    from: u64,
}

impl Output {
    fn new(redactor: &Redactor, from: u64) -> Self {
        Self { stream: redactor.stream(), from }
    }

    const fn upto(&self) -> u64 {
        self.from + self.stream.position()
    }
}

impl<'a> Log<'a> {
    /// Goes on behind `end`.
    pub(super) fn new(hub: &'a Hub, claimed: &'a ClaimedRun, end: LogEnd, options: &WorkerOptions) -> Self {
        let redactor = Redactor::default();
        Self {
            hub,
            claimed,
            delay: options.log_delay,
            patience: PATIENCE,
            offer_every: OFFER_EVERY,
            next: end.seq + 1,
            from: claimed.log_from(),
            stdout: Output::new(&redactor, end.position.stdout),
            stderr: Output::new(&redactor, end.position.stderr),
            redactor,
            waiting: Vec::new(),
            bytes: 0,
            tried: 0,
            since: None,
            room: options.log_limit.saturating_sub(end.bytes),
            // A log that was cut is longer by the words that say so.
            limit: if end.bytes > options.log_limit { 0 } else { options.log_limit },
            refused: None,
        }
    }

    /// An execution begins: what comes from now on is its output, masked by `redactor`.
    pub(super) fn begin(&mut self, redactor: Redactor) {
        self.from = self.next - 1;
        self.resume(redactor, LogPosition::default());
    }

    /// What comes from now on is the present execution's output behind `position`, masked by `redactor`.
    pub(super) fn resume(&mut self, redactor: Redactor, position: LogPosition) {
        self.stdout = Output::new(&redactor, position.stdout);
        self.stderr = Output::new(&redactor, position.stderr);
        self.redactor = redactor;
    }

    /// Behind which chunk the present execution's output begins.
    pub(super) const fn from(&self) -> i64 {
        self.from
    }

    /// Masks a text about the run.
    pub(super) fn mask(&self, text: String) -> String {
        self.redactor.text(text)
    }

    /// Takes a piece of output in.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub(super) async fn push(&mut self, stream: Stream, mut bytes: Vec<u8>) -> uhub_core::Result<()> {
        if self.limit == 0 {
            return Ok(());
        }
        // What is held back comes with the next piece; both together must fit into a chunk.
        while !bytes.is_empty() {
            let rest = bytes.split_off(bytes.len().min(FULL - RedactedStream::MOST_HELD));
            let output = match stream {
                Stream::Stdout => &mut self.stdout,
                Stream::Stderr => &mut self.stderr,
                Stream::System => {
                    let text = self.mask(String::from_utf8_lossy(&bytes).into_owned());
                    self.add(stream, text.into_bytes(), 0).await?;
                    bytes = rest;
                    continue;
                }
            };
            let told = output.stream.push(bytes);
            let upto = output.upto();
            self.add(stream, told, upto).await?;
            bytes = rest;
        }
        Ok(())
    }

    /// Says something about the run.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub(super) async fn say(&mut self, text: &str) -> uhub_core::Result<()> {
        let text = self.mask(format!("uhub: {text}\n"));
        self.add(Stream::System, text.into_bytes(), 0).await
    }

    /// The outputs have ended: stores what is left of them.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub(super) async fn close(&mut self) -> uhub_core::Result<()> {
        let (stdout, stderr) = (self.stdout.stream.finish(), self.stderr.stream.finish());
        self.add(Stream::Stdout, stdout, self.stdout.upto()).await?;
        self.add(Stream::Stderr, stderr, self.stderr.upto()).await?;
        self.flush().await?;
        if self.refused.is_some() {
            tracing::error!("the end of the run's log could not be stored");
        }
        Ok(())
    }

    async fn add(&mut self, stream: Stream, mut bytes: Vec<u8>, upto: u64) -> uhub_core::Result<()> {
        if bytes.is_empty() || self.limit == 0 {
            return Ok(());
        }
        let room = usize::try_from(self.room).unwrap_or(usize::MAX);
        let is_cut = bytes.len() > room;
        bytes.truncate(room);
        self.room -= bytes.len() as u64;
        self.hold(stream, bytes, upto).await?;
        if is_cut {
            let mark = format!(
                "uhub: the log is cut here, after {} bytes; the rest of the output is not kept\n",
                self.limit
            );
            self.limit = 0;
            self.hold(Stream::System, mark.into_bytes(), 0).await?;
        }
        Ok(())
    }

    async fn hold(&mut self, stream: Stream, bytes: Vec<u8>, upto: u64) -> uhub_core::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.bytes + bytes.len() > FULL {
            if self.refused.is_none() {
                self.flush().await?;
            }
            if let Some(refused) = &mut self.refused {
                *refused += bytes.len() as u64;
                return Ok(());
            }
        }
        self.bytes += bytes.len();
        let may_grow = self.waiting.len() > self.tried;
        match self.waiting.last_mut() {
            Some(last) if may_grow && last.stream == stream => {
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
        Ok(())
    }

    /// When what waits is to be stored at the latest.
    pub(super) fn due(&self) -> Option<Instant> {
        let delay = if self.refused.is_some() { self.offer_every } else { self.delay };
        self.since.map(|since| since + delay)
    }

    /// Stores what waits, however often that takes, but not for ever.
    ///
    /// # Errors
    /// [`Error::StaleFence`] where the run is another's.
    pub(super) async fn flush(&mut self) -> uhub_core::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let (started, mut backoff) = (Instant::now(), Backoff::new());
        self.tried = self.waiting.len();
        while let Err(error) =
            self.hub.append_log(self.claimed.id(), self.claimed.fence(), &self.waiting).await
        {
            if matches!(error, Error::StaleFence) {
                return Err(error);
            }
            tracing::warn!(%error, "storing the log failed; it is tried again");
            if self.refused.is_some() || started.elapsed() > self.patience {
                self.refused.get_or_insert(0);
                self.since = Some(Instant::now());
                return Ok(());
            }
            backoff.wait().await;
        }
        self.waiting.clear();
        (self.bytes, self.tried, self.since) = (0, 0, None);
        if let Some(refused) = self.refused.take().filter(|refused| *refused > 0) {
            let gap = format!("uhub: {refused} bytes of output are missing here: they could not be stored\n");
            Box::pin(self.hold(Stream::System, gap.into_bytes(), 0)).await?;
        }
        Ok(())
    }
}
