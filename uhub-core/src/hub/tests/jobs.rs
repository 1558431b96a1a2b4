//! Creating, editing, moving, cancelling, done: who may, and what comes of it.

use super::world::*;
use crate::{
    error::Error,
    hub::{JobOutcome, JobPatch},
    model::{JobStatus, JobType, Policy, ProdChange, User},
};

/// What came of it, in a word.
fn word(result: crate::Result<JobOutcome>) -> String {
    match result {
        Ok(JobOutcome::Done(_)) => "done".to_owned(),
        Ok(JobOutcome::Waiting { .. }) => "waits".to_owned(),
        Err(Error::Denied { .. }) => "–".to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

/// Every role at every kind of job, through the use cases: admin, owner, another projets, ops, dev.
#[test]
fn each_role_creates_edits_moves_and_cancels_what_the_table_says() {
    let places = [
        (JobType::Meeting, None),
        (JobType::Dev, None),
        (JobType::Dev, Some("dev")),
        (JobType::Dev, Some("prod")),
        (JobType::Ops, Some("staging")),
        (JobType::Infra, Some("prod-eu")),
    ];
    let mut table = Vec::new();
    for (job_type, environment) in places {
        let world = World::new();
        let people = [&world.admin, &world.owner, &world.projets, &world.ops, &world.dev];
        let mut row = |verb: &str, act: &dyn Fn(&User) -> String| {
            let cells: Vec<String> = people.iter().map(|user| act(user)).collect();
            table.push(format!(
                "{job_type} {} {verb}: {}",
                environment.unwrap_or("nowhere"),
                cells.join(" ")
            ));
        };
        row("create", &|user| {
            word(go(world.by(user).create_job(world.new_job(job_type, environment, 2), None)))
        });
        // Somebody else's job, of the owner's project.
        let job = || world.create(&world.owner, world.new_job(job_type, environment, 2)).id;
        row("edit", &|user| {
            let patch = JobPatch { title: Some(format!("by {}", user.username)), ..JobPatch::default() };
            word(world.edit(user, job(), patch))
        });
        row("move", &|user| word(world.drag(user, job(), 20)));
        row("cancel", &|user| word(go(world.by(user).cancel_job(job(), None))));
    }
    assert_eq!(
        table,
        [
            "meeting nowhere create: done done done done done",
            "meeting nowhere edit: done done – – –",
            "meeting nowhere move: done done – – –",
            "meeting nowhere cancel: done done – – –",
            "dev nowhere create: done done – – done",
            "dev nowhere edit: done done – – done",
            "dev nowhere move: done done – – done",
            "dev nowhere cancel: done done – – done",
            "dev dev create: done done – – done",
            "dev dev edit: done done – – done",
            "dev dev move: done done – – done",
            "dev dev cancel: done done – – done",
            "dev prod create: done done – – –",
            "dev prod edit: done done – – –",
            "dev prod move: done done – – –",
            "dev prod cancel: done done – – –",
            "ops staging create: done done – done –",
            "ops staging edit: done done – done –",
            "ops staging move: done done – done –",
            "ops staging cancel: done done – done –",
            "infra prod-eu create: done done – waits –",
            "infra prod-eu edit: done done – waits –",
            "infra prod-eu move: done done – waits –",
            "infra prod-eu cancel: done done – waits –",
        ]
    );
}

#[test]
fn an_own_job_is_one_that_one_created_or_is_assigned_to() {
    let world = World::new();
    let meeting = world.create(&world.dev, world.new_job(JobType::Meeting, None, 2));
    assert_eq!(rule(world.drag(&world.dev, meeting.id, 3)), "allowed");
    assert_eq!(rule(world.drag(&world.dev2, meeting.id, 4)), "rbac.meeting.change.dev");
    assert_eq!(rule(world.drag(&world.ops, meeting.id, 4)), "rbac.meeting.change.ops");
    let assign = JobPatch { assignee_id: Some(Some(world.dev2.id)), ..JobPatch::default() };
    done(world.edit(&world.dev, meeting.id, assign));
    assert_eq!(rule(world.drag(&world.dev2, meeting.id, 4)), "allowed");

    // Role projets in another's project: an assignee may change the job, prod included.
    let mut new = world.new_job(JobType::Ops, Some("prod"), 2);
    assert_eq!(rule(go(world.by(&world.projets).create_job(new.clone(), None))), "rbac.job.prod.projets");
    new.assignee_id = Some(world.projets.id);
    assert_eq!(
        rule(go(world.by(&world.projets).create_job(new.clone(), None))),
        "rbac.job.prod.projets",
        "naming oneself does not make it one's own"
    );
    let job = world.create(&world.owner, new);
    assert_eq!(rule(world.drag(&world.projets, job.id, 5)), "allowed");
}

#[test]
fn a_change_must_be_allowed_where_the_job_is_and_where_it_goes() {
    let world = World::new();
    let job = world.create(&world.dev, world.new_job(JobType::Dev, Some("staging"), 2));
    let to_prod = JobPatch { environment: Some(Some("prod".to_owned())), ..JobPatch::default() };
    assert_eq!(rule(world.edit(&world.dev, job.id, to_prod)), "rbac.job.prod.dev");
    let to_ops = JobPatch { job_type: Some(JobType::Ops), ..JobPatch::default() };
    assert_eq!(rule(world.edit(&world.dev, job.id, to_ops)), "rbac.job.ops.dev");

    let prod = world.create(&world.owner, world.new_job(JobType::Dev, Some("prod"), 2));
    let to_dev = JobPatch { environment: Some(Some("dev".to_owned())), ..JobPatch::default() };
    assert_eq!(rule(world.edit(&world.dev, prod.id, to_dev)), "rbac.job.prod.dev");
    // Role ops out of prod: leaving it is a change in prod too.
    let ops = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 2));
    let to_staging = JobPatch { environment: Some(Some("staging".to_owned())), ..JobPatch::default() };
    let (view, approval) = asked(world.edit(&world.ops, ops.id, to_staging));
    assert_eq!(view.job.environment.unwrap().name, "prod", "as it was, until somebody agrees");
    world.approve(&world.owner, approval.id).unwrap();
    assert_eq!(world.job(ops.id).environment.unwrap().name, "staging");
}

#[test]
fn prod_changes_by_ops_follow_the_projects_policy() {
    let world = World::new();
    world.set_policy(Policy { prod_change: ProdChange::Deny, ..Policy::default() });
    let new = world.new_job(JobType::Ops, Some("prod"), 2);
    assert_eq!(rule(go(world.by(&world.ops).create_job(new.clone(), None))), "rbac.job.prod.ops");
    let job = world.create(&world.owner, new);
    assert_eq!(rule(world.drag(&world.ops, job.id, 5)), "rbac.job.prod.ops");
    assert_eq!(rule(go(world.by(&world.ops).cancel_job(job.id, None))), "rbac.job.prod.ops");
    assert_eq!(rule(world.drag(&world.owner, job.id, 5)), "allowed");
}

#[test]
fn done_is_for_planned_jobs_that_people_do() {
    let world = World::new();
    let job = world.create(&world.dev, world.new_job(JobType::Dev, None, 2));
    assert_eq!(rule(go(world.by(&world.ops).mark_done(job.id))), "rbac.job.dev.ops");
    let view = go(world.by(&world.dev).mark_done(job.id)).unwrap();
    assert_eq!(view.job.status.get(), JobStatus::Succeeded);
    let again = go(world.by(&world.dev).mark_done(job.id)).unwrap_err();
    assert_eq!(again.to_string(), "job is succeeded: it cannot done");
    let moved = world.drag(&world.dev, job.id, 5).unwrap_err();
    assert!(matches!(&moved, Error::Transition(error) if error.from == "succeeded"), "{moved}");
    let cancelled = go(world.by(&world.dev).cancel_job(job.id, None)).unwrap_err();
    assert!(matches!(&cancelled, Error::Transition(error) if error.event == "cancel"), "{cancelled}");

    let runs = world.create(&world.ops, world.new_deploy("staging", 2));
    assert!(matches!(go(world.by(&world.ops).mark_done(runs.id)), Err(Error::Unfit(_))));
    // In prod no second person has to agree that something was done, not even for role ops.
    let prod = world.create(&world.owner, world.new_job(JobType::Ops, Some("prod"), 2));
    assert_eq!(rule(go(world.by(&world.ops).mark_done(prod.id))), "allowed");
}

#[test]
fn what_has_ended_badly_can_be_planned_again() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    go(world.by(&world.ops).cancel_job(job.id, None)).unwrap();
    assert_eq!(world.status(job.id), JobStatus::Cancelled);
    // Words about it do not bring it back; a slot does.
    let words = JobPatch { title: Some("again".to_owned()), ..JobPatch::default() };
    assert_eq!(done(world.edit(&world.ops, job.id, words)).job.status.get(), JobStatus::Cancelled);
    assert_eq!(done(world.drag(&world.ops, job.id, 5)).job.status.get(), JobStatus::Planned);
}

#[test]
fn r32_an_unknown_job_answers_like_a_missing_one() {
    let world = World::new();
    let id = crate::model::JobId(world.hub.new_id());
    let missing = Error::NotFound { what: "job" };
    for user in [&world.admin, &world.dev] {
        let acting = world.by(user);
        assert_eq!(go(acting.job(id)).unwrap_err(), missing);
        assert_eq!(world.drag(user, id, 3).unwrap_err(), missing);
        assert_eq!(go(acting.cancel_job(id, None)).unwrap_err(), missing);
        assert_eq!(go(acting.mark_done(id)).unwrap_err(), missing);
        assert_eq!(go(acting.suggestions(id, 3)).unwrap_err(), missing);
        assert_eq!(world.launch(user, id).unwrap_err(), missing);
    }
    let mut new = world.new_job(JobType::Meeting, None, 2);
    new.project_id = crate::model::ProjectId(world.hub.new_id());
    let error = go(world.by(&world.dev).create_job(new, None)).unwrap_err();
    assert_eq!(error, Error::NotFound { what: "project" });
}

#[test]
fn a_plan_that_cannot_run_is_refused_when_it_is_made() {
    let world = World::new();
    let create = |by: &User, new| go(world.by(by).create_job(new, None));
    let mut new = world.new_deploy("prod", 2);
    new.execution = Some(local());
    assert_eq!(rule(create(&world.owner, new.clone())), "guardrail.prod_backend");
    new.environment = Some("staging".to_owned());
    assert_eq!(rule(create(&world.owner, new.clone())), "allowed");
    new.execution = None;
    new.auto_start = Some(true);
    assert_eq!(field(create(&world.owner, new)), "auto_start");

    let mut meeting = world.new_job(JobType::Meeting, Some("dev"), 2);
    assert_eq!(field(create(&world.owner, meeting.clone())), "environment");
    meeting.environment = None;
    meeting.execution = Some(local());
    assert_eq!(field(create(&world.owner, meeting)), "execution");
    let mut lost = world.new_job(JobType::Ops, Some("nowhere"), 2);
    assert_eq!(field(create(&world.owner, lost.clone())), "environment");
    lost.environment = None;
    lost.assignee_id = Some(crate::model::UserId(world.hub.new_id()));
    assert_eq!(field(create(&world.owner, lost)), "assignee_id");
}
