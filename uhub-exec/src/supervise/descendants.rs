//! Finding and ending every process that descends from this one, whatever session, group, directory or environment it has
//! given itself: descent is what no process can change. Runs in a supervisor or a zygote, and allocates nothing.

use std::os::fd::RawFd;

use super::{
    arena::{Arena, Process},
    sys,
};

/// Rounds in which everything is stopped before it is killed. What is stopped cannot fork; a process that forks as fast
/// as it can is overtaken within a few rounds, and the killing repeats all of it until nobody is left.
const STOP_ROUNDS: u32 = 16;
/// How long the next look waits for something to end, in milliseconds.
const PATIENCE: i32 = 20;

/// Kills all descendants and takes their statuses, until there is none: `reaped` hears of each child that ended.
/// `spared` are children that are left alone, with what descends from them. How many were killed.
pub(super) fn end_all(
    arena: &mut Arena,
    child_events: RawFd,
    spared: &[libc::pid_t],
    mut reaped: impl FnMut(libc::pid_t, i32),
) -> u32 {
    let mut killed = 0;
    loop {
        let mut none_left = false;
        loop {
            match sys::wait_any() {
                Ok(Some((pid, status))) => reaped(pid, status),
                Ok(None) => break,
                Err(_) => {
                    none_left = true;
                    break;
                }
            }
        }
        if none_left {
            return killed;
        }
        for _ in 0..STOP_ROUNDS {
            if signal_all(arena, spared, libc::SIGSTOP) == 0 {
                break;
            }
        }
        let signalled = signal_all(arena, spared, libc::SIGKILL);
        if signalled == 0 && !spared.is_empty() {
            return killed;
        }
        killed += signalled;
        // Not a sleep for its own sake: the next end of a child wakes.
        sys::poll([child_events], PATIENCE);
        sys::drain(child_events);
    }
}

/// Asks all descendants to end by themselves.
pub(super) fn ask_all(arena: &mut Arena) {
    signal_all(arena, &[], libc::SIGTERM);
}

/// Sends `signal` to every descendant that lives, and, for SIGSTOP, is not stopped already. How many got it.
fn signal_all(arena: &mut Arena, spared: &[libc::pid_t], signal: i32) -> u32 {
    let count = look(arena);
    mark(arena, count, spared);
    let mut sent = 0;
    for index in 0..count {
        let Some(process) = arena.processes.get(index).copied() else { break };
        let dead = matches!(process.state, b'Z' | b'X');
        let stopped = signal == libc::SIGSTOP && matches!(process.state, b'T' | b't');
        if process.ours == 0 || dead || stopped {
            continue;
        }
        let opened = sys::open_process(process.pid);
        // Only if the number still means the process that was looked at: the first look and this one enclose the opening.
        if opened >= 0 && read_stat(process.pid).is_some_and(|now| now.started == process.started) {
            sys::signal_process(opened, signal);
            if signal == libc::SIGTERM {
                // A stopped process would hear of it only after its time.
                sys::signal_process(opened, libc::SIGCONT);
            }
            sent += 1;
        }
        sys::close(opened);
    }
    sent
}

/// Fills the table with all processes of the machine; how many.
fn look(arena: &mut Arena) -> usize {
    let directory = sys::open(b"/proc\0", libc::O_RDONLY | libc::O_DIRECTORY);
    if directory < 0 {
        return 0;
    }
    let mut count = 0;
    loop {
        let length = sys::read_directory(directory, &mut arena.directory);
        if length == 0 {
            break;
        }
        let mut offset = 0;
        while let Some((pid, size)) = arena.directory.get(offset..length).and_then(entry) {
            offset += size;
            if let Some(process) = pid.and_then(read_stat)
                && let Some(slot) = arena.processes.get_mut(count)
            {
                *slot = process;
                count += 1;
            }
        }
    }
    sys::close(directory);
    count
}

/// Marks the descendants among the first `count` of the table.
fn mark(arena: &mut Arena, count: usize, spared: &[libc::pid_t]) {
    let me = sys::process_id();
    let Some(table) = arena.processes.get_mut(..count) else { return };
    // By number, so that parents are found by bisection: numbers may wrap, and a child come before its parent.
    table.sort_unstable_by_key(|process| process.pid);
    loop {
        let mut changed = false;
        for index in 0..table.len() {
            let Some(process) = table.get(index).copied() else { break };
            if process.ours == 1 || spared.contains(&process.pid) {
                continue;
            }
            let descends = process.parent == me
                || table
                    .binary_search_by_key(&process.parent, |other| other.pid)
                    .ok()
                    .and_then(|parent| table.get(parent))
                    .is_some_and(|parent| parent.ours == 1);
            if descends && let Some(process) = table.get_mut(index) {
                process.ours = 1;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// The process id that a directory entry (`linux_dirent64`) names, if it names one, and the entry's size.
fn entry(bytes: &[u8]) -> Option<(Option<i32>, usize)> {
    let size = usize::from(u16::from_ne_bytes(bytes.get(16..18)?.try_into().ok()?));
    let name = bytes.get(19..size)?;
    (size > 0).then_some((number(name).and_then(|(pid, _)| i32::try_from(pid).ok()), size))
}

/// Reads `/proc/PID/stat`.
fn read_stat(pid: i32) -> Option<Process> {
    let mut path = [0_u8; 32];
    let mut length = 0;
    let mut digits = [0_u8; 10];
    let mut rest = u32::try_from(pid).ok()?;
    let mut first = digits.len();
    while rest > 0 || first == digits.len() {
        first = first.checked_sub(1)?;
        *digits.get_mut(first)? = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    for part in [b"/proc/".as_slice(), digits.get(first..)?, b"/stat\0"] {
        path.get_mut(length..length + part.len())?.copy_from_slice(part);
        length += part.len();
    }
    let file = sys::open(path.get(..length)?, libc::O_RDONLY);
    if file < 0 {
        return None;
    }
    let mut buffer = [0_u8; 1024];
    let length = sys::read(file, &mut buffer);
    sys::close(file);
    parse_stat(pid, buffer.get(..length)?)
}

/// `PID (NAME) STATE PARENT … STARTED …`, where NAME may hold anything, parentheses and blanks included.
fn parse_stat(pid: i32, line: &[u8]) -> Option<Process> {
    let end = line.iter().rposition(|byte| *byte == b')')?;
    let mut fields = line.get(end + 2..)?.split(|byte| *byte == b' ');
    let state = *fields.next()?.first()?;
    let (parent, _) = number(fields.next()?)?;
    // The 22nd field of the line; two of those behind the name are taken.
    let (started, _) = number(fields.nth(17)?)?;
    Some(Process { pid, parent: i32::try_from(parent).ok()?, started, state, ours: 0 })
}

/// The decimal number at the start, and how many digits it has.
fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    let mut digits = 0;
    for byte in bytes.iter().take_while(|byte| byte.is_ascii_digit()) {
        value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
        digits += 1;
    }
    (digits > 0).then_some((value, digits))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn a_name_cannot_forge_the_fields_behind_it() {
        let line = b"42 (x) S 1 (y)) R 7 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 99887 0\n";
        let process = parse_stat(42, line).unwrap();
        assert_eq!((process.parent, process.started, process.state), (7, 99887, b'R'));
        assert!(parse_stat(1, b"1 (cut) S 3").is_none());
        assert!(parse_stat(1, b"").is_none());
    }

    #[test]
    fn this_very_process_is_in_the_table_with_its_parent() {
        let mut arena = Arena::new();
        let count = look(&mut arena);
        let me = sys::process_id();
        let found = arena.processes[..count].iter().find(|process| process.pid == me).unwrap();
        assert_eq!(found.parent, sys::parent());
        assert!(found.started > 0);
    }

    #[test]
    fn descent_is_found_in_any_order_of_numbers_and_stops_at_the_spared() {
        let me = sys::process_id();
        let mut arena = Arena::new();
        // 900 → 5 → 700 descend from us in this order; 60 is spared, and with it its child 61; 8 is a stranger.
        for (slot, (pid, parent)) in
            [(5, 900), (8, 1), (60, me), (61, 60), (700, 5), (900, me)].into_iter().enumerate()
        {
            arena.processes[slot] = Process { pid, parent, started: 1, state: b'S', ours: 0 };
        }
        mark(&mut arena, 6, &[60]);
        let ours: Vec<_> = arena.processes[..6].iter().filter(|p| p.ours == 1).map(|p| p.pid).collect();
        assert_eq!(ours, [5, 700, 900]);
    }
}
