//! Series and their occurrences.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::{Asia::Tokyo, Europe::Paris};
use uhub_core::{
    model::{Job, Occurrence, ProjectId, Series, SeriesId, Skipped},
    ports::{
        clock::Clock as _,
        store::{Cursor, Page, StoreError},
    },
    recurrence::Recurrence,
};

use crate::{
    bed::Bed,
    samples::{World, at, execution},
};

conformance!(
    they_come_back_as_they_went,
    those_to_lay_come_by_time,
    one_job_stands_for_an_occurrence,
    they_are_listed_by_project,
    only_without_occurrences_they_go,
    they_are_found_by_what_they_came_from,
);

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

pub(crate) fn series(bed: &Bed, world: &World, lay_at: Option<DateTime<Utc>>) -> Series {
    let start = local("2030-01-07T02:30:00");
    let exceptions = vec![local("2030-01-08T02:30:00")];
    Series {
        id: SeriesId(bed.id()),
        project_id: world.project.id,
        title: "Nightly \u{1f319} patch".to_owned(),
        description: "line\nline".to_owned(),
        job_type: uhub_core::model::JobType::Maintenance,
        environment_id: world.place("staging").map(|place| place.id),
        all_day: false,
        assignee_id: Some(world.owner.id),
        critical: Some(false),
        execution: Some(execution()),
        auto_start: true,
        recurrence: Recurrence::new("FREQ=DAILY;UNTIL=20310101T000000Z", Paris, start, exceptions).unwrap(),
        length: TimeDelta::minutes(95),
        lay_at,
        skipped: vec![Skipped { at: at(5), reason: "frozen: \"now\"".to_owned() }],
        source: Some("040000008200E00074C5B7101A82E008 é@outlook".to_owned()),
        created_by: world.owner.id,
        edited_by: world.owner.id,
        execution_edited_by: world.owner.id,
        created_at: bed.clock.now(),
        updated_at: bed.clock.now(),
        version: 1,
    }
}

async fn store(bed: &Bed, all: &[Series]) {
    let mut session = bed.write().await;
    for one in all {
        session.insert_series(one).await.unwrap();
    }
    session.commit().await.unwrap();
}

async fn they_come_back_as_they_went(bed: Bed) {
    let world = World::new(&bed).await;
    let full = series(&bed, &world, Some(at(1)));
    let bare = Series {
        id: SeriesId(bed.id()),
        environment_id: None,
        assignee_id: None,
        critical: None,
        execution: None,
        all_day: true,
        recurrence: Recurrence::new(
            "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3",
            Tokyo,
            local("2030-01-25T00:00:00"),
            Vec::new(),
        )
        .unwrap(),
        skipped: Vec::new(),
        source: None,
        lay_at: None,
        ..full.clone()
    };
    store(&bed, &[full.clone(), bare.clone()]).await;
    let mut session = bed.read().await;
    assert_eq!(session.series(full.id).await.unwrap(), Some(full.clone()));
    assert_eq!(session.series(bare.id).await.unwrap(), Some(bare));
    assert_eq!(session.series(SeriesId(bed.id())).await.unwrap(), None);
    drop(session);

    let changed = Series { title: "Weekly".to_owned(), lay_at: None, version: 2, ..full.clone() };
    let mut session = bed.write().await;
    assert!(session.update_series(&changed).await.unwrap());
    assert!(!session.update_series(&changed).await.unwrap(), "version 2 is there");
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.series(full.id).await.unwrap(), Some(changed));
    let lost = Series { id: SeriesId(bed.id()), project_id: ProjectId(bed.id()), ..full };
    assert!(matches!(bed.write().await.insert_series(&lost).await, Err(StoreError::Failed(_))));
}

async fn those_to_lay_come_by_time(bed: Bed) {
    let world = World::new(&bed).await;
    let all = [Some(at(3)), None, Some(at(1)), Some(at(2))].map(|lay_at| series(&bed, &world, lay_at));
    store(&bed, &all).await;
    let ids = |found: Vec<Series>| found.into_iter().map(|series| series.id).collect::<Vec<_>>();
    let mut session = bed.read().await;
    assert_eq!(ids(session.series_to_lay(at(2), 9).await.unwrap()), [all[2].id, all[3].id]);
    assert_eq!(ids(session.series_to_lay(at(9), 1).await.unwrap()), [all[2].id]);
    assert_eq!(ids(session.series_to_lay(at(0), 9).await.unwrap()), []);
}

async fn one_job_stands_for_an_occurrence(bed: Bed) {
    let world = World::new(&bed).await;
    let (one, other) = (series(&bed, &world, None), series(&bed, &world, None));
    store(&bed, &[one.clone(), other.clone()]).await;
    let job = |series: &Series, hour: i64| Job {
        occurrence: Some(Occurrence { series_id: series.id, at: at(hour) }),
        ..world.job(&bed, hour)
    };
    let jobs = [job(&one, 3), job(&one, 1), job(&one, 2), job(&other, 2)];
    let mut session = bed.write().await;
    session.insert_jobs(&jobs).await.unwrap();
    session.insert_job(&world.job(&bed, 2)).await.unwrap();
    session.commit().await.unwrap();

    let mut session = bed.read().await;
    let found = session.occurrences(one.id, at(2)).await.unwrap();
    assert_eq!(found, [jobs[2].clone(), jobs[0].clone()], "from then on, in order");
    assert_eq!(session.job(jobs[0].id).await.unwrap(), Some(jobs[0].clone()));
    let window = uhub_core::model::Slot::new(at(3), at(4)).unwrap();
    let entries = session.calendar(window, &Default::default()).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.series_id).collect::<Vec<_>>(), [Some(one.id)]);
    drop(session);

    let taken = bed.write().await.insert_job(&job(&one, 2)).await;
    assert_eq!(taken, Err(StoreError::Duplicate("occurrence")));
    let moved = Job { occurrence: jobs[1].occurrence, version: 2, ..jobs[2].clone() };
    assert_eq!(bed.write().await.update_job(&moved).await, Err(StoreError::Duplicate("occurrence")));
    let nowhere = Occurrence { series_id: SeriesId(bed.id()), at: at(9) };
    let lost = bed.write().await.insert_job(&Job { occurrence: Some(nowhere), ..world.job(&bed, 9) }).await;
    assert!(matches!(lost, Err(StoreError::Failed(_))), "{lost:?}");

    let free = Job { occurrence: None, version: 2, ..jobs[2].clone() };
    let mut session = bed.write().await;
    assert!(session.update_job(&free).await.unwrap());
    session.insert_job(&job(&one, 2)).await.unwrap();
    session.commit().await.unwrap();
}

async fn they_are_listed_by_project(bed: Bed) {
    let world = World::new(&bed).await;
    let all = [1, 2, 3].map(|_| series(&bed, &world, None));
    store(&bed, &all).await;
    let mut session = bed.read().await;
    let mut page = Page::first(2);
    assert_eq!(session.list_series(None, page).await.unwrap(), all[..2]);
    page.after = Some(Cursor { key: 0, id: all[1].id.0 });
    assert_eq!(session.list_series(Some(world.project.id), page).await.unwrap(), all[2..]);
    assert_eq!(session.list_series(Some(ProjectId(bed.id())), Page::first(2)).await.unwrap(), []);
}

async fn only_without_occurrences_they_go(bed: Bed) {
    let world = World::new(&bed).await;
    let (used, free) = (series(&bed, &world, Some(at(1))), series(&bed, &world, Some(at(1))));
    store(&bed, &[used.clone(), free.clone()]).await;
    let job = Job { occurrence: Some(Occurrence { series_id: used.id, at: at(1) }), ..world.job(&bed, 1) };
    let mut session = bed.write().await;
    session.insert_job(&job).await.unwrap();
    assert!(session.delete_series(free.id).await.unwrap());
    assert!(!session.delete_series(free.id).await.unwrap());
    session.commit().await.unwrap();
    assert!(matches!(bed.write().await.delete_series(used.id).await, Err(StoreError::Failed(_))));
    let left = bed.read().await.series_to_lay(at(9), 9).await.unwrap();
    assert_eq!(left, [used]);
}

async fn they_are_found_by_what_they_came_from(bed: Bed) {
    let world = World::new(&bed).await;
    let of =
        |source: Option<&str>| Series { source: source.map(str::to_owned), ..series(&bed, &world, None) };
    let all = [of(Some("a")), of(Some("b")), of(None), of(Some("a")), of(Some("A")), of(Some("c"))];
    store(&bed, &all).await;
    let from = async |project: ProjectId, sources: &[&str]| {
        let sources: Vec<_> = sources.iter().map(|source| (*source).to_owned()).collect();
        let found = bed.read().await.series_from(project, &sources).await.unwrap();
        found.into_iter().map(|series| series.id).collect::<Vec<_>>()
    };
    let project = world.project.id;
    assert_eq!(from(project, &["a"]).await, [all[0].id, all[3].id], "as it is written, in order");
    assert_eq!(from(project, &["c", "b", "x", "b"]).await, [all[1].id, all[5].id]);
    assert_eq!(from(project, &[]).await, []);
    assert_eq!(from(ProjectId(bed.id()), &["a"]).await, []);

    let renamed = Series { source: Some("b".to_owned()), version: 2, ..all[0].clone() };
    let mut session = bed.write().await;
    assert!(session.update_series(&renamed).await.unwrap());
    assert!(session.delete_series(all[1].id).await.unwrap());
    assert_eq!(
        session.series_from(project, &["b".to_owned()]).await.unwrap(),
        [renamed],
        "in the session too"
    );
    session.commit().await.unwrap();
    assert_eq!(from(project, &["a"]).await, [all[3].id]);
}
