//! The demo (DOMAIN §10), from the very JSON of the seed.

use super::world::*;
use crate::{
    hub::{DemoData, Hub, SeedReport, Settings},
    memory::MemoryStore,
    model::{JobStatus, JobType, Role, Slot},
    ports::{
        clock::{ManualClock, SeededIds},
        store::{AuditFilter, JobFilter, Page},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{collections::BTreeMap, sync::Arc};

fn data() -> DemoData {
    let titles = [
        "Rapport hebdo – santé projet",
        "Rapport hebdo – capacité cluster",
        "Rapport hebdo – erreurs push/pull",
        "Rapport hebdo – disponibilité",
    ];
    DemoData {
        users: serde_json::from_str(include_str!("../../../../seeds/users.json")).unwrap(),
        projects: serde_json::from_str(include_str!("../../../../seeds/projects-with-jobs.json")).unwrap(),
        executions: titles.map(|title| (title.to_owned(), local())).into(),
    }
}

/// A hub on a Friday evening, with nobody in it.
fn empty() -> (Hub, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new("2030-03-29T21:00:00Z".parse().unwrap()));
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let hub = Hub::new(store, clock.clone(), Arc::new(SeededIds::new(1)), Settings::default())
        .with_passwords(Arc::new(PlainPasswords));
    (hub, clock)
}

#[test]
fn twice_is_once_and_shows_real_conflicts_on_day_one() {
    let (hub, _) = empty();
    let operator = hub.as_operator("cli");
    let first = go(operator.import_demo(&data())).unwrap();
    assert_eq!(first, SeedReport { users: 4, projects: 4, jobs: 16, created: 24 });
    assert_eq!(go(operator.import_demo(&data())).unwrap(), SeedReport { created: 0, ..first });

    let admin = go(hub.sign_in("demo-admin", "demo-admin")).unwrap();
    assert_eq!((admin.role, admin.display_name.as_str()), (Role::Admin, "Alice ADMIN"));
    let again = go(hub.acting_as(&admin).import_demo(&data())).unwrap();
    assert_eq!(again.created, 0);

    let now = hub.now();
    let window = Slot::new(now, now + TimeDelta::days(10)).unwrap();
    let items = go(hub.acting_as(&admin).calendar(window, &JobFilter::default())).unwrap();
    assert_eq!(items.len(), 16);
    let mut conflicts: BTreeMap<(DateTime<Utc>, String), usize> = BTreeMap::new();
    for item in items.iter().filter(|item| item.conflict) {
        let pool = item.entry.pool().unwrap().to_owned();
        *conflicts.entry((item.entry.slot.start(), pool)).or_default() += 1;
    }
    // 09:00 in Paris: the clocks go forward between these two days.
    let (day2, day4) = ("2030-03-31T07:00:00Z".parse().unwrap(), "2030-04-02T07:00:00Z".parse().unwrap());
    let expected: BTreeMap<_, _> = [((day2, "staging"), 4), ((day4, "staging"), 2), ((day4, "prod"), 2)]
        .into_iter()
        .map(|((at, pool), count)| ((at, pool.to_owned()), count))
        .collect();
    assert_eq!(conflicts, expected, "8 of the 16");

    let open = go(hub.open_demo_accounts()).unwrap();
    assert_eq!(open, ["demo-admin", "demo-projets", "demo-dev", "demo-ops"]);
}

#[test]
fn jobs_are_their_project_owners_and_reports_run_on_the_admins_authority() {
    let (hub, clock) = empty();
    go(hub.as_operator("cli").import_demo(&data())).unwrap();
    let admin = go(hub.sign_in("demo-admin", "demo-admin")).unwrap();
    let acting = hub.acting_as(&admin);
    let projects = go(acting.projects(Page::first(10))).unwrap();
    let jobs = go(acting.jobs(&JobFilter::default(), Page::first(50))).unwrap();
    for view in &jobs {
        let project = projects.iter().find(|project| project.id == view.job.project_id).unwrap();
        assert_eq!(view.job.created_by, project.owner_id);
        let reports = view.job.job_type == JobType::Dev;
        assert_eq!(
            (view.job.execution.is_some(), view.job.auto_start, view.job.all_day),
            (reports, reports, reports)
        );
    }
    let report = jobs.iter().find(|view| view.job.all_day).unwrap();
    clock.set(report.job.slot.start());
    assert_eq!(go(hub.tick(50)).unwrap().started, 4);
    assert_eq!(go(hub.claim("w", crate::model::BackendKind::ALL, 9)).unwrap().len(), 4);
    assert_eq!(go(acting.job(report.job.id)).unwrap().job.status.get(), JobStatus::Running);
}

/// "Every state change writes an entry" (DOMAIN §9): an import is no way around it.
#[test]
fn everything_that_an_import_makes_is_told() {
    let (hub, _) = empty();
    go(hub.as_operator("cli").import_demo(&data())).unwrap();
    let admin = go(hub.sign_in("demo-admin", "demo-admin")).unwrap();
    let rows = go(hub.acting_as(&admin).audit(&AuditFilter::default(), Page::first(1000))).unwrap();
    let count = |action: &str| rows.iter().filter(|row| row.entry.action == action).count();
    assert_eq!(
        (count("user.create"), count("project.create"), count("job.create"), count("seed.demo")),
        (4, 4, 16, 1)
    );
    assert!(
        rows.iter()
            .filter(|row| row.entry.action != "auth.login")
            .all(|row| row.entry.actor == "operator cli")
    );
}

#[test]
fn only_an_admin_imports_it() {
    let world = World::new();
    for user in [&world.owner, &world.ops, &world.dev] {
        assert_eq!(rule(go(world.by(user).import_demo(&data()))), format!("rbac.hub.manage.{}", user.role));
    }
    assert_eq!(go(world.by(&world.admin).import_demo(&data())).unwrap().created, 24);
}

#[test]
fn r38_an_imported_job_passes_the_same_guardrails() {
    let (hub, _) = empty();
    let mut data = data();
    data.executions.insert("Maintenance – rotation certificats".to_owned(), local());
    let refused = go(hub.as_operator("cli").import_demo(&data));
    assert_eq!(rule(refused), "guardrail.prod_backend");
    assert!(!go(hub.has_users()).unwrap(), "and nothing of it stays");
}

#[test]
fn a_report_tells_the_week() {
    let (hub, clock) = empty();
    let operator = hub.as_operator("cli");
    go(operator.import_demo(&data())).unwrap();
    clock.set("2030-04-01T08:00:00Z".parse().unwrap());
    let report = go(operator.week_report(Some("Infra K3s"))).unwrap();
    assert_eq!(report.week.start(), "2030-03-31T22:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let line = &report.projects[0];
    assert_eq!((line.planned, line.done, line.conflicts), (2, 0, 1), "the report and the patch of prod");
    assert_eq!(go(operator.week_report(None)).unwrap().projects.len(), 4);
}
