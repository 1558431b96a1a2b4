//! r01, r03, r06, r09: kill -9 in the middle of things, on both databases. No run is lost, none has two ends, no process is
//! left, nothing that was acknowledged is gone.

mod ends;
mod kills;
mod outage;
mod stopped;

use std::time::Duration;

use serde_json::{Value, json};
use uhub_tests::{Client, Server, Site, plan};

/// Leases of the servers and workers here, in seconds: what a dead worker held is resolved after that.
const LEASE: u32 = 2;

/// A site whose workers may run the shell.
fn prepared(site: Site) -> Site {
    site.programs(&["/bin/sh"]).lease(LEASE).many_logins()
}

/// A project of the admin's own.
async fn project(server: &Server, admin: &Client) -> String {
    let owner = plan::user_id(admin, "demo-admin").await;
    plan::id(&plan::project(&server.admin().await, "Crash", &owner, &Value::Null, false).await)
}

/// The body of a job of the shell that is launched by hand.
fn shell(project: &str, title: &str, mark: &str, script: &str) -> Value {
    let mut job = plan::job(project, title, "dev", Some("dev"), &plan::hour(0));
    job["auto_start"] = json!(false);
    job["execution"] = json!({
        "backend": "local",
        "command": ["/bin/sh", "-c", script, mark],
        "env": { "MARK": mark },
        "timeout_seconds": 30,
    });
    job
}

/// A number below `n` that differs from call to call and from run to run.
fn random(n: u64) -> u64 {
    let id = uhub_tests::env::random_id();
    u64::from_str_radix(&id[..8], 16).expect("hexadecimal") % n
}

/// A moment of at most so many milliseconds.
async fn moment(most: u64) {
    tokio::time::sleep(Duration::from_millis(random(most))).await;
}
