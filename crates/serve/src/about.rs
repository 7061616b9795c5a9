//! What the server says of itself: its health, its limits, its API.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use crate::limits::Shown;
use crate::state::App;

/// The document that describes every route; a test holds it against the routes.
pub const OPENAPI: &str = include_str!("openapi.json");

/// `GET /api/health`.
pub async fn health(State(app): State<App>) -> Json<Value> {
    Json(json!({
        "status": "ok", "version": oddbench_engine::VERSION,
        "uptime_seconds": app.started.elapsed().as_secs_f64(),
        "jobs_running": app.detect.open_jobs(), "uploads": app.detect.kept_uploads(),
    }))
}

/// `GET /api/limits`.
pub async fn limits(State(app): State<App>) -> Json<Shown> {
    Json(app.limits.shown())
}

/// `GET /api/openapi.json`.
pub async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}
