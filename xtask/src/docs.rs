//! The crates as others read them: their documentation, and the list of what they make public.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use anyhow::{Context, Result, bail};
use public_api::Builder;

use crate::project::{built_dir, cargo, command, forget_xtask, on_path, output, run, state_dir};

/// What is published, in the order in which it has to be.
pub const CRATES: [&str; 4] = ["uhub-core", "uhub-store", "uhub-exec", "uhub-http"];

/// The oldest compiler that will do, whose description `public-api` understands.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// The compiler describes a crate as JSON only when asked as a nightly one. Were the variable set for the whole build,
/// build scripts would look at it, and half of all dependencies be compiled anew.
const RUSTDOC: &str = "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n";

/// Writes the documentation of the published crates, as data. Warnings count as errors.
///
/// # Errors
/// When something in it does not resolve.
pub fn documents() -> Result<()> {
    let rustdoc = state_dir()?.join("rustdoc");
    fs::write(&rustdoc, RUSTDOC).with_context(|| format!("cannot write {}", rustdoc.display()))?;
    fs::set_permissions(&rustdoc, fs::Permissions::from_mode(0o755))?;
    let mut doc = oldest_cargo()?;
    doc.args(["doc", "--quiet", "--workspace", "--no-deps", "--lib", "--locked"]);
    for other in ["uhub-py", "uhub-tests", "uhub-benches", "uhub-examples"] {
        doc.args(["--exclude", other]);
    }
    doc.env("RUSTDOC", rustdoc);
    doc.env("RUSTDOCFLAGS", "-D warnings -Z unstable-options --output-format json");
    run(&mut doc)
}

/// The cargo of the oldest compiler: this one, or another that rustup fetches. Thereby everything is compiled by it, too.
fn oldest_cargo() -> Result<Command> {
    if output(command("rustc").arg("--version"))?.starts_with(&format!("rustc {OLDEST}.")) {
        return Ok(cargo([]));
    }
    if on_path("rustup").is_none() {
        bail!("the crates promise to compile with Rust {OLDEST}: rustup is needed to see whether they do");
    }
    let mut cargo = command("cargo");
    forget_xtask(&mut cargo).env("RUSTUP_TOOLCHAIN", OLDEST);
    Ok(cargo)
}

/// All that `package` makes public, a line each: a change of it is seen in review, and told by its version.
///
/// # Errors
/// When the documentation cannot be made, or read.
pub fn public_api(package: &str) -> Result<String> {
    documents()?;
    let json = built_dir()?.join("doc").join(format!("{}.json", package.replace('-', "_")));
    let api = Builder::from_rustdoc_json(&json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .with_context(|| format!("{}", json.display()))?;
    Ok(format!("{api}"))
}
