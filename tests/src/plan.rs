//! Projects, jobs and times, in few words.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::client::Client;

/// An instant as the API writes and reads it.
pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// So many hours from a fixed day far in the future, where nothing is due.
pub fn hour(n: i64) -> String {
    let base: DateTime<Utc> = "2031-03-03T00:00:00Z".parse().expect("a time");
    rfc3339(base + TimeDelta::hours(n))
}

/// So many seconds from now.
pub fn in_seconds(n: i64) -> String {
    rfc3339(Utc::now() + TimeDelta::seconds(n))
}

/// The id of what an answer holds.
///
/// # Panics
/// When it has none.
#[track_caller]
pub fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap_or_else(|| panic!("no id in {thing}")).to_owned()
}

/// A new project with environments `dev`, `staging` and `prod`, in pools of its own unless `shared`.
///
/// # Panics
/// When it is refused.
pub async fn project(client: &Client, name: &str, owner: &str, policy: &Value, shared: bool) -> Value {
    let pool = |tier: &str| if shared { tier.to_owned() } else { format!("{tier}-{}", slug(name)) };
    let environments: Vec<Value> = ["dev", "staging", "prod"]
        .iter()
        .map(|tier| json!({ "name": tier, "tier": tier, "pool": pool(tier) }))
        .collect();
    let mut body = json!({
        "name": name, "color": "#00cc88", "owner_id": owner, "environments": environments,
    });
    if !policy.is_null() {
        body["policy"] = policy.clone();
    }
    client.post("/projects", &body).await.expect(201)
}

fn slug(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(40)
        .collect()
}

/// The body of a job to create.
pub fn job(project: &str, title: &str, job_type: &str, environment: Option<&str>, start: &str) -> Value {
    let mut body = json!({
        "project_id": project, "title": title, "job_type": job_type, "planned_start": start,
    });
    if let Some(environment) = environment {
        body["environment"] = json!(environment);
    }
    body
}

/// The id of the user with this name.
///
/// # Panics
/// When there is none.
pub async fn user_id(client: &Client, username: &str) -> String {
    let users = client.all("/users").await;
    let user = users.iter().find(|user| user["username"] == username);
    id(user.unwrap_or_else(|| panic!("no user {username}")))
}
