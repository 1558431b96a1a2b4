//! Requests to hosts that may be reached, and answers that are not too long. Nothing here follows a redirect, asks a proxy,
//! or sends a request twice.

use std::{error::Error as StdError, fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use reqwest::{
    Method, Request, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{self, HeaderMap},
    redirect, retry,
};

use super::{address::AllowList, options::WebhookOptions};
use crate::tls::{self, TlsError};

/// Looks addresses up, as the system does.
pub(super) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The authorities cannot be read.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The client of HTTP cannot be made.
    #[error("webhooks: {0}")]
    Client(#[from] reqwest::Error),
}

/// Sends requests. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    allow: Arc<AllowList>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// As much as was to be read.
    pub(super) body: Vec<u8>,
    /// The body is longer than that, or broke off.
    pub(super) is_cut: bool,
}

/// Why nothing came back. The words hold no query, and no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SendError {
    /// It may not be sent at all.
    Refused(String),
    /// It was not sent: nobody was there.
    NotSent(String),
    /// It may have arrived.
    Lost(String),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Refused(reason) | Self::NotSent(reason) | Self::Lost(reason)) = self;
        f.write_str(reason)
    }
}

impl Client {
    pub(super) fn new(options: &WebhookOptions) -> Result<Self, WebhookError> {
        let lookup: Lookup =
            Arc::new(|host| Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) }));
        Self::with_lookup(options, lookup)
    }

    pub(super) fn with_lookup(options: &WebhookOptions, lookup: Lookup) -> Result<Self, WebhookError> {
        let allow = Arc::new(AllowList::from(options.allow.clone()));
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config(options.ca_file.as_deref())?)
            .user_agent(concat!("uhub/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // A kept connection may be closed by the other side just when a request goes out on it.
            .pool_max_idle_per_host(0)
            .dns_resolver(Filter { allow: Arc::clone(&allow), lookup })
            .connect_timeout(options.pace.connect)
            .read_timeout(options.pace.read)
            .timeout(options.pace.request)
            .build()?;
        Ok(Self { http, allow })
    }

    /// Refuses what will not be sent, as far as the URL tells.
    pub(super) fn check(&self, url: &Url) -> Result<(), String> {
        self.allow.check_url(url)
    }

    /// A request to be completed.
    pub(super) fn request(&self, method: Method, url: Url) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    /// Sends it, once. At most `most` bytes of the answer's body are read.
    pub(super) async fn send(&self, request: Request, most: usize) -> Result<Answer, SendError> {
        self.check(request.url()).map_err(SendError::Refused)?;
        let mut response = self.http.execute(request).await.map_err(|error| send_error(&error))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let (mut body, mut is_cut) = (Vec::new(), false);
        loop {
            match response.chunk().await {
                Ok(Some(piece)) if body.len() + piece.len() <= most => body.extend_from_slice(&piece),
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => {
                    is_cut = true;
                    break;
                }
            }
        }
        Ok(Answer { status, headers, body, is_cut })
    }
}

impl Answer {
    /// What it says in JSON.
    pub(super) fn json(&self) -> Result<serde_json::Value, String> {
        if self.is_cut {
            return Err("the answer is too long, or broke off".to_owned());
        }
        serde_json::from_slice(&self.body).map_err(|_| "the answer is not JSON".to_owned())
    }

    /// A header's value, where it is text.
    pub(super) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long it asks to wait, in seconds or as a date (RFC 9110 §10.2.3).
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let text = self.header(header::RETRY_AFTER)?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
        let now = super::handle::now_millis();
        Some(Duration::from_millis(u64::try_from(at.timestamp_millis() - now).unwrap_or(0)))
    }
}

fn send_error(error: &reqwest::Error) -> SendError {
    let mut source: Option<&(dyn StdError + 'static)> = Some(error);
    let mut innermost = String::new();
    while let Some(inner) = source {
        if let Some(forbidden) = inner.downcast_ref::<Forbidden>() {
            return SendError::Refused(forbidden.0.clone());
        }
        innermost = inner.to_string();
        source = inner.source();
    }
    // The outer errors name the URL, with its query.
    if error.is_connect() {
        return SendError::NotSent(match () {
            () if error.is_timeout() => "no connection in time".to_owned(),
            () => format!("no connection: {innermost}"),
        });
    }
    if error.is_builder() || error.is_request() && error.status().is_none() && innermost.is_empty() {
        return SendError::Refused("the request cannot be made".to_owned());
    }
    SendError::Lost(match () {
        () if error.is_timeout() => "no answer in time".to_owned(),
        () => "the connection broke before the answer".to_owned(),
    })
}

/// Only addresses that may be reached leave the resolver: the connection goes to these, whatever the name means a moment
/// later.
struct Filter {
    allow: Arc<AllowList>,
    lookup: Lookup,
}

/// All addresses of a host are out of bounds.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Forbidden(String);

impl Resolve for Filter {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow, host) = (Arc::clone(&self.allow), name.as_str().to_owned());
        let looked_up = (self.lookup)(host.clone());
        Box::pin(async move {
            let mut reason = format!("{host} has no address");
            let mut good = Vec::new();
            for address in looked_up.await? {
                match allow.check_address(&host, address.ip()) {
                    Ok(()) => good.push(address),
                    Err(why) => reason = why,
                }
            }
            if good.is_empty() {
                return Err(Forbidden(reason).into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
