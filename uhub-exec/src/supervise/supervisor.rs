//! A supervisor: a process that runs one program at a time and is the parent of whatever that program leaves behind. It
//! lives on for the next program, since making a process costs more than running most of them.
//!
//! Everything that must hold even if the worker hangs, is stopped or is killed is decided here: the timeout, the end of
//! the claim, the death of the worker.

use std::os::fd::RawFd;

use super::{
    arena::Arena,
    descendants, sys,
    wire::{self, Answer, Cause, Order, Received, StartHeader, Step},
};

/// The descriptors of a supervisor: the worker's connection, and the worker itself.
const WORKER: RawFd = 3;
const WORKER_LIFE: RawFd = 4;

/// What a supervisor holds open besides.
struct Supervisor<'a> {
    arena: &'a mut Arena,
    child_events: RawFd,
    timer: RawFd,
}

/// A program that runs.
struct Running {
    pid: libc::pid_t,
    /// `waitpid`'s word, once it has ended.
    status: Option<i32>,
    cause: Cause,
    grace_ns: u64,
    /// Ask it to end then.
    timeout_at: u64,
    /// Kill everything then, unless told again that the claim holds.
    held_until: u64,
    /// Kill everything then, since it was asked to end.
    kill_at: u64,
}

/// Runs in the forked process; does not come back.
pub(super) fn main(arena: &mut Arena, connection: RawFd, worker_life: RawFd) -> ! {
    if !sys::keep_only([connection, worker_life]) || !sys::become_subreaper() {
        sys::exit(70);
    }
    sys::set_name(c"uhub-supervisor");
    let (child_events, timer) = (sys::child_events(), sys::timer());
    if child_events < 0 || timer < 0 {
        sys::exit(70);
    }
    let mut supervisor = Supervisor { arena, child_events, timer };
    loop {
        let [_, worker_died] = sys::poll([WORKER, WORKER_LIFE], -1);
        if worker_died {
            sys::exit(0);
        }
        let mut fds = [-1; sys::MAX_FDS];
        match sys::receive_raw(WORKER, &mut supervisor.arena.message, &mut fds) {
            Ok((0, _)) => sys::exit(0),
            Ok((length, _)) => {
                match supervisor.arena.message.get(..length).map(wire::decode) {
                    Some(Received::Start(header)) => {
                        if !supervisor.run(length, &header, fds) {
                            sys::exit(0);
                        }
                    }
                    // Orders that come late concern a program that has ended.
                    _ => fds.into_iter().for_each(sys::close),
                }
            }
            Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
            Err(_) => sys::exit(0),
        }
    }
}

impl Supervisor<'_> {
    /// Runs one program to its end; false where nobody wants to hear of it any more. Takes `fds`.
    fn run(&mut self, length: usize, header: &StartHeader, fds: [RawFd; sys::MAX_FDS]) -> bool {
        let started = self.launch(length, header, fds);
        // Secrets are the program's now.
        if let Some(message) = self.arena.message.get_mut(..length) {
            sys::wipe(message);
        }
        fds.into_iter().for_each(sys::close);
        let pid = match started {
            Ok(pid) => pid,
            Err((step, errno)) => return answer(Answer::Failed(step, errno)),
        };
        let now = sys::now();
        let mut running = Running {
            pid,
            status: None,
            cause: Cause::ByItself,
            grace_ns: header.grace_ns,
            timeout_at: now.saturating_add(header.timeout_ns),
            held_until: u64::MAX,
            kill_at: u64::MAX,
        };
        // Where the worker is gone its end is noticed below.
        answer(Answer::Started { program: pid, supervisor: sys::process_id() });
        self.arm(&running);
        let goes_on = self.watch(&mut running);
        let left_behind = self.end(&mut running);
        goes_on
            && answer(Answer::Done { cause: running.cause, status: running.status.unwrap_or(0), left_behind })
    }

    fn launch(
        &mut self,
        length: usize,
        header: &StartHeader,
        fds: [RawFd; sys::MAX_FDS],
    ) -> Result<libc::pid_t, (Step, i32)> {
        let [file, directory, out, err] = fds;
        if fds.iter().any(|fd| *fd < 0) || self.arena.lay_out(length, header).is_none() {
            return Err((Step::Message, libc::EINVAL));
        }
        let program = sys::Program {
            file,
            directory,
            outputs: [out, err],
            identity: header.identity,
            groups: header.groups,
        };
        sys::launch(self.arena, &program)
    }

    /// Comes back when the program has ended or everything is to be killed; false where the worker is gone.
    fn watch(&mut self, running: &mut Running) -> bool {
        loop {
            let [ended, ordered, worker_died, due] =
                sys::poll([self.child_events, WORKER, WORKER_LIFE, self.timer], -1);
            // An end by itself comes first: what is over is neither cancelled nor late.
            if ended {
                sys::drain(self.child_events);
                while let Ok(Some((pid, status))) = sys::wait_any() {
                    running.note(pid, status);
                }
                if running.status.is_some() {
                    return true;
                }
            }
            if worker_died {
                return false;
            }
            if ordered && !self.obey(running) {
                return false;
            }
            if due {
                sys::drain(self.timer);
            }
            let now = sys::now();
            if now >= running.held_until {
                running.cause = Cause::NotHeld;
                return true;
            }
            if now >= running.kill_at {
                return true;
            }
            if now >= running.timeout_at && running.kill_at == u64::MAX {
                self.ask_to_end(running, Cause::TimedOut);
            }
        }
    }

    /// Takes one order of the worker's; false where the worker is gone.
    fn obey(&mut self, running: &mut Running) -> bool {
        let mut buffer = [0; 64];
        let mut fds = [-1; sys::MAX_FDS];
        match sys::receive_raw(WORKER, &mut buffer, &mut fds) {
            Ok((0, _)) => return false,
            Ok((length, _)) => {
                fds.into_iter().for_each(sys::close);
                match buffer.get(..length).map(wire::decode) {
                    Some(Received::Order(Order::Stop)) if running.kill_at == u64::MAX => {
                        self.ask_to_end(running, Cause::Stopped);
                    }
                    Some(Received::Order(Order::Hold(remaining))) => {
                        running.held_until = sys::now().saturating_add(remaining);
                        self.arm(running);
                    }
                    _ => {}
                }
            }
            Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
            Err(_) => return false,
        }
        true
    }

    fn ask_to_end(&mut self, running: &mut Running, cause: Cause) {
        running.cause = cause;
        running.kill_at = sys::now().saturating_add(running.grace_ns);
        if running.grace_ns > 0 {
            descendants::ask_all(self.arena);
        }
        self.arm(running);
    }

    /// Sets the timer to what is due next.
    fn arm(&self, running: &Running) {
        let timeout_at = if running.kill_at == u64::MAX { running.timeout_at } else { u64::MAX };
        // 0 would turn the timer off instead of making it fire.
        let next = timeout_at.min(running.held_until).min(running.kill_at).max(1);
        sys::arm(self.timer, next);
    }

    /// Leaves nobody; how many outlived the program.
    fn end(&mut self, running: &mut Running) -> u32 {
        let ended_before = running.status.is_some();
        let killed = descendants::end_all(self.arena, self.child_events, &[], |pid, status| {
            running.note(pid, status);
        });
        sys::arm(self.timer, u64::MAX);
        if ended_before { killed } else { 0 }
    }
}

impl Running {
    /// A child has ended: the program itself, or what it left behind.
    fn note(&mut self, pid: libc::pid_t, status: i32) {
        if pid == self.pid && self.status.is_none() {
            self.status = Some(status);
        }
    }
}

/// Tells the worker; false where it is gone.
fn answer(answer: Answer) -> bool {
    sys::send_raw(WORKER, &answer.encode(), &[]).is_ok()
}
