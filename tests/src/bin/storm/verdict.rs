//! What is left after the storm, and whether it is as it must be.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde_json::Value;
use uhub_tests::{Client, audit, process, wait, wait::secs};

use crate::{Hub, chaos::Told};

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    runs: usize,
    statuses: BTreeMap<String, usize>,
    /// Acknowledged, and gone or without an end.
    vanished: usize,
    double_ends: usize,
    /// Attempts that began more often than they were handed out.
    double_starts: usize,
    /// Writes of a late worker that changed something after another's claim.
    stale_writes: usize,
    /// Processes that outlived everything.
    leaks: usize,
    /// From a worker's death to the word on its run, in seconds, in order.
    resolved: Vec<f64>,
    pub(crate) faults: Vec<String>,
}

impl Verdict {
    pub(crate) fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// All in a line.
    pub(crate) fn line(&self, minutes: f64, told: &Told) -> String {
        let statuses: Vec<String> =
            self.statuses.iter().map(|(status, count)| format!("{count} {status}")).collect();
        format!(
            "storm of {minutes:.1} min: {} crashes ({} workers killed, {} stopped past the lease, {} servers killed, \
             {} PostgreSQL crashes, {} times all connections cut); {} runs ({}); vanished {}, double ends {}, \
             double starts {}, stale writes {} (refused {}), leaks {}; runs of dead workers resolved within {:.1} s \
             at p50, {:.1} s at p99, {:.1} s at most",
            told.crashes(),
            told.workers_killed,
            told.workers_stopped,
            told.servers_killed,
            told.databases_crashed,
            told.connections_cut,
            self.runs,
            statuses.join(", "),
            self.vanished,
            self.double_ends,
            self.double_starts,
            self.stale_writes,
            told.late,
            self.leaks,
            self.percentile(0.5),
            self.percentile(0.99),
            self.percentile(1.0),
        )
    }

    fn percentile(&self, part: f64) -> f64 {
        let last = self.resolved.len().saturating_sub(1);
        self.resolved.get((last as f64 * part).round() as usize).copied().unwrap_or(0.0)
    }

    fn fault(&mut self, text: String) {
        if self.faults.len() < 50 {
            self.faults.push(text);
        }
    }
}

/// Waits until all is over, and counts.
pub(crate) async fn look(
    hub: &Hub,
    admin: &Client,
    launched: &[String],
    told: &Told,
    diary: &Path,
    mark: &str,
) -> Verdict {
    let runs = wait::until(secs(300), "every run ends", || async {
        let open = ["queued", "running"];
        for status in open {
            if !admin.get(&format!("/runs?status={status}&limit=1")).await.expect(200)["items"]
                .as_array()
                .is_some_and(Vec::is_empty)
            {
                return None;
            }
        }
        // Between two looks one may have gone from the one to the other.
        let runs = admin.all("/runs").await;
        let is_open = |run: &Value| open.iter().any(|status| run["status"] == *status);
        (!runs.iter().any(is_open)).then_some(runs)
    })
    .await;
    let mut verdict = Verdict { runs: runs.len(), ..Verdict::default() };
    let known: BTreeSet<&str> = runs.iter().filter_map(|run| run["id"].as_str()).collect();
    for id in launched {
        if !known.contains(id.as_str()) {
            verdict.vanished += 1;
            verdict.fault(format!("the launch of {id} was acknowledged, and it is gone"));
        }
    }
    audit::verify(admin).await;
    let entries = audit::entries(admin).await;
    ends(&mut verdict, &runs, &entries);
    resolution(&mut verdict, &entries, told);
    starts(&mut verdict, &runs, diary);

    wait::until(secs(20), "programs end", || async { process::marked(mark).is_empty().then_some(()) }).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    verdict.leaks = process::marked(mark).len();
    if verdict.leaks > 0 {
        verdict.fault(format!("{} processes are left", verdict.leaks));
    }
    drop(hub.site.database.open_postgres().await);
    verdict
}

/// Each run has one end, and what each worker wrote carried the newest fence.
fn ends(verdict: &mut Verdict, runs: &[Value], entries: &[Value]) {
    let mut of_run: HashMap<&str, Vec<&Value>> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry["decision"] == "allow") {
        if let Some(id) = entry["object_id"].as_str() {
            of_run.entry(id).or_default().push(entry);
        }
    }
    for run in runs {
        let status = run["status"].as_str().unwrap_or("?");
        *verdict.statuses.entry(status.to_owned()).or_default() += 1;
        let story = run["id"].as_str().and_then(|id| of_run.get(id)).cloned().unwrap_or_default();
        let count = |action: &str| story.iter().filter(|entry| entry["action"] == action).count();
        if count("run.finish") != 1 || story.last().is_some_and(|last| last["action"] != "run.finish") {
            verdict.double_ends += 1;
            verdict.fault(format!("{} has not one end: {story:?}", run["id"]));
        }
        let attempts = usize::try_from(run["attempt"].as_u64().unwrap_or_default()).unwrap_or_default();
        if count("run.claim") != attempts || count("run.retry") + 1 != attempts {
            verdict.stale_writes += 1;
            verdict.fault(format!("{} was handed out otherwise than its attempts say: {story:?}", run["id"]));
        }
        // In the order of their fences, each word is by who held the run then.
        let mut fence = 0;
        for entry in &story {
            let Some(carried) = entry["detail"]["fence"].as_i64() else { continue };
            let is_newer =
                if entry["action"] == "run.claim" { carried == fence + 1 } else { carried == fence };
            if !is_newer {
                verdict.stale_writes += 1;
                verdict.fault(format!("a stale fence in {story:?}"));
            }
            fence = carried;
        }
        if status == "lost" && attempts > 1 {
            verdict.fault(format!("{} may be repeated, and is lost", run["id"]));
        }
    }
}

/// How long it took until the runs of a dead worker were resolved.
fn resolution(verdict: &mut Verdict, entries: &[Value], told: &Told) {
    for entry in entries {
        let Some(name) = entry["detail"]["outcome"]
            .as_str()
            .and_then(|outcome| outcome.strip_prefix("its worker ")?.strip_suffix(" died"))
        else {
            continue;
        };
        let at: Option<DateTime<Utc>> = entry["at"].as_str().and_then(|at| at.parse().ok());
        if let (Some(at), Some(died)) = (at, told.died.get(name)) {
            verdict.resolved.push((at - *died).as_seconds_f64());
        }
    }
    verdict.resolved.sort_by(f64::total_cmp);
}

/// What the programs themselves wrote: no attempt began twice, and what succeeded was done.
fn starts(verdict: &mut Verdict, runs: &[Value], diary: &Path) {
    let text = fs::read_to_string(diary).unwrap_or_default();
    let mut count: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for line in text.lines() {
        if let [word, run, attempt] = line.split(' ').collect::<Vec<_>>()[..] {
            *count.entry((word, run, attempt)).or_default() += 1;
        }
    }
    for ((word, run, attempt), times) in &count {
        if *times > 1 {
            verdict.double_starts += 1;
            verdict.fault(format!("attempt {attempt} of {run} {word} {times} times"));
        }
    }
    for run in runs.iter().filter(|run| run["status"] == "succeeded") {
        let (id, attempt) = (run["id"].as_str().unwrap_or("?"), run["attempt"].to_string());
        if !count.contains_key(&("done", id, attempt.as_str())) {
            verdict.fault(format!("{id} succeeded in attempt {attempt}, and was not done"));
        }
    }
}
