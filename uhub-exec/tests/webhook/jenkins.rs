//! Jenkins' remote API, as its documentation describes it: <https://www.jenkins.io/doc/book/using/remote-access-api/> and
//! the `api` pages of the queue, a job and a build.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use uhub_core::model::{ExecutionSpec, RunStatus};

use crate::{
    bench::{Bench, webhook},
    outside::{Outside, Reply, Seen, until},
};

const JOB: &str = "/jenkins/job/team/job/deploy";
/// `alice:token-canary-4711`
const BASIC: &str = "Basic YWxpY2U6dG9rZW4tY2FuYXJ5LTQ3MTE=";

#[derive(Debug)]
struct Build {
    parameters: Vec<(String, String)>,
    looks: usize,
    stopped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// Signed in by password: forged requests are kept out by a crumb.
    Crumbs,
    /// Items leave the queue, and are forgotten, at once.
    Forgetful,
    /// The build is queued, and the answer is lost.
    Loses,
}

#[derive(Debug)]
struct Jenkins {
    kind: Kind,
    result: &'static str,
    length: usize,
    builds: Mutex<Vec<Build>>,
}

const FIRST_ITEM: usize = 40;

impl Jenkins {
    async fn serve(kind: Kind, result: &'static str, length: usize) -> (Arc<Self>, Outside) {
        let other = Build { parameters: Vec::new(), looks: 9, stopped: false };
        let jenkins = Arc::new(Self { kind, result, length, builds: Mutex::new(vec![other]) });
        let answers = Arc::clone(&jenkins);
        let outside = Outside::serve(move |seen| answers.answer(seen)).await;
        (jenkins, outside)
    }

    fn answer(&self, seen: &Seen) -> Reply {
        if seen.header("authorization") != Some(BASIC) {
            return Reply::status(401);
        }
        if seen.path == "/jenkins/crumbIssuer/api/json" {
            if self.kind != Kind::Crumbs {
                return Reply::status(404);
            }
            let crumb = json!({ "_class": "hudson.security.csrf.DefaultCrumbIssuer",
                "crumb": "f2b7", "crumbRequestField": "Jenkins-Crumb" });
            return Reply::json(200, &crumb)
                .with("set-cookie", "JSESSIONID.1a=node0; Path=/jenkins; HttpOnly");
        }
        let is_crumbed = seen.header("jenkins-crumb") == Some("f2b7")
            && seen.header("cookie") == Some("JSESSIONID.1a=node0");
        if seen.method == "POST" && self.kind == Kind::Crumbs && !is_crumbed {
            return Reply::status(403);
        }
        let mut builds = self.builds.lock().unwrap();
        let path = seen.path.strip_prefix("/jenkins/").unwrap();
        let parts: Vec<&str> = path.split('/').collect();
        match (seen.method.as_str(), parts.as_slice()) {
            ("POST", ["job", "team", "job", "deploy", "buildWithParameters"]) => {
                // What the job does not declare is dropped.
                let declared = ["UHUB_RUN_ID", "TARGET"];
                let parameters =
                    seen.form().into_iter().filter(|(name, _)| declared.contains(&name.as_str()));
                builds.push(Build { parameters: parameters.collect(), looks: 0, stopped: false });
                if self.kind == Kind::Loses {
                    return Reply::Drop;
                }
                // As the one who set Jenkins up believes it to be called.
                let item = FIRST_ITEM + builds.len() - 1;
                Reply::status(201)
                    .with("location", format!("https://ci.example.org/jenkins/queue/item/{item}/"))
            }
            ("GET", ["queue", "item", id, "api", "json"]) => {
                let number = id.parse::<usize>().unwrap() - FIRST_ITEM;
                let build = &mut builds[number];
                if self.kind == Kind::Forgetful {
                    return Reply::status(404);
                }
                build.looks += 1;
                if build.stopped {
                    return Reply::json(
                        200,
                        &json!({ "id": FIRST_ITEM + number, "cancelled": true, "why": null }),
                    );
                }
                let executable = (build.looks > 2).then(|| json!({ "number": number, "url": page(number) }));
                Reply::json(
                    200,
                    &json!({ "_class": "hudson.model.Queue$LeftItem", "cancelled": false,
                    "id": FIRST_ITEM + number, "why": null, "executable": executable }),
                )
            }
            ("GET", ["queue", "api", "json"]) => Reply::json(200, &json!({ "items": [] })),
            ("GET", ["job", "team", "job", "deploy", "api", "json"]) => {
                let all = builds.iter().enumerate().rev().map(|(number, build)| {
                    let parameters = build.parameters.iter();
                    let parameters: Vec<Value> =
                        parameters.map(|(name, value)| json!({ "name": name, "value": value })).collect();
                    json!({ "number": number, "actions": [{}, { "parameters": parameters }] })
                });
                Reply::json(200, &json!({ "builds": all.collect::<Vec<_>>() }))
            }
            ("GET", ["job", "team", "job", "deploy", number, "api", "json"]) => {
                let number: usize = number.parse().unwrap();
                let build = &mut builds[number];
                build.looks += 1;
                let result = match build.looks {
                    _ if build.stopped => Some("ABORTED"),
                    looks if looks > self.length => Some(self.result),
                    _ => None,
                };
                Reply::json(
                    200,
                    &json!({ "_class": "hudson.model.FreeStyleBuild", "number": number,
                    "url": page(number), "building": result.is_none(), "result": result }),
                )
            }
            ("POST", ["job", "team", "job", "deploy", number, "stop"]) => {
                builds[number.parse::<usize>().unwrap()].stopped = true;
                Reply::status(302).with("location", "https://ci.example.org/jenkins/")
            }
            ("POST", ["queue", "cancelItem"]) => {
                let item: usize = seen.asks("id").unwrap().parse().unwrap();
                builds[item - FIRST_ITEM].stopped = true;
                Reply::status(204)
            }
            other => panic!("not of this API: {other:?}"),
        }
    }
}

fn page(number: usize) -> String {
    format!("https://ci.example.org/jenkins/job/team/job/deploy/{number}/")
}

fn build(outside: &Outside) -> ExecutionSpec {
    let secrets = [("USER", "test:user"), ("TOKEN", "test:token")];
    webhook(&outside.url(&format!("{JOB}/buildWithParameters")), json!({ "TARGET": "web" }), &secrets)
}

#[tokio::test]
async fn a_job_is_built_and_followed() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    for kind in [Kind::Plain, Kind::Crumbs, Kind::Forgetful] {
        for (result, status, outcome) in [
            ("SUCCESS", RunStatus::Succeeded, ""),
            ("FAILURE", RunStatus::Failed, "Jenkins: failure"),
            ("UNSTABLE", RunStatus::Failed, "Jenkins: unstable"),
        ] {
            let (jenkins, outside) = Jenkins::serve(kind, result, 5).await;
            let run = bench.launch(build(&outside)).await;
            assert_eq!(bench.ended(run).await, (status, outcome.to_owned()), "{kind:?}");
            {
                let builds = jenkins.builds.lock().unwrap();
                assert_eq!(builds.len(), 2, "built once");
                assert!(builds[1].parameters.contains(&("TARGET".into(), "web".into())));
                assert!(builds[1].parameters.contains(&("UHUB_RUN_ID".into(), format!("{run}-1"))));
            }
            let said = bench.said(run).await;
            assert!(said.contains(&format!("see {}", page(1))) && said.contains("#1 building"), "{said}");
        }
    }
    working.stop().await;
}

#[tokio::test]
async fn r41_a_build_whose_answer_was_lost_is_found_and_not_built_again() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    let (jenkins, outside) = Jenkins::serve(Kind::Loses, "SUCCESS", 3).await;
    let run = bench.launch(build(&outside)).await;
    assert_eq!(bench.ended(run).await.0, RunStatus::Succeeded);
    assert_eq!(jenkins.builds.lock().unwrap().len(), 2, "built once");
    assert_eq!(outside.posts(), 1);
    working.stop().await;
}

#[tokio::test]
async fn cancelled_here_is_stopped_there() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    for kind in [Kind::Plain, Kind::Crumbs] {
        let (jenkins, outside) = Jenkins::serve(kind, "SUCCESS", 1000).await;
        let run = bench.launch(build(&outside)).await;
        // In the queue still, or building already: either can be stopped.
        until("it is looked at", || jenkins.builds.lock().unwrap().get(1).is_some_and(|one| one.looks > 0))
            .await;
        bench.cancel(run).await;
        assert_eq!(bench.ended(run).await.0, RunStatus::Cancelled);
        assert!(jenkins.builds.lock().unwrap()[1].stopped);
        let run = bench.launch(build(&outside)).await;
        until("it is built", || jenkins.builds.lock().unwrap().get(2).is_some_and(|one| one.looks > 5)).await;
        bench.cancel(run).await;
        assert_eq!(bench.ended(run).await.0, RunStatus::Cancelled);
        assert!(jenkins.builds.lock().unwrap()[2].stopped);
    }
    working.stop().await;
}

#[tokio::test]
async fn what_jenkins_refuses_is_told() {
    let bench = Bench::new(None, None).await;
    let working = bench.work();
    let (jenkins, outside) = Jenkins::serve(Kind::Plain, "SUCCESS", 3).await;
    let url = outside.url(&format!("{JOB}/buildWithParameters"));
    let run = bench.launch(webhook(&url, json!({}), &[])).await;
    assert_eq!(bench.ended(run).await, (RunStatus::Failed, "Jenkins answers 401 Unauthorized".to_owned()));
    assert_eq!(jenkins.builds.lock().unwrap().len(), 1);
    for (payload, word) in
        [(json!({ "A": {} }), "`A`"), (json!([]), "object"), (json!({ "UHUB_RUN_ID": "x" }), "UHUB_")]
    {
        let refused = bench.try_launch(webhook(&url, payload, &[])).await.unwrap_err().to_string();
        assert!(refused.contains(word), "{refused}");
    }
    let refused = bench.try_launch(webhook(&url, json!({}), &[("TOKEN", "test:token")])).await.unwrap_err();
    assert!(refused.to_string().contains("USER"));
    working.stop().await;
}
