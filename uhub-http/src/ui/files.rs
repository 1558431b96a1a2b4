//! The files of the app, as they were built: compressed beforehand, and kept by browsers for as long as their name holds.

use std::borrow::Cow;

use axum::{
    body::Bytes,
    extract::{Path, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{
    PAGE, POLICY,
    encoding::{Encoding, accepted},
};
use crate::{
    extract::is_known,
    problem::{Problem, Result},
};

/// The build puts a hash of the content into the names of these.
const ASSETS: &str = "assets/";

/// A file whose name says what is in it: it never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Any other: to be asked about each time.
const ASK: &str = "no-cache";

/// Whether a file is served by its own name: neither a page, nor an asset, nor another form of a file.
pub(super) fn stands_alone(name: &str) -> bool {
    // Braces would mean something in a route.
    name != PAGE && !name.starts_with(ASSETS) && !is_form(name) && !name.contains(['{', '}'])
}

/// Whether it is another form of a file, which is not served by this name.
fn is_form(name: &str) -> bool {
    name.ends_with(Encoding::Brotli.suffix()) || name.ends_with(Encoding::Gzip.suffix())
}

/// `GET /assets/…`
pub(super) async fn asset<E: RustEmbed>(
    file: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response> {
    // A name that is no text is nobody's.
    let Path(file) = file.map_err(|_| Problem::not_found("file"))?;
    serve::<E>(&format!("{ASSETS}{file}"), &headers, FOR_EVER)
}

/// `GET` of a file beside the page.
pub(super) async fn named<E: RustEmbed>(uri: Uri, headers: HeaderMap) -> Result<Response> {
    serve::<E>(uri.path().trim_start_matches('/'), &headers, ASK)
}

/// Looks `name` up among what was embedded, letter by letter: there is no file system that `..` could walk.
fn serve<E: RustEmbed>(name: &str, headers: &HeaderMap, cache: &'static str) -> Result<Response> {
    let found = accepted(headers).find_map(|form| {
        let file = E::get(&format!("{name}{}", form.suffix()))?;
        Some((form, file))
    });
    match found {
        Some((form, file)) if !is_form(name) => answer(form, file, media_type(name), headers, cache),
        _ => Err(Problem::not_found("file")),
    }
}

fn answer(
    form: Encoding,
    file: EmbeddedFile,
    kind: HeaderValue,
    headers: &HeaderMap,
    cache: &'static str,
) -> Result<Response> {
    // Of this very form: two forms of a file are two things to a cache.
    let hash = file.metadata.sha256_hash();
    let etag = format!("\"{}\"", hex::encode(hash.get(..16).unwrap_or_default()));
    let mut response = if is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = bytes(file.data).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if form != Encoding::Identity {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(form.name()));
        }
        response
    };
    let etag = HeaderValue::try_from(etag).map_err(|_| Problem::internal())?;
    let all: [(HeaderName, HeaderValue); 4] = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        // A script that works beside the page is held by the policy that comes with it.
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    response.headers_mut().extend(all);
    Ok(response)
}

/// What is embedded is there for good: nothing is copied.
pub(super) fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

fn media_type(name: &str) -> HeaderValue {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let text = if kind.type_() == mime_guess::mime::TEXT {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}
