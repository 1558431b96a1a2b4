//! Follows one container to its end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::Duration,
};

use bollard::{
    container::AttachContainerResults,
    models::{ContainerState, ContainerStateStatusEnum as Status},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uhub_core::ports::exec::{ExecEvent, Finish, LogPosition};

use super::{
    engine::{Connected, Trouble},
    output::{Reader, Stop},
};
use crate::worker::retry::Backoff;

/// How long the engine may take to tell the end, after the output's end has come by a connection that is whole.
const END_FOLLOWS_WITHIN: Duration = Duration::from_secs(2);
/// How long the rest of the output may take after the end, before it is read from the engine's record.
const OUTPUT_FOLLOWS_WITHIN: Duration = Duration::from_secs(10);
/// The engine hears of a lack of memory apart from the end, and maybe later.
const OOM_TOLD_WITHIN: Duration = Duration::from_millis(500);
/// Said where a record has been written over, or may have been.
const OVERWRITTEN: &str =
    "so much was written while no worker followed it that the engine may have dropped some of it here";
/// Exit code of what was killed by SIGKILL.
const KILLED: i64 = 137;

/// What is to become of a container, told from outside.
#[derive(Debug, Default)]
pub(super) struct Control {
    pub(super) cancel: CancellationToken,
}

/// A container that is followed.
#[derive(Debug)]
pub(super) struct Drive {
    pub(super) engine: Connected,
    pub(super) id: String,
    pub(super) reader: Reader,
    pub(super) control: Arc<Control>,
    pub(super) deadline: Option<Instant>,
    pub(super) grace: Duration,
    pub(super) patience: Duration,
    /// How many bytes of output the engine keeps at least.
    pub(super) log_limit: u64,
}

/// Why it was stopped, if it was.
const BY_ITSELF: u8 = 0;
const CANCELLED: u8 = 1;
const TIMED_OUT: u8 = 2;

/// How it ended, as far as the engine knows.
#[derive(Debug, Clone)]
enum End {
    State(Box<ContainerState>),
    Lost(String),
}

impl Drive {
    /// Hands on its output and its end. `attached` is a connection that has all of its output; without one it is read from
    /// the engine's record, from the reader's position on.
    pub(super) async fn run(self, attached: Option<AttachContainerResults>) {
        let Self { engine, id, mut reader, control, deadline, grace, patience, log_limit } = self;
        let watcher = Watcher {
            engine: &engine,
            id: &id,
            control: &control,
            deadline,
            grace,
            patience,
            stopped: AtomicU8::new(BY_ITSELF),
            troubled: AtomicBool::new(false),
        };
        let over = CancellationToken::new();
        let events = reader.events.clone();
        let watched = async {
            let end = watcher.watch().await;
            over.cancel();
            end
        };
        let pumped = pump(&engine, &id, &mut reader, attached, &over, &watcher.troubled, log_limit);
        let followed = async {
            let (end, _) = tokio::join!(watched, pumped);
            end
        };
        let end = tokio::select! {
            // The claim is lost, or the worker gone: whoever takes over decides what becomes of it.
            () = events.closed() => return,
            end = followed => end,
        };
        let stopped = watcher.stopped.load(Ordering::Relaxed);
        let _nobody_reads = events.send(ExecEvent::Finished(finish(&end, stopped))).await;
    }
}

fn finish(end: &End, stopped: u8) -> Finish {
    let state = match end {
        End::State(state) => state,
        End::Lost(reason) => return Finish::Lost(reason.clone()),
    };
    let code = state.exit_code.unwrap_or(-1);
    match stopped {
        CANCELLED => Finish::Cancelled,
        TIMED_OUT => Finish::TimedOut,
        _ if state.oom_killed == Some(true) && code != 0 => Finish::Failed("oom_killed".to_owned()),
        _ => Finish::Exited(i32::try_from(code).unwrap_or(-1)),
    }
}

/// Hands on all output that there is.
async fn pump(
    engine: &Connected,
    id: &str,
    reader: &mut Reader,
    attached: Option<AttachContainerResults>,
    over: &CancellationToken,
    troubled: &AtomicBool,
    log_limit: u64,
) -> Stop {
    if let Some(attached) = attached {
        let overdue = async {
            over.cancelled().await;
            tokio::time::sleep(OUTPUT_FOLLOWS_WITHIN).await;
        };
        let stop = tokio::select! {
            stop = reader.live(attached.output) => stop,
            () = overdue => Stop::Broken,
        };
        match stop {
            Stop::Unread => return Stop::Unread,
            Stop::End => {
                // An engine that dies ends the output, too.
                let told = tokio::time::timeout(END_FOLLOWS_WITHIN, over.cancelled()).await;
                if told.is_ok() && !troubled.load(Ordering::Relaxed) {
                    return Stop::End;
                }
            }
            Stop::Broken => {}
        }
    }
    // The engine keeps so much at least: with less than that, nothing was dropped.
    let kept = reader.size(Box::pin(engine.log(id, false))).await;
    if kept > log_limit && reader.say(OVERWRITTEN).await == Stop::Unread {
        return Stop::Unread;
    }
    let mut backoff = Backoff::new();
    loop {
        let was_over = over.is_cancelled();
        let stop = tokio::select! {
            stop = reader.recorded(Box::pin(engine.log(id, !was_over))) => stop,
            // Read to its end once more, without waiting for anything: engines are known to go on following what is over.
            () = over.cancelled(), if !was_over => continue,
        };
        match stop {
            Stop::Unread => return Stop::Unread,
            // Once more after the end, for what came between.
            Stop::End if was_over => return Stop::End,
            Stop::End => {}
            Stop::Broken if was_over => {
                tracing::warn!("the rest of a container's output cannot be read");
                return Stop::Broken;
            }
            Stop::Broken => tracing::warn!("reading a container's output failed; it is tried again"),
        }
        tokio::select! {
            () = backoff.wait() => {}
            () = over.cancelled(), if !was_over => {}
        }
    }
}

/// Waits for the end, and brings it about where it is due.
struct Watcher<'a> {
    engine: &'a Connected,
    id: &'a str,
    control: &'a Control,
    deadline: Option<Instant>,
    grace: Duration,
    patience: Duration,
    stopped: AtomicU8,
    /// The engine has failed to answer meanwhile.
    troubled: AtomicBool,
}

impl Watcher<'_> {
    async fn watch(&self) -> End {
        tokio::select! {
            biased;
            end = self.ended() => end,
            () = self.stop_when_due() => End::Lost("the engine does not end it".to_owned()),
        }
    }

    /// Comes back when it has ended, or nobody can tell.
    async fn ended(&self) -> End {
        let mut backoff = Backoff::new();
        let mut silent_since = None;
        loop {
            let trouble = match self.engine.wait(self.id).await {
                Ok(()) => match self.engine.inspect(self.id).await {
                    Ok(found) => {
                        silent_since = None;
                        let state = found.state.unwrap_or_default();
                        match state.status {
                            Some(Status::EXITED | Status::DEAD | Status::REMOVING) => {
                                return End::State(Box::new(self.with_oom(state).await));
                            }
                            // Its start was asked for, and not answered.
                            Some(Status::CREATED) => self.engine.start(self.id).await.err(),
                            _ => None,
                        }
                    }
                    Err(trouble) => Some(trouble),
                },
                Err(trouble) => Some(trouble),
            };
            match trouble {
                Some(Trouble::Missing(_)) => {
                    return End::Lost("its container was removed by somebody else".to_owned());
                }
                Some(trouble) => {
                    self.troubled.store(true, Ordering::Relaxed);
                    tracing::warn!(%trouble, "waiting for a container failed; it is tried again");
                    let since = *silent_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > self.patience {
                        return End::Lost(format!("the engine has it, and: {trouble}"));
                    }
                }
                None => backoff.reset(),
            }
            backoff.wait().await;
        }
    }

    async fn with_oom(&self, mut state: ContainerState) -> ContainerState {
        let began = Instant::now();
        while state.exit_code == Some(KILLED)
            && state.oom_killed != Some(true)
            && self.stopped.load(Ordering::Relaxed) == BY_ITSELF
            && began.elapsed() < OOM_TOLD_WITHIN
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if let Ok(found) = self.engine.inspect(self.id).await
                && let Some(now) = found.state
            {
                state = now;
            }
        }
        state
    }

    /// Never comes back: its end is noticed by who waits for it.
    async fn stop_when_due(&self) {
        let due = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let why = tokio::select! {
            () = self.control.cancel.cancelled() => CANCELLED,
            () = due => TIMED_OUT,
        };
        if self.signal("SIGTERM", why).await {
            tokio::time::sleep(self.grace).await;
            self.signal("SIGKILL", why).await;
        }
        std::future::pending::<()>().await;
    }

    /// Sends a signal, however often that takes; false where nothing runs any more.
    async fn signal(&self, signal: &str, why: u8) -> bool {
        let mut backoff = Backoff::new();
        loop {
            match self.engine.kill(self.id, signal).await {
                Ok(()) => {
                    self.stopped.store(why, Ordering::Relaxed);
                    return true;
                }
                // It came too late: what was done was done.
                Err(Trouble::Missing(_) | Trouble::Conflict(_)) => return false,
                Err(trouble) => tracing::warn!(%trouble, signal, "a signal was not sent; it is tried again"),
            }
            backoff.wait().await;
        }
    }
}

/// Where an execution's output stands before anything of it was read.
pub(super) const BEGINNING: LogPosition = LogPosition { stdout: 0, stderr: 0 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_told_in_words() {
        let state = |code, oom| {
            let state =
                ContainerState { exit_code: Some(code), oom_killed: Some(oom), ..ContainerState::default() };
            End::State(Box::new(state))
        };
        assert_eq!(finish(&state(0, false), BY_ITSELF), Finish::Exited(0));
        assert_eq!(finish(&state(3, false), BY_ITSELF), Finish::Exited(3));
        assert_eq!(finish(&state(137, true), BY_ITSELF), Finish::Failed("oom_killed".to_owned()));
        // A child was killed, and the program made do without it.
        assert_eq!(finish(&state(0, true), BY_ITSELF), Finish::Exited(0));
        // What was stopped is told as stopped, however it ended then.
        assert_eq!(finish(&state(0, false), CANCELLED), Finish::Cancelled);
        assert_eq!(finish(&state(137, true), TIMED_OUT), Finish::TimedOut);
        let lost = End::Lost("gone".to_owned());
        assert_eq!(finish(&lost, CANCELLED), Finish::Lost("gone".to_owned()));
    }
}
