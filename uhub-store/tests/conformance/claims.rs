//! How workers get their runs, and lose them.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::TimeDelta;
use uhub_core::{
    model::*,
    ports::store::{Beat, Place, RunFilter, Store, StoreError, Wanted},
    workflow::Tracked,
};

use crate::{
    bed::{ALL, Bed},
    samples::{World, approval, at, ended, held, run_of},
};

conformance!(
    claimable,
    next_queued,
    waits_for_its_approval,
    heartbeats,
    expired_leases,
    adoptable,
    urgent_first,
    full_places_are_passed_over,
    moves,
    r03_of_64_claimers_one_wins,
    skips_what_others_locked,
);

const KINDS: &[BackendKind] = &[BackendKind::Docker];

fn ids(runs: Vec<Run>) -> Vec<RunId> {
    runs.into_iter().map(|run| run.id).collect()
}

/// So many queued runs, each of a job of its own, all due.
async fn queue(bed: &Bed, world: &World, count: i64) -> Vec<Run> {
    let mut session = bed.write().await;
    let mut runs = Vec::new();
    for hour in 0..count {
        let job = world.job(bed, hour);
        session.insert_job(&job).await.unwrap();
        let run = run_of(bed, &job);
        session.insert_run(&run).await.unwrap();
        runs.push(run);
    }
    session.commit().await.unwrap();
    runs
}

async fn claimable(bed: Bed) {
    let world = World::new(&bed).await;
    let queued = queue(&bed, &world, 7).await;
    let tick = TimeDelta::microseconds(1);
    let changed = [
        Run { due_at: at(0) + tick, ..queued[0].clone() },
        Run { due_at: at(0), ..queued[1].clone() },
        Run { due_at: at(-9), ..queued[2].clone() },
        Run { due_at: at(-9), backend: BackendKind::Webhook, ..queued[3].clone() },
        Run { due_at: at(-9), backend: BackendKind::Local, ..queued[4].clone() },
        Run { due_at: at(-90), ..held(&queued[5], 1, at(1)) },
        Run { due_at: at(-90), ..ended(&queued[6], RunStatus::Cancelled) },
    ];
    let mut session = bed.write().await;
    for run in &changed {
        assert!(session.update_run(run, (RunStatus::Queued, 0)).await.unwrap());
    }
    session.commit().await.unwrap();
    let kinds = [BackendKind::Webhook, BackendKind::Docker];
    let mut session = bed.write().await;
    let expected = [2, 3, 1].map(|number| changed[number].clone());
    assert_eq!(
        session.claimable(Wanted::of(&kinds, at(0), 100)).await.unwrap(),
        expected,
        "the most overdue first"
    );
    assert_eq!(session.claimable(Wanted::of(&kinds, at(0), 2)).await.unwrap(), expected[..2]);
    assert_eq!(session.claimable(Wanted::of(&kinds, at(-9), 9)).await.unwrap(), expected[..2]);
    assert_eq!(session.claimable(Wanted::of(&kinds[..1], at(0), 9)).await.unwrap(), expected[1..2]);
    assert_eq!(session.claimable(Wanted::of(&[], at(0), 9)).await.unwrap(), []);
    assert_eq!(session.claimable(Wanted::of(KINDS, at(-99), 9)).await.unwrap(), []);
}

async fn next_queued(bed: Bed) {
    let world = World::new(&bed).await;
    assert_eq!(bed.read().await.next_queued(at(0)).await.unwrap(), None);
    let queued = queue(&bed, &world, 6).await;
    let with_priority = |run: &Run, priority| ExecutionSpec { priority, ..run.execution.clone() };
    let changed = [
        Run { due_at: at(-1), ..queued[0].clone() },
        Run { due_at: at(7), ..queued[1].clone() },
        // Neither its priority nor its backend makes it any less the next.
        Run { due_at: at(4), execution: with_priority(&queued[2], -5), ..queued[2].clone() },
        Run { due_at: at(5), backend: BackendKind::Local, ..queued[3].clone() },
        Run { due_at: at(2), ..held(&queued[4], 1, at(1)) },
        Run { due_at: at(3), ..ended(&queued[5], RunStatus::Cancelled) },
    ];
    let mut session = bed.write().await;
    for run in &changed {
        assert!(session.update_run(run, (RunStatus::Queued, 0)).await.unwrap());
    }
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    for (now, next) in
        [(-2, Some(-1)), (-1, Some(4)), (0, Some(4)), (4, Some(5)), (5, Some(7)), (6, Some(7)), (7, None)]
    {
        assert_eq!(session.next_queued(at(now)).await.unwrap(), next.map(at), "after {now}");
    }
}

async fn waits_for_its_approval(bed: Bed) {
    let world = World::new(&bed).await;
    let queued = queue(&bed, &world, 6).await;
    let mut session = bed.write().await;
    for (run, state) in queued.iter().zip(ApprovalState::ALL) {
        let job = session.job(run.job_id).await.unwrap().unwrap();
        let approval = approval(&bed, &job, ApprovalKind::Run, *state);
        session.insert_approval(&approval).await.unwrap();
        let waiting = Run { approval_id: Some(approval.id), ..run.clone() };
        assert!(session.update_run(&waiting, (RunStatus::Queued, 0)).await.unwrap());
    }
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    let found = session.claimable(Wanted::of(KINDS, at(0), 100)).await.unwrap();
    let pending = ApprovalState::ALL.iter().position(|state| *state == ApprovalState::Pending).unwrap();
    let expected: Vec<_> =
        queued.iter().enumerate().filter(|(number, _)| *number != pending).map(|(_, run)| run.id).collect();
    assert_eq!(found.iter().map(|run| run.id).collect::<Vec<_>>(), expected, "all that are decided");
    let one = session.claimable(Wanted::of(KINDS, at(0), 1)).await.unwrap();
    assert_eq!(
        one.first().map(|run| run.id),
        expected.first().copied(),
        "the one that waits is in nobody's way"
    );
}

async fn heartbeats(bed: Bed) {
    let world = World::new(&bed).await;
    let queued = queue(&bed, &world, 5).await;
    let running = [
        held(&queued[0], 3, at(1)),
        Run { cancel_requested_at: Some(at(0)), ..held(&queued[1], 1, at(1)) },
        held(&queued[2], 2, at(1)),
        ended(&held(&queued[3], 2, at(1)), RunStatus::Lost),
    ];
    let mut session = bed.write().await;
    for run in &running {
        assert!(session.update_run(run, (RunStatus::Queued, 0)).await.unwrap());
    }
    session.commit().await.unwrap();
    let claims = [
        (queued[0].id, 3),
        (queued[1].id, 1),
        (queued[2].id, 1),
        (queued[3].id, 2),
        (queued[4].id, 0),
        (RunId(bed.id()), 1),
    ];
    let mut session = bed.write().await;
    let mut beats = session.heartbeat(&claims, at(2)).await.unwrap();
    assert_eq!(session.heartbeat(&[], at(2)).await.unwrap(), []);
    session.commit().await.unwrap();
    beats.sort_by_key(|beat| beat.run_id);
    assert_eq!(
        beats,
        [
            Beat { run_id: queued[0].id, cancel_requested: false },
            Beat { run_id: queued[1].id, cancel_requested: true },
        ]
    );
    let mut session = bed.read().await;
    for (number, run) in running.iter().enumerate() {
        let lease = if number < 2 { Some(at(2)) } else { run.lease_until };
        let expected = Run { lease_until: lease, ..run.clone() };
        assert_eq!(session.run(run.id).await.unwrap(), Some(expected), "{number}");
    }
    assert_eq!(session.run(queued[4].id).await.unwrap().as_ref(), Some(&queued[4]));
}

async fn expired_leases(bed: Bed) {
    let world = World::new(&bed).await;
    let queued = queue(&bed, &world, 6).await;
    let tick = TimeDelta::microseconds(1);
    let running = [
        held(&queued[0], 1, at(0)),
        held(&queued[1], 1, at(-1)),
        held(&queued[2], 1, at(0) + tick),
        Run { lease_until: None, ..held(&queued[3], 1, at(0)) },
        Run { lease_until: Some(at(-9)), ..ended(&queued[4], RunStatus::Lost) },
    ];
    let mut session = bed.write().await;
    for run in &running {
        assert!(session.update_run(run, (RunStatus::Queued, 0)).await.unwrap());
    }
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    let mut found = session.expired_leases(at(0), at(0), 100).await.unwrap();
    found.sort_by_key(|run| run.id);
    assert_eq!(found, running[..2]);
    assert_eq!(session.expired_leases(at(0), at(0), 1).await.unwrap().len(), 1);
    assert_eq!(session.heartbeat(&[(queued[1].id, 1)], at(1)).await.unwrap().len(), 1);
    assert_eq!(session.expired_leases(at(0), at(0), 100).await.unwrap(), running[..1], "the other lives");
}

/// What has a handle may go on outside: it is for those who can take it over, and lost only much later.
async fn adoptable(bed: Bed) {
    let world = World::new(&bed).await;
    let queued = queue(&bed, &world, 4).await;
    let handle = Some("container".to_owned());
    let running = [
        held(&queued[0], 1, at(-2)),
        Run { handle: handle.clone(), ..held(&queued[1], 1, at(-1)) },
        Run { handle: handle.clone(), ..held(&queued[2], 1, at(-3)) },
        Run { handle: handle.clone(), ..held(&queued[3], 1, at(1)) },
    ];
    let mut session = bed.write().await;
    for run in &running {
        assert!(session.update_run(run, (RunStatus::Queued, 0)).await.unwrap());
    }
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    let found = session.adoptable(KINDS, at(0), 100).await.unwrap();
    assert_eq!(found, [running[2].clone(), running[1].clone()], "the most overdue first");
    assert_eq!(session.adoptable(KINDS, at(0), 1).await.unwrap(), running[2..3]);
    assert_eq!(session.adoptable(&[BackendKind::Ssh], at(0), 100).await.unwrap(), []);
    assert_eq!(session.adoptable(&[], at(0), 100).await.unwrap(), []);
    // Not dropped, which would give the locks back a moment later.
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    assert_eq!(session.expired_leases(at(0), at(-4), 100).await.unwrap(), running[..1]);
    let mut late = session.expired_leases(at(0), at(-2), 100).await.unwrap();
    late.sort_by_key(|run| run.id);
    assert_eq!(late, [running[0].clone(), running[2].clone()]);
}

/// The more urgent goes first, then the more overdue.
async fn urgent_first(bed: Bed) {
    let world = World::new(&bed).await;
    let mut queued = queue(&bed, &world, 4).await;
    let mut session = bed.write().await;
    for (run, (priority, due)) in queued.iter_mut().zip([(0, -1), (0, -5), (100, 0), (-100, -9)]) {
        run.execution.priority = priority;
        run.due_at = at(due);
        assert!(session.update_run(run, (RunStatus::Queued, 0)).await.unwrap());
    }
    let in_turn = [queued[2].id, queued[1].id, queued[0].id, queued[3].id];
    for limit in [9, 3, 2] {
        let found = session.claimable(Wanted::of(KINDS, at(0), limit)).await.unwrap();
        assert_eq!(ids(found), in_turn[..in_turn.len().min(limit as usize)]);
    }
    // What is more urgent but comes later keeps nobody waiting.
    queued[2].due_at = at(9);
    assert!(session.update_run(&queued[2], (RunStatus::Queued, 0)).await.unwrap());
    for limit in [9, 3, 1] {
        let found = session.claimable(Wanted::of(KINDS, at(0), limit)).await.unwrap();
        assert_eq!(ids(found), in_turn[1..in_turn.len().min(limit as usize + 1)]);
    }
}

/// What has no room is left out, and what goes on is counted where it does.
async fn full_places_are_passed_over(bed: Bed) {
    let world = World::new(&bed).await;
    let queued = queue(&bed, &world, 3).await;
    let mut session = bed.write().await;
    let place = session.job(queued[0].job_id).await.unwrap().unwrap().environment.unwrap();
    let (projects, environments) = ([queued[0].project_id], [place.id]);
    let all = Wanted::of(KINDS, at(0), 9);
    assert_eq!(session.claimable(all).await.unwrap().len(), 3);
    assert_eq!(session.claimable(Wanted { full_projects: &projects, ..all }).await.unwrap(), []);
    assert_eq!(session.claimable(Wanted { full_environments: &environments, ..all }).await.unwrap(), []);
    let others = (ProjectId(bed.id()), EnvironmentId(bed.id()));
    let wanted = Wanted { full_projects: &[others.0], full_environments: &[others.1], ..all };
    assert_eq!(session.claimable(wanted).await.unwrap().len(), 3);

    assert_eq!(session.running_by_place().await.unwrap(), []);
    for run in &queued[..2] {
        assert!(session.update_run(&held(run, 1, at(1)), (RunStatus::Queued, 0)).await.unwrap());
    }
    let expected = Place {
        backend: BackendKind::Docker,
        project_id: projects[0],
        environment_id: Some(environments[0]),
    };
    assert_eq!(session.running_by_place().await.unwrap(), [(expected, 2)]);
}

/// The work of workers is written for many at once: what others say of the same runs and jobs stays.
async fn moves(bed: Bed) {
    let world = World::new(&bed).await;
    let queued = queue(&bed, &world, 3).await;
    let ids: Vec<_> = queued.iter().map(|run| run.id).collect();
    let mut session = bed.write().await;
    let cancelled = Run { cancel_requested_at: Some(at(0)), ..held(&queued[0], 1, at(1)) };
    assert!(session.update_run(&cancelled, (RunStatus::Queued, 0)).await.unwrap());
    session.commit().await.unwrap();

    let mut session = bed.write().await;
    let mut seen = session.hold_runs(&ids).await.unwrap();
    seen.sort_by_key(|run| run.id);
    assert_eq!(seen, [cancelled.clone(), queued[1].clone(), queued[2].clone()]);
    assert_eq!(session.hold_runs(&[]).await.unwrap(), []);
    assert_eq!(session.hold_runs(&[RunId(bed.id())]).await.unwrap(), []);
    let over = Run {
        outcome: Some("é\0".to_owned()),
        exit_code: Some(-1),
        ended_at: Some(at(3)),
        // Not a worker's to say.
        cancel_requested_at: None,
        ..ended(&cancelled, RunStatus::Failed)
    };
    let begun = Run { handle: Some("h".to_owned()), log_from: 7, ..held(&queued[1], 1, at(2)) };
    let moved = [(over.clone(), (RunStatus::Running, 1)), (begun.clone(), (RunStatus::Queued, 0))];
    assert!(session.move_runs(&moved).await.unwrap());
    assert!(session.move_runs(&[]).await.unwrap());
    let jobs: Vec<_> = queued.iter().map(|run| run.job_id).collect();
    let mut held_jobs = session.hold_jobs(&jobs).await.unwrap();
    held_jobs.sort_by_key(|job| job.id);
    let moved_jobs: Vec<_> = held_jobs
        .iter()
        .map(|job| Job {
            status: Tracked::restore(JobStatus::Queued),
            version: job.version + 1,
            title: "not a worker's to say".to_owned(),
            ..job.clone()
        })
        .collect();
    assert!(session.move_jobs(&moved_jobs).await.unwrap());
    assert!(session.move_jobs(&[]).await.unwrap());
    session.commit().await.unwrap();

    let mut session = bed.read().await;
    let expected = Run { cancel_requested_at: Some(at(0)), outcome: Some("é\u{FFFD}".to_owned()), ..over };
    let found = session.run(ids[0]).await.unwrap().unwrap();
    assert_eq!(Run { outcome: expected.outcome.clone(), ..found }, expected);
    assert_eq!(session.run(ids[1]).await.unwrap(), Some(begun));
    for before in &held_jobs {
        let after = session.job(before.id).await.unwrap().unwrap();
        let expected = Job {
            status: Tracked::restore(JobStatus::Queued),
            version: before.version + 1,
            ..before.clone()
        };
        assert_eq!(Job { updated_at: before.updated_at, ..after }, expected);
    }

    // One that is not as expected, and none is moved.
    let mut session = bed.write().await;
    let stale = [
        (held(&queued[2], 1, at(1)), (RunStatus::Queued, 0)),
        (held(&queued[1], 2, at(1)), (RunStatus::Queued, 0)),
    ];
    assert!(!session.move_runs(&stale).await.unwrap());
    drop(session);
    let mut session = bed.write().await;
    assert!(!session.move_jobs(&moved_jobs).await.unwrap(), "the version is behind");
    drop(session);
    assert_eq!(bed.read().await.run(ids[2]).await.unwrap().as_ref(), Some(&queued[2]));
}

/// Claims at most one run; false where there was none to claim just now.
async fn claim(store: &dyn Store, worker: &str) -> Result<Option<(RunId, u32)>, StoreError> {
    let mut session = store.write().await?;
    let now = session.now().await?;
    let Some(run) = session.claimable(Wanted::of(KINDS, now, 1)).await?.pop() else { return Ok(None) };
    let claimed = Run {
        status: Tracked::restore(RunStatus::Running),
        fence: run.fence + 1,
        worker: Some(worker.to_owned()),
        lease_until: Some(now + TimeDelta::seconds(30)),
        ..run.clone()
    };
    if !session.update_run(&claimed, (RunStatus::Queued, run.fence)).await? {
        return Err(StoreError::Contended);
    }
    session.commit().await?;
    Ok(Some((run.id, run.attempt)))
}

async fn r03_of_64_claimers_one_wins(bed: Bed) {
    let world = World::new(&bed).await;
    let queued = queue(&bed, &world, 100).await;
    let stores = [bed.store.clone(), bed.other().await];
    let mut claimers = Vec::new();
    for number in 0..64 {
        let store = Arc::clone(&stores[number % 2]);
        claimers.push(tokio::spawn(async move {
            let mut claimed = Vec::new();
            loop {
                match claim(&*store, &format!("worker {number}")).await {
                    Ok(Some(run)) => claimed.push(run),
                    Ok(None) => {
                        // Nothing left, or all that is left was locked just then.
                        let left = RunFilter { status: Some(RunStatus::Queued), ..RunFilter::default() };
                        if store.read().await.unwrap().runs(&left, ALL).await.unwrap().is_empty() {
                            return claimed;
                        }
                    }
                    Err(StoreError::Contended) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    let mut claimed = Vec::new();
    for claimer in claimers {
        claimed.extend(claimer.await.unwrap());
    }
    let unique: BTreeSet<_> = claimed.iter().copied().collect();
    assert_eq!(unique.len(), claimed.len(), "nothing was handed out twice");
    assert_eq!(unique, queued.iter().map(|run| (run.id, 1)).collect());
    let mut session = bed.read().await;
    for run in session.runs(&RunFilter::default(), ALL).await.unwrap() {
        assert_eq!((run.status.get(), run.fence), (RunStatus::Running, 1));
    }
}

async fn skips_what_others_locked(bed: Bed) {
    if !bed.writes_in_parallel() {
        // Who writes is alone: there are no others.
        return;
    }
    let world = World::new(&bed).await;
    let queued = queue(&bed, &world, 5).await;
    let mut one = bed.write().await;
    let mut two = bed.write().await;
    assert_eq!(ids(one.claimable(Wanted::of(KINDS, at(0), 2)).await.unwrap()), [queued[0].id, queued[1].id]);
    assert_eq!(ids(two.claimable(Wanted::of(KINDS, at(0), 2)).await.unwrap()), [queued[2].id, queued[3].id]);
    assert!(one.update_run(&held(&queued[0], 1, at(-1)), (RunStatus::Queued, 0)).await.unwrap());
    one.commit().await.unwrap();
    let mut three = bed.write().await;
    assert_eq!(
        ids(three.claimable(Wanted::of(KINDS, at(0), 9)).await.unwrap()),
        [queued[1].id, queued[4].id]
    );
    drop(two);
    // What a dropped session locked is free a moment later.
    let mut found = Vec::new();
    for _ in 0..500 {
        let mut four = bed.write().await;
        found = ids(four.claimable(Wanted::of(KINDS, at(0), 9)).await.unwrap());
        if !found.is_empty() {
            assert_eq!(ids(three.expired_leases(at(0), at(0), 9).await.unwrap()), [queued[0].id]);
            assert_eq!(ids(four.expired_leases(at(0), at(0), 9).await.unwrap()), []);
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(found, [queued[2].id, queued[3].id]);
}
