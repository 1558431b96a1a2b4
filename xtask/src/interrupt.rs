//! Ctrl-C and SIGTERM: the running step ends first, then what was started is stopped, then xtask ends.
//!
//! The terminal sends Ctrl-C to the children too, so xtask only has to outlive them. SIGTERM and SIGHUP reach xtask
//! alone and are passed on. They are handled, not blocked: children inherit a mask, but not a handler.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use signal_hook::iterator::Signals;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// The child that is being waited for. Cleared before it is reaped, so that its id cannot belong to a stranger.
static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);

fn running() -> MutexGuard<'static, Option<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts listening.
///
/// # Errors
/// When the handlers or their thread cannot be set up.
pub fn listen() -> io::Result<()> {
    let mut signals =
        Signals::new([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].map(|signal| signal as i32))?;
    std::thread::Builder::new().name("interrupt".into()).spawn(move || {
        for signal in &mut signals {
            INTERRUPTED.store(true, Ordering::SeqCst);
            let Ok(signal @ (Signal::SIGTERM | Signal::SIGHUP)) = Signal::try_from(signal) else { continue };
            if let Some(pid) = *running() {
                // The child may have ended by itself in this moment, which is what was wanted.
                let _ = kill(pid, signal);
            }
        }
    })?;
    Ok(())
}

/// Whether the user asked to stop.
pub fn requested() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Waits for a child, passing on the signals that ask to stop.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] when the user asked to stop, whatever the child's status.
pub fn wait(mut child: Child) -> io::Result<ExitStatus> {
    let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    *running() = Some(pid);
    if requested() {
        // The signal came while the child was being started, and found nobody to be passed to.
        let _ = kill(pid, Signal::SIGTERM);
    }
    // Waits without reaping: until `child.wait` below, the id stays this child's own.
    let ended = loop {
        match waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Err(Errno::EINTR) => {}
            ended => break ended,
        }
    };
    *running() = None;
    ended?;
    let status = child.wait()?;
    if requested() {
        return Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted"));
    }
    Ok(status)
}
