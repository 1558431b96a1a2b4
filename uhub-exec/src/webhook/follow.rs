//! The life of one attempt: sent → accepted → found → ended. It is sent at most once, unless both sides know that
//! sending it twice is the same.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use uhub_core::{
    model::Stream,
    ports::exec::{ExecEvent, Finish},
};

use super::{
    client::SendError,
    handle::{External, Ticket},
    inbox::Inbox,
    options::WebhookPace,
    plan::Plan,
    presets::{Context, DISPATCH_BYTES, Look, Trouble},
};

/// How often a request is sent that surely was not taken, or that may be repeated.
const SENDS: u32 = 4;
/// The longest wait that the outside may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// How often it is seen whether the outside told something, where nobody says so.
const LISTEN_EVERY: Duration = Duration::from_secs(5);
/// Largest piece of output, as `ExecEvent::Log` promises.
const PIECE: usize = 64 * 1024;

/// Drives one attempt.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) context: Context,
    pub(super) plan: Plan,
    pub(super) pace: WebhookPace,
    pub(super) ticket: Ticket,
    pub(super) deadline: Instant,
    pub(super) cancel: Arc<CancellationToken>,
    pub(super) events: mpsc::Sender<ExecEvent>,
    /// What the outside tells by itself, where it may.
    pub(super) inbox: Option<Inbox>,
    pub(super) shown: Look,
}

/// What became of sending.
enum Sent {
    Accepted,
    /// It may have arrived, and may not.
    Unknown(String),
    /// It surely was not taken.
    Refused(String),
    /// It was called off before it went out.
    Stopped(Finish),
}

/// How stopping it goes.
enum Stopping {
    Ended(Finish),
    GoesOn,
    /// There is no way to tell it.
    Deaf,
}

impl Attempt {
    /// To its end. `is_new`: nothing was sent yet.
    pub(super) async fn run(mut self, is_new: bool) {
        let events = self.events.clone();
        let finish = tokio::select! {
            // Nobody listens any more: another worker takes it over, or nobody does.
            () = events.closed() => return,
            finish = self.live(is_new) => finish,
        };
        let _gone = events.send(ExecEvent::Finished(finish)).await;
    }

    async fn live(&mut self, is_new: bool) -> Finish {
        if is_new {
            match self.send().await {
                Sent::Accepted => {}
                Sent::Unknown(reason) => {
                    self.say(format!("{reason}: it may have been accepted, and is not sent again")).await;
                }
                Sent::Refused(reason) => return Finish::Failed(reason),
                Sent::Stopped(finish) => return finish,
            }
        } else if !self.ticket.accepted {
            self.say("it is not known whether it was sent: it is not sent again".to_owned()).await;
        } else {
            self.say("taken over".to_owned()).await;
        }
        let (cancel, deadline) = (Arc::clone(&self.cancel), self.deadline);
        let why = tokio::select! {
            biased;
            finish = self.follow() => return finish,
            () = cancel.cancelled() => Finish::Cancelled,
            () = tokio::time::sleep_until(deadline) => Finish::TimedOut,
        };
        self.stop(why).await
    }

    /// Sends the request; again only if it surely was not taken, or may be repeated.
    async fn send(&mut self) -> Sent {
        let mut wait = self.pace.shortest / 4;
        let mut sends = 0;
        let mut unknown = None;
        loop {
            if self.cancel.is_cancelled() || Instant::now() >= self.deadline {
                return match unknown {
                    Some(reason) => Sent::Unknown(reason),
                    None if self.cancel.is_cancelled() => Sent::Stopped(Finish::Cancelled),
                    None => Sent::Stopped(Finish::TimedOut),
                };
            }
            sends += 1;
            let (reason, retry_after) = match self.send_once().await {
                // What was refused now may have been accepted before.
                Ok(sent) => {
                    return match (sent, unknown) {
                        (Sent::Refused(_), Some(reason)) => Sent::Unknown(reason),
                        (sent, _) => sent,
                    };
                }
                Err((reason, retry_after, may_have_arrived)) => {
                    if may_have_arrived {
                        unknown = Some(reason.clone());
                    }
                    (reason, retry_after)
                }
            };
            let may_repeat = unknown.is_none() || self.plan.is_repeatable;
            if sends >= SENDS || !may_repeat {
                return match unknown {
                    Some(reason) => Sent::Unknown(reason),
                    None => Sent::Refused(reason),
                };
            }
            let pause = retry_after.unwrap_or(wait).min(LONGEST_WAIT);
            self.say(format!("{reason}; sent again in {:.1} s", pause.as_secs_f32())).await;
            wait *= 2;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.cancel.cancelled() => {}
                () = tokio::time::sleep_until(self.deadline) => {}
            }
        }
    }

    /// One sending; what may be tried again comes as an error: why, when, and whether it may have arrived.
    async fn send_once(&mut self) -> Result<Sent, (String, Option<Duration>, bool)> {
        let ci = self.plan.ci.clone();
        let mut request = match ci.dispatch(&self.context, &self.ticket) {
            Ok(request) => request,
            Err(reason) => return Ok(Sent::Refused(reason)),
        };
        let mut is_amended = false;
        loop {
            let request_now = request
                .header("Idempotency-Key", self.ticket.key())
                .header("X-UHub-Run-Id", self.ticket.run.to_string())
                .header("X-UHub-Attempt", self.ticket.attempt)
                .header("X-UHub-Fence", self.context.facts.fence)
                .build();
            let Ok(request_now) = request_now else {
                return Ok(Sent::Refused(
                    "the request cannot be made: a secret may hold what no header can".to_owned(),
                ));
            };
            let answer = match self.context.client.send(request_now, DISPATCH_BYTES).await {
                Ok(answer) => answer,
                Err(SendError::Refused(reason)) => return Ok(Sent::Refused(reason)),
                Err(SendError::NotSent(reason)) => return Err((reason, None, false)),
                Err(SendError::Lost(reason)) => return Err((reason, None, true)),
            };
            let status = answer.status;
            if status.is_success() {
                let (external, look) = ci.accepted(&self.context, &answer);
                self.ticket.accepted = true;
                self.say(format!("accepted with {}", status.as_u16())).await;
                self.known(external).await;
                self.show(look).await;
                return Ok(Sent::Accepted);
            }
            if !is_amended && let Some(amended) = ci.amend(&self.context, &self.ticket, &answer).await {
                (request, is_amended) = (amended, true);
                continue;
            }
            let reason = format!("{} answers {}", ci.name(), self.context.said(&answer));
            if status.is_server_error() {
                // Whoever answered may stand before, or fail behind, the one who started it.
                return Err((reason, answer.retry_after(), true));
            }
            if status == reqwest::StatusCode::TOO_MANY_REQUESTS || answer.retry_after().is_some() {
                return Err((reason, answer.retry_after(), false));
            }
            return Ok(Sent::Refused(reason));
        }
    }

    /// Follows it to its end; dropped where it is to be stopped.
    async fn follow(&mut self) -> Finish {
        let find_until = self.find_until();
        let mut wait = self.pace.shortest;
        let mut troubled: Option<Instant> = None;
        let mut next_look = Instant::now();
        loop {
            if let Some(finish) = self.listen().await {
                return finish;
            }
            if !self.polls() {
                if self.inbox.is_none() {
                    return self.unfollowed();
                }
                // The store may forget to tell.
                self.wait(self.pace.longest.min(LISTEN_EVERY)).await;
                continue;
            }
            if Instant::now() >= next_look {
                let mut pause = wait;
                match self.find_or_look().await {
                    Ok(Some(finish)) => return finish,
                    Ok(None) => {
                        troubled = None;
                        if self.ticket.external.is_unknown() && Instant::now() >= find_until {
                            return Finish::Lost(self.not_found());
                        }
                    }
                    Err(trouble) => {
                        let is_first = troubled.is_none();
                        let since = *troubled.get_or_insert_with(Instant::now);
                        if since.elapsed() >= self.pace.silent_for {
                            return Finish::Lost(format!("it cannot be followed: {}", trouble.reason));
                        }
                        if is_first {
                            self.say(format!("{}; it is asked again", trouble.reason)).await;
                        }
                        pause = trouble.retry_after.unwrap_or(wait).clamp(wait, LONGEST_WAIT.max(wait));
                    }
                }
                next_look = Instant::now() + pause;
                wait = (wait * 3 / 2).min(self.pace.longest);
            }
            self.wait(next_look.saturating_duration_since(Instant::now())).await;
        }
    }

    /// Whether there is something to ask for.
    fn polls(&self) -> bool {
        self.plan.follow.polls && (self.plan.ci.can_find() || !self.ticket.external.is_unknown())
    }

    /// How it ends where nothing tells.
    fn unfollowed(&self) -> Finish {
        match self.ticket.accepted {
            true if self.plan.follow.polls => Finish::Lost(self.not_found()),
            true => Finish::Exited(0),
            false => Finish::Lost("nobody can tell whether it was accepted".to_owned()),
        }
    }

    /// Waits, less where the outside tells something.
    async fn wait(&self, pause: Duration) {
        match &self.inbox {
            Some(inbox) => {
                let _woken = tokio::time::timeout(pause, inbox.woken()).await;
            }
            None => tokio::time::sleep(pause).await,
        }
    }

    /// Takes in what the outside told by itself.
    async fn listen(&mut self) -> Option<Finish> {
        let messages = match self.inbox.as_mut()?.read().await {
            Ok(messages) => messages,
            Err(error) => {
                tracing::warn!(%error, "callbacks cannot be read; it is tried again");
                return None;
            }
        };
        for message in messages {
            if !self.ticket.accepted {
                // Only who was told the key could sign it.
                self.ticket.accepted = true;
                self.known(External::default()).await;
            }
            for piece in message.log.chunks(PIECE) {
                let log = ExecEvent::Log { stream: Stream::Stdout, bytes: piece.to_vec() };
                let _gone = self.events.send(log).await;
            }
            if let Some(text) = message.text {
                self.say(text).await;
            }
            if let Some(finish) = message.finish {
                return Some(finish);
            }
        }
        None
    }

    /// Until when it is looked for: also after a long time without a worker there is time for some looks.
    fn find_until(&self) -> Instant {
        let since = SystemTime::now().duration_since(self.ticket.sent_at()).unwrap_or_default();
        let left = self.pace.find_within.saturating_sub(since);
        Instant::now() + left.max(self.pace.longest.min(self.pace.find_within))
    }

    fn not_found(&self) -> String {
        let name = self.plan.ci.name();
        match self.ticket.accepted {
            true if !self.plan.ci.can_find() => {
                "it was accepted, but the answer names no status_url on the same server".to_owned()
            }
            true => format!("{name} accepted it, but nothing there bears its key {}", self.ticket.key()),
            false if !self.plan.ci.can_find() => "nobody can tell whether it was accepted".to_owned(),
            false => format!("nobody can tell whether it was accepted: nothing at {name} bears its key"),
        }
    }

    async fn find_or_look(&mut self) -> Result<Option<Finish>, Trouble> {
        if self.ticket.external.is_unknown() { self.find().await } else { self.look().await }
    }

    async fn find(&mut self) -> Result<Option<Finish>, Trouble> {
        let ci = self.plan.ci.clone();
        if let Some(external) = ci.find(&self.context, &self.ticket).await? {
            self.ticket.accepted = true;
            self.known(external).await;
            return self.look().await;
        }
        Ok(None)
    }

    async fn look(&mut self) -> Result<Option<Finish>, Trouble> {
        let ci = self.plan.ci.clone();
        loop {
            let mut look = ci.look(&self.context, &self.ticket).await?;
            let better = look.external.take();
            let finish = look.finish.take();
            self.show(look).await;
            match better {
                Some(better) if better != self.ticket.external => self.known(better).await,
                _ => return Ok(finish),
            }
        }
    }

    /// Stops it outside, and waits for that a while. What has done its work by then has done it.
    async fn stop(&mut self, why: Finish) -> Finish {
        self.say(match why {
            Finish::TimedOut => "it took longer than it may: it is cancelled".to_owned(),
            _ => "it is cancelled".to_owned(),
        })
        .await;
        let end = Instant::now() + self.pace.cancel_within;
        let mut is_told = false;
        let mut wait = self.pace.shortest / 4;
        while Instant::now() < end {
            match tokio::time::timeout_at(end, self.step_to_stop(&mut is_told)).await {
                Ok(Ok(Stopping::Ended(Finish::Exited(0)))) => return Finish::Exited(0),
                Ok(Ok(Stopping::Ended(_))) => return why,
                Ok(Ok(Stopping::Deaf)) | Err(_) => break,
                Ok(Ok(Stopping::GoesOn)) => {}
                Ok(Err(trouble)) => self.say(format!("{}; it is tried again", trouble.reason)).await,
            }
            self.wait(wait.min(end.saturating_duration_since(Instant::now()))).await;
            wait = (wait * 2).min(self.pace.longest);
        }
        if !is_told {
            self.say("the other side could not be told to stop: it may go on there".to_owned()).await;
        }
        if self.ticket.accepted { why } else { Finish::Lost(self.not_found()) }
    }

    async fn step_to_stop(&mut self, is_told: &mut bool) -> Result<Stopping, Trouble> {
        if let Some(finish) = self.listen().await {
            return Ok(Stopping::Ended(finish));
        }
        let ci = self.plan.ci.clone();
        if self.ticket.external.is_unknown() {
            if !ci.can_find() {
                return Ok(Stopping::Deaf);
            }
            return Ok(self.find().await?.map_or(Stopping::GoesOn, Stopping::Ended));
        }
        if !*is_told {
            *is_told = ci.cancel(&self.context, &self.ticket).await?;
            if !*is_told {
                return Ok(Stopping::Deaf);
            }
        }
        Ok(self.look().await?.map_or(Stopping::GoesOn, Stopping::Ended))
    }

    /// It is called so outside: recorded, so that the next worker need not look for it.
    async fn known(&mut self, external: External) {
        if !external.is_unknown() {
            self.ticket.external = external;
        }
        let _gone = self.events.send(ExecEvent::Handle(self.ticket.to_handle())).await;
    }

    /// Tells how it stands, where that is new.
    async fn show(&mut self, look: Look) {
        let page = look.page.filter(|page| self.shown.page.as_ref() != Some(page));
        let state = Some(look.state).filter(|state| !state.is_empty() && self.shown.state != *state);
        if let Some(page) = page {
            self.say(format!("see {page}")).await;
            self.shown.page = Some(page);
        }
        if let Some(state) = state {
            self.say(state.clone()).await;
            self.shown.state = state;
        }
    }

    async fn say(&self, text: String) {
        let bytes = format!("uhub: {}: {text}\n", self.plan.ci.name()).into_bytes();
        let _gone = self.events.send(ExecEvent::Log { stream: Stream::System, bytes }).await;
    }
}
