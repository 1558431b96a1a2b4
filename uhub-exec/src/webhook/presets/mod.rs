//! The APIs that are spoken.

mod generic;
mod github;
mod gitlab;
mod jenkins;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use reqwest::{Method, Request, RequestBuilder, StatusCode, Url};
use serde_json::Value;
use uhub_core::{
    model::{ExecutionSpec, JobId, RunId, WebhookPreset},
    ports::{exec::Finish, secrets::SecretValue},
};

use super::{
    client::{Answer, Client, SendError},
    handle::{External, Ticket},
};
use crate::Redactor;

/// Answers to a dispatch are read up to here.
pub(super) const DISPATCH_BYTES: usize = 256 * 1024;
/// Answers to questions are read up to here: lists of runs can be long.
const POLL_BYTES: usize = 4 * 1024 * 1024;
/// What is told of an outside's own words.
const WORDS: usize = 300;

/// What a dispatch tells of its run.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) run: RunId,
    pub(super) attempt: u32,
    pub(super) fence: i64,
    pub(super) job: JobId,
    pub(super) title: String,
    pub(super) project: String,
    pub(super) environment: Option<String>,
    pub(super) tier: String,
    pub(super) hub: String,
}

/// Where the outside may call back, and the key to sign with.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) url: String,
    pub(super) key: SecretValue,
}

/// All that it takes to speak of one attempt.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) payload: Option<Value>,
    pub(super) secrets: BTreeMap<String, SecretValue>,
    pub(super) facts: Facts,
    pub(super) offer: Option<Offer>,
    pub(super) redactor: Redactor,
}

/// Something that did not work, and may work later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) reason: String,
    pub(super) retry_after: Option<Duration>,
}

impl<T: Into<String>> From<T> for Trouble {
    fn from(reason: T) -> Self {
        Self { reason: reason.into(), retry_after: None }
    }
}

/// How a run stands outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// In the outside's own word.
    pub(super) state: String,
    /// Where people see it.
    pub(super) page: Option<String>,
    /// It has ended.
    pub(super) finish: Option<Finish>,
    /// It has a better name by now.
    pub(super) external: Option<External>,
}

/// An API that starts runs.
#[async_trait]
pub(super) trait Ci: Send + Sync + fmt::Debug {
    /// What it is called in logs.
    fn name(&self) -> &'static str;

    /// What is wrong with what a job gives it.
    fn check(&self, spec: &ExecutionSpec) -> Result<(), String>;

    /// The request that starts a run.
    fn dispatch(&self, context: &Context, ticket: &Ticket) -> Result<RequestBuilder, String>;

    /// Another form of a request that was surely refused, worth one more try.
    async fn amend(&self, _context: &Context, _ticket: &Ticket, _answer: &Answer) -> Option<RequestBuilder> {
        None
    }

    /// What the answer to an accepted dispatch tells.
    fn accepted(&self, context: &Context, answer: &Answer) -> (External, Look);

    /// Whether a run can be found of which only the key is known.
    fn can_find(&self) -> bool {
        true
    }

    /// Finds a run of which only the key is known.
    async fn find(&self, context: &Context, ticket: &Ticket) -> Result<Option<External>, Trouble>;

    /// Asks how it stands.
    async fn look(&self, context: &Context, ticket: &Ticket) -> Result<Look, Trouble>;

    /// Tells it to stop. False where nothing can be told.
    async fn cancel(&self, context: &Context, ticket: &Ticket) -> Result<bool, Trouble>;
}

/// The API at `url`; the preset is told from its path where none is named.
pub(super) fn of(preset: Option<WebhookPreset>, url: &Url) -> Result<(WebhookPreset, Arc<dyn Ci>), String> {
    let told = preset.unwrap_or_else(|| {
        if github::Workflow::at(url).is_some() {
            WebhookPreset::GithubWorkflow
        } else if github::Dispatch::at(url).is_some() {
            WebhookPreset::GithubDispatch
        } else if gitlab::Gitlab::at(url).is_some() {
            WebhookPreset::Gitlab
        } else if jenkins::Jenkins::at(url).is_some() {
            WebhookPreset::Jenkins
        } else {
            WebhookPreset::Generic
        }
    });
    let ci: Option<Arc<dyn Ci>> = match told {
        WebhookPreset::GithubWorkflow => github::Workflow::at(url).map(|ci| Arc::new(ci) as Arc<dyn Ci>),
        WebhookPreset::GithubDispatch => github::Dispatch::at(url).map(|ci| Arc::new(ci) as Arc<dyn Ci>),
        WebhookPreset::Gitlab => gitlab::Gitlab::at(url).map(|ci| Arc::new(ci) as Arc<dyn Ci>),
        WebhookPreset::Jenkins => jenkins::Jenkins::at(url).map(|ci| Arc::new(ci) as Arc<dyn Ci>),
        WebhookPreset::Generic => Some(Arc::new(generic::Generic)),
    };
    let ci = ci.ok_or_else(|| format!("the URL is not one of the preset {told}; see docs/webhook.md"))?;
    Ok((told, ci))
}

impl Context {
    pub(super) fn secret(&self, name: &str) -> Option<&str> {
        self.secrets.get(name).map(SecretValue::reveal)
    }

    /// The same server, another path.
    fn at(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url.set_query(None);
        url.set_fragment(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// A URL that an answer names, where it lies on the same server: credentials go nowhere else.
    fn same_server(&self, text: &str) -> Option<Url> {
        let url = self.url.join(text).ok()?;
        (text.len() <= 2048 && url.origin() == self.url.origin() && self.client.check(&url).is_ok())
            .then_some(url)
    }

    fn build(&self, request: RequestBuilder) -> Result<Request, Trouble> {
        request
            .build()
            .map_err(|_| Trouble::from("the request cannot be made: a secret may hold what no header can"))
    }

    /// Asks; anything but success is trouble.
    async fn ask(&self, request: RequestBuilder) -> Result<Answer, Trouble> {
        let request = self.build(request)?;
        let answer =
            self.client.send(request, POLL_BYTES).await.map_err(|error: SendError| error.to_string())?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(Trouble { reason: self.said(&answer), retry_after: answer.retry_after() })
    }

    async fn ask_json(&self, request: RequestBuilder) -> Result<Value, Trouble> {
        Ok(self.ask(request).await?.json()?)
    }

    /// An answer that is no success, in words. What it says itself is cut short, made inert, and cleared of the secrets
    /// that it may repeat.
    pub(super) fn said(&self, answer: &Answer) -> String {
        let status = answer.status;
        if status.is_redirection() {
            return format!("{status}: redirects are not followed");
        }
        let told = answer.json().ok().and_then(|json| {
            ["message", "error_description", "error", "detail"].iter().find_map(|key| match json.get(*key) {
                Some(Value::String(text)) => Some(text.clone()),
                None | Some(Value::Null) => None,
                Some(other) => Some(other.to_string()),
            })
        });
        match told {
            Some(told) => format!("{status}: {}", self.inert(told)),
            None => status.to_string(),
        }
    }

    /// Words from outside, fit for logs and outcomes.
    pub(super) fn inert(&self, text: String) -> String {
        let masked = self.redactor.text(text);
        let clean: String =
            masked.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect();
        clean.trim().to_owned()
    }

    /// An address for people, from outside: without what may be secret in it.
    fn page(&self, json: &Value, key: &str) -> Option<String> {
        let mut url: Url = json.get(key)?.as_str()?.parse().ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        url.set_query(None);
        url.set_fragment(None);
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        Some(self.inert(url.into()))
    }
}

/// The last segments of a path, as they are written, with what comes before them.
fn tail<const N: usize>(url: &Url) -> Option<(String, [&str; N])> {
    let segments: Vec<&str> = url.path().strip_prefix('/')?.split('/').collect();
    let (head, tail) = segments.split_at_checked(segments.len().checked_sub(N)?)?;
    let head: String = head.iter().flat_map(|segment| ["/", segment]).collect();
    Some((head, tail.try_into().ok()?))
}

/// A payload's fields.
fn object<'a>(
    payload: Option<&'a Value>,
    what: &str,
) -> Result<Option<&'a serde_json::Map<String, Value>>, String> {
    match payload {
        None => Ok(None),
        Some(Value::Object(fields)) => Ok(Some(fields)),
        Some(_) => Err(format!("the payload must be an object: {what}")),
    }
}

/// A value as a form carries it.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether an answer to a request to cancel means that it was heard.
fn is_heard(status: StatusCode) -> bool {
    // Jenkins answers with the page to go to; 409 and 404 mean that there is nothing to stop any more.
    status.is_success()
        || status.is_redirection()
        || matches!(status, StatusCode::CONFLICT | StatusCode::NOT_FOUND | StatusCode::GONE)
}
