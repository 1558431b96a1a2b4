//! GitHub, and GitHub Enterprise Server: workflows started by their file, or by an event of one's own.

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde_json::{Map, Value, json};
use uhub_core::{model::ExecutionSpec, ports::exec::Finish};

use super::{Answer, Ci, Context, External, Look, POLL_BYTES, Ticket, Trouble, is_heard, object, tail};

/// `POST /repos/{owner}/{repo}/actions/workflows/{file}/dispatches`
#[derive(Debug)]
pub(super) struct Workflow {
    repo: String,
    workflow: String,
}

/// `POST /repos/{owner}/{repo}/dispatches`
#[derive(Debug)]
pub(super) struct Dispatch {
    repo: String,
}

impl Workflow {
    pub(super) fn at(url: &Url) -> Option<Self> {
        match tail(url)? {
            (head, ["repos", owner, repo, "actions", "workflows", workflow, "dispatches"]) => {
                Some(Self { repo: format!("{head}/repos/{owner}/{repo}"), workflow: workflow.to_owned() })
            }
            _ => None,
        }
    }
}

impl Dispatch {
    pub(super) fn at(url: &Url) -> Option<Self> {
        match tail(url)? {
            (head, ["repos", owner, repo, "dispatches"]) => {
                Some(Self { repo: format!("{head}/repos/{owner}/{repo}") })
            }
            _ => None,
        }
    }
}

#[async_trait]
impl Ci for Workflow {
    fn name(&self) -> &'static str {
        "GitHub"
    }

    fn check(&self, spec: &ExecutionSpec) -> Result<(), String> {
        needs_token(spec)?;
        let fields = fields(spec.payload.as_ref())?;
        text(fields, "ref", "the branch or tag whose workflow runs")?;
        match fields.and_then(|fields| fields.get("inputs")) {
            None | Some(Value::Object(_)) => Ok(()),
            Some(_) => Err("the payload's `inputs` must be an object".to_owned()),
        }
    }

    fn dispatch(&self, context: &Context, ticket: &Ticket) -> Result<RequestBuilder, String> {
        let mut body = self.body(context, ticket)?;
        body.insert("return_run_details".to_owned(), true.into());
        Ok(to_github(context, Method::POST, context.url.clone()).json(&body))
    }

    /// Servers that are older than the field refuse it.
    async fn amend(&self, context: &Context, ticket: &Ticket, answer: &Answer) -> Option<RequestBuilder> {
        let is_old = matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
            && String::from_utf8_lossy(&answer.body).contains("return_run_details");
        let body = if is_old { self.body(context, ticket).ok() } else { None }?;
        Some(to_github(context, Method::POST, context.url.clone()).json(&body))
    }

    fn accepted(&self, context: &Context, answer: &Answer) -> (External, Look) {
        let Ok(json) = answer.json() else { return Default::default() };
        let external =
            External { id: json.get("workflow_run_id").and_then(Value::as_u64), ..External::default() };
        (external, Look { page: context.page(&json, "html_url"), ..Look::default() })
    }

    async fn find(&self, context: &Context, ticket: &Ticket) -> Result<Option<External>, Trouble> {
        let path = format!("{}/actions/workflows/{}/runs", self.repo, self.workflow);
        find(context, ticket, &path, "workflow_dispatch").await
    }

    async fn look(&self, context: &Context, ticket: &Ticket) -> Result<Look, Trouble> {
        look(context, ticket, &self.repo).await
    }

    async fn cancel(&self, context: &Context, ticket: &Ticket) -> Result<bool, Trouble> {
        cancel(context, ticket, &self.repo).await
    }
}

impl Workflow {
    fn body(&self, context: &Context, ticket: &Ticket) -> Result<Map<String, Value>, String> {
        let mut body = fields(context.payload.as_ref())?.cloned().unwrap_or_default();
        let inputs = body.entry("inputs").or_insert_with(|| json!({}));
        let Value::Object(inputs) = inputs else {
            return Err("the payload's `inputs` must be an object".to_owned());
        };
        inputs.insert("uhub_run_id".to_owned(), ticket.key().into());
        if let Some(offer) = &context.offer {
            inputs.insert("uhub_callback_url".to_owned(), offer.url.clone().into());
            inputs.insert("uhub_callback_key".to_owned(), offer.key.reveal().into());
        }
        Ok(body)
    }
}

#[async_trait]
impl Ci for Dispatch {
    fn name(&self) -> &'static str {
        "GitHub"
    }

    fn check(&self, spec: &ExecutionSpec) -> Result<(), String> {
        needs_token(spec)?;
        let fields = fields(spec.payload.as_ref())?;
        text(fields, "event_type", "the event to which workflows listen")?;
        match fields.and_then(|fields| fields.get("client_payload")) {
            None => Ok(()),
            Some(Value::Object(fields)) if fields.contains_key("uhub") => {
                Err("the payload's `client_payload` may not name `uhub`, which is the hub's own".to_owned())
            }
            // GitHub takes ten, and one is the hub's.
            Some(Value::Object(fields)) if fields.len() <= 9 => Ok(()),
            Some(_) => Err("the payload's `client_payload` must be an object of at most 9 fields".to_owned()),
        }
    }

    fn dispatch(&self, context: &Context, ticket: &Ticket) -> Result<RequestBuilder, String> {
        let mut body = fields(context.payload.as_ref())?.cloned().unwrap_or_default();
        let payload = body.entry("client_payload").or_insert_with(|| json!({}));
        let Value::Object(payload) = payload else {
            return Err("the payload's `client_payload` must be an object".to_owned());
        };
        let mut uhub = json!({
            "run_id": ticket.key(),
            "attempt": ticket.attempt,
            "fence": context.facts.fence,
        });
        if let (Some(offer), Value::Object(uhub)) = (&context.offer, &mut uhub) {
            uhub.insert("callback".to_owned(), json!({ "url": offer.url, "key": offer.key.reveal() }));
        }
        payload.insert("uhub".to_owned(), uhub);
        Ok(to_github(context, Method::POST, context.url.clone()).json(&body))
    }

    fn accepted(&self, _context: &Context, _answer: &Answer) -> (External, Look) {
        Default::default()
    }

    async fn find(&self, context: &Context, ticket: &Ticket) -> Result<Option<External>, Trouble> {
        find(context, ticket, &format!("{}/actions/runs", self.repo), "repository_dispatch").await
    }

    async fn look(&self, context: &Context, ticket: &Ticket) -> Result<Look, Trouble> {
        look(context, ticket, &self.repo).await
    }

    async fn cancel(&self, context: &Context, ticket: &Ticket) -> Result<bool, Trouble> {
        cancel(context, ticket, &self.repo).await
    }
}

fn needs_token(spec: &ExecutionSpec) -> Result<(), String> {
    if spec.secrets.contains_key("TOKEN") {
        return Ok(());
    }
    Err("GitHub needs the secret TOKEN".to_owned())
}

fn fields(payload: Option<&Value>) -> Result<Option<&Map<String, Value>>, String> {
    object(payload, "what GitHub's API takes")
}

fn text(fields: Option<&Map<String, Value>>, name: &str, what: &str) -> Result<(), String> {
    match fields.and_then(|fields| fields.get(name)) {
        Some(Value::String(text)) if !text.is_empty() => Ok(()),
        _ => Err(format!("the payload needs `{name}`: {what}")),
    }
}

fn to_github(context: &Context, method: Method, url: Url) -> RequestBuilder {
    let request = context
        .client
        .request(method, url)
        .header("Accept", "application/vnd.github+json")
        .header("X-GitHub-Api-Version", "2022-11-28");
    match context.secret("TOKEN") {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

/// The run whose name holds the key: the workflow's `run-name` says so.
async fn find(
    context: &Context,
    ticket: &Ticket,
    path: &str,
    event: &str,
) -> Result<Option<External>, Trouble> {
    let since = format!(">={}", ticket.since());
    let query = [("event", event), ("created", since.as_str()), ("per_page", "100")];
    let json = context.ask_json(to_github(context, Method::GET, context.at(path, &query))).await?;
    let runs = json.get("workflow_runs").and_then(Value::as_array).ok_or("the answer lists no runs")?;
    let key = ticket.key();
    let found = runs.iter().filter(|run| {
        run.get("display_title").and_then(Value::as_str).is_some_and(|title| title.contains(&key))
    });
    // The first of several: an event may start more than one workflow.
    let id = found.filter_map(|run| run.get("id").and_then(Value::as_u64)).min();
    Ok(id.map(|id| External { id: Some(id), ..External::default() }))
}

async fn look(context: &Context, ticket: &Ticket, repo: &str) -> Result<Look, Trouble> {
    let Some(id) = ticket.external.id else { return Err("the run is not known".into()) };
    let url = context.at(&format!("{repo}/actions/runs/{id}"), &[]);
    let json = context.ask_json(to_github(context, Method::GET, url)).await?;
    let word = |key| json.get(key).and_then(Value::as_str);
    let status = word("status").ok_or("the answer has no status")?;
    let conclusion = word("conclusion").unwrap_or("unknown");
    let finish = (status == "completed").then(|| match conclusion {
        "success" | "neutral" => Finish::Exited(0),
        other => Finish::Failed(format!("GitHub: {}", context.inert(other.to_owned()))),
    });
    let state = if finish.is_some() { format!("{status}, {conclusion}") } else { status.to_owned() };
    let state = context.inert(state);
    Ok(Look { state, page: context.page(&json, "html_url"), finish, external: None })
}

async fn cancel(context: &Context, ticket: &Ticket, repo: &str) -> Result<bool, Trouble> {
    let Some(id) = ticket.external.id else { return Ok(false) };
    let url = context.at(&format!("{repo}/actions/runs/{id}/cancel"), &[]);
    let request = context.build(to_github(context, Method::POST, url))?;
    let answer = context.client.send(request, POLL_BYTES).await.map_err(|error| error.to_string())?;
    if is_heard(answer.status) {
        return Ok(true);
    }
    Err(Trouble { reason: context.said(&answer), retry_after: answer.retry_after() })
}
