//! What Prometheus reads at `/metrics`.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::Registry,
};
use uhub_core::model::RunStatus;

/// A request by what it asked and how it ended. The route is the pattern, not the path: paths are as many as ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Login {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabel {
    status: &'static str,
}

type Durations = Family<Route, Histogram, fn() -> Histogram>;

/// The server's metrics.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Durations,
    logins: Family<Login, Counter>,
    runs: Family<RunLabel, Gauge>,
    streams: Gauge,
}

fn buckets() -> Histogram {
    // 0.5 ms to 16 s.
    Histogram::new(exponential_buckets(0.0005, 2.0, 16))
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("uhub");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let durations = Durations::new_with_constructor(buckets);
        registry.register("http_request_duration_seconds", "Time until the answer began", durations.clone());
        let logins = Family::default();
        registry.register("logins", "Sign-ins by result", logins.clone());
        let runs = Family::default();
        registry.register("runs", "Runs by status", runs.clone());
        let streams = Gauge::default();
        registry.register("event_streams", "Event streams that are open", streams.clone());
        registry.register("build", "What runs here", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        Self { registry, requests, durations, logins, runs, streams }
    }

    /// Counts a request.
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        self.durations
            .get_or_create(&Route { method: method.clone(), route: route.clone() })
            .observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { method, route, status }).inc();
    }

    /// Counts a sign-in: `ok`, `refused` or `limited`.
    pub(crate) fn login(&self, result: &'static str) {
        self.logins.get_or_create(&Login { result }).inc();
    }

    /// Counts an event stream while what it returns lives.
    pub(crate) fn stream(&self) -> OpenStream {
        self.streams.inc();
        OpenStream(self.streams.clone())
    }

    /// All of them as text, with the runs as they are counted now.
    pub(crate) fn text(&self, runs: &[(RunStatus, u64)]) -> String {
        for status in RunStatus::ALL {
            let count = runs.iter().find(|(of, _)| of == status).map_or(0, |(_, count)| *count);
            let label = RunLabel { status: status.as_str() };
            self.runs.get_or_create(&label).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// An event stream that is open.
#[derive(Debug)]
pub(crate) struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_what_was_counted() {
        let metrics = Metrics::new();
        metrics.answered("GET", "/jobs/{id}", 200, Duration::from_millis(3));
        metrics.login("ok");
        let open = metrics.stream();
        let text = metrics.text(&[(RunStatus::Queued, 4)]);
        for line in [
            r#"uhub_http_requests_total{method="GET",route="/jobs/{id}",status="200"} 1"#,
            r#"uhub_logins_total{result="ok"} 1"#,
            r#"uhub_runs{status="queued"} 4"#,
            r#"uhub_runs{status="lost"} 0"#,
            "uhub_event_streams 1",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        drop(open);
        assert!(metrics.text(&[]).contains("uhub_event_streams 0"));
    }
}
