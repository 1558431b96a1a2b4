//! A run that a worker drives: from its claim over its start, or its being taken over, to its end.

use std::task::Poll;

use super::{
    defects::Defect,
    outside::{Mono, Program, is_adoptable},
    scene::{Answer, Scene, Task},
    worker::{WATCHDOG, is_stale},
};
use crate::{
    hub::{ClaimedRun, Hub},
    model::{LogChunk, Stream},
    ports::exec::{Finish, Handle, StartError},
};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Where does the log end?
    Position,
    /// What an earlier worker left is to be taken over.
    Adopt,
    /// What will it be called outside?
    Record,
    Start,
    Follow,
    /// These lines wait to be stored.
    Append(Vec<LogChunk>),
    Finish(Finish),
    Refuse,
    /// What an earlier worker was about to start never was.
    NeverStarted,
}

/// What becomes of it after a step.
pub(super) enum Next {
    GoOn,
    GiveUp,
    Ended,
}

pub(super) struct Held {
    pub(super) claimed: ClaimedRun,
    /// When the claim or heartbeat was sent by which it is held.
    pub(super) renewed: Mono,
    pub(super) cancelled: bool,
    /// A heartbeat told that it is another's.
    pub(super) lost: bool,
    pub(super) handle: String,
    claimed_at: Mono,
    phase: Phase,
    task: Option<Task>,
    last_seq: i64,
    /// Lines of the execution that are stored. A line counts as a byte.
    lines: u64,
}

impl Held {
    pub(super) fn new(claimed: ClaimedRun, asked: Mono) -> Self {
        let handle = match claimed.handle() {
            Some(handle) => handle.to_owned(),
            None if is_adoptable(claimed.backend()) => format!("{}-{}", claimed.id(), claimed.attempt()),
            // A process: each start is one of its own.
            None => format!("{}-{}-{}", claimed.id(), claimed.attempt(), claimed.fence()),
        };
        Self {
            renewed: asked,
            cancelled: claimed.is_cancelled(),
            lost: false,
            handle,
            claimed_at: asked,
            phase: Phase::Position,
            task: None,
            last_seq: 0,
            lines: 0,
            claimed,
        }
    }

    /// Whether another may drive it.
    pub(super) fn is_lost(&self, scene: &Scene) -> bool {
        self.lost || scene.now >= self.renewed + WATCHDOG
    }

    /// Whether the hub has not answered yet.
    pub(super) const fn is_telling(&self) -> bool {
        self.task.is_some()
    }

    pub(super) fn step(&mut self, who: &str, hub: &Hub, scene: &mut Scene) -> Next {
        if let Some(mut task) = self.task.take() {
            return match scene.poll(who, &mut task) {
                Poll::Pending => {
                    self.task = Some(task);
                    Next::GoOn
                }
                Poll::Ready(Ok(answer)) => self.heard(&answer, scene),
                Poll::Ready(Err(error)) if is_stale(&error) => Next::GiveUp,
                // Told again: the store may have heard it the first time.
                Poll::Ready(Err(_)) => Next::GoOn,
            };
        }
        match self.phase.clone() {
            Phase::Adopt => {
                self.adopt(scene);
                return Next::GoOn;
            }
            Phase::Start => {
                self.start(scene);
                return Next::GoOn;
            }
            Phase::Follow => {
                self.follow(scene);
                return Next::GoOn;
            }
            _ => {}
        }
        self.task = self.tell(hub.clone(), scene);
        Next::GoOn
    }

    /// What is to be told to the hub in this phase.
    fn tell(&self, hub: Hub, scene: &Scene) -> Option<Task> {
        let claimed = self.claimed.clone();
        let forges = scene.defect == Some(Defect::ForgedFence);
        // The checker goes by what the worker was given.
        let words = vec![(self.claimed.id(), self.claimed.fence())];
        Some(match self.phase.clone() {
            Phase::Position => Task::new("asks for the log's end", Vec::new(), async move {
                hub.log_end(&claimed).await.map(Answer::Position)
            }),
            Phase::Record => {
                let (handle, log_from) = (Handle(self.handle.clone()), self.last_seq);
                Task::new("records", words, async move {
                    let claimed = as_told(&hub, claimed, forges).await?;
                    hub.record_handle(&claimed, &handle, log_from).await.map(|()| Answer::Done)
                })
            }
            Phase::Append(chunks) => Task::new("appends", words, async move {
                let claimed = as_told(&hub, claimed, forges).await?;
                hub.append_log(claimed.id(), claimed.fence(), &chunks).await.map(|()| Answer::Done)
            }),
            Phase::Finish(finish) => {
                Task::new(
                    "finishes",
                    words,
                    async move { hub.finish(&claimed, &finish).await.map(Answer::Ended) },
                )
            }
            Phase::Refuse => Task::new("refuses", words, async move {
                let error = StartError::Failed("no such image".to_owned());
                hub.refuse_start(&claimed, &error).await.map(Answer::Ended)
            }),
            Phase::NeverStarted => {
                Task::new(
                    "requeues",
                    words,
                    async move { hub.never_started(&claimed).await.map(Answer::Ended) },
                )
            }
            Phase::Adopt | Phase::Start | Phase::Follow => return None,
        })
    }

    fn heard(&mut self, answer: &Answer, scene: &mut Scene) -> Next {
        match std::mem::replace(&mut self.phase, Phase::Follow) {
            Phase::Position => {
                if let Answer::Position(end) = answer {
                    (self.last_seq, self.lines) = (end.seq, end.position.stdout);
                }
                self.phase = match self.claimed.handle() {
                    Some(_) => Phase::Adopt,
                    None => {
                        self.lines = 0;
                        if is_adoptable(self.claimed.backend()) { Phase::Record } else { Phase::Start }
                    }
                };
            }
            Phase::Record => self.phase = Phase::Start,
            Phase::Append(chunks) => {
                self.last_seq += i64::try_from(chunks.len()).unwrap_or(0);
                self.lines += chunks.len() as u64;
                scene.check.log_grew(&scene.acted.world, self.claimed.id());
            }
            Phase::Finish(_) | Phase::Refuse | Phase::NeverStarted => return Next::Ended,
            Phase::Adopt | Phase::Start | Phase::Follow => {}
        }
        Next::GoOn
    }

    /// Takes over what an earlier worker left.
    fn adopt(&mut self, scene: &mut Scene) {
        if scene.defect == Some(Defect::SecondStart) {
            self.phase = Phase::Start;
        } else if scene.outside.executions.contains_key(&self.handle) {
            scene.tell(|| format!("{} is taken over behind {}", self.handle, self.lines));
            if scene.defect == Some(Defect::RepeatedLog) {
                self.lines = 0;
            }
            self.phase = Phase::Follow;
        } else if scene.outside.is_removed(&self.handle) {
            self.phase = Phase::Finish(Finish::Lost("it is gone".to_owned()));
        } else {
            self.phase = Phase::NeverStarted;
        }
    }

    /// Starts it. Names outside are unique: one that is there already is this very attempt, started by a worker that was
    /// thought dead, and is followed.
    fn start(&mut self, scene: &mut Scene) {
        let known = scene.outside.executions.contains_key(&self.handle);
        if known && scene.defect != Some(Defect::SecondStart) {
            scene.tell(|| format!("{} is there already", self.handle));
            self.phase = Phase::Follow;
            return;
        }
        if self.cancelled {
            self.phase = Phase::Finish(Finish::Cancelled);
            return;
        }
        if scene.chance.one_in(15) {
            self.phase = Phase::Refuse;
            return;
        }
        let program = Program {
            run: self.claimed.id(),
            attempt: self.claimed.attempt(),
            backend: self.claimed.backend(),
            lasts: match scene.chance.below(3) {
                0 => scene.chance.between(0, 40_000_000),
                _ => scene.chance.between(0, 6_000_000),
            },
            lines: scene.chance.between(0, 7).unsigned_abs(),
            finish: match scene.chance.below(10) {
                0 | 1 => Finish::Exited(1),
                2 => Finish::Failed("oom_killed".to_owned()),
                3 => Finish::TimedOut,
                _ => Finish::Exited(0),
            },
        };
        scene.tell(|| format!("{} starts: {program:?}", self.handle));
        // Whoever claimed by a clock that was set since may be wrong about what others do, and come when all is over. So
        // may whoever claimed just after it was set: a lease that ended with it is still held by its worker's own clock.
        let sure = scene.last_jump.saturating_add(WATCHDOG) < self.claimed_at;
        let running = scene.outside.running(program.run).count();
        assert!(!sure || running == 0, "it is started while it still runs");
        let times = scene.outside.started.get(&(program.run, program.attempt)).copied().unwrap_or(0);
        assert!(!sure || times == 0, "one attempt is started twice");
        let (now, watchdog) = (scene.now, self.renewed + WATCHDOG);
        scene.outside.start(&self.handle, &program, now, watchdog);
        self.phase = Phase::Follow;
    }

    fn follow(&mut self, scene: &mut Scene) {
        if self.cancelled {
            scene.outside.stop(&self.handle, scene.now);
        }
        let written = scene.outside.lines(&self.handle, scene.now);
        if written > self.lines {
            let at = scene.acted.world.now();
            let some = scene.chance.between(1, 3).unsigned_abs();
            let from = if scene.defect == Some(Defect::LogGap) { 2 } else { 1 };
            let chunks = (self.lines..written.min(self.lines + some))
                .zip(self.last_seq + from..)
                .map(|(line, seq)| LogChunk {
                    seq,
                    stream: Stream::Stdout,
                    at,
                    bytes: format!("{} {line}", self.handle).into_bytes(),
                    upto: line + 1,
                })
                .collect();
            self.phase = Phase::Append(chunks);
            return;
        }
        match scene.outside.executions.get(&self.handle) {
            Some(execution) => {
                if let Some((_, finish)) = execution.ended.clone() {
                    self.phase = Phase::Finish(finish);
                }
            }
            None => self.phase = Phase::Finish(Finish::Failed("it is gone".to_owned())),
        }
    }
}

/// The claim that a word goes by: the worker's own, or, where it forges, with the fence of whoever holds the run now.
async fn as_told(hub: &Hub, mut claimed: ClaimedRun, forges: bool) -> crate::Result<ClaimedRun> {
    if forges && let Some(run) = hub.store().read().await?.run(claimed.id()).await? {
        claimed.run.fence = run.fence;
    }
    Ok(claimed)
}
