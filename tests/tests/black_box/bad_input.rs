//! Wrong or hostile input gets a 4xx problem with the field and the reason, never a 5xx, never a half-done change. The client
//! of these tests fails on every 5xx by itself, and on an error that is no problem.

mod connections;
mod fields;
mod forms;

use serde_json::{Value, json};
use uhub_tests::{Client, Server, Site, plan};

/// A hub with the demo in it, its admin, and one of its projects.
struct Target {
    server: Server,
    admin: Client,
    project: String,
    before: Vec<usize>,
    /// Dropped after the server.
    site: Site,
}

impl Target {
    async fn new() -> Self {
        let site = Site::sqlite().many_logins();
        let server = site.serve(&["--demo", "--no-worker"]).await;
        let admin = server.admin().await;
        let project = plan::id(&admin.all("/projects").await[0]);
        let before = counts(&admin).await;
        Self { server, admin, project, before, site }
    }

    /// A job that could be created.
    fn job(&self) -> Value {
        plan::job(&self.project, "sound", "ops", Some("staging"), &plan::hour(0))
    }

    /// Nothing has changed since the beginning, neither things nor the audit; and what is sound still works.
    async fn is_untouched(&self) {
        assert_eq!(counts(&self.admin).await, self.before, "something changed");
        self.admin.post("/jobs", &self.job()).await.expect(201);
        assert!(!self.server.process.log().contains("panicked"), "{}", self.server.process.log());
        self.site.database.check_integrity().await;
    }
}

/// How many of everything there is, audit entries that changed something included.
async fn counts(admin: &Client) -> Vec<usize> {
    let mut counts = Vec::new();
    for path in ["/users", "/projects", "/jobs", "/runs", "/freezes", "/approvals"] {
        counts.push(admin.all(path).await.len());
    }
    let audit = admin.all("/audit").await;
    counts.push(
        audit.iter().filter(|entry| entry["decision"] != "deny" && entry["action"] != "auth.login").count(),
    );
    counts
}

/// The body with one field replaced; `a.b` goes into objects.
fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    let pointer = format!("/{}", field.replace('.', "/"));
    if let Some((parent, name)) = pointer.rsplit_once('/') {
        let parent = if parent.is_empty() { Some(&mut body) } else { body.pointer_mut(parent) };
        parent.expect("the parent is there")[name] = value;
    }
    body
}

/// A project that could be created.
fn project(owner: &str) -> Value {
    json!({ "name": "Sound", "color": "#00ff00", "owner_id": owner, "environments": ["dev", "prod"] })
}

/// A user that could be created.
fn user() -> Value {
    json!({
        "username": "sound", "password": "long enough", "role": "dev", "display_name": "Sound",
        "email": "sound@uhub.local",
    })
}
