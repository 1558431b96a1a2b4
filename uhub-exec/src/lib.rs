#![doc = include_str!("../README.md")]

mod backends;
#[cfg(all(feature = "docker", target_os = "linux"))]
pub mod docker;
// The system calls that it stands on are Linux's, with 64-bit numbers of users.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub mod local;
pub mod redact;
pub mod secrets;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod supervise;
#[cfg(any(feature = "vault", feature = "webhook"))]
mod tls;
#[cfg(feature = "vault")]
pub mod vault;
#[cfg(feature = "webhook")]
pub mod webhook;
mod worker;

pub use backends::Backends;
#[cfg(all(feature = "docker", target_os = "linux"))]
pub use docker::{DockerBackend, DockerOptions};
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub use local::{LocalBackend, LocalConfig};
pub use redact::Redactor;
pub use secrets::Secrets;
#[cfg(feature = "vault")]
pub use vault::{VaultConfig, VaultSecrets};
#[cfg(feature = "webhook")]
pub use webhook::{WebhookAllow, WebhookBackend, WebhookCallbacks, WebhookOptions, WebhookPace};
pub use worker::{Housekeeper, HousekeepingOptions, Worker, WorkerOptions};
