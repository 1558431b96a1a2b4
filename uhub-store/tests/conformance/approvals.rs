//! Approvals.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use uhub_core::{approval::digest, model::*, ports::store::Cursor};

use crate::{
    bed::{ALL, Bed, walk},
    samples::{UNICODE, World, approval, at, execution, last},
};

conformance!(round_trip, changed_by_state, ordered, open, expired, a_digest_outlives_the_store);

async fn round_trip(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 0).await;
    let cleared = Change {
        environment: Some(None),
        assignee_id: Some(None),
        critical: Some(None),
        execution: Some(None),
        ..Change::default()
    };
    let full = Change {
        title: Some(UNICODE.to_owned()),
        description: Some(String::new()),
        job_type: Some(JobType::Dev),
        environment: Some(Some(EnvironmentId(bed.id()))),
        slot: Some((Slot::new(EARLIEST + TimeDelta::microseconds(1), last()).unwrap(), true)),
        assignee_id: Some(Some(UserId(bed.id()))),
        critical: Some(Some(false)),
        execution: Some(Some(execution())),
        auto_start: Some(false),
        break_glass: true,
    };
    let bare = approval(&bed, &job, ApprovalKind::Create, ApprovalState::Pending);
    let whole = Approval {
        run_id: Some(RunId(bed.id())),
        change: Some(full),
        reason: Some(UNICODE.to_owned()),
        requested_at: EARLIEST,
        expires_at: last(),
        decided_by: Some(UserId(bed.id())),
        decided_at: Some(last()),
        comment: Some(UNICODE.to_owned()),
        ..approval(&bed, &job, ApprovalKind::Edit, ApprovalState::Pending)
    };
    let mut approvals = vec![bare, whole.clone()];
    for kind in ApprovalKind::ALL {
        let change = Some(cleared.clone());
        approvals.push(Approval { change, ..approval(&bed, &job, *kind, ApprovalState::Pending) });
    }
    let mut session = bed.write().await;
    for approval in &approvals {
        session.insert_approval(approval).await.unwrap();
        assert_eq!(session.approval(approval.id).await.unwrap().as_ref(), Some(approval));
    }
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.approval(whole.id).await.unwrap(), Some(whole));
    assert_eq!(session.approval(ApprovalId(bed.id())).await.unwrap(), None);
    approvals.reverse();
    assert_eq!(session.approvals(None, ALL).await.unwrap(), approvals);
}

async fn changed_by_state(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 0).await;
    let before = approval(&bed, &job, ApprovalKind::Run, ApprovalState::Pending);
    let after = Approval {
        run_id: Some(RunId(bed.id())),
        state: ApprovalState::Approved,
        expires_at: at(99),
        decided_by: Some(UserId(bed.id())),
        decided_at: Some(at(1)),
        comment: Some("ok".to_owned()),
        ..before.clone()
    };
    let mut session = bed.write().await;
    session.insert_approval(&before).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    for state in &ApprovalState::ALL[1..] {
        assert!(!session.update_approval(&after, *state).await.unwrap(), "{state}");
    }
    let missing = Approval { id: ApprovalId(bed.id()), ..after.clone() };
    assert!(!session.update_approval(&missing, ApprovalState::Pending).await.unwrap());
    assert_eq!(session.approval(before.id).await.unwrap(), Some(before));
    assert!(session.update_approval(&after, ApprovalState::Pending).await.unwrap());
    assert!(!session.update_approval(&after, ApprovalState::Pending).await.unwrap(), "once");
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.approvals(None, ALL).await.unwrap(), [after]);
}

async fn ordered(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 0).await;
    let mut approvals = Vec::new();
    let mut session = bed.write().await;
    for number in 0..14 {
        let state = ApprovalState::ALL[number % ApprovalState::ALL.len()];
        let approval = approval(&bed, &job, ApprovalKind::Run, state);
        session.insert_approval(&approval).await.unwrap();
        approvals.push(approval);
    }
    session.commit().await.unwrap();
    approvals.reverse();
    approvals.sort_by_key(|approval| approval.state != ApprovalState::Pending);
    let states = std::iter::once(None).chain(ApprovalState::ALL.iter().copied().map(Some));
    for state in states {
        let of_state = |approval: &&Approval| state.is_none_or(|state| approval.state == state);
        let expected: Vec<_> = approvals.iter().filter(of_state).cloned().collect();
        for limit in [1, 2, 3, 100] {
            let walked = walk!(bed, limit, |session, page| session.approvals(state, page), |approval| {
                Cursor { key: i64::from(approval.state != ApprovalState::Pending), id: approval.id.0 }
            });
            assert_eq!(walked, expected, "{state:?} by {limit}");
        }
    }
}

async fn open(bed: Bed) {
    let world = World::new(&bed).await;
    let jobs = [world.job(&bed, 0), world.job(&bed, 1), world.job(&bed, 2)];
    let mut expected = Vec::new();
    let mut session = bed.write().await;
    for (number, job) in jobs.iter().enumerate() {
        session.insert_job(job).await.unwrap();
        for state in ApprovalState::ALL {
            let approval = approval(&bed, job, ApprovalKind::Edit, *state);
            session.insert_approval(&approval).await.unwrap();
            if state.is_open() && number != 1 {
                expected.push(approval);
            }
        }
    }
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    let asked = [jobs[2].id, jobs[0].id, JobId(bed.id()), jobs[2].id];
    let mut found = session.open_approvals(&asked).await.unwrap();
    found.sort_by_key(|approval| approval.id);
    assert_eq!(found, expected);
    assert_eq!(session.open_approvals(&[]).await.unwrap(), []);
}

async fn expired(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 0).await;
    let tick = TimeDelta::microseconds(1);
    let mut expected = Vec::new();
    let mut session = bed.write().await;
    for state in ApprovalState::ALL {
        for end in [at(0), at(0) + tick, at(-5)] {
            let approval = Approval { expires_at: end, ..approval(&bed, &job, ApprovalKind::Cancel, *state) };
            session.insert_approval(&approval).await.unwrap();
            if state.is_open() && end <= at(0) {
                expected.push(approval);
            }
        }
    }
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    let mut found = session.expired_approvals(at(0), 100).await.unwrap();
    found.sort_by_key(|approval| approval.id);
    assert_eq!(found, expected);
    assert_eq!(session.expired_approvals(at(0), 3).await.unwrap().len(), 3);
    assert_eq!(session.expired_approvals(at(-6), 3).await.unwrap(), []);
}

/// What was approved is what is found again, to the last bit of a number: else every approval would be void.
async fn a_digest_outlives_the_store(bed: Bed) {
    let world = World::new(&bed).await;
    // As a request brings it: these are not all read back exactly by a reader that takes shortcuts.
    let payload = serde_json::from_str(
        r#"{"b": [0.1, 123456789.12345678, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308,
                  0.30000000000000004, 9007199254740993.0, 31.245270191439438, 121.48791951161945, 100.78399658203125,
                  1e23, 8.41e21, -0.0, 18446744073709551615], "a": {"z": null, "é": "\u0001\ud83d\ude80"}}"#,
    )
    .unwrap();
    let execution = ExecutionSpec {
        payload: Some(payload),
        env: BTreeMap::from([("B".to_owned(), "1".to_owned()), ("A".to_owned(), UNICODE.to_owned())]),
        limits: Some(ResourceLimits { cpus: Some(1.0 / 3.0), memory_mb: None, pids: None }),
        ..execution()
    };
    let job = Job { execution: Some(execution.clone()), ..world.job(&bed, 0) };
    let change = Change { execution: Some(Some(execution)), ..Change::default() };
    let approval = Approval {
        digest: digest(ApprovalKind::Edit, &job, Some(&change), None),
        change: Some(change),
        ..approval(&bed, &job, ApprovalKind::Edit, ApprovalState::Pending)
    };
    let mut session = bed.write().await;
    session.insert_job(&job).await.unwrap();
    session.insert_approval(&approval).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    let job = session.job(job.id).await.unwrap().unwrap();
    let approval = session.approval(approval.id).await.unwrap().unwrap();
    assert_eq!(digest(approval.kind, &job, approval.change.as_ref(), None), approval.digest);
}
