//! What repeats (DOMAIN §1, §5, §6 for each of its jobs): laid out ahead, each movable on its own, or with those after it,
//! or with all.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::{Asia::Tokyo, Europe::Paris};
use proptest::prelude::*;

use super::world::*;
use crate::{
    error::Error,
    hub::{JobOutcome, JobPatch, JobUpdate, NewJob, NewRecurrence, SeriesScope},
    model::{
        ApprovalState, Job, JobId, JobStatus, JobType, OnConflict, Policy, Role, Series, SeriesId, Tier, User,
    },
    ports::store::{Page, Store as _},
    zone,
};

fn every(rule: &str) -> NewRecurrence {
    NewRecurrence { rule: rule.to_owned(), timezone: None, except: Vec::new() }
}

fn repeat(world: &World, by: &User, new: NewJob, rule: &str) -> Job {
    match go(world.by(by).create_series(new, every(rule), None)).unwrap() {
        JobOutcome::Done(view) | JobOutcome::Waiting { job: view, .. } => view.job,
    }
}

fn series_of(job: &Job) -> SeriesId {
    job.occurrence.expect("repeats").series_id
}

fn series(world: &World, job: JobId) -> Series {
    go(world.by(&world.admin).series(series_of(&world.job(job)))).unwrap()
}

/// All jobs of a series, whatever became of them.
fn jobs(world: &World, id: SeriesId) -> Vec<Job> {
    go(async { world.store.read().await?.occurrences(id, crate::model::EARLIEST).await }).unwrap()
}

fn starts(jobs: &[Job]) -> Vec<String> {
    jobs.iter().map(|job| job.slot.start().with_timezone(&Paris).format("%m-%dT%H:%M").to_string()).collect()
}

fn change(
    world: &World,
    by: &User,
    job: JobId,
    patch: JobPatch,
    scope: SeriesScope,
) -> crate::Result<JobOutcome> {
    go(world.by(by).update_job(job, patch, JobUpdate { scope, ..JobUpdate::default() }))
}

fn later(job: &Job, by: TimeDelta) -> JobPatch {
    JobPatch { planned_start: Some(job.slot.start() + by), ..JobPatch::default() }
}

fn titled(title: &str) -> JobPatch {
    JobPatch { title: Some(title.to_owned()), ..JobPatch::default() }
}

#[test]
fn a_weekly_job_is_laid_out_a_year_ahead_at_its_local_hour() {
    let world = World::new();
    let job =
        repeat(&world, &world.ops, world.new_job(JobType::Maintenance, Some("staging"), 1), "FREQ=WEEKLY");
    let laid = jobs(&world, series_of(&job));
    assert_eq!(laid.len(), 53, "{:?}", starts(&laid));
    assert_eq!(laid[0].id, job.id);
    assert!(laid.iter().all(|job| {
        job.slot.start().with_timezone(&Paris).format("%a %H:%M").to_string() == "Mon 10:00"
            && job.slot.length() == TimeDelta::hours(1)
            && job.created_by == world.ops.id
            && job.pool() == Some("staging")
    }));
    // Time goes on: there is always a year of it.
    assert_eq!(world.tick().laid, 0);
    world.go_to(24 * 14 + 1);
    assert_eq!(world.tick().laid, 2);
    assert_eq!(world.tick().laid, 0);
    assert_eq!(jobs(&world, series_of(&job)).len(), 55);
}

#[test]
fn what_repeats_often_is_laid_out_a_hundred_times_ahead_and_what_ends_ends() {
    let world = World::new();
    let daily = repeat(&world, &world.dev, world.new_job(JobType::Dev, None, 1), "FREQ=DAILY");
    assert_eq!(jobs(&world, series_of(&daily)).len(), 100);
    let thrice = repeat(&world, &world.dev, world.new_job(JobType::Meeting, None, 1), "FREQ=DAILY;COUNT=3");
    assert_eq!(starts(&jobs(&world, series_of(&thrice))), ["01-07T10:00", "01-08T10:00", "01-09T10:00"]);
    world.go_to(24 * 10);
    world.tick();
    assert_eq!(series(&world, thrice.id).lay_at, None, "nothing more is to come");
    assert_eq!(jobs(&world, series_of(&thrice)).len(), 3);
}

#[test]
fn what_begins_in_two_years_is_laid_out_for_the_year_after() {
    let world = World::new();
    let far = world.new_job(JobType::Ops, Some("dev"), 24 * 700);
    let six = repeat(&world, &world.ops, far.clone(), "FREQ=MONTHLY;COUNT=6");
    assert_eq!(jobs(&world, series_of(&six)).len(), 6);
    let endless = repeat(&world, &world.ops, far, "FREQ=MONTHLY");
    assert_eq!(jobs(&world, series_of(&endless)).len(), 12);
    world.go_to(24 * 30);
    assert_eq!(world.tick().laid, 0, "a year from the first one, still");
}

#[test]
fn whole_days_are_those_of_the_hub_through_daylight_saving() {
    let world = World::new();
    let new = NewJob { all_day: true, planned_end: None, ..world.new_job(JobType::Infra, Some("dev"), 0) };
    let job = repeat(&world, &world.admin, new.clone(), "FREQ=MONTHLY;BYMONTHDAY=7;COUNT=12");
    for job in jobs(&world, series_of(&job)) {
        assert_eq!(job.slot.start(), zone::local_midnight(Paris, zone::local_date(Paris, job.slot.start())));
        assert_eq!(
            zone::local_date(Paris, job.slot.end()),
            zone::local_date(Paris, job.slot.start()).succ_opt().unwrap()
        );
    }
    let elsewhere = NewRecurrence { timezone: Some(Tokyo), ..every("FREQ=DAILY") };
    assert_eq!(field(go(world.by(&world.admin).create_series(new, elsewhere, None))), "recurrence.timezone");
}

#[test]
fn an_hour_that_the_clocks_skip_and_the_next_are_one_occurrence() {
    let world = World::new();
    let hour = ("2030-03-31T00:00:00Z".parse::<DateTime<Utc>>().unwrap() - world.now()).num_hours() - 1;
    let hourly =
        repeat(&world, &world.dev, world.new_job(JobType::Meeting, None, hour), "FREQ=HOURLY;COUNT=5");
    // Two o'clock is three o'clock that night.
    let laid = starts(&jobs(&world, series_of(&hourly)));
    assert_eq!(laid, ["03-31T00:00", "03-31T01:00", "03-31T03:00", "03-31T04:00"]);
}

#[test]
fn bad_rules_and_starts_name_their_field_and_leave_nothing() {
    let world = World::new();
    let before = world.everything();
    let new = world.new_job(JobType::Dev, None, 1);
    for rule in ["", "FREQ=SECONDLY", "FREQ=WEEKLY;BYDAY=TU", "FREQ=DAILY;COUNT=0"] {
        assert_eq!(
            field(go(world.by(&world.dev).create_series(new.clone(), every(rule), None))),
            "recurrence.rule"
        );
    }
    let uneven = NewJob { planned_start: world.at(1) + TimeDelta::milliseconds(1), ..new };
    assert_eq!(
        field(go(world.by(&world.dev).create_series(uneven, every("FREQ=DAILY"), None))),
        "planned_start"
    );
    assert_eq!(world.everything(), before);
}

#[test]
fn the_same_key_makes_one_series() {
    let world = World::new();
    let new = || world.new_job(JobType::Dev, None, 1);
    let make = |rule: &str| go(world.by(&world.dev).create_series(new(), every(rule), Some("key")));
    let id = done(make("FREQ=DAILY;COUNT=2")).job.id;
    assert_eq!(done(make("FREQ=DAILY;COUNT=2")).job.id, id);
    assert_eq!(make("FREQ=DAILY;COUNT=3").unwrap_err(), Error::KeyReused);
    assert_eq!(go(world.by(&world.dev).list_series(None, Page::first(10))).unwrap().len(), 1);
}

#[test]
fn conflicts_freezes_and_blocks_see_occurrences_like_any_job() {
    let world = World::new();
    let job =
        repeat(&world, &world.ops, world.new_job(JobType::Ops, Some("staging"), 1), "FREQ=DAILY;COUNT=5");
    let second = jobs(&world, series_of(&job))[1].id;
    world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 25));
    assert_eq!(world.view(second).conflicts.len(), 1);

    // In a freeze, or where the policy blocks, one is left out and told; the others are there.
    let freeze = world.freeze(&[Tier::Dev], 24, 48);
    let frozen =
        repeat(&world, &world.dev, world.new_job(JobType::Dev, Some("dev"), 1), "FREQ=DAILY;COUNT=3");
    assert_eq!(starts(&jobs(&world, series_of(&frozen))), ["01-07T10:00", "01-09T10:00"]);
    let skipped = series(&world, frozen.id).skipped;
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].at, world.at(25));
    assert!(skipped[0].reason.contains("freeze"), "{skipped:?}");
    go(world.by(&world.admin).delete_freeze(freeze.id)).unwrap();
    assert_eq!(world.tick().laid, 0, "once a day");
    world.clock.set(world.at(24));
    assert_eq!(world.tick().laid, 1, "the freeze is lifted");
    assert_eq!(series(&world, frozen.id).skipped, []);

    world
        .set_policy(Policy { on_conflict: [(Tier::Staging, OnConflict::Block)].into(), ..Policy::default() });
    let blocked = world.new_job(JobType::Ops, Some("staging"), 24 * 3 + 1);
    let blocked = repeat(
        &world,
        &world.ops,
        NewJob { planned_start: world.at(24 * 10), planned_end: None, ..blocked },
        "FREQ=DAILY;COUNT=1",
    );
    assert_eq!(series(&world, blocked.id).skipped, []);
    let first_taken = world.new_job(JobType::Ops, Some("staging"), 24 * 4 + 1);
    let refused = go(world.by(&world.ops).create_series(first_taken, every("FREQ=DAILY"), None));
    assert!(
        matches!(refused, Err(Error::Conflict { .. })),
        "the first one is created as any job is: {refused:?}"
    );
}

#[test]
fn one_moved_alone_stays_where_it_was_put() {
    let world = World::new();
    let job =
        repeat(&world, &world.ops, world.new_job(JobType::Ops, Some("staging"), 1), "FREQ=DAILY;COUNT=4");
    let all = jobs(&world, series_of(&job));
    done(world.edit(&world.ops, all[1].id, later(&all[1], TimeDelta::hours(3))));
    let moved = world.job(all[1].id);
    assert_eq!(moved.occurrence, all[1].occurrence, "it still stands for the same one");
    done(change(&world, &world.ops, all[2].id, later(&all[2], TimeDelta::hours(1)), SeriesScope::All));
    let after = jobs(&world, series_of(&world.job(job.id)));
    assert_eq!(starts(&after), ["01-07T11:00", "01-08T13:00", "01-09T11:00", "01-10T11:00"]);
    assert_eq!(
        after.iter().map(|job| job.id).collect::<Vec<_>>(),
        all.iter().map(|job| job.id).collect::<Vec<_>>()
    );
    world.go_to(24 * 2);
    assert_eq!(world.tick().laid, 0, "nothing is laid out twice");
}

#[test]
fn this_and_following_are_cut_off_and_keep_their_count() {
    let world = World::new();
    let job =
        repeat(&world, &world.ops, world.new_job(JobType::Ops, Some("staging"), 1), "FREQ=DAILY;COUNT=5");
    let all = jobs(&world, series_of(&job));
    let patch = JobPatch { title: Some("later".to_owned()), ..later(&all[2], TimeDelta::hours(2)) };
    done(change(&world, &world.ops, all[2].id, patch, SeriesScope::Following));
    let (early, late) = (jobs(&world, series_of(&job)), jobs(&world, series_of(&world.job(all[2].id))));
    assert_eq!(starts(&early), ["01-07T10:00", "01-08T10:00"]);
    assert_eq!(starts(&late), ["01-09T12:00", "01-10T12:00", "01-11T12:00"]);
    assert!(early.iter().all(|job| job.title != "later") && late.iter().all(|job| job.title == "later"));
    assert_eq!(series(&world, all[2].id).recurrence.rule(), "FREQ=DAILY;COUNT=3");
    world.go_to(30);
    assert_eq!(world.tick().laid, 0);
}

#[test]
fn words_of_all_change_in_place_and_what_began_keeps_its_own() {
    let world = World::new();
    let job = repeat(&world, &world.dev, world.new_job(JobType::Meeting, None, 1), "FREQ=DAILY");
    go(world.by(&world.dev).mark_done(job.id)).unwrap();
    world.go_to(3);
    let second = jobs(&world, series_of(&job))[1].id;
    done(change(&world, &world.dev, second, titled("stand-up"), SeriesScope::All));
    assert_eq!(world.job(job.id).title, "meeting at 1", "it is over");
    assert_eq!(series_of(&world.job(second)), series_of(&job));
    world.go_to(24 * 3);
    assert_eq!(world.tick().laid, 2);
    let all = jobs(&world, series_of(&job));
    assert!(all[1..].iter().all(|job| job.title == "stand-up"), "those laid out later too");
}

#[test]
fn another_rule_keeps_the_days_that_both_have() {
    let world = World::new();
    let job =
        repeat(&world, &world.ops, world.new_job(JobType::Ops, Some("staging"), 1), "FREQ=DAILY;COUNT=6");
    let all = jobs(&world, series_of(&job));
    let patch =
        JobPatch { recurrence: Some(every("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3")), ..JobPatch::default() };
    done(change(&world, &world.ops, job.id, patch, SeriesScope::All));
    let after = jobs(&world, series_of(&world.job(job.id)));
    assert_eq!(starts(&after), ["01-07T10:00", "01-09T10:00", "01-14T10:00"]);
    assert_eq!((after[0].id, after[1].id), (all[0].id, all[2].id));
    for gone in [1, 3, 4, 5] {
        let gone = world.job(all[gone].id);
        assert_eq!((gone.status.get(), gone.occurrence), (JobStatus::Cancelled, None));
    }
    let alone = JobPatch { recurrence: Some(every("FREQ=DAILY")), ..JobPatch::default() };
    assert_eq!(field(change(&world, &world.ops, job.id, alone, SeriesScope::This)), "recurrence");
}

#[test]
fn a_job_may_begin_to_repeat() {
    let world = World::new();
    let job = world.create(&world.dev, world.new_job(JobType::Dev, Some("dev"), 1));
    assert_eq!(field(change(&world, &world.dev, job.id, titled("x"), SeriesScope::All)), "scope");
    let patch = JobPatch { recurrence: Some(every("FREQ=DAILY;COUNT=3")), ..titled("daily") };
    let view = done(change(&world, &world.dev, job.id, patch, SeriesScope::This));
    let all = jobs(&world, series_of(&view.job));
    assert_eq!((all.len(), all[0].id), (3, job.id));
    assert!(all.iter().all(|job| job.title == "daily"));
}

#[test]
fn calling_off_this_following_and_all() {
    let world = World::new();
    let make = || repeat(&world, &world.ops, world.new_job(JobType::Ops, Some("staging"), 1), "FREQ=DAILY");
    let alive = |id: SeriesId| jobs(&world, id).iter().filter(|job| job.status.get().is_alive()).count();
    let cancel = |job: JobId, scope| done(go(world.by(&world.ops).cancel_series(job, None, scope)));

    let one = make();
    cancel(jobs(&world, series_of(&one))[3].id, SeriesScope::This);
    let (rest, following) = (make(), make());
    cancel(jobs(&world, series_of(&rest))[3].id, SeriesScope::Following);
    cancel(following.id, SeriesScope::All);
    assert_eq!([alive(series_of(&one)), alive(series_of(&rest)), alive(series_of(&following))], [99, 3, 0]);
    world.go_to(24 * 5);
    assert_eq!(world.tick().laid, 5, "only the first goes on, and not with what was called off");
    assert_eq!(alive(series_of(&one)), 104);
    let again = change(&world, &world.ops, following.id, titled("again"), SeriesScope::All);
    assert!(matches!(again, Err(Error::Unfit(_))), "{again:?}");
}

#[test]
fn what_runs_stays_and_is_asked_to_stop_only_where_it_is_meant() {
    let world = World::new();
    let new = NewJob { auto_start: None, ..world.new_deploy("staging", 1) };
    let job = repeat(&world, &world.ops, new, "FREQ=DAILY;COUNT=3");
    world.go_to(1);
    assert_eq!(world.tick().started, 1);
    let claimed = world.claim_one();
    let all = jobs(&world, series_of(&job));
    done(change(&world, &world.ops, all[1].id, later(&all[1], TimeDelta::hours(1)), SeriesScope::All));
    assert_eq!(world.job(job.id).slot, all[0].slot);
    done(go(world.by(&world.ops).cancel_series(all[1].id, None, SeriesScope::All)));
    assert_eq!(world.status(job.id), JobStatus::Running);
    assert!(world.run(claimed.run.id).cancel_requested_at.is_none());
}

#[test]
fn each_occurrence_starts_by_itself_on_the_authority_of_the_last_editor() {
    let world = World::new();
    let new = NewJob { auto_start: None, ..world.new_deploy("staging", 1) };
    let job = repeat(&world, &world.ops, new, "FREQ=DAILY");
    let all = jobs(&world, series_of(&job));
    world.go_to(1);
    assert_eq!(world.tick().started, 1);
    world.set_role(&world.ops, Role::Dev);
    world.go_to(25);
    let ticked = world.tick();
    assert_eq!((ticked.started, ticked.laid), (1, 0), "a dev may launch on staging, and not plan ops there");
    let skipped = series(&world, job.id).skipped;
    assert_eq!(skipped.len(), 1);
    assert_eq!(world.status(all[1].id), JobStatus::Queued);
    done(change(&world, &world.admin, all[5].id, titled("taken over"), SeriesScope::All));
    assert_eq!(series(&world, job.id).skipped, []);
    assert_eq!(jobs(&world, series_of(&job)).last().unwrap().edited_by, world.admin.id);
}

#[test]
fn runs_in_prod_are_asked_for_when_a_request_can_last_until_then() {
    let world = World::new();
    let new = NewJob { auto_start: None, ..world.new_deploy("prod", 30) };
    let job = repeat(&world, &world.owner, new, "FREQ=DAILY");
    let asked = |all: &[Job]| all.iter().filter(|job| !world.view(job.id).pending.is_empty()).count();
    assert_eq!(asked(&jobs(&world, series_of(&job))), 2, "those within 72 hours");
    world.go_to(24);
    world.tick();
    assert_eq!(asked(&jobs(&world, series_of(&job))), 3);
}

/// Ops may plan prod only with a second person: each occurrence waits for its own.
#[test]
fn plans_that_need_an_approval_are_laid_out_as_far_as_a_request_lasts() {
    let world = World::new();
    let job = repeat(&world, &world.ops, world.new_job(JobType::Ops, Some("prod"), 1), "FREQ=DAILY");
    let all = jobs(&world, series_of(&job));
    assert_eq!(starts(&all), ["01-07T10:00", "01-08T10:00", "01-09T10:00"]);
    for job in &all {
        let approval = world.view(job.id).pending[0].clone();
        assert_eq!(approval.state, ApprovalState::Pending);
        world.approve(&world.owner, approval.id).unwrap();
        assert_eq!(world.status(job.id), JobStatus::Planned);
    }
    // A move of all asks for each, and none has moved.
    let (_, approval) =
        asked(change(&world, &world.ops, all[1].id, later(&all[1], TimeDelta::hours(2)), SeriesScope::All));
    assert_eq!(world.job(all[1].id).slot, all[1].slot);
    world.approve(&world.owner, approval.id).unwrap();
    assert_eq!(world.job(all[1].id).slot.start(), all[1].slot.start() + TimeDelta::hours(2));
}

#[test]
fn nothing_is_half_done_where_one_of_them_is_refused() {
    let world = World::new();
    let job =
        repeat(&world, &world.ops, world.new_job(JobType::Ops, Some("staging"), 1), "FREQ=DAILY;COUNT=5");
    world.freeze(&[Tier::Staging], 24 * 2 + 6, 24 * 2 + 8);
    let before = (jobs(&world, series_of(&job)), series(&world, job.id));
    let audit = world.audit().len();
    let refused = change(&world, &world.ops, job.id, later(&job, TimeDelta::hours(5)), SeriesScope::All);
    let Err(Error::Denied { reason, .. }) = &refused else { panic!("{refused:?}") };
    assert!(reason.starts_with("on 2030-01-09: "), "{reason}");
    assert_eq!(world.audit().len(), audit + 1, "the refusal is told");
    let dry = JobUpdate { dry_run: true, scope: SeriesScope::All, ..JobUpdate::default() };
    let told = done(go(world.by(&world.ops).update_job(job.id, later(&job, TimeDelta::hours(2)), dry)));
    assert_eq!(told.job.slot.start(), world.at(3));
    assert_eq!((jobs(&world, series_of(&job)), series(&world, job.id)), before);
    assert_eq!(world.audit().len(), audit + 1);
    // And by rank: dev may not touch ops jobs, all or one.
    let by_dev = change(&world, &world.dev, job.id, titled("x"), SeriesScope::All);
    assert!(matches!(by_dev, Err(Error::Denied { .. })), "{by_dev:?}");
}

/// What somebody does with a series.
#[derive(Debug, Clone)]
enum Act {
    Move(usize, i64, SeriesScope),
    Title(usize, SeriesScope),
    Rule(usize, &'static str, SeriesScope),
    Cancel(usize, SeriesScope),
    Wait(i64),
}

fn acts() -> impl Strategy<Value = Act> {
    let scope = || prop::sample::select(SeriesScope::ALL);
    let rules = prop::sample::select(vec![
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,TH",
        "FREQ=DAILY;INTERVAL=2;COUNT=9",
        "FREQ=MONTHLY",
    ]);
    prop_oneof![
        (0_usize..9, -30_i64..30, scope()).prop_map(|(at, hours, scope)| Act::Move(at, hours, scope)),
        (0_usize..9, scope()).prop_map(|(at, scope)| Act::Title(at, scope)),
        (0_usize..9, rules, scope()).prop_map(|(at, rule, scope)| Act::Rule(at, rule, scope)),
        (0_usize..9, scope()).prop_map(|(at, scope)| Act::Cancel(at, scope)),
        (1_i64..72).prop_map(Act::Wait),
    ]
}

fn instant_of(job: &Job) -> DateTime<Utc> {
    job.occurrence.expect("repeats").at
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever is done: every occurrence ahead has exactly one job, or is told as left out.
    #[test]
    fn after_any_changes_each_occurrence_has_one_job(acts in proptest::collection::vec(acts(), 1..12)) {
        let world = World::new();
        let first = repeat(&world, &world.admin, world.new_job(JobType::Dev, Some("dev"), 5), "FREQ=DAILY;COUNT=20");
        let mut hour = 0;
        for act in acts {
            let all: Vec<Job> = go(world.by(&world.admin).list_series(None, Page::first(100))).unwrap()
                .iter().flat_map(|series| jobs(&world, series.id)).collect();
            let nth = |at: usize| all.get(at * 2 % all.len().max(1)).unwrap_or(&first).clone();
            let by = world.by(&world.admin);
            let _ = match &act {
                Act::Move(at, hours, scope) => {
                    let job = nth(*at);
                    change(&world, &world.admin, job.id, later(&job, TimeDelta::hours(*hours)), *scope)
                }
                Act::Title(at, scope) => change(&world, &world.admin, nth(*at).id, titled("other"), *scope),
                Act::Rule(at, rule, scope) => {
                    let patch = JobPatch { recurrence: Some(every(rule)), ..JobPatch::default() };
                    change(&world, &world.admin, nth(*at).id, patch, *scope)
                }
                Act::Cancel(at, scope) => go(by.cancel_series(nth(*at).id, None, *scope)),
                Act::Wait(hours) => {
                    hour += hours;
                    world.go_to(hour);
                    world.tick();
                    continue;
                }
            };
            for series in go(world.by(&world.admin).list_series(None, Page::first(100))).unwrap() {
                let laid = jobs(&world, series.id);
                let Some(_) = series.lay_at else { continue };
                let now = series.recurrence.local(world.now());
                for local in series.recurrence.occurrences(now, now + TimeDelta::days(20), 20) {
                    let at = series.recurrence.instant(local);
                    let standing = laid.iter().filter(|job| instant_of(job) == at).count();
                    let told = series.skipped.iter().filter(|skipped| skipped.at == at).count();
                    prop_assert_eq!(standing + told, 1, "{:?}: {} of {}", &act, local, series.recurrence.rule());
                }
            }
        }
    }
}
