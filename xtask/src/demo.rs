//! `cargo xtask demo`: the hub with demo data, on this machine, in one command.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::interrupt;
use crate::project::{self, cargo, command, root, run};
use crate::ui;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Begin anew: remove the data of earlier runs first
    #[arg(long)]
    reset: bool,
    /// Build with all optimisations, which takes minutes more
    #[arg(long)]
    release: bool,
    /// Serve the API alone, for which no Node.js is needed
    #[arg(long)]
    no_ui: bool,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// More arguments for `uhub serve`
    #[arg(last = true)]
    serve: Vec<String>,
}

/// The accounts of `seeds/users.json`. Their passwords are their names (DOMAIN §10).
const ACCOUNTS: [(&str, &str); 4] = [
    ("demo-admin", "sees and may change everything"),
    ("demo-projets", "leads two projects, approves changes in prod"),
    ("demo-dev", "plans and launches in dev and staging"),
    ("demo-ops", "operations; needs approval in prod"),
];

/// Builds `uhub`, serves it with demo data kept in `.uhub/demo`, and says where to log in. Ends with Ctrl-C.
///
/// The development profile is the default: it is built in a fraction of the time, what `cargo xtask test` built is
/// reused, and the parts that need it (password hashing, SQLite) are optimised in it as well.
///
/// # Errors
/// When the build fails, or the server ends by itself.
pub fn demo(options: &Options) -> Result<()> {
    let data = root().join(".uhub/demo");
    if options.reset && data.exists() {
        fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;
    }
    fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;

    if !options.no_ui {
        ui::build().context("the web app cannot be built; --no-ui serves the API without it")?;
    }
    // Only this binary, but with the features that the whole workspace asks of dependencies: those are compiled anew
    // for each different set.
    let mut build = if options.release {
        cargo(["build", "--workspace", "--release", "--locked"])
    } else {
        project::build_for_tests()
    };
    run(build.args(["--bin", "uhub"]))?;

    let profile = if options.release { "release" } else { "debug" };
    let mut serve = command(project::built_dir()?.join(profile).join("uhub"));
    serve.args(["serve", "--demo", "--listen", &options.listen]);
    serve.arg("--database").arg(format!("sqlite:{}", data.join("uhub.sqlite").display()));
    serve.arg("--data-dir").arg(&data).args(&options.serve);
    let mut child = serve.stdout(Stdio::piped()).spawn().context("cannot start uhub")?;
    let reader = child.stdout.take().map(|stdout| std::thread::spawn(move || show(BufReader::new(stdout))));
    let outcome = interrupt::wait(child);
    let was_ready = reader.is_some_and(|reader| reader.join().unwrap_or(false));
    match outcome {
        // Asked to stop, which is how a demo ends.
        Err(_) if interrupt::requested() => Ok(()),
        Err(error) => Err(error).context("cannot wait for uhub"),
        Ok(status) if was_ready => bail!("uhub stopped by itself: {status}"),
        Ok(status) => bail!("uhub ended before it was ready ({status}); see what it printed above"),
    }
}

/// Passes the server's stdout on, and adds how to log in when it is ready. Returns whether it ever was.
fn show(stdout: impl BufRead) -> bool {
    let mut ready = false;
    for line in stdout.lines().map_while(Result::ok) {
        println!("{line}");
        if let Some((_, url)) = line.split_once("listening on ").filter(|_| !ready) {
            ready = true;
            println!("{}", welcome(url.trim()));
        }
    }
    ready
}

fn welcome(url: &str) -> String {
    let mut text = format!(
        "\n  uHub is ready: {url}   (API: {url}/docs)\n\n  The password of each account is its name.\n\n"
    );
    for (name, what) in ACCOUNTS {
        text += &format!("    {name:<14} {what}\n");
    }
    text + "\n  Ctrl-C stops it; `cargo xtask demo --reset` begins anew.\n"
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNTS, show, welcome};

    #[test]
    fn knows_when_the_server_is_ready() {
        assert!(show("migrating\nlistening on http://127.0.0.1:8080\nbye\n".as_bytes()));
        assert!(!show("error: the port is taken\n".as_bytes()));
    }

    #[test]
    fn tells_address_and_accounts() {
        let text = welcome("http://127.0.0.1:8080");
        assert!(text.contains("http://127.0.0.1:8080/docs"));
        assert!(ACCOUNTS.iter().all(|(name, _)| text.contains(name)));
    }
}
