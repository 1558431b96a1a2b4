//! People who plan and launch without pause, and try again with the same key where an answer was lost.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};
use uhub_tests::{Client, env, plan};

use crate::random;

/// How many launch at once.
const PEOPLE: usize = 4;

/// Those who launch.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    launched: Arc<Mutex<Vec<String>>>,
    people: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    pub(crate) fn start(
        admin: &Client,
        url: &Arc<RwLock<String>>,
        project: &str,
        mark: &str,
        diary: &Path,
    ) -> Self {
        let (stop, launched) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let people: Vec<_> = (0..PEOPLE)
            .map(|person| {
                let one = Person {
                    admin: admin.clone(),
                    url: Arc::clone(url),
                    project: project.to_owned(),
                    mark: mark.to_owned(),
                    diary: diary.display().to_string(),
                    stop: Arc::clone(&stop),
                };
                let launched = Arc::clone(&launched);
                tokio::spawn(async move {
                    for n in 0.. {
                        let Some(run) = one.launch(&format!("job-{person}-{n}")).await else { return };
                        launched.lock().expect("nobody panics").push(run);
                    }
                })
            })
            .collect();
        Self { stop, launched, people }
    }

    /// Lets them finish what they began. The runs whose launch was acknowledged.
    pub(crate) async fn stop(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        for person in self.people {
            person.await.expect("nobody panics");
        }
        self.launched.lock().expect("nobody panics").clone()
    }
}

struct Person {
    admin: Client,
    url: Arc<RwLock<String>>,
    project: String,
    mark: String,
    diary: String,
    stop: Arc<AtomicBool>,
}

impl Person {
    /// One job, launched; `None` where it is time to stop. What was begun is carried through.
    async fn launch(&self, title: &str) -> Option<String> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        // What is in the diary tells how often it really ran. One short write is whole, whoever else writes.
        let script = format!(
            "echo \"began $UHUB_RUN_ID $UHUB_ATTEMPT\" >> {0}; sleep 0.{1:02}; echo \"done $UHUB_RUN_ID $UHUB_ATTEMPT\" >> {0}",
            self.diary,
            random(60)
        );
        let mut job = plan::job(&self.project, title, "dev", Some("dev"), &plan::hour(0));
        job["auto_start"] = json!(false);
        job["execution"] = json!({
            "backend": "local",
            "command": ["/bin/sh", "-c", script, self.mark],
            "env": { "MARK": self.mark },
            "timeout_seconds": 30,
        });
        if random(2) == 0 {
            job["execution"]["idempotent"] = json!(true);
            job["execution"]["max_attempts"] = json!(20);
        }
        let job = plan::id(&self.insist("/jobs", &job).await);
        let run = plan::id(&self.insist(&format!("/jobs/{job}/runs"), &json!({})).await);
        tokio::time::sleep(Duration::from_millis(random(150))).await;
        Some(run)
    }

    /// Asks until there is an answer, each time with the same key.
    async fn insist(&self, path: &str, body: &Value) -> Value {
        let key = env::random_id();
        loop {
            let client = self.admin.at(&self.url.read().expect("nobody panics").clone());
            let request = client.request(Method::POST, path).header("idempotency-key", &key).json(body);
            match request.may_fail().try_send().await {
                Ok(answer) if (200..300).contains(&answer.status) => return answer.json(),
                Ok(answer) => assert!(answer.status == 503 || answer.status == 500, "{answer:?}"),
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
