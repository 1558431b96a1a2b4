//! Trying again, less and less often.

use std::time::Duration;

/// Waits of 100 ms, 200 ms … 5 s.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

const FIRST: Duration = Duration::from_millis(100);
const LAST: Duration = Duration::from_secs(5);

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self(FIRST)
    }

    /// Waits, longer each time.
    pub(crate) async fn wait(&mut self) {
        let delay = self.next();
        tokio::time::sleep(delay).await;
    }

    /// The next wait.
    pub(crate) fn next(&mut self) -> Duration {
        let delay = self.0;
        self.0 = (delay * 2).min(LAST);
        delay
    }

    /// It went well.
    pub(crate) const fn reset(&mut self) {
        self.0 = FIRST;
    }
}
