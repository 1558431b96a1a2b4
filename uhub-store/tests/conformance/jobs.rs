//! Jobs and their lists.

use chrono::TimeDelta;
use uhub_core::{
    model::*,
    ports::store::{Cursor, JobFilter, Page, StoreError},
    workflow::Tracked,
};

use crate::{
    bed::{ALL, Bed, walk},
    samples::{UNICODE, World, at, execution, last, project, slot, user},
};

conformance!(
    round_trip,
    changed_by_version,
    belongs_to_a_project,
    filters,
    searches_without_wildcards,
    pages_with_equal_starts,
    pages_stay_while_the_list_grows,
    by_title,
    imports_many,
);

/// Jobs that differ in every field.
fn jobs(bed: &Bed, world: &World) -> Vec<Job> {
    let whole = Job {
        title: format!("whole {UNICODE}"),
        description: UNICODE.to_owned(),
        job_type: JobType::Infra,
        environment: world.place("prod"),
        slot: Slot::new(EARLIEST, EARLIEST + TimeDelta::microseconds(1)).unwrap(),
        all_day: true,
        assignee_id: Some(UserId(bed.id())),
        critical: Some(true),
        execution: Some(execution()),
        auto_start: true,
        status: Tracked::restore(JobStatus::Running),
        created_by: UserId(bed.id()),
        edited_by: UserId(bed.id()),
        execution_edited_by: UserId(bed.id()),
        auto_started_for: Some(EARLIEST),
        created_at: EARLIEST,
        updated_at: last(),
        ..world.job(bed, 0)
    };
    let bare = Job {
        job_type: JobType::Meeting,
        environment: None,
        critical: Some(false),
        execution: Some(ExecutionSpec::default()),
        ..world.job(bed, 0)
    };
    let late = Job { slot: Slot::new(last(), LATEST).unwrap(), ..world.job(bed, 0) };
    let long = Job { slot: Slot::new(EARLIEST, LATEST).unwrap(), ..world.job(bed, 0) };
    let mut jobs = vec![whole, long, bare, late];
    for status in JobStatus::ALL {
        jobs.push(Job {
            status: Tracked::restore(*status),
            slot: Slot::new(last(), LATEST).unwrap(),
            ..world.job(bed, 0)
        });
    }
    jobs
}

async fn round_trip(bed: Bed) {
    let world = World::new(&bed).await;
    let jobs = jobs(&bed, &world);
    let mut session = bed.write().await;
    for job in &jobs {
        session.insert_job(job).await.unwrap();
        assert_eq!(session.job(job.id).await.unwrap().as_ref(), Some(job));
    }
    session.commit().await.unwrap();

    let mut session = bed.read().await;
    assert_eq!(session.jobs(&JobFilter::default(), ALL).await.unwrap(), jobs);
    let entries: Vec<_> = jobs.iter().map(Job::entry).collect();
    let all = Slot::new(EARLIEST, LATEST).unwrap();
    assert_eq!(session.calendar(all, &JobFilter::default()).await.unwrap(), entries);
    for job in &jobs {
        assert_eq!(session.job(job.id).await.unwrap().as_ref(), Some(job));
    }
    assert_eq!(session.job(JobId(bed.id())).await.unwrap(), None);
    let asked = [jobs[3].id, JobId(bed.id()), jobs[0].id, jobs[3].id];
    let mut found = session.jobs_by_ids(&asked).await.unwrap();
    found.sort_by_key(|job| job.id);
    assert_eq!(found, [jobs[0].clone(), jobs[3].clone()]);
    assert_eq!(session.jobs_by_ids(&[]).await.unwrap(), []);
}

async fn changed_by_version(bed: Bed) {
    let world = World::new(&bed).await;
    let before = jobs(&bed, &world).swap_remove(0);
    let mut session = bed.write().await;
    session.insert_job(&before).await.unwrap();
    session.commit().await.unwrap();

    let after = Job { id: before.id, version: 2, ..world.job(&bed, 7) };
    let mut session = bed.write().await;
    for stale in [i64::MIN, 0, 1, 3] {
        assert!(!session.update_job(&Job { version: stale, ..after.clone() }).await.unwrap(), "{stale}");
    }
    assert!(!session.update_job(&Job { id: JobId(bed.id()), ..after.clone() }).await.unwrap());
    assert_eq!(session.job(before.id).await.unwrap().as_ref(), Some(&before));
    assert!(session.update_job(&after).await.unwrap());
    assert!(!session.update_job(&after).await.unwrap(), "once");
    session.commit().await.unwrap();

    let mut session = bed.read().await;
    assert_eq!(session.jobs(&JobFilter::default(), ALL).await.unwrap(), std::slice::from_ref(&after));
    let pools = ["prod".to_owned(), "staging".to_owned()];
    let all = Slot::new(EARLIEST, LATEST).unwrap();
    assert_eq!(session.contenders(&pools, all).await.unwrap(), [after.entry()], "and nowhere else");
    let titled = session.job_by_title(world.project.id, &before.title).await.unwrap();
    assert_eq!(titled, None);
}

async fn belongs_to_a_project(bed: Bed) {
    let world = World::new(&bed).await;
    let lost = Job { project_id: ProjectId(bed.id()), environment: None, ..world.job(&bed, 0) };
    let nowhere = EnvironmentId(bed.id());
    let mut astray = world.job(&bed, 0);
    astray.environment.as_mut().unwrap().id = nowhere;
    for job in [lost, astray] {
        let mut session = bed.write().await;
        let refused = session.insert_job(&job).await;
        assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
    }
    assert_eq!(bed.read().await.jobs(&JobFilter::default(), ALL).await.unwrap(), []);
}

async fn filters(bed: Bed) {
    let world = World::new(&bed).await;
    let assignee = user(&bed, "assignee", Role::Dev);
    let other = project(&bed, "app-y", assignee.id);
    let mut session = bed.write().await;
    session.insert_project(&other).await.unwrap();
    let jobs = [
        Job { environment: world.place("prod"), ..world.job(&bed, 0) },
        Job { project_id: other.id, environment: None, job_type: JobType::Dev, ..world.job(&bed, 1) },
        Job { status: Tracked::restore(JobStatus::Missed), ..world.job(&bed, 2) },
        Job { assignee_id: Some(assignee.id), ..world.job(&bed, 3) },
        Job { created_by: assignee.id, environment: world.place("dev"), ..world.job(&bed, 4) },
    ];
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();

    let any = JobFilter::default;
    let cases = [
        (any(), "01234"),
        (JobFilter { project_id: Some(other.id), ..any() }, "1"),
        (JobFilter { environment: Some("staging".to_owned()), ..any() }, "23"),
        (JobFilter { environment: Some("Staging".to_owned()), ..any() }, ""),
        (JobFilter { tier: Some(Tier::Dev), ..any() }, "14"),
        (JobFilter { tier: Some(Tier::Prod), ..any() }, "0"),
        (JobFilter { job_type: Some(JobType::Dev), ..any() }, "1"),
        (JobFilter { status: Some(JobStatus::Missed), ..any() }, "2"),
        (JobFilter { own: Some(assignee.id), ..any() }, "34"),
        (JobFilter { own: Some(UserId(bed.id())), ..any() }, ""),
        (JobFilter { from: Some(at(1)), ..any() }, "1234"),
        (JobFilter { from: Some(at(1) - TimeDelta::microseconds(1)), ..any() }, "01234"),
        (JobFilter { to: Some(at(3)), ..any() }, "012"),
        (JobFilter { to: Some(at(3) + TimeDelta::microseconds(1)), ..any() }, "0123"),
        (JobFilter { from: Some(at(2)), to: Some(at(4)), ..any() }, "23"),
        (JobFilter { from: Some(at(9)), to: Some(at(1)), ..any() }, ""),
        (JobFilter { from: Some(at(1)), tier: Some(Tier::Staging), own: Some(assignee.id), ..any() }, "3"),
    ];
    let mut session = bed.read().await;
    for (filter, expected) in cases {
        let expected: Vec<_> =
            expected.bytes().map(|digit| jobs[usize::from(digit - b'0')].clone()).collect();
        assert_eq!(session.jobs(&filter, ALL).await.unwrap(), expected, "{filter:?}");
        let entries: Vec<_> = expected.iter().map(Job::entry).collect();
        let all = Slot::new(EARLIEST, LATEST).unwrap();
        assert_eq!(session.calendar(all, &filter).await.unwrap(), entries, "{filter:?}");
    }
}

async fn searches_without_wildcards(bed: Bed) {
    let world = World::new(&bed).await;
    let titles = [
        "100% sûr",
        "100x sur",
        "a_b",
        "axb",
        r"back\slash",
        "STRASSE",
        "ＦＵＬＬ width",
        "it's \"q\"",
        "*?[a]",
    ];
    let mut session = bed.write().await;
    for (hour, title) in titles.iter().enumerate() {
        let hour = i64::try_from(hour).unwrap();
        session.insert_job(&Job { title: (*title).to_owned(), ..world.job(&bed, hour) }).await.unwrap();
    }
    session.commit().await.unwrap();
    let cases: &[(&str, &[&str])] = &[
        ("%", &["100% sûr"]),
        ("0%", &["100% sûr"]),
        ("_", &["a_b"]),
        ("a_b", &["a_b"]),
        ("\\", &[r"back\slash"]),
        (r"\s", &[r"back\slash"]),
        (r"\%", &[]),
        ("SÛR", &["100% sûr"]),
        ("straße", &["STRASSE"]),
        ("full", &["ＦＵＬＬ width"]),
        ("'", &["it's \"q\""]),
        ("*?[", &["*?[a]"]),
        ("", &titles),
        ("nothing of it", &[]),
    ];
    let mut session = bed.read().await;
    for (q, expected) in cases {
        let filter = JobFilter { q: Some((*q).to_owned()), ..JobFilter::default() };
        let found: Vec<_> =
            session.jobs(&filter, ALL).await.unwrap().into_iter().map(|job| job.title).collect();
        assert_eq!(found, *expected, "{q:?}");
        let found = session.calendar(slot(-9, 99), &filter).await.unwrap();
        assert_eq!(found.into_iter().map(|entry| entry.title).collect::<Vec<_>>(), *expected, "{q:?}");
    }
}

fn cursor(job: &Job) -> Cursor {
    Cursor { key: job.slot.start().timestamp_micros(), id: job.id.0 }
}

async fn pages_with_equal_starts(bed: Bed) {
    let world = World::new(&bed).await;
    let mut jobs = Vec::new();
    for hour in [5, 3, 5, 3, 3, 9, 5] {
        for length in [1, 30, 2000] {
            jobs.push(Job { slot: slot(hour, hour + length), ..world.job(&bed, hour) });
        }
    }
    let mut session = bed.write().await;
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();
    jobs.sort_by_key(|job| (job.slot.start(), job.id));
    let filter = JobFilter { from: Some(at(4)), ..JobFilter::default() };
    for limit in [1, 2, 4, 7, 100] {
        let all = JobFilter::default();
        let walked = walk!(bed, limit, |session, page| session.jobs(&all, page), |job| cursor(job));
        assert_eq!(walked, jobs, "by {limit}");
        let walked = walk!(bed, limit, |session, page| session.jobs(&filter, page), |job| cursor(job));
        let late: Vec<_> = jobs.iter().filter(|job| job.slot.end() > at(4)).cloned().collect();
        assert_eq!(walked, late, "by {limit}");
    }
}

async fn pages_stay_while_the_list_grows(bed: Bed) {
    let world = World::new(&bed).await;
    let jobs: Vec<_> = (0..6).map(|hour| world.job(&bed, hour * 10)).collect();
    let mut session = bed.write().await;
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();
    let all = JobFilter::default();
    let first = bed.read().await.jobs(&all, Page::first(3)).await.unwrap();
    assert_eq!(first, jobs[..3]);

    let (before, after) = (world.job(&bed, 1), world.job(&bed, 21));
    let mut session = bed.write().await;
    session.insert_jobs(&[before, after.clone()]).await.unwrap();
    session.commit().await.unwrap();
    let page = Page { limit: 3, after: Some(cursor(&first[2])) };
    let second = bed.read().await.jobs(&all, page).await.unwrap();
    assert_eq!(second, [after, jobs[3].clone(), jobs[4].clone()], "nothing twice, nothing left out");
}

async fn by_title(bed: Bed) {
    let world = World::new(&bed).await;
    let other = project(&bed, "app-y", world.owner.id);
    let titled = |title: &str, hour| Job { title: title.to_owned(), ..world.job(&bed, hour) };
    let jobs = [titled("Deploy", 9), titled("Deploy", 1), titled("deploy", 0), titled("Deploy 2", 0)];
    let elsewhere = Job { project_id: other.id, environment: None, ..titled("Deploy", 0) };
    let mut session = bed.write().await;
    session.insert_project(&other).await.unwrap();
    session.insert_jobs(&jobs).await.unwrap();
    session.insert_job(&elsewhere).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    let mut find = async |project, title| session.job_by_title(project, title).await.unwrap();
    assert_eq!(find(world.project.id, "Deploy").await.as_ref(), Some(&jobs[0]), "the one created first");
    assert_eq!(find(world.project.id, "deploy").await.as_ref(), Some(&jobs[2]));
    assert_eq!(find(world.project.id, "Deploy ").await, None);
    assert_eq!(find(world.project.id, "Depl%").await, None);
    assert_eq!(find(other.id, "Deploy").await, Some(elsewhere));
}

async fn imports_many(bed: Bed) {
    let world = World::new(&bed).await;
    // More rows than a statement takes parameters, whatever the database.
    let jobs: Vec<_> = (0..3000).map(|hour| world.job(&bed, hour)).collect();
    let mut session = bed.write().await;
    session.insert_jobs(&[]).await.unwrap();
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.jobs(&JobFilter::default(), ALL).await.unwrap(), jobs);
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    assert_eq!(session.jobs_by_ids(&ids).await.unwrap().len(), jobs.len());
}
