//! A container's output: as it comes while it is attached to, and from the engine's own record of it where a worker takes
//! over, or lost the connection.

use std::time::Duration;

use bollard::{container::LogOutput, errors::Error};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;
use uhub_core::{
    model::Stream as Output,
    ports::exec::{ExecEvent, LogPosition},
};

/// Largest piece, as `ExecEvent::Log` promises.
const PIECE: usize = 64 * 1024;
/// Longest piece of a line that the engine's record holds.
const RECORD: usize = 16 * 1024;
/// What the engine writes besides for each piece, at least.
const ENTRY: u64 = 20;
/// How long whoever reads the events may keep a container waiting. After that its output is left to the engine's record: a
/// container whose output nobody takes cannot end in time, and then the engine drops what was not taken.
const KEEPS_UP_WITHIN: Duration = Duration::from_secs(1);

/// Why no more comes from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is over, as far as can be told from here.
    End,
    /// The connection broke, or whoever reads did not keep up: there may be more.
    Broken,
    /// Nobody reads any more.
    Unread,
}

/// Hands output on, and counts it.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) events: mpsc::Sender<ExecEvent>,
    /// What was handed on, here or by an earlier worker.
    pub(super) position: LogPosition,
}

impl Reader {
    pub(super) async fn say(&self, text: &str) -> Stop {
        let bytes = format!("uhub: {text}\n").into_bytes();
        match self.events.send(ExecEvent::Log { stream: Output::System, bytes }).await {
            Ok(()) => Stop::End,
            Err(_) => Stop::Unread,
        }
    }

    /// Hands on what comes, until there is no more of it.
    pub(super) async fn live<S>(&mut self, mut pieces: S) -> Stop
    where
        S: Stream<Item = Result<LogOutput, Error>> + Unpin,
    {
        while let Some(piece) = pieces.next().await {
            let (output, bytes) = match piece {
                Ok(LogOutput::StdOut { message }) => (Output::Stdout, message),
                Ok(LogOutput::StdErr { message }) => (Output::Stderr, message),
                // Part of a piece, before the connection broke.
                Ok(LogOutput::Console { .. } | LogOutput::StdIn { .. }) | Err(_) => return Stop::Broken,
            };
            match self.hand_on(output, bytes, KEEPS_UP_WITHIN).await {
                Stop::End => {}
                stop => return stop,
            }
        }
        Stop::End
    }

    /// How much room a record takes at least, as far as it can be read.
    pub(super) async fn size<S>(&self, mut pieces: S) -> u64
    where
        S: Stream<Item = Result<LogOutput, Error>> + Unpin,
    {
        let mut size = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            size += piece.as_ref().len() as u64 + ENTRY;
            if self.events.is_closed() {
                break;
            }
        }
        size
    }

    /// Hands on what the engine has recorded, from the present position on.
    pub(super) async fn recorded<S>(&mut self, mut pieces: S) -> Stop
    where
        S: Stream<Item = Result<LogOutput, Error>> + Unpin,
    {
        let mut out = Rebuilt::new(self.position.stdout);
        let mut err = Rebuilt::new(self.position.stderr);
        while let Some(piece) = pieces.next().await {
            let (output, rebuilt, message) = match piece {
                Ok(LogOutput::StdOut { message }) => (Output::Stdout, &mut out, message),
                Ok(LogOutput::StdErr { message }) => (Output::Stderr, &mut err, message),
                Ok(LogOutput::Console { .. } | LogOutput::StdIn { .. }) | Err(_) => return Stop::Broken,
            };
            for bytes in rebuilt.take(message).into_iter().flatten() {
                // No hurry here: the record waits.
                match self.hand_on(output, bytes, Duration::MAX).await {
                    Stop::End => {}
                    stop => return stop,
                }
            }
        }
        Stop::End
    }

    /// What does not get through in time is not counted, so that it is read again from the record.
    async fn hand_on(&mut self, stream: Output, mut bytes: Bytes, patience: Duration) -> Stop {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE));
            let length = piece.len() as u64;
            match tokio::time::timeout(patience, self.events.reserve()).await {
                Ok(Ok(place)) => place.send(ExecEvent::Log { stream, bytes: piece.to_vec() }),
                Ok(Err(_)) => return Stop::Unread,
                Err(_) => return Stop::Broken,
            }
            match stream {
                Output::Stdout => self.position.stdout += length,
                Output::Stderr => self.position.stderr += length,
                Output::System => {}
            }
        }
        Stop::End
    }
}

/// One of the outputs, made again from the engine's record of its lines, without what was handed on already.
///
/// The record holds lines of more than 16 KiB in pieces, and engines forget the line's end after the last of them (moby's
/// `local` driver, seen in 20.10). A piece that is not full and has no end is such a last one, unless nothing follows.
#[derive(Debug)]
struct Rebuilt {
    skip: u64,
    end_forgotten: bool,
}

impl Rebuilt {
    const fn new(skip: u64) -> Self {
        Self { skip, end_forgotten: false }
    }

    fn take(&mut self, message: Bytes) -> [Option<Bytes>; 2] {
        let end = std::mem::take(&mut self.end_forgotten).then(|| Bytes::from_static(b"\n"));
        self.end_forgotten = !message.ends_with(b"\n") && message.len() < RECORD;
        [end.and_then(|end| self.behind(end)), self.behind(message)]
    }

    /// What of it was not handed on yet.
    fn behind(&mut self, mut bytes: Bytes) -> Option<Bytes> {
        let known = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
        self.skip -= known as u64;
        let rest = bytes.split_off(known);
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    fn rebuild(skip: u64, pieces: &[&[u8]]) -> Vec<u8> {
        let mut rebuilt = Rebuilt::new(skip);
        let all = pieces.iter().flat_map(|piece| rebuilt.take(Bytes::copy_from_slice(piece)));
        all.flatten().flatten().collect()
    }

    #[test]
    fn what_was_handed_on_is_skipped_byte_by_byte() {
        let pieces: [&[u8]; 4] = [b"one\n", b"\n", b"two\n", b"thr"];
        let whole = b"one\n\ntwo\nthr";
        for skip in 0..=whole.len() {
            assert_eq!(rebuild(skip as u64, &pieces), &whole[skip..]);
        }
        assert_eq!(rebuild(1000, &pieces), b"");
    }

    #[test]
    fn the_forgotten_end_of_a_long_line_is_put_back() {
        let long = vec![b'x'; RECORD];
        assert_eq!(rebuild(0, &[&long, b"yy", b"next\n"]), [&long[..], b"yy\nnext\n"].concat());
        // Skipping counts it.
        assert_eq!(rebuild(RECORD as u64 + 2, &[&long, b"yy", b"next\n"]), b"\nnext\n");
        assert_eq!(rebuild(RECORD as u64 + 3, &[&long, b"yy", b"next\n"]), b"next\n");
        // An engine that remembers it gets none added.
        assert_eq!(rebuild(0, &[&long, b"yy\n", b"next\n"]), [&long[..], b"yy\nnext\n"].concat());
        // Nothing follows: it is taken as it is.
        assert_eq!(rebuild(0, &[b"tail"]), b"tail");
    }
}
