//! How many tests passed and failed, from what the runners report.

use std::fmt;
use std::fs;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::project::state_dir;

/// Where a runner puts its results; those of an earlier run must not be counted for this one.
///
/// # Errors
/// When those cannot be removed.
pub fn results(name: &str) -> Result<PathBuf> {
    let path = state_dir()?.join(name);
    if path.exists() {
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(path)
}

/// Counts what a runner left in `results`, and passes its outcome on.
///
/// # Errors
/// Those of the runner; and where it left no results although it ended well.
pub fn counted(results: &Path, outcome: Result<()>, count: &mut Count) -> Result<()> {
    match fs::read_to_string(results) {
        Ok(xml) => {
            *count +=
                Count::of_junit(&xml).with_context(|| format!("{} is no JUnit file", results.display()))?;
        }
        // Without results the run failed before the first test, and says why.
        Err(error) if outcome.is_ok() => {
            return Err(error).with_context(|| format!("cannot read {}", results.display()));
        }
        Err(_) => {}
    }
    outcome
}

/// A number of tests. Its text is the closing line of `cargo xtask test`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
}

impl Count {
    /// Reads the head of a JUnit file, which sums up the run. `None` if there is none.
    pub fn of_junit(xml: &str) -> Option<Self> {
        let (_, rest) = xml.split_once("<testsuites ")?;
        let (mut head, rest) = rest.split_once('>')?;
        // Pytest sums up in its one suite.
        if !head.contains(" tests=") {
            (head, _) = rest.split_once("<testsuite ")?.1.split_once('>')?;
        }
        let attribute = |name: &str| {
            let (_, value) = head.split_once(&format!("{name}=\""))?;
            value.split_once('"')?.0.parse::<u64>().ok()
        };
        let failed = attribute("failures")? + attribute("errors")?;
        // Some runners count the skipped ones among all.
        let others = failed + attribute("skipped").unwrap_or(0);
        Some(Self { passed: attribute("tests")?.checked_sub(others)?, failed })
    }

    /// Reads a line `test result: …` of Rust's own test harness; any other line counts nothing.
    pub fn of_libtest(line: &str) -> Self {
        let Some((_, result)) = line.split_once("test result: ") else { return Self::default() };
        let number_before = |word: &str| {
            let words: Vec<_> = result.split_whitespace().collect();
            let pair = words.windows(2).find(|pair| pair[1].trim_end_matches(';') == word)?;
            pair[0].parse().ok()
        };
        Self { passed: number_before("passed").unwrap_or(0), failed: number_before("failed").unwrap_or(0) }
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn sums_up_a_junit_file() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="7" failures="2" errors="1" uuid="1" timestamp="2026-01-01" time="0.1">
    <testsuite name="a" tests="9" disabled="0" errors="9" failures="9">"#;
        assert_eq!(Count::of_junit(xml), Some(Count { passed: 4, failed: 3 }));
    }

    #[test]
    fn does_not_count_what_was_skipped() {
        let xml = r#"<testsuites id="" name="" tests="9" failures="1" skipped="2" errors="0" time="3.2">"#;
        assert_eq!(Count::of_junit(xml), Some(Count { passed: 6, failed: 1 }));
        let xml = r#"<testsuites name="vitest tests" tests="5" failures="0" errors="0" time="1">"#;
        assert_eq!(Count::of_junit(xml), Some(Count { passed: 5, failed: 0 }));
    }

    #[test]
    fn refuses_what_is_no_junit_file() {
        assert_eq!(Count::of_junit(""), None);
        assert_eq!(Count::of_junit("<testsuites tests=\"1\">"), None);
        assert_eq!(Count::of_junit("<testsuites tests=\"1\" failures=\"2\" errors=\"0\">"), None);
    }

    #[test]
    fn reads_results_of_the_test_harness() {
        let ok =
            "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(Count::of_libtest(ok), Count { passed: 12, failed: 0 });
        let failed = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(Count::of_libtest(failed), Count { passed: 1, failed: 2 });
        assert_eq!(Count::of_libtest("test src/lib.rs - (line 3) ... ok"), Count::default());
    }

    #[test]
    fn closes_with_one_plain_line() {
        let mut count = Count { passed: 3, failed: 0 };
        count += Count { passed: 1, failed: 2 };
        assert_eq!(count.to_string(), "4 passed, 2 failed");
    }
}
