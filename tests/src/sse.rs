//! Event streams.

use std::{collections::VecDeque, time::Duration};

use reqwest::Response;
use serde_json::Value;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its `id:`, empty where it has none.
    pub id: String,
    /// Its `event:`, `message` where it has none.
    pub name: String,
    /// Its `data:` lines.
    pub data: String,
}

impl Event {
    /// The data as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A stream of events in progress. Dropping it closes the connection.
#[derive(Debug)]
pub struct Events {
    response: Response,
    rest: Vec<u8>,
    ready: VecDeque<Event>,
}

impl Events {
    pub(crate) const fn new(response: Response) -> Self {
        Self { response, rest: Vec::new(), ready: VecDeque::new() }
    }

    /// The next event; `None` when the stream has ended.
    ///
    /// # Panics
    /// When neither happens in time.
    pub async fn next(&mut self, limit: Duration) -> Option<Event> {
        tokio::time::timeout(limit, self.read()).await.unwrap_or_else(|_| panic!("no event within {limit:?}"))
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            // A connection that breaks ends the stream as well.
            let chunk = self.response.chunk().await.ok()??;
            self.rest.extend_from_slice(&chunk);
            while let Some(end) = self.rest.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.rest.drain(..end + 2).collect();
                self.ready.extend(parse(&String::from_utf8(block).expect("event streams are UTF-8")));
            }
        }
    }

    /// The next event that `wanted` likes; others are skipped.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn find(&mut self, limit: Duration, wanted: impl Fn(&Event) -> bool) -> Event {
        let find = async {
            loop {
                let event = self.read().await.expect("the stream goes on");
                if wanted(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(limit, find).await.unwrap_or_else(|_| panic!("no such event within {limit:?}"))
    }

    /// All events until the stream ends by itself.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn to_end(&mut self, limit: Duration) -> Vec<Event> {
        let mut all = Vec::new();
        let read = async {
            while let Some(event) = self.read().await {
                all.push(event);
            }
        };
        tokio::time::timeout(limit, read).await.unwrap_or_else(|_| panic!("no end within {limit:?}"));
        all
    }
}

/// An event from its lines; `None` for comments, which keep connections alive.
fn parse(block: &str) -> Option<Event> {
    let (mut id, mut name, mut data) = (String::new(), "message".to_owned(), None::<String>);
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => value.clone_into(&mut id),
            "event" => value.clone_into(&mut name),
            "data" => match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            },
            _ => {}
        }
    }
    data.map(|data| Event { id, name, data })
}

#[cfg(test)]
mod tests {
    use super::{Event, parse};

    #[test]
    fn events_are_read_from_their_lines() {
        let event = |id: &str, name: &str, data: &str| {
            Some(Event { id: id.into(), name: name.into(), data: data.into() })
        };
        assert_eq!(parse("id: 3\nevent: log\ndata: a\ndata: b\n\n"), event("3", "log", "a\nb"));
        assert_eq!(parse("data:x\n\n"), event("", "message", "x"));
        assert_eq!(parse(": still here\n\n"), None);
    }
}
