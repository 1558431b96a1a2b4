//! Ctrl-C and SIGTERM: the running step ends first, then what was started is stopped, then xtask ends.
//!
//! The terminal sends Ctrl-C to the children too, so xtask only has to outlive them. SIGTERM and SIGHUP reach xtask
//! alone and are passed on. The signals are blocked in every thread and awaited in one, which needs no handler; the
//! standard library gives children an empty mask.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// The child that is being waited for. Cleared before it is reaped, so that its id cannot belong to a stranger.
static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);

/// Starts listening. To be called first, before any thread exists.
///
/// # Errors
/// When the signal mask cannot be set.
pub fn listen() -> io::Result<()> {
    let mut signals = SigSet::empty();
    signals.extend([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
    signals.thread_block()?;
    std::thread::Builder::new().name("interrupt".into()).spawn(move || {
        while let Ok(signal) = signals.wait() {
            INTERRUPTED.store(true, Ordering::SeqCst);
            let running = RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            match *running {
                Some(pid) if signal != Signal::SIGINT => {
                    // The child may have ended by itself in this moment; that is what was wanted.
                    let _ = kill(pid, signal);
                }
                _ => {}
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
    *RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(pid);
    if requested() {
        let _ = kill(pid, Signal::SIGTERM);
    }
    // Waits without reaping: until `child.wait` below, the id stays this child's own.
    let ended = nix::sys::wait::waitid(
        nix::sys::wait::Id::Pid(pid),
        nix::sys::wait::WaitPidFlag::WEXITED | nix::sys::wait::WaitPidFlag::WNOWAIT,
    );
    *RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = None;
    ended?;
    let status = child.wait()?;
    if requested() {
        return Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted"));
    }
    Ok(status)
}
