//! How runs get on, written together.

use uhub_core::{
    model::*,
    ports::store::{Outlook, Progress, StoreError},
    workflow::Tracked,
};

use crate::{
    bed::Bed,
    samples::{World, at, ended, entry, held, run_of},
};

conformance!(
    one_of_each,
    many_of_each,
    nothing_at_all,
    not_as_expected,
    what_has_ended_keeps_its_handle,
    outlook
);

fn moved(job: &Job, status: JobStatus) -> Job {
    Job { status: Tracked::restore(status), version: job.version + 1, ..job.clone() }
}

/// A queued run, written as a launch does.
async fn launched(bed: &Bed, world: &World) -> (Run, Job) {
    let job = world.stored_job(bed, 0).await;
    let (run, queued) = (run_of(bed, &job), moved(&job, JobStatus::Queued));
    let mut session = bed.write().await;
    let committed = session.unsealed(9).await.unwrap();
    let progress = Progress {
        queued: std::slice::from_ref(&run),
        jobs: std::slice::from_ref(&queued),
        entries: &[entry(bed, "run.launch")],
        ..Progress::default()
    };
    assert!(session.write_progress(progress).await.unwrap());
    // What this session says itself is not committed: nobody seals it yet.
    assert_eq!(session.unsealed(9).await.unwrap(), committed);
    session.commit().await.unwrap();
    (run, queued)
}

async fn one_of_each(bed: Bed) {
    let world = World::new(&bed).await;
    let (run, job) = launched(&bed, &world).await;
    let mut session = bed.read().await;
    assert_eq!(session.run(run.id).await.unwrap().as_ref(), Some(&run));
    assert_eq!(session.job(job.id).await.unwrap().unwrap().status, job.status);
    assert_eq!(session.count_unsealed().await.unwrap(), 1);
    drop(session);

    // The next one joins the queue as this one ends.
    let begun = held(&run, 1, at(2));
    let mut session = bed.write().await;
    let runs = [(begun.clone(), (RunStatus::Queued, 0))];
    assert!(session.write_progress(Progress { runs: &runs, ..Progress::default() }).await.unwrap());
    session.commit().await.unwrap();
    let other = world.stored_job(&bed, 5).await;
    let mut session = bed.write().await;
    let progress = Progress {
        queued: &[run_of(&bed, &other)],
        runs: &[(ended(&begun, RunStatus::Succeeded), (RunStatus::Running, 1))],
        jobs: &[moved(&job, JobStatus::Succeeded)],
        entries: &[entry(&bed, "run.finish")],
    };
    assert!(session.write_progress(progress).await.unwrap());
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.run(run.id).await.unwrap().unwrap().status.get(), RunStatus::Succeeded);
    assert_eq!(session.job(job.id).await.unwrap().unwrap().status.get(), JobStatus::Succeeded);
    assert!(session.active_run(other.id).await.unwrap().is_some());
    assert_eq!(session.count_unsealed().await.unwrap(), 2);
}

async fn many_of_each(bed: Bed) {
    let world = World::new(&bed).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(launched(&bed, &world).await);
    }
    let more = world.stored_job(&bed, 7).await;
    let runs: Vec<_> = all.iter().map(|(run, _)| (held(run, 1, at(2)), (RunStatus::Queued, 0))).collect();
    let jobs: Vec<_> = all.iter().map(|(_, job)| moved(job, JobStatus::Running)).collect();
    let mut session = bed.write().await;
    let progress = Progress {
        queued: &[run_of(&bed, &more)],
        runs: &runs,
        jobs: &jobs,
        entries: &[entry(&bed, "a"), entry(&bed, "b")],
    };
    assert!(session.write_progress(progress).await.unwrap());
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    for (run, job) in &all {
        assert_eq!(session.run(run.id).await.unwrap().unwrap().status.get(), RunStatus::Running);
        assert_eq!(session.job(job.id).await.unwrap().unwrap().status.get(), JobStatus::Running);
    }
    assert!(session.active_run(more.id).await.unwrap().is_some());
    assert_eq!(session.count_unsealed().await.unwrap(), 5);
}

async fn nothing_at_all(bed: Bed) {
    let mut session = bed.write().await;
    assert!(session.write_progress(Progress::default()).await.unwrap());
    session.commit().await.unwrap();
}

async fn not_as_expected(bed: Bed) {
    let world = World::new(&bed).await;
    let (run, job) = launched(&bed, &world).await;
    let good_run = [(held(&run, 1, at(2)), (RunStatus::Queued, 0))];
    let stale_run = [(held(&run, 2, at(2)), (RunStatus::Running, 1))];
    let good_job = [moved(&job, JobStatus::Running)];
    let stale_job = [moved(&good_job[0], JobStatus::Running)];
    for (runs, jobs) in [(&stale_run, &good_job), (&good_run, &stale_job), (&stale_run, &stale_job)] {
        let mut session = bed.write().await;
        let progress = Progress { runs, jobs, entries: &[entry(&bed, "run.claim")], ..Progress::default() };
        assert!(!session.write_progress(progress).await.unwrap());
        drop(session);
    }
    let mut session = bed.write().await;
    let progress = Progress { queued: &[run_of(&bed, &job)], jobs: &good_job, ..Progress::default() };
    assert_eq!(session.write_progress(progress).await, Err(StoreError::Duplicate("job_id")));
    drop(session);
    let mut session = bed.read().await;
    assert_eq!(session.run(run.id).await.unwrap(), Some(run));
    assert_eq!(session.job(job.id).await.unwrap().unwrap().version, job.version);
    assert_eq!(session.count_unsealed().await.unwrap(), 1);
}

/// Whoever ends a run need not know by which handle it went on.
async fn what_has_ended_keeps_its_handle(bed: Bed) {
    let world = World::new(&bed).await;
    let known =
        [launched(&bed, &world).await.0, launched(&bed, &world).await.0, launched(&bed, &world).await.0];
    for at_once in [1, 2] {
        let some = if at_once == 1 { &known[..1] } else { &known[1..] };
        let begun: Vec<_> = some.iter().map(|run| held(run, 1, at(2))).collect();
        let with_handles: Vec<_> = begun
            .iter()
            .map(|run| Run { handle: Some("h".to_owned()), log_from: 4, ..run.clone() })
            .map(|run| (run, (RunStatus::Queued, 0)))
            .collect();
        let ends: Vec<_> =
            begun.iter().map(|run| (ended(run, RunStatus::Succeeded), (RunStatus::Running, 1))).collect();
        for runs in [&with_handles, &ends] {
            let mut session = bed.write().await;
            assert!(session.write_progress(Progress { runs, ..Progress::default() }).await.unwrap());
            session.commit().await.unwrap();
        }
        for run in some {
            let found = bed.read().await.run(run.id).await.unwrap().unwrap();
            assert_eq!(found.status.get(), RunStatus::Succeeded);
            assert_eq!((found.handle.as_deref(), found.log_from), (Some("h"), 4));
        }
    }
}

async fn outlook(bed: Bed) {
    let world = World::new(&bed).await;
    let (run, _) = launched(&bed, &world).await;
    let (kinds, others) = ([run.backend], [BackendKind::Serverless, BackendKind::K8s]);
    let mut session = bed.write().await;
    let nothing = Outlook { adoptable: false, limited: false };
    assert_eq!(session.outlook(&kinds, at(9)).await.unwrap(), nothing);
    // As long as its lease lasts, and without a handle, nobody takes it over.
    let begun = Run { handle: Some("h".to_owned()), ..held(&run, 1, at(2)) };
    assert!(session.move_runs(&[(begun, (RunStatus::Queued, 0))]).await.unwrap());
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    assert_eq!(session.outlook(&kinds, at(1)).await.unwrap(), nothing);
    assert_eq!(session.outlook(&others, at(2)).await.unwrap(), nothing);
    assert!(session.outlook(&kinds, at(2)).await.unwrap().adoptable);
    let config = BackendConfig { max_concurrent: Some(1), ..BackendConfig::default() };
    let limited = Project {
        execution_backend_config: Some(config),
        version: world.project.version + 1,
        ..world.project.clone()
    };
    assert!(session.update_project(&limited).await.unwrap());
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    let found = session.outlook(&others, at(2)).await.unwrap();
    assert_eq!(found, Outlook { adoptable: false, limited: true });
}
