//! Follows one program: its output as it comes, then its end.

use std::{io, sync::Arc};

use nix::sys::signal::Signal;
use tokio::{net::unix::pipe, sync::mpsc};
use uhub_core::{
    model::Stream,
    ports::exec::{ExecEvent, Finish},
};

use crate::supervise::{End, Supervisors, Watched, wire::Cause};

/// Largest piece of output, as `ExecEvent::Log` promises.
const CHUNK: usize = 64 * 1024;
/// Pieces that wait for whoever reads the events. With the pipes' own 64 KiB each, this bounds the memory of a run: when
/// it is full, nothing is read, and the program waits as it would for a slow terminal.
pub(super) const WAITING: usize = 4;
/// What is read after the end at most: what a pipe can hold. Only a process that is no descendant of the program, and was
/// handed its output, could still write.
const AFTERWARDS: usize = 1024 * 1024;

/// The program's two outputs.
#[derive(Debug)]
pub(super) struct Outputs {
    pub(super) out: pipe::Receiver,
    pub(super) err: pipe::Receiver,
}

/// Where output goes.
struct Output {
    events: mpsc::Sender<ExecEvent>,
    buffer: Box<[u8]>,
}

/// Follows a program to its end. `ended` is called before the end is told.
pub(super) async fn drive(
    supervisors: Arc<Supervisors>,
    watched: Watched,
    outputs: Outputs,
    events: mpsc::Sender<ExecEvent>,
    ended: impl FnOnce() + Send,
) {
    let Outputs { out, err } = outputs;
    let buffer = vec![0; CHUNK].into_boxed_slice();
    let mut output = Output { events, buffer };
    let (mut out_open, mut err_open) = (true, true);
    let end = loop {
        tokio::select! {
            end = supervisors.end(&watched) => break end,
            ready = out.readable(), if out_open => {
                out_open = ready.is_ok() && output.take(&out, Stream::Stdout).await;
            }
            ready = err.readable(), if err_open => {
                err_open = ready.is_ok() && output.take(&err, Stream::Stderr).await;
            }
        }
    };
    // Everything that the program wrote is in the pipes by now, since nothing of it lives.
    // What the runtime believes of their readiness may be older than that, so they are read directly.
    for (pipe, stream, open) in [(out, Stream::Stdout, out_open), (err, Stream::Stderr, err_open)] {
        if !open {
            continue;
        }
        let Ok(pipe) = pipe.into_nonblocking_fd() else { continue };
        let mut left = AFTERWARDS;
        while let Ok(length @ 1..) = nix::unistd::read(&pipe, &mut output.buffer) {
            output.hand_on(length, stream).await;
            left = left.saturating_sub(length);
            if left == 0 {
                break;
            }
        }
    }
    if let End::Done { cause: Cause::ByItself, left_behind: left @ 1.., .. } = end {
        output.say(format!("uhub: ended {left} processes that the program had left behind\n")).await;
    }
    if matches!(end, End::Done { .. }) {
        supervisors.release(watched);
    }
    ended();
    // Whoever wanted to hear of it may have gone.
    let _gone = output.events.send(ExecEvent::Finished(finish(end))).await;
}

impl Output {
    /// Reads what is there, once; false at the end.
    async fn take(&mut self, pipe: &pipe::Receiver, stream: Stream) -> bool {
        match pipe.try_read(&mut self.buffer) {
            Ok(0) => false,
            Ok(length) => {
                self.hand_on(length, stream).await;
                true
            }
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }

    /// Hands on what lies in the buffer.
    async fn hand_on(&mut self, length: usize, stream: Stream) {
        let bytes = self.buffer.get(..length).unwrap_or_default().to_vec();
        let _gone = self.events.send(ExecEvent::Log { stream, bytes }).await;
    }

    async fn say(&self, text: String) {
        let _gone =
            self.events.send(ExecEvent::Log { stream: Stream::System, bytes: text.into_bytes() }).await;
    }
}

fn finish(end: End) -> Finish {
    match end {
        End::Done { cause: Cause::TimedOut, .. } => Finish::TimedOut,
        End::Done { cause: Cause::Stopped, .. } => Finish::Cancelled,
        End::Done { cause: Cause::NotHeld, .. } => {
            Finish::Failed("killed: its worker's claim was not renewed in time".to_owned())
        }
        End::Done { cause: Cause::ByItself, status, .. } => by_itself(status),
        End::SupervisorDied => {
            Finish::Failed("killed: the process that watched over it was killed".to_owned())
        }
    }
}

/// What `waitpid` says.
fn by_itself(status: i32) -> Finish {
    let signal = status & 0x7f;
    if signal == 0 {
        return Finish::Exited((status >> 8) & 0xff);
    }
    match Signal::try_from(signal) {
        Ok(name) => Finish::Failed(format!("killed by signal {signal} ({name})")),
        Err(_) => Finish::Failed(format!("killed by signal {signal}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn ends_are_told_in_words() {
        let done = |cause, status| finish(End::Done { cause, status, left_behind: 0 });
        assert_eq!(done(Cause::ByItself, 0), Finish::Exited(0));
        assert_eq!(done(Cause::ByItself, 3 << 8), Finish::Exited(3));
        assert_eq!(done(Cause::ByItself, 9), Finish::Failed("killed by signal 9 (SIGKILL)".to_owned()));
        // With a core dump, and a real-time signal, which has no name.
        assert_eq!(done(Cause::ByItself, 0x8b), Finish::Failed("killed by signal 11 (SIGSEGV)".to_owned()));
        assert_eq!(done(Cause::ByItself, 40), Finish::Failed("killed by signal 40".to_owned()));
        // What was stopped is told as stopped, however it ended then.
        assert_eq!(done(Cause::TimedOut, 0), Finish::TimedOut);
        assert_eq!(done(Cause::Stopped, 0), Finish::Cancelled);
    }
}
