//! Calendars and contenders: what overlaps a window.

use chrono::TimeDelta;
use uhub_core::{model::*, ports::store::JobFilter, workflow::Tracked};

use crate::{
    bed::Bed,
    samples::{World, at, environment, project, slot},
};

conformance!(touching_ends, lengths_of_every_class, contenders_are_critical_and_alive, agrees_with_a_scan);

async fn touching_ends(bed: Bed) {
    let world = World::new(&bed).await;
    let jobs: Vec<_> = (0..5).map(|hour| world.job(&bed, hour)).collect();
    let mut session = bed.write().await;
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();
    let tick = TimeDelta::microseconds(1);
    let cases = [
        (slot(1, 3), 1..3),
        (Slot::new(at(1) - tick, at(3) + tick).unwrap(), 0..4),
        (Slot::new(at(1), at(1) + tick).unwrap(), 1..2),
        (Slot::new(at(2) - tick, at(2)).unwrap(), 1..2),
        (slot(5, 9), 0..0),
        (slot(-9, 0), 0..0),
        (slot(-9, 9), 0..5),
    ];
    let mut session = bed.read().await;
    for (window, expected) in cases {
        let expected: Vec<_> = jobs[expected].iter().map(Job::entry).collect();
        let found = session.calendar(window, &JobFilter::default()).await.unwrap();
        assert_eq!(found, expected, "{window:?}");
        let found = session.contenders(&["staging".to_owned()], window).await.unwrap();
        assert_eq!(found, expected, "{window:?}");
    }
}

async fn lengths_of_every_class(bed: Bed) {
    let world = World::new(&bed).await;
    let tick = TimeDelta::microseconds(1);
    let (day, month) = (TimeDelta::hours(26), TimeDelta::days(40));
    let ten_years = TimeDelta::days(3650);
    let lengths = [tick, day - tick, day, day + tick, month - tick, month, month + tick, ten_years];
    let mut session = bed.write().await;
    let mut jobs = Vec::new();
    for length in lengths {
        // The one ends within the window by a microsecond, the other just before it.
        for end in [at(0) + tick, at(0)] {
            let job = Job { slot: Slot::new(end - length, end).unwrap(), ..world.job(&bed, 0) };
            session.insert_job(&job).await.unwrap();
            jobs.push(job);
        }
    }
    session.commit().await.unwrap();
    jobs.sort_by_key(|job| (job.slot.start(), job.id));
    let mut session = bed.read().await;
    for window in [slot(0, 1), Slot::new(at(0), at(0) + tick).unwrap(), slot(0, 20_000)] {
        let expected: Vec<_> = jobs.iter().filter(|job| job.slot.overlaps(window)).map(Job::entry).collect();
        assert_eq!(expected.len(), lengths.len());
        assert_eq!(session.calendar(window, &JobFilter::default()).await.unwrap(), expected);
        assert_eq!(session.contenders(&["staging".to_owned()], window).await.unwrap(), expected);
    }
}

async fn contenders_are_critical_and_alive(bed: Bed) {
    let world = World::new(&bed).await;
    let mut jobs = Vec::new();
    for status in JobStatus::ALL {
        for job_type in JobType::ALL {
            for critical in [None, Some(true), Some(false)] {
                for environment in [None, world.place("staging"), world.place("prod")] {
                    jobs.push(Job {
                        job_type: *job_type,
                        critical,
                        environment,
                        status: Tracked::restore(*status),
                        ..world.job(&bed, 0)
                    });
                }
            }
        }
    }
    let mut session = bed.write().await;
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    let calendar = session.calendar(slot(0, 1), &JobFilter::default()).await.unwrap();
    assert_eq!(calendar, jobs.iter().map(Job::entry).collect::<Vec<_>>(), "dead ones too");
    let within = |pool: &str| {
        let of_pool = jobs.iter().filter(|job| job.contends() && job.pool() == Some(pool));
        of_pool.map(Job::entry).collect::<Vec<_>>()
    };
    let pools = ["staging", "nowhere", "prod", "staging"].map(str::to_owned);
    let expected = [within("prod"), within("staging")].concat();
    assert!(!expected.is_empty());
    assert_eq!(session.contenders(&pools, slot(0, 1)).await.unwrap(), expected, "by pool, each once");
    assert_eq!(session.contenders(&pools[1..2], slot(0, 1)).await.unwrap(), []);
    assert_eq!(session.contenders(&[], slot(0, 1)).await.unwrap(), []);
}

async fn agrees_with_a_scan(bed: Bed) {
    let mut world = World::new(&bed).await;
    let mut other = project(&bed, "app-y", world.owner.id);
    // Orders differently by bytes than by any language.
    other.environments.push(environment(&bed, "eu", Tier::Prod, "Zone-eu"));
    other.environments.push(environment(&bed, "us", Tier::Prod, "a.us"));
    other.environments.push(environment(&bed, "as", Tier::Prod, "a-us"));
    let mut session = bed.write().await;
    session.insert_project(&other).await.unwrap();
    world.project = other;
    // A small generator of its own keeps the data the same everywhere.
    let mut seed: u64 = 1;
    let mut next = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((seed >> 33) % bound).unwrap()
    };
    let names = ["dev", "staging", "prod", "eu", "us", "as"];
    let mut jobs = Vec::new();
    for _ in 0..300 {
        let start = next(2400);
        let length = [1, 2, 8, 26, 27, 24 * 40, 24 * 41, 24 * 400][usize::try_from(next(8)).unwrap()];
        let status = JobStatus::ALL[usize::try_from(next(9)).unwrap()];
        jobs.push(Job {
            environment: world.place(names[usize::try_from(next(6)).unwrap()]),
            slot: slot(start, start + length),
            status: Tracked::restore(status),
            ..world.job(&bed, start)
        });
    }
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();
    jobs.sort_by_key(|job| (job.slot.start(), job.id));
    let pools: Vec<String> = ["staging", "dev", "Zone-eu", "a.us", "a-us"].map(str::to_owned).to_vec();
    let mut session = bed.read().await;
    for _ in 0..40 {
        let start = next(2600) - 100;
        let window = slot(start, start + 1 + next(300));
        let filter = JobFilter { tier: Some(Tier::Prod), ..JobFilter::default() };
        let hit: Vec<_> = jobs.iter().filter(|job| job.slot.overlaps(window)).collect();
        let prod: Vec<_> = hit.iter().filter(|job| job.tier() == Tier::Prod).map(|job| job.entry()).collect();
        assert_eq!(session.calendar(window, &filter).await.unwrap(), prod, "{window:?}");
        let mut contending: Vec<_> = hit
            .into_iter()
            .filter(|job| job.contends() && job.pool().is_some_and(|pool| pools.iter().any(|p| p == pool)))
            .map(Job::entry)
            .collect();
        contending.sort_by(|one, two| one.pool().cmp(&two.pool()));
        assert_eq!(session.contenders(&pools, window).await.unwrap(), contending, "{window:?}");
    }
}
