//! Jobs and runs: every type in every tier, own and not.

use serde_json::{Value, json};
use uhub_core::{
    model::{BackendKind, JobType, ProdChange, Role, Tier},
    rbac::{Action, Context},
};
use uhub_tests::plan;

use super::{
    Found, Try, context,
    stage::{Stage, Walker},
};

/// The places of a type: a meeting has none, and counts as tier dev.
fn places(job_type: JobType) -> &'static [Tier] {
    if job_type == JobType::Meeting { &[Tier::Dev] } else { Tier::ALL }
}

fn body(project: &str, job_type: JobType, tier: Tier, title: &str, n: i64) -> Value {
    let environment = (job_type != JobType::Meeting).then_some(tier.as_str());
    plan::job(project, title, job_type.as_str(), environment, &plan::hour(n))
}

pub(super) async fn create(stage: &Stage, user: &Walker, found: &mut Found) {
    let projects = [
        (&user.own, true, ProdChange::Approval),
        (&stage.other, false, ProdChange::Approval),
        (&stage.strict, false, ProdChange::Deny),
    ];
    for (project, own_project, prod_change) in projects {
        for job_type in JobType::ALL {
            for tier in places(*job_type) {
                let context = Context { prod_change, ..context(*job_type, *tier, own_project, false) };
                let new = body(project, *job_type, *tier, "created by a walker", 0);
                let tried = Try { role: user.role, action: Action::JobCreate, context };
                let answer = user.client.post("/jobs?dry_run=true", &new).await;
                tried.compare(&answer, 200, None, found);
                // The dry run promised what then happens.
                let answer = user.client.post("/jobs", &new).await;
                tried.compare(&answer, 201, None, found);
            }
        }
    }
}

/// Edits and moves are asked as `dry_run`, and the edit then done for good; the job is cancelled at the end.
pub(super) async fn change(stage: &Stage, user: &Walker, found: &mut Found) {
    for (project, own_project) in [(&user.own, true), (&stage.other, false)] {
        for own_job in [false, true] {
            for job_type in JobType::ALL {
                for tier in places(*job_type) {
                    let mut new = body(project, *job_type, *tier, "changed by a walker", 24);
                    // Who creates a job or is its assignee owns it; the admin walks too, and creates all of these.
                    if own_job {
                        new["assignee_id"] = json!(user.id);
                    } else if user.role == Role::Admin {
                        continue;
                    }
                    let job = stage.admin.post("/jobs", &new).await.expect(201);
                    change_one(stage, user, &job, context(*job_type, *tier, own_project, own_job), found)
                        .await;
                }
            }
        }
    }
}

async fn change_one(stage: &Stage, user: &Walker, job: &Value, context: Context, found: &mut Found) {
    let (role, path) = (user.role, format!("/jobs/{}", plan::id(job)));
    let dry = format!("{path}?dry_run=true");
    let to = json!({ "planned_start": plan::hour(48) });
    let edit = json!({ "critical": false });

    let answer = user.client.patch(&dry, &to).await;
    Try { role, action: Action::JobMove, context }.compare(&answer, 200, None, found);
    let answer = user.client.patch(&dry, &edit).await;
    Try { role, action: Action::JobEdit, context }.compare(&answer, 200, None, found);
    let now = stage.admin.get(&path).await.expect(200);
    assert_eq!(now["version"], job["version"], "a dry run changes nothing");
    assert_eq!(now["approvals"], json!([]), "a dry run asks for nothing");

    // The dry run promised what then happens.
    let answer = user.client.patch(&path, &edit).await;
    Try { role, action: Action::JobEdit, context }.compare(&answer, 200, None, found);
    let answer = user.client.delete(&path).await;
    Try { role, action: Action::JobCancel, context }.compare(&answer, 200, None, found);
    let status = stage.admin.get(&path).await.expect(200)["status"].clone();
    assert_eq!(status, if answer.status == 200 { "cancelled" } else { "planned" });
}

/// A job that executes, never by itself.
async fn executable(
    stage: &Stage,
    project: &str,
    job_type: JobType,
    tier: Tier,
    backend: BackendKind,
) -> String {
    let mut new = body(project, job_type, tier, "launched by a walker", 72);
    new["auto_start"] = json!(false);
    new["execution"] = match backend {
        BackendKind::Local => json!({ "backend": "local", "command": ["/bin/true"] }),
        BackendKind::Webhook => json!({ "backend": "webhook", "url": "https://ci.example.org/hook" }),
        _ => json!({ "backend": backend.as_str(), "image": "busybox", "command": ["true"] }),
    };
    plan::id(&stage.admin.post("/jobs", &new).await.expect(201))
}

pub(super) async fn launch(stage: &Stage, user: &Walker, found: &mut Found) {
    for (project, own_project) in [(&user.own, true), (&stage.other, false)] {
        for job_type in JobType::ALL.iter().filter(|one| **one != JobType::Meeting) {
            for tier in Tier::ALL {
                for backend in
                    [BackendKind::Local, BackendKind::Docker, BackendKind::K8s, BackendKind::Webhook]
                {
                    // A local job in prod cannot even be planned (DOMAIN §3.1): see the guardrails below.
                    if *tier == Tier::Prod && backend == BackendKind::Local {
                        continue;
                    }
                    // All types with the extremes; the type is of no matter to a launch.
                    if *job_type != JobType::Ops && backend != BackendKind::Docker {
                        continue;
                    }
                    let job = executable(stage, project, *job_type, *tier, backend).await;
                    let own_job = user.role == Role::Admin;
                    let context = Context { backend, ..context(*job_type, *tier, own_project, own_job) };
                    let answer = user.client.post(&format!("/jobs/{job}/runs"), &json!({})).await;
                    let tried = Try { role: user.role, action: Action::RunLaunch, context };
                    tried.compare(&answer, 201, None, found);
                }
            }
        }
    }

    // No role widens the guardrail on prod.
    let mut new = body(&user.own, JobType::Ops, Tier::Prod, "local in prod", 72);
    new["execution"] = json!({ "backend": "local", "command": ["/bin/true"] });
    let answer = user.client.post("/jobs", &new).await;
    assert_eq!(answer.status, 403, "{}", answer.text());
    if user.role != Role::Dev {
        answer.expect_denied("guardrail.prod_backend");
    }
    // Nor by asking for another backend at launch.
    let job = executable(stage, &user.own, JobType::Ops, Tier::Prod, BackendKind::Docker).await;
    let answer = user.client.post(&format!("/jobs/{job}/runs"), &json!({ "backend": "ssh" })).await;
    assert_eq!(answer.status, 403, "{}", answer.text());
    if user.role != Role::Dev {
        answer.expect_denied("guardrail.prod_backend");
    }
}

pub(super) async fn cancel_run(stage: &Stage, user: &Walker, found: &mut Found) {
    let by_admin = (stage, &stage.admin);
    for (project, own_project) in [(&user.own, true), (&stage.other, false)] {
        for tier in Tier::ALL {
            for own_run in [false, true] {
                let context = Context { own_run, ..context(JobType::Ops, *tier, own_project, false) };
                // The admin launched all that nobody else did.
                if (user.role == Role::Admin) != own_run && user.role == Role::Admin {
                    continue;
                }
                let job = executable(stage, project, JobType::Ops, *tier, BackendKind::Docker).await;
                let launcher = if own_run { &user.client } else { by_admin.1 };
                let answer = launcher.post(&format!("/jobs/{job}/runs"), &json!({})).await;
                let run = match answer.status {
                    201 => answer.json(),
                    202 => answer.json()["run"].clone(),
                    // What one may not launch one cannot have launched.
                    _ => continue,
                };
                let answer = user.client.post(&format!("/runs/{}/cancel", plan::id(&run)), &json!({})).await;
                let tried = Try { role: user.role, action: Action::RunCancel, context };
                tried.compare(&answer, 202, None, found);
                let status =
                    stage.admin.get(&format!("/runs/{}", plan::id(&run))).await.expect(200)["status"].clone();
                assert_eq!(status, if answer.status == 202 { "cancelled" } else { "queued" });
            }
        }
    }
}
