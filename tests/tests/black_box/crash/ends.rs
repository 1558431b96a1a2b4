//! What must hold of runs, however often everything died.

use std::collections::BTreeMap;

use serde_json::Value;
use uhub_tests::{Client, audit, wait, wait::secs};

const TERMINAL: [&str; 5] = ["succeeded", "failed", "timed_out", "cancelled", "lost"];

/// Waits until every run has ended, and checks the one end of each against the audit.
///
/// # Panics
/// When a run has no end, two ends, or was handed out more often than its attempts.
pub(super) async fn check(admin: &Client, launched: &[String]) -> BTreeMap<String, usize> {
    let all = wait::until(secs(60), "every run ends", || async {
        let all = admin.all("/runs").await;
        let open = all.iter().filter(|run| run["ended_at"].is_null()).count();
        (open == 0).then_some(all)
    })
    .await;
    for id in launched {
        assert!(
            all.iter().any(|run| run["id"] == **id),
            "the launch of {id} was acknowledged, and it is gone"
        );
    }

    audit::verify(admin).await;
    let entries = audit::entries(admin).await;
    let mut counts = BTreeMap::new();
    for run in &all {
        let status = run["status"].as_str().expect("a word");
        assert!(TERMINAL.contains(&status), "{run}");
        *counts.entry(status.to_owned()).or_insert(0) += 1;
        let of_run: Vec<&Value> = entries.iter().filter(|entry| entry["object_id"] == run["id"]).collect();
        let of = |action: &str| -> Vec<&Value> {
            of_run
                .iter()
                .copied()
                .filter(|entry| entry["action"] == action && entry["decision"] == "allow")
                .collect()
        };
        assert_eq!(of("run.launch").len(), 1, "{of_run:#?}");
        let ends = of("run.finish");
        // One that was cancelled in the queue has its end without a worker.
        if ends.is_empty() {
            assert_eq!((status, of("run.claim").len()), ("cancelled", 0), "{of_run:#?}");
            continue;
        }
        assert_eq!(ends.len(), 1, "ends of {run}: {of_run:#?}");
        assert_eq!(ends[0]["detail"]["status"], status, "{of_run:#?}");
        assert_eq!(
            of_run.last().map(|last| &last["action"]),
            Some(&ends[0]["action"]),
            "something follows the end"
        );
        let attempts = run["attempt"].as_u64().expect("a number") as usize;
        assert_eq!(of("run.claim").len(), attempts, "handed out once per attempt: {of_run:#?}");
        assert_eq!(of("run.retry").len(), attempts - 1, "{of_run:#?}");
        let fences: Vec<i64> =
            of("run.claim").iter().filter_map(|claim| claim["detail"]["fence"].as_i64()).collect();
        assert!(fences.windows(2).all(|pair| pair[0] < pair[1]), "{fences:?}");
    }
    // A job ends as its run.
    for job in admin.all("/jobs").await {
        assert!(!["queued", "running"].contains(&job["status"].as_str().expect("a word")), "{job}");
    }
    counts
}
