//! `cargo xtask generate`: files in the repository that are made from the code, so that they cannot tell otherwise.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::project::{built_dir, cargo, command, output, root, run};

/// A file and the program that prints it.
struct Generated {
    file: &'static str,
    /// How `cargo build` is told to build the program.
    target: [&'static str; 2],
    /// Where it is then, in the directory of the profile.
    program: &'static str,
}

const FILES: [Generated; 1] =
    [Generated { file: "docs/states.md", target: ["--example", "states"], program: "examples/states" }];

/// Writes the files, or with `check` only compares them.
///
/// # Errors
/// When a program fails, a file cannot be written, or with `check` when one is out of date.
pub fn generate(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    let built = built_dir()?.join("debug");
    for Generated { file, target, program } in FILES {
        let path = root().join(file);
        // Of the whole workspace, so that dependencies are not compiled anew with fewer features.
        run(cargo(["build", "--quiet", "--workspace", "--locked"]).args(target))?;
        let made = output(&mut command(built.join(program)))?;
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
