//! Anything else: a signed request, and if the answer says so, a place to ask for the status.

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::{Map, Value, json};
use uhub_core::{model::ExecutionSpec, ports::exec::Finish, signature};

use super::{Answer, Ci, Context, External, Look, POLL_BYTES, Ticket, Trouble, is_heard};
use crate::webhook::handle::now_millis;

#[derive(Debug)]
pub(super) struct Generic;

impl Generic {
    fn body(context: &Context, ticket: &Ticket) -> Vec<u8> {
        let facts = &context.facts;
        let mut uhub = json!({
            "key": ticket.key(),
            "run_id": facts.run,
            "attempt": facts.attempt,
            "fence": facts.fence,
            "hub_id": facts.hub,
            "job": { "id": facts.job, "title": facts.title },
            "project": facts.project,
            "environment": facts.environment,
            "tier": facts.tier,
        });
        if let (Some(offer), Value::Object(uhub)) = (&context.offer, &mut uhub) {
            uhub.insert("callback".to_owned(), json!({ "url": offer.url, "key": offer.key.reveal() }));
        }
        let mut body = match &context.payload {
            Some(Value::Object(fields)) => fields.clone(),
            Some(other) => Map::from_iter([("payload".to_owned(), other.clone())]),
            None => Map::new(),
        };
        body.insert("uhub".to_owned(), uhub);
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// Signed, so that the other side knows who asks.
    fn signed(context: &Context, request: RequestBuilder, body: Vec<u8>) -> RequestBuilder {
        let timestamp = now_millis() / 1000;
        let key = context.secret("SIGNING_KEY").unwrap_or_default();
        let request = request
            .header("X-UHub-Timestamp", timestamp)
            .header("X-UHub-Signature", signature::sign(key.as_bytes(), timestamp, &body))
            .body(body);
        match context.secret("TOKEN") {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

#[async_trait]
impl Ci for Generic {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn check(&self, spec: &ExecutionSpec) -> Result<(), String> {
        if !spec.secrets.contains_key("SIGNING_KEY") {
            return Err("a webhook needs the secret SIGNING_KEY, with which it is signed".to_owned());
        }
        match &spec.payload {
            Some(Value::Object(fields)) if fields.contains_key("uhub") => {
                Err("the payload may not name `uhub`, which is the hub's own".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn dispatch(&self, context: &Context, ticket: &Ticket) -> Result<RequestBuilder, String> {
        let request = context.client.request(context.method.clone(), context.url.clone());
        let request = request.header(header::CONTENT_TYPE, "application/json");
        Ok(Self::signed(context, request, Self::body(context, ticket)))
    }

    fn accepted(&self, context: &Context, answer: &Answer) -> (External, Look) {
        let json = answer.json().unwrap_or_default();
        let here = |text: Option<&str>| text.and_then(|text| context.same_server(text)).map(String::from);
        let word = |key| json.get(key).and_then(Value::as_str);
        let external = External {
            // 202 points to where the status is told (RFC 9110 §15.3.3); 201 to what was made, which may be anything.
            status_url: here(word("status_url").or_else(|| {
                answer.header(header::LOCATION).filter(|_| answer.status == StatusCode::ACCEPTED)
            })),
            cancel_url: here(word("cancel_url")),
            ..External::default()
        };
        (external, Look { page: context.page(&json, "url"), ..Look::default() })
    }

    fn can_find(&self) -> bool {
        false
    }

    /// Without its status URL nothing is known of it.
    async fn find(&self, _context: &Context, _ticket: &Ticket) -> Result<Option<External>, Trouble> {
        Ok(None)
    }

    async fn look(&self, context: &Context, ticket: &Ticket) -> Result<Look, Trouble> {
        let url = ticket.external.status_url.as_deref().and_then(|url| context.same_server(url));
        let url = url.ok_or("there is no status URL on the same server")?;
        let request = context.client.request(Method::GET, url).header(header::ACCEPT, "application/json");
        let json = context.ask_json(Self::signed(context, request, Vec::new())).await?;
        let status = json.get("status").and_then(Value::as_str).ok_or("the answer has no status")?;
        let message = json.get("message").and_then(Value::as_str);
        let code = json.get("exit_code").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok());
        let finish = match status {
            "succeeded" => Some(Finish::Exited(0)),
            "failed" => Some(match code {
                Some(code) if code != 0 => Finish::Exited(code),
                _ => Finish::Failed(context.inert(message.unwrap_or("failed").to_owned())),
            }),
            "cancelled" => Some(Finish::Failed("cancelled outside".to_owned())),
            "queued" | "running" => None,
            _ => return Err("the answer has a status that means nothing here".into()),
        };
        let state = match message {
            Some(message) => format!("{status}, {}", context.inert(message.to_owned())),
            None => status.to_owned(),
        };
        Ok(Look { state, page: context.page(&json, "url"), finish, external: None })
    }

    async fn cancel(&self, context: &Context, ticket: &Ticket) -> Result<bool, Trouble> {
        let url = ticket.external.cancel_url.as_deref().and_then(|url| context.same_server(url));
        let Some(url) = url else { return Ok(false) };
        let request = context.client.request(Method::POST, url);
        let request = context.build(Self::signed(context, request, Vec::new()))?;
        let answer = context.client.send(request, POLL_BYTES).await.map_err(|error| error.to_string())?;
        if is_heard(answer.status) {
            return Ok(true);
        }
        Err(Trouble { reason: context.said(&answer), retry_after: answer.retry_after() })
    }
}
