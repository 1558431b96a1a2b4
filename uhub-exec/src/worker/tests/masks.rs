//! What a run says passes its redactor before anything is kept, also when another worker takes it over.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use std::time::Duration;

use async_trait::async_trait;
use tokio::{sync::watch, time::Instant};
use uhub_core::{
    hub::ClaimedRun,
    model::{BackendConfig, BackendKind, ExecutionSpec, Run, RunStatus, Stream},
    ports::{
        exec::{
            Adopted, Capabilities, ExecEvent, ExecEvents, ExecutionBackend, Finish, Handle, LogPosition,
            StartError, StartRequest, Started,
        },
        secrets::{SecretError, SecretSource, SecretValue},
    },
};

use super::{super::*, bench::Bench};

const SECRET: &str = "hunter2+of/a run";

/// A source that can be sealed.
#[derive(Debug, Default)]
struct Safe {
    is_sealed: AtomicBool,
    asked: AtomicUsize,
}

#[async_trait]
impl SecretSource for Safe {
    fn scheme(&self) -> &str {
        "safe"
    }

    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.is_sealed.load(Ordering::SeqCst) {
            return Err(SecretError::new(reference, "sealed"));
        }
        Ok(SecretValue::new(SECRET.to_owned()))
    }
}

/// A program that outlives its worker, and whose output can be read again from anywhere.
#[derive(Debug)]
struct Outside {
    /// What it has said, and how it ended.
    said: watch::Sender<(Vec<u8>, Option<Finish>)>,
    calls: Mutex<Vec<&'static str>>,
}

impl Outside {
    fn new() -> Arc<Self> {
        Arc::new(Self { said: watch::Sender::default(), calls: Mutex::default() })
    }

    fn say(&self, bytes: &[u8]) {
        self.said.send_modify(|(said, _)| said.extend_from_slice(bytes));
    }

    fn end(&self, finish: Finish) {
        self.said.send_modify(|(_, end)| *end = Some(finish));
    }

    fn follow(&self, mut at: usize) -> ExecEvents {
        let mut said = self.said.subscribe();
        Box::pin(async_stream::stream! {
            loop {
                let (bytes, end) = {
                    let now = said.borrow_and_update();
                    (now.0[at..].to_vec(), now.1.clone())
                };
                at += bytes.len();
                // Cut where it hurts.
                for piece in bytes.chunks(5) {
                    yield ExecEvent::Log { stream: Stream::Stdout, bytes: piece.to_vec() };
                }
                if let Some(end) = end {
                    yield ExecEvent::Finished(end);
                    return;
                }
                if said.changed().await.is_err() {
                    return;
                }
            }
        })
    }
}

#[async_trait]
impl ExecutionBackend for Outside {
    fn kind(&self) -> BackendKind {
        BackendKind::Local
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { adopt: true, cancel: true }
    }

    fn check(&self, _: &ExecutionSpec, _: &BackendConfig) -> Result<(), StartError> {
        Ok(())
    }

    fn handle(&self, _: &ClaimedRun) -> Option<Handle> {
        Some(Handle("outside".to_owned()))
    }

    async fn start(&self, _: StartRequest<'_>) -> Result<Started, StartError> {
        self.calls.lock().unwrap().push("start");
        Ok(Started { handle: Handle("outside".to_owned()), events: self.follow(0) })
    }

    async fn cancel(&self, _: &Handle) {
        self.calls.lock().unwrap().push("cancel");
        self.end(Finish::Cancelled);
    }

    async fn adopt(
        &self,
        _: StartRequest<'_>,
        handle: &Handle,
        from: LogPosition,
    ) -> Result<Adopted, StartError> {
        self.calls.lock().unwrap().push("adopt");
        let events = self.follow(from.stdout.try_into().unwrap());
        Ok(Adopted::Running(Started { handle: handle.clone(), events }))
    }
}

struct Scene {
    bench: Bench,
    safe: Arc<Safe>,
    outside: Arc<Outside>,
}

impl Scene {
    async fn new() -> Self {
        Self { bench: Bench::new().await, safe: Arc::default(), outside: Outside::new() }
    }

    fn secrets(&self) -> Secrets {
        Secrets::new().with(Arc::clone(&self.safe) as _)
    }

    fn work(&self, name: &str, options: WorkerOptions) -> super::bench::Working {
        let options = WorkerOptions { name: name.into(), ..options };
        self.bench.work_with(Arc::clone(&self.outside) as _, self.secrets(), options)
    }

    async fn launch(&self) -> uhub_core::model::RunId {
        let mut execution = Bench::shell("-");
        execution.secrets.insert("TOKEN".into(), "safe:x".into());
        self.bench.launch(execution).await
    }

    /// Waits until the log of this output is so.
    async fn until_log(&self, run: uhub_core::model::RunId, stream: Stream, fits: impl Fn(&str) -> bool) {
        let end = Instant::now() + super::bench::PATIENCE;
        loop {
            let log = self.bench.log(run).await;
            if log.get(&stream).is_some_and(|log| fits(log)) {
                return;
            }
            assert!(Instant::now() < end, "the log does not get there: {log:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Everything that the store holds of the run.
async fn all_of(bench: &Bench, run: &Run) -> String {
    let page = uhub_core::ports::store::Page::first(500);
    let audit = bench.hub.acting_as(&bench.admin).audit(&Default::default(), page).await.unwrap();
    format!("{run:?} {:?} {audit:?}", bench.log(run.id).await)
}

#[tokio::test]
async fn r23_what_a_program_prints_of_its_secrets_is_masked() {
    let scene = Scene::new().await;
    let working = scene.bench.work_with(scene.bench.local(), scene.secrets(), Bench::options());
    let script = r#"
        printf '%s\n' "$TOKEN"; printf '%s\n' "$TOKEN" | base64 >&2
        printf %.7s "$TOKEN"; sleep 0.2; printf '%s done\n' "${TOKEN#???????}"
        exit 3"#;
    let mut execution = Bench::shell(script);
    execution.secrets.insert("TOKEN".into(), "safe:x".into());
    let run = scene.bench.launch(execution).await;
    let ended = scene.bench.until_status(run, RunStatus::Failed).await;
    let log = scene.bench.log(run).await;
    assert_eq!(log[&Stream::Stdout], "***\n*** done\n");
    assert_eq!(log[&Stream::Stderr], "***\n");
    assert!(!all_of(&scene.bench, &ended).await.contains("hunter2"));
    working.stop().await;
}

#[tokio::test]
async fn r25_words_about_a_run_are_masked() {
    let scene = Scene::new().await;
    let working = scene.work("w1", Bench::options());
    let run = scene.launch().await;
    scene.outside.end(Finish::Failed(format!("the registry refused `{SECRET}`")));
    let ended = scene.bench.until_status(run, RunStatus::Failed).await;
    assert_eq!(ended.outcome.as_deref(), Some("the registry refused `***`"));
    assert!(!all_of(&scene.bench, &ended).await.contains("hunter2"));
    working.stop().await;
}

#[tokio::test]
async fn r23_who_takes_a_run_over_masks_across_the_border() {
    let scene = Scene::new().await;
    let one = scene.work("w1", Bench::options());
    let run = scene.launch().await;
    scene.outside.say(format!("one {SECRET} two hunt").as_bytes());
    scene.until_log(run, Stream::Stdout, |log| log == "one *** two ").await;
    one.abort.cancel();
    one.ended().await;
    scene.outside.say(&SECRET.as_bytes()[4..]);
    let two = scene.work("w2", Bench::options());
    scene.until_log(run, Stream::Stdout, |log| log == "one *** two ***").await;
    scene.outside.say(b" three");
    scene.outside.end(Finish::Exited(0));
    let ended = scene.bench.until_status(run, RunStatus::Succeeded).await;
    assert_eq!(scene.bench.log(run).await[&Stream::Stdout], "one *** two *** three");
    assert_eq!((ended.worker.as_deref(), ended.fence), (Some("w2"), 2));
    assert_eq!(*scene.outside.calls.lock().unwrap(), ["start", "adopt"]);
    two.stop().await;
}

#[tokio::test]
async fn r26_who_takes_over_shows_nothing_until_the_secrets_can_be_read_again() {
    let scene = Scene::new().await;
    let one = scene.work("w1", Bench::options());
    let run = scene.launch().await;
    scene.outside.say(b"begun. ");
    scene.until_log(run, Stream::Stdout, |log| log == "begun. ").await;
    one.abort.cancel();
    one.ended().await;
    scene.safe.is_sealed.store(true, Ordering::SeqCst);
    let asked = scene.safe.asked.load(Ordering::SeqCst);
    scene.outside.say(format!("token {SECRET}.").as_bytes());
    let two = scene.work("w2", Bench::options());
    scene.until_log(run, Stream::System, |log| log.contains("safe:x: sealed; until it can be read")).await;
    // It is tried again and again, and the log waits, with one mark.
    while scene.safe.asked.load(Ordering::SeqCst) < asked + 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let log = scene.bench.log(run).await;
    assert_eq!(
        (log[&Stream::Stdout].as_str(), log[&Stream::System].matches("uhub:").count()),
        ("begun. ", 1)
    );
    scene.safe.is_sealed.store(false, Ordering::SeqCst);
    scene.until_log(run, Stream::Stdout, |log| log == "begun. token ***.").await;
    scene.outside.end(Finish::Exited(0));
    scene.bench.until_status(run, RunStatus::Succeeded).await;
    two.stop().await;
}

#[tokio::test]
async fn r26_secrets_that_never_come_back_withhold_the_log_but_not_the_end() {
    let scene = Scene::new().await;
    let one = scene.work("w1", Bench::options());
    let run = scene.launch().await;
    scene.until_log_begins(run).await;
    one.abort.cancel();
    one.ended().await;
    scene.safe.is_sealed.store(true, Ordering::SeqCst);
    scene.outside.say(SECRET.as_bytes());
    scene.outside.end(Finish::Failed(format!("because of {SECRET}")));
    let options = WorkerOptions { withhold_after: Duration::from_millis(300), ..Bench::options() };
    let two = scene.work("w2", options);
    let ended = scene.bench.until_status(run, RunStatus::Failed).await;
    let log = scene.bench.log(run).await;
    assert!(log[&Stream::System].contains("is not kept, since it could not be masked"), "{log:?}");
    assert_eq!(log[&Stream::Stdout], "begun. ");
    assert!(!all_of(&scene.bench, &ended).await.contains("hunter2"));
    two.stop().await;
}

#[tokio::test]
async fn a_run_that_is_taken_over_can_be_cancelled_without_its_secrets() {
    let scene = Scene::new().await;
    let one = scene.work("w1", Bench::options());
    let run = scene.launch().await;
    scene.until_log_begins(run).await;
    one.abort.cancel();
    one.ended().await;
    scene.safe.is_sealed.store(true, Ordering::SeqCst);
    let two = scene.work("w2", Bench::options());
    scene.until_log(run, Stream::System, |log| log.contains("sealed")).await;
    scene.bench.cancel(run).await;
    let end = Instant::now() + super::bench::PATIENCE;
    while !scene.outside.calls.lock().unwrap().contains(&"cancel") {
        assert!(Instant::now() < end, "it is not cancelled");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    scene.safe.is_sealed.store(false, Ordering::SeqCst);
    scene.bench.until_status(run, RunStatus::Cancelled).await;
    two.stop().await;
}

impl Scene {
    async fn until_log_begins(&self, run: uhub_core::model::RunId) {
        self.outside.say(b"begun. ");
        self.until_log(run, Stream::Stdout, |log| log == "begun. ").await;
    }
}
