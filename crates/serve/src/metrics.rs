//! What the server says of itself: `GET /api/health`, and `GET /metrics` in Prometheus' text format.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use schemars::JsonSchema;
use serde::Serialize;

use crate::state::App;

/// Upper bounds of the latency histogram, in seconds.
const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// What the server counts.
#[derive(Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    scoring: Mutex<Histogram>,
    rows: AtomicU64,
}

#[derive(Default, Clone, Copy)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

impl Metrics {
    /// Rows that were scored for a client, and how long that took.
    pub fn scored(&self, rows: usize, took: Duration) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        let seconds = took.as_secs_f64();
        let mut histogram = self.scoring.lock().unwrap_or_else(PoisonError::into_inner);
        histogram.count += 1;
        histogram.seconds += seconds;
        for (bucket, bound) in histogram.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
    }

    fn answered(&self, route: &str, status: u16) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((route.to_owned(), status)).or_default() += 1;
    }
}

/// How the server is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    status: &'static str,
    version: &'static str,
    uptime_seconds: f64,
    /// Jobs that run or wait.
    jobs_running: usize,
    /// Uploads that are kept.
    uploads: usize,
}

/// `GET /api/health`.
pub async fn health(State(app): State<App>) -> Json<Health> {
    Json(Health {
        status: "ok",
        version: oddbench_engine::VERSION,
        uptime_seconds: app.started.elapsed().as_secs_f64(),
        jobs_running: app.detect.open_jobs(),
        uploads: app.detect.kept_uploads(),
    })
}

/// Counts every answer by its route's pattern, of which there are few, never by its path.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    app.metrics.answered(route.as_deref().unwrap_or("none"), response.status().as_u16());
    response
}

/// The text.
pub async fn page(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text(&app))
}

fn text(app: &App) -> String {
    let mut out = String::new();
    head(&mut out, "oddbench_requests_total", "counter", "Requests answered, by route and status.");
    for ((route, status), count) in
        app.metrics.requests.lock().unwrap_or_else(PoisonError::into_inner).iter()
    {
        let _ = writeln!(
            out,
            "oddbench_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}"
        );
    }
    head(&mut out, "oddbench_scored_rows_total", "counter", "Rows scored by POST /api/score.");
    let _ =
        writeln!(out, "oddbench_scored_rows_total {}", app.metrics.rows.load(Ordering::Relaxed));
    let histogram = *app.metrics.scoring.lock().unwrap_or_else(PoisonError::into_inner);
    let name = "oddbench_score_seconds";
    head(&mut out, name, "histogram", "Time to parse and score one POST /api/score, in seconds.");
    for (bucket, bound) in histogram.buckets.iter().zip(BOUNDS) {
        let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {bucket}");
    }
    let Histogram { count, seconds, .. } = histogram;
    let _ = writeln!(
        out,
        "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {seconds}\n{name}_count {count}"
    );
    for (name, help, value) in gauges(app) {
        head(&mut out, name, "gauge", help);
        let _ = writeln!(out, "{name} {value}");
    }
    out
}

fn gauges(app: &App) -> Vec<(&'static str, &'static str, f64)> {
    let uptime = Instant::now().duration_since(app.started).as_secs_f64();
    // There are few of either.
    let (jobs, uploads) = (app.detect.open_jobs() as f64, app.detect.kept_uploads() as f64);
    vec![
        ("oddbench_uptime_seconds", "Seconds since the server started.", uptime),
        ("oddbench_jobs_open", "Jobs that run or wait.", jobs),
        ("oddbench_uploads", "Uploads that are kept.", uploads),
    ]
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
