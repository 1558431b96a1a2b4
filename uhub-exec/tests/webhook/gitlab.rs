//! GitLab's API, as its documentation describes it: <https://docs.gitlab.com/api/pipeline_triggers/> and `/pipelines/`.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use uhub_core::model::{ExecutionSpec, RunStatus};

use crate::{
    bench::{Bench, SIGNING_KEY, TOKEN, webhook},
    outside::{Outside, Reply, Seen, until},
};

const PROJECT: &str = "/api/v4/projects/group%2Fapp";

#[derive(Debug)]
struct Pipeline {
    variables: Vec<(String, String)>,
    looks: usize,
    cancelled: bool,
}

#[derive(Debug)]
struct Gitlab {
    end: &'static str,
    loses_answers: bool,
    length: usize,
    pipelines: Mutex<Vec<Pipeline>>,
}

const FIRST_ID: usize = 257;

impl Gitlab {
    async fn serve(end: &'static str, loses_answers: bool, length: usize) -> (Arc<Self>, Outside) {
        let other = Pipeline { variables: vec![("A".into(), "b".into())], looks: 0, cancelled: false };
        let gitlab = Arc::new(Self { end, loses_answers, length, pipelines: Mutex::new(vec![other]) });
        let answers = Arc::clone(&gitlab);
        let outside = Outside::serve(move |seen| answers.answer(seen)).await;
        (gitlab, outside)
    }

    fn answer(&self, seen: &Seen) -> Reply {
        let path = seen.path.strip_prefix(PROJECT).unwrap();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        if let ("POST", ["trigger", "pipeline"] | ["ref", "main", "trigger", "pipeline"]) =
            (seen.method.as_str(), parts.as_slice())
        {
            return self.trigger(seen, parts.len() > 2);
        }
        // The trigger's token opens nothing else.
        if seen.header("private-token") != Some(SIGNING_KEY) {
            return Reply::json(401, &json!({ "message": "401 Unauthorized" }));
        }
        let mut pipelines = self.pipelines.lock().unwrap();
        match (seen.method.as_str(), parts.as_slice()) {
            ("GET", ["pipelines"]) => {
                assert_eq!(seen.asks("source").as_deref(), Some("trigger"));
                let all = pipelines.iter().enumerate().rev();
                let all: Vec<Value> = all.map(|(index, one)| self.describe(FIRST_ID + index, one)).collect();
                Reply::json(200, &json!(all))
            }
            ("GET", ["pipelines", id, "variables"]) => {
                let variables = pipelines[id.parse::<usize>().unwrap() - FIRST_ID].variables.iter();
                let all: Vec<Value> = variables
                    .map(|(key, value)| json!({ "variable_type": "env_var", "key": key, "value": value, "raw": false }))
                    .collect();
                Reply::json(200, &json!(all))
            }
            ("GET", ["pipelines", id]) => {
                let id: usize = id.parse().unwrap();
                let described = self.describe(id, &pipelines[id - FIRST_ID]);
                pipelines[id - FIRST_ID].looks += 1;
                Reply::json(200, &described)
            }
            ("POST", ["pipelines", id, "cancel"]) => {
                let id: usize = id.parse().unwrap();
                pipelines[id - FIRST_ID].cancelled = true;
                Reply::json(200, &self.describe(id, &pipelines[id - FIRST_ID]))
            }
            other => panic!("not of this API: {other:?}"),
        }
    }

    fn trigger(&self, seen: &Seen, has_ref: bool) -> Reply {
        if seen.field("token").as_deref() != Some(TOKEN) {
            return Reply::json(404, &json!({ "message": "404 Not Found" }));
        }
        match seen.field("ref").as_deref() {
            Some("main") => {}
            None if has_ref => {}
            None => return Reply::json(400, &json!({ "error": "ref is missing" })),
            Some(_) => {
                return Reply::json(400, &json!({ "message": { "base": ["Reference not found"] } }));
            }
        }
        let variables = seen.form().into_iter().filter_map(|(name, value)| {
            Some((name.strip_prefix("variables[")?.strip_suffix(']')?.to_owned(), value))
        });
        let pipeline = Pipeline { variables: variables.collect(), looks: 0, cancelled: false };
        let mut pipelines = self.pipelines.lock().unwrap();
        let described = self.describe(FIRST_ID + pipelines.len(), &pipeline);
        pipelines.push(pipeline);
        if self.loses_answers { Reply::status(504) } else { Reply::json(201, &described) }
    }

    fn describe(&self, id: usize, pipeline: &Pipeline) -> Value {
        let status = match pipeline.looks {
            _ if pipeline.cancelled => "canceled",
            0 => "created",
            looks if looks < self.length => "running",
            _ => self.end,
        };
        json!({
            "id": id,
            "iid": id - FIRST_ID + 1,
            "project_id": 118,
            "sha": "c2c1fd2d2f8cf0b4d8d1b3b3c0bbd9c0cd0b2d79",
            "ref": "main",
            "status": status,
            "source": "trigger",
            "created_at": "2016-08-11T11:28:34.085Z",
            "web_url": format!("https://gitlab.example.com/group/app/-/pipelines/{id}"),
            "name": null,
        })
    }
}

const SECRETS: [(&str, &str); 2] = [("TOKEN", "test:token"), ("API_TOKEN", "test:key")];

fn pipeline(outside: &Outside) -> ExecutionSpec {
    let payload = json!({ "ref": "main", "variables": { "TARGET": "web", "COUNT": 3 } });
    webhook(&outside.url(&format!("{PROJECT}/trigger/pipeline")), payload, &SECRETS)
}

#[tokio::test]
async fn a_pipeline_is_triggered_and_followed() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    for (end, status, outcome) in [
        ("success", RunStatus::Succeeded, ""),
        ("failed", RunStatus::Failed, "GitLab: failed"),
        ("canceled", RunStatus::Failed, "GitLab: canceled"),
        ("skipped", RunStatus::Failed, "GitLab: skipped"),
    ] {
        let (gitlab, outside) = Gitlab::serve(end, false, 2).await;
        let run = bench.launch(pipeline(&outside)).await;
        assert_eq!(bench.ended(run).await, (status, outcome.to_owned()));
        {
            let pipelines = gitlab.pipelines.lock().unwrap();
            assert_eq!(pipelines.len(), 2, "triggered once");
            let given = |name: &str| {
                let mut all = pipelines[1].variables.iter();
                all.find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap()
            };
            assert_eq!((given("TARGET"), given("COUNT")), ("web".to_owned(), "3".to_owned()));
            assert_eq!((given("UHUB_RUN_ID"), given("UHUB_FENCE")), (format!("{run}-1"), "1".to_owned()));
        }
        assert!(bench.said(run).await.contains("see https://gitlab.example.com/group/app/-/pipelines/258"));
    }
    let (gitlab, outside) = Gitlab::serve("success", false, 1).await;
    let url = outside.url(&format!("{PROJECT}/ref/main/trigger/pipeline"));
    let run = bench.launch(webhook(&url, json!({}), &SECRETS)).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    assert_eq!(gitlab.pipelines.lock().unwrap().len(), 2);
    working.stop().await;
}

#[tokio::test]
async fn r41_a_pipeline_whose_answer_was_lost_is_found_and_not_triggered_again() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    let (gitlab, outside) = Gitlab::serve("success", true, 2).await;
    let run = bench.launch(pipeline(&outside)).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    assert_eq!(gitlab.pipelines.lock().unwrap().len(), 2, "triggered once");
    assert_eq!(outside.posts(), 1);
    working.stop().await;
}

#[tokio::test]
async fn cancelled_here_is_cancelled_there() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    let (gitlab, outside) = Gitlab::serve("success", false, 1000).await;
    let run = bench.launch(pipeline(&outside)).await;
    until("it is looked at", || gitlab.pipelines.lock().unwrap().get(1).is_some_and(|one| one.looks > 0))
        .await;
    bench.cancel(run).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Cancelled);
    assert!(gitlab.pipelines.lock().unwrap()[1].cancelled);
    working.stop().await;
}

#[tokio::test]
async fn what_gitlab_refuses_is_told() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    let (gitlab, outside) = Gitlab::serve("success", false, 2).await;
    let mut spec = pipeline(&outside);
    spec.payload = Some(json!({ "ref": "gone" }));
    let run = bench.launch(spec).await;
    let (status, outcome) = bench.ended(run).await;
    assert_eq!(status, RunStatus::Failed);
    assert_eq!(outcome, r#"GitLab answers 400 Bad Request: {"base":["Reference not found"]}"#);
    assert_eq!(gitlab.pipelines.lock().unwrap().len(), 1, "nothing was triggered");
    // Triggered, but not to be looked at: lost, and told why.
    let url = outside.url(&format!("{PROJECT}/trigger/pipeline"));
    let run = bench.launch(webhook(&url, json!({ "ref": "main" }), &SECRETS[..1])).await;
    let (status, outcome) = bench.ended(run).await;
    assert_eq!(status, RunStatus::Lost);
    assert!(outcome.contains("cannot be followed: 401 Unauthorized"), "{outcome}");
    working.stop().await;
}

#[tokio::test]
async fn payloads_that_gitlab_would_refuse_are_refused_when_they_are_planned() {
    let bench = Bench::new(None, None).await;
    let url = format!("https://gitlab.com{PROJECT}/trigger/pipeline");
    for (payload, word) in [
        (json!({}), "ref"),
        (json!({ "ref": 1 }), "ref"),
        (json!({ "ref": "main", "token": "x" }), "token"),
        (json!({ "ref": "main", "variables": { "A": [] } }), "variables.A"),
        (json!({ "ref": "main", "variables": { "UHUB_FENCE": "7" } }), "UHUB_"),
    ] {
        let refused = bench.try_launch(webhook(&url, payload, &SECRETS)).await.unwrap_err().to_string();
        assert!(refused.contains(word), "{refused}");
    }
}
