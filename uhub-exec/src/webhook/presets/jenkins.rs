//! Jenkins: jobs built with parameters.

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, StatusCode, Url, header};
use serde_json::Value;
use uhub_core::{model::ExecutionSpec, ports::exec::Finish};

use super::{
    Answer, Ci, Context, DISPATCH_BYTES, External, Look, Ticket, Trouble, is_heard, object, scalar, tail,
};

/// The parameter by which a build is found. The job must declare it: Jenkins drops what it does not know.
const PARAMETER: &str = "UHUB_RUN_ID";

/// `POST …/job/{name}/buildWithParameters`
#[derive(Debug)]
pub(super) struct Jenkins {
    /// Path of Jenkins itself.
    root: String,
    /// Path of the job.
    job: String,
}

/// What Jenkins wants from those who sign in with a password, against forged requests.
struct Crumb {
    field: String,
    value: String,
    cookies: String,
}

impl Jenkins {
    pub(super) fn at(url: &Url) -> Option<Self> {
        match tail(url)? {
            (head, ["job", name, "buildWithParameters"]) => {
                let job = format!("{head}/job/{name}");
                let root = job.split("/job/").next().unwrap_or_default().to_owned();
                Some(Self { root, job })
            }
            _ => None,
        }
    }

    fn given(payload: Option<&Value>) -> Result<Vec<(String, String)>, String> {
        let mut form = Vec::new();
        for (name, value) in object(payload, "the job's parameters")?.into_iter().flatten() {
            if name.starts_with("UHUB_") {
                return Err("parameters that begin with UHUB_ are the hub's own".to_owned());
            }
            let value =
                scalar(value).ok_or_else(|| format!("the payload's `{name}` must be a word or a number"))?;
            form.push((name.clone(), value));
        }
        Ok(form)
    }

    fn ask(&self, context: &Context, method: Method, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        Self::signed(context, context.client.request(method, context.at(path, query)))
    }

    fn signed(context: &Context, request: RequestBuilder) -> RequestBuilder {
        match (context.secret("USER"), context.secret("TOKEN")) {
            (Some(user), token) => request.basic_auth(user, token),
            (None, _) => request,
        }
    }

    fn build_request(&self, context: &Context, ticket: &Ticket) -> Result<RequestBuilder, String> {
        let mut form = Self::given(context.payload.as_ref())?;
        form.push((PARAMETER.to_owned(), ticket.key()));
        form.push(("UHUB_FENCE".to_owned(), context.facts.fence.to_string()));
        if let Some(offer) = &context.offer {
            form.push(("UHUB_CALLBACK_URL".to_owned(), offer.url.clone()));
            form.push(("UHUB_CALLBACK_KEY".to_owned(), offer.key.reveal().to_owned()));
        }
        Ok(Self::signed(context, context.client.request(Method::POST, context.url.clone())).form(&form))
    }

    async fn crumb(&self, context: &Context) -> Option<Crumb> {
        let path = format!("{}/crumbIssuer/api/json", self.root);
        let answer = context.ask(self.ask(context, Method::GET, &path, &[])).await.ok()?;
        let json = answer.json().ok()?;
        let word = |key| json.get(key).and_then(Value::as_str).map(str::to_owned);
        // The crumb holds for the session only.
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter();
        let cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next().map(str::to_owned));
        Some(Crumb {
            field: word("crumbRequestField")?,
            value: word("crumb")?,
            cookies: cookies.collect::<Vec<_>>().join("; "),
        })
    }

    async fn with_crumb(&self, context: &Context, request: RequestBuilder) -> Option<RequestBuilder> {
        let crumb = self.crumb(context).await?;
        let request = request.header(crumb.field, crumb.value);
        Some(if crumb.cookies.is_empty() { request } else { request.header(header::COOKIE, crumb.cookies) })
    }

    async fn post(&self, context: &Context, path: &str, query: &[(&str, &str)]) -> Result<Answer, Trouble> {
        let send = async |request: RequestBuilder| {
            let request = context.build(request)?;
            let sent = context.client.send(request, DISPATCH_BYTES).await;
            sent.map_err(|error| Trouble::from(error.to_string()))
        };
        let answer = send(self.ask(context, Method::POST, path, query)).await?;
        if answer.status != StatusCode::FORBIDDEN {
            return Ok(answer);
        }
        match self.with_crumb(context, self.ask(context, Method::POST, path, query)).await {
            Some(request) => send(request).await,
            None => Ok(answer),
        }
    }

    async fn look_at_build(&self, context: &Context, id: u64) -> Result<Look, Trouble> {
        let path = format!("{}/{id}/api/json", self.job);
        let query = [("tree", "number,url,building,result")];
        let json = context.ask_json(self.ask(context, Method::GET, &path, &query)).await?;
        let result = json.get("result").and_then(Value::as_str);
        let is_building = json.get("building").and_then(Value::as_bool).unwrap_or(true);
        let finish = match result {
            Some("SUCCESS") if !is_building => Some(Finish::Exited(0)),
            Some(other) if !is_building => {
                Some(Finish::Failed(format!("Jenkins: {}", context.inert(other.to_lowercase()))))
            }
            _ => None,
        };
        let state = match result {
            Some(result) if finish.is_some() => result.to_lowercase(),
            _ => "building".to_owned(),
        };
        let state = format!("#{id} {}", context.inert(state));
        Ok(Look { state, page: context.page(&json, "url"), finish, external: None })
    }
}

#[async_trait]
impl Ci for Jenkins {
    fn name(&self) -> &'static str {
        "Jenkins"
    }

    fn check(&self, spec: &ExecutionSpec) -> Result<(), String> {
        if spec.secrets.contains_key("TOKEN") && !spec.secrets.contains_key("USER") {
            return Err("Jenkins needs the secret USER beside TOKEN: whose token it is".to_owned());
        }
        Self::given(spec.payload.as_ref()).map(drop)
    }

    fn dispatch(&self, context: &Context, ticket: &Ticket) -> Result<RequestBuilder, String> {
        self.build_request(context, ticket)
    }

    async fn amend(&self, context: &Context, ticket: &Ticket, answer: &Answer) -> Option<RequestBuilder> {
        if answer.status != StatusCode::FORBIDDEN {
            return None;
        }
        self.with_crumb(context, self.build_request(context, ticket).ok()?).await
    }

    /// The `Location` may name Jenkins by another address, so only the item's number counts.
    fn accepted(&self, _context: &Context, answer: &Answer) -> (External, Look) {
        let item = answer.header(header::LOCATION).and_then(|location| {
            let (_, item) = location.split_once("/queue/item/")?;
            item.trim_end_matches('/').parse().ok()
        });
        (External { queue: item, ..External::default() }, Look::default())
    }

    async fn find(&self, context: &Context, ticket: &Ticket) -> Result<Option<External>, Trouble> {
        let key = ticket.key();
        let is_ours = |thing: &&Value| {
            let actions = thing.get("actions").and_then(Value::as_array).into_iter().flatten();
            let parameters = actions.filter_map(|action| action.get("parameters")?.as_array()).flatten();
            parameters.into_iter().any(|parameter| {
                parameter.get("name").and_then(Value::as_str) == Some(PARAMETER)
                    && parameter.get("value").and_then(Value::as_str) == Some(&key)
            })
        };
        // The queue first: what leaves it in between is among the builds then.
        let path = format!("{}/queue/api/json", self.root);
        let query = [("tree", "items[id,actions[parameters[name,value]]]")];
        let json = context.ask_json(self.ask(context, Method::GET, &path, &query)).await?;
        let items = json.get("items").and_then(Value::as_array);
        let queued = items.into_iter().flatten().find(is_ours);
        if let Some(id) = queued.and_then(|item| item.get("id")?.as_u64()) {
            return Ok(Some(External { queue: Some(id), ..External::default() }));
        }
        let path = format!("{}/api/json", self.job);
        let query = [("tree", "builds[number,actions[parameters[name,value]]]{0,200}")];
        let json = context.ask_json(self.ask(context, Method::GET, &path, &query)).await?;
        let builds = json.get("builds").and_then(Value::as_array).ok_or("the answer lists no builds")?;
        let number = builds.iter().find(is_ours).and_then(|build| build.get("number")?.as_u64());
        Ok(number.map(|number| External { id: Some(number), ..External::default() }))
    }

    async fn look(&self, context: &Context, ticket: &Ticket) -> Result<Look, Trouble> {
        if let Some(id) = ticket.external.id {
            return self.look_at_build(context, id).await;
        }
        let Some(item) = ticket.external.queue else { return Err("the build is not known".into()) };
        let path = format!("{}/queue/item/{item}/api/json", self.root);
        let query = [("tree", "id,cancelled,why,executable[number,url]")];
        let asked = context.ask_json(self.ask(context, Method::GET, &path, &query)).await;
        let json = match asked {
            Ok(json) => json,
            // Items are forgotten some minutes after they were built.
            Err(trouble) => match self.find(context, ticket).await? {
                Some(found) if found.id.is_some() => {
                    return Ok(Look { state: "built".to_owned(), external: Some(found), ..Look::default() });
                }
                _ => return Err(trouble),
            },
        };
        if json.get("cancelled").and_then(Value::as_bool) == Some(true) {
            let finish = Some(Finish::Failed("Jenkins: cancelled in the queue".to_owned()));
            return Ok(Look { state: "cancelled".to_owned(), finish, ..Look::default() });
        }
        match json.pointer("/executable/number").and_then(Value::as_u64) {
            Some(number) => {
                let external = External { id: Some(number), ..ticket.external.clone() };
                Ok(Look { state: format!("#{number}"), external: Some(external), ..Look::default() })
            }
            None => Ok(Look { state: "queued".to_owned(), ..Look::default() }),
        }
    }

    async fn cancel(&self, context: &Context, ticket: &Ticket) -> Result<bool, Trouble> {
        let answer = match (ticket.external.id, ticket.external.queue) {
            (Some(id), _) => self.post(context, &format!("{}/{id}/stop", self.job), &[]).await?,
            (None, Some(item)) => {
                let path = format!("{}/queue/cancelItem", self.root);
                self.post(context, &path, &[("id", &item.to_string())]).await?
            }
            (None, None) => return Ok(false),
        };
        if is_heard(answer.status) {
            return Ok(true);
        }
        Err(Trouble { reason: context.said(&answer), retry_after: answer.retry_after() })
    }
}
