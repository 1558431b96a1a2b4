//! Running programs so that nothing of them outlives their run.
//!
//! ```text
//! worker ──┬── zygote ──┬── supervisor ── program ── what it forks
//!          │            └── supervisor ── …
//!          └─ one connection to each of them
//! ```
//!
//! A **supervisor** runs one program at a time and is the kernel's *child subreaper* of it: whatever the program forks,
//! however often it forks again, changes its session, its group or its environment, ends as the supervisor's descendant.
//! When the program ends, times out, is cancelled, or when the worker dies, is stopped or loses its claim, the supervisor
//! kills all of them and answers only when none is left. The **zygote** forks supervisors from a copy of the worker made
//! early; it is the next subreaper, should a supervisor itself be killed.
//!
//! Both are forked and never execute anything but the programs. Between `fork` and `exec` only calls that are safe in
//! signal handlers may be made, since another thread could have held any lock at that moment; so `zygote`, `supervisor`
//! and `descendants` neither allocate nor panic nor log, and everything they write to lies in an `arena` made before.
//! `sys` holds all the `unsafe` that this takes.

mod arena;
mod descendants;
mod supervisor;
mod sys;
pub(crate) mod wire;
mod zygote;

use std::{
    io::{self, ErrorKind},
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    sync::{Arc, Mutex, PoisonError},
};

use arena::Arena;
pub(crate) use sys::{pipe, wipe};
use tokio::io::unix::AsyncFd;
use wire::{ANSWER, Answer, Order, Start, Step};

/// Supervisors that are kept for the next program.
const MAX_IDLE: usize = 32;

/// How often a start is tried where a supervisor was killed before it heard of it.
const ATTEMPTS: u32 = 3;

/// Why a program did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartFailure {
    #[error("its arguments and environment are larger than {} KiB", wire::MAX_START / 1024)]
    TooLarge,
    #[error("no supervisor could be started: {0}")]
    NoSupervisor(io::Error),
    /// Whether it started the program cannot be told; if so, the zygote ends it.
    #[error("its supervisor was killed")]
    SupervisorEnded,
    /// It did not start the program.
    #[error("its supervisor was killed before it was asked")]
    SupervisorEndedUnasked,
    #[error("{}: {error}", step_in_words(*.step))]
    Refused { step: Step, error: io::Error },
}

const fn step_in_words(step: Step) -> &'static str {
    match step {
        Step::Message => "its supervisor did not understand the request",
        Step::Fork => "no process could be made",
        Step::Session => "it could not be set apart from the worker",
        Step::Descriptors => "its outputs could not be connected",
        Step::User => "it could not be given its user",
        Step::Directory => "its working directory cannot be entered",
        Step::Execute => "it cannot be executed",
    }
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It and all its descendants are gone.
    Done { cause: wire::Cause, status: i32, left_behind: u32 },
    /// Its supervisor was killed.
    SupervisorDied,
}

/// All the supervisors of a worker.
#[derive(Debug, Default)]
pub(crate) struct Supervisors {
    zygote: Mutex<Option<Zygote>>,
    idle: Mutex<Vec<OwnedFd>>,
}

/// Sends orders for one program: nothing, once it has ended.
#[derive(Debug)]
pub(crate) struct Control(Mutex<Option<Arc<OwnedFd>>>);

impl Control {
    pub(crate) fn order(&self, order: Order) {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = connection.as_ref()
            && let Err(error) = sys::send(connection.as_fd(), &order.encode(), &[])
        {
            // EPIPE: the supervisor is dead, of which its watcher hears.
            tracing::debug!(%error, ?order, "an order did not reach a supervisor");
        }
    }
}

/// A program that runs.
#[derive(Debug)]
pub(crate) struct Watched {
    connection: AsyncFd<Arc<OwnedFd>>,
    pub(crate) control: Arc<Control>,
    pub(crate) program: i32,
    supervisor: i32,
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Where nobody watches any more, the connection must close, for the supervisor to kill the program.
        self.control.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Supervisors {
    /// Makes the zygote, if there is none yet: the earlier, the smaller it stays.
    pub(crate) fn warm_up(&self) -> io::Result<()> {
        let mut zygote = self.zygote.lock().unwrap_or_else(PoisonError::into_inner);
        if zygote.is_none() {
            *zygote = Some(Zygote::new()?);
        }
        Ok(())
    }

    /// Starts a program with `fds` as its file, directory, standard output and standard error.
    pub(crate) async fn start(
        &self,
        start: &Start<'_>,
        fds: [BorrowedFd<'_>; 4],
    ) -> Result<Watched, StartFailure> {
        let mut message = start.encode().ok_or(StartFailure::TooLarge)?;
        let mut started = Err(StartFailure::SupervisorEnded);
        for _ in 0..ATTEMPTS {
            started = self.try_start(&message, fds).await;
            if !matches!(started, Err(StartFailure::SupervisorEndedUnasked)) {
                break;
            }
            // If it is the zygote that was killed, the next attempt makes another; if not, it ends with its supervisors.
            self.zygote.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        wipe(&mut message);
        started
    }

    async fn try_start(&self, message: &[u8], fds: [BorrowedFd<'_>; 4]) -> Result<Watched, StartFailure> {
        let connection = Arc::new(self.send_start(message, fds)?);
        let connection = sys::watch(connection).map_err(StartFailure::NoSupervisor)?;
        match receive(&connection).await {
            Ok(Answer::Started { program, supervisor }) => {
                let control = Arc::new(Control(Mutex::new(Some(Arc::clone(connection.get_ref())))));
                Ok(Watched { connection, control, program, supervisor })
            }
            Ok(Answer::Failed(step, errno)) => {
                self.keep(connection.into_inner());
                Err(StartFailure::Refused { step, error: io::Error::from_raw_os_error(errno) })
            }
            Err(Lost::Unasked) => Err(StartFailure::SupervisorEndedUnasked),
            Ok(Answer::Done { .. }) | Err(Lost::Closed) => Err(StartFailure::SupervisorEnded),
        }
    }

    /// Gives the program to an idle supervisor, or to a new one.
    fn send_start(&self, message: &[u8], fds: [BorrowedFd<'_>; 4]) -> Result<OwnedFd, StartFailure> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(idle) = idle else { break };
            // An idle one that was killed has taken nothing with it.
            if sys::send(idle.as_fd(), message, &fds).is_ok() {
                return Ok(idle);
            }
        }
        let new = self.supervisor().map_err(StartFailure::NoSupervisor)?;
        match sys::send(new.as_fd(), message, &fds) {
            Ok(()) => Ok(new),
            // The zygote was killed before it had made the supervisor.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                Err(StartFailure::SupervisorEndedUnasked)
            }
            Err(error) => Err(StartFailure::NoSupervisor(error)),
        }
    }

    fn supervisor(&self) -> io::Result<OwnedFd> {
        let mut zygote = self.zygote.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zygote) = zygote.as_ref()
            && let Ok(connection) = zygote.spawn()
        {
            return Ok(connection);
        }
        // There was none, or it was killed.
        zygote.insert(Zygote::new()?).spawn()
    }

    /// Waits for the end; may be dropped and called again.
    pub(crate) async fn end(&self, watched: &Watched) -> End {
        loop {
            match receive(&watched.connection).await {
                Ok(Answer::Done { cause, status, left_behind }) => {
                    return End::Done { cause, status, left_behind };
                }
                Ok(_) => {}
                Err(_) => {
                    self.sweep(watched.supervisor).await;
                    return End::SupervisorDied;
                }
            }
        }
    }

    /// Takes the supervisor of a program that has ended back.
    pub(crate) fn release(&self, watched: Watched) {
        // Under the lock that orders are sent under: one that comes late must not reach the next program.
        let connection = watched.control.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(watched);
        if let Some(connection) = connection {
            self.keep(connection);
        }
    }

    fn keep(&self, connection: Arc<OwnedFd>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE
            && let Some(connection) = Arc::into_inner(connection)
        {
            idle.push(connection);
        }
    }

    /// Waits until the zygote has killed what a dead supervisor watched over.
    async fn sweep(&self, supervisor: i32) {
        let swept = self
            .zygote
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .and_then(|zygote| zygote.sweep(supervisor).ok());
        if let Some(swept) = swept.and_then(|swept| sys::watch(Arc::new(swept)).ok()) {
            let _closed = receive(&swept).await;
        }
    }
}

/// Why no answer comes any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// The other end closed, after it had read what was sent.
    Closed,
    /// The other end closed before it had read everything: the kernel tells the difference.
    Unasked,
}

/// The next answer.
async fn receive(connection: &AsyncFd<Arc<OwnedFd>>) -> Result<Answer, Lost> {
    loop {
        let mut ready = connection.readable().await.map_err(|_| Lost::Closed)?;
        let mut buffer = [0; ANSWER];
        match ready.try_io(|socket| sys::receive(socket.get_ref().as_fd(), &mut buffer)) {
            Ok(Ok(length)) => return buffer.get(..length).and_then(Answer::decode).ok_or(Lost::Closed),
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionReset => return Err(Lost::Unasked),
            Ok(Err(_)) => return Err(Lost::Closed),
            Err(_would_block) => {}
        }
    }
}

/// The worker's side of the zygote.
#[derive(Debug)]
struct Zygote {
    connection: OwnedFd,
    pid: libc::pid_t,
}

impl Zygote {
    fn new() -> io::Result<Self> {
        let (here, there) = sys::socket_pair()?;
        let mut arena = Arena::new();
        let worker = sys::process_id();
        let pid = sys::fork_into(|| zygote::main(&mut arena, there.as_raw_fd(), worker))?;
        Ok(Self { connection: here, pid })
    }

    fn spawn(&self) -> io::Result<OwnedFd> {
        self.ask(zygote::order(zygote::SPAWN, 0))
    }

    fn sweep(&self, supervisor: i32) -> io::Result<OwnedFd> {
        self.ask(zygote::order(zygote::SWEEP, supervisor))
    }

    /// Sends an order with one end of a new connection; the other.
    fn ask(&self, order: [u8; 8]) -> io::Result<OwnedFd> {
        let (here, there) = sys::socket_pair()?;
        sys::send(self.connection.as_fd(), &order, &[there.as_fd()])?;
        Ok(here)
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        // It ends when the connection closes, after its supervisors, and must not stay as a zombie.
        let pid = self.pid;
        if let Ok((placeholder, _)) = sys::socket_pair() {
            drop(std::mem::replace(&mut self.connection, placeholder));
        }
        if !sys::reap(pid, false) {
            let _detached = std::thread::Builder::new()
                .name("uhub-reaper".to_owned())
                .spawn(move || sys::reap(pid, true));
        }
    }
}
