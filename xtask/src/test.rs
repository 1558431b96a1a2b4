//! `cargo xtask test`: everything that must hold, on a machine that has only Rust.

mod count;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ChildStdout, ExitCode, Stdio};

use anyhow::{Context, Result, anyhow, bail};

pub use self::count::{Count, counted, results};
use crate::project::{self, cargo, command, run};
use crate::report::Report;
use crate::services::{self, Held};
use crate::{check, interrupt, packages, python, ui};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Only the tests: no checks before and no doc tests after
    #[arg(long)]
    fast: bool,
    /// Arguments for `cargo nextest run`, as a filter: `cargo xtask test --fast -- -p uhub-store claim`. The web app's tests
    /// are left out then
    #[arg(last = true)]
    nextest: Vec<String>,
}

/// Runs the checks and all tests, and ends with the line `N passed, N failed`. `xtask` is the path of this program.
///
/// A failed check does not keep the tests from running, so that one run tells everything.
///
/// # Errors
/// When something failed without which the rest cannot run, or the user interrupted it. A failed check or test is
/// told by the exit code alone, so that the count is the last word.
pub fn test(options: &Options, xtask: &Path) -> Result<ExitCode> {
    let mut report = Report::default();
    let is_whole = options.nextest.is_empty();
    let venv = report.require("install what is missing", || {
        packages::cargo_nextest()?;
        if is_whole {
            packages::chromium()?;
            ui::install()?;
        }
        packages::schemathesis()
    })?;
    if is_whole {
        // Before anything is compiled that takes it in.
        report.require("build the web app", ui::build)?;
    }
    if !options.fast {
        for (name, check) in check::ALL {
            report.attempt(name, check)?;
        }
    }
    let uhub = report.require("build", || {
        run(project::build_for_tests().args(["--bins", "--tests", "--examples"]))?;
        let uhub = project::built_dir()?.join("debug").join("uhub");
        if uhub.is_file() { Ok(uhub) } else { Err(anyhow!("the build left no {}", uhub.display())) }
    })?;
    let wheel = if is_whole { Some(report.require("build the wheel", python::wheel)?) } else { None };
    let postgres = report.require("start PostgreSQL", || Held::start(services::Name::Postgres, xtask))?;

    let openbao = report.require("start OpenBao", || Held::start(services::Name::Openbao, xtask))?;
    let docker = report.require("start a Docker engine", || Held::start(services::Name::Docker, xtask))?;

    let buildbot = report.require("start Buildbot", || Held::start(services::Name::Buildbot, xtask))?;

    let mut env = postgres.env().clone();
    env.extend(openbao.env().clone());
    env.extend(docker.env().clone());
    env.extend(buildbot.env().clone());
    env.insert("UHUB_TEST_BIN".into(), uhub.display().to_string());
    env.insert("UHUB_TEST_SCHEMATHESIS".into(), venv.display().to_string());

    let mut count = Count::default();
    if is_whole {
        report.attempt("tests of the web app", || ui::unit_tests(&mut count))?;
    }
    report.attempt("tests", || nextest(&options.nextest, &env, &mut count))?;
    if is_whole {
        report.attempt("tests in a browser", || ui::browser_tests(&env, &uhub, &mut count))?;
    }
    report.attempt("examples", || examples(&env, &mut count))?;
    if let Some(wheel) = wheel {
        report.attempt("types of the Python package", python::types)?;
        report.attempt("the wheel alone", || python::fresh(&wheel))?;
        report.attempt("tests of the Python package", || python::tests(&env, &mut count))?;
    }
    if !options.fast {
        report.attempt("doc tests", || doc_tests(&env, &mut count))?;
    }
    report.attempt("stop PostgreSQL", || postgres.stop())?;
    report.attempt("stop OpenBao", || openbao.stop())?;
    report.attempt("stop the Docker engine", || docker.stop())?;
    report.attempt("stop Buildbot", || buildbot.stop())?;

    report.print();
    println!("\n{count}");
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Unit and integration tests, each in a process of its own.
fn nextest(args: &[String], env: &BTreeMap<String, String>, count: &mut Count) -> Result<()> {
    // Nextest keeps its results there wherever cargo builds.
    let results = count::fresh(project::root().join("target/nextest/default/junit.xml"))?;
    let mut nextest = cargo(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
    counted(&results, run(nextest.args(args).envs(env)), count)
}

/// Those of `examples/`, each of which checks what it shows.
fn examples(env: &BTreeMap<String, String>, count: &mut Count) -> Result<()> {
    let built = project::built_dir()?.join("debug/examples");
    let postgres = env.get("UHUB_TEST_POSTGRES").map(String::as_str);
    let all = [
        ("rules_only", None),
        ("mounted", None),
        ("custom_backend", None),
        ("worker_fleet", None),
        ("worker_fleet", postgres),
        ("what_if_freeze", None),
    ];
    let mut failed = Vec::new();
    for (name, database) in all {
        let mut example = command(built.join(name));
        if let Some(database) = database {
            example.env("PLAN_DATABASE", database);
        }
        match run(&mut example) {
            Ok(()) => count.passed += 1,
            Err(error) => {
                eprintln!("xtask: {error:#}");
                count.fail(&format!("example > {name}"), &format!("{error:#}"));
                failed.push(name);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// The examples in the documentation, which nextest does not run.
fn doc_tests(env: &BTreeMap<String, String>, count: &mut Count) -> Result<()> {
    let mut doc = cargo(["test", "--doc", "--workspace", "--locked", "--no-fail-fast"]);
    let mut child = doc.envs(env).stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let reader = child.stdout.take().map(|stdout| std::thread::spawn(move || show_and_count(stdout)));
    let status = interrupt::wait(child)?;
    if let Some(reader) = reader {
        *count += reader.join().map_err(|_| anyhow!("the reader of the output panicked"))??;
    }
    if status.success() { Ok(()) } else { bail!("doc tests failed: {status}") }
}

fn show_and_count(stdout: ChildStdout) -> Result<Count> {
    let mut count = Count::default();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        count += Count::of_libtest(&line);
    }
    Ok(count)
}
