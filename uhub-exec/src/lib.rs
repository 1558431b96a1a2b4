#![doc = include_str!("../README.md")]

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub mod local;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod supervise;
