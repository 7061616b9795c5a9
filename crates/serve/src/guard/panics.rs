//! A panic in a handler is that request's 500 and nothing else.

use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::error::ApiError;

/// Catches it. What handlers share is behind locks that are taken again after a panic, and nothing is
/// changed halfway under them.
pub async fn layer(request: Request, next: Next) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        // The panic hook has written what and where to the terminal.
        Err(_) => ApiError::internal("a handler panicked").into_response(),
    }
}
