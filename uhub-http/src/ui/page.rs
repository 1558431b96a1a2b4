//! The one page of the app, told where it is mounted.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use super::{PAGE, POLICY};
use crate::{
    auth::site::Site,
    extract::is_known,
    problem::{Problem, Result},
    state::AppState,
};

/// What the app has no use for, nobody who gets into it shall use.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// `GET /` and `GET /app/…`
pub(super) async fn page<E: RustEmbed>(
    State(_): State<AppState>,
    site: Site,
    headers: HeaderMap,
) -> Result<Response> {
    let file = E::get(PAGE).ok_or_else(Problem::internal)?;
    let html = std::str::from_utf8(&file.data).map_err(|_| Problem::internal())?;
    let html = with_base(html, &site.prefix);
    let hash = hex::encode(Sha256::digest(html.as_bytes()).get(..16).unwrap_or_default());
    // Weak: it may be compressed on its way, and is the same page then.
    let etag = format!("\"{hash}\"");
    let mut response = if is_known(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Html(html).into_response()
    };
    let etag = HeaderValue::try_from(format!("W/{etag}")).map_err(|_| Problem::internal())?;
    let all: [(HeaderName, HeaderValue); 6] = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        // Its own requests say where they come from, which is how those of other sites are told apart.
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    ];
    response.headers_mut().extend(all);
    Ok(response)
}

/// The page, whose addresses are relative to where the app is mounted.
fn with_base(html: &str, prefix: &str) -> String {
    let base = format!("<base href=\"{}/\">", escaped(prefix));
    if let Some((before, rest)) = html.split_once("<base ")
        && let Some((_, after)) = rest.split_once('>')
    {
        return format!("{before}{base}{after}");
    }
    // Before anything in the head that is loaded.
    match html.split_once("<head>") {
        Some((before, after)) => format!("{before}<head>{base}{after}"),
        None => format!("{base}{html}"),
    }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_where_it_is_mounted() {
        let head = "<!doctype html><html><head><meta charset=\"utf-8\"><link href=\"./a.css\"></head></html>";
        assert!(with_base(head, "").contains("<head><base href=\"/\"><meta"));
        assert!(with_base(head, "/tools/uhub").contains("<head><base href=\"/tools/uhub/\"><meta"));
        let based = "<html><head><base href=\"/\" /><title>x</title></head></html>";
        assert_eq!(
            with_base(based, "/a&b\"><script>"),
            "<html><head><base href=\"/a&amp;b&quot;&gt;&lt;script&gt;/\"><title>x</title></head></html>"
        );
    }
}
