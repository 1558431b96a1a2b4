//! Checks that run no test: format, lints, the purity of the core, features, packages, documents, the web app's types,
//! licences.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::docs;
use crate::generate;
use crate::packages;
use crate::project::{built_dir, cargo, command, output, root, run};
use crate::ui;

/// A check and the name under which it is reported.
pub type Check = (&'static str, fn() -> Result<()>);

/// Those that `cargo xtask test` and `cargo xtask check` run.
pub const ALL: [Check; 8] = [
    ("format", format),
    ("lints", lints),
    ("purity of the core", core_is_pure),
    ("features", features),
    ("packages", packages),
    ("types of the web app", ui::types),
    ("documents of the crates", docs::documents),
    ("generated files", || generate::generate(true)),
];

fn format() -> Result<()> {
    run(&mut cargo(["fmt", "--all", "--check"]))
}

fn lints() -> Result<()> {
    run(&mut cargo(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
}

/// What the core must not pull in by any feature: runtimes, databases, HTTP. These names and all of `name-…`.
const OUTSIDE: [&str; 6] = ["tokio", "sqlx", "axum", "reqwest", "hyper", "async-std"];

/// The core is embedded by programs that have their own runtime, database and server.
fn core_is_pure() -> Result<()> {
    let args = ["tree", "--package", "uhub-core", "--edges", "normal", "--all-features", "--target", "all"];
    let tree = output(cargo(args).args(["--locked", "--prefix", "none", "--format", "{p}"]))?;
    let found = outside(&tree);
    if !found.is_empty() {
        bail!("uhub-core must not depend on {}", found.join(", "));
    }
    Ok(())
}

fn outside(tree: &str) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let is_outside = |name: &&str| {
        OUTSIDE.iter().any(|outside| {
            name.strip_prefix(outside).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    };
    let mut found: Vec<_> = names.filter(is_outside).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The published crates with few features: the core's layers one by one, then one database each, and different halves of
/// the rest. With all features they are what the lints see.
fn features() -> Result<()> {
    for layer in ["", "recurrence", "hub"] {
        let core =
            ["--quiet", "--locked", "--package", "uhub-core", "--no-default-features", "--features", layer];
        run(cargo(["clippy"]).args(core).args(["--", "-D", "warnings"]))?;
        // Where a layer's documents speak of what is above it, they must not link there.
        run(cargo(["doc", "--no-deps"]).args(core).env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    let halves = [
        "uhub-store/sqlite,uhub-exec/webhook,uhub-http/sqlite,uhub-http/webhook",
        "uhub-store/postgres,uhub-exec/docker,uhub-exec/vault,uhub-http/postgres,uhub-http/docker,uhub-http/vault",
    ];
    for half in halves {
        let mut clippy =
            cargo(["clippy", "--quiet", "--locked", "--no-default-features", "--features", half]);
        for package in docs::CRATES {
            clippy.args(["--package", package]);
        }
        run(clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// What would be published holds all that it is built from: the packed crates compile by themselves, apart from the rest of
/// the tree. `cargo package` would compile all their dependencies anew for each of them.
fn packages() -> Result<()> {
    let mut package = cargo(["package", "--quiet", "--locked", "--allow-dirty", "--no-verify"]);
    for name in docs::CRATES {
        package.args(["--package", name]);
    }
    let scratch = tempfile::tempdir().context("cannot make a temporary directory")?;
    run(package.arg("--target-dir").arg(scratch.path()))?;
    let packed = scratch.path().join("package");
    let manifest = fs::read_to_string(root().join("Cargo.toml")).context("Cargo.toml")?;
    // The same profiles and versions, and these members alone.
    let mut alone: String = manifest
        .lines()
        .filter(|line| !["members", "default-members", "exclude"].iter().any(|key| line.starts_with(key)))
        .flat_map(|line| [line, if line == "[workspace]" { "\nmembers = [\"*-*.*.*\"]\n" } else { "\n" }])
        .collect();
    alone.push_str("\n[patch.crates-io]\n");
    for name in docs::CRATES {
        let version = env!("CARGO_PKG_VERSION");
        let file = format!("{name}-{version}.crate");
        // As new as they are: what cargo packs is dated years ago, and would pass for what an earlier check has compiled.
        run(command("tar").arg("-xzmf").arg(packed.join(file)).arg("-C").arg(&packed))?;
        alone.push_str(&format!("{name} = {{ path = \"{name}-{version}\" }}\n"));
    }
    fs::write(packed.join("Cargo.toml"), alone).context("Cargo.toml of the packages")?;
    fs::copy(root().join("Cargo.lock"), packed.join("Cargo.lock")).context("Cargo.lock")?;
    let mut check = cargo(["check", "--quiet", "--workspace", "--target-dir"]);
    run(check.arg(built_dir()?).current_dir(&packed))
}

/// Licences, banned crates and sources of all dependencies by `deny.toml`; with `advisories`, known
/// vulnerabilities too, for which a database is fetched.
///
/// # Errors
/// When cargo-deny cannot be installed, or finds something.
pub fn deny(advisories: bool) -> Result<()> {
    packages::cargo_deny()?;
    let mut deny = cargo(["deny", "--locked", "check", "licenses", "bans", "sources"]);
    if advisories {
        deny.arg("advisories");
    }
    run(&mut deny)
}

#[cfg(test)]
mod tests {
    use super::outside;

    #[test]
    fn finds_what_the_core_must_not_use() {
        let tree = "uhub-core v0.1.0 (/src/uhub-core)\nserde v1.0.0\nsqlx-core v0.9.0\ntokio v1.0.0\ntokio v1.0.0 (*)\n";
        assert_eq!(outside(tree), ["sqlx-core", "tokio"]);
    }

    #[test]
    fn leaves_alone_what_only_begins_alike() {
        assert!(outside("hyperfine v1.0.0\nasync-lock v3.4.0\ntokion v1.0.0\n\n").is_empty());
    }
}
