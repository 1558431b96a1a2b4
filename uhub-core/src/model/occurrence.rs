//! Occurrences: jobs that stand for one time of a series.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::SeriesId;

/// Which occurrence of a series a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// Of which series.
    pub series_id: SeriesId,
    /// When it takes place by the series' rule, wherever the job was moved since. One job at most stands for it.
    pub at: DateTime<Utc>,
}
