//! The cookie that keeps a browser's session: out of reach of scripts, sent to the session's own paths only, and never for
//! another site.

use axum::http::{HeaderMap, HeaderValue, header};

use super::site::Site;

const NAME: &str = "uhub_session";
/// Browsers take a cookie of this name from encrypted connections only.
const SECURE_NAME: &str = "__Secure-uhub_session";

const fn name(site: &Site) -> &'static str {
    if site.is_secure { SECURE_NAME } else { NAME }
}

/// The session's token that came along, if exactly one did: of several, somebody else may have put one there.
pub(crate) fn find<'a>(headers: &'a HeaderMap, site: &Site) -> Option<&'a str> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name(site))
        .map(|(_, token)| token);
    let token = found.next()?;
    found.next().is_none().then_some(token)
}

/// The header that keeps `token` for so many seconds.
pub(crate) fn keep(site: &Site, token: &str, seconds: i64) -> Option<HeaderValue> {
    let path = &site.prefix;
    let secure = if site.is_secure { "; Secure" } else { "" };
    let name = name(site);
    let text =
        format!("{name}={token}; Path={path}/auth; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(text).ok()
}

/// The header that forgets the session.
pub(crate) fn forget(site: &Site) -> Option<HeaderValue> {
    keep(site, "", 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::auth::site::Site;

    fn headers(cookies: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, cookie.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_session_is_found_once_or_not_at_all() {
        let (plain, secure) = (Site::of("", false), Site::of("", true));
        assert_eq!(find(&headers(&["a=b; uhub_session=x; c=d"]), &plain), Some("x"));
        assert_eq!(find(&headers(&["a=b", "uhub_session=x"]), &plain), Some("x"));
        assert_eq!(find(&headers(&["uhub_session=x; uhub_session=y"]), &plain), None);
        assert_eq!(find(&headers(&["uhub_session=x", "uhub_session=y"]), &plain), None);
        assert_eq!(
            find(&headers(&["uhub_session=x; my_uhub_session=y"]), &secure),
            None,
            "it came unencrypted"
        );
        assert_eq!(find(&headers(&["__Secure-uhub_session=x; uhub_session=y"]), &secure), Some("x"));
        assert_eq!(find(&headers(&["", ";;", "uhub_session"]), &plain), None);
    }

    #[test]
    fn it_is_out_of_reach_of_scripts_and_other_sites() {
        assert_eq!(
            keep(&Site::of("/tools", true), "x", 60).unwrap(),
            "__Secure-uhub_session=x; Path=/tools/auth; Max-Age=60; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            forget(&Site::of("", false)).unwrap(),
            "uhub_session=; Path=/auth; Max-Age=0; HttpOnly; SameSite=Strict"
        );
    }
}
