//! The system calls, thinly wrapped. Everything below `// In the children` is called between `fork` and `exec`, or in
//! processes that never `exec`: it allocates nothing, takes no lock and cannot panic.
#![allow(unsafe_code)] // See the module's own page: the only place in the workspace that talks to the kernel by hand.

use std::{
    convert::Infallible,
    ffi::{c_char, c_int, c_void},
    io, mem,
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
    ptr,
    sync::Arc,
};

use tokio::io::{Interest, unix::AsyncFd};

use super::{
    arena::{Arena, STACK},
    wire::Step,
};

/// Descriptors that one message can carry.
pub(super) const MAX_FDS: usize = 4;
/// Room for the control message of [`MAX_FDS`] descriptors, aligned as `cmsghdr` wants it.
type Control = [u64; 8];

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Two ends of a connection that keeps datagrams apart and ends when one end closes.
pub(super) fn socket_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: `ends` has room for the two descriptors, which nobody else owns afterwards.
    unsafe {
        check(libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()))?;
        let size: c_int = 2 * super::wire::MAX_START as c_int;
        let [here, there] = ends.map(|fd| OwnedFd::from_raw_fd(fd));
        // Best effort: a kernel that grants less refuses the largest messages only, with an error of its own.
        libc::setsockopt(
            here.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_SNDBUF,
            (&raw const size).cast(),
            mem::size_of::<c_int>() as libc::socklen_t,
        );
        Ok((here, there))
    }
}

/// A pipe: the end to read from does not block, the end to write to does, as programs expect of their outputs.
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: as in `socket_pair`; `fcntl` works on a descriptor that is open.
    unsafe {
        check(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC))?;
        let [read, write] = ends.map(|fd| OwnedFd::from_raw_fd(fd));
        check(libc::fcntl(read.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK))?;
        Ok((read, write))
    }
}

/// Sends one datagram with descriptors, without waiting.
pub(super) fn send(to: BorrowedFd<'_>, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut raw: [RawFd; MAX_FDS] = [-1; MAX_FDS];
    if fds.len() > MAX_FDS {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for (slot, fd) in raw.iter_mut().zip(fds) {
        *slot = fd.as_raw_fd();
    }
    send_raw(to.as_raw_fd(), bytes, raw.get(..fds.len()).unwrap_or_default())
}

/// Receives one datagram, without waiting; 0 bytes = the other end closed.
pub(super) fn receive(from: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    receive_raw(from.as_raw_fd(), buffer, &mut [-1; MAX_FDS]).map(|(n, _)| n)
}

/// Registers a connection with the runtime that this is called in.
pub(super) fn watch(connection: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    // SAFETY: an `OwnedFd` stays open, and the same descriptor, as long as it lives.
    unsafe { AsyncFd::register_with_interest(connection, Interest::READABLE) }.map_err(io::Error::from)
}

/// Starts a process that runs `main` on a copy of this one's memory, with every signal blocked, and does not come back.
///
/// # Errors
/// Where there can be no further process.
pub(super) fn fork_into(main: impl FnOnce() -> Infallible) -> io::Result<libc::pid_t> {
    let pid = fork()?;
    if pid == 0 {
        main();
    }
    Ok(pid)
}

/// Removes an ended child's entry; false where it goes on.
pub(super) fn reap(pid: libc::pid_t, wait: bool) -> bool {
    let mut status = 0;
    loop {
        // SAFETY: `status` outlives the call.
        let result = unsafe { libc::waitpid(pid, &raw mut status, if wait { 0 } else { libc::WNOHANG }) };
        // ECHILD: it is gone, and somebody else in this process has taken its status.
        if result >= 0 || errno() != libc::EINTR {
            return result != 0;
        }
    }
}

/// Overwrites what must not stay in memory.
pub(crate) fn wipe(bytes: &mut [u8]) {
    // SAFETY: the range is exactly the slice.
    unsafe { libc::explicit_bzero(bytes.as_mut_ptr().cast(), bytes.len()) }
}

pub(super) fn process_id() -> libc::pid_t {
    // SAFETY: cannot fail.
    unsafe { libc::getpid() }
}

// In the children ------------------------------------------------------------------------------------------------------

pub(super) fn errno() -> c_int {
    // SAFETY: the calling thread's own.
    unsafe { *libc::__errno_location() }
}

/// `fork` by the bare system call: hooks that other libraries registered with `pthread_atfork` belong to the program that
/// embeds the worker, and could wait for locks that no thread of the child holds.
///
/// Blocks all signals before, so that no handler of the embedding program ever runs in the child; the caller's mask is
/// put back in the parent only.
pub(super) fn fork() -> io::Result<libc::pid_t> {
    // SAFETY: the masks are valid for the calls. With CLONE_* flags all zero this is a plain fork; the child goes on on a
    // copy of this stack and uses nothing but the functions of this section.
    unsafe {
        let mut all = mem::zeroed();
        let mut before = mem::zeroed();
        libc::sigfillset(&raw mut all);
        check(libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before))?;
        let flags = libc::SIGCHLD as libc::c_long;
        #[cfg(not(target_arch = "s390x"))]
        let pid = libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0);
        #[cfg(target_arch = "s390x")]
        let pid = libc::syscall(libc::SYS_clone, 0, flags, 0, 0, 0);
        let failed = errno();
        if pid != 0 {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
        }
        if pid < 0 { Err(io::Error::from_raw_os_error(failed)) } else { Ok(pid as libc::pid_t) }
    }
}

pub(super) fn exit(code: c_int) -> ! {
    // SAFETY: ends the process without running what the embedding program registered for its end.
    unsafe { libc::_exit(code) }
}

/// Gives every signal its default action again: handlers and ignored signals are the embedding program's, and whoever
/// started that. The library refuses to touch the two signals that it keeps for itself, so the kernel is asked.
pub(super) fn default_signals() {
    const MASK: usize = if cfg!(target_arch = "mips64") { 16 } else { 8 };
    let action = [0_u64; 8];
    for signal in 1..=64 {
        // SAFETY: a `struct sigaction` of zeroes, larger than any architecture's; refused for SIGKILL and SIGSTOP.
        unsafe {
            libc::syscall(libc::SYS_rt_sigaction, signal, action.as_ptr(), ptr::null_mut::<u64>(), MASK);
        }
    }
}

/// Becomes the parent of what its descendants leave behind.
pub(super) fn become_subreaper() -> bool {
    // SAFETY: takes numbers only.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 }
}

/// The name in `ps`, at most 15 bytes and a NUL.
pub(super) fn set_name(name: &'static std::ffi::CStr) {
    // SAFETY: the name is NUL-terminated.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) };
}

pub(super) fn new_session() {
    // SAFETY: takes nothing; fails only where the process leads a group already.
    unsafe { libc::setsid() };
}

/// Becomes readable when process `pid` has ended, -1 where there is none.
pub(super) fn open_process(pid: libc::pid_t) -> RawFd {
    // SAFETY: takes numbers only.
    unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) as RawFd }
}

pub(super) fn parent() -> libc::pid_t {
    // SAFETY: cannot fail.
    unsafe { libc::getppid() }
}

/// Sends `signal` to the process that `process` is open on.
pub(super) fn signal_process(process: RawFd, signal: c_int) {
    // SAFETY: takes numbers and a null pointer that stands for "no further information".
    unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, process, signal, ptr::null::<c_void>(), 0);
    }
}

pub(super) fn close(fd: RawFd) {
    if fd >= 0 {
        // SAFETY: the caller owns `fd`.
        unsafe { libc::close(fd) };
    }
}

/// Keeps `keep` as descriptors 3, 4, …, in that order, /dev/null as 0, 1 and 2, and nothing else.
pub(super) fn keep_only<const N: usize>(keep: [RawFd; N]) -> bool {
    // SAFETY: numbers only; this process has its own table of descriptors.
    unsafe {
        // First out of the way of the numbers to be given out.
        let moved = keep.map(|fd| libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 16));
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        let null = libc::fcntl(null, libc::F_DUPFD_CLOEXEC, 16);
        if null < 0 || moved.iter().any(|fd| *fd < 0) {
            return false;
        }
        let mut well = (0..3).all(|fd| libc::dup2(null, fd) == fd);
        for (to, from) in (3..).zip(moved) {
            well &= libc::dup3(from, to, libc::O_CLOEXEC) == to;
        }
        well && libc::syscall(libc::SYS_close_range, 3 + N as u32, u32::MAX, 0) == 0
    }
}

/// Becomes readable when a child has ended. All signals are blocked already.
pub(super) fn child_events() -> RawFd {
    // SAFETY: the mask is valid for the call.
    unsafe {
        let mut mask = mem::zeroed();
        libc::sigemptyset(&raw mut mask);
        libc::sigaddset(&raw mut mask, libc::SIGCHLD);
        libc::signalfd(-1, &raw const mask, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC)
    }
}

/// A timer by the clock that cannot be set and goes on while the machine sleeps.
pub(super) fn timer() -> RawFd {
    // SAFETY: takes numbers only.
    unsafe { libc::timerfd_create(libc::CLOCK_BOOTTIME, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC) }
}

/// Makes `timer` readable at `at` nanoseconds, or never with [`u64::MAX`].
pub(super) fn arm(timer: RawFd, at: u64) {
    let (seconds, nanos) = if at == u64::MAX { (0, 0) } else { (at / 1_000_000_000, at % 1_000_000_000) };
    // SAFETY: the value is valid for the call.
    unsafe {
        let mut value: libc::itimerspec = mem::zeroed();
        value.it_value.tv_sec = seconds.min(i32::MAX as u64) as _;
        value.it_value.tv_nsec = nanos as _;
        libc::timerfd_settime(timer, libc::TFD_TIMER_ABSTIME, &raw const value, ptr::null_mut());
    }
}

/// Nanoseconds of the same clock.
pub(super) fn now() -> u64 {
    // SAFETY: the value is valid for the call, which cannot fail for this clock.
    unsafe {
        let mut time: libc::timespec = mem::zeroed();
        libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time);
        (time.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(time.tv_nsec as u64)
    }
}

/// Empties a signal or timer descriptor.
pub(super) fn drain(fd: RawFd) {
    let mut buffer = [0_u8; 1024];
    // SAFETY: reads into the buffer only; the descriptor does not block.
    while unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) } == buffer.len() as isize {}
}

/// Waits for any of `fds`, at most `timeout` milliseconds (-1 = for ever), and tells which are ready.
pub(super) fn poll<const N: usize>(fds: [RawFd; N], timeout: c_int) -> [bool; N] {
    let mut set = fds.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
    // SAFETY: the array is valid for the call.
    let ready = unsafe { libc::poll(set.as_mut_ptr(), N as libc::nfds_t, timeout) };
    set.map(|entry| ready > 0 && entry.revents != 0)
}

/// Takes the status of a child that has ended: `Ok(None)` where all go on, `Err` where there is none.
pub(super) fn wait_any() -> io::Result<Option<(libc::pid_t, c_int)>> {
    let mut status = 0;
    loop {
        // SAFETY: `status` outlives the call.
        match unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG | libc::__WALL) } {
            0 => return Ok(None),
            pid if pid > 0 => return Ok(Some((pid, status))),
            _ if errno() == libc::EINTR => {}
            _ => return Err(io::Error::last_os_error()),
        }
    }
}

/// Opens a NUL-terminated path; -1 where it cannot.
pub(super) fn open(path: &[u8], flags: c_int) -> RawFd {
    if path.last() != Some(&0) {
        return -1;
    }
    // SAFETY: NUL-terminated.
    unsafe { libc::open(path.as_ptr().cast(), flags | libc::O_CLOEXEC) }
}

/// Bytes read, 0 at the end or on an error.
pub(super) fn read(fd: RawFd, buffer: &mut [u8]) -> usize {
    // SAFETY: reads into the buffer only.
    usize::try_from(unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) }).unwrap_or(0)
}

/// Bytes of directory entries (`linux_dirent64`), 0 at the end or on an error.
pub(super) fn read_directory(fd: RawFd, buffer: &mut [u8]) -> usize {
    // SAFETY: reads into the buffer only.
    let n = unsafe { libc::syscall(libc::SYS_getdents64, fd, buffer.as_mut_ptr(), buffer.len()) };
    usize::try_from(n).unwrap_or(0)
}

pub(super) fn send_raw(to: RawFd, bytes: &[u8], fds: &[RawFd]) -> io::Result<()> {
    let mut control: Control = [0; 8];
    // SAFETY: all pointers are to locals that outlive the call; the control buffer is aligned and large enough for
    // MAX_FDS descriptors, to which callers keep.
    unsafe {
        let mut iov = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        let mut message: libc::msghdr = mem::zeroed();
        message.msg_iov = &raw mut iov;
        message.msg_iovlen = 1;
        let payload = mem::size_of_val(fds);
        if !fds.is_empty() && fds.len() <= MAX_FDS {
            message.msg_control = control.as_mut_ptr().cast();
            message.msg_controllen = libc::CMSG_SPACE(payload as u32) as _;
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(payload as u32) as _;
            ptr::copy_nonoverlapping(fds.as_ptr().cast::<u8>(), libc::CMSG_DATA(header), payload);
        }
        loop {
            if libc::sendmsg(to, &raw const message, libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT) >= 0 {
                return Ok(());
            }
            if errno() != libc::EINTR {
                return Err(io::Error::last_os_error());
            }
        }
    }
}

/// Receives one datagram and up to [`MAX_FDS`] descriptors; how many bytes and how many descriptors.
pub(super) fn receive_raw(
    from: RawFd,
    buffer: &mut [u8],
    fds: &mut [RawFd; MAX_FDS],
) -> io::Result<(usize, usize)> {
    let mut control: Control = [0; 8];
    // SAFETY: as in `send_raw`; the kernel keeps to the lengths given.
    unsafe {
        let mut iov = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
        let mut message: libc::msghdr = mem::zeroed();
        message.msg_iov = &raw mut iov;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(mem::size_of::<[RawFd; MAX_FDS]>() as u32) as _;
        let n = loop {
            let n = libc::recvmsg(from, &raw mut message, libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC);
            if n >= 0 {
                break n as usize;
            }
            if errno() != libc::EINTR {
                return Err(io::Error::last_os_error());
            }
        };
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        let mut count = 0;
        if !header.is_null()
            && (*header).cmsg_level == libc::SOL_SOCKET
            && (*header).cmsg_type == libc::SCM_RIGHTS
        {
            let payload = ((*header).cmsg_len as usize).saturating_sub(libc::CMSG_LEN(0) as usize);
            count = (payload / mem::size_of::<RawFd>()).min(MAX_FDS);
            let bytes = count * mem::size_of::<RawFd>();
            ptr::copy_nonoverlapping(libc::CMSG_DATA(header), fds.as_mut_ptr().cast::<u8>(), bytes);
        }
        Ok((n, count))
    }
}

/// A program, ready to be started: all pointers are into the arena.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) file: RawFd,
    pub(super) directory: RawFd,
    pub(super) outputs: [RawFd; 2],
    pub(super) identity: Option<(u32, u32)>,
    /// How many of the arena's groups.
    pub(super) groups: usize,
}

/// What the two sides of [`launch`] share.
struct Launch<'a> {
    program: &'a Program,
    groups: *const libc::gid_t,
    argv: *const *const c_char,
    envp: *const *const c_char,
    failed: Option<(Step, c_int)>,
}

/// Starts a program with the arguments and the environment that lie in the arena.
///
/// The child shares this process's memory until it executes, and this process waits so long (what `posix_spawn` does):
/// nothing is copied, however large the program was that this supervisor was forked from.
pub(super) fn launch(arena: &mut Arena, program: &Program) -> Result<libc::pid_t, (Step, c_int)> {
    let mut launch = Launch {
        program,
        groups: arena.groups.as_ptr(),
        argv: arena.argv.as_ptr(),
        envp: arena.envp.as_ptr(),
        failed: None,
    };
    // SAFETY: the child runs on its own stack, which lies in the arena and is used for nothing else; `launch` outlives
    // it, since CLONE_VFORK keeps this process waiting until the child has executed or ended. `argv` and `envp` are
    // NULL-terminated arrays of pointers to NUL-terminated strings.
    let pid = unsafe {
        let top = arena.stack.0.as_mut_ptr().add(STACK).cast::<c_void>();
        libc::clone(
            launch_child,
            top,
            libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD,
            (&raw mut launch).cast(),
        )
    };
    let failed = errno();
    // SAFETY: a plain read, which the compiler must not assume to know: the child wrote there.
    match unsafe { ptr::read_volatile(&raw const launch.failed) } {
        _ if pid < 0 => Err((Step::Fork, failed)),
        Some(failed) => {
            reap(pid, true);
            Err(failed)
        }
        None => Ok(pid),
    }
}

extern "C" fn launch_child(launch: *mut c_void) -> c_int {
    let launch: *mut Launch<'_> = launch.cast();
    // SAFETY: valid as long as this function runs, see `launch`; the parent does not touch it meanwhile.
    unsafe {
        let step = prepare_and_execute(&*launch);
        (*launch).failed = Some((step, errno()));
    }
    exit(127)
}

/// Comes back only on failure, with the step that failed and its `errno`.
fn prepare_and_execute(launch: &Launch<'_>) -> Step {
    const FILE: RawFd = 3;
    let program = launch.program;
    // SAFETY: system calls on numbers and on memory that outlives them. Credentials are changed by the bare system calls,
    // which concern the calling process only; the library's functions would look for threads of the parent to tell.
    unsafe {
        // Own session: no terminal, and a process group of its own.
        if libc::setsid() < 0 || libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            return Step::Session;
        }
        libc::umask(0o077);
        // What it leaves in core dumps could be secrets.
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);

        let [out, err] = program.outputs;
        // The supervisor's 0 is /dev/null already.
        if libc::dup2(out, 1) != 1
            || libc::dup2(err, 2) != 2
            || libc::dup3(program.file, FILE, libc::O_CLOEXEC) != FILE
        {
            return Step::Descriptors;
        }
        if let Some((uid, gid)) = program.identity
            && (libc::syscall(libc::SYS_setgroups, program.groups, launch.groups) != 0
                || libc::syscall(libc::SYS_setresgid, gid, gid, gid) != 0
                || libc::syscall(libc::SYS_setresuid, uid, uid, uid) != 0)
        {
            return Step::User;
        }
        // Should the supervisor die, at least the program itself dies at once; the rest is its parent's to sweep.
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0);
        // After the change of user, so that its rights decide.
        if libc::fchdir(program.directory) != 0 {
            return Step::Directory;
        }
        if libc::syscall(libc::SYS_close_range, FILE + 1, u32::MAX, 0) != 0 {
            return Step::Descriptors;
        }
        let mut mask = mem::zeroed();
        libc::sigemptyset(&raw mut mask);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const mask, ptr::null_mut());

        let execute = || {
            let flags = libc::AT_EMPTY_PATH;
            libc::syscall(libc::SYS_execveat, FILE, c"".as_ptr(), launch.argv, launch.envp, flags);
        };
        execute();
        // A script's interpreter opens it as /dev/fd/3, which must then outlive the call: the kernel says so by ENOENT.
        if errno() == libc::ENOENT {
            libc::fcntl(FILE, libc::F_SETFD, 0);
            execute();
        }
        Step::Execute
    }
}
