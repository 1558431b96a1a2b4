//! r08: the disk is full.

use std::{
    fs::{self, File},
    io::Write as _,
    path::PathBuf,
    process::Command,
};

use serde_json::json;
use tempfile::TempDir;
use uhub_tests::{Site, audit, plan, wait, wait::secs};

use super::{plan_job, ready, ready_again};

/// A file system of a few megabytes, in memory.
struct Tmpfs {
    directory: PathBuf,
}

impl Tmpfs {
    fn mount(directory: &TempDir, megabytes: u32) -> Self {
        let size = format!("size={megabytes}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(directory.path()).status();
        assert!(
            mounted.is_ok_and(|status| status.success()),
            "a tmpfs can be mounted; the tests run as root"
        );
        Self { directory: directory.path().to_owned() }
    }

    fn filler(&self) -> PathBuf {
        self.directory.join("filler")
    }

    /// Leaves no byte free.
    fn fill(&self) {
        let mut file =
            File::options().append(true).create(true).open(self.filler()).expect("a file can be made");
        for size in [65_536, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily: a server that is just being killed may hold it for a moment.
        let _ = Command::new("umount").arg("-l").arg(&self.directory).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r08_a_full_disk_is_503_nothing_is_half_done_and_it_recovers_by_itself() {
    let directory = tempfile::tempdir().expect("a directory");
    // Declared first, dropped last.
    let disk = Tmpfs::mount(&directory, 24);
    let site = Site::in_directory(directory).programs(&["/bin/true"]);
    let mut server = site.demo().await;
    let admin = server.admin().await;
    let project = plan::id(&admin.all("/projects").await[0]);
    let body = |n: i64| plan::job(&project, &format!("job {n}"), "dev", Some("dev"), &plan::hour(n));
    let mut executed = body(0);
    executed["auto_start"] = json!(false);
    executed["execution"] = json!({ "backend": "local", "command": ["/bin/true"] });
    let executed = plan::id(&admin.post("/jobs", &executed).await.expect(201));

    disk.fill();
    let mut acknowledged = Vec::new();
    // Freed pages of the log may still take a write or two.
    let mut refused = 0;
    for n in 1..400 {
        let answer = plan_job(&admin, &body(n)).await;
        match answer.status {
            201 => acknowledged.push(plan::id(&answer.json())),
            status => {
                assert_eq!(status, 503, "{answer:?}");
                assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
                refused += 1;
            }
        }
        if refused >= 5 {
            break;
        }
    }
    assert!(refused >= 5, "{} jobs fit on a full disk", acknowledged.len());
    wait::until(secs(10), "/readyz says 503", || async { (ready(&admin).await == 503).then_some(()) }).await;
    admin.get("/healthz").await.expect(200);
    // No new starts, and no sign-in that could not be audited (DOMAIN §9).
    let launch = admin.request(reqwest::Method::POST, &format!("/jobs/{executed}/runs")).json(&json!({}));
    launch.may_fail().send().await.expect(503);
    let sign_in = server.anyone().sign_in_request("demo-dev", "demo-dev").may_fail().send().await;
    sign_in.expect(503);
    // Reading goes on.
    let there = admin.all("/jobs").await;
    assert_eq!(there.len(), 16 + 1 + acknowledged.len(), "what was refused is not there, what was not is");
    assert_eq!(admin.all("/runs").await.len(), 0);

    fs::remove_file(disk.filler()).expect("it can be removed");
    ready_again(&admin, secs(15)).await;
    admin.post("/jobs", &body(1000)).await.expect(201);
    for id in &acknowledged {
        admin.get(&format!("/jobs/{id}")).await.expect(200);
    }
    let run = plan::id(&admin.post(&format!("/jobs/{executed}/runs"), &json!({})).await.expect(201));
    wait::until(secs(20), "the run ends", || async {
        (admin.get(&format!("/runs/{run}")).await.expect(200)["status"] == "succeeded").then_some(())
    })
    .await;
    audit::verify(&admin).await;
    assert_eq!(server.process.stop(secs(20)).await.code(), Some(0), "{}", server.process.log());
    site.database.check_integrity().await;
    drop(server);
    drop(site);
}
