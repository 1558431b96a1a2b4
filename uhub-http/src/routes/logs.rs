//! A run's log: as text so far, or as a stream of events while it grows.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use async_stream::stream;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use uhub_core::{
    hub::Acting,
    model::{LogChunk, Run, RunId, Stream},
    ports::store::Topic,
};

use crate::{
    extract::{Caller, Id, Query},
    problem::{Problem, Result},
    state::AppState,
    wire::{EndEvent, LogEvent, LogQuery, text::EventId},
};

/// Chunks read at a time: at most 64 KiB each.
const BATCH: u32 = 64;

/// How long a stream waits before it looks for itself: a notification may have got lost.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The log of a run, so far or live. Live, the `id` of an event is its place in the log, from 1 without a gap, and
/// `Last-Event-ID` goes on behind it; `event: end` is the last.
#[utoipa::path(
    get, path = "/runs/{id}/logs", tag = "runs",
    params(
        ("id" = uuid::Uuid, Path, description = "The run's id"),
        ("Last-Event-ID" = Option<EventId>, Header, description = "The last event that was seen"),
        LogQuery,
    ),
    responses((status = 200, description = "The log", content(
        (String = "text/plain"),
        (String = "text/event-stream"),
    )))
)]
pub(crate) async fn logs(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    Query(query): Query<LogQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let run = caller.hub().run(RunId(id)).await?;
    let after = resume_after(&headers, query)?;
    Ok(if wants_events(&headers) {
        live(state, caller, run.id, after)
    } else {
        plain(caller.hub(), run.id, after)
    })
}

fn wants_events(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("text/event-stream"))
}

fn resume_after(headers: &HeaderMap, query: LogQuery) -> Result<i64> {
    let wrong = |field: &str| Problem::invalid(field, "must be the number of an event, from 0");
    // Checked whichever of the two counts.
    let asked = query.after.unwrap_or(0);
    if asked < 0 {
        return Err(wrong("after"));
    }
    let Some(value) = headers.get("last-event-id") else { return Ok(asked) };
    value
        .to_str()
        .ok()
        .filter(|text| text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| wrong("Last-Event-ID"))
}

fn plain(acting: Acting, id: RunId, mut after: i64) -> Response {
    let pieces = stream! {
        let mut text = Decoders::default();
        loop {
            match acting.run_log(id, after, BATCH).await {
                Ok(chunks) if chunks.is_empty() => break,
                Ok(chunks) => for chunk in chunks {
                    after = chunk.seq;
                    yield Ok::<_, uhub_core::Error>(Bytes::from(visible(&text.decode(&chunk))));
                },
                // The answer has begun: breaking it off is all that is left to tell that it is not whole.
                Err(error) => { yield Err(error); break }
            }
        }
    };
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], Body::from_stream(pieces)).into_response()
}

/// Control characters would steer the terminal of whoever reads: they are shown as pictures (␛), or as unknown where there is
/// none; line ends and tabs stay.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            '\x7f' => '\u{2421}',
            c if steers(c) => '\u{fffd}',
            _ => c,
        })
        .collect()
}

/// Characters above ASCII that steer terminals, or turn the direction of the text around them.
const fn steers(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON that is the same to who parses it, and inert for who looks at it: JSON itself escapes only those of ASCII. Such
/// characters stand in its texts only.
fn inert(json: String) -> String {
    if !json.chars().any(|c| c == '\x7f' || steers(c)) {
        return json;
    }
    json.chars().fold(String::with_capacity(json.len() + 64), |mut text, c| {
        if c == '\x7f' || steers(c) {
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
        text
    })
}

/// Makes text of bytes that are cut anywhere, per output.
#[derive(Debug, Default)]
struct Decoders(BTreeMap<Stream, Vec<u8>>);

impl Decoders {
    /// The text of a chunk. The beginning of a character at its end is kept for the next chunk of the same output.
    fn decode(&mut self, chunk: &LogChunk) -> String {
        let kept = self.0.entry(chunk.stream).or_default();
        let mut bytes = std::mem::take(kept);
        bytes.extend_from_slice(&chunk.bytes);
        let whole = bytes.len() - unfinished(&bytes);
        let (whole, rest) = bytes.split_at(whole);
        kept.extend_from_slice(rest);
        String::from_utf8_lossy(whole).into_owned()
    }
}

/// How many bytes at the end begin a character that is not complete.
fn unfinished(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let needed = match bytes.get(bytes.len() - back) {
            Some(0xC2..=0xDF) => 2,
            Some(0xE0..=0xEF) => 3,
            Some(0xF0..=0xF4) => 4,
            Some(0x80..=0xBF) => continue,
            _ => 0,
        };
        return if needed > back { back } else { 0 };
    }
    0
}

fn live(state: AppState, caller: Caller, id: RunId, mut after: i64) -> Response {
    let acting = caller.hub();
    let open = state.metrics().stream();
    let events = stream! {
        let _open = open;
        // Listens before it looks: what comes between is not missed.
        let mut changes = state.changes().listen();
        let mut text = Decoders::default();
        'whole: loop {
            let has_ended = match acting.run(id).await {
                Ok(now) => now.status.get().is_terminal().then_some(now),
                Err(_) => break,
            };
            // Read after the status: a run that has ended writes nothing more.
            loop {
                let Ok(chunks) = acting.run_log(id, after, BATCH).await else { break 'whole };
                if chunks.is_empty() {
                    break;
                }
                for chunk in chunks {
                    after = chunk.seq;
                    yield Ok::<_, Infallible>(log_event(&chunk, &text.decode(&chunk)));
                }
            }
            if let Some(run) = has_ended {
                yield Ok(end_event(&run));
                break;
            }
            loop {
                let woken = tokio::select! {
                    () = state.shutdown().cancelled() => break 'whole,
                    note = changes.recv() => match note {
                        Ok(note) => matches!(note.topic, Topic::Log | Topic::Run) && note.id == id.0,
                        // Behind, or closed: look for oneself.
                        Err(_) => { tokio::time::sleep(Duration::from_millis(100)).await; true }
                    },
                    () = tokio::time::sleep(LOOK_EVERY) => true,
                };
                if woken {
                    break;
                }
            }
            if !caller.may_go_on().await {
                break;
            }
        }
    };
    no_buffering(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// Proxies that buffer would hold events back.
pub(super) fn no_buffering(events: impl IntoResponse) -> Response {
    let mut response = events.into_response();
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn log_event(chunk: &LogChunk, text: &str) -> Event {
    let event = Event::default().id(chunk.seq.to_string()).event("log");
    let data = LogEvent { stream: chunk.stream, at: chunk.at, text };
    event.data(inert(serde_json::to_string(&data).unwrap_or_default()))
}

fn end_event(run: &Run) -> Event {
    let data = EndEvent { status: run.status.get(), exit_code: run.exit_code, outcome: run.outcome.clone() };
    Event::default().event("end").json_data(data).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;

    fn chunk(bytes: &[u8], stream: Stream) -> LogChunk {
        LogChunk { seq: 1, stream, at: Utc::now(), bytes: bytes.to_vec(), upto: 0 }
    }

    #[test]
    fn characters_cut_at_any_border_come_out_whole() {
        let text = "santé – 日本 🚀 end";
        for cut in 0..=text.len() {
            let (one, two) = text.as_bytes().split_at(cut);
            let mut decoders = Decoders::default();
            let mut read = decoders.decode(&chunk(one, Stream::Stdout));
            // Another output between them does not mix in.
            assert_eq!(decoders.decode(&chunk(b"x", Stream::Stderr)), "x");
            read += &decoders.decode(&chunk(two, Stream::Stdout));
            assert_eq!(read, text, "cut at {cut}");
        }
    }

    #[test]
    fn r18_what_is_not_utf8_is_shown_as_such() {
        let mut decoders = Decoders::default();
        assert_eq!(decoders.decode(&chunk(b"a\xff\xfeb\x80", Stream::Stdout)), "a\u{fffd}\u{fffd}b\u{fffd}");
        for _ in 0..100 {
            let shown = decoders.decode(&chunk(&[0xF0; 1000], Stream::Stdout));
            assert!(shown.chars().all(|c| c == '\u{fffd}'), "kept bytes stay few");
        }
    }

    #[test]
    fn r43_control_characters_are_inert_as_text() {
        assert_eq!(
            visible("a\x1b[31mred\x07\r\nb\tc\u{9b}x\x7f\u{202e}y\u{2066}"),
            "a\u{241b}[31mred\u{2407}\u{240d}\nb\tc\u{fffd}x\u{2421}\u{fffd}y\u{fffd}"
        );
    }

    #[test]
    fn r43_control_characters_are_inert_as_json_and_still_themselves() {
        let text = "a\x1b[31m\x07\r\n\t\u{9b}x\x7f\u{202e}é\u{2066}\\u009b";
        let json = inert(serde_json::to_string(text).unwrap());
        assert!(!json.chars().any(|c| c.is_control() || steers(c)), "{json:?}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
