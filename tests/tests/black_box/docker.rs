//! Runs in containers of a real engine: within the rules, through the death of workers, and without a trace of them.

mod adopt;
mod rules;

use std::process::Command;

use serde_json::{Value, json};
use uhub_tests::{Client, Kind, Output, Process, Server, Site, env, plan, wait, wait::secs};

const IMAGE: &str = "busybox:latest";

/// A hub whose workers run containers.
struct Scene {
    site: Site,
    server: Server,
    admin: Client,
    project: String,
}

impl Scene {
    /// With a server that executes nothing itself.
    async fn new(kind: Kind, prepare: impl FnOnce(Site) -> Site) -> Self {
        let site = Site::on(kind).await.lease(2).many_logins();
        let site = prepare(site.variable("UHUB_DOCKER", "true").variable("UHUB_DOCKER_HOST", &env::docker()));
        let server = site.serve(&["--demo", "--no-worker"]).await;
        Self::on(site, server).await
    }

    async fn on(site: Site, server: Server) -> Self {
        let admin = server.admin().await;
        let owner = plan::user_id(&admin, "demo-admin").await;
        let project = plan::project(&admin, "Containers", &owner, &Value::Null, false).await;
        Self { site, server, admin, project: plan::id(&project) }
    }

    fn job(&self, title: &str, environment: &str, script: &str) -> Value {
        let mut job = plan::job(&self.project, title, "ops", Some(environment), &plan::hour(0));
        job["auto_start"] = json!(false);
        job["execution"] = json!({
            "backend": "docker", "image": IMAGE, "command": ["sh", "-c", script], "timeout_seconds": 60,
        });
        job
    }

    /// Launches a new job of tier dev.
    async fn launch(&self, title: &str, script: &str) -> String {
        self.launch_job(&self.job(title, "dev", script)).await
    }

    async fn launch_job(&self, job: &Value) -> String {
        let job = plan::id(&self.admin.post("/jobs", job).await.expect(201));
        plan::id(&self.admin.post(&format!("/jobs/{job}/runs"), &json!({})).await.expect(201))
    }

    async fn ended(&self, run: &str) -> Value {
        let path = format!("/runs/{run}");
        wait::until(secs(90), "the run ends", || async {
            let run = self.admin.get(&path).await.expect(200);
            (!run["ended_at"].is_null()).then_some(run)
        })
        .await
    }

    /// What it printed so far, without what is said about it.
    async fn log(&self, run: &str) -> String {
        let text = self.admin.get(&format!("/runs/{run}/logs")).await.text();
        let own = text.lines().filter(|line| !line.starts_with("uhub: "));
        own.fold(String::new(), |all, line| all + line + "\n")
    }

    async fn worker(&self) -> Process {
        self.site.worker().await
    }

    /// Waits until the run has no container any more.
    async fn gone(&self, run: &str) {
        wait::until(secs(60), "its container is removed", || async {
            containers(&format!("uhub.run={run}")).await.is_empty().then_some(())
        })
        .await;
    }
}

/// Asks the engine, by Docker's own program.
async fn docker(args: &[&str]) -> String {
    let mut command = Command::new("docker");
    command.arg("--host").arg(env::docker()).args(args);
    Output::of(command, "").await.expect(0).stdout
}

/// The containers with a label, whether they run or not.
async fn containers(label: &str) -> Vec<String> {
    let filter = format!("label={label}");
    let ids = docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]).await;
    ids.lines().map(str::to_owned).collect()
}
