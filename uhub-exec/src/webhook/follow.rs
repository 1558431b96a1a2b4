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
    options::WebhookPace,
    plan::{Follow, Plan},
    presets::{Context, DISPATCH_BYTES, Look, Trouble},
};

/// How often a request is sent that surely was not taken, or that may be repeated.
const SENDS: u32 = 4;
/// The longest wait that the outside may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

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
        loop {
            if self.plan.follow == Follow::None {
                return match self.ticket.accepted {
                    true => Finish::Exited(0),
                    false => Finish::Lost("nobody can tell whether it was accepted".to_owned()),
                };
            }
            let looked = match self.ticket.external.is_unknown() {
                true => self.find().await,
                false => self.look().await,
            };
            let mut pause = wait;
            match looked {
                Ok(Some(finish)) => return finish,
                Ok(None) => {
                    troubled = None;
                    if self.ticket.external.is_unknown() && self.is_past_finding(find_until) {
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
            tokio::time::sleep(pause).await;
            wait = (wait * 3 / 2).min(self.pace.longest);
        }
    }

    /// Until when it is looked for: also after a long time without a worker there is time for some looks.
    fn find_until(&self) -> Instant {
        let since = SystemTime::now().duration_since(self.ticket.sent_at()).unwrap_or_default();
        let left = self.pace.find_within.saturating_sub(since);
        Instant::now() + left.max(self.pace.longest.min(self.pace.find_within))
    }

    /// Where there is nothing to look for, waiting does not help.
    fn is_past_finding(&self, until: Instant) -> bool {
        !self.plan.ci.can_find() || Instant::now() >= until
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
        let ci = self.plan.ci.clone();
        while Instant::now() < end && self.plan.follow != Follow::None {
            let step = async {
                if self.ticket.external.is_unknown()
                    && let Some(finish) = self.find().await?
                {
                    return Ok(Some(finish));
                }
                if !is_told {
                    is_told = ci.cancel(&self.context, &self.ticket).await?;
                    if !is_told && !self.ticket.external.is_unknown() {
                        // There is no way to tell it.
                        return Ok(Some(why.clone()));
                    }
                }
                if self.ticket.external.is_unknown() { Ok(None) } else { self.look().await }
            };
            match tokio::time::timeout_at(end, step).await {
                Ok(Ok(Some(Finish::Exited(0)))) => return Finish::Exited(0),
                Ok(Ok(Some(_))) if is_told => return why,
                Ok(Ok(Some(_))) | Err(_) => break,
                Ok(Ok(None)) if self.ticket.external.is_unknown() && !ci.can_find() => break,
                Ok(Ok(None)) => {}
                Ok(Err(trouble)) => self.say(format!("{}; it is tried again", trouble.reason)).await,
            }
            tokio::time::sleep_until((Instant::now() + wait).min(end)).await;
            wait = (wait * 2).min(self.pace.longest);
        }
        if !is_told {
            self.say("the other side could not be told to stop: it may go on there".to_owned()).await;
        }
        if self.ticket.accepted { why } else { Finish::Lost(self.not_found()) }
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
