//! The zygote: a copy of the worker as it was when it had done nothing yet. It forks supervisors, cheaply, since it is
//! small and has one thread; and should a supervisor be killed, it is the parent of what that one watched over, and kills
//! it.

use std::os::fd::RawFd;

use super::{arena::Arena, descendants, supervisor, sys};

const WORKER: RawFd = 3;
const WORKER_LIFE: RawFd = 4;

/// Supervisors at once.
const MAX_SUPERVISORS: usize = 1024;

/// Make a supervisor on the descriptor that comes along.
pub(super) const SPAWN: u8 = 1;
/// Close the descriptor that comes along when nothing is left of the supervisor that is named.
pub(super) const SWEEP: u8 = 2;
/// How long a sweep waits for a supervisor's end, in steps of 20 ms: five seconds.
const SWEEP_ROUNDS: u32 = 250;

/// An order to the zygote.
pub(super) const fn order(kind: u8, pid: libc::pid_t) -> [u8; 8] {
    let [a, b, c, d] = pid.to_ne_bytes();
    [kind, 0, 0, 0, a, b, c, d]
}

struct Zygote<'a> {
    arena: &'a mut Arena,
    child_events: RawFd,
    supervisors: [libc::pid_t; MAX_SUPERVISORS],
    count: usize,
}

/// Runs in the forked process; does not come back.
pub(super) fn main(arena: &mut Arena, connection: RawFd, worker: libc::pid_t) -> ! {
    sys::default_signals();
    sys::new_session();
    let life = sys::open_process(worker);
    // Should the worker have died before the line above, the number could be another process's by now.
    if life < 0 || sys::parent() != worker || !sys::keep_only([connection, life]) || !sys::become_subreaper()
    {
        sys::exit(70);
    }
    sys::set_name(c"uhub-zygote");
    let child_events = sys::child_events();
    if child_events < 0 {
        sys::exit(70);
    }
    let mut zygote = Zygote { arena, child_events, supervisors: [0; MAX_SUPERVISORS], count: 0 };
    loop {
        let [ended, ordered, worker_died] = sys::poll([child_events, WORKER, WORKER_LIFE], -1);
        if worker_died {
            zygote.close_down();
        }
        if ended {
            zygote.reap();
        }
        if ordered {
            zygote.obey();
        }
    }
}

impl Zygote<'_> {
    fn obey(&mut self) {
        let mut buffer = [0; 8];
        let mut fds = [-1; sys::MAX_FDS];
        match sys::receive_raw(WORKER, &mut buffer, &mut fds) {
            Ok((0, _)) => self.close_down(),
            Ok(_) => {
                let [kind, _, _, _, pid @ ..] = buffer;
                match kind {
                    SPAWN => self.spawn(fds[0]),
                    SWEEP => self.sweep(libc::pid_t::from_ne_bytes(pid)),
                    _ => {}
                }
                // Tells the worker: a supervisor has its own copy, and a sweep is over.
                fds.into_iter().for_each(sys::close);
            }
            Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
            Err(_) => self.close_down(),
        }
    }

    /// Waits until supervisor `pid`, which has closed its connection, is gone with all that it watched over.
    fn sweep(&mut self, pid: libc::pid_t) {
        for _ in 0..SWEEP_ROUNDS {
            self.reap();
            if !self.known().contains(&pid) {
                return;
            }
            sys::poll([self.child_events], 20);
        }
    }

    fn spawn(&mut self, connection: RawFd) {
        let Some(slot) = self.supervisors.get_mut(self.count) else { return };
        if connection < 0 {
            return;
        }
        match sys::fork() {
            Ok(0) => supervisor::main(self.arena, connection, WORKER_LIFE),
            Ok(pid) => {
                *slot = pid;
                self.count += 1;
            }
            Err(_) => {}
        }
    }

    /// The supervisors that live.
    fn known(&self) -> &[libc::pid_t] {
        self.supervisors.get(..self.count).unwrap_or_default()
    }

    /// Forgets the supervisors that have ended, and kills what they left, if anything.
    fn reap(&mut self) {
        sys::drain(self.child_events);
        let mut ended = false;
        while let Ok(Some((pid, _))) = sys::wait_any() {
            self.forget(pid);
            ended = true;
        }
        if ended {
            let (supervisors, count) = (self.supervisors, self.count);
            let mut gone = [0; MAX_SUPERVISORS];
            let mut ends = gone.iter_mut();
            let spared = supervisors.get(..count).unwrap_or_default();
            descendants::end_all(self.arena, self.child_events, spared, |pid, _| {
                if spared.contains(&pid)
                    && let Some(slot) = ends.next()
                {
                    *slot = pid;
                }
            });
            for pid in gone.into_iter().take_while(|pid| *pid != 0) {
                self.forget(pid);
            }
        }
    }

    fn forget(&mut self, pid: libc::pid_t) {
        if let Some(index) = self.supervisors.iter().take(self.count).position(|known| *known == pid) {
            self.count -= 1;
            self.supervisors.swap(index, self.count);
        }
    }

    /// The worker is gone. The supervisors know, too: waits until each has left nothing, then ends.
    fn close_down(&mut self) -> ! {
        while self.count > 0 {
            self.reap();
            if self.count > 0 {
                sys::poll([self.child_events], -1);
            }
        }
        sys::exit(0)
    }
}
