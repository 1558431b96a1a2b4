//! How a worker works.

use std::{path::PathBuf, time::Duration};

/// How a [`Worker`](crate::Worker) works. The defaults suit the hub's lease of 15 seconds.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// What it is called in runs and in the audit; unique among the workers of a hub.
    pub name: String,
    /// How many executions go on at once. A run that has ended gives its slot away while its end is being told.
    pub slots: u32,
    /// How often it extends the leases of its runs.
    pub heartbeat: Duration,
    /// How long after the last heartbeat that succeeded a run is killed. Less than the hub's lease, so that nothing goes
    /// on that another worker may start anew.
    pub watchdog: Duration,
    /// How often it looks for due runs when nobody tells it of any.
    pub poll: Duration,
    /// How long output waits for more of it before it is stored.
    pub log_delay: Duration,
    /// How many bytes the log of a run may hold; the rest of its output is read and dropped, and the log says so.
    pub log_limit: u64,
    /// How long a run that was taken over waits for its secrets to be readable again. After that its end is followed, but
    /// its output is dropped, since it could not be masked.
    pub withhold_after: Duration,
    /// How long the runs may go on when the worker is told to stop; `None` = as long as they take.
    pub stop_within: Option<Duration>,
    /// How often it looks for what runs have left outside.
    pub reap: Duration,
    /// What it does beside driving runs.
    pub housekeeping: HousekeepingOptions,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            name: default_name(),
            slots: 8,
            heartbeat: Duration::from_secs(5),
            watchdog: Duration::from_secs(12),
            poll: Duration::from_secs(2),
            log_delay: Duration::from_millis(200),
            log_limit: 64 * 1024 * 1024,
            withhold_after: Duration::from_secs(60),
            stop_within: Some(Duration::from_secs(60)),
            reap: Duration::from_secs(60),
            housekeeping: HousekeepingOptions::default(),
        }
    }
}

/// How a [`Housekeeper`](crate::Housekeeper) works.
#[derive(Debug, Clone)]
pub struct HousekeepingOptions {
    /// How often it looks for what is due when nobody tells it of anything.
    pub tick: Duration,
    /// How often it seals the audit (DOMAIN §9: within a second).
    pub seal: Duration,
    /// A file outside the hub that is to hold the end of the audit's chain: with it, a cut tail is found (DOMAIN §9).
    pub head_file: Option<PathBuf>,
}

impl Default for HousekeepingOptions {
    fn default() -> Self {
        Self { tick: Duration::from_secs(1), seal: Duration::from_millis(500), head_file: None }
    }
}

/// Host, process and a few letters that tell two processes of the same number apart.
fn default_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host.as_deref().map(str::trim).filter(|host| !host.is_empty()).unwrap_or("worker");
    // Not a secret: the keys of a hash map differ from process to process, and that is enough.
    let random = {
        use std::hash::{BuildHasher as _, RandomState};
        RandomState::new().hash_one(std::process::id())
    };
    format!("{host}-{}-{:06x}", std::process::id(), random & 0x00ff_ffff)
}
