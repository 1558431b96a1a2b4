//! Installs what a step needs and the machine lacks, by package name, and says so.

use std::env;

use anyhow::{Result, bail};
use nix::unistd::Uid;

use crate::project::{command, on_path, run};

/// Installs Debian packages. `why` is the sentence that the user reads first.
///
/// # Errors
/// Without root, or where there is no `apt-get`: the message names what to install by hand.
pub fn apt(packages: &[&str], why: &str) -> Result<()> {
    let names = packages.join(" ");
    if on_path("apt-get").is_none() {
        bail!("{why}: install the equivalent of the Debian packages `{names}` and try again");
    }
    if !Uid::effective().is_root() {
        bail!("{why}: run `sudo apt-get install --no-install-recommends {names}` and try again");
    }
    eprintln!("xtask: {why}; installing {names}");
    run(apt_get().args(["update", "--quiet=2"]))?;
    run(apt_get().args(["install", "--yes", "--quiet=2", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> std::process::Command {
    let mut apt = command("apt-get");
    // No questions. With RUNLEVEL=1 the packages do not start their own servers: we run our own, apart.
    apt.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    // Its chatter must not mix with what xtask prints for `eval`.
    apt.stdout(std::io::stderr());
    if env::var_os("CI").is_none() {
        apt.env("APT_LISTCHANGES_FRONTEND", "none");
    }
    apt
}
