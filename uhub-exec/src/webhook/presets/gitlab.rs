//! GitLab: pipelines started by a trigger token.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, Url};
use serde_json::Value;
use uhub_core::{model::ExecutionSpec, ports::exec::Finish};

use super::{
    Answer, Ci, Context, External, Look, POLL_BYTES, Ticket, Trouble, is_heard, object, scalar, tail,
};

/// `POST /api/v4/projects/{id}/trigger/pipeline`, or with `/ref/{ref}` before `/trigger`.
#[derive(Debug)]
pub(super) struct Gitlab {
    project: String,
    is_ref_in_path: bool,
    /// Pipelines that were looked at and are other runs'.
    others: Mutex<HashSet<u64>>,
}

impl Gitlab {
    pub(super) fn at(url: &Url) -> Option<Self> {
        let found =
            |project: String, is_ref_in_path| Self { project, is_ref_in_path, others: Mutex::default() };
        if let Some((head, ["api", "v4", "projects", id, "trigger", "pipeline"])) = tail(url) {
            return Some(found(format!("{head}/api/v4/projects/{id}"), false));
        }
        match tail(url)? {
            (head, ["api", "v4", "projects", id, "ref", _, "trigger", "pipeline"]) => {
                Some(found(format!("{head}/api/v4/projects/{id}"), true))
            }
            _ => None,
        }
    }

    fn others(&self) -> std::sync::MutexGuard<'_, HashSet<u64>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The form's fields that the job gives.
    fn given(&self, payload: Option<&Value>) -> Result<Vec<(String, String)>, String> {
        let mut form = Vec::new();
        for (name, value) in object(payload, "`ref`, `variables`, `inputs`")?.into_iter().flatten() {
            match (name.as_str(), value) {
                ("ref", Value::String(text)) if !self.is_ref_in_path => {
                    form.push(("ref".to_owned(), text.clone()));
                }
                ("variables" | "inputs", Value::Object(fields)) => {
                    for (key, value) in fields {
                        let Some(value) = scalar(value) else {
                            return Err(format!("the payload's {name}.{key} must be a word or a number"));
                        };
                        form.push((format!("{name}[{key}]"), value));
                    }
                }
                _ => return Err(format!("the payload's `{name}` is not what GitLab takes there")),
            }
        }
        if !self.is_ref_in_path && !form.iter().any(|(name, _)| name == "ref") {
            return Err("the payload needs `ref`: the branch or tag whose pipeline runs".to_owned());
        }
        if form.iter().any(|(name, _)| name.starts_with("variables[UHUB_")) {
            return Err("variables that begin with UHUB_ are the hub's own".to_owned());
        }
        Ok(form)
    }

    fn ask(&self, context: &Context, method: Method, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let request = context.client.request(method, context.at(&format!("{}{path}", self.project), query));
        match context.secret("API_TOKEN") {
            Some(token) => request.header("PRIVATE-TOKEN", token),
            None => request,
        }
    }
}

#[async_trait]
impl Ci for Gitlab {
    fn name(&self) -> &'static str {
        "GitLab"
    }

    fn check(&self, spec: &ExecutionSpec) -> Result<(), String> {
        if !spec.secrets.contains_key("TOKEN") {
            return Err("GitLab needs the secret TOKEN, a pipeline trigger token".to_owned());
        }
        self.given(spec.payload.as_ref()).map(drop)
    }

    fn dispatch(&self, context: &Context, ticket: &Ticket) -> Result<RequestBuilder, String> {
        let mut form = self.given(context.payload.as_ref())?;
        let mut add = |name: &str, value: String| form.push((name.to_owned(), value));
        add("token", context.secret("TOKEN").unwrap_or_default().to_owned());
        add("variables[UHUB_RUN_ID]", ticket.key());
        add("variables[UHUB_FENCE]", context.facts.fence.to_string());
        if let Some(offer) = &context.offer {
            add("variables[UHUB_CALLBACK_URL]", offer.url.clone());
            add("variables[UHUB_CALLBACK_KEY]", offer.key.reveal().to_owned());
        }
        Ok(context.client.request(Method::POST, context.url.clone()).form(&form))
    }

    fn accepted(&self, context: &Context, answer: &Answer) -> (External, Look) {
        let Ok(json) = answer.json() else { return Default::default() };
        let external = External { id: json.get("id").and_then(Value::as_u64), ..External::default() };
        (external, Look { page: context.page(&json, "web_url"), ..Look::default() })
    }

    /// The pipeline whose name (`workflow: name`) or variables hold the key.
    async fn find(&self, context: &Context, ticket: &Ticket) -> Result<Option<External>, Trouble> {
        let since = ticket.since();
        let query = [
            ("source", "trigger"),
            ("updated_after", since.as_str()),
            ("order_by", "id"),
            ("sort", "desc"),
            ("per_page", "50"),
        ];
        let json = context.ask_json(self.ask(context, Method::GET, "/pipelines", &query)).await?;
        let pipelines = json.as_array().ok_or("the answer lists no pipelines")?;
        let key = ticket.key();
        for pipeline in pipelines {
            let Some(id) = pipeline.get("id").and_then(Value::as_u64) else { continue };
            let found = Ok(Some(External { id: Some(id), ..External::default() }));
            if pipeline.get("name").and_then(Value::as_str).is_some_and(|name| name.contains(&key)) {
                return found;
            }
            if self.others().contains(&id) {
                continue;
            }
            let path = format!("/pipelines/{id}/variables");
            let json = context.ask_json(self.ask(context, Method::GET, &path, &[])).await?;
            let is_ours = json.as_array().into_iter().flatten().any(|variable| {
                let field = |name| variable.get(name).and_then(Value::as_str);
                field("key") == Some("UHUB_RUN_ID") && field("value") == Some(&key)
            });
            if is_ours {
                return found;
            }
            self.others().insert(id);
        }
        Ok(None)
    }

    async fn look(&self, context: &Context, ticket: &Ticket) -> Result<Look, Trouble> {
        let Some(id) = ticket.external.id else { return Err("the pipeline is not known".into()) };
        let json = context.ask_json(self.ask(context, Method::GET, &format!("/pipelines/{id}"), &[])).await?;
        let status = json.get("status").and_then(Value::as_str).ok_or("the answer has no status")?;
        let finish = match status {
            "success" => Some(Finish::Exited(0)),
            "failed" | "canceled" | "skipped" => Some(Finish::Failed(format!("GitLab: {status}"))),
            _ => None,
        };
        let state = context.inert(status.to_owned());
        Ok(Look { state, page: context.page(&json, "web_url"), finish, external: None })
    }

    async fn cancel(&self, context: &Context, ticket: &Ticket) -> Result<bool, Trouble> {
        let Some(id) = ticket.external.id else { return Ok(false) };
        let request = self.ask(context, Method::POST, &format!("/pipelines/{id}/cancel"), &[]);
        let request = context.build(request)?;
        let answer = context.client.send(request, POLL_BYTES).await.map_err(|error| error.to_string())?;
        if is_heard(answer.status) {
            return Ok(true);
        }
        Err(Trouble { reason: context.said(&answer), retry_after: answer.retry_after() })
    }
}
