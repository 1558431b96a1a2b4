//! How a browser sees this server: under which path, over what kind of connection, and whether a request comes from one of
//! the server's own pages.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts, OriginalUri},
    http::{HeaderMap, header, request::Parts},
};

use crate::{problem::Problem, state::AppState};

/// How the browser that sent a request sees this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    /// What stands before the router's own paths: `""`, or as `/tools/uhub`. From the host that mounted the router, and from
    /// the `X-Forwarded-Prefix` of a proxy that was named.
    pub prefix: String,
    /// The connection is encrypted, as far as the browser is concerned.
    pub is_secure: bool,
    /// Whether one of the server's own pages sent the request, or no browser at all.
    is_own: bool,
}

impl FromRequestParts<AppState> for Site {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let settings = state.settings();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
        let behind_proxy =
            peer.is_some_and(|peer| settings.trusted_proxies.iter().any(|network| network.contains(peer)));
        let forwarded = |name: &str| behind_proxy.then(|| first(&parts.headers, name)).flatten();
        let public = settings.public_url.as_ref();

        let own_path = parts.uri.path();
        let mounted = parts
            .extensions
            .get::<OriginalUri>()
            .and_then(|OriginalUri(uri)| uri.path().strip_suffix(own_path))
            .unwrap_or_default();
        let before = forwarded("x-forwarded-prefix").unwrap_or_default();
        let is_secure = forwarded("x-forwarded-proto").is_some_and(|word| word.eq_ignore_ascii_case("https"))
            || public.is_some_and(|url| url.scheme() == "https");
        let public_origin = public.map(|url| url.origin().ascii_serialization());
        Ok(Self {
            prefix: path(&format!("{}{mounted}", before.trim_end_matches('/'))),
            is_secure,
            is_own: is_own(&parts.headers, public_origin.as_deref()),
        })
    }
}

impl Site {
    #[cfg(test)]
    pub(crate) fn of(prefix: &str, is_secure: bool) -> Self {
        Self { prefix: prefix.to_owned(), is_secure, is_own: true }
    }

    /// Lets only requests through that no other site can have caused.
    ///
    /// # Errors
    /// 403.
    pub(crate) fn own_pages_only(&self) -> Result<(), Problem> {
        if self.is_own {
            return Ok(());
        }
        Err(Problem::refused("session.same_origin", "only this server's own pages may ask for that"))
    }
}

/// The first word of a header that proxies may write as a list: what the one next to the browser said.
fn first<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    value.split(',').next().map(str::trim)
}

/// A prefix as it can stand in a cookie and in a page; none, where it has other characters than such paths have.
fn path(prefix: &str) -> String {
    let is_plain =
        prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~%!$&()*+=:@".contains(&byte));
    // `//host` would lead elsewhere.
    let is_path = prefix.is_empty() || (prefix.starts_with('/') && !prefix.contains("//"));
    if is_plain && is_path { prefix.trim_end_matches('/').to_owned() } else { String::new() }
}

/// Browsers say where a request comes from: by `Sec-Fetch-Site` where the connection can be trusted, else by the `Origin` of
/// whatever is not a plain read. Scripts can write neither.
fn is_own(headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
    if sites.peek().is_some() {
        return sites.all(|site| site == "same-origin");
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    headers.get_all(header::ORIGIN).iter().all(|origin| {
        let Ok(origin) = origin.to_str() else { return false };
        let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let is_host = match (authority, host) {
            (Some(authority), Some(host)) => authority.eq_ignore_ascii_case(host),
            _ => false,
        };
        is_host || public_origin.is_some_and(|public| public.eq_ignore_ascii_case(origin))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    fn own(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        is_own(&headers, Some("https://uhub.example.org"))
    }

    #[test]
    fn other_sites_are_told_apart() {
        let host = ("host", "127.0.0.1:8080");
        assert!(own(&[host]), "no browser");
        assert!(own(&[host, ("sec-fetch-site", "same-origin"), ("origin", "http://behind.a.proxy")]));
        for site in ["cross-site", "same-site", "none", "", "same-origin, cross-site"] {
            assert!(!own(&[host, ("sec-fetch-site", site), ("origin", "http://127.0.0.1:8080")]), "{site}");
        }
        assert!(!own(&[host, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")]));
        assert!(own(&[host, ("origin", "http://127.0.0.1:8080")]));
        assert!(own(&[host, ("origin", "https://uhub.example.org")]));
        for origin in
            ["null", "http://127.0.0.1:8081", "http://127.0.0.1:8080.evil.example", "127.0.0.1:8080", ""]
        {
            assert!(!own(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(!own(&[("origin", "http://127.0.0.1:8080")]), "no host to compare with");
    }

    #[test]
    fn prefixes_are_plain_paths() {
        for (given, taken) in [
            ("", ""),
            ("/", ""),
            ("/tools/uhub", "/tools/uhub"),
            ("/tools/", "/tools"),
            ("//evil.example", ""),
            ("/a//b", ""),
            ("tools", ""),
            ("/a; Domain=example.org", ""),
            ("/\"><script>", ""),
        ] {
            assert_eq!(path(given), taken, "{given}");
        }
    }
}
