//! Users, projects, policy, approvals, audit, freezes, seed and metrics.

use serde_json::{Value, json};
use uhub_core::{
    model::Role,
    rbac::{Action, Context},
};
use uhub_tests::{Client, audit, plan};

use super::{
    Found, Try,
    stage::{Stage, Walker},
};

pub(super) async fn walk(stage: &Stage, user: &Walker, found: &mut Found) {
    users(stage, user, found).await;
    projects(stage, user, found).await;
    approvals(stage, user, found).await;
    reads(stage, user, found).await;
    hub(stage, user, found).await;
}

fn tried(user: &Walker, action: Action) -> Try {
    Try { role: user.role, action, context: Context::default() }
}

async fn users(stage: &Stage, user: &Walker, found: &mut Found) {
    let manage = tried(user, Action::UserManage);
    let new = json!({
        "username": format!("new-of-{}", user.role), "password": "long enough", "role": "dev",
        "display_name": "New", "email": "new@uhub.local",
    });
    manage.compare(&user.client.post("/users", &new).await, 201, None, found);
    let other = format!("/users/{}", stage.stranger);
    for change in [
        json!({ "display_name": "Étranger" }),
        json!({ "role": "ops" }),
        json!({ "role": "projets" }),
        json!({ "is_active": false }),
        json!({ "is_active": true }),
        json!({ "password": "etranger-etranger" }),
    ] {
        manage.compare(&user.client.patch(&other, &change).await, 200, None, found);
    }

    let own = format!("/users/{}", user.id);
    let profile = tried(user, Action::ProfileEdit);
    for change in [json!({ "display_name": "Walker" }), json!({ "theme": "light" })] {
        profile.compare(&user.client.patch(&own, &change).await, 200, None, found);
    }
    // Never the role, never is_active, not even with something harmless beside it.
    if user.role != Role::Admin {
        for change in [
            json!({ "role": "admin" }),
            json!({ "display_name": "Walker", "role": "admin" }),
            json!({ "is_active": true }),
        ] {
            manage.compare(&user.client.patch(&own, &change).await, 200, None, found);
        }
    }
    let now = stage.admin.get(&own).await.expect(200);
    assert_eq!((&now["role"], &now["is_active"]), (&json!(user.role.as_str()), &json!(true)));
}

async fn projects(stage: &Stage, user: &Walker, found: &mut Found) {
    let new = json!({
        "name": format!("Made by {}", user.role), "color": "#00ff00", "owner_id": user.id, "environments": ["dev"],
    });
    tried(user, Action::ProjectCreate).compare(&user.client.post("/projects", &new).await, 201, None, found);

    for (project, own_project) in [(&user.own, true), (&stage.other, false)] {
        let context = Context { own_project, ..Context::default() };
        let path = format!("/projects/{project}");
        let edit = Try { action: Action::ProjectEdit, context, role: user.role };
        let mut environments = stage.admin.get(&path).await.expect(200)["environments"].clone();
        environments.as_array_mut().expect("a list").push(json!({ "name": "prod-eu", "tier": "prod" }));
        for change in [json!({ "color": "#123456" }), json!({ "environments": environments })] {
            edit.compare(&user.client.patch(&path, &change).await, 200, None, found);
        }
        let policy = Try { action: Action::ProjectPolicy, ..edit };
        let answer = user.client.patch(&path, &json!({ "policy": { "prod_change": "deny" } })).await;
        if edit.decided().0 == policy.decided().0 || answer.status == 200 {
            // Who may not even edit hears that first.
            edit_or_policy(&edit, &policy, &answer, found);
        } else {
            policy.compare(&answer, 200, None, found);
        }
        stage.admin.patch(&path, &json!({ "policy": {} })).await.expect(200);
    }
}

fn edit_or_policy(edit: &Try, policy: &Try, answer: &uhub_tests::Answer, found: &mut Found) {
    if answer.status == 200 {
        policy.compare(answer, 200, None, found);
    } else {
        edit.compare(answer, 200, None, found);
    }
}

/// A run in prod that waits, asked for by `client`.
async fn waiting(stage: &Stage, client: &Client) -> String {
    let mut new = plan::job(&stage.other, "to be approved", "ops", Some("prod"), &plan::hour(96));
    new["auto_start"] = json!(false);
    new["execution"] = json!({ "backend": "docker", "image": "busybox", "command": ["true"] });
    let job = plan::id(&stage.admin.post("/jobs", &new).await.expect(201));
    let answer = client.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(202);
    plan::id(&answer["approval"])
}

async fn approvals(stage: &Stage, user: &Walker, found: &mut Found) {
    let ops = &stage.users.iter().find(|user| user.role == Role::Ops).expect("there is one").client;
    let tried = tried(user, Action::Approve);
    // Asked for by ops, on an execution that the admin wrote: the admin is out as well.
    let approval = waiting(stage, ops).await;
    let approve = |id: String| format!("/approvals/{id}/approve");
    let answer = user.client.post(&approve(approval.clone()), &json!({})).await;
    match user.role {
        Role::Admin => drop(answer.expect_denied("approval.second_person")),
        _ => tried.compare(&answer, 200, None, found),
    }
    if user.role == Role::Ops {
        answer.expect_denied("rbac.approval.decide.ops");
    }
    let approval = waiting(stage, ops).await;
    let answer =
        user.client.post(&format!("/approvals/{approval}/reject"), &json!({ "comment": "not now" })).await;
    if user.role != Role::Admin {
        tried.compare(&answer, 200, None, found);
    }
    // And the admin approves what others wrote.
    if user.role == Role::Admin {
        let projets = stage.users.iter().find(|user| user.role == Role::Projets).expect("there is one");
        let mut new = plan::job(&projets.own, "written by projets", "ops", Some("prod"), &plan::hour(96));
        new["auto_start"] = json!(false);
        new["execution"] = json!({ "backend": "docker", "image": "busybox", "command": ["true"] });
        let job = plan::id(&projets.client.post("/jobs", &new).await.expect(201));
        let run = projets.client.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(202);
        let answer = user.client.post(&approve(plan::id(&run["approval"])), &json!({})).await;
        tried.compare(&answer, 200, None, found);
    }
}

async fn reads(stage: &Stage, user: &Walker, found: &mut Found) {
    let read = tried(user, Action::Read);
    let job = plan::job(&stage.other, "to be read", "dev", Some("dev"), &plan::hour(120));
    let job = plan::id(&stage.admin.post("/jobs", &job).await.expect(201));
    let span = format!("start={}&end={}", plan::hour(0), plan::hour(240));
    for path in [
        "/auth/me".to_owned(),
        "/users".to_owned(),
        format!("/users/{}", stage.stranger),
        "/projects".to_owned(),
        format!("/projects/{}", stage.other),
        "/jobs".to_owned(),
        format!("/jobs/{job}"),
        format!("/jobs/{job}/suggestions"),
        "/runs".to_owned(),
        format!("/calendar/events?{span}"),
        format!("/calendar/conflicts?{span}"),
        "/freezes".to_owned(),
        "/approvals".to_owned(),
    ] {
        read.compare(&user.client.get(&path).await, 200, None, found);
    }
}

async fn hub(stage: &Stage, user: &Walker, found: &mut Found) {
    for path in ["/audit", "/audit/verify"] {
        // Whoever owns projects reads their entries; the rest is filtered, not refused.
        let context = Context { own_project: user.role == Role::Projets, ..Context::default() };
        let tried = Try { action: Action::AuditRead, context, role: user.role };
        tried.compare(&user.client.get(path).await, 200, None, found);
    }
    if user.role == Role::Projets {
        let own: Vec<Value> = user.client.all("/audit").await;
        assert!(!own.is_empty(), "there is something in own projects");
        let mine = stage.admin.all("/projects").await;
        let is_mine = |id: &Value| mine.iter().any(|one| one["id"] == *id && one["owner_id"] == *user.id);
        for entry in &own {
            assert!(is_mine(&entry["project_id"]), "an entry of another project: {entry}");
        }
    }

    let manage = tried(user, Action::HubManage);
    manage.compare(&user.client.post("/admin/seeds/demo", &json!({})).await, 200, None, found);
    let answer = user.client.get("/metrics").await;
    if user.role == Role::Admin {
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("# TYPE"), "{}", answer.text());
    } else {
        manage.compare(&answer, 200, None, found);
    }

    // Freeze windows are policy.
    let policy = tried(user, Action::ProjectPolicy);
    let freeze = json!({
        "start": plan::hour(9000), "end": plan::hour(9001), "tiers": ["prod"], "reason": "year end",
    });
    policy.compare(&user.client.post("/freezes?dry_run=true", &freeze).await, 200, None, found);
    let answer = user.client.post("/freezes", &freeze).await;
    let id = match answer.status {
        201 => plan::id(&answer.json()),
        _ => {
            policy.compare(&answer, 201, None, found);
            plan::id(&stage.admin.post("/freezes", &freeze).await.expect(201))
        }
    };
    let answer = user.client.delete(&format!("/freezes/{id}")).await;
    if answer.status == 204 {
        assert_eq!(user.role, Role::Admin);
    } else {
        policy.compare(&answer, 204, None, found);
        stage.admin.delete(&format!("/freezes/{id}")).await.expect(204);
    }
}

/// A refusal is no secret (DOMAIN §9): every one of the walk is in the audit, with its rule and who tried.
pub(super) async fn refusals_are_audited(stage: &Stage) {
    audit::verify(&stage.admin).await;
    let entries = audit::entries(&stage.admin).await;
    for role in ["projets", "ops", "dev"] {
        let denied: Vec<&Value> = entries
            .iter()
            .filter(|entry| entry["actor"] == format!("demo-{role}") && entry["decision"] == "deny")
            .collect();
        assert!(denied.len() > 20, "{role}: {}", denied.len());
        for rule in ["user.manage", "hub.manage", "project.policy"] {
            let rule = format!("rbac.{rule}.{role}");
            assert!(denied.iter().any(|entry| entry["rule"] == rule), "no refusal by {rule} is audited");
        }
    }
}
