//! Calendars, conflict checks, claims and the scheduler do not look at what lies in the past.

use sqlx::Row as _;
use uhub_core::{
    model::{BackendKind, RunStatus},
    ports::store::{JobFilter, Store as _, Wanted},
};

use super::{round_trip::run, *};
use crate::store::Pools;

const JOBS: i64 = 10_000;

/// Ten thousand jobs, one every eight hours for nine years, in four pools, with runs for some.
async fn fill(store: &SqlStore) -> Project {
    let mut app = project("App");
    app.environments = (0..4).map(|i| environment(&format!("pool-{i}"), Tier::Staging)).collect();
    given(store, &app).await;
    let jobs: Vec<Job> = (0..JOBS)
        .map(|i| {
            let start = noon() - TimeDelta::days(3_000) + TimeDelta::hours(8 * i);
            let mut job = job(
                &app,
                &format!("Job {i}"),
                start,
                [1, 1, 8, 24, 24 * 10][usize::try_from(i % 5).unwrap()],
            );
            let environment = &app.environments[usize::try_from(i % 4).unwrap()];
            if let Some(of_job) = &mut job.environment {
                of_job.id = environment.id;
            }
            if i % 3 == 0 {
                job.status = Tracked::restore(JobStatus::Succeeded);
            }
            job
        })
        .collect();
    let mut session = store.write().await.unwrap();
    session.insert_jobs(&jobs).await.unwrap();
    for (i, job) in jobs.iter().step_by(10).enumerate() {
        let mut run = run(job);
        let status = [RunStatus::Succeeded, RunStatus::Failed, RunStatus::Queued, RunStatus::Running][i % 4];
        run.status = Tracked::restore(status);
        run.due_at = job.slot.start();
        run.lease_until = (status == RunStatus::Running).then(|| job.slot.end());
        session.insert_run(&run).await.unwrap();
    }
    session.commit().await.unwrap();
    app
}

/// How the database would go about it.
async fn plan(store: &SqlStore, sql: crate::sql::Sql) -> String {
    match &store.shared().pools {
        Pools::Sqlite { readers, .. } => {
            let ready = sql.ready::<sqlx::Sqlite>().unwrap();
            let text = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", ready.text.as_str()));
            let rows = sqlx::query_with(text, ready.arguments).fetch_all(readers).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("\n")
        }
        Pools::Postgres { pool, .. } => {
            let ready = sql.ready::<sqlx::Postgres>().unwrap();
            sqlx::raw_sql("ANALYZE").execute(pool).await.unwrap();
            let text = sqlx::AssertSqlSafe(format!("EXPLAIN {}", ready.text.as_str()));
            let rows = sqlx::query_with(text, ready.arguments).fetch_all(pool).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
        }
    }
}

fn uses(plan: &str, index: &str) {
    // A list from its start walks along its index: SQLite calls that a scan too.
    let scans = plan.lines().any(|step| {
        step.contains("Seq Scan on jobs")
            || step.contains("Seq Scan on runs")
            || (step.starts_with("SCAN jobs") || step.starts_with("SCAN runs")) && !step.contains("USING")
    });
    assert!(plan.contains(index) && !scans, "not by {index}:\n{plan}");
}

on_both!(a_month_is_a_range_of_an_index, |place| {
    use crate::aggregates::plans;

    let store = place.open().await;
    fill(&store).await;
    let month = Slot::new(noon(), noon() + TimeDelta::days(31)).unwrap();
    let dialect = store.shared().pools.dialect();
    let pools = ["pool-1".to_owned(), "pool-2".to_owned()];

    uses(&plan(&store, plans::calendar(month, &JobFilter::default())).await, "jobs_by_span");
    uses(&plan(&store, plans::contenders(dialect, &pools, month)).await, "jobs_contending");
    let from_now = JobFilter { from: Some(noon()), ..JobFilter::default() };
    uses(&plan(&store, plans::list(&from_now)).await, "jobs_by_span");
    uses(&plan(&store, plans::list(&JobFilter::default())).await, "jobs_by_start");
    uses(&plan(&store, plans::due(noon())).await, "jobs_due");
    uses(&plan(&store, plans::missed(noon())).await, "jobs_missable");
    uses(&plan(&store, plans::missed(noon())).await, "runs_unclaimed");
    let kinds = [BackendKind::Docker, BackendKind::K8s];
    uses(
        &plan(&store, plans::claimable(dialect, &kinds, noon() - TimeDelta::days(2_900))).await,
        "runs_queue",
    );
    uses(&plan(&store, plans::next_queued(noon() + TimeDelta::days(200))).await, "runs_queue");
    uses(&plan(&store, plans::expired_leases(dialect, noon() - TimeDelta::days(2_900))).await, "runs_leases");
});

on_both!(windows_find_exactly_what_overlaps, |place| {
    let store = place.open().await;
    let app = project("App");
    given(&store, &app).await;
    // Lengths around the classes' borders, ends around the window's.
    let window = Slot::new(noon(), noon() + TimeDelta::hours(10)).unwrap();
    let mut jobs = Vec::new();
    for length in [1, 25, 26, 27, 24 * 40 - 1, 24 * 40, 24 * 40 + 1, 24 * 400] {
        for end in [-1, 0, 1, 9, 10, 11, length + 9, length + 10, length + 11] {
            jobs.push(job(&app, "x", noon() + TimeDelta::hours(end - length), length));
        }
    }
    let mut session = store.write().await.unwrap();
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();

    let mut expected: Vec<_> = jobs.iter().filter(|job| job.slot.overlaps(window)).map(Job::entry).collect();
    expected.sort_by_key(|entry| (entry.slot.start(), entry.id));
    let mut session = store.read().await.unwrap();
    assert_eq!(session.calendar(window, &JobFilter::default()).await.unwrap(), expected);
    assert_eq!(
        session.contenders(&["staging".to_owned(), "prod".to_owned()], window).await.unwrap(),
        expected
    );

    // Page by page the same, as a list.
    let filter = JobFilter { from: Some(window.start()), to: Some(window.end()), ..JobFilter::default() };
    let mut listed = Vec::new();
    let mut page = uhub_core::ports::store::Page::first(7);
    loop {
        let some = session.jobs(&filter, page).await.unwrap();
        let Some(last) = some.last() else { break };
        page.after = Some(uhub_core::ports::store::Cursor {
            key: last.slot.start().timestamp_micros(),
            id: last.id.0,
        });
        listed.extend(some.iter().map(Job::entry));
    }
    assert_eq!(listed, expected);
});

on_both!(claims_do_not_meet, |place| {
    let store = place.open().await;
    let app = project("App");
    given(&store, &app).await;
    let mut session = store.write().await.unwrap();
    for i in 0..4 {
        let job = job(&app, "x", noon() + TimeDelta::hours(i), 1);
        session.insert_job(&job).await.unwrap();
        let mut run = run(&job);
        run.due_at = noon() + TimeDelta::seconds(i);
        session.insert_run(&run).await.unwrap();
        if i == 0 {
            assert_eq!(session.active_run(job.id).await.unwrap(), Some(run));
        }
    }
    session.commit().await.unwrap();
    let kinds = [BackendKind::Docker];
    let late = noon() + TimeDelta::hours(1);
    let mut one = store.write().await.unwrap();
    let ones = one.claimable(Wanted::of(&kinds, late, 2)).await.unwrap();
    assert_eq!(
        ones.iter().map(|run| run.due_at).collect::<Vec<_>>(),
        [noon(), noon() + TimeDelta::seconds(1)]
    );
    if place.schema.is_some() {
        let mut other = store.write().await.unwrap();
        let others = other.claimable(Wanted::of(&kinds, late, 9)).await.unwrap();
        assert_eq!(others.len(), 2, "the others, without waiting");
        assert!(others.iter().all(|run| !ones.contains(run)));
    }
    assert!(one.claimable(Wanted::of(&[BackendKind::K8s], late, 9)).await.unwrap().is_empty());
    assert!(one.claimable(Wanted::of(&kinds, noon() - TimeDelta::seconds(1), 9)).await.unwrap().is_empty());
});
