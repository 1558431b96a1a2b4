#![doc = include_str!("../README.md")]

mod backends;
// The system calls that it stands on are Linux's, with 64-bit numbers of users.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub mod local;
pub mod redact;
pub mod secrets;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod supervise;
#[cfg(feature = "vault")]
mod tls;
#[cfg(feature = "vault")]
pub mod vault;
mod worker;

pub use backends::Backends;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub use local::{LocalBackend, LocalConfig};
pub use redact::Redactor;
pub use secrets::Secrets;
#[cfg(feature = "vault")]
pub use vault::{VaultConfig, VaultSecrets};
pub use worker::{Housekeeper, HousekeepingOptions, Worker, WorkerOptions};
