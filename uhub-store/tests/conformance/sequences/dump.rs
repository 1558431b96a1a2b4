//! Everything a store knows, as far as its reads tell.

use std::fmt::Debug;

use uhub_core::{
    model::{EARLIEST, LATEST, Slot},
    ports::store::{AuditFilter, JobFilter, RunFilter},
    text::username_key,
};

use crate::bed::{ALL, Bed};

fn lines<T: Debug>(things: impl IntoIterator<Item = T>) -> Vec<String> {
    things.into_iter().map(|thing| format!("{thing:?}")).collect()
}

/// Each with its name, always in the same order.
pub(super) async fn everything(bed: &Bed) -> Vec<(&'static str, Vec<String>)> {
    let mut session = bed.read().await;
    let users = session.users(ALL).await.unwrap();
    let projects = session.projects(ALL).await.unwrap();
    let jobs = session.jobs(&JobFilter::default(), ALL).await.unwrap();
    let runs = session.runs(&RunFilter::default(), ALL).await.unwrap();
    let mut by_user = Vec::new();
    for user in &users {
        by_user.push(format!("{:?}", session.user_by_key(&username_key(&user.username)).await.unwrap()));
        by_user.push(format!("{:?}", session.password_hash(user.id).await.unwrap()));
        let owned = AuditFilter { owner: Some(user.id), ..AuditFilter::default() };
        by_user.extend(lines(session.audit(&owned, ALL).await.unwrap()));
        let own = JobFilter { own: Some(user.id), ..JobFilter::default() };
        by_user.extend(lines(session.jobs(&own, ALL).await.unwrap()));
        for key in ["Deploy", "deploy 100%", "Réunion"] {
            by_user.push(format!("{:?}", session.remembered(user.id, key).await.unwrap()));
        }
    }
    let mut by_project = Vec::new();
    for project in &projects {
        by_project.push(format!("{:?}", session.project_by_name(&project.name).await.unwrap()));
        by_project.push(format!("{:?}", session.job_by_title(project.id, "Deploy").await.unwrap()));
        let within = JobFilter { project_id: Some(project.id), ..JobFilter::default() };
        by_project.extend(lines(session.jobs(&within, ALL).await.unwrap()));
    }
    let mut by_job = Vec::new();
    for job in &jobs {
        by_job.push(format!("{:?}", session.active_run(job.id).await.unwrap()));
        let mut open = session.open_approvals(&[job.id]).await.unwrap();
        open.sort_by_key(|approval| approval.id);
        by_job.extend(lines(open));
        let of_it = RunFilter { job_id: Some(job.id), ..RunFilter::default() };
        by_job.extend(lines(session.runs(&of_it, ALL).await.unwrap()));
        let about = AuditFilter { object_id: Some(job.id.0), ..AuditFilter::default() };
        by_job.extend(lines(session.audit(&about, ALL).await.unwrap()));
    }
    let mut logs = Vec::new();
    for run in &runs {
        logs.push(format!("{:?}", session.log_end(run.id, run.log_from).await.unwrap()));
        logs.extend(lines(session.run_log(run.id, 0, 1000).await.unwrap()));
    }
    let mut counts = session.count_runs().await.unwrap();
    counts.retain(|(_, count)| *count > 0);
    counts.sort_unstable();
    let all = Slot::new(EARLIEST, LATEST).unwrap();
    vec![
        ("users", lines(users)),
        ("admins", lines([session.count_active_admins().await.unwrap()])),
        ("what users have", by_user),
        ("projects", lines(projects)),
        ("what projects have", by_project),
        ("jobs", lines(jobs)),
        ("calendar", lines(session.calendar(all, &JobFilter::default()).await.unwrap())),
        ("what jobs have", by_job),
        ("runs", lines(runs)),
        ("counts", lines(counts)),
        ("logs", logs),
        ("approvals", lines(session.approvals(None, ALL).await.unwrap())),
        ("freezes", lines(session.list_freezes(ALL).await.unwrap())),
        ("audit", lines(session.audit(&AuditFilter::default(), ALL).await.unwrap())),
        ("sealed", lines(session.sealed(0, 1000).await.unwrap())),
        ("head", lines([session.audit_head().await.unwrap()])),
        ("unsealed", lines([session.count_unsealed().await.unwrap()])),
    ]
}
