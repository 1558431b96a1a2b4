//! The demo's accounts and windows.

use chrono::{TimeDelta, Utc};

use crate::plan::rfc3339;

/// The demo's users, one of each role; their passwords are their names.
pub const USERS: [&str; 4] = ["demo-admin", "demo-projets", "demo-dev", "demo-ops"];

/// The query for the calendar around the demo's jobs: from yesterday to in ten days.
pub fn window() -> String {
    let day = |n| rfc3339(Utc::now() + TimeDelta::days(n));
    format!("start={}&end={}", day(-1), day(10))
}
