//! What outside CIs tell of runs: signed, of this time, once.

use chrono::TimeDelta;

use super::world::*;
use crate::{
    error::{Error, Result},
    hub::{CallbackSecret, ClaimedRun, Delivery, NewJob},
    model::{CallbackStatus, ExecutionSpec, RunId, RunStatus},
    ports::{exec::Finish, store::Store as _},
    signature::sign,
};

const BODY: &[u8] = br#"{"status": "running", "message": "half\nway", "log": "a line\n"}"#;
const END: &[u8] = br#"{"status": "succeeded", "exit_code": 0}"#;
const NO: Error = Error::NotFound { what: "run" };

fn secret() -> CallbackSecret {
    CallbackSecret::new(vec![7; 32]).unwrap()
}

fn webhook() -> ExecutionSpec {
    ExecutionSpec {
        backend: Some(crate::model::BackendKind::Webhook),
        url: Some("https://ci.example.org/".to_owned()),
        max_attempts: Some(2),
        ..ExecutionSpec::default()
    }
}

fn running(world: &World, execution: ExecutionSpec) -> ClaimedRun {
    let new = NewJob { execution: Some(execution), ..world.new_deploy("staging", 2) };
    let job = world.create(&world.ops, new);
    started(world.launch(&world.ops, job.id));
    world.claim_one()
}

/// A message that is right unless it is changed.
struct Message {
    run: RunId,
    attempt: u32,
    timestamp: String,
    signature: String,
    body: Vec<u8>,
}

impl Message {
    fn new(world: &World, claimed: &ClaimedRun, body: &[u8]) -> Self {
        Self::at(claimed, world.now().timestamp(), body)
    }

    fn at(claimed: &ClaimedRun, at: i64, body: &[u8]) -> Self {
        let key = secret().key(claimed.id(), claimed.attempt());
        Self {
            run: claimed.id(),
            attempt: claimed.attempt(),
            timestamp: at.to_string(),
            signature: sign(key.as_bytes(), at, body),
            body: body.to_vec(),
        }
    }

    fn send(&self, world: &World) -> Result<()> {
        let delivery = Delivery {
            run: self.run,
            attempt: self.attempt,
            timestamp: &self.timestamp,
            signature: &self.signature,
            body: &self.body,
        };
        go(world.hub.accept_callback(&secret(), &delivery))
    }
}

#[test]
fn messages_are_kept_for_who_follows_the_run() {
    let world = World::new();
    let claimed = running(&world, webhook());
    Message::new(&world, &claimed, BODY).send(&world).unwrap();
    Message::new(&world, &claimed, END).send(&world).unwrap();
    let kept = go(world.hub.callbacks(claimed.id(), 1, 0)).unwrap();
    let [one, two] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((one.seq, one.status, one.log.as_deref()), (1, CallbackStatus::Running, Some("a line\n")));
    assert_eq!(one.message.as_deref(), Some("half way"), "a line has no control characters");
    assert_eq!((two.seq, two.status, two.exit_code), (2, CallbackStatus::Succeeded, Some(0)));
    assert_eq!(go(world.hub.callbacks(claimed.id(), 1, 1)).unwrap(), kept[1..]);
    assert_eq!(go(world.hub.callbacks(claimed.id(), 2, 0)).unwrap(), []);
    assert_eq!(world.run_status(claimed.id()), RunStatus::Running, "its worker ends it");
    let story = world.story(claimed.id().0);
    assert_eq!(story.iter().filter(|line| line.contains("run.callback")).count(), 1, "{story:?}");
    // It has told its end: there is nothing more to tell.
    assert_eq!(Message::new(&world, &claimed, BODY).send(&world), Err(NO));
    assert_eq!(Message::at(&claimed, world.now().timestamp() - 1, END).send(&world), Err(NO));
}

#[test]
fn r40_whatever_is_wrong_is_told_in_one_way() {
    let world = World::new();
    let claimed = running(&world, webhook());
    let good = || Message::new(&world, &claimed, BODY);
    let now = world.now().timestamp();
    let stranger = RunId(world.hub.new_id());
    let other = secret().key(stranger, 1);
    let wrong = [
        Message { run: stranger, ..good() },
        Message { run: stranger, signature: sign(other.as_bytes(), now, BODY), ..good() },
        Message { attempt: 2, ..good() },
        Message {
            attempt: 2,
            signature: sign(secret().key(claimed.id(), 2).as_bytes(), now, BODY),
            ..good()
        },
        Message { body: END.to_vec(), ..good() },
        Message { body: [BODY, b" "].concat(), ..good() },
        Message { signature: String::new(), ..good() },
        Message { signature: good().signature.replace("sha256", "sha1"), ..good() },
        Message { signature: sign(b"", now, BODY), ..good() },
        Message { signature: sign(&[7; 32], now, BODY), ..good() },
        Message { timestamp: (now + 1).to_string(), ..good() },
        Message { timestamp: format!(" {now}"), ..good() },
        Message { timestamp: "9".repeat(30), ..good() },
        Message { timestamp: String::new(), ..good() },
        Message::at(&claimed, now - 301, BODY),
        Message::at(&claimed, now + 301, BODY),
        Message::at(&claimed, i64::MIN, BODY),
        Message::at(&claimed, i64::MAX, BODY),
    ];
    for (i, message) in wrong.iter().enumerate() {
        assert_eq!(message.send(&world), Err(NO), "{i}");
    }
    assert_eq!(go(world.hub.callbacks(claimed.id(), 1, 0)).unwrap(), []);
    // At the edge of the time, but once.
    for at in [now - 300, now + 300] {
        let message = Message::at(&claimed, at, BODY);
        message.send(&world).unwrap();
        assert_eq!(message.send(&world), Err(NO), "a replay");
    }
    // Runs of other backends have no keys, and ended ones no use for them.
    let local = running(&world, docker("app:1"));
    assert_eq!(Message::new(&world, &local, BODY).send(&world), Err(NO));
    go(world.hub.finish(&claimed, &Finish::Exited(0))).unwrap();
    assert_eq!(Message::new(&world, &claimed, END).send(&world), Err(NO));
}

#[test]
fn r40_a_key_is_worth_nothing_for_the_next_attempt() {
    let world = World::new();
    let claimed = running(&world, webhook());
    Message::new(&world, &claimed, br#"{"status": "failed"}"#).send(&world).unwrap();
    go(world.hub.finish(&claimed, &Finish::Failed("failed".to_owned()))).unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    let again = world.claim_one();
    assert_eq!((again.id(), again.attempt()), (claimed.id(), 2));
    assert_eq!(Message::new(&world, &claimed, END).send(&world), Err(NO), "of the first attempt");
    assert_eq!(go(world.hub.callbacks(again.id(), 2, 0)).unwrap(), []);
    Message::new(&world, &again, END).send(&world).unwrap();
    assert_eq!(go(world.hub.callbacks(again.id(), 2, 0)).unwrap()[0].seq, 1);
}

#[test]
fn who_has_the_key_is_told_what_is_wrong() {
    let world = World::new();
    let claimed = running(&world, webhook());
    for body in [
        "",
        "{}",
        "[]",
        r#"{"status": "done"}"#,
        r#"{"status": "running", "exit_code": 0}"#,
        r#"{"status": "succeeded", "exit_code": 1}"#,
        r#"{"status": "failed", "exit_code": 1e99}"#,
        r#"{"status": "failed", "unknown": 1}"#,
        "{\"status\": \"failed\", \"log\": \"\u{0}\"}",
    ] {
        let sent = Message::new(&world, &claimed, body.as_bytes()).send(&world);
        assert!(matches!(sent, Err(Error::Invalid { .. })), "{body}: {sent:?}");
    }
    let deep = "[".repeat(100_000);
    let sent = Message::new(&world, &claimed, deep.as_bytes()).send(&world);
    assert!(matches!(sent, Err(Error::Invalid { .. })));
    assert_eq!(go(world.hub.callbacks(claimed.id(), 1, 0)).unwrap(), []);
}

#[test]
fn messages_are_bounded_and_forgotten() {
    let world = World::new();
    let claimed = running(&world, webhook());
    let at = world.now().timestamp() - 299;
    let mut accepted = 0;
    for i in 0..1010_i64 {
        let body = format!(r#"{{"status": "running", "message": "{i}"}}"#);
        accepted += u32::from(Message::at(&claimed, at, body.as_bytes()).send(&world).is_ok());
    }
    assert_eq!(accepted, 1000);
    Message::new(&world, &claimed, END).send(&world).expect("its end is taken in all the same");
    let forget = |world: &World| {
        world.clock.advance(TimeDelta::days(2));
        go(async {
            let mut session = world.store.write().await.unwrap();
            let forgotten = session.forget_callbacks(world.now() - TimeDelta::days(1)).await.unwrap();
            session.commit().await.unwrap();
            forgotten
        })
    };
    assert_eq!(forget(&world), 0, "it goes on still");
    go(world.hub.finish(&claimed, &Finish::Exited(0))).unwrap();
    assert_eq!(forget(&world), 1001);
}

#[test]
fn secrets_are_long_and_shown_nowhere() {
    assert_eq!(CallbackSecret::new(vec![7; 31]), None);
    assert_eq!(format!("{:?}", secret()), "CallbackSecret(***)");
}
