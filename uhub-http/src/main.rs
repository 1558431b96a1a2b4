//! The `uhub` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    return_large_blocks();
    uhub_http::cli::main()
}

/// Lets the C library hand large blocks back when they are freed. By default it learns from the first password that was
/// hashed to keep blocks of 19 MiB, one per thread, for ever.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library's own setting; no other thread runs yet")]
fn return_large_blocks() {
    // SAFETY: mallopt takes two numbers and touches nothing of ours.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1024 * 1024);
    }
}

/// Other C libraries hand them back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
const fn return_large_blocks() {}
