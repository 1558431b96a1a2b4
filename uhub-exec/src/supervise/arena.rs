//! The memory of a supervisor, set aside before it is forked, since it cannot allocate afterwards.
#![allow(unsafe_code)] // Zeroed memory of plain numbers and pointers.

use std::ffi::c_char;

use super::wire::{MAX_GROUPS, MAX_START, MAX_STRINGS, StartHeader, group};

/// Bytes of stack between `clone` and `exec`.
pub(super) const STACK: usize = 64 * 1024;
/// Processes of the machine that one look at /proc can tell apart; what exceeds it is found by the next look.
pub(super) const MAX_PROCESSES: usize = 65_536;

/// A stack, aligned as the ABIs want it.
#[repr(C, align(64))]
pub(super) struct Stack(pub(super) [u8; STACK]);

/// A process as /proc shows it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) parent: i32,
    /// When it started, which together with `pid` tells it from all others.
    pub(super) started: u64,
    /// A byte such as `R` or `Z`.
    pub(super) state: u8,
    /// 1 = descends from the supervisor.
    pub(super) ours: u8,
}

/// Everything a supervisor writes to. Pages that are never touched cost nothing.
#[repr(C)]
pub(super) struct Arena {
    pub(super) stack: Stack,
    pub(super) message: [u8; MAX_START],
    pub(super) argv: [*const c_char; MAX_STRINGS + 1],
    pub(super) envp: [*const c_char; MAX_STRINGS + 1],
    pub(super) groups: [libc::gid_t; MAX_GROUPS],
    pub(super) directory: [u8; 32 * 1024],
    pub(super) processes: [Process; MAX_PROCESSES],
}

impl Arena {
    pub(super) fn new() -> Box<Self> {
        // SAFETY: all fields are numbers and raw pointers, for which zeroes are valid.
        unsafe { Box::new_zeroed().assume_init() }
    }

    /// Points `argv`, `envp` and `groups` at the parts of the message; `None` where it is not whole.
    pub(super) fn lay_out(&mut self, length: usize, header: &StartHeader) -> Option<()> {
        for (index, slot) in self.groups.iter_mut().take(header.groups).enumerate() {
            *slot = group(&self.message, index)?;
        }
        let mut rest = self.message.get(header.strings..length)?;
        for (array, count) in [(&mut self.argv, header.args), (&mut self.envp, header.env)] {
            for slot in array.iter_mut().take(count) {
                let end = rest.iter().position(|byte| *byte == 0)?;
                *slot = rest.as_ptr().cast();
                rest = rest.get(end + 1..)?;
            }
            *array.get_mut(count)? = std::ptr::null();
        }
        (header.args > 0 && rest.is_empty()).then_some(())
    }
}
