//! Projects and their environments.

use std::collections::BTreeMap;

use uhub_core::{
    model::*,
    ports::store::{Cursor, JobFilter, StoreError},
    workflow::Tracked,
};

use crate::{
    bed::{ALL, Bed, walk},
    samples::{UNICODE, World, at, environment, place, project, slot, user},
};

conformance!(
    round_trip,
    unique_by_name,
    changed_by_version,
    environments_carry_their_jobs_along,
    environments_swap_names,
    a_job_lands_in_the_present_environment,
    environments_with_jobs_stay,
    pages,
);

fn whole(bed: &Bed, owner: UserId) -> Project {
    Project {
        execution_backend: Some(BackendKind::K8s),
        execution_backend_config: Some(BackendConfig {
            cpus: Some(0.1),
            memory_mb: Some(u32::MAX),
            pids: Some(0),
            timeout_seconds: None,
            max_attempts: Some(1),
            max_concurrent: Some(2),
            max_concurrent_by_environment: BTreeMap::from([("prod é".to_owned(), 1)]),
            docker: Some(DockerConfig {
                network: Some("apps".to_owned()),
                mounts: vec![Mount {
                    source: "/srv/a".to_owned(),
                    target: "/data".to_owned(),
                    writable: true,
                }],
                pull: Some(PullPolicy::Always),
                user: Some("1000:1000".to_owned()),
                tmpfs_mb: Some(64),
            }),
            webhook: Some(WebhookConfig {
                preset: Some(WebhookPreset::Gitlab),
                follow: Some(WebhookFollow::Callback),
            }),
        }),
        policy: Policy {
            prod_change: ProdChange::Deny,
            on_conflict: BTreeMap::from([(Tier::Prod, OnConflict::Block), (Tier::Dev, OnConflict::Warn)]),
            approval_ttl_seconds: 60,
            allowed_backends: BTreeMap::from([
                (Tier::Prod, vec![BackendKind::Webhook]),
                (Tier::Staging, Vec::new()),
            ]),
        },
        ..project(bed, &format!("whole {UNICODE}"), owner)
    }
}

async fn round_trip(bed: Bed) {
    let owner = user(&bed, "owner", Role::Projets);
    let projects =
        [whole(&bed, owner.id), Project { environments: vec![], ..project(&bed, "bare", owner.id) }];
    let mut session = bed.write().await;
    session.insert_user(&owner, None).await.unwrap();
    for project in &projects {
        session.insert_project(project).await.unwrap();
        assert_eq!(session.project(project.id).await.unwrap().as_ref(), Some(project));
    }
    session.commit().await.unwrap();

    let mut session = bed.read().await;
    assert_eq!(session.projects(ALL).await.unwrap(), projects);
    for project in &projects {
        assert_eq!(session.project(project.id).await.unwrap().as_ref(), Some(project));
        assert_eq!(session.project_by_name(&project.name).await.unwrap().as_ref(), Some(project));
    }
    assert_eq!(session.project_by_name("BARE").await.unwrap(), None, "by exact name");
    assert_eq!(session.project(ProjectId(bed.id())).await.unwrap(), None);
    let asked = [projects[1].id, ProjectId(bed.id()), projects[0].id, projects[0].id];
    let mut found = session.projects_by_ids(&asked).await.unwrap();
    found.sort_by_key(|project| project.id);
    assert_eq!(found, projects);
    assert_eq!(session.projects_by_ids(&[]).await.unwrap(), []);
}

async fn unique_by_name(bed: Bed) {
    let world = World::new(&bed).await;
    let mut session = bed.write().await;
    let twin = project(&bed, "app-x", world.owner.id);
    assert_eq!(session.insert_project(&twin).await, Err(StoreError::Duplicate("name")));
    drop(session);
    let mut session = bed.write().await;
    let other = project(&bed, "app-y", world.owner.id);
    session.insert_project(&other).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    let renamed = Project { name: "app-x".to_owned(), version: 2, ..other };
    assert_eq!(session.update_project(&renamed).await, Err(StoreError::Duplicate("name")));
    drop(session);
    assert_eq!(bed.read().await.project_by_name("app-x").await.unwrap(), Some(world.project));
}

async fn changed_by_version(bed: Bed) {
    let world = World::new(&bed).await;
    let heir = user(&bed, "heir", Role::Projets);
    let mut after = Project { id: world.project.id, version: 2, updated_at: at(9), ..whole(&bed, heir.id) };
    after.environments.clone_from(&world.project.environments);
    after.environments.push(environment(&bed, "prod-eu", Tier::Prod, "eu"));
    let mut session = bed.write().await;
    session.insert_user(&heir, None).await.unwrap();
    for stale in [0, 1, 3] {
        assert!(!session.update_project(&Project { version: stale, ..after.clone() }).await.unwrap());
    }
    assert!(!session.update_project(&Project { id: ProjectId(bed.id()), ..after.clone() }).await.unwrap());
    assert_eq!(session.project(after.id).await.unwrap().as_ref(), Some(&world.project));
    assert!(session.update_project(&after).await.unwrap());
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.projects(ALL).await.unwrap(), [after]);
    assert_eq!(session.project_by_name("app-x").await.unwrap(), None);
}

async fn environments_carry_their_jobs_along(bed: Bed) {
    let world = World::new(&bed).await;
    let jobs = [world.job(&bed, 1), Job { environment: world.place("prod"), ..world.job(&bed, 1) }];
    let mut after = Project { version: 2, ..world.project.clone() };
    after.environments[1].name = "recette".to_owned();
    after.environments[1].pool = "prod".to_owned();
    let mut session = bed.write().await;
    session.insert_jobs(&jobs).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    assert!(session.update_project(&after).await.unwrap());
    session.commit().await.unwrap();

    let moved = Job { environment: place(&after, "recette"), ..jobs[0].clone() };
    let mut session = bed.read().await;
    assert_eq!(session.job(moved.id).await.unwrap().as_ref(), Some(&moved), "its version is as it was");
    assert_eq!(session.job(jobs[1].id).await.unwrap().as_ref(), Some(&jobs[1]));
    let pools = ["prod".to_owned(), "staging".to_owned()];
    let both = [moved.entry(), jobs[1].entry()];
    assert_eq!(session.contenders(&pools, slot(0, 9)).await.unwrap(), both);
    let filter = |name: &str| JobFilter { environment: Some(name.to_owned()), ..JobFilter::default() };
    assert_eq!(session.jobs(&filter("recette"), ALL).await.unwrap(), [moved]);
    assert_eq!(session.jobs(&filter("staging"), ALL).await.unwrap(), []);
}

async fn environments_swap_names(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 1).await;
    let mut after = Project { version: 2, ..world.project.clone() };
    after.environments[0].name = "staging".to_owned();
    after.environments[1].name = "dev".to_owned();
    let mut session = bed.write().await;
    assert!(session.update_project(&after).await.unwrap());
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.project(after.id).await.unwrap().as_ref(), Some(&after));
    let job = Job { environment: place(&after, "dev"), ..job };
    assert_eq!(job.tier(), Tier::Staging, "a tier stays with its environment");
    assert_eq!(session.job(job.id).await.unwrap(), Some(job));
}

async fn a_job_lands_in_the_present_environment(bed: Bed) {
    let world = World::new(&bed).await;
    let job = world.stored_job(&bed, 1).await;
    let mut after = Project { version: 2, ..world.project.clone() };
    after.environments[1].name = "recette".to_owned();
    after.environments[1].pool = "shared".to_owned();
    let mut session = bed.write().await;
    assert!(session.update_project(&after).await.unwrap());
    session.commit().await.unwrap();

    // Both still name the environment as it was before.
    let edited = Job { title: "edited".to_owned(), version: 2, ..job };
    let late = world.job(&bed, 2);
    let mut session = bed.write().await;
    assert!(session.update_job(&edited).await.unwrap());
    session.insert_job(&late).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    let expected = [edited, late].map(|job| Job { environment: place(&after, "recette"), ..job });
    assert_eq!(session.jobs(&JobFilter::default(), ALL).await.unwrap(), expected);
    let contending = session.contenders(&["shared".to_owned()], slot(0, 9)).await.unwrap();
    assert_eq!(contending, expected.each_ref().map(Job::entry));
}

async fn environments_with_jobs_stay(bed: Bed) {
    let world = World::new(&bed).await;
    let job = Job { status: Tracked::restore(JobStatus::Cancelled), ..world.job(&bed, 1) };
    let mut session = bed.write().await;
    session.insert_job(&job).await.unwrap();
    session.commit().await.unwrap();
    let without = |name: &str| {
        let mut project = Project { version: 2, ..world.project.clone() };
        project.environments.retain(|environment| environment.name != name);
        project
    };
    let mut session = bed.write().await;
    assert_eq!(session.update_project(&without("staging")).await, Err(StoreError::Duplicate("environments")));
    drop(session);
    assert_eq!(bed.read().await.project(world.project.id).await.unwrap().as_ref(), Some(&world.project));
    let mut session = bed.write().await;
    assert!(session.update_project(&without("dev")).await.unwrap());
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.project(world.project.id).await.unwrap(), Some(without("dev")));

    let mut again = Project { version: 3, ..without("dev") };
    again.environments.push(environment(&bed, "dev", Tier::Prod, "dev"));
    let mut session = bed.write().await;
    assert!(session.update_project(&again).await.unwrap(), "the name is free, also for another tier");
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.project(world.project.id).await.unwrap(), Some(again));
}

async fn pages(bed: Bed) {
    let owner = UserId(bed.id());
    let projects: Vec<_> =
        (0..5).map(|number| project(&bed, &format!("app-{}", 9 - number), owner)).collect();
    let mut session = bed.write().await;
    for project in projects.iter().rev() {
        session.insert_project(project).await.unwrap();
    }
    session.commit().await.unwrap();
    for limit in [1, 2, 5] {
        let walked = walk!(bed, limit, |session, page| session.projects(page), |project| Cursor {
            key: 0,
            id: project.id.0
        });
        assert_eq!(walked, projects, "by {limit}");
    }
}
