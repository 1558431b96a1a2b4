//! GitHub's API, as its documentation describes it: <https://docs.github.com/en/rest/actions/workflows>,
//! `/workflow-runs`, and <https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event>.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use uhub_core::model::{ExecutionSpec, RunStatus};

use crate::{
    bench::{Bench, TOKEN, webhook},
    outside::{Outside, Reply, Seen, until},
};

const WORKFLOW: &str = "/repos/octo/app/actions/workflows/deploy.yml/dispatches";
const EVENT: &str = "/repos/octo/app/dispatches";

/// What a server can be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    /// As github.com is today.
    Today,
    /// Before `return_run_details`: an unknown field is refused.
    Old,
    /// The run starts, and the answer is lost.
    Loses,
}

#[derive(Debug, Clone)]
struct Run {
    title: String,
    event: &'static str,
    looks: usize,
    cancelled: bool,
}

/// A repository with one workflow, whose `run-name` holds the key.
#[derive(Debug)]
struct Repository {
    server: Server,
    conclusion: &'static str,
    runs: Mutex<Vec<Run>>,
    /// How often a run is looked at before it is completed.
    length: usize,
}

const FIRST_ID: usize = 30_433_642;

impl Repository {
    async fn serve(server: Server, conclusion: &'static str, length: usize) -> (Arc<Self>, Outside) {
        let other = Run { title: "Deploy somebody else's".into(), event: "push", looks: 0, cancelled: false };
        let repository = Arc::new(Self { server, conclusion, runs: Mutex::new(vec![other]), length });
        let answers = Arc::clone(&repository);
        let outside = Outside::serve(move |seen| answers.answer(seen)).await;
        (repository, outside)
    }

    fn answer(&self, seen: &Seen) -> Reply {
        if seen.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return Reply::json(401, &json!({ "message": "Bad credentials", "status": "401" }));
        }
        assert_eq!(seen.header("accept"), Some("application/vnd.github+json"));
        assert!(seen.header("user-agent").unwrap().starts_with("uhub/"), "GitHub refuses who does not say");
        let path = seen.path.strip_prefix("/repos/octo/app").unwrap();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (seen.method.as_str(), parts.as_slice()) {
            ("POST", ["actions", "workflows", "deploy.yml", "dispatches"]) => self.dispatch(&seen.json()),
            ("POST", ["dispatches"]) => {
                let body = seen.json();
                assert_eq!(body["event_type"], "deploy");
                self.start(body["client_payload"]["uhub"]["run_id"].as_str().unwrap(), "repository_dispatch");
                if self.server == Server::Loses { Reply::Drop } else { Reply::status(204) }
            }
            ("GET", ["actions", "workflows", "deploy.yml", "runs"] | ["actions", "runs"]) => {
                assert!(seen.asks("created").unwrap().starts_with(">=20"));
                self.list(&seen.asks("event").unwrap())
            }
            ("GET", ["actions", "runs", id]) => self.look(id.parse().unwrap()),
            ("POST", ["actions", "runs", id, "cancel"]) => self.cancel(id.parse().unwrap()),
            other => panic!("not of this API: {other:?}"),
        }
    }

    fn start(&self, title: &str, event: &'static str) -> usize {
        let mut runs = self.runs.lock().unwrap();
        runs.push(Run { title: format!("Deploy {title}"), event, looks: 0, cancelled: false });
        FIRST_ID + runs.len() - 1
    }

    fn dispatch(&self, body: &Value) -> Reply {
        let known = ["ref", "inputs", "return_run_details"];
        let unknown = body.as_object().unwrap().keys().find(|key| !known.contains(&key.as_str()));
        if let Some(key) = unknown.map(String::as_str).or_else(|| {
            (self.server == Server::Old && body.get("return_run_details").is_some())
                .then_some("return_run_details")
        }) {
            return Reply::json(
                422,
                &json!({
                    "message": format!("Invalid request.\n\n\"{key}\" is not a permitted key."),
                    "documentation_url": "https://docs.github.com/rest/actions/workflows",
                }),
            );
        }
        if body["ref"] != "main" {
            return Reply::json(422, &json!({ "message": format!("No ref found for: {}", body["ref"]) }));
        }
        let inputs = body["inputs"].as_object().unwrap();
        let declared = ["uhub_run_id", "target"];
        let foreign: Vec<_> = inputs.keys().filter(|key| !declared.contains(&key.as_str())).collect();
        if !foreign.is_empty() {
            return Reply::json(
                422,
                &json!({ "message": format!("Unexpected inputs provided: {foreign:?}") }),
            );
        }
        let id = self.start(inputs["uhub_run_id"].as_str().unwrap(), "workflow_dispatch");
        match self.server {
            Server::Today => Reply::json(
                200,
                &json!({
                    "workflow_run_id": id,
                    "run_url": format!("https://api.github.com/repos/octo/app/actions/runs/{id}"),
                    "html_url": format!("https://github.com/octo/app/actions/runs/{id}"),
                }),
            ),
            Server::Old => Reply::status(204),
            Server::Loses => Reply::Drop,
        }
    }

    fn describe(&self, id: usize, run: &Run) -> Value {
        let (status, conclusion) = match run.looks {
            _ if run.cancelled => ("completed", Some("cancelled")),
            0 => ("queued", None),
            looks if looks < self.length => ("in_progress", None),
            _ => ("completed", Some(self.conclusion)),
        };
        json!({
            "id": id,
            "name": "Deploy",
            "node_id": "MDEyOldvcmtmbG93IFJ1bjI2OTI4OQ==",
            "head_branch": "main",
            "run_number": 562,
            "display_title": run.title,
            "event": run.event,
            "status": status,
            "conclusion": conclusion,
            "workflow_id": 159_038,
            "url": format!("https://api.github.com/repos/octo/app/actions/runs/{id}"),
            "html_url": format!("https://github.com/octo/app/actions/runs/{id}"),
            "run_attempt": 1,
        })
    }

    fn list(&self, event: &str) -> Reply {
        let runs = self.runs.lock().unwrap();
        let found = runs.iter().enumerate().rev().filter(|(_, run)| run.event == event);
        let found: Vec<Value> = found.map(|(index, run)| self.describe(FIRST_ID + index, run)).collect();
        Reply::json(200, &json!({ "total_count": found.len(), "workflow_runs": found }))
    }

    fn look(&self, id: usize) -> Reply {
        let mut runs = self.runs.lock().unwrap();
        let Some(run) = runs.get_mut(id - FIRST_ID) else {
            return Reply::json(404, &json!({ "message": "Not Found" }));
        };
        let described = self.describe(id, run);
        run.looks += 1;
        Reply::json(200, &described)
    }

    fn cancel(&self, id: usize) -> Reply {
        let mut runs = self.runs.lock().unwrap();
        let run = &mut runs[id - FIRST_ID];
        if run.looks >= self.length {
            return Reply::json(
                409,
                &json!({ "message": "Cannot cancel a workflow run that is completed." }),
            );
        }
        run.cancelled = true;
        Reply::json(202, &json!({}))
    }
}

fn workflow(outside: &Outside) -> ExecutionSpec {
    let payload = json!({ "ref": "main", "inputs": { "target": "web" } });
    webhook(&outside.url(WORKFLOW), payload, &[("TOKEN", "test:token")])
}

fn event(outside: &Outside) -> ExecutionSpec {
    let payload = json!({ "event_type": "deploy", "client_payload": { "target": "web" } });
    webhook(&outside.url(EVENT), payload, &[("TOKEN", "test:token")])
}

#[tokio::test]
async fn a_workflow_is_started_and_followed() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    for server in [Server::Today, Server::Old] {
        for (conclusion, status, outcome) in [
            ("success", RunStatus::Succeeded, ""),
            ("failure", RunStatus::Failed, "GitHub: failure"),
            ("startup_failure", RunStatus::Failed, "GitHub: startup_failure"),
            ("skipped", RunStatus::Failed, "GitHub: skipped"),
        ] {
            let (repository, outside) = Repository::serve(server, conclusion, 2).await;
            let run = bench.launch(workflow(&outside)).await;
            assert_eq!(bench.ended(run).await, (status, outcome.to_owned()), "{server:?}");
            assert_eq!(repository.runs.lock().unwrap().len(), 2, "started once");
            let handle = bench.run(run).await.handle.unwrap_or_default();
            assert!(handle.contains(&(FIRST_ID + 1).to_string()), "{handle}");
            let said = bench.said(run).await;
            assert!(
                said.contains("in_progress")
                    && said.contains("see https://github.com/octo/app/actions/runs/")
            );
        }
    }
    working.stop().await;
}

#[tokio::test]
async fn an_event_is_sent_and_its_run_found() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    let (repository, outside) = Repository::serve(Server::Today, "success", 2).await;
    let run = bench.launch(event(&outside)).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    assert_eq!(repository.runs.lock().unwrap().len(), 2, "started once");
    let body = outside.lines(&format!("POST {EVENT}"))[0].json();
    assert_eq!(body["client_payload"]["target"], "web");
    assert_eq!(body["client_payload"]["uhub"]["fence"], 1);
    working.stop().await;
}

#[tokio::test]
async fn r41_a_run_whose_answer_was_lost_is_found_and_not_started_again() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    for spec in [workflow, event] {
        let (repository, outside) = Repository::serve(Server::Loses, "success", 2).await;
        let run = bench.launch(spec(&outside)).await;
        assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
        assert_eq!(repository.runs.lock().unwrap().len(), 2, "started once");
        assert_eq!(outside.posts(), 1);
        assert!(bench.said(run).await.contains("it may have been accepted, and is not sent again"));
    }
    working.stop().await;
}

#[tokio::test]
async fn cancelled_here_is_cancelled_there() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    let (repository, outside) = Repository::serve(Server::Today, "success", 1000).await;
    let run = bench.launch(workflow(&outside)).await;
    until("it is looked at", || repository.runs.lock().unwrap().get(1).is_some_and(|run| run.looks > 0))
        .await;
    bench.cancel(run).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Cancelled);
    assert!(repository.runs.lock().unwrap()[1].cancelled);

    let run = bench.launch(ExecutionSpec { timeout_seconds: Some(1), ..workflow(&outside) }).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::TimedOut);
    assert!(repository.runs.lock().unwrap()[2].cancelled);
    working.stop().await;
}

#[tokio::test]
async fn what_github_refuses_is_told() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    let (repository, outside) = Repository::serve(Server::Today, "success", 2).await;
    let mut spec = workflow(&outside);
    spec.payload = Some(json!({ "ref": "main", "inputs": { "unknown": 1 } }));
    let run = bench.launch(spec).await;
    let (status, outcome) = bench.ended(run).await;
    assert_eq!(status, RunStatus::Failed);
    assert_eq!(outcome, "GitHub answers 422 Unprocessable Entity: Unexpected inputs provided: [\"unknown\"]");
    let mut spec = workflow(&outside);
    spec.secrets = [("TOKEN".to_owned(), "test:user".to_owned())].into();
    let run = bench.launch(spec).await;
    let (_, outcome) = bench.ended(run).await;
    assert_eq!(outcome, "GitHub answers 401 Unauthorized: Bad credentials");
    assert_eq!(repository.runs.lock().unwrap().len(), 1, "nothing started");
    working.stop().await;
}

#[tokio::test]
async fn a_run_that_does_not_bear_the_key_is_lost_after_a_while() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    let outside = Outside::serve(|seen| match seen.method.as_str() {
        "POST" => Reply::status(204),
        _ => Reply::json(
            200,
            &json!({ "total_count": 1, "workflow_runs": [{ "id": 1, "display_title": "Deploy" }] }),
        ),
    })
    .await;
    let run = bench.launch(event(&outside)).await;
    let (status, outcome) = bench.ended(run).await;
    assert_eq!(status, RunStatus::Lost);
    assert!(outcome.starts_with("GitHub accepted it, but nothing there bears its key"), "{outcome}");
    working.stop().await;
}

#[tokio::test]
async fn payloads_that_github_would_refuse_are_refused_when_they_are_planned() {
    let bench = Bench::new(None, None).await;
    let many: serde_json::Map<String, Value> = (0..10).map(|n| (n.to_string(), n.into())).collect();
    for (path, payload, word) in [
        (WORKFLOW, json!({}), "ref"),
        (WORKFLOW, json!({ "ref": "main", "inputs": [] }), "inputs"),
        (WORKFLOW, json!("main"), "object"),
        (EVENT, json!({}), "event_type"),
        (EVENT, json!({ "event_type": "x", "client_payload": many }), "at most 9"),
        (EVENT, json!({ "event_type": "x", "client_payload": { "uhub": 1 } }), "uhub"),
    ] {
        let url = format!("https://api.github.com{path}");
        let spec = webhook(&url, payload, &[("TOKEN", "test:token")]);
        let refused = bench.try_launch(spec).await.unwrap_err().to_string();
        assert!(refused.contains(word), "{refused}");
    }
    let spec = webhook(&format!("https://api.github.com{WORKFLOW}"), json!({ "ref": "main" }), &[]);
    assert!(bench.try_launch(spec).await.unwrap_err().to_string().contains("TOKEN"));
}
