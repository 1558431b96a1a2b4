use std::collections::BTreeSet;

use super::*;

fn edges<S: State>(states: &[S], events: &[S::Event]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for from in states {
        for event in events {
            if let Some(to) = from.next(*event) {
                all.insert(format!("{from} -{event}-> {to}"));
            }
        }
    }
    all
}

/// DOMAIN §5, written down a second time by hand.
#[test]
fn the_job_machine_is_the_one_of_the_domain() {
    let expected = [
        "planned -ask_approval-> awaiting_approval",
        "awaiting_approval -approve-> approved",
        "awaiting_approval -accept_plan-> planned",
        "awaiting_approval -unapprove-> planned",
        "approved -unapprove-> planned",
        "queued -unapprove-> planned",
        "planned -queue-> queued",
        "approved -queue-> queued",
        "queued -start-> running",
        "running -retry-> queued",
        "running -succeed-> succeeded",
        "running -fail-> failed",
        "planned -done-> succeeded",
        "planned -cancel-> cancelled",
        "awaiting_approval -cancel-> cancelled",
        "approved -cancel-> cancelled",
        "queued -cancel-> cancelled",
        "running -cancel-> cancelled",
        "planned -miss-> missed",
        "awaiting_approval -miss-> missed",
        "approved -miss-> missed",
        "queued -miss-> missed",
        "failed -replan-> planned",
        "cancelled -replan-> planned",
        "missed -replan-> planned",
    ];
    assert_eq!(
        edges(JobStatus::ALL, JobEvent::ALL),
        expected.into_iter().map(str::to_owned).collect::<BTreeSet<_>>()
    );
}

#[test]
fn a_terminal_run_stays_so() {
    for from in RunStatus::ALL {
        let leaves = RunEvent::ALL.iter().any(|event| from.next(*event).is_some());
        assert_eq!(leaves, !from.is_terminal(), "{from}");
    }
}

#[test]
fn an_illegal_transition_names_both() {
    let mut status = Tracked::restore(JobStatus::Succeeded);
    let error = status.apply(JobEvent::Start).unwrap_err();
    assert_eq!(error.to_string(), "job is succeeded: it cannot start");
    assert_eq!((error.from.as_str(), error.event.as_str()), ("succeeded", "start"));
    assert_eq!(status.get(), JobStatus::Succeeded);
}

#[test]
fn only_dead_jobs_leave_their_slot() {
    for status in JobStatus::ALL {
        let ends = status.next(JobEvent::Cancel).is_none();
        assert_eq!(ends, !status.is_alive(), "{status}");
    }
}
