//! `cargo xtask generate`: files in the repository that are made from the code, so that they cannot tell otherwise.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::project::{build_for_tests, built_dir, command, output, root, run};
use crate::{docs, ui};

/// A file and how its content is made.
struct Generated {
    file: &'static str,
    make: fn() -> Result<String>,
}

const FILES: [Generated; 6] = [
    Generated { file: "docs/api/uhub-core.txt", make: || docs::public_api("uhub-core") },
    Generated { file: "docs/api/uhub-store.txt", make: || docs::public_api("uhub-store") },
    Generated { file: "docs/api/uhub-exec.txt", make: || docs::public_api("uhub-exec") },
    Generated { file: "docs/api/uhub-http.txt", make: || docs::public_api("uhub-http") },
    Generated { file: "docs/states.md", make: || printed(["--example", "states"], "examples/states", &[]) },
    Generated { file: "uhub-http/ui/src/api/schema.d.ts", make: schema },
];

/// What a program of the workspace prints. `target` is how `cargo build` is told to build it, `program` where it is then,
/// in the directory of the profile.
fn printed(target: [&str; 2], program: &str, args: &[&str]) -> Result<String> {
    run(build_for_tests().arg("--quiet").args(target))?;
    output(command(built_dir()?.join("debug").join(program)).args(args))
}

/// The types by which the web app talks to the API.
fn schema() -> Result<String> {
    ui::schema(&printed(["--bin", "uhub"], "uhub", &["openapi"])?)
}

/// Writes the files, or with `check` only compares them.
///
/// # Errors
/// When a program fails, a file cannot be written, or with `check` when one is out of date.
pub fn generate(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for Generated { file, make } in FILES {
        let path = root().join(file);
        let made = make()?;
        // A missing file is out of date, like one with other content.
        if fs::read_to_string(&path).is_ok_and(|kept| kept == made) {
            continue;
        }
        if check {
            stale.push(file);
            continue;
        }
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        fs::write(&path, made).with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("xtask: {file} is written");
    }
    if !stale.is_empty() {
        bail!("out of date: {}; run `cargo xtask generate` and commit the result", stale.join(", "));
    }
    Ok(())
}
