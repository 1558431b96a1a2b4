//! Nothing outlives the worker, and nothing goes on while it is stopped (RISKS 1, 2). The worker here is this very test
//! program, started again to run nothing but [`acting_worker`].

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::*;

const MARKER: &str = "UHUB_TEST_MARKER";
const HOLD: &str = "UHUB_TEST_HOLD_MS";

/// Not a test of its own: starts a program that does its best to get away, and holds its claim as long as it lives.
#[tokio::test]
async fn acting_worker() {
    let Ok(marker) = std::env::var(MARKER) else { return };
    let hold = std::env::var(HOLD).ok().and_then(|text| text.parse().ok()).map(Duration::from_millis);
    let bench = Bench::with(&["/bin/sh"], |config| config.grace = PATIENCE);
    let script = format!(
        "trap '' TERM HUP INT; (setsid sh -c 'env -i setsid sleep {marker} &' &); sleep 0.2; echo ready; \
         sleep {marker}"
    );
    let mut started = bench.begin(&["/bin/sh", "-c", &script], PATIENCE).await;
    if let Some(hold) = hold {
        bench.backend.hold(&started.handle, hold);
    }
    until(&mut started, "ready").await;
    println!("\nREADY");
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Some(hold) = hold {
            bench.backend.hold(&started.handle, hold);
        }
    }
}

/// Ends the acting worker, if the test did not.
struct Acting(Child);

impl Drop for Acting {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Acting {
    fn start(marker: &str, hold_ms: Option<u32>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "local::tests::worker_dies::acting_worker", "--nocapture"])
            .env(MARKER, marker)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(hold) = hold_ms {
            command.env(HOLD, hold.to_string());
        }
        let mut acting = Self(command.spawn().unwrap());
        let output = BufReader::new(acting.0.stdout.take().unwrap());
        assert!(output.lines().any(|line| line.unwrap() == "READY"), "the acting worker did not get ready");
        acting
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().try_into().unwrap()), signal).unwrap();
    }
}

#[tokio::test]
async fn r01_kill_9_of_the_worker_leaves_nothing_running() {
    let marker = marker();
    let acting = Acting::start(&marker, None);
    assert!(alive(&format!("sleep {marker}")).len() >= 2);
    acting.signal(Signal::SIGKILL);
    wait_for("the end of all", || alive(&marker).is_empty()).await;
    assert_eq!(helpers_of(acting.0.id()), Vec::<u32>::new());
}

#[tokio::test]
async fn r02_a_stopped_worker_loses_its_program_when_its_claim_ends() {
    let marker = marker();
    let acting = Acting::start(&marker, Some(2000));
    tokio::time::sleep(Duration::from_millis(2300)).await;
    assert!(alive(&format!("sleep {marker}")).len() >= 2, "killed while its claim was renewed");
    acting.signal(Signal::SIGSTOP);
    let stopped = Instant::now();
    wait_for("the end of all", || alive(&format!("sleep {marker}")).is_empty()).await;
    assert!(stopped.elapsed() < Duration::from_secs(10));
    acting.signal(Signal::SIGCONT);
}

/// Zygotes and supervisors that the process `worker` made.
fn helpers_of(worker: u32) -> Vec<u32> {
    let session_of_worker = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.contains("(uhub-")
            && stat.rsplit(") ").next().is_some_and(|rest| rest.contains(&format!(" {worker} ")))
    };
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| session_of_worker(*pid))
        .collect()
}
