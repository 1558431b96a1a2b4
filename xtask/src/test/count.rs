//! How many tests passed and which failed, from what the runners report.

use std::fmt;
use std::fs;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use roxmltree::Document;

use crate::project::state_dir;

/// Where a runner puts its results; those of an earlier run must not be counted for this one.
///
/// # Errors
/// When those cannot be removed.
pub fn results(name: &str) -> Result<PathBuf> {
    fresh(state_dir()?.join(name))
}

/// The path of a file that is not there any more.
///
/// # Errors
/// When it cannot be removed.
pub fn fresh(path: PathBuf) -> Result<PathBuf> {
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

/// How tests ended. Its text is the end of `cargo xtask test`: what failed, and the closing line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: Vec<Failure>,
}

/// A test that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    pub name: String,
    /// How it told why, in a few lines; empty where it did not.
    pub reason: String,
}

impl Count {
    /// Reads the tests that a JUnit file lists; what was skipped counts nothing.
    ///
    /// # Errors
    /// When it is no JUnit file.
    pub fn of_junit(xml: &str) -> Result<Self> {
        let file = Document::parse(xml)?;
        if !matches!(file.root_element().tag_name().name(), "testsuites" | "testsuite") {
            bail!("there are no tests in it");
        }
        let mut count = Self::default();
        for test in file.descendants().filter(|node| node.has_tag_name("testcase")) {
            let mut parts = test.children();
            let failure = parts.find(|node| node.has_tag_name("failure") || node.has_tag_name("error"));
            if let Some(failure) = failure {
                let name = ["classname", "name"].map(|name| test.attribute(name).unwrap_or_default());
                let told = failure.text().filter(|text| !text.trim().is_empty());
                count.fail(&name.join(" > "), told.or(failure.attribute("message")).unwrap_or_default());
            } else if !test.children().any(|node| node.has_tag_name("skipped")) {
                count.passed += 1;
            }
        }
        Ok(count)
    }

    /// Reads a line of Rust's own test harness: `test NAME ... ok`, or what it says at the end of one that failed.
    pub fn of_libtest(line: &str) -> Self {
        let mut count = Self::default();
        if let Some((name, end)) = line.strip_prefix("test ").and_then(|line| line.rsplit_once(" ... ")) {
            match end.trim() {
                "ok" => count.passed = 1,
                "FAILED" => count.fail(name.trim(), ""),
                _ => {}
            }
        }
        count
    }

    /// Counts one that failed.
    pub fn fail(&mut self, name: &str, reason: &str) {
        self.failed.push(Failure { name: name.to_owned(), reason: in_short(reason) });
    }
}

/// The first lines that say something, as many as one reads at a glance.
fn in_short(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(6);
    let lines: Vec<String> =
        lines.map(|line| line.chars().filter(|c| !c.is_control()).take(200).collect()).collect();
    lines.join("\n")
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Failure { name, reason } in &self.failed {
            writeln!(f, "failed: {name}")?;
            for line in reason.lines() {
                writeln!(f, "    {line}")?;
            }
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Failure};

    fn failure(name: &str, reason: &str) -> Failure {
        Failure { name: name.into(), reason: reason.into() }
    }

    #[test]
    fn lists_what_failed_and_counts_the_rest() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="4" failures="2" errors="0" uuid="1" timestamp="2026-01-01" time="0.1">
    <testsuite name="a" tests="4" disabled="0" errors="0" failures="2">
        <testcase name="rules::hold" classname="a" time="0.1"/>
        <testcase name="rules::bend" classname="a" time="0.1">
            <failure type="test failure">
                thread 'rules::bend' panicked at a.rs:1:
                left &lt; right</failure>
            <system-out>and more</system-out>
        </testcase>
        <testcase name="rules::sleep" classname="a" time="0.1"><skipped/></testcase>
        <testcase name="rules::vanish" classname="a" time="0.1"><error message="gone&#10;for good"/></testcase>
    </testsuite>
</testsuites>"#;
        let expected = Count {
            passed: 1,
            failed: vec![
                failure("a > rules::bend", "thread 'rules::bend' panicked at a.rs:1:\nleft < right"),
                failure("a > rules::vanish", "gone\nfor good"),
            ],
        };
        assert_eq!(Count::of_junit(xml).unwrap(), expected);
    }

    #[test]
    fn refuses_what_is_no_junit_file() {
        for text in ["", "<testsuites tests=\"1\">", "<html/>"] {
            assert!(Count::of_junit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_results_of_the_test_harness() {
        let name = "uhub-core/src/lib.rs - decide (line 3)";
        let ok = format!("test {name} ... ok");
        assert_eq!(Count::of_libtest(&ok), Count { passed: 1, failed: vec![] });
        let failed = format!("test {name} ... FAILED");
        assert_eq!(Count::of_libtest(&failed), Count { passed: 0, failed: vec![failure(name, "")] });
        for other in [format!("test {name} ... ignored"), "test result: ok. 12 passed; 0 failed".into()] {
            assert_eq!(Count::of_libtest(&other), Count::default());
        }
    }

    #[test]
    fn closes_with_one_plain_line() {
        let mut count = Count { passed: 3, failed: vec![] };
        assert_eq!(count.to_string(), "3 passed, 0 failed");
        count += Count { passed: 1, failed: vec![failure("a > b", "why"), failure("c", "")] };
        assert_eq!(count.to_string(), "failed: a > b\n    why\nfailed: c\n4 passed, 2 failed");
    }
}
